"""What a trader asks for on the dashboard, as forms."""

from __future__ import annotations

from backtesting.forms.run import BacktestRunForm

__all__ = ["BacktestRunForm"]
