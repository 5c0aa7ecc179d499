"""Private EC keys in the forms that other programs write, and `cryptography` does not."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric import ec

EC_PUBLIC_KEY = bytes.fromhex("06072a8648ce3d0201")
PRIME256V1 = bytes.fromhex("06082a8648ce3d030107")
PRIME_FIELD = bytes.fromhex("06072a8648ce3d0101")
# The curve's domain parameters: SEC 2, section 2.4.2.
P = int("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", 16)
B = int("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b", 16)
GENERATOR = (
    int("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296", 16),
    int("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5", 16),
)
ORDER = int("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)


def der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    return bytes([tag, size] if size < 128 else [tag, 0x81, size] if size < 256 else [tag, 0x82, *divmod(size, 256)]) + content


def integer(value: int) -> bytes:
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def point(x: int, y: int, compressed: bool = False) -> bytes:
    return bytes([2 + y % 2]) + x.to_bytes(32, "big") if compressed else b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def explicit_parameters(compressed: bool = False) -> bytes:
    """The curve written out in numbers instead of by its name (SEC 1, appendix C.2)."""
    curve = der(0x30, der(4, (P - 3).to_bytes(32, "big")), der(4, B.to_bytes(32, "big")))
    base = der(4, point(*GENERATOR, compressed=compressed))
    return der(0x30, integer(1), der(0x30, PRIME_FIELD, integer(P)), curve, base, integer(ORDER), integer(1))


def sec1(value: int, size: int = 32, parameters: bytes = PRIME256V1, compressed: bool = False, public: bool = True) -> bytes:
    """ECPrivateKey (RFC 5915) with the private value in `size` bytes."""
    numbers = ec.derive_private_key(value, ec.SECP256R1()).public_key().public_numbers()
    key = der(0xA1, der(3, b"\0", point(numbers.x, numbers.y, compressed))) if public else b""
    inner = der(0xA0, parameters) if parameters else b""
    return der(0x30, integer(1), der(4, value.to_bytes(size, "big")), inner, key)


def pkcs8(inner: bytes) -> bytes:
    """PrivateKeyInfo (RFC 5208) around an ECPrivateKey."""
    return der(0x30, integer(0), der(0x30, EC_PUBLIC_KEY, PRIME256V1), der(4, inner))


def pem(label: str, content: bytes) -> str:
    text = base64.b64encode(content).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])
