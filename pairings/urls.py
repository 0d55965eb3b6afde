"""Addresses of the pairings."""

from __future__ import annotations

from django.urls import path

from pairings import views

urlpatterns = [
    path("pairings", views.pairings, name="pairings"),
    path("pairings/graph", views.graph, name="pairings_graph"),
    path("pairings/switch", views.switch, name="pairings_switch"),
    path("pairings/load", views.load, name="pairings_load"),
    path("pairings/<int:pk>/minimums", views.minimums, name="pairing_minimums"),
]
