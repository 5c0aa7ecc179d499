"""A picture tells which way is taken on an error, and which is not."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from PIL import ImageColor
from playbook_pictures.drawing import ERROR_LINE, LINE, MARGIN, SCALE, Canvas, draw, label_box
from playbook_pictures.files import playbooks
from playbook_pictures.graph import ON_ERROR, START, Graph, Link, Task, read_graph
from playbook_pictures.layout import LEFT, TOP, Layout, lay_out
from unit.playbook_pictures.test_layout import touches

TASKS = {number: Task(number, "regular" if number != "0" else START, f"Task {number}") for number in "01234"}
FAILS_DOWNWARDS = Graph(
    "invented", "0", TASKS, (Link("0", "1"), Link("1", "2", ON_ERROR), Link("1", "3"), Link("2", "3"), Link("3", "4"))
)


@pytest.mark.parametrize("playbook", playbooks(), ids=lambda path: path.stem)
def test_on_error_is_written_on_no_line_of_success(playbook: Path) -> None:
    assert not crossed_labels(lay_out(read_graph(playbook)))


def test_on_error_is_written_beside_a_way_that_begins_as_success_does() -> None:
    assert not crossed_labels(lay_out(FAILS_DOWNWARDS))


def test_what_only_an_error_leads_along_is_red() -> None:
    layout = lay_out(FAILS_DOWNWARDS)
    picture = draw(layout).convert("RGB")
    (x, start), (_, end) = layout.lines[Link("1", "2", ON_ERROR)]
    column = round((x - LEFT + MARGIN) * SCALE)
    colours = [picture.getpixel((column, round((y - TOP + MARGIN) * SCALE))) for y in (start + 8, end - 8)]
    assert colours == [ImageColor.getrgb(LINE), ImageColor.getrgb(ERROR_LINE)]


def crossed_labels(layout: Layout) -> list[Link]:
    """The links on error whose label lies on a line that leaves the same task without an error."""
    canvas = Canvas(layout.width, layout.height)
    found = []
    for link in layout.lines:
        others = [line for other, line in layout.lines.items() if other.source == link.source and other != link]
        box = label_box(canvas, layout, link)
        if link.label == ON_ERROR and any(touches(part, box) for line in others for part in pairwise(line)):
            found.append(link)
    return found
