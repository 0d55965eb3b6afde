"""ISO 8601 times with a zone -> integer microseconds since 1970-01-01 UTC, never by way of floats.

Read is `YYYY-MM-DD`, `T` or a space, `hh:mm:ss`, a fraction of any length (what is finer than a
microsecond is cut), and `Z`, `+hh:mm`, `+hhmm` or `+hh`. A leap second and 24:00 are not times of
this calendar. `parse_time` reads one, `parse_times` the usual shapes of many at once.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from marketdata.books import Fault, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

UNREAD: Final = np.iinfo(np.int64).min

_ISO: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?"
    r"(?:([Zz])|([+-])(\d\d)(?::?(\d\d))?)?",
    re.ASCII,
)
_SECONDS_END: Final = len("YYYY-MM-DDThh:mm:ss")
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_SECOND: Final = 1_000_000
# Whoever stores these times can hold the years 1 to 9999, in UTC.
_FIRST_US: Final = (date.min.toordinal() - _EPOCH_DAY) * 86_400 * _SECOND
_END_US: Final = (date.max.toordinal() + 1 - _EPOCH_DAY) * 86_400 * _SECOND


def parse_time(text: object) -> int | Fault:
    """Return the microseconds of one time, or what is wrong with it."""
    # Exactly str: a parser may hand over a number as a kind of text.
    found = _ISO.fullmatch(text) if type(text) is str else None
    if found is None:
        return _bad(text, "write ISO 8601 with a zone, such as 2026-03-01T12:00:00.5Z")
    zulu, sign = found[8], found[9]
    if zulu is None and sign is None:
        return Fault(
            code="naive_time", detail=f"occurred_at {shown(text)} has no zone; add Z or +hh:mm"
        )
    try:
        moment = datetime(*(int(part) for part in found.group(1, 2, 3, 4, 5, 6)), tzinfo=UTC)  # type: ignore[arg-type, misc]  # six parts, none of them tzinfo
    except ValueError as error:
        return _bad(text, str(error))
    hours, minutes = int(found[10] or 0), int(found[11] or 0)
    if hours > 23 or minutes > 59:  # noqa: PLR2004 -- a clock's own limits
        return _bad(text, "the zone lies outside of -23:59 to +23:59")
    days = moment.toordinal() - _EPOCH_DAY
    seconds = days * 86_400 + moment.hour * 3_600 + moment.minute * 60 + moment.second
    seconds -= (hours * 3_600 + minutes * 60) * (-1 if sign == "-" else 1)
    time_us = seconds * _SECOND + int((found[7] or "")[:6].ljust(6, "0"))
    if not _FIRST_US <= time_us < _END_US:
        return _bad(text, "in UTC it lies outside of the years 1 to 9999")
    return time_us


def _bad(text: object, remedy: str) -> Fault:
    return Fault(code="bad_time", detail=f"occurred_at {shown(text)} is not a time; {remedy}")


def parse_times(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return the microseconds of many ASCII times; `UNREAD` where `parse_time` must judge.

    Rows of one length have the zone and the fraction in the same columns: they are read together.
    """
    times = np.full(len(texts), UNREAD, np.int64)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    for length in np.unique(lengths):
        if 20 <= length <= 35:  # noqa: PLR2004 -- from whole seconds to nanoseconds and +hh:mm
            rows = np.flatnonzero(lengths == length)
            same = texts if len(rows) == len(texts) else [texts[row] for row in rows.tolist()]
            digits = np.frombuffer("".join(same).encode("ascii"), np.uint8)
            times[rows] = _parse_same_length(digits.reshape(len(rows), int(length)))
    return times


def _parse_same_length(text: NDArray[np.uint8]) -> NDArray[np.int64]:
    zulu = _is(text, -1, "Zz")
    return np.where(zulu, _parse_zoned(text, zone=1), _parse_zoned(text, zone=6))


def _parse_zoned(text: NDArray[np.uint8], *, zone: int) -> NDArray[np.int64]:
    """Return the times whose zone is the last `zone` characters: `Z` or `+hh:mm`."""
    end = text.shape[1] - zone
    if end < _SECONDS_END or end == _SECONDS_END + 1:  # no room for the clock, or a bare point
        return np.full(len(text), UNREAD, np.int64)
    days, ok = _days(text)
    seconds, clock_ok = _clock(text)
    fraction_us, fraction_ok = _fraction_us(text, end)
    offset, offset_ok = _offset(text, end, zone)
    ok &= clock_ok & fraction_ok & offset_ok & _is(text, 10, "Tt ")
    return np.where(ok, (days * 86_400 + seconds - offset) * _SECOND + fraction_us, UNREAD)


def _days(text: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the days since 1970-01-01 of `YYYY-MM-DD`, and whether it is in the calendar."""
    year, ok = _number(text, 0, 4)
    month, month_ok = _number(text, 5, 7)
    day, day_ok = _number(text, 8, 10)
    ok &= month_ok & day_ok & _is(text, 4, "-") & _is(text, 7, "-")
    # Years 1 and 9999 may leave the calendar by their zone: parse_time judges them.
    ok &= (year > 1) & (year < 9999) & (month >= 1) & (month <= 12)  # noqa: PLR2004 -- the calendar's limits
    months = np.where(ok, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    first_day = months.astype("datetime64[D]").astype(np.int64)
    next_month = (months + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64)
    ok &= (day >= 1) & (day <= next_month - first_day)
    return first_day + day - 1, ok


def _clock(text: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the seconds of the day of `hh:mm:ss`, and whether a clock shows them."""
    hour, ok = _number(text, 11, 13)
    minute, minute_ok = _number(text, 14, 16)
    second, second_ok = _number(text, 17, _SECONDS_END)
    ok &= minute_ok & second_ok & _is(text, 13, ":") & _is(text, 16, ":")
    ok &= (hour < 24) & (minute < 60) & (second < 60)  # noqa: PLR2004 -- a clock's own limits
    return hour * 3_600 + minute * 60 + second, ok


def _is(text: NDArray[np.uint8], column: int, allowed: str) -> NDArray[np.bool_]:
    found = np.zeros(len(text), np.bool_)
    for character in allowed:
        found |= text[:, column] == ord(character)
    return found


def _number(
    text: NDArray[np.uint8], start: int, end: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the number in columns `start` to `end`, and whether all of them are digits."""
    value = np.zeros(len(text), np.int64)
    ok = np.ones(len(text), np.bool_)
    for column in range(start, end):
        digit = text[:, column] - np.uint8(48)  # wraps below "0", so one test is enough
        ok &= digit <= 9  # noqa: PLR2004 -- a digit
        value = value * 10 + digit
    return value, ok


def _fraction_us(text: NDArray[np.uint8], end: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the microseconds of `.ffffff`, what is finer cut, and whether it is well formed."""
    if end == _SECONDS_END:
        return np.zeros(len(text), np.int64), np.ones(len(text), np.bool_)
    kept = min(end, _SECONDS_END + 7)
    value, _ = _number(text, _SECONDS_END + 1, kept)
    _, ok = _number(text, _SECONDS_END + 1, end)
    return value * 10 ** (_SECONDS_END + 7 - kept), ok & _is(text, _SECONDS_END, ".")


def _offset(
    text: NDArray[np.uint8], start: int, zone: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the seconds that the zone is ahead of UTC, and whether it is well formed."""
    if zone == 1:
        return np.zeros(len(text), np.int64), np.ones(len(text), np.bool_)
    hours, hours_ok = _number(text, start + 1, start + 3)
    minutes, minutes_ok = _number(text, start + 4, start + 6)
    sign = np.where(_is(text, start, "-"), -1, 1)
    ok = hours_ok & minutes_ok & _is(text, start, "+-") & _is(text, start + 3, ":")
    ok &= (hours < 24) & (minutes < 60)  # noqa: PLR2004 -- a clock's own limits
    return sign * (hours * 3_600 + minutes * 60), ok
