"""War-room Markdown as HTML. Names in it are hostile: of HTML, only line breaks are taken, and nothing is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local_xsoar.render import LINE_BREAK
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape


def _html(_renderer: Any, tokens: Sequence[Token], place: int, *_: Any) -> str:
    """Tables have their line breaks as HTML; whatever else looks like it is text."""
    return "<br>".join(str(escape(part)) for part in LINE_BREAK.split(tokens[place].content))


# It links to no javascript: and the like by itself.
_MARKDOWN = MarkdownIt("commonmark").enable("table").disable("image")
_MARKDOWN.add_render_rule("html_inline", _html)
_MARKDOWN.add_render_rule("html_block", _html)


def as_html(source: str) -> Markup:
    return Markup(_MARKDOWN.render(source))  # noqa: S704 (all that is not from Markdown itself is escaped)
