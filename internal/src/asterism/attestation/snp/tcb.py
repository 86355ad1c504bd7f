"""SNP product lines and TCB versions (AMD 56860 section 2.3, 57230 table 10).

A TCB version is a vector. Its order is by component; as one integer it means nothing.
"""

from dataclasses import dataclass, fields
from enum import StrEnum

from typing_extensions import override


class Product(StrEnum):
    """A product line: one root, one layout of the TCB version."""

    MILAN = "Milan"
    GENOA = "Genoa"
    TURIN = "Turin"


_FAMILIES: dict[Product, tuple[tuple[int, range], ...]] = {
    Product.MILAN: ((0x19, range(0x10)),),
    Product.GENOA: ((0x19, range(0x10, 0x20)), (0x19, range(0xA0, 0xB0))),
    Product.TURIN: ((0x1A, range(0x20)),),
}
"""CPUID family and models of each line; Bergamo and Siena (19h, A0h-AFh) are of Genoa's."""

_POSITIONS: dict[Product, dict[str, int]] = {
    Product.MILAN: {"boot_loader": 0, "tee": 1, "snp": 6, "microcode": 7},
    Product.GENOA: {"boot_loader": 0, "tee": 1, "snp": 6, "microcode": 7},
    Product.TURIN: {"fmc": 0, "boot_loader": 1, "tee": 2, "snp": 3, "microcode": 7},
}
"""Byte of each component within the 8-byte TCB_VERSION; all other bytes are zero."""


@dataclass(frozen=True, slots=True)
class Tcb:
    """Security version numbers, each 0 to 255. `fmc` exists from Turin on and is 0 before."""

    boot_loader: int
    tee: int
    snp: int
    microcode: int
    fmc: int = 0

    @classmethod
    def parse(cls, raw: bytes, product: Product) -> "Tcb":
        """From TCB_VERSION (8 bytes); ValueError if a reserved byte is set."""
        positions = _POSITIONS[product]
        if any(raw[i] for i in range(8) if i not in positions.values()):
            msg = f"reserved byte set in {product} TCB version {raw.hex()}"
            raise ValueError(msg)
        return cls(**{name: raw[i] for name, i in positions.items()})

    def encode(self, product: Product) -> bytes:
        """TCB_VERSION, 8 bytes."""
        raw = bytearray(8)
        for name, position in _POSITIONS[product].items():
            raw[position] = int(getattr(self, name))
        return bytes(raw)

    def reaches(self, floor: "Tcb") -> bool:
        """Whether every component is at least that of `floor`."""
        return (
            self.boot_loader >= floor.boot_loader
            and self.tee >= floor.tee
            and self.snp >= floor.snp
            and self.microcode >= floor.microcode
            and self.fmc >= floor.fmc
        )

    @override
    def __str__(self) -> str:
        """`boot_loader=4 tee=0 ...`, for people."""
        return " ".join(f"{f.name}={getattr(self, f.name)}" for f in fields(self))


def has_cpuid(product: Product, family: int, model: int) -> bool:
    """Whether processors of `product` say this CPUID family and model."""
    return any(family == known and model in models for known, models in _FAMILIES[product])


def component_names(product: Product) -> tuple[str, ...]:
    """The components that a TCB version of `product` has, all of which a floor must name."""
    return tuple(_POSITIONS[product])
