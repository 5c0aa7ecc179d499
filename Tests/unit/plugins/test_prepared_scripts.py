"""What a command changes in what its script has defined is gone for the next one, of whatever kind it is."""

from __future__ import annotations

import ast
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from local_xsoar import PlatformModules
from plugins.prepared_scripts import PreparedScripts, binds

Run = Callable[..., Any]

STATE = """
    import argparse, functools
    from dataclasses import dataclass, field

    class Memory:
        of_the_class = 0
        listed = []
        __slots__ = ("slot",)
        def __init__(self):
            self.slot = 0

    @dataclass
    class Kept:
        values: dict = field(default_factory=dict)

    def counter():
        count = 0
        def count_on():
            nonlocal count
            count += 1
            return count
        return count_on

    def default(kept=[]):
        kept.append(1)
        return len(kept)

    @functools.lru_cache
    def cached():
        return []

    number, numbers, texts, kept, outside = 0, {"a": [1]}, {"a"}, (Kept(),), argparse.Namespace(value=0)
    memory, count, default.calls = Memory(), counter(), 0
"""
CHANGES = {
    "variable": "globals()['number'] = number + 1; seen = number",
    "variable that is new": "seen = 1 if 'new' in globals() else 0; globals()['new'] = 1",
    "list in a dictionary": "numbers['a'].append(2); seen = len(numbers['a'])",
    "dictionary that is empty": "seen = len(kept[0].values); kept[0].values['a'] = 1",
    "set": "texts.add('b'); texts.discard('a'); seen = sorted(texts)",
    "attribute of an instance in a tuple": "kept[0].values['a'] = 1; kept[0].new = len(kept); seen = len(vars(kept[0]))",
    "instance of a library's class": "outside.value += 1; seen = outside.value",
    "slot": "memory.slot += 1; seen = memory.slot",
    "attribute of a class": "Memory.of_the_class += 1; Memory.listed.append(1); seen = Memory.of_the_class, len(Memory.listed)",
    "new attribute of a class": "seen = hasattr(Memory, 'new'); Memory.new = 1",
    "closure": "seen = count()",
    "default of a function": "seen = default()",
    "attribute of a function": "default.calls += 1; seen = default.calls",
    "cache": "cached().append(1); seen = len(cached())",
    "other": "seen = demisto.command(); demisto.mine = 1",
}


@pytest.fixture
def scripts() -> Iterator[PreparedScripts]:
    scripts = PreparedScripts()
    yield scripts
    scripts.end()


@pytest.fixture
def run(scripts: PreparedScripts, platform_modules: PlatformModules, tmp_path: Path) -> Run:
    """Runs a script whose `seen` goes to the server, and gives it back."""

    def run(text: str, answers: Mapping[str, object] = types.MappingProxyType({})) -> Any:
        script = tmp_path / "Sample.py"
        if not script.exists():
            script.write_text(dedent(text))
        seen: list[Any] = []
        functions = {"params": dict, "command": lambda: "sample", "results": seen.append, "debug": print, **answers}
        scripts.run(platform_modules, script, functions, tmp_path)
        return seen

    return run


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_command_finds_what_was_defined(change: str, run: Run, scripts: PreparedScripts) -> None:
    text = f"{dedent(STATE)}\nif __name__ == 'builtins':\n    exec({change + '; demisto.results(seen)'!r})\n"
    first = run(text)
    assert len(first) == 1
    assert [run(text), run(text)] == [first, first]
    assert len(scripts.prepared) == 1


def test_it_is_put_back_after_an_error(run: Run) -> None:
    text = "kept = []\nif __name__ == 'builtins':\n    kept.append(1)\n    raise LookupError(len(kept))\n"
    for _ in range(2):
        with pytest.raises(LookupError, match="1"):
            run(text)


def test_what_asks_the_server_is_done_for_each_command(run: Run, scripts: PreparedScripts) -> None:
    text = "who = demisto.command()\nif __name__ == 'builtins':\n    demisto.results(who)\n"
    assert [run(text, {"command": lambda name=name: name}) for name in "ab"] == [["a"], ["b"]]
    assert len(scripts.prepared) == 1


def test_each_command_begins_at_its_own_time(run: Run, scripts: PreparedScripts) -> None:
    text = "from datetime import datetime\nstarted = datetime.now()\nif __name__ == 'builtins':\n    demisto.results(started)\n"
    (first,), (second,) = run(text), run(text)
    assert first < second
    assert len(scripts.prepared) == 1


def test_another_import_is_another_state(run: Run, scripts: PreparedScripts, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "import colorsys\nfrom datetime import date\nseen = colorsys.__doc__, date\n"
    text += "if __name__ == 'builtins':\n    demisto.results(seen)\n"
    found = run(text)
    monkeypatch.setitem(sys.modules, "colorsys", types.ModuleType("colorsys", "another"))
    monkeypatch.setattr("datetime.date", str)
    assert run(text) == [("another", str)]
    monkeypatch.undo()
    assert run(text) == found
    assert len(scripts.prepared) == 2


@pytest.mark.parametrize(
    "definition",
    [
        "class Who:\n    name = demisto.command()\n",
        "import itertools\nclass Who:\n    name = 'sample'\nnumbers = itertools.count()\n",
    ],
)
def test_in_doubt_all_is_made_anew(definition: str, run: Run, scripts: PreparedScripts) -> None:
    text = f"{definition}if __name__ == 'builtins':\n    demisto.results(Who.name)\n"
    assert [run(text), run(text)] == [["sample"], ["sample"]]
    assert not scripts.prepared


def test_a_script_that_runs_inside_of_itself_has_a_state_of_its_own(run: Run) -> None:
    text = "kept = []\nif __name__ == 'builtins':\n    kept.append(1)\n    demisto.dt()\n    demisto.results(len(kept))\n"
    inner = run(text, {"dt": lambda: None})
    assert run(text, {"dt": lambda: inner.extend(run(text, {"dt": lambda: None}))}) == [1]
    assert inner == [1, 1]


def test_few_scripts_are_kept(scripts: PreparedScripts, platform_modules: PlatformModules, tmp_path: Path) -> None:
    before = warnings.showwarning, sys.modules.get("demistomock")
    for number in range(30):
        script = tmp_path / f"Sample{number}.py"
        script.write_text("")
        scripts.run(platform_modules, script, {"params": dict}, tmp_path)
    assert len(scripts.prepared) == 20
    assert (warnings.showwarning, sys.modules.get("demistomock")) == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("main()", False),
        ("if __name__:\n    try:\n        main()\n    except ValueError:\n        pass", False),
        ("logging.raiseExceptions = False", False),
        ("name = 1", True),
        ("if name:\n    import json", True),
        ("class Name:\n    pass", True),
        ("for name in names:\n    print(name)", True),
    ],
)
def test_what_binds_names_is_a_definition(text: str, expected: bool) -> None:
    assert binds(ast.parse(text).body[0]) is expected
