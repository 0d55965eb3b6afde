"""Addresses of sweeps, their sets, and what is promoted of them."""

from __future__ import annotations

from django.urls import path

from backtesting.views.sweeps import form, one_set, promotions, sweep, table

_ONE = "backtesting/sweep/<int:pk>"
_SET = f"{_ONE}/set/<int:index>"

urlpatterns = [
    path("backtesting/sweep", form.sweep_form, name="sweep_form"),
    path("backtesting/sweep/count", form.sweep_count, name="sweep_count"),
    path("backtesting/sweep/run", form.sweep_run, name="sweep_run"),
    path(_ONE, sweep.sweep, name="sweep"),
    path(f"{_ONE}/map", sweep.sweep_map, name="sweep_map"),
    path(f"{_ONE}/series/<slug:part>", sweep.sweep_series, name="sweep_series"),
    path(f"{_ONE}/curves", one_set.sweep_curves, name="sweep_curves"),
    path(f"{_ONE}/results.csv", sweep.sweep_csv, name="sweep_csv"),
    path(f"{_ONE}/results.json", sweep.sweep_json, name="sweep_json"),
    path(f"{_ONE}/sets", table.sweep_table, name="sweep_table"),
    path(f"{_ONE}/compare", table.sweep_compare, name="sweep_compare"),
    path(_SET, one_set.sweep_set, name="sweep_set"),
    path(f"{_SET}/alone/<slug:window>", one_set.sweep_alone, name="sweep_alone"),
    path(f"{_SET}/promote", promotions.sweep_promote, name="sweep_promote"),
    path("backtesting/promoted", promotions.promotions, name="promotions"),
    path(
        "backtesting/promoted/<int:pk>/withdraw",
        promotions.promotion_withdraw,
        name="promotion_withdraw",
    ),
]
