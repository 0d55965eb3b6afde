"""How figures look on a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from config.display import amount, moment, percent


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [(0.0026, "0.26 %"), (0.002, "0.2 %"), (0.0, "0 %"), (-0.0001, "-0.01 %"), (None, "-")],
)
def test_a_fraction_is_shown_in_per_cent(fraction: float | None, shown: str) -> None:
    assert percent(fraction) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1e-05, "0.00001"), (25.0, "25"), (1234567, "1,234,567"), (0.1, "0.1"), (None, "-")],
)
def test_an_amount_is_shown_with_all_its_digits(value: float | None, shown: str) -> None:
    assert amount(value) == shown


def test_an_amount_is_labeled_with_its_asset() -> None:
    assert amount(0.0001, "BTC") == "0.0001 BTC"


def test_a_time_is_shown_in_utc_wherever_it_comes_from() -> None:
    at = datetime(2026, 3, 1, 14, 0, 5, tzinfo=timezone(timedelta(hours=2)))

    assert moment(at) == (
        '<time datetime="2026-03-01T12:00:05+00:00" data-precision="s">'
        "2026-03-01 12:00:05 UTC</time>"
    )
    assert moment(at.astimezone(UTC)) == moment(at)
    assert moment(None) == "-"
