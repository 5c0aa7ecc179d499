"""The picture of the war room in README.md: some steps of `make demo`, as they are printed, on a tenant that repeats itself."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

from command_line.demo import STORY, Case, play, stolen_laptop
from local_xsoar import PlatformModules, WarRoom, load_integration
from local_xsoar.terminal import Terminal
from pack_files import INTEGRATION, ROOT
from rich.console import CONSOLE_SVG_FORMAT, Console
from rich.text import Text
from sdk_gate.examples import repeatable_tenant

PICTURE = ROOT / "docs" / "pictures" / "war_room.svg"
SHOWN = ("Find the laptop", "Freeze it")
COLUMNS = 100
FONTS = "Menlo, Consolas, 'DejaVu Sans Mono', monospace"
# Without the font that rich would load from the internet.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
for foreign in ("Fira Code, monospace", "arial"):
    FORMAT = FORMAT.replace(foreign, FONTS)


def write() -> Path:
    """Draw the picture; gives back its file."""
    PICTURE.write_text(picture(), encoding="utf-8")
    return PICTURE


def picture() -> str:
    """The shown steps as SVG. Raises RuntimeError when a check of the demo fails."""
    console = Console(record=True, file=io.StringIO(), width=COLUMNS)
    for line in shown(printed_lines()):
        console.print(line, soft_wrap=True)
    return console.export_svg(title="make demo", code_format=FORMAT, unique_id="war-room")


def printed_lines() -> list[Text]:
    """What the demo prints from its first step to its last."""
    console = Console(record=True, file=io.StringIO(), width=COLUMNS)
    prepared = load_integration(INTEGRATION)
    with repeatable_tenant() as (tenant, wait):
        token = tenant.tokens.create_symmetric()
        params = {"url": tenant.url, "credentials": {"identifier": token.id, "password": token.secret}}
        terminal = Terminal(console)
        room = WarRoom(prepared, params, PlatformModules.chosen(), wait=wait, watcher=terminal)
        if not play(Case(tenant, token, room, stolen_laptop(tenant)), STORY, terminal):
            raise RuntimeError(console.export_text())
    return list(Text.from_ansi(console.export_text(styles=True)).split("\n"))


def shown(lines: Sequence[Text]) -> list[Text]:
    """The lines of the shown steps; where others are left out stands an ellipsis."""
    kept: list[Text] = []
    showing = False
    for line in lines:
        title = re.fullmatch(r"\d+\. (.+)", line.plain)
        if title:
            showing = title.group(1) in SHOWN
        if showing:
            kept.append(line)
        elif title and kept and kept[-1].plain:
            kept.append(Text("…", style="dim"))
    return kept
