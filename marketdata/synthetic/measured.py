"""What real order books were measured to be: the figures that synthetic recordings are made of.

Each constant names the capture it was measured on. Quantiles are (5 %, 50 %, 95 %) unless a
constant says otherwise; spreads and spans are in basis points of the mid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Quantiles = tuple[float, float, float]

# Gaps between a symbol's events, in milliseconds, at these probabilities.
GAP_PROBABILITIES: Final = (0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
# Kraken WebSocket v1, 2021-04-17, ten pairs for 30 s at depth 1000: XMR/USD, 28.5 events/s.
GAPS_XMR_USD_2021: Final = (1.688, 3.321, 12.27, 37.77, 129.0, 340.4)
# The same capture: OMG/USD, 19.3 events/s.
GAPS_OMG_USD_2021: Final = (1.089, 5.528, 19.91, 49.91, 220.3, 532.2)
# The same capture: BTC/CHF, 9.75 events/s.
GAPS_BTC_CHF_2021: Final = (1.533, 5.871, 29.16, 66.39, 429.3, 1562.0)
# The same capture: OCEAN/BTC, 5.0 events/s.
GAPS_OCEAN_BTC_2021: Final = (0.8342, 9.286, 51.93, 177.9, 806.3, 1804.0)
# Kraken WebSocket v2, 2023-07-30, 51 s at depth 10: BTC/USD, 10.1 events/s.
GAPS_BTC_USD_2023: Final = (0.1294, 2.346, 8.796, 43.75, 510.5, 1547.0)

# Kraken WebSocket v1, 2023-08-30: BTC/USD, one tick nearly always.
SPREAD_BTC_USD_2023: Final = (0.03685, 0.03687, 0.04425)
# Binance spot, 2024-08, ETH/USDT best bid and offer.
SPREAD_ETH_USDT_2024: Final = (0.03726, 0.03731, 0.2983)
# Coinbase-like minute bars over eight hours.
SPREAD_THIN_BTC_USD: Final = (0.009652, 0.6372, 4.48)
SPREAD_THIN_BTC_EUR: Final = (0.07517, 8.546, 15.53)
SPREAD_THIN_BCH_USD: Final = (0.318, 5.422, 12.41)
SPREAD_THIN_BCH_BTC: Final = (6.491, 13.17, 22.97)

# Size at the touch in US dollars. Kraken, 2023-07-30: BTC/USD.
TOUCH_BTC_USD_2023: Final = (5_582.0, 191_600.0, 368_500.0)
# Kraken, 2021-04-17: BTC/CHF, XMR/USD (francs taken as dollars).
TOUCH_BTC_CHF_2021: Final = (1_499.0, 5_519.0, 8_067.0)
TOUCH_XMR_USD_2021: Final = (495.0, 2_429.0, 10_160.0)
# Kraken, 2021-04-17: SC/EUR; a touch is often tiny.
TOUCH_SC_EUR_2021: Final = (100.2, 620.0, 7_086.0)

# From the touch to level 10, in basis points; and the ten levels' size over the touch's.
SPAN_BTC_USD_2023: Final = (1.019, 1.189, 2.261)
SPAN_XMR_USD_2021: Final = (7.344, 14.67, 52.26)
SPAN_BTC_CHF_2021: Final = (24.25, 45.75, 78.18)
SPAN_SC_EUR_2021: Final = (32.52, 55.76, 97.69)
DEPTH_RATIO_BTC_USD_2023: Final = 3.1
DEPTH_RATIO_BTC_CHF_2021: Final = 14.4
DEPTH_RATIO_XMR_USD_2021: Final = 48.3
DEPTH_RATIO_SC_EUR_2021: Final = 66.1

# Kraken, 2021: the touch (price or size) changes in 10-32 % of events, all else is depth; the
# ten best levels are unchanged in 10-31 % of events.
TOUCH_CHANGED_SHARE: Final = 0.22
NOTHING_CHANGED_SHARE: Final = 0.2

# Binance spot, 2024-08: standard deviation of one-second returns, basis points; correlation of
# BTC's and ETH's over ten seconds. Over one it was 0.66: books follow value late, ours too.
RETURN_STD_BPS: Final = 1.2
RETURN_CORRELATION: Final = 0.82
# Binance, one-second residual of ETH/USDT against ETH/BTC and BTC/USDT.
FAST_RESIDUAL_STD_BPS: Final = 0.969
FAST_RESIDUAL_HALF_LIFE_S: Final = 1.5
# The eight hours of the thin set, one-minute residual of BCH/USD.
SLOW_RESIDUAL_STD_BPS: Final = 7.62
SLOW_RESIDUAL_HALF_LIFE_S: Final = 80.7

# The thin set's episodes of a gross edge: durations in seconds at 25, 50, 75 and 95 %
# (middle of six directions); 9 to 67 an hour and direction.
EPISODE_DURATION_S: Final = (0.3, 2.3, 7.5, 27.0)

# Events that share the time of the one before: 10-20 % of most real captures.
SAME_TIME_SHARE: Final = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class BookShape:
    """How one kind of book behaves: how often it moves, how wide it is, how deep."""

    gaps_ms: tuple[float, ...]
    spread_bps: Quantiles
    touch_usd: Quantiles
    span_bps: Quantiles
    depth_ratio: float
