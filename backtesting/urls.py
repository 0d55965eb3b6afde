"""Addresses of the backtests."""

from __future__ import annotations

from django.urls import path

from backtesting.report_urls import urlpatterns as report_patterns
from backtesting.sweep_urls import urlpatterns as sweep_patterns
from backtesting.views import actions, dashboard, run

urlpatterns = [
    path("backtesting", dashboard.backtesting, name="backtesting"),
    path("backtesting/run", run.run, name="backtesting_run"),
    path("backtesting/run/offer", run.offer, name="run_offer"),
    path("backtesting/history", dashboard.history, name="job_history"),
    path("fragment/backtesting", dashboard.panel, name="backtesting_panel"),
    path("fragment/backtesting/live", dashboard.live, name="backtesting_live"),
    path("backtesting/job/<int:pk>/cancel", actions.cancel, name="job_cancel"),
    path("backtesting/job/<int:pk>/rerun", actions.rerun, name="job_rerun"),
    path("backtesting/job/<int:pk>/manage", actions.manage, name="job_manage"),
    path("backtesting/job/<int:pk>/rename", actions.rename, name="job_rename"),
    path("backtesting/job/<int:pk>/delete", actions.delete, name="job_delete"),
    *report_patterns,
    *sweep_patterns,
]
