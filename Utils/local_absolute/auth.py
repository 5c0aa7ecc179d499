"""Signed calls: the compact JWS of `POST /jws/validate` and who may have signed it.

Source: the vendor's guide in its OpenAPI document ("JSON Web Signature"), RFC 7515 (JWS), RFC 7518 (HS256, ES256).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import orjson
from jwt.algorithms import get_default_algorithms

from .errors import ApiError, Detail, invalid_request
from .options import IssuedAtWindow
from .tokens import Token, Tokens

METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "PATCH"})
NO_BODY: dict[str, Any] = {}
_ALGORITHMS = get_default_algorithms()


@dataclass(frozen=True)
class SignedCall:
    """An inner call as it arrived, not yet trusted. `issued_at` is in milliseconds since 1970 UTC."""

    algorithm: str
    token_id: str
    method: str
    uri: str
    query_string: str
    issued_at: int
    payload: bytes
    signing_input: bytes
    signature: bytes


def read_call(compact: str) -> SignedCall:
    """Takes a compact JWS apart. ApiError 401 when it is none, when a mandatory header member is missing or wrong, or when
    the header names extensions that must be understood (`crit`, RFC 7515 section 4.1.11): this tenant has none."""
    parts = compact.strip().split(".")
    if len(parts) != 3:
        raise ApiError(401)
    try:
        header = orjson.loads(_decode(parts[0]))
        payload, signature = _decode(parts[1]), _decode(parts[2])
    except ValueError:
        raise ApiError(401) from None
    if not isinstance(header, dict) or "crit" in header:
        raise ApiError(401)
    return SignedCall(
        algorithm=_text(header, "alg"),
        token_id=_text(header, "kid"),
        method=_method(header),
        uri=_text(header, "uri"),
        query_string=_text({"query-string": "", **header}, "query-string"),
        issued_at=_issued_at(header.get("issuedAt")),
        payload=payload,
        signing_input=f"{parts[0]}.{parts[1]}".encode(),
        signature=signature,
    )


def authenticate(call: SignedCall, tokens: Tokens, source: str, host_time: float, window: IssuedAtWindow) -> Token:
    """The token that signed the call. ApiError 401, the same for every cause, when there is none that may."""
    token = tokens.get(call.token_id)
    if (
        token is None
        or not signature_matches(call, token)
        or not token.usable
        or not token.accepts_source(source)
        or not window.contains(call.issued_at, host_time)
    ):
        raise ApiError(401)
    return token


def signature_matches(call: SignedCall, token: Token) -> bool:
    """Whether the token's key made the signature. The algorithm is the token's; the header must name the same one."""
    if call.algorithm != token.algorithm:
        return False
    algorithm = _ALGORITHMS[token.algorithm]
    return algorithm.verify(call.signing_input, algorithm.prepare_key(token.secret or token.public_key), call.signature)


def request_body(payload: bytes) -> Any:
    """The inner body B of a payload `{"data": B}`; `{}`, `{"data":{}}` and `{"data":""}` stand for no body.

    ApiError 400 when the payload is not JSON or its members are not wrapped in `data`.
    """
    try:
        document = orjson.loads(payload)
    except ValueError:
        raise invalid_request(Detail("invalid json", code="INVALID_JSON")) from None
    if document == {}:
        return NO_BODY
    if not isinstance(document, dict) or "data" not in document:
        raise invalid_request(Detail("the request body needs to be wrapped in a data tag", field="data"))
    body = document["data"]
    return NO_BODY if body == "" else body


def _decode(part: str) -> bytes:
    """base64url as RFC 7515 section 2 has it, ValueError for anything else: bytes have one encoding, without padding, line
    breaks or other characters, and with the bits that its last character has to spare unset (RFC 4648 section 3.5)."""
    decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != part:
        raise ValueError("not the encoding of these bytes")
    return decoded


def _text(header: dict[str, Any], member: str) -> str:
    value = header.get(member)
    if not isinstance(value, str):
        raise ApiError(401)
    return value


def _method(header: dict[str, Any]) -> str:
    method = _text(header, "method")
    if method not in METHODS or _text(header, "content-type") != "application/json":
        raise ApiError(401)
    return method


def _issued_at(value: Any) -> int:
    """An integer, or a numeric string as the vendor's own Bash sample sends it."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**19:
        return value
    raise ApiError(401)
