"""A layout leads downwards, keeps boxes and lines apart, and crosses lines only where it must."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playbook_pictures.crossings import untangle
from playbook_pictures.graph import CONDITION, SECTION, START, Graph, Link, Task
from playbook_pictures.layers import MOST_TASKS, Layers, LoopError, make_layers
from playbook_pictures.layout import Box, Layout, Point, lay_out
from playbook_pictures.tracks import Run, assign_tracks

Segment = tuple[Point, Point]


def graph_of(*links: tuple[int, int], sections: tuple[int, ...] = ()) -> Graph:
    """Task 0 is the start; every second one of the others is a condition, which is taller."""
    numbers = sorted({0, *(number for link in links for number in link)})
    kinds = {number: CONDITION if number % 2 else "regular" for number in numbers}
    kinds |= {0: START} | dict.fromkeys(sections, SECTION)
    tasks = {str(number): Task(str(number), kinds[number], f"Task {number}") for number in numbers}
    return Graph("invented", "0", tasks, tuple(Link(str(source), str(target)) for source, target in links))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Playbooks: every task but the start follows an earlier one, and some follow more of them."""
    size = draw(st.integers(min_value=1, max_value=14))
    links = [(draw(st.integers(0, number - 1)), number) for number in range(1, size)]
    more = draw(st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=8))
    links += [(min(pair), max(pair)) for pair in more if pair[0] != pair[1]]
    return graph_of(*dict.fromkeys(links))


def segments(layout: Layout) -> dict[Link, list[Segment]]:
    return {link: list(pairwise(points)) for link, points in layout.lines.items()}


def touches(segment: Segment, box: Box) -> bool:
    """Whether the segment goes through the inside of the box."""
    (x, y), (x2, y2) = segment
    return max(min(x, x2), box.x + 1) <= min(max(x, x2), box.x + box.width - 1) and max(min(y, y2), box.y + 1) <= min(
        max(y, y2), box.y + box.height - 1
    )


def on_each_other(one: Segment, other: Segment) -> bool:
    """Whether two segments in one direction share more than a point."""
    for along, across in ((0, 1), (1, 0)):
        if one[0][across] == one[1][across] == other[0][across] == other[1][across]:
            starts = max(min(point[along] for point in one), min(point[along] for point in other))
            ends = min(max(point[along] for point in one), max(point[along] for point in other))
            return starts < ends
    return False


@given(graphs())
@settings(max_examples=40)
def test_any_playbook(graph: Graph) -> None:
    layout = lay_out(graph)
    links_lead_downwards(layout)
    boxes_have_room(layout)
    lines_go_round_boxes(layout)
    level_lines_lie_apart(layout)
    assert lay_out(graph) == layout


def links_lead_downwards(layout: Layout) -> None:
    for link, points in layout.lines.items():
        source, target = layout.boxes[link.source], layout.boxes[link.target]
        assert points[0] == (source.middle, source.y + source.height)
        assert points[-1] == (target.middle, target.y)
        assert all(upper[1] <= lower[1] for upper, lower in pairwise(points))
        assert all(one[0] == two[0] or one[1] == two[1] for one, two in pairwise(points))


def boxes_have_room(layout: Layout) -> None:
    for one, other in combinations(layout.boxes.values(), 2):
        beside = one.x + one.width + 30 <= other.x or other.x + other.width + 30 <= one.x
        assert beside or one.y + one.height + 30 <= other.y or other.y + other.height + 30 <= one.y


def lines_go_round_boxes(layout: Layout) -> None:
    for parts in segments(layout).values():
        assert not [(part, task) for part in parts for task, box in layout.boxes.items() if touches(part, box)]


def level_lines_lie_apart(layout: Layout) -> None:
    for (one, one_parts), (other, other_parts) in combinations(segments(layout).items(), 2):
        if other.source != one.source and other.target != one.target:
            assert not [(a, b) for a in one_parts for b in other_parts if a[0][1] == a[1][1] and on_each_other(a, b)]


@given(graphs())
def test_a_layer_has_so_many_tasks_that_its_picture_can_be_read(graph: Graph) -> None:
    layers = make_layers(graph)
    assert all(sum(not layers.is_lane(place) for place in row) <= MOST_TASKS for row in layers.rows)


def crossings(layers: Layers) -> int:
    """Two edges between the same layers cross when their ends are in another order than their beginnings."""
    place = {place: number for row in layers.rows for number, place in enumerate(row)}
    lines = [(upper[1], place[upper], place[lower]) for upper, lower in layers.edges]
    return sum(one[0] == other[0] and (one[1] - other[1]) * (one[2] - other[2]) < 0 for one, other in combinations(lines, 2))


@pytest.mark.parametrize(
    "links",
    [
        pytest.param([(0, 1), (1, 2), (2, 3)], id="one after the other"),
        pytest.param([(0, 1), (0, 2), (1, 3), (1, 4), (2, 5), (2, 6)], id="a tree"),
        pytest.param([(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)], id="branches that meet"),
        pytest.param([(0, 1), (1, 2), (2, 3), (3, 4), (0, 4), (1, 4), (2, 4), (3, 4)], id="every task may end it"),
        pytest.param(
            [(0, 1), (0, 2), (1, 3), (2, 3), (2, 4), (2, 6), (3, 4), (3, 5), (3, 7), (5, 8)], id="as listed it would cross twice"
        ),
    ],
)
def test_what_can_be_drawn_without_crossings_is(links: list[tuple[int, int]]) -> None:
    layers = make_layers(graph_of(*dict.fromkeys(links)))
    untangle(layers)
    assert crossings(layers) == 0


def test_a_crossing_that_must_be_is_counted() -> None:
    """Two tasks that both lead to the same three."""
    layers = make_layers(graph_of((0, 1), (0, 2), (1, 3), (1, 4), (1, 5), (2, 3), (2, 4), (2, 5)))
    untangle(layers)
    assert crossings(layers) == 3


def test_the_only_way_goes_straight_down() -> None:
    layout = lay_out(graph_of((0, 1), (1, 2), (2, 3), (1, 3)))
    assert len({layout.boxes[task].x for task in "0123"}) == 1


def test_a_condition_stands_in_the_middle_above_its_branches() -> None:
    boxes = lay_out(graph_of((0, 1), (1, 2), (1, 3))).boxes
    assert boxes["1"].x * 2 == boxes["2"].x + boxes["3"].x


class TestTracks:
    """Letters name places; a run goes from its column to those of its ends."""

    def tracks(self, *runs: tuple[str, int, tuple[int, ...]]) -> dict[str, int]:
        found = assign_tracks([Run((name, 0), column, ends) for name, column, ends in runs])
        return {name: track for (name, _), track in found.items()}

    def test_what_goes_straight_down_needs_none(self) -> None:
        assert self.tracks(("a", 10, (10,)), ("b", 20, (20, 30))) == {"b": 0}

    def test_runs_that_lie_apart_share_one(self) -> None:
        assert self.tracks(("a", 10, (20,)), ("b", 30, (40,))) == {"a": 0, "b": 0}

    def test_of_two_that_overlap_the_one_that_starts_and_ends_later_lies_above(self) -> None:
        assert self.tracks(("a", 10, (30,)), ("b", 20, (40,))) == {"a": 0, "b": 1}
        assert self.tracks(("a", 30, (10,)), ("b", 40, (20,))) == {"a": 1, "b": 0}

    def test_one_that_ends_where_another_begins_lies_below_it(self) -> None:
        assert self.tracks(("a", 10, (20,)), ("b", 20, (30,))) == {"a": 0, "b": 1}
        assert self.tracks(("a", 20, (30,)), ("b", 30, (5,))) == {"a": 0, "b": 1}


def test_a_stage_lies_under_its_section_header() -> None:
    layout = lay_out(graph_of((0, 1), (1, 2), (1, 3), (2, 4), (3, 4), (4, 5), (4, 6), sections=(1, 4)))
    headers = layout.boxes["1"], layout.boxes["4"]
    assert all(headers[0].y < layout.boxes[task].y < headers[1].y for task in "23")
    assert all(headers[1].y < layout.boxes[task].y for task in "56")


def test_tasks_that_lead_back_are_refused() -> None:
    with pytest.raises(LoopError, match="these tasks lead back to themselves: 1, 2"):
        lay_out(graph_of((0, 1), (1, 2), (2, 1)))
