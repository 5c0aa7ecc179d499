"""A pytest plugin: says at the end what was not run, and what it needs, a line for each reason."""

from collections import Counter

import pytest

SKIPPED = "Skipped: "


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = Counter(str(report.longrepr[2]).removeprefix(SKIPPED) for report in terminalreporter.stats.get("skipped", ()))
    for reason, count in reasons.most_common():
        terminalreporter.line(f"Not run: {count} test{'s' if count > 1 else ''}. {reason}")
