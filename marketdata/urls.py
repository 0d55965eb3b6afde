"""Addresses of what was recorded."""

from __future__ import annotations

from django.urls import path

from marketdata import views

urlpatterns = [
    path("pairings/coverage", views.pairing_coverage, name="pairing_coverage"),
]
