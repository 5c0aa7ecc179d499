"""End User Messages: the templates that the console keeps; the API only reads them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from .clock import Clock

# A transparent image of one pixel.
_LOGO = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
_AUTHOR_UID = "0b0b0b0b-2222-4333-8444-000000000001"


@dataclass(frozen=True)
class MessageTemplate:
    """`content` is HTML, `logo` a data URI or None; the authors are userUids."""

    uid: str
    name: str
    content: str
    created: datetime
    logo: str | None = None
    author_uid: str = _AUTHOR_UID


class MessageTemplates:
    """All templates, keyed by messageUid. Two are there from the start."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.templates: dict[str, MessageTemplate] = {}
        self.add("Call IT", "<p>Please call IT at <b>555-0100</b>.</p>")
        self.add("Return device", "<p>Please return this device to your IT department.</p>", _LOGO)

    def add(self, name: str, content: str, logo: str | None = None) -> MessageTemplate:
        template = MessageTemplate(str(uuid.uuid4()), name, content, self._clock.now(), logo)
        self.templates[template.uid] = template
        return template
