"""The figures as Markdown and as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any

from bench.figures import Cost, Row, Section, Target

# Column title, unit, and how the value is written.
_COLUMNS: tuple[tuple[str, Callable[[Cost], str]], ...] = (
    ("time", lambda cost: _number(cost.seconds, " s")),
    ("CPU", lambda cost: _number(cost.cpu_seconds, " s")),
    ("peak memory", lambda cost: _number(cost.peak_mib, " MiB")),
    ("calls", lambda cost: _number(cost.calls)),
)


@dataclass(frozen=True)
class Machine:
    """What the figures were measured on. `load` is the mean number of running programs, of others too."""

    cores: int
    python: str
    system: str
    load: float

    @property
    def load_text(self) -> str:
        text = f"Load average before: {self.load}."
        busy = self.load > self.cores / 2
        return f"**{text} Other programs took a part of the machine: times are too long.**" if busy else text

    @classmethod
    def now(cls: type[Machine]) -> Machine:
        return cls(os.cpu_count() or 1, platform.python_version(), platform.system(), round(os.getloadavg()[0], 1))


@dataclass(frozen=True)
class Report:
    """One run of the bench.

    Attributes:
        size: full or quick.
        before: The machine when the run began.
        minutes: How long the run took.
    """

    size: str
    before: Machine
    minutes: float
    sections: list[Section]

    @property
    def missed(self) -> list[str]:
        return [f"{section.title}: {target.what}" for section in self.sections for target in section.targets if not target.met]

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "at": datetime.now(timezone.utc).isoformat(timespec="seconds"), "missed": self.missed}

    def as_markdown(self) -> str:
        return "\n\n".join(["# Measured", self._head(), *(_section(section) for section in self.sections)]) + "\n"

    def _head(self) -> str:
        machine = self.before
        found = (
            ["**Targets missed:**", "", *(f"- {target}" for target in self.missed)] if self.missed else ["All targets are met."]
        )
        said = [
            f"Written by `make bench` in {self.minutes:.0f} minutes: {self.size} size, {machine.cores} cores, {machine.system}, "
            f"Python {machine.python}, everything on one machine over loopback. The targets are those of the full size.",
            "Each figure stands beside a baseline of the same run, a plain script that does the same work in the obvious way "
            "(`Tests/campaigns/bench/baselines`). Scripts run as the platform's container runs them; `peak memory` is that of "
            "the whole process, Python and libraries included. What is timed is the median of three runs in turn, and `±` says "
            "how far they lie apart; what is only counted was run once. The public pack is the integration *Absolute* of the "
            "marketplace's public source, as `--public-pack` names it.",
            machine.load_text,
            "\n".join(found),
            table(
                ["", "target", "wanted", "measured", ""],
                [[section.title, *line] for section in self.sections for line in _target_lines(section.targets)],
            ),
        ]
        return "\n\n".join(said)


def _section(section: Section) -> str:
    parts = [f"## {section.title}", section.about, _costs(section.rows)]
    if section.targets:
        parts.append(table(["target", "wanted", "measured", ""], _target_lines(section.targets)))
    return "\n\n".join([*parts, *section.notes])


def _costs(rows: Sequence[Row]) -> str:
    """Columns that nothing was measured for are left out."""
    shown = [(title, text) for title, text in _COLUMNS if any(text(row.ours) for row in rows)]
    with_public = any(row.public != Cost() for row in rows)
    others = ("baseline", "public pack") if with_public else ("baseline",)
    titles = [part for title, _ in shown for part in (title, *others)]
    lines = [
        [row.what, *(text(cost) for _, text in shown for cost in (row.ours, row.baseline, row.public)[: 1 + len(others)])]
        for row in rows
    ]
    if any(row.ours.spread for row in rows):
        titles.append("±")
        lines = [[*line, _number(round(row.ours.spread), " %")] for line, row in zip(lines, rows, strict=True)]
    return table(["", *titles], lines)


def _target_lines(targets: Sequence[Target]) -> list[list[str]]:
    return [
        [
            target.what,
            f"{target.relation} {_number(target.bound)} {target.unit}".rstrip(),
            f"{_number(target.value)} {target.unit}".rstrip(),
            "met" if target.met else "**missed**",
        ]
        for target in targets
    ]


def table(titles: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [titles, ["---"] + ["---:"] * (len(titles) - 1), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _number(value: float, unit: str = "") -> str:
    """Three digits that count, or the whole number; nothing for 0, which was not measured."""
    if value == 0:
        return ""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}{unit}"
    return f"{value:.3g}{unit}" if abs(value) >= 0.01 else f"{value:.4f}{unit}"
