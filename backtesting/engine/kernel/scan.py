"""The hot loop: apply events and count looks until one needs more than counting.

What is left out of the bound (fees are in the threshold; depth, minimums, age and balances are
not) can only worsen a return, so that passing over what stays below it is exact. A symbol whose
events all matter for another reason (an open episode, own fills, an offer, a first book) has
the threshold minus infinity.
"""

from __future__ import annotations

import numpy as np

from backtesting.engine.kernel.compiling import compiled
from backtesting.engine.kernel.layout import Scan, Tape

_ONE, _TWO, _THREE = np.uint64(1), np.uint64(2), np.uint64(3)
_TIE, _MASK = np.uint16(0x8000), np.uint16(0x7FFF)


@compiled
def scan_quiet(
    tape: Tape, scan: Scan, unrolled: tuple[int, ...], row: int, stop: int
) -> tuple[int, int, int]:
    """Return the first row of the first tick that needs work, or `stop`; looks; gross positive.

    `row` and `stop` begin a tick. The length of `unrolled` is the number of triangles a symbol:
    a tuple's length is known at compile time, so that the inner loop is unrolled. Ticks of one
    and two events are counted here, rarer ones are left to the caller.
    """
    symbol, best_bid, inverse_ask = tape.symbol, tape.best_bid, tape.inverse_ask
    rate, threshold, last_row, looks_of = scan.rate, scan.threshold, scan.last_row, scan.looks
    legs, shared_legs, shared_looks = scan.legs, scan.shared_legs, scan.shared_looks
    width = np.uint64(3 * len(unrolled))
    size = np.uint64(len(looks_of))
    looks = 0
    gross = 0
    i = np.uint64(row)
    end = np.uint64(stop)
    while i < end:
        here = symbol[i]
        bid = best_bid[i]
        ask = inverse_ask[i]
        if min(bid, ask) <= 0.0:
            break
        if here < _TIE:
            s = np.uint64(here)
            rate[_TWO * s] = bid
            rate[_TWO * s + _ONE] = ask
            last_row[s] = i
            best = 0.0
            above = 0
            at = s * width
            for _ in range(len(unrolled)):
                x, y, z = np.uint64(legs[at]), np.uint64(legs[at + _ONE]), np.uint64(legs[at + _TWO])
                at += _THREE
                there = rate[x] * rate[y] * rate[z]
                back = rate[z ^ _ONE] * rate[y ^ _ONE] * rate[x ^ _ONE]
                best = max(best, max(there, back))
                above += there > 1.0
                above += back > 1.0
            if best > threshold[s]:
                break
            looks += looks_of[s]
            gross += above
            i += _ONE
            continue
        after = symbol[i + _ONE]
        if after >= _TIE:
            break
        first = np.uint64(here & _MASK)
        s = np.uint64(after)
        bid_after = best_bid[i + _ONE]
        ask_after = inverse_ask[i + _ONE]
        if min(bid_after, ask_after) <= 0.0:
            break
        if threshold[first] < 0.0 or len(shared_legs) < size * size:
            break
        rate[_TWO * first] = bid
        rate[_TWO * first + _ONE] = ask
        last_row[first] = i
        rate[_TWO * s] = bid_after
        rate[_TWO * s + _ONE] = ask_after
        last_row[s] = i + _ONE
        best = 0.0
        above = 0
        at = s * width
        for _ in range(len(unrolled)):
            x, y, z = np.uint64(legs[at]), np.uint64(legs[at + _ONE]), np.uint64(legs[at + _TWO])
            at += _THREE
            there = rate[x] * rate[y] * rate[z]
            back = rate[z ^ _ONE] * rate[y ^ _ONE] * rate[x ^ _ONE]
            best = max(best, max(there, back))
            above += there > 1.0
            above += back > 1.0
        if best > threshold[s]:
            break
        seen = looks_of[s]
        if first != s:
            best = 0.0
            at = first * width
            for _ in range(len(unrolled)):
                x, y, z = np.uint64(legs[at]), np.uint64(legs[at + _ONE]), np.uint64(legs[at + _TWO])
                at += _THREE
                there = rate[x] * rate[y] * rate[z]
                back = rate[z ^ _ONE] * rate[y ^ _ONE] * rate[x ^ _ONE]
                best = max(best, max(there, back))
                above += there > 1.0
                above += back > 1.0
            if best > threshold[first]:
                break
            pair = first * size + s
            at = np.uint64(shared_legs[pair])
            x, y, z = np.uint64(legs[at]), np.uint64(legs[at + _ONE]), np.uint64(legs[at + _TWO])
            above -= rate[x] * rate[y] * rate[z] > 1.0
            above -= rate[z ^ _ONE] * rate[y ^ _ONE] * rate[x ^ _ONE] > 1.0
            seen += looks_of[first] - np.int64(shared_looks[pair])
        looks += seen
        gross += above
        i += _TWO
    return np.int64(i), looks, gross
