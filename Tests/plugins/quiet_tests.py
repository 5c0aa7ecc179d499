"""A pytest plugin: a test that prints, or that logs a warning, fails.

Python warnings are errors already, by `filterwarnings` in pyproject.toml. This adds what content's own conftest asks of
every integration: nothing on stdout or stderr, no log record of level WARNING or above, from set-up to tear-down.

A test that expects output takes one of pytest's capture fixtures (capsys, capfd, ...) and owns it from then on. A test
that expects a warning in the log calls `caplog.clear()` once it has looked. `@pytest.mark.prints` lifts both rules.
"""

import logging
from collections.abc import Iterator

import pytest

CAPTURE_FIXTURES = {"capsys", "capsysbinary", "capfd", "capfdbinary", "capteesys"}
PHASES = ("setup", "call", "teardown")


@pytest.fixture(autouse=True)
def quiet(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Set up first and torn down last, so that the other fixtures of the test are held to it too."""
    if request.node.get_closest_marker("prints"):
        yield
        return
    test_owns_its_output = not CAPTURE_FIXTURES.isdisjoint(request.fixturenames)
    capture = None if test_owns_its_output else request.getfixturevalue("capfd")
    yield
    found = [_line(record) for phase in PHASES for record in caplog.get_records(phase) if record.levelno >= logging.WARNING]
    if capture:
        out, err = capture.readouterr()
        found += [f"{name}: {text.strip()}" for name, text in (("stdout", out), ("stderr", err)) if text]
    if found:
        pytest.fail("the test is not quiet:\n" + "\n".join(found), pytrace=False)


def _line(record: logging.LogRecord) -> str:
    return f"{record.levelname} {record.name}: {record.getMessage()}"
