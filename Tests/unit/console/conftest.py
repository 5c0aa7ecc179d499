"""A browser without scripts: it reads pages, sends their forms, and follows where it is led."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests
from console.application import create_app
from flask.testing import FlaskClient
from local_absolute import LocalTenant
from werkzeug.test import TestResponse

BASE = "http://127.0.0.1:8000"


class Browser:
    """Sends forms with the secret that the page they stand in carries."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def get(self, path: str, **headers: str) -> TestResponse:
        return self._client.get(path, base_url=BASE, headers=headers)

    def send(self, page: str, action: str | None = None, **fields: Any) -> TestResponse:
        """Sends a form of the page: to `action`, or to where the page itself is."""
        csrf = re.search(r'name="csrf" value="([^"]+)"', self.get(page).text)
        assert csrf, f"{page} has no form"
        data = {"csrf": csrf[1], **fields}
        return self._client.post(action or page, base_url=BASE, data=data, follow_redirects=True)

    def post(self, path: str, **fields: Any) -> TestResponse:
        return self._client.post(path, base_url=BASE, data=fields)


@pytest.fixture(autouse=True)
def own_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No account of whoever runs the tests, and no keyring."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setitem(sys.modules, "keyring", None)


@pytest.fixture
def browser(tenant: LocalTenant) -> Iterator[Browser]:
    with create_app(tenant).test_client() as client:
        yield Browser(client)


def words(answer: TestResponse | requests.Response) -> str:
    """What the page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())
