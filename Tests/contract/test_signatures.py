"""The integration signs as the vendor documents: known answers bit for bit, and ES256 checked by a second library."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from Absolute import asymmetric_key, build_jws, symmetric_key
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

TOKEN_ID = "00000000-aaaa-4bbb-8ccc-1234567890ab"
SECRET = "not-a-real-secret=="
ISSUED_AT = 1_700_000_000_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


def test_the_example_of_the_vendor() -> None:
    """Published in the guide of the vendor's OpenAPI document, "Symmetric JSON Web Signature": token, secret and result."""
    secret = "a1bdcd23e45fHn6JNxU/CulSiR7feComPEMcQp8k9bKFDfLE6v+//ROJcbVLaZ1qsaZpygsecretKeyExample=="
    query = "orderBy=esn%2CdeviceName%3Adesc%2CdeviceUid%3Aasc"
    signed = build_jws(
        symmetric_key(secret),
        "ce9778bf-exam-p1ec-afe3-91e9355603a3",
        "GET",
        "/v3/reporting/applications",
        query,
        None,
        1_638_572_152_000,
    )
    assert signed == (
        "eyJhbGciOiJIUzI1NiIsImtpZCI6ImNlOTc3OGJmLWV4YW0tcDFlYy1hZmUzLTkxZTkzNTU2MDNhMyIsIm1ldGhvZCI6IkdFVCIsImNvbnRlbnQtdHlw"
        "ZSI6ImFwcGxpY2F0aW9uL2pzb24iLCJ1cmkiOiIvdjMvcmVwb3J0aW5nL2FwcGxpY2F0aW9ucyIsInF1ZXJ5LXN0cmluZyI6Im9yZGVyQnk9ZXNuJTJD"
        "ZGV2aWNlTmFtZSUzQWRlc2MlMkNkZXZpY2VVaWQlM0Fhc2MiLCJpc3N1ZWRBdCI6MTYzODU3MjE1MjAwMH0"
        ".e30.szxYnuRrK1GlCUWu7rKp2VXobmmZXG3US92gnuYKrrA"
    )


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "expected"),
    [
        (
            "GET",
            "/v3/reporting/devices",
            "pageSize=1",
            None,
            "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAwMDAwMDAwLWFhYWEtNGJiYi04Y2NjLTEyMzQ1Njc4OTBhYiIsIm1ldGhvZCI6IkdFVCIsImNvbnRlbnQt"
            "dHlwZSI6ImFwcGxpY2F0aW9uL2pzb24iLCJ1cmkiOiIvdjMvcmVwb3J0aW5nL2RldmljZXMiLCJxdWVyeS1zdHJpbmciOiJwYWdlU2l6ZT0xIiwi"
            "aXNzdWVkQXQiOjE3MDAwMDAwMDAwMDB9.e30.50AZWil-LCjhGvAHglmSCOhI8XqY8_sK-AJjbsuYC1M",
        ),
        (
            "POST",
            "/v3/actions/freeze/remove-freeze",
            "",
            {"deviceUids": ["11111111-2222-4333-8444-555555555555"]},
            "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAwMDAwMDAwLWFhYWEtNGJiYi04Y2NjLTEyMzQ1Njc4OTBhYiIsIm1ldGhvZCI6IlBPU1QiLCJjb250ZW50"
            "LXR5cGUiOiJhcHBsaWNhdGlvbi9qc29uIiwidXJpIjoiL3YzL2FjdGlvbnMvZnJlZXplL3JlbW92ZS1mcmVlemUiLCJxdWVyeS1zdHJpbmciOiIi"
            "LCJpc3N1ZWRBdCI6MTcwMDAwMDAwMDAwMH0.eyJkYXRhIjp7ImRldmljZVVpZHMiOlsiMTExMTExMTEtMjIyMi00MzMzLTg0NDQtNTU1NTU1NTU1"
            "NTU1Il19fQ.k1OcKzcAlBAGJ-g1XGij590wReWqr0_69wYjZbHxTEo",
        ),
    ],
    ids=["GET", "POST"],
)
def test_known_answers(method: str, path: str, query: str, body: Any, expected: str) -> None:
    assert build_jws(symmetric_key(SECRET), TOKEN_ID, method, path, query, body, ISSUED_AT) == expected


@given(body=JSON, query=st.text())
def test_es256_signatures_are_valid(body: Any, query: str) -> None:
    """RFC 7518 section 3.4: r and s of 32 bytes each, over the bytes before the second dot."""
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    signed = build_jws(asymmetric_key(pem), TOKEN_ID, "POST", "/v3/actions/requests/freeze", query, body, ISSUED_AT)
    header, payload, signature = signed.split(".")
    raw = decoded(signature)
    assert len(raw) == 64
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    private.public_key().verify(der, f"{header}.{payload}".encode(), ec.ECDSA(SHA256()))
    assert json.loads(decoded(header))["alg"] == "ES256"
    assert json.loads(decoded(header))["query-string"] == query
    assert json.loads(decoded(payload)) == ({} if body is None else {"data": body})


def decoded(part: str) -> bytes:
    assert "=" not in part
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
