"""The gate of quiet_tests.py can fail. The examples are test files of their own, run by pytest within pytest."""

import warnings
from pathlib import Path

import pytest

LOUD = {
    "test_stdout": "def test(): print('hello')",
    "test_stderr": "import sys\ndef test(): sys.stderr.write('hello')",
    "test_stdout_of_a_child": "import subprocess\ndef test(): subprocess.run(['echo', 'hello'], check=True)",
    "test_log": "import logging\ndef test(): logging.getLogger('x').warning('hello')",
    "test_log_beside_capsys": "import logging\ndef test(capsys): logging.getLogger('x').warning('hello')",
    "test_teardown": "import pytest\n@pytest.fixture\ndef x(): yield; print('hello')\ndef test(x): pass",
}
QUIET = {
    "test_nothing": "def test(): pass",
    "test_info": "import logging\ndef test(): logging.getLogger('x').info('hello')",
    "test_capsys": "def test(capsys):\n    print('hello')\n    assert capsys.readouterr().out == 'hello\\n'",
    "test_caplog_cleared": "import logging\ndef test(caplog): logging.warning('hello'); caplog.clear()",
    "test_marker": "import pytest, logging\n@pytest.mark.prints\ndef test(): print('hello'); logging.warning('hello')",
}


@pytest.fixture(autouse=True)
def plugin_is_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2] / "plugins"))


def run(pytester: pytest.Pytester, examples: dict[str, str]) -> pytest.RunResult:
    pytester.makepyfile(**examples)
    return pytester.runpytest_subprocess("-p", "quiet_tests", "-o", "markers=prints", "-rE")


@pytest.mark.prints
def test_a_loud_test_fails(pytester: pytest.Pytester) -> None:
    result = run(pytester, LOUD)
    result.assert_outcomes(passed=len(LOUD), errors=len(LOUD))  # the error is that of the fixture, after the test
    result.stdout.fnmatch_lines_random([f"ERROR {name}.py::test - Failed: the test is not quiet:" for name in LOUD])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.prints
def test_a_quiet_test_passes(pytester: pytest.Pytester) -> None:
    result = run(pytester, QUIET)
    result.assert_outcomes(passed=len(QUIET))


def test_a_python_warning_is_an_error() -> None:
    with pytest.raises(UserWarning, match="hello"):
        warnings.warn("hello", stacklevel=1)
