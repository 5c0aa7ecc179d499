"""The collector against its page in the documents: addresses, key, limits, answers."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from local_xsoar.http_collector import CollectorSettings, HttpCollector, UnansweredError
from local_xsoar.xsiam import NotTakenError

KEY = "not-a-real-key"


@pytest.fixture
def taken() -> list[Any]:
    return []


@pytest.fixture
def make(taken: list[Any]) -> Iterator[Callable[..., HttpCollector]]:
    running: list[HttpCollector] = []

    def start(**settings: Any) -> HttpCollector:
        running.append(HttpCollector(CollectorSettings(KEY, **settings), taken.extend, clock=lambda: 0.0).__enter__())
        return running[-1]

    yield start
    for one in running:
        one.__exit__()


def post(collector: HttpCollector, body: bytes, key: str = KEY, path: str = "") -> requests.Response:
    return requests.post(f"{collector.url}{path}", body, headers={"Authorization": key}, timeout=5)


def test_records_on_lines_or_over_several(make: Any, taken: list[Any]) -> None:
    answer = post(make(), b'{"a": 1}\n{"b":\n 2} {"c": 3}\n')
    assert (answer.status_code, answer.json(), taken) == (200, {"error": "false"}, [{"a": 1}, {"b": 2}, {"c": 3}])


@pytest.mark.parametrize("compression", ["gzip", "uncompressed"])
def test_it_takes_what_its_setting_says(make: Any, taken: list[Any], compression: str) -> None:
    collector = make(compression=compression)
    bodies = {"gzip": gzip.compress(b"{}"), "uncompressed": b"{}"}
    assert post(collector, bodies.pop(compression)).status_code == 200
    [other] = bodies.values()
    answer = post(collector, other)
    assert (answer.status_code, answer.json()["error"][:24]) == (500, "error processing request")
    assert taken == [{}]


@pytest.mark.parametrize("body", [b"", b"text", b"[1]", b'{"a": 1}\n{', b'{"a": "\xff"}', b'{"a": "' + b"x" * 5_000_001 + b'"}'])
def test_a_wrong_format_takes_nothing(make: Any, taken: list[Any], body: bytes) -> None:
    assert (post(make(), body).status_code, taken) == (500, [])


def test_who_may_send_where_and_how_much(make: Any, taken: list[Any]) -> None:
    collector = make()
    assert post(collector, b"{}", key="another").status_code == 401
    assert post(collector, b"{}", path="s").status_code == 404
    assert post(collector, b"{}\n" * 3_400_000).status_code == 413
    assert post(make(enabled=False), b"{}").status_code == 401
    assert taken == []


def test_400_requests_in_a_second(make: Any) -> None:
    collector = make()
    answers = [collector.answer("/logs/v1/event", KEY, b"{}")[0] for _ in range(401)]
    assert answers == [200] * 400 + [429]
    collector.clock = lambda: 1.5
    assert collector.answer("/logs/v1/event", KEY, b"{}") == (200, json.dumps({"error": "false"}))


def test_what_a_test_lets_it_answer(make: Any) -> None:
    collector = make()

    def refuse(records: list[Any]) -> None:
        raise NotTakenError(503, "busy")

    def hang_up(records: list[Any]) -> None:
        raise UnansweredError

    collector.take = refuse
    assert (post(collector, b"{}").status_code, post(collector, b"{}").text) == (503, "busy")
    collector.take = hang_up
    with pytest.raises(requests.ConnectionError):
        post(collector, b"{}")


def test_its_dataset_is_that_of_the_rules() -> None:
    assert CollectorSettings(KEY).dataset == "absolute_secure_endpoint_raw"
