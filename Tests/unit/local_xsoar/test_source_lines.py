"""Every line of the unified script is found where it was written."""

from pathlib import Path

from local_xsoar import Integration
from local_xsoar.source_lines import modules_of, source_lines

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
    modules = modules_of(integration.script_path.read_text("utf-8"))
    assert sorted(modules) == sorted(path.stem for path in PACKS.glob("ApiModules/Scripts/*/*ApiModule.py"))
