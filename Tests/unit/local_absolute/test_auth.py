"""Signatures: what the verifier accepts, and that it never says why it refuses."""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import string
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st
from local_absolute import IssuedAtWindow, LocalTenant, ManualClock, Token
from local_absolute.auth import NO_BODY, _decode, read_call, request_body, signature_matches
from local_absolute.errors import ApiError

NOT_AUTHENTICATED = {"code": "NOT_AUTHENTICATED", "message": "not authenticated", "details": []}

# Known answers for HS256: token id and secret are invented.
KNOWN_TOKEN_ID = "00000000-aaaa-4bbb-8ccc-1234567890ab"
KNOWN_SECRET = "not-a-real-secret=="
KNOWN_GET = (
    "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAwMDAwMDAwLWFhYWEtNGJiYi04Y2NjLTEyMzQ1Njc4OTBhYiIsIm1ldGhvZCI6IkdFVCIsImNvbnRlbnQtdHlwZSI6"
    "ImFwcGxpY2F0aW9uL2pzb24iLCJ1cmkiOiIvdjMvcmVwb3J0aW5nL2RldmljZXMiLCJxdWVyeS1zdHJpbmciOiJwYWdlU2l6ZT0xIiwiaXNzdWVkQXQiOjE3"
    "MDAwMDAwMDAwMDB9.e30.50AZWil-LCjhGvAHglmSCOhI8XqY8_sK-AJjbsuYC1M"
)
KNOWN_POST = (
    "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAwMDAwMDAwLWFhYWEtNGJiYi04Y2NjLTEyMzQ1Njc4OTBhYiIsIm1ldGhvZCI6IlBPU1QiLCJjb250ZW50LXR5cGUi"
    "OiJhcHBsaWNhdGlvbi9qc29uIiwidXJpIjoiL3YzL2FjdGlvbnMvZnJlZXplL3JlbW92ZS1mcmVlemUiLCJxdWVyeS1zdHJpbmciOiIiLCJpc3N1ZWRBdCI6"
    "MTcwMDAwMDAwMDAwMH0.eyJkYXRhIjp7ImRldmljZVVpZHMiOlsiMTExMTExMTEtMjIyMi00MzMzLTg0NDQtNTU1NTU1NTU1NTU1Il19fQ."
    "k1OcKzcAlBAGJ-g1XGij590wReWqr0_69wYjZbHxTEo"
)


@pytest.fixture
def known_token() -> Token:
    clock = ManualClock()
    return Token(KNOWN_TOKEN_ID, clock.now().date(), "api.user@example.com", clock, secret=KNOWN_SECRET)


@pytest.mark.parametrize("compact", [KNOWN_GET, KNOWN_POST])
def test_known_answers_verify(compact: str, known_token: Token) -> None:
    assert signature_matches(read_call(compact), known_token)


@pytest.mark.parametrize("compact", [KNOWN_GET, KNOWN_POST])
def test_a_changed_known_answer_does_not_verify(compact: str, known_token: Token) -> None:
    header, payload, signature = compact.split(".")
    changed = f"{header}.{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    assert not signature_matches(read_call(changed), known_token)


def test_known_answers_are_read_completely() -> None:
    call = read_call(KNOWN_GET)
    assert (call.algorithm, call.token_id, call.method) == ("HS256", KNOWN_TOKEN_ID, "GET")
    assert (call.uri, call.query_string, call.issued_at) == ("/v3/reporting/devices", "pageSize=1", 1_700_000_000_000)
    assert request_body(call.payload) == NO_BODY
    assert request_body(read_call(KNOWN_POST).payload) == {"deviceUids": ["11111111-2222-4333-8444-555555555555"]}


def test_the_secret_is_not_decoded(known_token: Token) -> None:
    decoded = base64.b64decode("bm90LWEtcmVhbC1zZWNyZXQ9PQ==")
    known_token.secret = base64.b64encode(decoded).decode()
    assert not signature_matches(read_call(KNOWN_GET), known_token)


@pytest.mark.parametrize("payload", ["{}", '{"data":{}}', '{"data":""}'])
def test_empty_bodies(payload: str) -> None:
    assert request_body(payload.encode()) == NO_BODY


@pytest.mark.parametrize("payload", ["", "not json", '{"deviceUids":[]}', "[]", '"data"'])
def test_bodies_that_are_not_wrapped_are_invalid(payload: str) -> None:
    with pytest.raises(ApiError) as refusal:
        request_body(payload.encode())
    assert refusal.value.status == 400


def test_array_body_is_kept() -> None:
    assert request_body(b'{"data":[{"cdfUid":"x"}]}') == [{"cdfUid": "x"}]


# Over HTTP ------------------------------------------------------------------------------------------------------------


def test_both_kinds_of_token_are_accepted(callers: Any, tenant: LocalTenant) -> None:
    for token in (tenant.tokens.create_symmetric(), tenant.tokens.create_asymmetric()):
        assert callers(tenant, token).get("/reporting/devices", pageSize="1").status_code == 200


def test_any_outer_content_type_is_accepted(caller: Any, tenant: LocalTenant) -> None:
    compact = caller.sign(caller.header("GET", "/v3/reporting/devices", "pageSize=1"), {})
    for content_type in ("text/plain", "application/json", "application/x-www-form-urlencoded"):
        answer = requests.post(
            f"{tenant.url}/jws/validate", data=compact, headers={"Content-Type": content_type, "Connection": "close"}, timeout=10
        )
        assert answer.status_code == 200


def test_issued_at_may_be_a_numeric_string(caller: Any) -> None:
    header = caller.header("GET", "/v3/reporting/devices", "")
    header["issuedAt"] = str(header["issuedAt"])
    assert caller.post(caller.sign(header, {})).status_code == 200


def test_query_string_may_be_missing_when_there_is_none(caller: Any) -> None:
    header = caller.header("GET", "/v3/reporting/devices", "")
    del header["query-string"]
    assert caller.post(caller.sign(header, {})).status_code == 200


@pytest.mark.parametrize(("seconds", "status"), [(-240, 200), (0, 200), (60, 200), (-360, 401), (150, 401)])
def test_issued_at_is_compared_with_the_hosts_clock(caller: Any, seconds: int, status: int) -> None:
    header = caller.header("GET", "/v3/reporting/devices", "")
    header["issuedAt"] += seconds * 1000
    assert caller.post(caller.sign(header, {})).status_code == status


def test_the_tenants_clock_does_not_matter_for_issued_at(caller: Any, clock: ManualClock) -> None:
    clock.advance(3 * 86400)
    assert caller.get("/reporting/devices").status_code == 200


def test_issued_at_window() -> None:
    window = IssuedAtWindow(past=10, future=5)
    assert [window.contains(moment * 1000, 100.0) for moment in (89, 90, 100, 105, 106)] == [False, True, True, True, False]


@pytest.mark.parametrize("member", ["kid", "method", "content-type", "uri", "issuedAt"])
def test_a_missing_header_member_is_refused(caller: Any, member: str) -> None:
    header = caller.header("GET", "/v3/reporting/devices", "")
    del header[member]
    answer = caller.post(caller.sign({"alg": "HS256", **header}, {}))
    assert (answer.status_code, answer.json()) == (401, NOT_AUTHENTICATED)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("method", "get"),
        ("method", "HEAD"),
        ("content-type", "text/plain"),
        ("issuedAt", True),
        ("issuedAt", 1.5),
        ("issuedAt", "now"),
        ("issuedAt", 10**30),
        ("uri", None),
        ("query-string", 7),
    ],
)
def test_a_wrong_header_member_is_refused(caller: Any, member: str, value: Any) -> None:
    header = caller.header("GET", "/v3/reporting/devices", "") | {member: value}
    assert caller.post(caller.sign(header, {})).status_code == 401


def _segment(document: Any) -> str:
    return _encoded(json.dumps(document).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_alg_none_is_refused(caller: Any) -> None:
    header = caller.header("GET", "/v3/reporting/devices", "") | {"alg": "none"}
    assert caller.post(f"{_segment(header)}.{_segment({})}.").status_code == 401


def _public_key_texts(token: Token) -> list[bytes]:
    """What somebody who knows only the public key of a token could take for its secret."""
    assert token.public_key
    formats = serialization.PublicFormat
    pem = token.public_key.public_bytes(serialization.Encoding.PEM, formats.SubjectPublicKeyInfo)
    der = token.public_key.public_bytes(serialization.Encoding.DER, formats.SubjectPublicKeyInfo)
    points = [
        token.public_key.public_bytes(serialization.Encoding.X962, form)
        for form in (formats.UncompressedPoint, formats.CompressedPoint)
    ]
    body = b"".join(pem.splitlines()[1:-1])
    return [pem, pem.rstrip(), pem.replace(b"\n", b"\r\n"), body, der, *points, b""]


@pytest.mark.parametrize("algorithm", ["HS256", "hs256", "HS384", "HS512", "none", "ES256"])
def test_a_public_key_is_no_secret(callers: Any, tenant: LocalTenant, algorithm: str) -> None:
    """Classic confusion: an HMAC made with the public key must not pass for an ES256 token, whatever the header names."""
    token = tenant.tokens.create_asymmetric()
    caller = callers(tenant, token)
    signed = f"{_segment(caller.header('GET', '/v3/reporting/devices', '') | {'alg': algorithm})}.{_segment({})}"
    for key in _public_key_texts(token):
        for digest in ("sha256", "sha384", "sha512"):
            signature = hmac.new(key, signed.encode(), digest).digest()
            assert caller.post(f"{signed}.{_encoded(signature)}").status_code == 401


@pytest.mark.parametrize("algorithm", ["ES256", "HS384", "HS512", "hs256", "none", "", "HS256 ", "RS256"])
def test_the_header_must_name_the_tokens_algorithm(caller: Any, token: Token, algorithm: str) -> None:
    assert token.secret
    header = caller.header("GET", "/v3/reporting/devices", "") | {"alg": algorithm}
    signed = f"{_segment(header)}.{_segment({})}"
    signature = hmac.new(token.secret.encode(), signed.encode(), "sha256").digest()
    assert caller.post(f"{signed}.{_encoded(signature)}").status_code == 401


@pytest.mark.parametrize("algorithm", ["HS256", "ES384", "ES512", "ES256K", "EdDSA", "es256", "none", "RS256"])
def test_the_header_of_an_asymmetric_token_must_name_es256(callers: Any, tenant: LocalTenant, algorithm: str) -> None:
    """With a signature that would be right under ES256."""
    token = tenant.tokens.create_asymmetric()
    caller = callers(tenant, token)
    signed = f"{_segment(caller.header('GET', '/v3/reporting/devices', '') | {'alg': algorithm})}.{_segment({})}"
    assert token.private_key_pem
    es256 = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256)
    key = es256.prepare_key(token.private_key_pem)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signature = es256.sign(signed.encode(), key)
    assert caller.post(f"{signed}.{_encoded(signature)}").status_code == 401


def test_extensions_that_must_be_understood_are_refused(caller: Any) -> None:
    """RFC 7515 section 4.1.11; the one of RFC 7797 would leave the payload unencoded."""
    header = caller.header("GET", "/v3/reporting/devices", "")
    assert caller.post(caller.sign(header | {"b64": True, "x": 1}, {})).status_code == 200
    assert caller.post(caller.sign(header | {"crit": ["x"], "x": 1}, {})).status_code == 401


# The one encoding -----------------------------------------------------------------------------------------------------


def _signed_by(token: Token, header: str, payload: str) -> str:
    assert token.secret
    signature = hmac.new(token.secret.encode(), f"{header}.{payload}".encode(), "sha256").digest()
    return f"{header}.{payload}.{_encoded(signature)}"


def _with_unused_bits(part: str) -> list[str]:
    """Other texts that a lax decoder reads as the same bytes."""
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    spare = {2: 4, 3: 2}[len(part) % 4]
    first = alphabet.index(part[-1])
    return [part[:-1] + alphabet[first + bits] for bits in range(1, 2**spare)]


def _spelt_otherwise(part: str) -> list[str]:
    padded = part + "=" * (-len(part) % 4)
    foreign = [part[:4] + mark + part[4:] for mark in ("=", "\n", " ", "+", "/", "%", "~")]
    return [*_with_unused_bits(part), padded, f"{part}=", f"{part}====", *foreign]


def _of_spare_bits(document: dict[str, Any], bytes_over: int) -> str:
    """The document as a segment whose length leaves so many bytes over a multiple of three."""
    text = json.dumps(document)
    return _encoded(text.encode() + b" " * ((bytes_over - len(text)) % 3))


@pytest.mark.parametrize("bytes_over", [1, 2])
def test_segments_have_one_encoding(caller: Any, token: Token, bytes_over: int) -> None:
    """Each is signed as it is spelt, so that nothing but the spelling is wrong."""
    header = _of_spare_bits(caller.header("GET", "/v3/reporting/devices", "pageSize=1"), bytes_over)
    payload = _of_spare_bits({}, bytes_over)
    right = _signed_by(token, header, payload)
    assert caller.post(right).status_code == 200
    wrong = [
        *(_signed_by(token, spelling, payload) for spelling in _spelt_otherwise(header)),
        *(_signed_by(token, header, spelling) for spelling in _spelt_otherwise(payload)),
        *(f"{header}.{payload}.{spelling}" for spelling in _spelt_otherwise(right.rpartition(".")[2])),
    ]
    assert [compact for compact in wrong if caller.post(compact.encode()).status_code != 401] == []


def test_the_other_alphabet_is_refused(callers: Any, tenant: LocalTenant) -> None:
    """base64 has `+` and `/` where base64url has `-` and `_`; until the signature has one of them it is signed anew."""
    caller = callers(tenant, tenant.tokens.create_asymmetric())
    header = caller.header("GET", "/v3/reporting/devices", "")
    while True:
        head, payload, signature = caller.sign(header, {}).split(".")
        other = signature.replace("-", "+").replace("_", "/")
        if other != signature:
            break
    assert caller.post(f"{head}.{payload}.{signature}").status_code == 200
    assert caller.post(f"{head}.{payload}.{other}").status_code == 401


@given(st.binary(max_size=40), st.text(alphabet=string.ascii_letters + string.digits + "-_=+/ .", max_size=60))
def test_only_the_encoding_of_bytes_is_decoded(raw: bytes, text: str) -> None:
    assert _decode(_encoded(raw)) == raw
    with contextlib.suppress(ValueError):
        assert _encoded(_decode(text)) == text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32-le"])
def test_a_header_is_utf_8(caller: Any, token: Token, encoding: str) -> None:
    header = json.dumps(caller.header("GET", "/v3/reporting/devices", "")).encode(encoding)
    assert caller.post(_signed_by(token, _encoded(header), _segment({}))).status_code == 401


def test_deep_nesting_is_refused(caller: Any, token: Token) -> None:
    deep = _encoded(b"[" * 100_000)
    assert caller.post(_signed_by(token, deep, _segment({}))).status_code == 401
    header = _segment(caller.header("GET", "/v3/reporting/devices", ""))
    assert caller.post(_signed_by(token, header, deep)).status_code == 400


def test_es256_signatures_have_64_bytes(callers: Any, tenant: LocalTenant) -> None:
    caller = callers(tenant, tenant.tokens.create_asymmetric())
    compact = caller.sign(caller.header("GET", "/v3/reporting/devices", ""), {})
    head, payload, signature = compact.split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    longer = raw[:32] + b"\0" + raw[32:]
    assert caller.post(compact).status_code == 200
    assert caller.post(f"{head}.{payload}.{base64.urlsafe_b64encode(longer).rstrip(b'=').decode()}").status_code == 401


def test_der_signatures_are_refused(callers: Any, tenant: LocalTenant) -> None:
    caller = callers(tenant, tenant.tokens.create_asymmetric())
    head, payload, signature = caller.sign(caller.header("GET", "/v3/reporting/devices", ""), {}).split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    assert decode_dss_signature(der)
    assert caller.post(f"{head}.{payload}.{base64.urlsafe_b64encode(der).rstrip(b'=').decode()}").status_code == 401


@pytest.mark.parametrize("compact", ["", "a.b", "a.b.c.d", "é.é.é", "{}", "e30.e30.e30", "W10.e30.e30", "e30=.e30.e30"])
def test_what_is_no_jws_is_refused(caller: Any, compact: str) -> None:
    answer = caller.post(compact.encode())
    assert (answer.status_code, answer.json()) == (401, NOT_AUTHENTICATED)


def test_every_cause_of_a_401_reads_the_same(callers: Any, tenant: LocalTenant, clock: ManualClock) -> None:
    def refused(token: Token) -> Any:
        answer = callers(tenant, token).get("/reporting/devices")
        return answer.status_code, answer.json()

    disabled, deleted, foreign, wrong = (tenant.tokens.create_symmetric() for _ in range(4))
    expired = tenant.tokens.create_symmetric(expires_in_days=1)
    disabled.disable()
    deleted.delete()
    foreign.approve_ips(["203.0.113.0/24"])
    clock.advance(timedelta(days=2).total_seconds())
    wrong_key = replace(wrong, secret="another-secret-than-the-one-of-the-token==")
    unknown = replace(wrong, id=KNOWN_TOKEN_ID)
    answers = [refused(token) for token in (disabled, deleted, foreign, expired, wrong_key, unknown)]
    assert answers == [(401, NOT_AUTHENTICATED)] * 6


def test_a_signature_over_other_parameters_is_refused(caller: Any) -> None:
    head, payload, signature = caller.sign(caller.header("GET", "/v3/reporting/devices", "pageSize=1"), {}).split(".")
    other, _, _ = caller.sign(caller.header("GET", "/v3/reporting/devices", "pageSize=2"), {}).split(".")
    assert caller.post(f"{other}.{payload}.{signature}").status_code == 401
    assert caller.post(f"{head}.{payload}.{signature}").status_code == 200


def test_calls_are_recorded_even_when_refused(caller: Any, tenant: LocalTenant, token: Token) -> None:
    before = time.time()
    caller.call("POST", "/actions/freeze/messages", body={"name": "n", "content": "c"})
    token.disable()
    caller.get("/reporting/devices", pageSize="1")
    first, second = tenant.requests
    assert (first.method, first.path, first.body, first.status) == (
        "POST",
        "/v3/actions/freeze/messages",
        {"name": "n", "content": "c"},
        200,
    )
    assert (second.query, second.status, second.token_id) == ("pageSize=1", 401, token.id)
    assert before <= second.received <= time.time()
    assert second.at == tenant.clock.now()
    assert [record.method for record in tenant.calls("POST /v3/actions")] == ["POST"]
