"""A picture shows each task, and tells which way is taken on an error and which is not."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageColor
from playbook_pictures import drawing
from playbook_pictures.drawing import ERROR_LINE, LINE, MARGIN, MARK, SCALE, Canvas, draw, label_box
from playbook_pictures.files import picture_of, playbooks
from playbook_pictures.graph import COLLECTION, CONDITION, ON_ERROR, PLAYBOOK, SECTION, START, Graph, Link, Task, read_graph
from playbook_pictures.layout import LEFT, TOP, Layout, lay_out
from unit.playbook_pictures.test_layout import touches

LETTERS = 8
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


ONE_OF_EACH = Graph(
    "invented",
    "0",
    {
        "0": Task("0", START, "Start"),
        "1": Task("1", SECTION, "Containment"),
        "2": Task("2", CONDITION, "Is it lost?"),
        "3": Task("3", PLAYBOOK, "Freeze it", looped=True),
        "4": Task("4", COLLECTION, "Ask somebody", manual=True),
        "5": Task("5", "regular", "Write it down"),
    },
    tuple(Link(str(number), str(number + 1)) for number in range(5)),
)


def test_each_kind_of_task_is_drawn_with_its_name() -> None:
    layout = lay_out(ONE_OF_EACH)
    assert not undrawn(layout, draw(layout))


@pytest.mark.parametrize("playbook", playbooks(), ids=lambda path: path.stem)
def test_each_task_is_in_the_picture_of_its_playbook(playbook: Path) -> None:
    with Image.open(picture_of(playbook)) as picture:
        assert not undrawn(lay_out(read_graph(playbook)), picture)


def test_tasks_that_are_not_drawn_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    layout = lay_out(ONE_OF_EACH)
    monkeypatch.setattr(drawing, "_name", lambda *_, **__: None)
    assert undrawn(layout, draw(layout)) == ["1", "2", "3", "4", "5"]
    monkeypatch.setattr(drawing, "_task", lambda *_: None)
    assert undrawn(layout, draw(layout)) == [*"012345"]


def undrawn(layout: Layout, picture: Image.Image) -> list[str]:
    """The tasks in whose box there is no text: the edges of letters have many colours, and what is drawn else has few."""
    found, shown = [], picture.convert("RGB")
    for task_id, box in layout.boxes.items():
        left, top = (box.x - LEFT + MARGIN + MARK + 4) * SCALE, (box.y - TOP + MARGIN + 10) * SCALE
        inner = shown.crop((left, top, left + (box.width - 2 * MARK) * SCALE, top + (box.height - 20) * SCALE))
        if len(inner.getcolors(inner.width * inner.height)) < LETTERS:
            found.append(task_id)
    return found


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
