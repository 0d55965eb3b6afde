"""Addresses of the site."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path
from django.views.generic import RedirectView

from config.health import healthz

admin.site.site_header = admin.site.site_title = "Triangular backtests"

urlpatterns = [
    path("", RedirectView.as_view(url="/dashboard/backtesting"), name="home"),
    path("dashboard/", include("backtesting.urls")),
    path("dashboard/config/", include("pairings.urls")),
    path("dashboard/config/", include("marketdata.urls")),
    path("healthz", healthz, name="healthz"),
    path("accounts/login/", auth.LoginView.as_view(), name="login"),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    path("accounts/password_change/", auth.PasswordChangeView.as_view(), name="password_change"),
    path(
        "accounts/password_change/done/",
        auth.PasswordChangeDoneView.as_view(),
        name="password_change_done",
    ),
    path("admin/", admin.site.urls),
]
