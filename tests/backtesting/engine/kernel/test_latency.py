"""Latency: a constant and a jitter that only trade and order decide."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from backtesting.engine.config import BacktestConfig
from backtesting.engine.kernel.latency import latency_us, splitmix64
from backtesting.engine.plan import Plan, build_run
from tests.backtesting.engine.replays import replay
from tests.tapes import columns, top, triangle

if TYPE_CHECKING:
    from backtesting.engine.kernel.layout import Run


@pytest.mark.parametrize(
    ("seed", "values"),
    [
        # The sequence of Vigna's splitmix64.c from two seeds: step i hashes seed + i * increment.
        (0, (0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC)),
        (1234567, (6457827717110365317, 3203168211198807973, 9817491932198370423)),
    ],
)
def test_it_gives_the_published_values(seed: int, values: tuple[int, ...]) -> None:
    increment = 0x9E3779B97F4A7C15

    got = tuple(hashed((seed + step * increment) % 2**64) for step in range(len(values)))

    assert got == values


def hashed(value: int) -> int:
    return int(splitmix64(np.uint64(value)))  # type: ignore[arg-type]  # an int without a sign


def run(**config: float) -> Run:
    plan = Plan(
        columns=columns([], []),
        config=BacktestConfig.from_values(config),
        cycles=(),
        rules={},
        fees={},
        balances={},
    )
    return build_run(plan)


@pytest.mark.parametrize(
    ("milliseconds", "microseconds"),
    [
        (20.0, 20_000),
        (0.0, 0),
        (0.0004, 0),
        (0.0005, 1),
        (3.33335, 3_333),
        (86_400_000.0, 864 * 10**8),
    ],
)
def test_without_jitter_it_is_the_constant_rounded_half_up(
    milliseconds: float, microseconds: int
) -> None:
    # 3.33335 ms: 3333.35 + 0.5 = 3333.85, cut to 3333.
    assert latency_us(run(execution_latency_ms=milliseconds), 0, 1) == microseconds


@pytest.mark.parametrize("seed", [7, 7 + 2**32])  # the key wraps around at 64 bits
def test_jitter_is_the_exponential_of_the_standard(seed: int) -> None:
    jittered = run(execution_latency_ms=5.0, latency_jitter_ms=2.0, seed=seed)

    # Trade n = 3 is index 2: splitmix64(7 * 2^32 + 3 * 8 + 2) >> 11 over 2^53 is u.
    uniform = (hashed(7 * 2**32 + 26) >> 11) / 2**53
    expected = math.floor((5.0 + 2.0 * -math.log(1 - uniform)) * 1000 + 0.5)
    assert latency_us(jittered, 2, 2) == expected


def test_jitter_has_its_mean_and_is_never_negative() -> None:
    jittered = run(execution_latency_ms=0.0, latency_jitter_ms=10.0, seed=1)

    drawn = [latency_us(jittered, trade, order) for trade in range(2_000) for order in (1, 2, 3, 4)]

    # 8,000 exponentials of mean 10 ms: the mean's own deviation is 10 / sqrt(8000) = 0.11 ms.
    assert min(drawn) >= 0
    assert np.mean(drawn) / 1000 == pytest.approx(10, abs=0.5)
    assert len(set(drawn)) > 5_000


@pytest.mark.parametrize("seed", [0, 2**32 - 1])
def test_another_seed_draws_another_latency(seed: int) -> None:
    one = run(latency_jitter_ms=10.0, seed=seed)
    other = run(latency_jitter_ms=10.0, seed=5)

    assert latency_us(one, 0, 1) != latency_us(other, 0, 1)


@pytest.mark.parametrize("stride", [1, 7, 1000])
def test_jitter_does_not_depend_on_chunks(stride: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tape = [
        event
        for step in range(40)
        for event in (
            *triangle(step * 200_000, eth_usd=(3040.0, 3040.5)),
            top("ETH/USD", 2999.0, 3000.5, t=step * 200_000 + 100_000),
        )
    ]
    options: dict[str, Any] = {"latency_jitter_ms": 15.0, "fill_model": "replayed", "seed": 3}
    whole = replay(tape, **options)

    monkeypatch.setattr("backtesting.engine.engine._STRIDE", stride)
    in_chunks = replay(tape, **options)

    assert whole.trades_attempted > 30
    assert list(in_chunks.trades) == list(whole.trades)
    assert whole.execution_latency_p50_ms != whole.execution_latency_p95_ms
