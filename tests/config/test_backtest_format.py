"""How figures are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from config import backtest_format as written


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (written.count(1234567), "1,234,567"),
        (written.amount(1234.5), "1,234.50"),
        (written.quantity(0.00165702), "0.00165702"),
        (written.quantity(60000.0), "60,000"),
        (written.exact(1e-05), "0.00001"),
        (written.exact(25.0), "25"),
        (written.exact(7654321), "7,654,321"),
        (written.exact(0.0001, "BTC"), "0.0001 BTC"),
        (written.share(0.12345), "12.35 %"),
        (written.percent(0.0026), "0.26 %"),
        (written.percent(-0.0001), "-0.01 %"),
        (written.percent(0.0), "0 %"),
        (written.bps(0.0005), "5.0 bps"),
        (written.seconds(0.35), "350 ms"),
        (written.seconds(185), "3 min 5 s"),
        (written.seconds(90_000), "1 d 1 h"),
        (written.cycle(("USD", "BTC", "ETH")), "USD → BTC → ETH → USD"),
    ],
)
def test_figures_are_written_as_traders_write_them(shown: str, words: str) -> None:
    assert shown == words


@pytest.mark.parametrize(
    "show",
    [
        written.count,
        written.amount,
        written.exact,
        written.share,
        written.percent,
        written.pnl,
        written.moment,
    ],
)
def test_what_could_not_be_measured_is_a_dash(show: object) -> None:
    assert callable(show)
    assert show(None) == "-"


def test_a_figure_is_written_as_its_kind_is() -> None:
    kinds = ("pnl", "amount", "share", "count", "number", "text")
    shown = [str(written.figure(3, kind)) for kind in kinds]

    assert shown[0] == str(written.pnl(3))
    assert shown[1:] == ["3.00", "300.00 %", "3", "3.00", "3"]
    assert written.figure(None, "pnl") == "-"


def test_a_gain_and_a_loss_differ_without_color() -> None:
    assert "+1.50 ▲" in written.pnl(1.5)
    assert "-1.50 ▼" in written.pnl(-1.5)
    assert ">0.00 =" in written.pnl(0.0)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.004, "+0.0040 ▲"),
        (-0.00123456, "-0.0012 ▼"),
        (1e-8, "+0.00000001 ▲"),
        (0.01, "+0.01 ▲"),
        (1e9, "+1,000,000,000.00 ▲"),
    ],
)
def test_less_than_a_cent_is_not_nothing(value: float, shown: str) -> None:
    assert shown in written.pnl(value)
    assert written.amount(abs(value)) == shown[1:-2]


def test_what_rounds_to_zero_has_no_sign() -> None:
    assert written.amount(-1e-9, 4) == "0.0000"
    assert written.bps(-1e-9) == "0.0 bps"
    assert written.share(-1e-9) == "0.00 %"
    assert ">0.00 =" in written.pnl(-1e-9)
    assert written.amount(-0.01) == "-0.01"


def test_a_time_is_written_in_utc_with_its_instant_beside_it() -> None:
    time = datetime(2026, 3, 1, 13, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))

    shown = written.moment(time, "ms")

    assert "2026-03-01 12:00:00.123 UTC" in shown
    assert 'datetime="2026-03-01T12:00:00.123456+00:00"' in shown
    assert written.moment(int(time.timestamp() * 1_000_000), "ms") == shown


def test_how_long_ago_it_was() -> None:
    assert written.ago(datetime.now(UTC) - timedelta(minutes=5)) == "5 min ago"
    assert written.ago(datetime.now(UTC)) == "just now"
