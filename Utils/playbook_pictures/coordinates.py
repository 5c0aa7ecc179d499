"""The columns: lines as straight as the order of the places allows.

A linear programme, "the sum of the weighted horizontal lengths is least, and neighbours keep their distance", solved as a
flow whose potentials are the columns (Gansner, Koutsofios, North and Vo, "A Technique for Drawing Directed Graphs", 1993,
section 4.2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from math import ceil

import networkx

from .layers import Layers, Place

GRID = 5
LANE_LANE, LANE_TASK, TASK_TASK = 4, 1, 8
ONLY_WAY = 3  # a link that is the only one of both its tasks weighs so many times as much
WHOLE_WIDTH = 5  # so much the width of all weighs against straight lines
LEFT_EDGE, RIGHT_EDGE = ("left", -1), ("right", -1)

Potentials = dict[Place, int]


def columns(layers: Layers, distance: Callable[[Place, Place], int]) -> dict[Place, int]:
    """The middle of each place, a multiple of GRID. `distance` is the least one between the middles of two neighbours."""
    network = networkx.DiGraph()
    network.add_nodes_from(place for row in layers.rows for place in row)
    for row in layers.rows:
        for left, right in pairwise(row):
            network.add_edge(left, right, weight=-ceil(distance(left, right) / GRID))
    for row in layers.rows:
        network.add_edge(LEFT_EDGE, row[0], weight=0)
        network.add_edge(row[-1], RIGHT_EDGE, weight=0)
    weights = _weights(layers)
    weights[LEFT_EDGE, RIGHT_EDGE] = WHOLE_WIDTH
    for (upper, lower), weight in weights.items():
        network.add_edge(upper, lower, weight=0, capacity=weight)
        network.add_edge(lower, upper, weight=0, capacity=weight)
    residual = _residual(network)
    leftmost, rightmost = _potentials(residual), _potentials(residual.reverse())
    # Both are best, and so is the middle between them, which has a task in the middle above the two that follow it.
    return {place: (rightmost[place] - leftmost[place]) // 2 * GRID for row in layers.rows for place in row}


def _weights(layers: Layers) -> Counter[tuple[Place, Place]]:
    out_of, into = Counter(upper for upper, _ in layers.edges), Counter(lower for _, lower in layers.edges)
    weights: Counter[tuple[Place, Place]] = Counter()
    for edge in layers.edges:
        lanes = sum(layers.is_lane(place) for place in edge)
        weight = (TASK_TASK, LANE_TASK, LANE_LANE)[lanes]
        weights[edge] = weight * ONLY_WAY if out_of[edge[0]] == into[edge[1]] == 1 else weight
    return weights


def _residual(network: networkx.DiGraph) -> networkx.DiGraph:
    """What is left of the network's arcs once the cheapest flow goes through them, and the arcs back."""
    _, flow = networkx.network_simplex(network)
    residual = networkx.DiGraph()
    residual.add_nodes_from(network)
    for source, target, arc in network.edges(data=True):
        if flow[source][target] < arc.get("capacity", float("inf")):
            residual.add_edge(source, target, weight=arc["weight"])
    for source, target, arc in network.edges(data=True):
        if flow[source][target] and not residual.has_edge(target, source):
            residual.add_edge(target, source, weight=-arc["weight"])
    return residual


def _potentials(residual: networkx.DiGraph) -> Potentials:
    """The length of the shortest way to each place, from a source with a way of length 0 to every place."""
    network = residual.copy()
    source = object()
    network.add_edges_from((source, place, {"weight": 0}) for place in residual)
    return dict(networkx.single_source_bellman_ford_path_length(network, source))
