"""Whatever a file of pairings holds, it is read or refused in one line."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pairings.kraken import (
    parse_pairing_file,
)
from pairings.strict_json import PairingFileError
from tests.pairings.answers import INSTRUMENT, XBT_USD, answer, instrument

# A loaded machine is slow now and then, which says nothing of the reader.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["0.1", "BTC/USD", "XBT/USD", "1e999", "NaN", "online"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*XBT_USD, *INSTRUMENT, "costmin"]), inner, max_size=6)
    ),
    max_leaves=12,
)


def refusal_or_rows(text: str) -> str:
    """Return the words of a refusal, or nothing where every row has usable rules."""
    try:
        rows = parse_pairing_file(text).rows
    except PairingFileError as refusal:
        return str(refusal)
    assert all(row.rules().symbol == row.symbol for row in rows)
    return ""


@PATIENT
@given(entry=st.dictionaries(st.sampled_from([*XBT_USD, *INSTRUMENT, "fee_tiers"]), JSON_VALUES))
def test_any_json_gives_usable_rules_or_one_line_of_refusal(entry: dict[str, object]) -> None:
    words = [
        refusal_or_rows(answer(XXBTZUSD=XBT_USD | entry)),
        refusal_or_rows(instrument(INSTRUMENT | entry)),
        refusal_or_rows(json.dumps([{"symbol": "BTC/USD"} | entry])),
        refusal_or_rows(json.dumps(entry)),
    ]

    assert all(text.isascii() and "\n" not in text for text in words)


@PATIENT
@given(text=st.text(max_size=200))
def test_any_text_is_refused_in_one_line_or_read(text: str) -> None:
    assert "\n" not in refusal_or_rows(text)
