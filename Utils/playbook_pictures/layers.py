"""The layers of a playbook: each task below everything that leads to it, and lanes for the links that skip layers.

After Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures" (1981); but links to
the same task share one lane, so that "Done" has one line coming down to it and not twenty.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

import networkx

from .graph import Graph, Link

MOST_TASKS = 4  # side by side: a picture that is wider cannot be read in a README

Place = tuple[str, int]  # a task and its layer, or a task and the layer that the lane down to it passes


class LoopError(Exception):
    """Tasks lead back to themselves, which the platform does not have."""


@dataclass
class Layers:
    """`rows` are the places of each layer, in the order of their drawing; `edges` lead from each layer to the next.

    `ways` are the places that a link passes, from its source to its target.
    """

    graph: Graph
    layer_of: dict[str, int]
    rows: list[list[Place]]
    edges: list[tuple[Place, Place]]
    ways: dict[Link, list[Place]] = field(default_factory=dict)

    def is_lane(self, place: Place) -> bool:
        task, layer = place
        return self.layer_of[task] != layer


def make_layers(graph: Graph) -> Layers:
    """Raises LoopError."""
    layer_of = _layers_of_tasks(graph)
    rows: list[dict[Place, None]] = [{} for _ in range(max(layer_of.values()) + 1)]
    edges: dict[tuple[Place, Place], None] = {}
    ways: dict[Link, list[Place]] = {}
    for task, layer in layer_of.items():
        rows[layer][task, layer] = None
    for link in graph.links:
        first, last = layer_of[link.source], layer_of[link.target]
        way = [(link.source, first), *((link.target, layer) for layer in range(first + 1, last + 1))]
        ways[link] = way
        for above, below in pairwise(way):
            rows[below[1]][below] = None
            edges[above, below] = None
    return Layers(graph, layer_of, [list(row) for row in rows], list(edges), ways)


def _layers_of_tasks(graph: Graph) -> dict[str, int]:
    """Each task goes to the first layer below all that lead to it that has room for it; branch after branch, short ones first.

    The dictionary has sources before targets.
    """
    layer_of: dict[str, int] = {}
    room: dict[int, int] = defaultdict(lambda: MOST_TASKS)
    waiting = Counter(link.target for link in graph.links)
    tree = networkx.DiGraph(graph.below)
    behind = {task: len(networkx.descendants(tree, task)) for task in graph.tasks}
    sources: dict[str, list[int]] = defaultdict(list)
    ready = [task for task in reversed(graph.tasks) if not waiting[task]]
    while ready:
        task = ready.pop()
        layer = max(sources[task], default=-1) + 1
        while not room[layer]:
            layer += 1
        room[layer] -= 1
        layer_of[task] = layer
        for following in sorted(graph.below[task], key=lambda one: -behind[one]):
            sources[following].append(layer)
            waiting[following] -= 1
            if not waiting[following]:
                ready.append(following)
    if len(layer_of) < len(graph.tasks):
        stuck = ", ".join(task for task in graph.tasks if task not in layer_of)
        raise LoopError(f"{graph.name}: these tasks lead back to themselves: {stuck}")
    return layer_of
