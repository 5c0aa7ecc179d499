"""Draws a laid-out playbook in the platform's manner: boxes, hexagons for conditions, bands for sections, labelled lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

from PIL import Image, ImageDraw, ImageFont

from .graph import COLLECTION, CONDITION, ON_ERROR, PLAYBOOK, SECTION, START, Link, Task
from .layout import LEFT, TOP, Box, Layout, Point

SCALE = 0.6  # pixels of the picture per unit of the editor
FINENESS = 2  # everything is drawn so many times as large and made smaller then, for smooth edges
MARGIN = 30
COLOURS = 256  # with fewer, the red of a few thin lines is lost

PAPER = "#f7f8fa"
LINE = "#8792a2"
ERROR_LINE = "#d0473c"
TEXT = "#1d2939"
LIGHT_TEXT = "#ffffff"
FILL = "#ffffff"
START_FILL = "#1b8a5a"
SECTION_FILL = "#344d6e"
SHAPES = {"": "#5b7083", COLLECTION: "#c2570c", CONDITION: "#b7791f", PLAYBOOK: "#6b3fa0", "script": "#2b6cb0"}
LABEL_FILLS = {"yes": "#d7f0e1", ON_ERROR: "#fbdcd9"}
OTHER_LABEL_FILL = "#e4e8ee"

TASK_FONT, SECTION_FONT, LABEL_FONT = 27, 29, 22  # in units of the editor
SMALLEST_FONT = 12
BOLD_STROKE = 0.3  # pixels: Pillow brings no bold font
LINE_SPACING = 1.12
MARK = 56  # the width of the coloured field with the mark
BEVEL = 44  # of a condition's left and right end
CORNER = 14
LINE_WIDTH = 3
ARROW = 9
BEND_STEPS = 6
LABEL_HEIGHT = 30
LABEL_DISTANCE = 18
LABEL_ASIDE = 8  # of a label beside its line


class Canvas:
    """Draws in units of the editor."""

    def __init__(self, width: int, height: int) -> None:
        self.factor = SCALE * FINENESS
        self.image = Image.new("RGB", (self._length(width + 2 * MARGIN), self._length(height + 2 * MARGIN)), PAPER)
        self._draw = ImageDraw.Draw(self.image)

    def polygon(self, points: Sequence[tuple[float, float]], fill: str, outline: str | None = None, width: float = 0) -> None:
        placed = [self._point(point) for point in points]
        self._draw.polygon(placed, fill=fill)
        if outline:
            self._draw.line([*placed, placed[0], placed[1]], fill=outline, width=self._length(width), joint="curve")

    def box(self, box: Box, fill: str, outline: str | None = None, radius: float = CORNER) -> None:
        corners = self._corners(box.x, box.y, box.width, box.height)
        self._draw.rounded_rectangle(
            corners, self._length(radius), fill=fill, outline=outline, width=self._length(LINE_WIDTH) if outline else 0
        )

    def left_field(self, box: Box, fill: str) -> None:
        """The left end of a box, for its mark."""
        radius = self._length(CORNER)
        corners = self._corners(box.x, box.y, MARK, box.height)
        self._draw.rounded_rectangle(corners, radius, fill=fill, corners=(True, False, False, True))

    def line(self, points: Sequence[tuple[float, float]], fill: str, width: float = LINE_WIDTH) -> None:
        self._draw.line([self._point(point) for point in points], fill=fill, width=self._length(width), joint="curve")

    def ellipse(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        self._draw.ellipse(self._corners(x, y, width, height), fill=fill)

    def arc(self, x: float, y: float, size: float, start: float, end: float, fill: str, width: float) -> None:
        self._draw.arc(self._corners(x, y, size, size), start, end, fill=fill, width=self._length(width))

    def text(self, middle: tuple[float, float], text: str, size: float, fill: str, bold: bool = False) -> None:
        stroke = BOLD_STROKE * FINENESS if bold else 0
        self._draw.text(self._point(middle), text, fill=fill, font=self._font(size), anchor="mm", stroke_width=stroke)

    def text_width(self, text: str, size: float) -> float:
        return self._font(size).getlength(text) / self.factor

    def picture(self) -> Image.Image:
        """With a palette, which makes the file small."""
        size = (self.image.width // FINENESS, self.image.height // FINENESS)
        return self.image.resize(size, Image.Resampling.BOX).quantize(COLOURS, dither=Image.Dither.NONE)

    def _font(self, size: float) -> ImageFont.FreeTypeFont:
        return font(round(size * self.factor))

    def _point(self, point: tuple[float, float]) -> tuple[float, float]:
        x, y = point
        return (x - LEFT + MARGIN) * self.factor, (y - TOP + MARGIN) * self.factor

    def _corners(self, x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
        return *self._point((x, y)), *self._point((x + width, y + height))

    def _length(self, units: float) -> int:
        return max(1, round(units * self.factor))


@lru_cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Comes with Pillow, so that every machine draws the same."""
    found = ImageFont.load_default(size)
    assert isinstance(found, ImageFont.FreeTypeFont)
    return found


def draw(layout: Layout) -> Image.Image:
    """The picture of a playbook."""
    canvas = Canvas(layout.width, layout.height)
    for link in sorted(layout.lines, key=lambda link: link.label != ON_ERROR):  # what they share with others keeps its colour
        _line(canvas, layout.lines[link], ERROR_LINE if link.label == ON_ERROR else LINE)
    for task_id, box in layout.boxes.items():
        _task(canvas, layout.graph.tasks[task_id], box)
    for link in layout.lines:
        _label(canvas, layout, link)
    return canvas.picture()


# Tasks ----------------------------------------------------------------------------------------------------------------


def _task(canvas: Canvas, task: Task, box: Box) -> None:
    if task.kind == START:
        canvas.box(box, START_FILL, radius=box.height / 2)
        canvas.text((box.middle, box.y + box.height / 2), "Playbook triggered", SECTION_FONT, LIGHT_TEXT, bold=True)
    elif task.kind == SECTION:
        canvas.box(box, SECTION_FILL, radius=6)
        _name(canvas, task, box, 20, SECTION_FONT, LIGHT_TEXT, bold=True)
    elif task.kind == CONDITION:
        _condition(canvas, task, box)
    else:
        _work(canvas, task, box)


def _condition(canvas: Canvas, task: Task, box: Box) -> None:
    left, right, middle = box.x, box.x + box.width, box.y + box.height / 2
    bottom = box.y + box.height
    corners = [(left, middle), (left + BEVEL, box.y), (right - BEVEL, box.y), (right, middle)]
    corners += [(right - BEVEL, bottom), (left + BEVEL, bottom)]
    colour = SHAPES[COLLECTION] if task.manual else SHAPES[CONDITION]
    canvas.polygon(corners, FILL, colour, LINE_WIDTH + 1)
    if task.manual:
        _person(canvas, left + BEVEL / 2 + 10, middle, colour)
    _name(canvas, task, box, BEVEL, TASK_FONT, TEXT)


def _work(canvas: Canvas, task: Task, box: Box) -> None:
    kind = COLLECTION if task.manual else PLAYBOOK if task.kind == PLAYBOOK else "script"
    colour = SHAPES[kind]
    canvas.box(box, FILL, colour)
    canvas.left_field(box, colour)
    middle = (box.x + MARK / 2, box.y + box.height / 2)
    if task.manual:
        _person(canvas, *middle, LIGHT_TEXT)
    elif task.kind == PLAYBOOK:
        _book(canvas, *middle)
    else:
        canvas.text((middle[0], middle[1] - 2), ">_", 28, LIGHT_TEXT, bold=True)
    if task.looped:
        _loop(canvas, box)
    beside = Box(box.x + MARK, box.y, box.width - MARK, box.height)
    _name(canvas, task, beside, 12, TASK_FONT, TEXT)


def _name(canvas: Canvas, task: Task, box: Box, padding: float, size: float, fill: str, bold: bool = False) -> None:
    """The name of the task in the middle of the box, in lines that fit."""
    lines, size = _fitting(canvas, task.name, box.width - 2 * padding, box.height - 14, size)
    spacing = size * LINE_SPACING
    first = box.y + box.height / 2 - spacing * (len(lines) - 1) / 2
    for number, line in enumerate(lines):
        canvas.text((box.middle, first + number * spacing), line, size, fill, bold)


def _fitting(canvas: Canvas, text: str, width: float, height: float, size: float) -> tuple[list[str], float]:
    """`text` in lines, in a smaller size where it is long."""
    while True:
        lines = _wrapped(text, width, partial(canvas.text_width, size=size))
        fits = len(lines) * size * LINE_SPACING <= height and all(canvas.text_width(line, size) <= width for line in lines)
        if fits or size <= SMALLEST_FONT:
            return lines, size
        size -= 1


def _wrapped(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and measure(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


# Marks ----------------------------------------------------------------------------------------------------------------


def _person(canvas: Canvas, x: float, y: float, fill: str) -> None:
    canvas.ellipse(x - 8, y - 20, 16, 16, fill)
    shoulders = [(x + 15 * math.cos(angle), y + 17 + 17 * math.sin(angle)) for angle in _half_turn()]
    canvas.polygon(shoulders, fill)


def _book(canvas: Canvas, x: float, y: float) -> None:
    for side in (-1, 1):
        page = [(x + side * 2, y - 12), (x + side * 19, y - 16), (x + side * 19, y + 12), (x + side * 2, y + 16)]
        canvas.polygon(page, LIGHT_TEXT)


def _loop(canvas: Canvas, box: Box) -> None:
    """An arrow that goes round, in the lower right corner."""
    x, y = box.x + box.width - 34, box.y + box.height - 34
    canvas.arc(x, y, 24, 30, 320, SHAPES[PLAYBOOK], 4)
    canvas.polygon([(x + 15, y + 4), (x + 28, y - 1), (x + 26, y + 13)], SHAPES[PLAYBOOK])


def _half_turn() -> list[float]:
    return [math.pi + math.pi * step / 12 for step in range(13)]


# Lines ----------------------------------------------------------------------------------------------------------------


def _line(canvas: Canvas, points: Sequence[Point], colour: str) -> None:
    x, y = points[-1]
    canvas.line([*_rounded([*points[:-1], (x, y - ARROW)]), (x, y - ARROW)], colour)
    canvas.polygon([(x, y), (x - ARROW * 0.75, y - ARROW * 1.5), (x + ARROW * 0.75, y - ARROW * 1.5)], colour)


def _rounded(points: Sequence[Point]) -> list[tuple[float, float]]:
    """The way through `points` with round corners."""
    found: list[tuple[float, float]] = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        start, end = _towards(corner, before), _towards(corner, after)
        found += [_bend(start, corner, end, step / BEND_STEPS) for step in range(BEND_STEPS + 1)]
    return found


def _bend(start: tuple[float, float], corner: Point, end: tuple[float, float], part: float) -> tuple[float, float]:
    """A point of the quadratic Bézier curve."""
    before, at, after = (1 - part) ** 2, 2 * part * (1 - part), part**2
    return before * start[0] + at * corner[0] + after * end[0], before * start[1] + at * corner[1] + after * end[1]


def _towards(corner: Point, other: Point) -> tuple[float, float]:
    length = math.dist(corner, other)
    part = min(CORNER, length / 2) / length
    return corner[0] + (other[0] - corner[0]) * part, corner[1] + (other[1] - corner[1]) * part


def _label(canvas: Canvas, layout: Layout, link: Link) -> None:
    if not link.label:
        return
    x, y = _place_of_label(canvas, layout, link)
    canvas.box(label_box(canvas, layout, link), LABEL_FILLS.get(link.label, OTHER_LABEL_FILL), radius=LABEL_HEIGHT / 2)
    canvas.text((x, y - 1), link.label, LABEL_FONT, TEXT)


def label_box(canvas: Canvas, layout: Layout, link: Link) -> Box:
    """What the label of a link covers."""
    width = _label_width(canvas, link)
    x, y = _place_of_label(canvas, layout, link)
    return Box(round(x - width / 2), round(y - LABEL_HEIGHT / 2), round(width), LABEL_HEIGHT)


def _label_width(canvas: Canvas, link: Link) -> float:
    return canvas.text_width(link.label, LABEL_FONT) + 20 if link.label else 0


def _place_of_label(canvas: Canvas, layout: Layout, link: Link) -> tuple[float, float]:
    """The middle of the label, on the part of the line that belongs to this branch alone."""
    column, below = layout.lines[link][0]
    branches = {other: _turn(layout.lines[other]) for other in layout.lines if other.source == link.source}
    turn = branches[link]
    turns = [found for found in branches.values() if found]
    if turn is None and turns and link.label == ON_ERROR:  # what succeeds goes down with it as far as the turn, without a label
        side = -1 if turns[0][0] > column else 1
        return _beside(canvas, link, column, turns[0][1], side)
    if turn is None:
        return column, below + LABEL_DISTANCE + LABEL_HEIGHT / 2
    end, level = turn
    side = 1 if end > column else -1
    straight = next((other for other, found in branches.items() if found is None), None)
    passed = [found[0] * side for found in turns if found[0] * side < end * side]
    beside_straight = column * side + (_label_width(canvas, straight) / 2 if straight else 0)
    start = max([beside_straight, *(x for x in passed if x > column * side)])
    width = _label_width(canvas, link)
    if start + LABEL_DISTANCE + width > end * side:  # too short for a label
        way_down = layout.lines[link][3][1] - level
        if way_down > 3 * LABEL_HEIGHT:
            return end, level + LABEL_DISTANCE + LABEL_HEIGHT / 2
        return _beside(canvas, link, end, level, side) if link.label == ON_ERROR else ((column + end) / 2, level)
    return (start + LABEL_DISTANCE + width / 2) * side, level


def _beside(canvas: Canvas, link: Link, column: float, level: float, side: int) -> tuple[float, float]:
    """The middle of the label on the right (1) or left (-1) of a line that goes down from `level`."""
    return column + side * (_label_width(canvas, link) / 2 + LABEL_ASIDE), level + LABEL_HEIGHT / 2


def _turn(line: Sequence[Point]) -> Point | None:
    """The column to which a line turns right after its source, and the level on which it goes there; None if it goes down."""
    layer_depth = 150
    if len(line) == 2 or line[1][1] - line[0][1] > layer_depth:
        return None
    return line[2]
