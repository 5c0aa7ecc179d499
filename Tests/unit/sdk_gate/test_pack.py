"""The pack passes every check of the SDK, and what is built from it is complete."""

import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from pack_files import read_item
from sdk_gate.checks import SIDE_BY_SIDE_ZIPS, ZIPS, build_zips, every_check, misaligned_test_data, read_manifest, validate
from sdk_gate.content_repository import INTEGRATION, PACK, ROOT, ContentRepository
from sdk_gate.side_by_side import LEFT_OUT, RENAMED
from xql.content import XSIAM_DASHBOARD
from xql.syntax import tokens

XSOAR_ONLY = {"Classifiers", "Dashboards", "IncidentTypes", "Layouts", "Widgets"}
XSIAM_ONLY = {"CorrelationRules", "ModelingRules", "ParsingRules", "Triggers", "XSIAMDashboards"}
ON_BOTH = {"IncidentFields", "Integrations", "Playbooks", "Scripts"}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> ContentRepository:
    return ContentRepository(tmp_path_factory.mktemp("pack"))


def test_every_check_passes(repository: ContentRepository) -> None:
    findings = every_check(repository)
    assert not findings, "\n" + "\n".join(map(str, findings))


def test_the_test_data_have_the_types_of_the_schema(repository: ContentRepository) -> None:
    assert misaligned_test_data(repository) == []


def test_validate_passes_with_the_rules_for_packs_that_cortex_supports(tmp_path: Path) -> None:
    repository = ContentRepository(tmp_path)
    metadata = repository.folder / PACK / "pack_metadata.json"
    metadata.write_text(json.dumps(json.loads(metadata.read_text()) | {"support": "xsoar"}))
    repository.commit()
    findings = validate(repository)
    assert not findings, "\n" + "\n".join(map(str, findings))


@pytest.fixture(scope="module")
def zips(repository: ContentRepository, tmp_path_factory: pytest.TempPathFactory) -> dict[str, zipfile.ZipFile]:
    """By file name, as `make pack` builds them."""
    return {path.name: zipfile.ZipFile(path) for path in build_zips(repository, tmp_path_factory.mktemp("dist"))}


@pytest.mark.parametrize("name", ZIPS)
def test_a_zip_is_complete(name: str, zips: dict[str, zipfile.ZipFile], repository: ContentRepository) -> None:
    built = zips[name]
    assert built.testzip() is None
    source = json.loads((repository.folder / PACK / "pack_metadata.json").read_text())
    metadata = json.loads(built.read("metadata.json"))
    assert (metadata["name"], metadata["currentVersion"]) == (source["name"], source["currentVersion"])
    files = {path for path in built.namelist() if not path.endswith("/")}
    assert {"README.md", "Author_image.png", f"ReleaseNotes/{source['currentVersion'].replace('.', '_')}.md"} <= files
    assert_unified(yaml.load(built.read("Integrations/integration-Absolute.yml"), Loader=yaml.CSafeLoader), repository)


@pytest.mark.parametrize(
    ("name", "folders"), [("Absolute.zip", XSOAR_ONLY), ("Absolute-XSIAM.zip", XSIAM_ONLY), ("Absolute-Platform.zip", XSIAM_ONLY)]
)
def test_a_zip_has_every_item_of_its_platform(name: str, folders: set[str], zips: dict[str, zipfile.ZipFile]) -> None:
    """And none of the other platform. Test playbooks are for whoever changes the pack."""
    built = Counter(
        path.partition("/")[0] for path in zips[name].namelist() if "/" in path and not path.endswith(("/", "_image.png"))
    )
    assert {folder: built[folder] for folder in folders | ON_BOTH} == {
        folder: items(folder, ZIPS[name]) for folder in folders | ON_BOTH
    }
    assert built.keys() == folders | ON_BOTH | {"ReleaseNotes", "doc_files"}


def test_each_platform_fetches_its_own(zips: dict[str, zipfile.ZipFile]) -> None:
    fetches = {
        name: yaml.load(built.read("Integrations/integration-Absolute.yml"), Loader=yaml.CSafeLoader)["script"]
        for name, built in zips.items()
    }
    kinds = {name: (script.get("isfetch", False), script.get("isfetchevents", False)) for name, script in fetches.items()}
    incidents, events = (True, False), (False, True)
    of_each = {"xsoar": incidents, "marketplacev2": events, "platform": events}
    assert kinds == {name: of_each[marketplace] for name, marketplace in (ZIPS | SIDE_BY_SIDE_ZIPS).items()}


def test_a_collector_begins_with_the_last_hour_and_a_fetch_of_incidents_with_three_days(zips: dict[str, zipfile.ZipFile]) -> None:
    """The developer documentation wants a collector to begin about now; incidents may have waited over a weekend."""
    for name, marketplace in (ZIPS | SIDE_BY_SIDE_ZIPS).items():
        manifest = yaml.load(zips[name].read("Integrations/integration-Absolute.yml"), Loader=yaml.CSafeLoader)
        (first,) = [one for one in manifest["configuration"] if one["name"] == "first_fetch"]
        assert first["defaultvalue"] == ("3 days" if marketplace == "xsoar" else "1 hour"), name


@pytest.mark.parametrize("name", SIDE_BY_SIDE_ZIPS)
def test_the_side_by_side_edition_is_named_as_a_copy(name: str, zips: dict[str, zipfile.ZipFile]) -> None:
    """What `demisto-sdk upload-custom-integration` looks at; and the pack's own id, by which a server tells packs apart."""
    manifest = yaml.load(zips[name].read("Integrations/integration-Absolute.yml"), Loader=yaml.CSafeLoader)
    assert manifest["commonfields"]["id"] == manifest["name"] == json.loads(zips[name].read("metadata.json"))["id"] == RENAMED
    assert not {path.partition("/")[0] for path in zips[name].namelist()} & set(LEFT_OUT)


@pytest.mark.parametrize("kind", ["Parsing", "Modeling"])
def test_rules_arrive_as_they_are_written(kind: str, zips: dict[str, zipfile.ZipFile]) -> None:
    """The SDK folds their lines into a YAML text: a comment must not swallow the line after it."""
    for path in (ROOT / PACK / f"{kind}Rules").iterdir():
        rule = yaml.load(
            zips["Absolute-XSIAM.zip"].read(f"{kind}Rules/external-{kind.lower()}rule-{path.name}.yml"), Loader=yaml.CSafeLoader
        )
        assert tokens(rule["rules"]) == tokens((path / f"{path.name}.xif").read_text())
        schema = path / f"{path.name}_schema.json"
        assert json.loads(rule.get("schema") or "null") == (json.loads(schema.read_text()) if schema.exists() else None)


def test_queries_arrive_as_they_are_written(zips: dict[str, zipfile.ZipFile]) -> None:
    built = zips["Absolute-XSIAM.zip"]
    for path in (ROOT / PACK / "CorrelationRules").iterdir():
        arrived = yaml.load(built.read(f"CorrelationRules/external-correlationrule-{path.name}"), Loader=yaml.CSafeLoader)
        assert arrived["xql_query"] == read_item(path)["xql_query"]
    dashboard = json.loads(built.read("XSIAMDashboards/external-xsiamdashboard-Absolute_Dashboard.json"))
    assert dashboard["widgets_data"] == XSIAM_DASHBOARD["widgets_data"]


def items(folder: str, marketplace: str) -> int:
    """How many content items of a folder of the pack are for a marketplace: all but those that name others."""
    found = [path for path in (ROOT / PACK / folder).iterdir() if path.is_dir() or path.suffix in (".json", ".yml")]
    named = [json.loads(path.read_text()).get("marketplaces", [marketplace]) for path in found if path.suffix == ".json"]
    return len(found) - sum(marketplace not in each for each in named)


def assert_unified(unified: dict[str, Any], repository: ContentRepository) -> None:
    folder = repository.folder / INTEGRATION
    manifest = read_manifest(repository)
    assert [each["name"] for each in unified["script"]["commands"]] == [each["name"] for each in manifest["script"]["commands"]]
    last_lines = (folder / "Absolute.py").read_text().rstrip().splitlines()[-2:]
    assert "\n".join(last_lines) in unified["script"]["script"]
    assert unified["script"]["dockerimage"] == manifest["script"]["dockerimage"]
    assert unified["image"].startswith("data:image/png;base64,")
    assert (folder / "Absolute_description.md").read_text().splitlines()[0] in unified["detaileddescription"]
