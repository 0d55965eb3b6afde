"""The report, its trades and the comparison in a real browser, in both themes and at two widths."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from tests.backtesting.views.reports import completed_job
from tests.e2e.browsers import NO_BROWSER, watched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

    from backtesting.models import BacktestJob
