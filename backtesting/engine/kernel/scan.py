"""The hot loop: apply events and count looks until one needs more than counting.

What is left out of the bound (fees are in the threshold; depth, minimums, age and balances are
not) can only worsen a return, so that passing over what stays below it is exact. A symbol whose
events all matter for another reason (an open episode, own fills, an offer, a first book) has
the threshold minus infinity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from backtesting.engine.kernel.compiling import compiled

if TYPE_CHECKING:
    from backtesting.engine.kernel.layout import Scan, Tape

_ONE, _TWO, _THREE = np.uint64(1), np.uint64(2), np.uint64(3)
_TIE, _MASK = np.uint16(0x8000), np.uint16(0x7FFF)


@compiled
def long_tick(tape: Tape, scan: Scan, row: int) -> tuple[int, int, int]:
    """Count a tick of three or more events that begins at `row`; return the row past it.

    Returns `row` itself where the tick needs work. A triangle is counted with the first of its
    symbols: one whose book is older than the tick, or newer than this event, comes later or not.
    """
    symbol, rate, last_row, legs = tape.symbol, scan.rate, scan.last_row, scan.legs
    nothing = np.uint64(2 * len(scan.looks))
    start = np.uint64(row)
    if scan.unseen[0] > 0:
        return start, 0, 0
    i = start
    while True:
        bid = tape.best_bid[i]
        ask = tape.inverse_ask[i]
        if min(bid, ask) <= 0.0:
            return start, 0, 0
        s = np.uint64(symbol[i] & _MASK)
        rate[_TWO * s] = bid
        rate[_TWO * s + _ONE] = ask
        last_row[s] = i
        i += _ONE
        if symbol[i - _ONE] < _TIE:
            break
    looks = 0
    gross = 0
    begin = np.int64(start)
    for at in range(begin, np.int64(i)):
        s = np.uint64(symbol[at] & _MASK)
        if last_row[s] != at:
            continue  # a later event of the tick has replaced this book
        best = 0.0
        for leg in range(scan.legs_from[s], scan.legs_to[s], 3):
            x = np.uint64(legs[leg])
            y = np.uint64(legs[leg + 1])
            z = np.uint64(legs[leg + 2])
            there = rate[x] * rate[y] * rate[z]
            back = rate[z ^ _ONE] * rate[y ^ _ONE] * rate[x ^ _ONE]
            best = max(best, max(there, back))
            counted = (
                x == nothing
                or begin <= last_row[x >> _ONE] < at
                or begin <= last_row[y >> _ONE] < at
                or begin <= last_row[z >> _ONE] < at
            )
            if not counted:
                looks += 2
                gross += there > 1.0
                gross += back > 1.0
        if best > scan.threshold[s]:
            return start, 0, 0
    return i, looks, gross


@compiled
def best_gross(scan: Scan, unrolled: tuple[int, ...], symbol: int) -> tuple[float, int]:
    """Return the best gross return of a symbol's cycles, and how many are above 1.

    The length of `unrolled` is the number of triangles a symbol: a tuple's length is known at
    compile time, so that the loop is unrolled; it is empty where symbols differ too much for
    that, and each then has as many as it has.
    """
    rate, legs = scan.rate, scan.legs
    best = 0.0
    above = 0
    at = np.uint64(scan.legs_from[symbol])
    end = np.int64(scan.legs_to[symbol])
    count = len(unrolled) if len(unrolled) > 0 else (end - np.int64(at)) // 3
    for _ in range(count):
        x, y, z = np.uint64(legs[at]), np.uint64(legs[at + _ONE]), np.uint64(legs[at + _TWO])
        at += _THREE
        there = rate[x] * rate[y] * rate[z]
        back = rate[z ^ _ONE] * rate[y ^ _ONE] * rate[x ^ _ONE]
        best = max(best, max(there, back))
        above += there > 1.0
        above += back > 1.0
    return best, above


@compiled
def scan_quiet(
    tape: Tape, scan: Scan, unrolled: tuple[int, ...], row: int, stop: int
) -> tuple[int, int, int]:
    """Return the first row of the first tick that needs work, or `stop`; looks; gross positive.

    `row` and `stop` begin a tick; `unrolled` as in `best_gross`. Ticks of one and two events are
    counted in line, longer ones by `long_tick`.
    """
    symbol, best_bid, inverse_ask = tape.symbol, tape.best_bid, tape.inverse_ask
    rate, threshold, last_row, looks_of = scan.rate, scan.threshold, scan.last_row, scan.looks
    legs, shared_legs, shared_looks = scan.legs, scan.shared_legs, scan.shared_looks
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
            best, above = best_gross(scan, unrolled, s)
            if best > threshold[s]:
                break
            looks += looks_of[s]
            gross += above
            i += _ONE
            continue
        after = symbol[i + _ONE]
        if after >= _TIE:
            past, seen, above = long_tick(tape, scan, i)
            if past == i:
                break
            looks += seen
            gross += above
            i = past
            continue
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
        best, above = best_gross(scan, unrolled, s)
        if best > threshold[s]:
            break
        seen = looks_of[s]
        if first != s:
            best, more = best_gross(scan, unrolled, first)
            if best > threshold[first]:
                break
            pair = first * size + s
            at = np.uint64(shared_legs[pair])
            x, y, z = np.uint64(legs[at]), np.uint64(legs[at + _ONE]), np.uint64(legs[at + _TWO])
            above += more
            above -= rate[x] * rate[y] * rate[z] > 1.0
            above -= rate[z ^ _ONE] * rate[y ^ _ONE] * rate[x ^ _ONE] > 1.0
            seen += looks_of[first] - np.int64(shared_looks[pair])
        looks += seen
        gross += above
        i += _TWO
    return np.int64(i), looks, gross
