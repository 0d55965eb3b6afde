"""Addresses of one job's report, its trades and the comparison of jobs."""

from __future__ import annotations

from django.urls import path

from backtesting.views import compare, report, trades

urlpatterns = [
    path("backtesting/job/<int:pk>", report.job, name="job"),
    path("backtesting/job/<int:pk>/series/<slug:part>", report.job_series, name="job_series"),
    path("backtesting/job/<int:pk>/report.json", report.job_report_json, name="job_report_json"),
    path("backtesting/job/<int:pk>/trades", trades.job_trades, name="job_trades"),
    path("backtesting/job/<int:pk>/trades.csv", trades.job_trades_csv, name="job_trades_csv"),
    path("backtesting/job/<int:pk>/trade/<int:n>", trades.job_trade, name="job_trade"),
    path("backtesting/compare", compare.compare, name="compare"),
    path("backtesting/compare/series", compare.compare_series, name="compare_series"),
]
