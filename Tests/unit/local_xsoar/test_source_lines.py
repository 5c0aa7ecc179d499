"""Every line of the unified script is found where it was written."""

import ast
from collections import Counter
from pathlib import Path

from local_xsoar import Integration
from local_xsoar.source_lines import BEGIN, source_lines

PACKS = Path(__file__).resolve().parents[3] / "Packs"


def test_each_line_of_the_integration_is_the_one_of_its_source(integration: Integration) -> None:
    script = integration.script_path.read_text("utf-8")
    files = [*PACKS.glob("ApiModules/Scripts/*/*ApiModule.py"), PACKS / "Absolute" / "Integrations" / "Absolute" / "Absolute.py"]
    sources = {path.stem: path.read_text("utf-8").splitlines() for path in files}
    placed = [(text, place) for text, place in zip(script.splitlines(), source_lines(script, "Absolute"), strict=True) if place]
    wrong = [(text, place) for text, place in placed if text and sources[place.module][place.number - 1] != text]
    assert not wrong
    assert {place.module for _, place in placed} == {*sources}


def test_no_module_is_in_the_script_twice(integration: Integration) -> None:
    modules = BEGIN.findall(integration.script_path.read_text("utf-8"))
    assert sorted(modules) == sorted(path.stem for path in PACKS.glob("ApiModules/Scripts/*/*ApiModule.py"))


def test_no_name_is_defined_twice(integration: Integration) -> None:
    """All modules share the names of one script: a second definition would take the place of the first without a word."""
    defined: Counter[str] = Counter()
    for node in ast.parse(integration.script_path.read_text("utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            defined[node.name] += 1
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            defined.update(name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))
    assert {name: times for name, times in defined.items() if times > 1} == {}
