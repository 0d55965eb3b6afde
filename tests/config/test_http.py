"""Pages to people, parts of them to htmx."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

from config.http import HtmxHttpRequest, render_page, wants_fragment

if TYPE_CHECKING:
    from django.http import HttpResponse

PAGE = "pairings/minimums.html"
FRAGMENT = "partials/pairing_minimums.html"


def request(**headers: str) -> HtmxHttpRequest:
    made = cast("HtmxHttpRequest", RequestFactory().get("/", headers=headers))
    made.user = AnonymousUser()
    made.htmx = HtmxDetails(made)
    return made


def answer(asked: HtmxHttpRequest, status: int = 200) -> HttpResponse:
    return render_page(asked, PAGE, fragment=FRAGMENT, context={"query": ""}, status=status)


def is_whole(response: HttpResponse) -> bool:
    return b"<html" in response.content


def test_a_person_gets_the_page() -> None:
    assert is_whole(answer(request()))


def test_htmx_gets_the_part() -> None:
    response = answer(request(**{"HX-Request": "true"}))

    assert not is_whole(response)
    assert b'id="pairing-minimums"' in response.content


def test_the_way_back_gets_the_page_though_htmx_asks() -> None:
    asked = request(**{"HX-Request": "true", "HX-History-Restore-Request": "true"})

    assert is_whole(answer(asked))
    assert not wants_fragment(asked)


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "fragment"])
def test_caches_are_told_that_the_two_differ(headers: dict[str, str]) -> None:
    varies = answer(request(**headers)).headers["Vary"]

    assert {"HX-Request", "HX-History-Restore-Request"} <= set(varies.split(", "))


def test_the_status_is_the_one_that_is_given() -> None:
    assert answer(request(), status=422).status_code == 422
