"""The picture that goes with the dashboard of XSIAM: its own queries, run on the events of a simulated tenant, and drawn.

The platform draws its widgets otherwise, which the last line of the picture says. What it shows are the answers of the queries.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from local_absolute import LocalTenant, ManualClock
from local_xsoar import WarRoom, load_integration
from pack_files import INTEGRATION, PACK
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo
from playbook_pictures.drawing import font
from xql.content import XSIAM_DASHBOARD
from xql.pipeline import data_model, dataset_rows
from xql.stages import Rows, run
from xql.syntax import tokens

PICTURE = PACK / "XSIAMDashboards" / "Absolute_Dashboard_image.png"
HASH = "Dashboard-SHA256"  # keyword of the PNG's tEXt chunk
SOURCE = "The queries of this dashboard on a simulated tenant with 60 devices. Cortex XSIAM draws the widgets otherwise."
START = datetime(2026, 1, 5, 9, tzinfo=timezone.utc)
WIDTH, ROW_HEIGHT, MARGIN, TITLE, LINE = 1400, 380, 20, 56, 26
PAPER, PANEL, TEXT, FAINT = "#eef1f5", "#ffffff", "#1d2939", "#667085"
COLOURS = ("#2b6cb0", "#c2570c", "#1b8a5a", "#6b3fa0", "#b7791f", "#5b7083")
BARS, COLUMNS = 9, 4  # how many rows and columns a widget has room for


def write() -> Path:
    """Draws it; gives back its file."""
    facts = PngInfo()
    facts.add_text(HASH, shown_hash())
    picture(answers()).quantize(64).save(PICTURE, optimize=True, pnginfo=facts)
    return PICTURE


def shown_hash() -> str:
    """The hash of everything that the picture is made of."""
    return hashlib.sha256(json.dumps(XSIAM_DASHBOARD, sort_keys=True).encode()).hexdigest()


def answers() -> dict[str, Rows]:
    """What the query of each widget finds, by its key."""
    clock = ManualClock(START)
    with LocalTenant(devices=60, seed=7, clock=clock, rate_limit=None) as tenant:
        token = tenant.tokens.create_symmetric()
        params = {"url": tenant.url, "credentials": {"identifier": token.id, "password": token.secret}, "first_fetch": "3 days"}
        room = WarRoom(load_integration(INTEGRATION), params=params, wait=clock.advance)
        tenant.siem.generate(600, over=timedelta(hours=60), seed=5)
        clock.advance(20 * 60)
        room.execute("fetch-events")
        rows, now = data_model(dataset_rows(room.events(), clock.now()), clock.now()), clock.now()
    return {one["widget_key"]: run(tokens(one["data"]["phrase"]), rows, now) for one in XSIAM_DASHBOARD["widgets_data"]}


def picture(found: dict[str, Rows]) -> Image.Image:
    titles = {one["widget_key"]: one["title"] for one in XSIAM_DASHBOARD["widgets_data"]}
    layout = XSIAM_DASHBOARD["dashboards_data"][0]["layout"]
    image = Image.new("RGB", (WIDTH, len(layout) * ROW_HEIGHT + 2 * MARGIN + LINE), PAPER)
    pen = ImageDraw.Draw(image)
    for number, row in enumerate(layout):
        left = MARGIN
        for part in row["data"]:
            width = (WIDTH - MARGIN) * part["data"]["width"] // 100
            top = MARGIN + number * ROW_HEIGHT
            pen.rounded_rectangle((left, top, left + width - MARGIN, top + ROW_HEIGHT - MARGIN), 8, fill=PANEL)
            pen.text((left + MARGIN, top + 14), titles[part["key"]], TEXT, font(20))
            widget(pen, part["data"]["viewOptions"], found[part["key"]], left + MARGIN, top + TITLE, width - 3 * MARGIN)
            left += width
    pen.text((MARGIN, image.height - LINE - 8), SOURCE, FAINT, font(15))
    return image


def widget(pen: ImageDraw.ImageDraw, options: dict[str, Any], rows: Rows, left: int, top: int, width: int) -> None:
    """A table, or a graph as horizontal bars, one part of a bar for each value of its series."""
    names = {one["command"]["name"]: one["command"]["value"] for one in options["commands"]}
    if options["type"] == "table":
        table(pen, rows, left, top, width)
        return
    parts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        parts[str(row[names["xaxis"]])][str(row.get(names.get("series", "")) or "")] = row[names["yaxis"]]
    bars(pen, dict(list(parts.items())[:BARS]), left, top, width)


def bars(pen: ImageDraw.ImageDraw, parts: dict[str, dict[str, int]], left: int, top: int, width: int) -> None:
    series = sorted({name for one in parts.values() for name in one})
    longest = max(sum(one.values()) for one in parts.values())
    labels = width * 2 // 5
    for number, (label, values) in enumerate(parts.items()):
        y, x = top + number * LINE, float(left + labels)
        pen.text((left, y + 3), fitting(label, labels), TEXT, font(15))
        for name, value in values.items():
            end = x + value * (width - labels - 50) / longest
            pen.rectangle((x, y + 4, end, y + LINE - 4), fill=COLOURS[series.index(name) % len(COLOURS)])
            x = end
        pen.text((x + 6, y + 3), str(sum(values.values())), FAINT, font(15))
    for number, name in enumerate(filter(None, series)):
        x, y = left + number * 130, top + ROW_HEIGHT - TITLE - 2 * MARGIN - LINE
        pen.rectangle((x, y + 4, x + 12, y + 16), fill=COLOURS[series.index(name) % len(COLOURS)])
        pen.text((x + 18, y), name, FAINT, font(15))


def table(pen: ImageDraw.ImageDraw, rows: Rows, left: int, top: int, width: int) -> None:
    columns = list(rows[0])[:COLUMNS]
    for line, cells in enumerate([columns, *([row[name] for name in columns] for row in rows[:BARS])]):
        for number, cell in enumerate(cells):
            place = (left + number * width // len(columns), top + line * LINE)
            pen.text(place, fitting("" if cell is None else str(cell), width // len(columns)), TEXT if line else FAINT, font(15))


def fitting(text: str, width: int) -> str:
    """As much of the text as there is room for."""
    return next(text[:end] for end in range(len(text), -1, -1) if font(15).getlength(text[:end]) <= width - 10)
