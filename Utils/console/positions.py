"""Where a device has been, as a drawing: a path on a plain ground, north above, with a scale. No map, so nothing is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, log10, radians

from local_absolute.siem import Position

KM_PER_DEGREE = 111.2  # of latitude
WIDTH, HEIGHT, MARGIN = 320, 200, 30
LEAST_KM = 1.0  # across the drawing, so that one point has a scale too


@dataclass(frozen=True)
class Drawing:
    """Points in the order of time: x, y (from the upper left corner) and the position. `scale` is a bar of so many `km`."""

    points: tuple[tuple[float, float, Position], ...]
    scale: float
    km: float

    @property
    def path(self) -> str:
        return " ".join(f"{x},{y}" for x, y, _ in self.points)


def drawn(positions: Sequence[Position]) -> Drawing | None:
    """None without a position. Near each other, degrees are lengths: those of longitude shrink with the cosine of latitude."""
    if not positions:
        return None
    middle = cos(radians(sum(one.place.latitude for one in positions) / len(positions)))
    first = positions[0].place.longitude
    east = [_nearest(one.place.longitude - first) * KM_PER_DEGREE * middle for one in positions]
    south = [-one.place.latitude * KM_PER_DEGREE for one in positions]
    per_km = min((WIDTH - 2 * MARGIN) / max(_span(east), LEAST_KM), (HEIGHT - 2 * MARGIN) / max(_span(south), LEAST_KM))
    points = [
        (_placed(x, east, per_km, WIDTH), _placed(y, south, per_km, HEIGHT), one)
        for x, y, one in zip(east, south, positions, strict=True)
    ]
    km = 10.0 ** int(log10(WIDTH / 2 / per_km) // 1)
    return Drawing(tuple(points), round(km * per_km, 1), km)


def _placed(value: float, values: Sequence[float], per_km: float, size: int) -> float:
    return round(size / 2 + (value - (min(values) + max(values)) / 2) * per_km, 1)


def _span(values: Sequence[float]) -> float:
    return max(values) - min(values)


def _nearest(degrees: float) -> float:
    """The way that does not lead around the earth."""
    return (degrees + 180) % 360 - 180
