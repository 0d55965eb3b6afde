"""What a leg brings and takes, by hand."""

from __future__ import annotations

from tests.backtesting.engine.running import prepare
from tests.backtesting.engine.scenarios import SCENARIOS


def test_a_sell_brings_its_proceeds_times_one_less_the_fee() -> None:
    case = SCENARIOS["a_fee_at_a_lots_edge"]()

    report = prepare(
        case.events, pairings=case.pairings, config=case.config, balances=case.balances
    ).run()

    # 300 * (1 - 0.0026) is 299.21999999999997 in doubles, which is cut by a lot of 1e-8;
    # 300 - 300 * 0.0026 would be 299.22.
    assert [order.filled for order in report.trades[0].orders] == [1.0, 1.0, 299.21999999]
