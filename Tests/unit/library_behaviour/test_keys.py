"""cryptography: which spellings of a P-256 key it reads."""

from __future__ import annotations

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from unit.library_behaviour import der

VALUE = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
SHORT = VALUE >> 8  # its first byte is zero
PEM = der.pem("PRIVATE KEY", der.pkcs8(der.sec1(VALUE)))


def load(pem: str) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


@pytest.mark.parametrize("instead", [" ", "", "\r\n", "\n    "], ids=["blanks", "nothing", "CRLF", "indented"])
def test_line_breaks_may_be_anything_white(instead: str) -> None:
    assert load(PEM.strip().replace("\n", instead)).private_numbers().private_value == VALUE


def test_line_breaks_may_not_be_written_out() -> None:
    with pytest.raises(ValueError, match=r"PEM"):
        load(PEM.replace("\n", "\\n"))


def test_the_block_of_parameters_that_openssl_puts_before_a_key_is_passed_over() -> None:
    text = der.pem("EC PARAMETERS", der.PRIME256V1) + der.pem("EC PRIVATE KEY", der.sec1(VALUE))
    assert load(text).private_numbers().private_value == VALUE


@pytest.mark.parametrize("parameters", [b"", der.PRIME256V1], ids=["outside alone", "inside too"])
def test_the_public_key_may_be_left_out(parameters: bytes) -> None:
    key = load(der.pem("PRIVATE KEY", der.pkcs8(der.sec1(VALUE, parameters=parameters, public=False))))
    key.public_key().verify(key.sign(b"text", ec.ECDSA(hashes.SHA256())), b"text", ec.ECDSA(hashes.SHA256()))


def test_a_curve_written_out_in_numbers_has_its_name() -> None:
    assert load(der.pem("EC PRIVATE KEY", der.sec1(VALUE, parameters=der.explicit_parameters()))).curve.name == "secp256r1"


def test_a_curve_written_out_with_a_compressed_point_is_refused() -> None:
    with pytest.raises(UnsupportedAlgorithm):
        load(der.pem("EC PRIVATE KEY", der.sec1(VALUE, parameters=der.explicit_parameters(compressed=True))))


@pytest.mark.parametrize("label", ["PRIVATE KEY", "EC PRIVATE KEY"])
def test_a_private_value_without_its_leading_zero_is_refused(label: str) -> None:
    inner = der.sec1(SHORT, size=31)
    with pytest.raises(ValueError, match=r"too short"):
        load(der.pem(label, der.pkcs8(inner) if label == "PRIVATE KEY" else inner))
    assert load(der.pem("EC PRIVATE KEY", der.sec1(SHORT, size=32))).private_numbers().private_value == SHORT
