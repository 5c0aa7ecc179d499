"""The gate can fail. Each damage is done to a copy of the pack, and the check that is made for it has to refuse it.

All damages of one group are done to one copy, because a tool of the SDK takes seconds to start. None hides another.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pack_files import read_item
from sdk_gate.checks import Finding, every_check, misaligned_test_data, validate
from sdk_gate.content_repository import PACK, ROOT, ContentRepository

Change = Callable[[dict[str, Any]], object]
Do = Callable[[Path], None]

DATASET = "absolute_secure_endpoint_raw"
MODULE = "ApiModules/Scripts/TextApiModule/TextApiModule.py"
KEY = "fJ7!qZ0xW3vB9mKtR5yLdG2hPcN8sE4u"


@dataclass(frozen=True)
class Damage:
    """What is done to the folder of the pack, and the finding that it has to lead to."""

    do: Do
    code: str
    message: str
    place: str = ""


def item(name: str, change: Change) -> Do:
    """A damage to what a YAML or JSON file holds."""

    def do(pack: Path) -> None:
        path = pack / name
        content = read_item(path)
        change(content)
        path.write_text(json.dumps(content) if path.suffix == ".json" else yaml.safe_dump(content, sort_keys=False))

    return do


def manifest(change: Change) -> Do:
    """A damage to Absolute.yml."""
    return item("Integrations/Absolute/Absolute.yml", change)


def text(name: str, change: Callable[[str], str]) -> Do:
    """A damage to the text of a file."""

    def do(pack: Path) -> None:
        path = pack / name
        before = path.read_text()
        path.write_text(change(before))
        assert path.read_text() != before

    return do


def append(name: str, end: str) -> Do:
    """A damage to the end of a file of the integration."""
    return text(f"Integrations/Absolute/{name}", lambda before: before + end)


def remove(name: str) -> Do:
    return lambda pack: (pack / name).unlink()


def second_python_file(pack: Path) -> None:
    (pack / "Integrations/Absolute/helpers.py").touch()


def remove_row_from_readme(path: str) -> Do:
    def without_row(readme: str) -> str:
        return "".join(line for line in readme.splitlines(keepends=True) if not line.startswith(f"| {path} |"))

    return text("Integrations/Absolute/README.md", without_row)


def commands(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {command["name"]: command for command in content["script"]["commands"]}


def latest_image(content: dict[str, Any]) -> None:
    content["script"]["dockerimage"] = "demisto/auth-utils:latest"


def undotted_argument(content: dict[str, Any]) -> None:
    commands(content)["absolute-device-get"]["arguments"][0]["description"] = "The devices"


def undotted_command(content: dict[str, Any]) -> None:
    commands(content)["absolute-device-list"]["description"] = "Lists devices"


def output_that_the_readme_lacks(content: dict[str, Any]) -> None:
    output = {"contextPath": "Absolute.Device.ShoeSize", "description": "The shoe size.", "type": "Number"}
    commands(content)["absolute-device-get"]["outputs"].append(output)


def command_without_code(content: dict[str, Any]) -> None:
    content["script"]["commands"].append({"name": "absolute-device-teleport", "description": "Teleports.", "arguments": []})


def unknown_policy(content: dict[str, Any]) -> None:
    commands(content)["absolute-device-freeze-request"]["compliantpolicies"] = ["Ice Age"]


def task_of(playbook: dict[str, Any], name: str) -> dict[str, Any]:
    """A task by its name, its command or its sub-playbook."""
    return next(task for task in playbook["tasks"].values() if name in (task["task"].get("script"), task["task"]["name"]))


def command_on_every_instance(playbook: dict[str, Any]) -> None:
    del task_of(playbook, "|||absolute-device-unenroll")["scriptarguments"]["using"]


def command_on_a_fixed_instance(playbook: dict[str, Any]) -> None:
    task_of(playbook, "|||absolute-wipe-actions-list")["scriptarguments"]["using"] = {"simple": "Absolute_instance_1"}


def sub_playbook_on_every_instance(playbook: dict[str, Any]) -> None:
    del task_of(playbook, "Absolute - Find Devices")["scriptarguments"]["Instance"]


def one_task_too_many(playbook: dict[str, Any]) -> None:
    """Titles before its end, until it is too long."""
    tasks: dict[str, dict[str, Any]] = playbook["tasks"]
    (end,) = (task for task in tasks.values() if not task.get("nexttasks"))
    for number in range(31 - len(tasks)):
        title: dict[str, Any] = {**end, "id": f"title{number}", "taskid": str(uuid.uuid5(uuid.NAMESPACE_URL, str(number)))}
        title["task"] = {**end["task"], "id": title["taskid"], "name": f"Title {number}"}
        end["nexttasks"] = {"#none#": [title["id"]]}
        tasks[title["id"]], end = title, title


def unchecked_input(playbook: dict[str, Any]) -> None:
    playbook["inputs"].append({"key": "Hurry", "value": {"simple": "false"}, "required": False, "description": "Be quick."})


def unchecked_number(playbook: dict[str, Any]) -> None:
    del task_of(playbook, "Check the inputs")["scriptarguments"]["Follow_hours"]


def rename_function(rule: dict[str, Any]) -> None:
    rule["xql_query"] = rule["xql_query"].replace("max(_time)", "median(_time)")


def close_no_bracket(dashboard: dict[str, Any]) -> None:
    dashboard["widgets_data"][0]["data"]["phrase"] += "\n| alter last = coalesce(_time"


DAMAGES = {
    "description of an argument without a dot": Damage(manifest(undotted_argument), "DS108", "absolute-device-get"),
    "description of a command without a dot": Damage(manifest(undotted_command), "description", "Lists devices"),
    "output that the README lacks": Damage(manifest(output_that_the_readme_lacks), "RM102", "Absolute.Device.ShoeSize"),
    "output that only the README has": Damage(
        remove_row_from_readme("Absolute.FreezeMessage.Content"), "RM102", "Absolute.FreezeMessage.Content"
    ),
    "command that the README lacks": Damage(manifest(command_without_code), "RM110", "absolute-device-teleport"),
    "command missing from the code": Damage(lambda _: None, "E9010", "absolute-device-teleport"),
    "image without a fixed tag": Damage(manifest(latest_image), "DO100", "latest"),
    "unknown policy": Damage(manifest(unknown_policy), "BA112", "Ice Age"),
    "category that does not exist": Damage(manifest(lambda content: content.update(category="Laptops")), "IN104", "category"),
    "print": Damage(append("Absolute.py", "\nprint('hello')\n"), "E9002", "Print"),
    "sleep": Damage(append("Absolute.py", "\nimport time\ntime.sleep(60)\n"), "E9003", "Sleep"),
    "print in a script of the playbooks": Damage(
        text("Scripts/AbsoluteActionReport/AbsoluteActionReport.py", lambda before: before + "\nprint('hello')\n"),
        *("E9002", "Print", "AbsoluteActionReport.py:"),
    ),
    "sleep in a script of the playbooks": Damage(
        text("Scripts/AbsoluteCaseReport/AbsoluteCaseReport.py", lambda before: before + "\nimport time\ntime.sleep(60)\n"),
        *("E9003", "Sleep", "AbsoluteCaseReport.py:"),
    ),
    "sleep in a module": Damage(
        text(f"../{MODULE}", lambda before: before + "\nimport time\ntime.sleep(60)\n"),
        *("E9003", "Sleep", "TextApiModule.py:"),
    ),
    "address in a module": Damage(
        text(f"../{MODULE}", lambda before: before + "\nHOME = 'https://evil.test'\n"),
        *("secret", "Packs/ApiModules/.secrets-ignore takes it", "TextApiModule.py"),
    ),
    "second return_error": Damage(
        append("Absolute.py", "\ndef stop() -> None:\n    return_error('')\n"), "W9011", "return_error"
    ),
    "second Python file": Damage(second_python_file, "path", "name must start with"),
    "key in the code": Damage(append("Absolute.py", f"\nSECRET = '{KEY}'\n"), "secret", KEY),
    "address in the code": Damage(append("Absolute.py", "\nHOME = 'https://evil.test'\n"), "secret", "https://evil.test"),
    "parsing rule without its file": Damage(remove("ParsingRules/Absolute/Absolute.xif"), "XQL", "No such file"),
    "field that the data model lacks": Damage(
        text("ModelingRules/Absolute/Absolute.xif", lambda rule: rule.replace("xdm.event.id =", "xdm.event.number =", 1)),
        *("XQL", "xdm.event.number"),
    ),
    "column of an unknown type": Damage(
        item("ModelingRules/Absolute/Absolute_schema.json", lambda schema: schema[DATASET]["verb"].update(type="text")),
        *("MR106", "text"),
    ),
    "test data without what is expected of them": Damage(
        item("ModelingRules/Absolute/Absolute_testdata.json", lambda data: data["data"][0]["expected_values"].clear()),
        *("testdata", "expected values"),
    ),
    "correlation rule with an unknown function": Damage(
        item("CorrelationRules/Absolute_Silence_After_a_Location_Change.yml", rename_function), "XQL", "median"
    ),
    "correlation rule that runs never": Damage(
        item("CorrelationRules/Absolute_Antivirus_Protection_Lost.yml", lambda rule: rule.update(crontab="sometimes")),
        *("value", "crontab: sometimes"),
    ),
    "severity that is none": Damage(
        item("CorrelationRules/Absolute_Many_Devices_Frozen_or_Wiped.yml", lambda rule: rule.update(severity="HIGH")),
        *("value", "severity: HIGH"),
    ),
    "tactic that is none": Damage(
        item(
            "CorrelationRules/Absolute_Device_Moved_to_Another_Country.yml", lambda rule: rule.update(mitre_defs={"Travel": []})
        ),
        *("value", "mitre_defs: Travel"),
    ),
    "correlation rule that runs every five minutes": Damage(
        item("CorrelationRules/Absolute_Many_Devices_Frozen_or_Wiped.yml", lambda rule: rule.update(crontab="*/5 * * * *")),
        *("value", "runs again within 10 minutes"),
    ),
    "suppression of two days": Damage(
        item(
            "CorrelationRules/Absolute_New_Address_of_a_User_or_Token.yml",
            lambda rule: rule.update(suppression_duration="2 days"),
        ),
        *("value", "2 days is longer than a day"),
    ),
    "rule that asks for the time of its run": Damage(
        text(
            "CorrelationRules/Absolute_New_Address_of_a_User_or_Token.yml",
            lambda rule: rule.replace("time_frame_end()", "current_time()"),
        ),
        *("value", "current_time()"),
    ),
    "aggregation with the drill-down of an event": Damage(
        item(
            "CorrelationRules/Absolute_Silence_After_a_Location_Change.yml",
            lambda rule: rule.update(drilldown_query_timeframe="ALERT"),
        ),
        *("value", "has to be QUERY"),
    ),
    "low severity that nobody is told of": Damage(
        item("CorrelationRules/Absolute_Antivirus_Protection_Lost.yml", lambda rule: rule.update(severity="SEV_020_LOW")),
        *("value", "open no case"),
    ),
    "dashboard of eight columns": Damage(
        item(
            "Dashboards/dashboard-Absolute_Lost_Devices.json", lambda board: [each.update(x=0, w=8) for each in board["layout"]]
        ),
        *("value", "8 of 12 columns"),
    ),
    "dashboard with a query that cannot be read": Damage(
        item("XSIAMDashboards/Absolute_Dashboard.json", close_no_bracket), "XQL", ") is missing"
    ),
    "widget that cannot be drawn": Damage(
        item("Widgets/widget-Absolute_Freeze_Status.json", lambda widget: widget.update(widgetType="hologram")),
        *("value", "widgetType: hologram"),
    ),
    "widget of unknown data": Damage(
        item("Widgets/widget-Absolute_Frozen_Devices.json", lambda widget: widget.update(dataType="devices")),
        *("value", "dataType: devices"),
    ),
    "command on every instance": Damage(
        item("Playbooks/playbook-Absolute_-_Unenroll_Devices.yml", command_on_every_instance),
        *("instance", "Check which devices can be unenrolled", "Unenroll_Devices"),
    ),
    "command on a fixed instance": Damage(
        item("Playbooks/playbook-Absolute_-_Wipe_Devices.yml", command_on_a_fixed_instance),
        "instance",
        "does not hand on",
        "Wipe_Devices",
    ),
    "sub-playbook on every instance": Damage(
        item("Playbooks/playbook-Absolute_-_Unfreeze_Devices.yml", sub_playbook_on_every_instance),
        *("instance", "Absolute - Find Devices", "Unfreeze_Devices"),
    ),
    "yes or no that no task checks": Damage(
        item("Playbooks/playbook-Absolute_-_Update_Device_Fields.yml", unchecked_input),
        *("input", "Hurry", "Update_Device_Fields"),
    ),
    "number that the first task does not check": Damage(
        item("Playbooks/playbook-Absolute_-_Follow_Device_Location.yml", unchecked_number),
        *("input", "Follow_hours", "Follow_Device_Location"),
    ),
    "playbook of 31 tasks": Damage(
        item("Playbooks/playbook-Absolute_-_Freeze_Devices.yml", one_task_too_many),
        *("length", "has 31 tasks", "Freeze_Devices"),
    ),
    "test playbook without a start": Damage(
        item("TestPlaybooks/playbook-Absolute_Test.yml", lambda playbook: playbook.pop("starttaskid")), "ST110", "starttaskid"
    ),
}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    repository = ContentRepository(tmp_path_factory.mktemp("damaged"))
    for damage in DAMAGES.values():
        damage.do(repository.folder / PACK)
    repository.commit()
    return every_check(repository)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damage_is_refused(findings: list[Finding], damage: Damage) -> None:
    refused = [
        finding
        for finding in findings
        if (finding.code, damage.message in finding.message, damage.place in finding.place) == (damage.code, True, True)
    ]
    assert refused, "\n".join(map(str, findings))


UNKNOWN_KEYS = (
    "Classifiers/classifier-Absolute.json",
    "Classifiers/classifier-mapper-incoming-Absolute.json",
    "CorrelationRules/Absolute_Antivirus_Protection_Lost.yml",
    "Dashboards/dashboard-Absolute_Lost_Devices.json",
    "IncidentFields/incidentfield-Absolute_ESN.json",
    "IncidentTypes/incidenttype-Absolute_Device_Event.json",
    "Integrations/Absolute/Absolute.yml",
    "Layouts/layoutscontainer-Absolute_Device_Event.json",
    "ModelingRules/Absolute/Absolute.yml",
    "ParsingRules/Absolute/Absolute.yml",
    "Playbooks/playbook-Absolute_-_Freeze_Devices.yml",
    "Scripts/AbsoluteCaseReport/AbsoluteCaseReport.yml",
    "Triggers/Trigger_-_Absolute_Antivirus_Protection_Lost.json",
    "Widgets/widget-Absolute_Freeze_Status.json",
    "XSIAMDashboards/Absolute_Dashboard.json",
)


def number_for_a_verb(data: dict[str, Any]) -> None:
    del data["data"][1:]
    data["data"][0]["event_data"]["verb"] = 7


def test_test_data_of_another_type_than_their_column_are_seen(tmp_path: Path) -> None:
    repository = ContentRepository(tmp_path)
    item("ModelingRules/Absolute/Absolute_testdata.json", number_for_a_verb)(repository.folder / PACK)
    (finding,) = misaligned_test_data(repository)
    assert "verb" in finding.message


def test_every_kind_of_content_is_reached(tmp_path: Path) -> None:
    """An unknown key in one item of each. In a copy of its own: what the SDK cannot read is seen by no other check."""
    repository = ContentRepository(tmp_path)
    for name in UNKNOWN_KEYS:
        item(name, lambda content: content.update(colour="blue"))(repository.folder / PACK)
    (repository.folder / PACK / "README.md").unlink()
    repository.commit()
    found = {(each.code, each.place) for each in validate(repository)}
    assert {("ST110", str(PACK / name)) for name in UNKNOWN_KEYS} <= found
    assert ("PA128", str(PACK)) in found


def test_no_kind_of_content_is_forgotten() -> None:
    """The list above has an item of each folder; test playbooks have a damage, release notes and pictures are no items."""
    folders = {path.name for path in (ROOT / PACK).iterdir() if path.is_dir()}
    assert {name.partition("/")[0] for name in UNKNOWN_KEYS} == folders - {"ReleaseNotes", "TestPlaybooks", "doc_files"}
