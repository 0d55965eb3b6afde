"""What a trader asks for on the dashboard, as forms."""

from __future__ import annotations

from backtesting.forms.naming import NamingForm
from backtesting.forms.run import BacktestRunForm
from backtesting.forms.sweep import SweepForm

__all__ = ["BacktestRunForm", "NamingForm", "SweepForm"]
