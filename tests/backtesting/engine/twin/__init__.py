"""The readable twin of the replay engine: a slow, obvious reading of the simulation's rules.

It shares no code with the product, so that the compiled kernel has an independent reading to agree
with. Each file is one idea; `loop.py` is where to start. Section numbers are the standard's.
"""

from __future__ import annotations

from tests.backtesting.engine.twin.loop import replay

__all__ = ["replay"]
