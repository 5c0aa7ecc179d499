"""End User Messages: the templates that the console keeps; the API only reads them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from .data import INVENTED


@dataclass(frozen=True)
class MessageTemplate:
    """`content` is HTML, `logo` a data URI or None."""

    uid: str
    name: str
    content: str
    logo: str | None
    created: datetime


def message_templates(created: datetime) -> dict[str, MessageTemplate]:
    """All templates, keyed by messageUid."""
    templates = (
        MessageTemplate(str(uuid.uuid4()), one["name"], one["content"], one.get("logo"), created)
        for one in INVENTED["message_templates"]
    )
    return {template.uid: template for template in templates}
