"""The order of the places in each layer: as few crossing lines as can be found."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import networkx

from .layers import Layers, Place

TRIES = 60
ENOUGH_TRIES = 6  # where nothing crosses any more
SWEEPS = 12
SEED = 1981

Neighbours = dict[Place, list[Place]]


def untangle(layers: Layers) -> None:
    """Puts `layers.rows` into the order with the fewest crossings, and of these the one with the shortest lines."""
    above: Neighbours = defaultdict(list)
    below: Neighbours = defaultdict(list)
    for upper, lower in layers.edges:
        below[upper].append(lower)
        above[lower].append(upper)
    draw = random.Random(SEED)
    rows = _as_they_are_reached(layers)
    best, best_cost = rows, _cost(rows, below)
    for number in range(TRIES):
        found = _improved(rows, above, below)
        cost = _cost(found, below)
        if cost < best_cost:
            best, best_cost = found, cost
        if not best_cost[0] and number >= ENOUGH_TRIES:
            break
        rows = [draw.sample(row, len(row)) for row in (best if number % 2 else layers.rows)]
    layers.rows = best


def _as_they_are_reached(layers: Layers) -> list[list[Place]]:
    """Depth first, first branch first."""
    start = (layers.graph.start, 0)
    network = networkx.DiGraph()
    network.add_node(start)
    network.add_edges_from(layers.edges)
    order = {place: number for number, place in enumerate(networkx.dfs_preorder_nodes(network, start))}
    return [sorted(row, key=lambda place: order.get(place, len(order))) for row in layers.rows]


def _improved(rows: list[list[Place]], above: Neighbours, below: Neighbours) -> list[list[Place]]:
    rows = [list(row) for row in rows]
    best, best_cost = [list(row) for row in rows], _cost(rows, below)
    for sweep in range(SWEEPS):
        downwards = sweep % 2 == 0
        numbers = range(1, len(rows)) if downwards else range(len(rows) - 2, -1, -1)
        for number in numbers:
            fixed = rows[number - 1] if downwards else rows[number + 1]
            _sort_by_middle(rows[number], fixed, above if downwards else below)
        _swap_neighbours(rows, above, below)
        cost = _cost(rows, below)
        if cost < best_cost:
            best, best_cost = [list(row) for row in rows], cost
    return best


def _sort_by_middle(row: list[Place], fixed: Sequence[Place], neighbours: Neighbours) -> None:
    """By the mean of the neighbours' positions; places without any stay where they are."""
    position = {place: number for number, place in enumerate(fixed)}
    own = {place: number * max(1, len(fixed) - 1) / max(1, len(row) - 1) for number, place in enumerate(row)}
    middle = {}
    for place in row:
        found = [position[one] for one in neighbours[place]]
        middle[place] = sum(found) / len(found) if found else own[place]
    row.sort(key=lambda place: middle[place])


def _swap_neighbours(rows: list[list[Place]], above: Neighbours, below: Neighbours) -> None:
    """Swaps two places side by side wherever that takes crossings away, until it does no more."""
    position = {place: number for row in rows for number, place in enumerate(row)}
    better = True
    while better:
        better = False
        for row in rows:
            for number in range(len(row) - 1):
                left, right = row[number], row[number + 1]
                if _inversions(left, right, position, above, below) > _inversions(right, left, position, above, below):
                    row[number], row[number + 1] = right, left
                    position[left], position[right] = number + 1, number
                    better = True


def _inversions(left: Place, right: Place, position: dict[Place, int], above: Neighbours, below: Neighbours) -> int:
    """How often the edges of two places cross each other when one is left of the other."""
    return sum(
        position[end] > position[other]
        for neighbours in (above, below)
        for end in neighbours[left]
        for other in neighbours[right]
    )


def _cost(rows: Sequence[Sequence[Place]], below: Neighbours) -> tuple[int, float]:
    crossings = sum(_crossings(upper, lower, below) for upper, lower in pairwise(rows))
    length = 0.0
    for upper, lower in pairwise(rows):
        position = {place: number - len(lower) / 2 for number, place in enumerate(lower)}
        for number, place in enumerate(upper):
            length += sum(abs(number - len(upper) / 2 - position[one]) for one in below[place])
    return crossings, length


def _crossings(upper: Sequence[Place], lower: Sequence[Place], below: Neighbours) -> int:
    """Two edges cross when their ends are in another order than their beginnings."""
    position = {place: number for number, place in enumerate(lower)}
    ends = [sorted(position[one] for one in below[place]) for place in upper]
    passed: list[int] = []
    count = 0
    for found in ends:
        count += sum(1 for end in found for earlier in passed if earlier > end)
        passed += found
    return count
