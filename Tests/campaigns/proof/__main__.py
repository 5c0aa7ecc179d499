"""Attempts to prove the promises wrong, at full length; tables go into .cache/proof, figures into docs/proof.md:

faults    every command under every fault
hostile   hostile arguments and data
parsers   the parsers under a coverage-guided fuzzer
mutation  mutants of the pure core against the tests

Without a name all of them are made. The exit status is 0 only if none of them found anything.
"""

import argparse
import re
import sys
import time
from collections.abc import Callable
from types import MappingProxyType

from pack_files import ROOT

from proof import fault_report, fuzz_report, hostile_report, mutation_report

REPORTS = ROOT / ".cache" / "proof"
SUMMARY = ROOT / "docs" / "proof.md"
ATTEMPTS: MappingProxyType[str, tuple[str, Callable[[], tuple[str, bool, str]]]] = MappingProxyType(
    {
        "faults": ("faults.md", fault_report.report),
        "hostile": ("hostile_input.md", hostile_report.report),
        "parsers": ("parsers.md", fuzz_report.report),
        "mutation": ("mutation.md", mutation_report.report),
    }
)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m proof", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("attempts", nargs="*", choices=[*ATTEMPTS, []], default=[], metavar="attempt")
    names = parser.parse_args().attempts or list(ATTEMPTS)
    REPORTS.mkdir(parents=True, exist_ok=True)
    held = [attempt(name) for name in names]
    return 0 if all(held) else 1


def attempt(name: str) -> bool:
    file, report = ATTEMPTS[name]
    began = time.monotonic()
    text, held, figures = report()
    (REPORTS / file).write_text(text, "utf-8")
    SUMMARY.write_text(with_row(SUMMARY.read_text("utf-8"), name, figures, held), "utf-8")
    said = "nothing found" if held else "something was found"
    print(f"{name}: {said}, {time.monotonic() - began:.0f} s, {(REPORTS / file).relative_to(ROOT)}")
    return held


def with_row(summary: str, name: str, figures: str, held: bool) -> str:
    """The summary with what came of this attempt in the last two cells of its row."""
    row = re.compile(rf"^(\| `{name}` \|[^|]*)\|.*$", re.MULTILINE)
    said = "nothing" if held else "**something**"
    return row.sub(lambda found: f"{found[1]}| {figures} | {said} |", summary)


if __name__ == "__main__":
    sys.exit(main())
