"""A column of plain values as compressed JSON, for values that nobody searches in.

A server that takes JSON apart to be searched needs seconds for a large report; bytes it stores.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import zstandard
from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    BytesField = models.BinaryField[Any, Any]
else:  # this takes no type parameter at run time
    BytesField = models.BinaryField


def pack(values: Any) -> bytes:
    """Return plain values as packed JSON; raise ValueError for what JSON has no word for."""
    text = json.dumps(values, separators=(",", ":"), allow_nan=False)
    return zstandard.compress(text.encode())


def unpack(packed: bytes) -> Any:
    """Return the values that `pack` has packed."""
    return json.loads(zstandard.decompress(packed))


class PackedJSONField(BytesField):
    """Plain values to their owner, packed bytes to the database."""

    description = "plain values as compressed JSON"
    _pyi_private_set_type: Any  # what the type checker takes for the values
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> bytes | None:
        return None if value is None else pack(value)

    def from_db_value(
        self, value: bytes | memoryview | None, _expression: Any, _connection: BaseDatabaseWrapper
    ) -> Any:
        return None if value is None else unpack(bytes(value))

    def to_python(self, value: Any) -> Any:
        """Return the values; a text is what `value_to_string` has made of them."""
        return unpack(base64.b64decode(value)) if isinstance(value, str) else value

    def value_to_string(self, obj: models.Model) -> str:
        return base64.b64encode(pack(self.value_from_object(obj))).decode("ascii")
