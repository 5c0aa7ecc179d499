"""What a test leaves behind does not reach the next one, and is an error. The examples are run by pytest within pytest."""

from pathlib import Path

import pytest

EXAMPLES = """
import os, threading, time
import pytest

over = threading.Event()

@pytest.fixture(autouse=True, scope="module")
def in_the_end():
    yield
    over.set()

def test_a_variable_of_a_test_that_fails():
    os.environ["HTTPS_PROXY"] = "http://127.0.0.1:9"
    del os.environ["HOME"]
    assert False

def test_after_that():
    assert "HTTPS_PROXY" not in os.environ
    assert os.environ["HOME"]

def test_the_working_folder(tmp_path):
    os.chdir(tmp_path)

def test_a_thread():
    threading.Thread(target=over.wait, name="one that stays").start()

def test_what_the_test_itself_takes_back(monkeypatch, tmp_path):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.chdir(tmp_path)
    threading.Thread(target=time.sleep, args=(0,)).start()
"""
SAID = [
    *("ERROR *::test_a_variable_of_a_test_that_fails*", "the variable HTTPS_PROXY", "the variable HOME"),
    *("ERROR *::test_the_working_folder*", "the working folder */test_the_working_folder0"),
    *("ERROR *::test_a_thread*", "the thread one that stays"),
]


@pytest.mark.prints
def test_it_is_put_back_and_told(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2] / "plugins"))
    pytester.makepyfile(EXAMPLES)
    pytester.makeconftest("import left_behind\nleft_behind.JOIN_SECONDS = 0.1")
    result = pytester.runpytest_subprocess("-p", "left_behind", "-p", "no:freezegun", "-rE")
    result.assert_outcomes(passed=4, failed=1, errors=3)
    result.stdout.fnmatch_lines_random(SAID)
