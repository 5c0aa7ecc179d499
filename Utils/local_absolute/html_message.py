"""HTML of freeze messages: made safe as the API does it ("automatically removes any HTML tags or attributes that may
expose Absolute servers or agents to injection attacks"), and its plain text."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

from markupsafe import Markup

_DROPPED_WITH_CONTENT = frozenset({"script", "style", "iframe", "object", "applet", "noscript", "template", "svg", "math"})
_DROPPED = frozenset({"embed", "form", "input", "button", "textarea", "select", "link", "meta", "base", "frame", "frameset"})
_URL_ATTRIBUTES = frozenset({"href", "src", "background", "action", "formaction", "cite", "poster"})
_BLOCK = re.compile(r"<(?:br|p|div|li|tr|h[123])\b")  # begins on a line of its own
_SAFE_SCHEMES = ("http:", "https:", "mailto:", "tel:", "#", "/")


def sanitize(html: str) -> str:
    """The message without scripts, embedded content, forms, event handlers, style attributes and unsafe links."""
    parser = _Sanitizer()
    parser.feed(html)
    parser.close()
    return "".join(parser.output)


def plain_text(html: str) -> str:
    """A message that is safe, without its tags."""
    text = Markup(_BLOCK.sub(r" \g<0>", html)).striptags()  # noqa: S704 (its tags go)
    return " ".join(text.split())


class _Sanitizer(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.output: list[str] = []
        self._dropping: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED_WITH_CONTENT:
            self._dropping.append(tag)
        elif not self._dropping and tag not in _DROPPED:
            self.output.append(f"<{tag}{''.join(_attribute(*attr) for attr in attrs if _is_safe(*attr))}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _DROPPED_WITH_CONTENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._dropping:
            del self._dropping[self._dropping.index(tag) :]
        elif not self._dropping and tag not in _DROPPED | _DROPPED_WITH_CONTENT:
            self.output.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            self.output.append(data.replace("<", "&lt;"))

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")


def _attribute(name: str, value: str | None) -> str:
    return f" {name}" if value is None else f' {name}="{escape(value)}"'


def _is_safe(name: str, value: str | None) -> bool:
    if name.startswith("on") or name in ("style", "srcdoc", "srcset"):
        return False
    return name not in _URL_ATTRIBUTES or (value or "").strip().lower().startswith(_SAFE_SCHEMES)
