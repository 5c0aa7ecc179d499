"""PyJWT: what a JWS of our own form needs, and what a reader of it refuses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import string

import jwt
import pytest

SECRET = "0123456789abcdef0123456789abcdef"
HEADER = {"kid": "token", "method": "GET", "content-type": "application/json", "uri": "/v3/x", "query-string": "", "issuedAt": 1}


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def signed(header: dict[str, object], payload: bytes) -> str:
    """RFC 7515, section 7.1, with HS256."""
    text = f"{base64url(json.dumps(header, separators=(',', ':')).encode())}.{base64url(payload)}"
    return f"{text}.{base64url(hmac.digest(SECRET.encode(), text.encode(), hashlib.sha256))}"


def header_of(token: str) -> str:
    return base64.urlsafe_b64decode(token.split(".")[0] + "==").decode()


def test_members_keep_their_order_and_typ_stays_out_when_told_so() -> None:
    token = jwt.PyJWS().encode(b"{}", SECRET, algorithm="HS256", headers={"typ": None, **HEADER}, sort_headers=False)
    assert token == signed({"alg": "HS256", **HEADER}, b"{}")


def test_members_are_sorted_and_typ_is_added_when_not() -> None:
    token = jwt.PyJWS().encode(b"{}", SECRET, algorithm="HS256", headers=HEADER)
    assert list(json.loads(header_of(token))) == sorted([*HEADER, "alg", "typ"])


def test_other_letters_than_those_of_ascii_are_escaped_in_a_header() -> None:
    token = jwt.PyJWS().encode(b"{}", SECRET, algorithm="HS256", headers={**HEADER, "uri": "/é"})
    assert '"/\\u00e9"' in header_of(token)


def test_a_short_secret_is_a_warning_only() -> None:
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        assert jwt.PyJWS().encode(b"{}", "short", algorithm="HS256")
    assert issubclass(jwt.InsecureKeyLengthWarning, UserWarning)


def test_another_spelling_of_the_same_signature_is_refused() -> None:
    """The last letter of 32 bytes in base64url holds two bits that count for nothing (RFC 4648, section 3.5)."""
    token = signed({"alg": "HS256", **HEADER}, b"{}")
    signature = token.rpartition(".")[2]
    letters = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    same = [token[:-1] + letter for letter in letters if _decoded(signature[:-1] + letter) == _decoded(signature)]
    assert len(same) == 4
    for other in set(same) - {token}:
        with pytest.raises(jwt.DecodeError):
            jwt.PyJWS().decode(other, SECRET, algorithms=["HS256"])
    assert jwt.PyJWS().decode(token, SECRET, algorithms=["HS256"]) == b"{}"


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=")
