"""Where the boxes of a playbook lie and where its lines run, in the units of the platform's editor."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from .coordinates import columns
from .crossings import untangle
from .graph import CONDITION, SECTION, START, Graph, Link, Task
from .layers import Layers, Place, make_layers
from .tracks import Run, assign_tracks

LEFT, TOP = 50, 50
WIDTH = 380  # of a task in the editor
HEIGHTS = {START: 80, SECTION: 80, CONDITION: 130}
TASK_HEIGHT = 110
GAP = 50  # between two boxes side by side
LANE_GAP = 30
DEPTH = 70  # between two layers, with one horizontal track between them
TRACK = 26

Point = tuple[int, int]


@dataclass(frozen=True)
class Box:
    """`x` and `y` are those of the upper left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> int:
        return self.x + self.width // 2


@dataclass(frozen=True)
class Layout:
    graph: Graph
    boxes: dict[str, Box]
    lines: dict[Link, list[Point]]  # from the lower edge of a box to the upper edge of another, level and upright by turns

    @property
    def width(self) -> int:
        return max(self._rights()) - LEFT

    @property
    def height(self) -> int:
        return max(box.y + box.height for box in self.boxes.values()) - TOP

    def _rights(self) -> list[int]:
        return [box.x + box.width for box in self.boxes.values()] + [x for line in self.lines.values() for x, _ in line]


def lay_out(graph: Graph) -> Layout:
    """Depends on nothing but the tasks and links, so that a laid-out playbook stays as it is. Raises LoopError."""
    layers = make_layers(graph)
    untangle(layers)
    column = columns(layers, lambda left, right: _distance(layers, left, right))
    shift = LEFT - min(middle - _width(layers, place) // 2 for place, middle in column.items())
    column = {place: middle + shift for place, middle in column.items()}
    tracks = [assign_tracks(_runs(layers, number, column)) for number in range(len(layers.rows) - 1)]
    tops = _tops(layers, [max(found.values(), default=0) for found in tracks])
    boxes = {}
    for task, layer in layers.layer_of.items():
        height = height_of(graph.tasks[task])
        boxes[task] = Box(column[task, layer] - WIDTH // 2, tops[layer], WIDTH, height)
    lines = {link: _line(layers, way, column, tops, tracks) for link, way in layers.ways.items()}
    return Layout(graph, boxes, lines)


def height_of(task: Task) -> int:
    return HEIGHTS.get(task.kind, TASK_HEIGHT)


def _width(layers: Layers, place: Place) -> int:
    return 0 if layers.is_lane(place) else WIDTH


def _distance(layers: Layers, left: Place, right: Place) -> int:
    gap = LANE_GAP if layers.is_lane(left) or layers.is_lane(right) else GAP
    return (_width(layers, left) + _width(layers, right)) // 2 + gap


def _runs(layers: Layers, number: int, column: dict[Place, int]) -> list[Run]:
    """What runs level between the layers `number` and `number` + 1: one for each place above, to all that it leads to."""
    below: dict[Place, list[int]] = defaultdict(list)
    for upper, lower in layers.edges:
        if upper[1] == number:
            below[upper].append(column[lower])
    return [Run(upper, column[upper], tuple(lower)) for upper, lower in below.items()]


def _tops(layers: Layers, last_tracks: list[int]) -> list[int]:
    tops = [TOP]
    for number, row in enumerate(layers.rows[:-1]):
        tallest = max(height_of(layers.graph.tasks[place[0]]) for place in row if not layers.is_lane(place))
        tops.append(tops[-1] + tallest + DEPTH + last_tracks[number] * TRACK)
    return tops


def _line(
    layers: Layers, way: list[Place], column: dict[Place, int], tops: list[int], tracks: list[dict[Place, int]]
) -> list[Point]:
    source = way[0]
    points = [(column[source], tops[source[1]] + height_of(layers.graph.tasks[source[0]]))]
    for above, below in pairwise(way):
        if column[above] != column[below]:
            level = tops[below[1]] - DEPTH // 2 - tracks[above[1]][above] * TRACK
            points += [(column[above], level), (column[below], level)]
    return [*points, (column[way[-1]], tops[way[-1][1]])]
