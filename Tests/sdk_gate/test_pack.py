"""The pack passes every check of the SDK, and what is built from it is complete."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from sdk_gate.checks import build_zip, every_check, read_manifest, validate
from sdk_gate.content_repository import INTEGRATION, PACK, ContentRepository


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> ContentRepository:
    return ContentRepository(tmp_path_factory.mktemp("pack"))


def test_every_check_passes(repository: ContentRepository) -> None:
    findings = every_check(repository)
    assert not findings, "\n" + "\n".join(map(str, findings))


def test_validate_passes_with_the_rules_for_packs_that_cortex_supports(tmp_path: Path) -> None:
    repository = ContentRepository(tmp_path)
    metadata = repository.folder / PACK / "pack_metadata.json"
    metadata.write_text(json.dumps(json.loads(metadata.read_text()) | {"support": "xsoar"}))
    repository.commit()
    findings = validate(repository)
    assert not findings, "\n" + "\n".join(map(str, findings))


def test_prepare_content_unifies_the_integration(repository: ContentRepository, tmp_path: Path) -> None:
    unified = tmp_path / "unified.yml"
    done = repository.run("demisto_sdk", "prepare-content", "--input", str(INTEGRATION), "--output", str(unified))
    assert done.returncode == 0, done.stdout + done.stderr
    assert_unified(yaml.safe_load(unified.read_text()), repository)


def test_zip_packs_builds_a_complete_pack(repository: ContentRepository, tmp_path: Path) -> None:
    with zipfile.ZipFile(build_zip(repository, tmp_path)) as built:
        assert built.testzip() is None
        names = set(built.namelist())
        assert {"metadata.json", "README.md", "Integrations/integration-Absolute.yml"} <= names
        source = json.loads((repository.folder / PACK / "pack_metadata.json").read_text())
        metadata = json.loads(built.read("metadata.json"))
        assert (metadata["name"], metadata["currentVersion"]) == (source["name"], source["currentVersion"])
        assert f"ReleaseNotes/{source['currentVersion'].replace('.', '_')}.md" in names
        assert_unified(yaml.safe_load(built.read("Integrations/integration-Absolute.yml")), repository)
        assert not [name for name in names if "test" in name.lower() and not name.startswith("TestPlaybooks/")]


def assert_unified(unified: dict[str, Any], repository: ContentRepository) -> None:
    folder = repository.folder / INTEGRATION
    manifest = read_manifest(repository)
    assert [each["name"] for each in unified["script"]["commands"]] == [each["name"] for each in manifest["script"]["commands"]]
    last_lines = (folder / "Absolute.py").read_text().rstrip().splitlines()[-2:]
    assert "\n".join(last_lines) in unified["script"]["script"]
    assert unified["script"]["dockerimage"] == manifest["script"]["dockerimage"]
    assert unified["image"].startswith("data:image/png;base64,")
    assert (folder / "Absolute_description.md").read_text().splitlines()[0] in unified["detaileddescription"]
