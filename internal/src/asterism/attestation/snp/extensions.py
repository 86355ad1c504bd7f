"""The extensions of VCEK and VLEK certificates (AMD 57230, table "VCEK certificate extensions").

All lie under 1.3.6.1.4.1.3704.1. Integers are DER INTEGERs of one byte's value, names are
IA5Strings; the hardware ID is 64 raw bytes (8 on Turin), in some certificates wrapped as an OCTET
STRING.
"""

from typing import NoReturn

from cryptography import x509

from asterism.attestation.snp.tcb import Product, Tcb
from asterism.errors import AttestationError
from asterism.keys.unreadable import UNREADABLE

_PREFIX = "1.3.6.1.4.1.3704.1."
_PRODUCT = "2"
_HARDWARE_ID = "4"
_CSP_ID = "5"
_COMPONENTS = {
    "boot_loader": "3.1",
    "tee": "3.2",
    "snp": "3.3",
    "microcode": "3.8",
    "fmc": "3.9",
}
_INTEGER, _OCTET_STRING, _IA5_STRING = 0x02, 0x04, 0x16
_HARDWARE_ID_SIZES = {Product.MILAN: 64, Product.GENOA: 64, Product.TURIN: 8}


class Extensions:
    """AMD's extensions of one certificate. All readers raise AttestationError ATT-104."""

    def __init__(self, certificate: x509.Certificate) -> None:
        try:
            found = list(certificate.extensions)
        except UNREADABLE as exc:
            refuse("extensions", "X.509 extensions, each once", str(exc))
        self._values = {
            extension.oid.dotted_string.removeprefix(_PREFIX): extension.value.value
            for extension in found
            if isinstance(extension.value, x509.UnrecognizedExtension)
            and extension.oid.dotted_string.startswith(_PREFIX)
        }

    def product(self) -> Product:
        """The product line: what stands before the stepping in `Milan-B0`."""
        name = self._text(_PRODUCT).partition("-")[0]
        if name not in set(Product):
            refuse("product", ", ".join(Product), name)
        return Product(name)

    def tcb(self, product: Product) -> Tcb:
        """The TCB version that the key was derived for."""
        names = [name for name in _COMPONENTS if name != "fmc" or product is Product.TURIN]
        return Tcb(**{name: self._integer(_COMPONENTS[name]) for name in names})

    def hardware_id(self, product: Product) -> bytes:
        """The chip, padded with zeros to the 64 bytes of CHIP_ID."""
        value = self._value(_HARDWARE_ID)
        size = _HARDWARE_ID_SIZES[product]
        if len(value) == size + 2 and value[:2] == bytes((_OCTET_STRING, size)):
            value = value[2:]
        if len(value) != size or not any(value):
            refuse("hardware ID", f"{size} bytes", value.hex()[:40])
        return value.ljust(64, b"\0")

    def provider(self) -> str:
        """The cloud provider that a VLEK was made for."""
        return self._text(_CSP_ID)

    def _value(self, name: str) -> bytes:
        if name not in self._values:
            refuse(f"extension {_PREFIX}{name}", "present", "missing")
        return self._values[name]

    def _text(self, name: str) -> str:
        data = self._value(name)
        if len(data) < 3 or data[0] != _IA5_STRING or data[1] != len(data) - 2 or data[1] > 127:
            refuse(f"extension {_PREFIX}{name}", "an IA5String", data.hex()[:40])
        return data[2:].decode("ascii", "replace")

    def _integer(self, name: str) -> int:
        """One byte's value as DER: 128 and above take a leading zero."""
        data = self._value(name)
        value = int.from_bytes(data[2:], "big")
        size = 1 if value < 0x80 else 2
        if data != bytes((_INTEGER, size)) + value.to_bytes(max(size, len(data) - 2), "big"):
            refuse(f"extension {_PREFIX}{name}", "a DER INTEGER", data.hex()[:40])
        if value > 0xFF:
            refuse(f"extension {_PREFIX}{name}", "0 to 255", str(value))
        return value


def refuse(claim: str, expected: str, got: str) -> NoReturn:
    """Raise ATT-104."""
    raise AttestationError.of(
        "ATT-104", claim=f"SNP certificate {claim}", expected=expected, got=got, source="AMD 57230"
    )
