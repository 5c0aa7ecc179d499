"""A caller that signs as the vendor documents it, independently of the tenant's own code (PyJWT, requests)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import jwt
import pytest
import requests
from local_absolute import LocalTenant, Token


@dataclass
class Caller:
    """Signs calls with a token and sends them over one connection."""

    tenant: LocalTenant
    token: Token
    session: requests.Session = field(default_factory=requests.Session)

    def header(self, method: str, uri: str, query: str) -> dict[str, Any]:
        return {
            "alg": self.token.algorithm,
            "kid": self.token.id,
            "method": method,
            "content-type": "application/json",
            "uri": uri,
            "query-string": query,
            "issuedAt": int(time.time() * 1000),
        }

    def sign(self, header: dict[str, Any], payload: dict[str, Any]) -> str:
        key = self.token.secret or self.token.private_key_pem
        assert key
        return jwt.encode(payload, key, algorithm=header["alg"], headers=header)

    def post(self, compact: str) -> requests.Response:
        return self.session.post(
            f"{self.tenant.url}/jws/validate", data=compact, headers={"Content-Type": "text/plain"}, timeout=10
        )

    def call(self, method: str, uri: str, query: str | dict[str, str] = "", body: Any = None) -> requests.Response:
        """`query` as text goes out verbatim, as a dict it is percent-encoded."""
        text = query if isinstance(query, str) else urlencode(query, quote_via=quote)
        payload = {} if body is None else {"data": body}
        return self.post(self.sign(self.header(method, f"/v3{uri}", text), payload))

    def get(self, uri: str, **params: str) -> requests.Response:
        return self.call("GET", uri, params)

    def devices(self, **params: str) -> list[dict[str, Any]]:
        answer = self.get("/reporting/devices", **params)
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["data"]
        return rows


@pytest.fixture
def callers() -> Iterator[Callable[[LocalTenant, Token], Caller]]:
    """Makes callers whose connections are closed after the test."""
    made: list[Caller] = []

    def make(tenant: LocalTenant, token: Token) -> Caller:
        made.append(Caller(tenant, token))
        return made[-1]

    yield make
    for caller in made:
        caller.session.close()


@pytest.fixture
def caller(callers: Callable[[LocalTenant, Token], Caller], tenant: LocalTenant, token: Token) -> Caller:
    return callers(tenant, token)
