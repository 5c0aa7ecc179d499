"""What takes long goes first, and what looks at the same run stays together. The examples are run by pytest within pytest."""

from pathlib import Path

import pytest

FILES = {  # how many tests each has
    "Tests/contract/test_one.py": 1,
    "Tests/contract/test_other.py": 2,
    "Tests/unit/sdk_gate/test_gate.py": 1,
    "Tests/unit/test_few.py": 2,
    "Tests/unit/test_many.py": 5,
}
WORKERS = """
import pytest

@pytest.mark.parametrize("number", range({}))
def test(number):
    pass
"""


@pytest.mark.prints
def test_the_order_and_the_workers(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2] / "plugins"))
    for name, count in FILES.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(WORKERS.format(count), encoding="utf-8")
    pytester.makeconftest("pytest_plugins = ['sharing_out']")
    options = ("-p", "no:freezegun", "-v")
    one = pytester.runpytest_subprocess(*options, "-n", "1")
    one.assert_outcomes(passed=11)
    ran = [line.split()[-1].partition("::")[0] for line in one.outlines if "PASSED" in line]
    first = ["Tests/contract/test_one.py", *["Tests/contract/test_other.py"] * 2, "Tests/unit/sdk_gate/test_gate.py"]
    assert ran == [*first, *["Tests/unit/test_many.py"] * 5, *["Tests/unit/test_few.py"] * 2]
    two = pytester.runpytest_subprocess(*options, "-n", "2")
    two.assert_outcomes(passed=11)
    assert len({line.split()[0] for line in two.outlines if "PASSED Tests/contract" in line}) == 1
