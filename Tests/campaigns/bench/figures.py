"""What is measured, and what is wanted."""

from __future__ import annotations

import operator
import statistics
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field

_RELATIONS = {"at least": operator.ge, "at most": operator.le}


@dataclass(frozen=True)
class Cost:
    """What something cost; 0 where that was not measured.

    Attributes:
        seconds: Wall time.
        cpu_seconds: CPU time of the process.
        peak_mib: The most memory that the process held (resident), in MiB.
        calls: API calls.
        refused: Those of the calls that the account's limit refused (429).
        start: Seconds until the first call; `calling`: from the first to the last one.
        pace: The shortest time, in seconds, from a call to the one that is so many after it as the limit allows in a second.
        spread: How far the times of several runs lie around their median, in per cent of it: of wall and CPU time the larger.
    """

    seconds: float = 0
    cpu_seconds: float = 0
    peak_mib: float = 0
    calls: int = 0
    refused: int = 0
    start: float = 0
    calling: float = 0
    pace: float = 0
    spread: float = 0


def median(costs: Sequence[Cost]) -> Cost:
    """Of several runs each figure's median."""
    columns: list[tuple[float, ...]] = list(zip(*map(astuple, costs), strict=True))
    seconds, cpu_seconds, peak_mib, calls, refused, start, calling, pace, _ = (statistics.median(column) for column in columns)
    spread = max(50 * (max(times) - min(times)) / (statistics.median(times) or 1) for times in columns[:2])
    return Cost(seconds, cpu_seconds, peak_mib, int(calls), int(refused), start, calling, pace, spread)


@dataclass(frozen=True)
class Row:
    """One thing that was measured, beside the baseline of the same run, and beside the public pack where that was given."""

    what: str
    ours: Cost
    baseline: Cost = Cost()
    public: Cost = Cost()


@dataclass(frozen=True)
class Target:
    """What a measured value has to be: `at least` or `at most` the bound."""

    what: str
    value: float
    relation: str
    bound: float
    unit: str = ""

    @property
    def met(self) -> bool:
        met: bool = _RELATIONS[self.relation](self.value, self.bound)
        return met


@dataclass(frozen=True)
class Section:
    """A table of the report.

    Attributes:
        about: What is measured, and what the baseline is.
        notes: What else one has to know to judge the figures.
    """

    title: str
    about: str
    rows: list[Row]
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
