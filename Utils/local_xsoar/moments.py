"""Dates as a person or a playbook writes them."""

from __future__ import annotations

import re
from datetime import datetime

import dateparser

WHOLE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
SETTINGS = {"TIMEZONE": "UTC", "RETURN_AS_TIMEZONE_AWARE": True}


def read_moment(text: str) -> datetime | None:
    """None for what is no date; what names no zone is UTC. dateparser takes milliseconds even for what is written whole, and
    playbooks that wait compare such dates thousands of times."""
    if WHOLE.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:  # the 30th of February
            return None
    return dateparser.parse(text, languages=["en"], settings=SETTINGS)
