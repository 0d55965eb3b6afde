"""Every address of the site, with something put in for what varies in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern
from django.utils.regex_helper import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAMPLES: Final = {
    "app_label": "pairings",
    "content_type_id": "1",
    "format": "json",
    "int": "1",
    "object_id": "1",
    "path": "1",
    "slug": "x",
    "str": "1",
    "url": "nowhere/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_VARIES: Final = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address, and the name it goes by: `admin:index`, or "" where it has none."""

    name: str
    path: str

    def __str__(self) -> str:
        return self.name or self.path


def every_route() -> list[Route]:
    return sorted(set(_walk(get_resolver(), "/", "")), key=lambda route: (route.path, route.name))


def _walk(resolver: URLResolver, prefix: str, namespace: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, prefix + _filled(entry), inner)
        else:
            name = f"{namespace}{entry.name}" if entry.name else ""
            yield Route(name=name, path=prefix + _filled(entry))


def _filled(entry: URLPattern | URLResolver) -> str:
    if isinstance(entry.pattern, RoutePattern):
        return _VARIES.sub(
            lambda found: _SAMPLES.get(found["name"]) or _SAMPLES[found["converter"] or "str"],
            str(entry.pattern),
        )
    [[pattern, names], *_] = normalize(entry.pattern.regex.pattern)
    return str(pattern % {name: _SAMPLES[name] for name in names})
