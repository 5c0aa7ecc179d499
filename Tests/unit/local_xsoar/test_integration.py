"""What is read from the manifest, and how prepare-content is run and remembered."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from local_xsoar import Integration, load_integration, pack
from local_xsoar.pack import PrepareContentError

from .conftest import SAMPLE


def copy_of_sample(folder: Path) -> Path:
    shutil.copytree(SAMPLE.parents[1], folder / "Packs" / "Sample")
    return folder / "Packs" / "Sample" / "Integrations" / "Sample"


def test_the_manifest_is_read(sample: Integration) -> None:
    command = sample.commands["sample-device-list"]
    ids, name = command.arguments
    assert (ids.name, ids.required, ids.default, ids.is_array) == ("ids", True, True, True)
    assert (name.default_value, name.predefined, name.required) == ("nobody", ("nobody", "somebody"), False)
    assert command.outputs == ("Sample.Device.Id", "Sample.Device.Name")
    assert not command.execution
    assert sample.commands["sample-crash"].execution
    assert sample.commands["sample-echo"].by_name["secret_text"].secret
    assert sample.commands["sample-echo"].by_name["internal"].hidden


def test_parameters_have_the_defaults_of_an_untouched_instance(sample: Integration) -> None:
    assert sample.default_params == {
        "url": "https://example.com",
        "credentials": {"identifier": "", "password": "", "credentials": {}},
        "insecure": False,
        "proxy": True,
        "steps": None,
    }


def test_the_script_is_the_unified_one(sample: Integration) -> None:
    script = sample.script_path.read_text(encoding="utf-8")
    assert "register_module_line('Sample', 'start', __line__())" in script
    assert "import demistomock" not in script


def test_prepare_content_runs_once_for_the_same_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_integration(SAMPLE)
    monkeypatch.setattr(pack.subprocess, "run", lambda *_args, **_kwargs: pytest.fail("prepare-content ran again"))
    load_integration(copy_of_sample(tmp_path))


def test_a_changed_file_is_prepared_again_and_nothing_is_written_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pack, "CACHE", tmp_path / "cache")
    folder = copy_of_sample(tmp_path)
    with (folder / "Sample.py").open("a") as script:
        script.write("# changed\n")
    before = sorted(tmp_path.rglob("Packs/**/*"))
    changed = load_integration(folder)
    assert "# changed" in changed.script_path.read_text(encoding="utf-8")
    assert sorted(tmp_path.rglob("Packs/**/*")) == before


def test_what_is_missing_is_prepared_by_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack, "CACHE", tmp_path / "cache")
    runs, run = [], pack.subprocess.run

    def counted(*args: Any, **kwargs: Any) -> Any:
        runs.append(args)
        return run(*args, **kwargs)

    monkeypatch.setattr(pack.subprocess, "run", counted)
    scripts = sorted(path for path in (SAMPLE.parents[1] / "Scripts").iterdir() if path.is_dir())
    made = pack.unified_yamls(SAMPLE, *scripts)
    assert len(runs) == 1
    assert pack.unified_yamls(*scripts, SAMPLE) == [*made[1:], made[0]]
    assert len(runs) == 1
    assert [yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)["name"] for path in made] == [
        "Sample",
        *(script.name for script in scripts),
    ]


def test_what_the_sdk_refuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack, "CACHE", tmp_path / "cache")
    folder = copy_of_sample(tmp_path)
    (folder / "Sample.yml").write_text("nonsense", encoding="utf-8")
    with pytest.raises(PrepareContentError, match="prepare-content failed on"):
        load_integration(folder)


def test_a_folder_without_a_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no .*\.yml"):
        load_integration(tmp_path)
