"""Incident fields, types, classifier, mapper and layouts: they fit each other, and what the integration really fetches."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from local_absolute import LocalTenant, ManualClock
from local_xsoar import Integration, PlatformModules, WarRoom
from pack_files import PACK, manifest, read_item

Content = dict[str, Any]


def contents(folder: str) -> list[Content]:
    return [read_item(path) for path in sorted((PACK / folder).glob("*.json"))]


MANIFEST = manifest()
BUTTON = read_item(PACK / "Scripts/AbsoluteInstance/AbsoluteInstance.yml")
COMMANDS = {command["name"]: command for command in MANIFEST["script"]["commands"]}
PLAYBOOKS = {read_item(path)["id"] for path in (PACK / "Playbooks").glob("*.yml")}
FIELDS = {field["cliName"]: field for field in contents("IncidentFields") if "xsoar" in field.get("marketplaces", ["xsoar"])}
TYPES = {kind["name"]: kind for kind in contents("IncidentTypes")}
LAYOUTS = {layout["id"]: layout for layout in contents("Layouts")}
CLASSIFIER, MAPPER = contents("Classifiers")

EVERY_TYPE = "dbot_classification_incident_type_all"
EVENT, LOST = "Absolute Device Event", "Absolute Lost or Stolen Device"
# Of the pack Common Types, associated with every incident type.
COMMON_FIELDS = {"deviceid": "Device Id", "devicename": "Device Name", "eventtype": "Event Type"}
SYSTEM_FIELDS = {"attachment", "details", "name", "occurred", "owner", "playbookid", "severity", "sourceinstance", "type"}
SYSTEM_FIELDS |= {"closenotes", "closereason", "dbotclosed", "dbotcreated", "dbotduedate", "dbotmirrorid", "dbotmodified"}
# What an analyst types into the dialog of a button.
TYPED = {
    "dry_run": "true",
    "email_contacts": "soc@example.com",
    "html_message": "<p>Call +1 555 0100.</p>",
    "message": "<p>Call +1 555 0100.</p>",
    "message_name": "lock",
    "request_name": "IR-1",
}
IRREVERSIBLE = {"absolute-device-unenroll", "absolute-file-delete-request-create", "absolute-wipe-request-create"}

MISSING = "LAB-0001"


# A small reading of what the platform does --------------------------------------------------------------------------


def look_up(accessor: Mapping[str, str], raw: Any) -> Any:
    """What `{"simple": "a.b"}` finds in raw JSON; None when there is nothing."""
    for name in accessor["simple"].split("."):
        raw = raw.get(name) if isinstance(raw, Mapping) else None
    return raw


def classify(raw: Content) -> str:
    incident_type: str = CLASSIFIER["keyTypeMap"].get(look_up(CLASSIFIER["transformer"], raw), CLASSIFIER["defaultIncidentType"])
    return incident_type


def mapping_of(incident_type: str) -> dict[str, dict[str, str]]:
    """Field name → accessor; the mapping of every type goes for each."""
    return {**MAPPER["mapping"][EVERY_TYPE]["internalMapping"], **MAPPER["mapping"][incident_type]["internalMapping"]}


def mapped(raw: Content) -> Content:
    """The fields that the mapper fills."""
    found = {name: look_up(accessor, raw) for name, accessor in mapping_of(classify(raw)).items()}
    return {name: value for name, value in found.items() if value}


def fields_of(incident_type: str) -> dict[str, str]:
    """cliName → name of the fields that an incident of the type has."""
    own = {
        name: field["name"]
        for name, field in FIELDS.items()
        if field["associatedToAll"] or incident_type in field["associatedTypes"]
    }
    return COMMON_FIELDS | own


def items(layout: Content, kind: str) -> list[Content]:
    sections = (section for tab in layout["detailsV2"]["tabs"] for section in tab.get("sections", []))
    return [item for section in sections for item in section.get("items", []) if item["sectionItemType"] == kind]


def buttons() -> Iterator[tuple[str, str, Content]]:
    """Incident type, command and arguments of each button: a script runs the command on one instance."""
    for incident_type, layout in LAYOUTS.items():
        for button in items(layout, "button"):
            assert button["scriptId"] == BUTTON["commonfields"]["id"], button["name"]
            args = {name: value for name, value in button["args"].items() if name != "command"}
            yield incident_type, button["args"]["command"]["simple"], args


# What is fetched ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def weeks() -> ManualClock:
    """The clock of `visited`."""
    return ManualClock()


@pytest.fixture(scope="module")
def visited(weeks: ManualClock) -> Iterator[LocalTenant]:
    """The tenant that the incidents of this file are fetched from."""
    with LocalTenant(devices=60, seed=7, clock=weeks, rate_limit=None) as tenant:
        yield tenant


@pytest.fixture(scope="module")
def fetched(
    visited: LocalTenant, weeks: ManualClock, integration: Integration, platform_modules: PlatformModules
) -> list[Content]:
    """The raw JSON of really fetched incidents of each kind, and of the gap that a week without a fetch leaves."""
    token = visited.tokens.create_symmetric()
    params = {
        "url": visited.url,
        "credentials": {"identifier": token.id, "password": token.secret},
        "fetch_types": "SIEM events,Missing devices,Non-compliant devices",
        "event_types": "",
    }
    room = WarRoom(integration, params, platform_modules, wait=weeks.advance)
    visited.siem.antivirus_lost(visited.devices.by_name("LAB-0002")["deviceUid"])
    for user in ("CORP\\old.user", "CORP\\new.user"):
        visited.siem.user_changed(visited.devices.by_name("LAB-0003")["deviceUid"], user)
    assert room.run(f"!absolute-device-missing-report device_names={MISSING} email_contacts=soc@example.com").ok
    freeze = "absolute-device-freeze-request message_name=lock html_message=<p>Locked</p> request_name=IR"
    assert room.run(f"!{freeze} device_names={MISSING}").ok
    weeks.advance(timedelta(hours=2).total_seconds())
    assert room.execute("fetch-incidents").ok
    weeks.advance(timedelta(days=7).total_seconds())
    assert room.execute("fetch-incidents").ok
    return [json.loads(incident["rawJSON"]) for incident in room.instance.incidents]


def one(fetched: list[Content], **members: Any) -> Content:
    return next(raw for raw in fetched if members.items() <= raw.items())


def test_each_kind_of_fetched_incident_has_its_type(fetched: list[Content]) -> None:
    kinds = {raw["fetchType"] for raw in fetched}
    assert kinds == set(CLASSIFIER["keyTypeMap"])
    assert {kind: classify({"fetchType": kind}) for kind in kinds} == {
        "SIEM event": EVENT,
        "Non-compliant device": EVENT,
        "Gap": EVENT,
        "Missing device": LOST,
    }
    assert classify({"fetchType": "of a later version"}) == EVENT


@pytest.mark.parametrize("incident_type", TYPES)
def test_everything_mapped_is_really_fetched(incident_type: str, fetched: list[Content]) -> None:
    filled = {name for raw in fetched if classify(raw) == incident_type for name in mapped(raw)}
    assert filled == set(mapping_of(incident_type))


def test_a_siem_event_fills_its_fields(fetched: list[Content], visited: LocalTenant) -> None:
    device = visited.devices.by_name("LAB-0003")
    assert mapped(one(fetched, newValues={"UserName": "CORP\\new.user"})) == {
        "Absolute Fetch Type": "SIEM event",
        "Device Id": device["deviceUid"],
        "Device Name": "LAB-0003",
        "Event Type": "DeviceUserInformationUpdated",
        "Absolute Changes": [{"property": "UserName", "oldvalue": "CORP\\old.user", "newvalue": "CORP\\new.user"}],
    }


def test_an_event_of_a_request_names_it(fetched: list[Content], visited: LocalTenant) -> None:
    (request,) = visited.freeze.requests.values()
    fields = mapped(one(fetched, eventType="DeviceFreezeRequested"))
    assert fields["Absolute Request"] == request.uid
    assert fields["Device Id"] == visited.devices.by_name(MISSING)["deviceUid"]


def test_a_missing_device_fills_its_fields(fetched: list[Content], visited: LocalTenant) -> None:
    device = visited.devices.by_name(MISSING)
    fields = mapped(one(fetched, fetchType="Missing device"))
    assert fields["Device Id"] == device["deviceUid"]
    assert fields["Absolute Missing Contacts"] == ["soc@example.com"]
    assert fields["Absolute Missing Since"] == device["deviceStatus"]["reported"]


def test_values_have_the_type_of_their_field(fetched: list[Content]) -> None:
    by_name = {field["name"]: field for field in FIELDS.values()}
    values = [(by_name[name], value) for raw in fetched for name, value in mapped(raw).items() if name in by_name]
    assert {field["type"] for field, _value in values} == {"shortText", "date", "grid", "multiSelect"}
    for field, value in values:
        FITS[field["type"]](field, value)


def fits_text(field: Content, value: Any) -> None:
    assert isinstance(value, str), field["name"]


def fits_date(field: Content, value: Any) -> None:
    assert datetime.fromisoformat(value.replace("Z", "+00:00")).tzinfo, field["name"]


def fits_list(field: Content, value: Any) -> None:
    assert [type(each) for each in value] == [str] * len(value), field["name"]


def fits_grid(field: Content, rows: Any) -> None:
    """A grid takes the columns out of each row by their keys."""
    for row in rows:
        assert {column["key"] for column in field["columns"]} <= row.keys(), field["name"]


FITS = {"shortText": fits_text, "date": fits_date, "multiSelect": fits_list, "grid": fits_grid}


# How the files fit each other ---------------------------------------------------------------------------------------


def test_the_integration_names_the_classifier_and_the_mapper() -> None:
    assert (MANIFEST["defaultclassifier"], MANIFEST["defaultmapperin"]) == (CLASSIFIER["id"], MAPPER["id"])


def test_types_are_those_that_are_classified_mapped_and_laid_out() -> None:
    assert set(TYPES) == {EVENT, LOST}
    assert set(TYPES) == {*CLASSIFIER["keyTypeMap"].values(), CLASSIFIER["defaultIncidentType"]}
    assert set(TYPES) == MAPPER["mapping"].keys() - {EVERY_TYPE}
    assert {name: kind["layout"] for name, kind in TYPES.items()} == {name: name for name in LAYOUTS}


def test_each_type_runs_its_playbook() -> None:
    """Not just any: the wipe is a playbook of the pack too."""
    assert {name: kind["playbookId"] for name, kind in TYPES.items()} == {
        EVENT: "Absolute - Device Event Triage",
        LOST: "Absolute - Lost or Stolen Device",
    }
    assert {kind["playbookId"] for kind in TYPES.values()} <= PLAYBOOKS


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_called_by_its_name_and_belongs_to_types_that_exist(name: str) -> None:
    field = FIELDS[name]
    assert (field["id"], name) == (f"incident_{name}", field["name"].replace(" ", "").lower())
    assert field["associatedToAll"] or field["associatedTypes"]
    assert set(field.get("associatedTypes", [])) <= set(TYPES)
    keys = [(column["key"], column["displayName"].replace(" ", "").lower()) for column in field.get("columns", [])]
    assert all(key == title for key, title in keys)


@pytest.mark.parametrize("incident_type", TYPES)
def test_mapped_fields_belong_to_the_type(incident_type: str) -> None:
    assert set(mapping_of(incident_type)) <= set(fields_of(incident_type).values())


@pytest.mark.parametrize("incident_type", TYPES)
def test_a_layout_shows_the_fields_of_its_type_and_no_other(incident_type: str) -> None:
    layout = LAYOUTS[incident_type]
    shown = [item["fieldId"] for item in items(layout, "field")]
    assert len(shown) == len(set(shown)), "a field stands in the layout twice"
    offered = set(fields_of(incident_type))
    assert offered - {"eventtype"} <= set(shown) <= offered | SYSTEM_FIELDS
    form = [field["fieldId"] for section in layout.get("edit", {}).get("sections", []) for field in section["fields"]]
    assert set(form) <= {f"incident_{name}" for name in offered | SYSTEM_FIELDS}


@pytest.mark.parametrize("incident_type", TYPES)
def test_sections_of_a_layout_lie_side_by_side(incident_type: str) -> None:
    for tab in LAYOUTS[incident_type]["detailsV2"]["tabs"]:
        for section in tab.get("sections", []):
            assert 1 <= section["x"] + section["w"] <= section["maxW"] == 3, section["name"]
        for one_section, other in combinations(tab.get("sections", []), 2):
            beside = one_section["x"] + one_section["w"] <= other["x"] or other["x"] + other["w"] <= one_section["x"]
            below = one_section["y"] + one_section["h"] <= other["y"] or other["y"] + other["h"] <= one_section["y"]
            assert beside or below, (one_section["name"], other["name"])


# Buttons ------------------------------------------------------------------------------------------------------------


# What somebody expects of a button by what is written on it.
COMMAND_OF_BUTTON = {
    "Get Device": "absolute-device-get",
    "Get Location": "absolute-device-location-get",
    "Get Compliance": "absolute-device-compliance-list",
    "Get Missing Report": "absolute-device-missing-list",
    "Send Message to User": "absolute-device-message-send",
    "Report Missing": "absolute-device-missing-report",
    "Report Found": "absolute-device-found-report",
    "Freeze Device": "absolute-device-freeze-request",
    "Unfreeze Device": "absolute-device-remove-freeze-request",
}


def test_a_button_does_what_is_written_on_it() -> None:
    for layout in LAYOUTS.values():
        for button in items(layout, "button"):
            assert button["args"]["command"]["simple"] == COMMAND_OF_BUTTON[button["name"]]


def test_the_script_of_the_buttons_takes_what_they_give() -> None:
    offered = {argument["name"]: argument for argument in BUTTON["args"]}
    assert offered["command"]["predefined"] == sorted(COMMAND_OF_BUTTON.values())
    assert set(offered) == {"brand", "command", "instance"} | {name for _type, _command, args in buttons() for name in args}


def test_a_button_runs_a_command_on_the_device_of_the_incident() -> None:
    for incident_type, command, args in buttons():
        offered = {argument["name"]: argument for argument in COMMANDS[command]["arguments"]}
        assert set(args) <= set(offered), command
        assert {name for name, argument in offered.items() if argument.get("required")} <= set(args), command
        given = {name: value["simple"] for name, value in args.items() if value["simple"]}
        assert given == {"device_ids": "${incident.deviceid}"}, command
        assert "deviceid" in fields_of(incident_type)


def test_a_button_that_changes_something_asks_before_it_runs() -> None:
    """An argument that is marked as required and has no value opens a dialog: nothing is sent by a click alone."""
    changing = {command for _type, command, _args in buttons() if COMMANDS[command].get("execution")}
    assert changing >= {
        "absolute-device-freeze-request",
        "absolute-device-remove-freeze-request",
        "absolute-device-missing-report",
    }
    assert not changing & IRREVERSIBLE
    for _type, command, args in buttons():
        asked = {name for name, value in args.items() if value == {"simple": "", "userMarkedRequired": True}}
        assert asked == set(args) - {"device_ids"}, command
        assert ("dry_run" in asked) == (command in changing), command


def test_every_button_works(war_room: WarRoom, tenant: LocalTenant) -> None:
    uid = tenant.devices.by_name("LAB-0001")["deviceUid"]
    for _type, command, args in buttons():
        run = war_room.execute(command, {name: uid if name == "device_ids" else TYPED[name] for name in args})
        assert run.ok, (command, run.error)
