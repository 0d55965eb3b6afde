from __future__ import annotations

import pytest

from backtesting.analysis.sweeps.axes import places_of, texts_of, value_text, words_of
from backtesting.analysis.sweeps.digest import digest_of
from backtesting.analysis.sweeps.verdict import where
from tests.backtesting.sweep_samples import SETS, artifacts_of, sweep_request


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("min_profit_threshold", 0.0005, "5 bps"),
        ("min_profit_threshold", 0.00001, "0.1 bps"),
        ("fee_rate", 0.0026, "0.26 %"),
        ("fee_rate", 0.0, "no flat rate"),
        ("trade_capital", 1000.0, "1,000 USD"),
        ("staleness_threshold_ms", None, "no limit"),
        ("execution_latency_ms", 20.0, "20 ms"),
        ("fill_model", "replayed", "replayed"),
    ],
)
def test_a_value_is_written_with_its_unit(name: str, value: object, text: str) -> None:
    assert value_text(name, value, "USD") == text


def test_universes_are_told_apart_even_where_they_begin_alike() -> None:
    first = ("A/B", "B/C", "C/A", "D/A")
    second = ("A/B", "B/C", "C/A", "E/A")

    texts = texts_of("universe", (None, first, second), "USD", ("A/B", "B/C"))

    assert texts == ("all 2 symbols", "2: A/B, B/C, C/A +1", "3: A/B, B/C, C/A +1")
    assert words_of("universe") == "Universe"


def test_a_set_is_placed_by_its_index_alone() -> None:
    digest = digest_of(artifacts_of())

    for index in range(SETS):
        found = places_of(sweep_request().axes, index, "USD")
        assert found == tuple(
            text.replace("all 10 symbols", "all symbols") for text in where(digest, index)
        )
