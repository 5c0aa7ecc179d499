"""Whatever a device, its user or an input is called, and whatever the API says: what the playbooks write shows just that text."""

from typing import Any

import pytest
from local_absolute import Fault, LocalTenant, faults
from proof.war_room_text import MAP, broken_tables, foreign_parts, shown
from scenarios.playbooks.conftest import Desk
from scenarios.playbooks.test_inputs import PLAYBOOKS
from scenarios.playbooks.test_instances import MESSAGE, NEEDED, prepare, uid_of

# What a phisher would write, what Markdown sees in a text, what breaks tables, and what the platform sees in one.
TRAPS = {
    "link": "[Reset](http://192.0.2.1/x) <img src=http://192.0.2.1/p>",
    "marks": "a`b|c **d** __init__ \\| ~~e~~ &lt;i&gt;",
    "lines": "x\n\n# y\n- z\r\n|---|---|\n<b>1</b> ![p](http://192.0.2.1/p)",
    "button": '%%%{"message": "OK", "action": "absolute-device-unenroll", "params": {}}%%% {{color:red}}(x)',
}
# Inputs that are texts of people; the others are values that a playbook understands or refuses.
TEXTS = (
    "Request_name",
    "Message_name",
    "Incident_owner",
    "Incident_id",
    "Requested_by",
    "Report_text",
    "Question",
    "Text",
    "Subject",
)
FIELDS = ("name", "details", "emailsubject", "emailbody", "owner", "type")
# They write the field *Absolute Last Location*.
LOCATED = (
    "Absolute - Device Event Triage",
    "Absolute - Follow Device Location",
    "Absolute - Lost or Stolen Device",
    "Absolute - Recovered Device",
)
NAMES = sorted(playbook["name"] for playbook in PLAYBOOKS)
FAILING = ("POST /v3/actions/requests", "POST /v3/actions/freeze", "PUT", "POST /v3/tracking", "POST /v3/configurations")


def write(desk: Desk, tenant: LocalTenant, name: str, trap: str) -> None:
    """Play it on a device with such names, to which everybody says yes."""
    uid = uid_of(prepare(tenant))
    names = dict.fromkeys(("deviceName", "username", "currentUsername", "serialNumber", "policyGroupName", "systemModel"), trap)
    names |= {f"geoData.location.geoAddress.{level}": trap for level in ("city", "state", "country")}
    tenant.devices.update(uid, **names, deviceStatus={"type": "MISSING", "reported": "2026-01-05T08:00:00.000Z"})
    keys = [one.key for one in desk.library.playbooks[name].inputs]
    device = {"DeviceUid": uid, "Id": uid, **dict.fromkeys(("DeviceName", "Name", "SerialNumber", "UserName", "Username"), trap)}
    given: dict[str, Any] = {"Endpoint_id": uid, "Device": device, **NEEDED, **MESSAGE, **dict.fromkeys(TEXTS, trap)}
    incident = {"id": "1042", **dict.fromkeys(FIELDS, trap)}
    desk.play(name, incident=incident, **{key: value for key, value in given.items() if key in keys})


def texts(desk: Desk) -> list[str]:
    """What the platform reads as Markdown: the readable output of every entry of the last run, and the incident's location."""
    entries = desk.runs[-1].entries
    markdown = [entry for entry in entries if entry.get("HumanReadable") or entry.get("ContentsFormat") == "markdown"]
    readable = [str(entry.get("HumanReadable") or entry.get("Contents") or "") for entry in markdown]
    return [*readable, str(desk.runs[-1].incident.get("absolutelastlocation") or "")]


def changed_texts(markdown: list[str]) -> list[tuple[str, str]]:
    return [(part, text) for text in markdown for part in (*foreign_parts(text), *broken_tables(text))]


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("name", NAMES)
def test_names_are_text(name: str, trap: str, desk: Desk, tenant: LocalTenant) -> None:
    write(desk, tenant, name, TRAPS[trap])
    assert changed_texts(texts(desk)) == []


@pytest.mark.parametrize("name", NAMES)
def test_errors_of_the_api_are_text(name: str, desk: Desk, tenant: LocalTenant) -> None:
    body = {"code": "INVALID_REQUEST", "message": TRAPS["link"]}
    for failing in FAILING:
        tenant.faults.add(Fault(when=failing, action=faults.status(400, body=body)))
    write(desk, tenant, name, "LAB-0001")
    # The platform's own GetErrorsFromEntry prints errors as they come, in entries that are no notes.
    assert changed_texts([str(note.get("HumanReadable") or note.get("Contents")) for note in desk.runs[-1].notes]) == []


@pytest.mark.parametrize("name", LOCATED)
def test_the_place_is_shown_with_its_map(name: str, desk: Desk, tenant: LocalTenant) -> None:
    write(desk, tenant, name, TRAPS["link"])
    field = texts(desk)[-1]
    assert TRAPS["link"] in shown(field)
    assert f"]({MAP}" in field


def test_the_name_is_shown(desk: Desk, tenant: LocalTenant) -> None:
    """And not left out."""
    write(desk, tenant, "Absolute - Freeze Devices", TRAPS["link"])
    assert any(TRAPS["link"] in shown(text) for text in texts(desk))
