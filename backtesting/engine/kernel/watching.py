"""Which symbols the hot loop must not pass over."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from backtesting.engine.kernel.compiling import compiled

if TYPE_CHECKING:
    from backtesting.engine.kernel.layout import Run


@compiled
def watch(run: Run, symbol: int) -> None:
    """Have every event of `symbol` looked at, for one more reason."""
    run.symbols[symbol].watchers += 1
    run.scan.threshold[symbol] = -math.inf


@compiled
def unwatch(run: Run, symbol: int) -> None:
    """Take one reason back; without any, the symbol's own threshold holds again."""
    run.symbols[symbol].watchers -= 1
    if run.symbols[symbol].watchers == 0:
        run.scan.threshold[symbol] = run.symbols[symbol].threshold
