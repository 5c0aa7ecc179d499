"""Mutants of the pure core against the tests, and .cache/proof/mutation.md, which tells which of them survive."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from pack_files import INTEGRATION, ROOT

from proof.integration_module import MODULES, make_importable
from proof.mutants import ALSO_CORE, CORE_REGIONS, NOT_CORE
from proof.mutation import MutationPlugin, Verdict
from proof.survivors import EXPLAINED

LEAST_PERCENT = 90
TESTS = (
    INTEGRATION / "Absolute_test.py",
    *sorted(ROOT.glob("Packs/ApiModules/Scripts/*/*_test.py")),
    ROOT / "Tests" / "contract" / "test_signatures.py",
)
OPTIONS = [
    *("-q", "--rootdir", str(ROOT), "-p", "no:xdist"),
    *("-p", "no:integration_coverage"),  # its probes and the damaged code would be in each other's way
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # another attempt has imported Hypothesis before pytest could
]
HEAD = f"""# Mutants of the pure core

Made by `make proof`. The core is damaged in one place at a time, by mutmut's list of damages and a few more: a constant, operator,
condition, argument or result is another one, a call is left out, an error is not raised. The unit tests that reach the damaged
line have to notice it; the scenarios, which run the core over HTTP, are not asked. Texts for people are left alone.

The core is what stands in these regions of the modules: {", ".join(f'"{title.removesuffix(": ")}"' for title in CORE_REGIONS)};
and {", ".join(f"`{name}`" for name in sorted(ALSO_CORE))} of the client; without {", ".join(f"`{name}`" for name in sorted(NOT_CORE))}, a table of paths.
"""  # noqa: E501


def report() -> tuple[str, bool, str]:
    """The Markdown, whether enough mutants were killed and every survivor is explained, and the figures of it."""
    make_importable()
    plugin = MutationPlugin([importlib.import_module(name) for name in MODULES])
    status = pytest.main([*OPTIONS, *map(str, TESTS)], [plugin])
    if status != pytest.ExitCode.OK:
        return f"{HEAD}\nNot run: the tests themselves fail.\n", False, "not run"
    figures = f"all {len(plugin.verdicts):,} mutants, {killed_percent(plugin.verdicts):.1f} % killed"
    return text(plugin.verdicts), holds(plugin.verdicts), figures


def text(verdicts: Sequence[Verdict]) -> str:
    return "\n".join([HEAD, *_figures(verdicts), *_survivors(verdicts), ""])


def holds(verdicts: Sequence[Verdict]) -> bool:
    return killed_percent(verdicts) >= LEAST_PERCENT and all(verdict.killed or explanation(verdict) for verdict in verdicts)


def killed_percent(verdicts: Sequence[Verdict]) -> float:
    return 100 * sum(verdict.killed for verdict in verdicts) / len(verdicts)


def explanation(verdict: Verdict) -> str | None:
    return EXPLAINED.get((verdict.mutant.function, verdict.mutant.description))


def _figures(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield f"{len(verdicts)} mutants were tried: {killed_percent(verdicts):.1f} % are killed."
    yield f"{sum(not verdict.tests for verdict in verdicts)} stand in lines that no unit test reaches.\n"
    yield from ("| function | mutants | killed |", "| --- | ---: | ---: |")
    tried = Counter(verdict.mutant.function for verdict in verdicts)
    dead = Counter(verdict.mutant.function for verdict in verdicts if verdict.killed)
    yield from (f"| `{name}` | {tried[name]} | {dead[name]} |" for name in sorted(tried))


def _survivors(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield "\n## Survivors\n"
    alive = sorted((verdict for verdict in verdicts if not verdict.killed), key=lambda verdict: verdict.mutant.line)
    for verdict in alive:
        why = explanation(verdict) or "**not explained**"
        yield f"- `{verdict.mutant.function}`, `{verdict.mutant.source}`: {verdict.mutant.description}. {why}"
    if not alive:
        yield "None."
