"""What was skipped is named once for each reason."""

from pathlib import Path

import pytest

SKIPPED = """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_sea(number): pytest.skip("needs the sea")

@pytest.mark.skip(reason="needs a boat")
def test_boat(): pass

def test_land(): pass
"""


@pytest.mark.prints
def test_a_line_for_each_reason(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2] / "plugins"))
    pytester.makepyfile(test_skipped=SKIPPED)
    result = pytester.runpytest_subprocess("-p", "not_run")
    assert [line for line in result.outlines if line.startswith("Not run")] == [
        "Not run: 3 tests. needs the sea",
        "Not run: 1 test. needs a boat",
    ]
