"""dateparser, as the platform's arg_to_datetime asks it: why no date argument is read with it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from local_xsoar import PlatformModules
from unit.local_xsoar.platform_modules_support import load

pytestmark = pytest.mark.prints  # of dateparser's caches nobody asked


@pytest.fixture(scope="module")
def arg_to_datetime(platform_modules: PlatformModules) -> Any:
    return load(platform_modules.folder).arg_to_datetime


def utc(arg_to_datetime: Any, text: str) -> datetime:
    moment = arg_to_datetime(text)
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("2026-07-01 18:00 BST", "2026-07-01T07:00"),  # Bougainville; London would be 17:00
        ("2026-07-01 18:00 IST", "2026-07-01T16:00"),  # Israel; India would be 12:30
        ("2026-07-01 18:00 ET", "2026-07-01T23:00"),  # winter time; in July it is 22:00
        ("2026", "1970-01-01T00:33:46"),
        ("20260201", "1970-08-23T11:50:01"),
        ("2026-13-01", "2026-01-13T00:00"),
        ("01/02/2026", "2026-01-02T00:00"),
        ("13/02/2026", "2026-02-13T00:00"),
    ],
)
def test_what_is_guessed(text: str, read_as: str, arg_to_datetime: Any) -> None:
    assert utc(arg_to_datetime, text) == datetime.fromisoformat(f"{read_as}+00:00")


def test_a_month_is_the_day_of_today_in_it(arg_to_datetime: Any) -> None:
    before = datetime.now(timezone.utc).day
    found = utc(arg_to_datetime, "2026-01").day
    assert found in (before, datetime.now(timezone.utc).day)


@pytest.mark.parametrize(("text", "span"), [("1,5 days", timedelta(days=5)), ("3m", timedelta(minutes=3))])
def test_spans_that_are_not_what_they_seem(text: str, span: timedelta, arg_to_datetime: Any) -> None:
    assert abs(datetime.now(timezone.utc) - utc(arg_to_datetime, text) - span) < timedelta(hours=1)


@pytest.mark.parametrize("text", ["2026-02-30T10:00:00Z", "2026-06-31", "2026-11-28T24:30:00Z"])
def test_days_and_hours_that_do_not_exist_are_refused(text: str, arg_to_datetime: Any) -> None:
    with pytest.raises(ValueError, match=r"not a valid date"):
        arg_to_datetime(text)
