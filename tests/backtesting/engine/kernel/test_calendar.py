"""What is due when: in order of time, and of the trades' numbers where that is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from backtesting.engine.config import BacktestConfig
from backtesting.engine.kernel.calendar import pop_due, schedule
from backtesting.engine.plan import Plan, build_run
from tests.tapes import columns

if TYPE_CHECKING:
    from random import Random

    from backtesting.engine.kernel.layout import Run


def empty_run(room: int) -> Run:
    plan = Plan(
        columns=columns([], []),
        config=BacktestConfig(),
        cycles=(),
        rules={},
        fees={},
        balances={},
    )
    return build_run(plan, room=room)


@given(taus=st.lists(st.integers(0, 6), min_size=1, max_size=40), order=st.randoms())
def test_trades_come_out_by_time_then_number(taus: list[int], order: Random) -> None:
    run = empty_run(len(taus))
    run.trades["tau"][: len(taus)] = taus
    trades = list(range(len(taus)))
    order.shuffle(trades)

    for trade in trades:
        schedule(run, trade)
    due = [pop_due(run) for _ in trades]

    assert due == sorted(trades, key=lambda trade: (taus[trade], trade))
    assert run.totals[0]["pending"] == 0


@given(steps=st.lists(st.integers(0, 9) | st.none(), max_size=60))
def test_it_stays_in_order_while_trades_come_and_go(steps: list[int | None]) -> None:
    run = empty_run(max(1, len(steps)))
    waiting: list[tuple[int, int]] = []

    for trade, tau in enumerate(steps):
        if tau is not None:
            run.trades["tau"][trade] = tau
            schedule(run, trade)
            waiting.append((tau, trade))
        elif waiting:
            assert pop_due(run) == min(waiting)[1]
            waiting.remove(min(waiting))

    assert run.totals[0]["pending"] == len(waiting)
