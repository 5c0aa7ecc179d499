"""The parsers against random and damaged texts; `make proof` does the same for longer, guided by coverage."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any
from unittest import mock

import Absolute
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proof.parsers import PARSERS, texts


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=60)
@given(data=st.data())
def test_any_text(name: str, data: st.DataObject) -> None:
    parser = PARSERS[name]
    parser.check(data.draw(texts(parser)))


ELSEWHERE = datetime(2026, 1, 5, tzinfo=timezone(timedelta(hours=1)))
# For each parser: what of the integration gives back something wrong, and what.
WRONG: dict[str, tuple[Any, str, Any]] = {
    "server URL": (Absolute, "api_base_url", lambda _: "https://192.0.2.1"),
    "private key": (Absolute, "asymmetric_key", lambda _: SimpleNamespace(alg="HS256")),
    "filter": (Absolute, "parse_raw_filter", lambda text: f"{text} or true"),
    "date argument": (Absolute, "read_date", lambda *_: SimpleNamespace(moment=ELSEWHERE, assumed="")),
    "whole number": (Absolute, "as_whole", lambda value, _: None if isinstance(value, int) else 5),
    "timestamp": (Absolute, "parse_utc", lambda _: ELSEWHERE),
    "objectProperties": (Absolute, "changes", lambda _: ({"a.b": "1"}, {})),
    "lastRun": (Absolute.LastRun, "to_dict", lambda _: {}),
    "progress": (Absolute.Progress, "to_dict", lambda _: {}),
    "event types": (Absolute, "parse_event_types", lambda _: SimpleNamespace(takes=lambda *_: None)),
    "following": (Absolute.Following, "from_args", lambda _: SimpleNamespace(requests=())),
    "Retry-After": (Absolute, "parse_retry_after", lambda *_: -1),
    "war-room text": (Absolute, "markdown_text", lambda text: text),
}


@pytest.mark.parametrize("name", PARSERS)
def test_a_wrong_result_is_noticed(name: str) -> None:
    owner, function, wrong = WRONG[name]
    parser = PARSERS[name]
    parser.check(parser.seeds[0])
    with mock.patch.object(owner, function, wrong), pytest.raises(AssertionError):
        parser.check(parser.seeds[0])


@pytest.mark.parametrize("name", PARSERS)
def test_an_error_without_words_is_noticed(name: str) -> None:
    """Only a refusal in words is taken for an answer."""
    owner, function, _ = WRONG[name]
    parser = PARSERS[name]
    with mock.patch.object(owner, function, mock.Mock(side_effect=ValueError)), pytest.raises(ValueError, match=r"^$"):
        parser.check(parser.seeds[0])
