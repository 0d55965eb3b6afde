from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from pairings.management.commands import load_pairings
from pairings.models import Pairing
from tests.factories.pairings import PairingFactory
from tests.pairings.captures import capture

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

TRIANGLE = [
    {"symbol": "BTC/USD", "taker_fee": 0.0026},
    {"symbol": "ETH/USD", "taker_fee": 0.0026},
    {"symbol": "ETH/BTC", "taker_fee": 0.0026},
]


def load(tmp_path: Path, entries: object, *options: str) -> str:
    path = tmp_path / "pairings.json"
    path.write_text(json.dumps(entries))
    out = io.StringIO()
    call_command("load_pairings", str(path), *options, stdout=out)
    return out.getvalue()


def test_it_says_what_it_did_and_what_to_do_next(tmp_path: Path) -> None:
    words = load(tmp_path, TRIANGLE)

    assert words.splitlines() == [
        "Pairings read: 3 (3 new, 0 updated, 0 unchanged).",
        "Enabled now: 0; triangles they form: 0.",
        "Enable pairings in the admin, or load again with --enable.",
    ]


def test_enabled_pairings_form_their_triangles(tmp_path: Path) -> None:
    words = load(tmp_path, TRIANGLE, "--enable")

    assert "Enabled now: 3; triangles they form: 1." in words
    assert Pairing.objects.enabled().count() == 3


def test_it_answers_machines_with_one_object(tmp_path: Path) -> None:
    load(tmp_path, TRIANGLE[:2])

    answer = json.loads(load(tmp_path, TRIANGLE, "--enable", "--json"))

    assert answer == {
        "new": 1,
        "updated": 2,
        "unchanged": 0,
        "not_online": 0,
        "skipped": {},
        "enabled": 3,
        "triangles": 1,
        "conflict": None,
    }


def test_it_names_what_was_skipped_and_what_is_not_online(tmp_path: Path) -> None:
    entries = {
        "XXBTZUSD": {"wsname": "XBT/USD", "status": "cancel_only"},
        "XXBTZUSD.d": {"altname": "XBTUSD.d"},
    }

    words = load(tmp_path, {"error": [], "result": entries}, "--enable")

    assert "Skipped: 1 dark_pool." in words
    assert "Not online, so never enabled by a load: BTC/USD." in words


def test_it_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = json.dumps(TRIANGLE).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))

    call_command("load_pairings", "-", stdout=io.StringIO())

    assert Pairing.objects.count() == 3


def test_a_conflict_with_an_enabled_pairing_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    PairingFactory.create(symbol="USD/BTC", enabled=True)

    answer = json.loads(load(tmp_path, TRIANGLE, "--enable", "--json"))

    assert answer["triangles"] is None
    assert "BTC/USD and USD/BTC join the same two assets" in answer["conflict"]
    assert "BTC/USD and USD/BTC" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([*TRIANGLE, {"symbol": "BTCUSD"}], "pairings.json: entry 4: symbol 'BTCUSD'"),
        ([*TRIANGLE, {"symbol": "SOL/USD", "taker_fee": 26}], "entry 4: SOL/USD: taker_fee is 26"),
        ([], "holds no pairing to load; nothing was changed"),
        ({"result": {"A.d": {}}}, r"holds no pairing to load \(1 dark_pool skipped\)"),
    ],
)
def test_bad_input_ends_with_code_2_and_changes_nothing(
    tmp_path: Path, entries: object, message: str
) -> None:
    with pytest.raises(CommandError, match=message) as refusal:
        load(tmp_path, entries)

    assert refusal.value.returncode == 2
    assert not Pairing.objects.exists()


def test_a_database_that_fails_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise OperationalError("no such table: pairings_pairing")

    monkeypatch.setattr(load_pairings, "store_rows", fail)

    with pytest.raises(CommandError, match=r"no such table.*; run: .*manage.py migrate") as refused:
        load(tmp_path, TRIANGLE)

    assert refused.value.returncode == 1


def test_krakens_pairings_of_2021_form_584_triangles() -> None:
    out = io.StringIO()

    call_command(
        "load_pairings",
        str(capture("http_assetpairs_2021.txt")),
        "--enable",
        "--json",
        stdout=out,
    )

    answer = json.loads(out.getvalue())
    assert (answer["new"], answer["enabled"], answer["triangles"]) == (293, 293, 584)
    assert answer["skipped"] == {"dark_pool": 11}
