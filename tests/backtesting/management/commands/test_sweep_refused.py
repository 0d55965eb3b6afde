"""What `sweep` refuses: exit code 2, one clear line that names the value and the remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.backtesting.commands import FREE, run_command, write_tape
from tests.backtesting.search.rows import edges
from tests.tapes import top

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db

TRIANGLE = "BTC/USD,ETH/BTC,ETH/USD"
THOUSAND = ",".join(str(value) for value in range(1, 1001))


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., str]:
    """Run sweep, which must refuse; return its one line. The recording itself is sound."""
    tape = write_tape(tmp_path / "tape.jsonl", edges(3))

    def run(*arguments: str, file: str = tape) -> str:
        done = run_command(capsys, "sweep", "--file", file, *FREE, "--json", *arguments)
        assert (done.code, done.out) == (2, "")
        assert "\n" not in done.refusal
        assert len(done.refusal) < 600
        return done.refusal

    return run


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--theta", "cheap"], "--theta has 'cheap'; it must be a number"),
        (["--theta", "0.001,,0.002"], "'0.001,,0.002' has an empty value"),
        (["--theta", ""], "has an empty value"),
        (["--theta", "nan"], "--theta has 'nan'; it must be a number"),
        (["--theta", "1_0"], "--theta has '1_0'; it must be a number"),
        (
            ["--train-ratio", "\u0660.\u0667"],
            "--train-ratio has '\u0660.\u0667'; it must be a number",
        ),
        (["--theta", "-1"], "min_profit_threshold is -1.0; it must be above -1"),
        (["--theta", "0.001,0.0010"], "min_profit_threshold has 0.001 twice; give each value once"),
        (["--trade-capital", "0"], "trade_capital is 0.0"),
        (["--staleness-ms", "never"], "--staleness-ms has 'never'; it must be a number"),
        (["--staleness-ms", "none,none"], "staleness_threshold_ms has None twice"),
        (["--staleness-ms", "-5"], "staleness_threshold_ms is -5.0"),
        (["--universe", f"{TRIANGLE},"], "--universe 'BTC/USD,ETH/BTC,ETH/USD,' has an empty"),
        (["--universe", f"{TRIANGLE},BTC/USD"], "--universe names BTC/USD twice; name it once"),
        (["--universe", " , "], "--universe is empty; name its symbols"),
        (["--universe", f"{TRIANGLE},DOGE/USD"], "names DOGE/USD, of which there is no event"),
        (["--universe", "DOGE/USD"], "DOGE/USD"),
        (["--universe", "BTC/USD,ETH/USD"], "no triangle can be formed of BTC/USD, ETH/USD"),
        (["--universe", TRIANGLE, "--universe", TRIANGLE], "twice; give each value once"),
        (["--universe", TRIANGLE, "--universe", "ETH/USD,BTC/USD,ETH/BTC"], "is there twice"),
        (["--universe", TRIANGLE, "--symbols", TRIANGLE], "both name the symbols"),
        (["--axis", "speed=1,2"], "'speed' is no axis of a sweep; further axes are fee_rate"),
        (["--axis", "trade_capital=1"], "'trade_capital' is no axis"),
        (["--axis", "slippage_bps"], "is not NAME=VALUE"),
        (["--axis", "slippage_bps="], "has an empty value"),
        (["--axis", "slippage_bps=[]"], "a value is a number or a word"),
        (["--axis", "fill_model=modeled,magic"], "fill_model is 'magic'"),
        (["--axis", "seed=1", "--axis", "seed=2"], "--axis seed is given twice"),
        (["--axis", "fee_rate=0.001"], "set only one of them"),
        (["--gate", "max_drawdown=1", "--gate", "max_drawdown=2"], "max_drawdown is given twice"),
        (["--gate", "luck=1"], "'luck' is no gate; gates are min_test_pnl"),
        (["--gate", "max_drawdown=small"], "--gate max_drawdown has 'small'"),
        (["--gate", "max_drawdown=nan"], "max_drawdown has 'nan'; it must be a number"),
        (["--train-ratio", "1"], "the train ratio is 1.0; it must be above 0 and below 1"),
        (["--train-ratio", "most"], "--train-ratio has 'most'"),
        # 2.5 s of events: the train window is the first 2 microseconds, with the first tick.
        (["--train-ratio", "1e-9"], "leaves the train window without events; choose another"),
        (["--folds", "101"], "folds; it must be a whole number from 1 to 100"),
        (["--folds", "2.5"], "2.5 folds"),
        (["--folds", "90"], "without events; choose another train ratio, fewer folds"),
        (["--anchored"], "--anchored says how folds train; give --folds K as well"),
        (["--win-weight", "1e999"], "the win weight is inf"),
        (["--out", ""], "--out is empty; name a folder"),
        (["--out", "/proc/nowhere"], "--out /proc/nowhere cannot be made"),
        (["--pairings", ""], "is no name of a file"),
        (["--set", "trade_capitol=5"], "did you mean trade_capital?"),
    ],
)
def test_it_is_refused_with_the_value_and_the_remedy(
    refused: Callable[..., str], arguments: list[str], words: str
) -> None:
    assert words in refused(*arguments)


@pytest.mark.usefixtures("counted_only")
def test_a_grid_over_the_limit_is_refused_before_anything_is_made_or_read(
    refused: Callable[..., str],
) -> None:
    axes = ("--theta", THOUSAND, "--trade-capital", THOUSAND, "--staleness-ms", THOUSAND)

    words = refused(*axes, file="/nowhere/tape.jsonl")

    assert words == (
        "the grid has 1,000,000,000 parameter sets, more than the 100,000 allowed; "
        "give fewer values to an axis"
    )


def test_a_universe_that_is_silent_in_one_window_is_refused(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    names = ("EUR/USD", "SOL/EUR", "SOL/USD")
    early = [top(symbol, 1.0, 1.1) for symbol in names]
    tape = write_tape(tmp_path / "early.jsonl", [*early, *edges(3)])
    universes = ("--universe", TRIANGLE, "--universe", ",".join(names))

    words = refused(*universes, file=tape)

    assert (
        "the universe EUR/USD,SOL/EUR,SOL/USD has no event in the window from 2026-03-01" in words
    )
    assert "choose another train ratio" in words


def test_more_work_than_allowed_is_refused_before_it_is_searched(
    refused: Callable[..., str], settings: Settings
) -> None:
    settings.SWEEP_MAX_SET_EVENTS = 10

    words = refused("--theta", "0.001,0.002")

    assert words.startswith("2 parameter sets over ")
    assert words.endswith(
        "more than the 10 allowed (SWEEP_MAX_SET_EVENTS); give fewer values or a shorter time"
    )
