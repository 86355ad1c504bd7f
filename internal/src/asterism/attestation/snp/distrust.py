"""Product lines whose reports no longer prove anything by themselves, and since when.

A line is distrusted when its keys can be taken out of a chip: no floor for the TCB version helps
then, because reports for every version can be forged. A policy may go on with such machines, for a
stated time, where it is known by other means which machines they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from asterism.attestation.snp.tcb import Product


@dataclass(frozen=True, slots=True)
class Distrust:
    """Why a line is distrusted, and since when."""

    since: date
    reason: str


DISTRUSTED: Mapping[Product, Distrust] = MappingProxyType(
    {
        Product.MILAN: Distrust(
            date(2026, 5, 13),
            "software on the host can extract the seed of all VCEKs (BadFuse, arXiv 2605.12990)",
        )
    }
)
