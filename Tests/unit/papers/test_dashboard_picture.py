"""The picture beside the dashboard of XSIAM."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from papers.dashboard_picture import HASH, PICTURE, fitting, picture, shown_hash
from PIL import Image
from xql.content import XSIAM_DASHBOARD

WIDGETS = [one["widget_key"] for one in XSIAM_DASHBOARD["widgets_data"]]
ROW = {"protection": "x", "last_contact_age": "x", "kind": "x", "event_type": "x", "result": "y", "devices": 3, "events": 3}


def test_it_is_of_the_dashboard_as_it_is_now() -> None:
    with Image.open(PICTURE) as image:
        assert image.info.get(HASH) == shown_hash(), "run: make pictures"


def test_each_widget_shows_its_answers() -> None:
    row: dict[str, Any] = {"since": datetime(2026, 1, 5, tzinfo=timezone.utc), **ROW}
    found = {key: [row] for key in WIDGETS}
    whole = picture(found)
    for key in WIDGETS:
        more = {
            **found,
            key: [{**row, "event_type": "z", "kind": "z", "protection": "z", "last_contact_age": "z"} for row in found[key]],
        }
        assert picture(more).tobytes() != whole.tobytes(), key


def test_what_has_no_room_is_cut() -> None:
    assert fitting("DeviceFreezeRequested", 400) == "DeviceFreezeRequested"
    assert "DeviceFreezeRequested".startswith(cut := fitting("DeviceFreezeRequested", 60))
    assert 0 < len(cut) < 12
