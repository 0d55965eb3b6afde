"""One book at one time: its levels and what makes it valid (the standard, section 1).

Pure: knows no Django and no file format. Prices are in the pairing's quote asset, quantities in
its base asset, both as doubles.
"""

from __future__ import annotations

from typing import NamedTuple


class BookLevel(NamedTuple):
    price: float
    quantity: float
