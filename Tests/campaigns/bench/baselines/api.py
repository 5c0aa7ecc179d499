"""The API as a plain script calls it: a signed request, the decoded answer, and an exception for anything else."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import jwt
import requests


class Api:
    def __init__(self, params: Mapping[str, Any]) -> None:
        self._session = requests.Session()
        self._url = f"{params['url']}/jws/validate"
        self._id, self._secret = params["credentials"]["identifier"], params["credentials"]["password"]

    def call(self, method: str, path: str, query: str = "", body: Any = None) -> Any:
        """Raises requests.HTTPError for an error status."""
        header = {
            "kid": self._id,
            "method": method,
            "content-type": "application/json",
            "uri": path,
            "query-string": query,
            "issuedAt": int(time.time() * 1000),
        }
        payload = {} if body is None else {"data": body}
        signed = jwt.encode(payload, self._secret, algorithm="HS256", headers=header)
        answer = self._session.post(self._url, data=signed, headers={"Content-Type": "text/plain"}, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def pages(self, path: str, query: str) -> Iterator[list[dict[str, Any]]]:
        """Page after page of a list."""
        cursor = ""
        while True:
            answer = self.call("GET", path, f"{query}&nextPage={cursor}" if cursor else query)
            yield answer["data"]
            cursor = answer["metadata"].get("pagination", {}).get("nextPage")
            if not cursor:
                return
