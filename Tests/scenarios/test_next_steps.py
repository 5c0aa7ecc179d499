"""What an answer tells to type next works as it stands, and what is missing is called missing."""

import re
from collections.abc import Callable, Iterator
from string import Template
from typing import Any

import Absolute
import pytest
from contract.commands import TARGETS, Case, written_cases
from local_absolute import ALL_PERMISSIONS, Fault, LocalTenant, Permission, Token, faults
from local_xsoar import WarRoom
from pack_files import manifest

MakeWarRoom = Callable[..., WarRoom]
ANY_UID = "c0ffee00-1111-4222-8333-444455556666"
WAIT = "polling=true interval_in_seconds=300 timeout_in_seconds=3600"
NEVER_SAID = re.compile(
    r"\bNone\b(?! is no proof| of the)|Traceback|has no attribute|not subscriptable|not iterable|KeyError|TypeError"
)

MANIFEST = manifest()
REQUIRED = {
    command["name"]: {argument["name"] for argument in command["arguments"] if argument.get("required")}
    for command in MANIFEST["script"]["commands"]
}


def typed_in(markdown: str) -> list[str]:
    """The command lines that an answer shows."""
    return re.findall(r"`(![^`]+)`", markdown)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("!absolute-wipe-request-create device_names=LAB-0001", "!absolute-wipe-certificate-get"),
        (
            "!absolute-file-delete-request-create device_names=LAB-0001 wipe_type=wipeAllUserFiles",
            "!absolute-file-delete-certificate-get",
        ),
    ],
)
def test_a_wipe_names_the_way_to_its_certificate(line: str, command: str, war_room: WarRoom) -> None:
    requested = war_room.run(line)
    (look,) = typed_in(requested.markdown)
    assert war_room.run(look).ok
    (next_step,) = typed_in(war_room.run(f"{line} send_anyway=true {WAIT}").last.markdown)
    assert next_step.startswith(f"{command} request_uid=")
    run = war_room.run(next_step)
    assert run.ok, run.error
    assert "LAB-0001" in run.markdown
    assert war_room.context.get("InfoFile.Name").endswith(".pdf")


def test_a_certificate_by_request_and_device(war_room: WarRoom, tenant: LocalTenant) -> None:
    war_room.run(f"!absolute-wipe-request-create device_names=LAB-0001,LAB-0008 {WAIT}")
    request = war_room.context.get("Absolute.WipeRequest")
    device = request["Devices"][0]
    run = war_room.run(f"!absolute-wipe-certificate-get request_uid={request['requestUid']} device_uid={device['DeviceUid']}")
    assert war_room.context.get("Absolute.WipeCertificate.DeviceUid") == device["DeviceUid"], run.error
    named = war_room.run(
        f"!absolute-wipe-certificate-get device_uid={device['DeviceUid']} certificate_uid={device['CertificateUid']}"
    )
    assert device["DeviceName"] in named.markdown
    tenant.faults.add(Fault(faults.status(503), "/v3/reporting/devices"))
    unnamed = war_room.run(
        f"!absolute-wipe-certificate-get device_uid={device['DeviceUid']} certificate_uid={device['CertificateUid']}"
    )
    assert unnamed.ok, unnamed.error
    assert "503" in unnamed.markdown
    tenant.faults.clear()
    unknown = war_room.run(f"!absolute-wipe-certificate-get request_uid={request['requestUid']} device_uid={ANY_UID}")
    assert "has no certificate yet" in unknown.error


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "give request_uid, or device_uid with certificate_uid. Example: request_uid="),
        (f"device_uid={ANY_UID}", "certificate_uid is missing"),
        (f"certificate_uid={ANY_UID}", "device_uid is missing"),
    ],
)
def test_what_a_certificate_needs(given: str, said: str, war_room: WarRoom, tenant: LocalTenant) -> None:
    assert said in war_room.run(f"!absolute-wipe-certificate-get {given}").error
    assert tenant.requests == []


def test_a_freeze_without_a_message_names_both_ways(war_room: WarRoom, tenant: LocalTenant) -> None:
    error = war_room.run("!absolute-device-freeze-request device_names=LAB-0001 request_name=x").error
    assert all(word in error for word in ("message_uid", "absolute-device-freeze-message-list", "message_name", "html_message"))
    assert tenant.requests == []


@pytest.mark.parametrize(
    ("line", "example"),
    [
        ("!absolute-device-list device_names=LAB-0*01", 'device_names="LAB-*"'),
        ('!absolute-device-application-list app_names="Ed*tor"', 'app_names="Example*"'),
        ("!absolute-device-list os_name=Win*11", 'os_name="Microsoft Wi*"'),
    ],
)
def test_examples_show_a_star_where_one_is_advised(line: str, example: str, war_room: WarRoom) -> None:
    error = war_room.run(line).error
    assert example in error
    assert war_room.run(f"{line.split()[0]} {error[error.index('Example: ') + len('Example: ') :]}").ok


@pytest.mark.parametrize(
    ("line", "begin"),
    [
        ("!endpoint ip=nonsense", 'ip: "nonsense" is not an IP address. Example: ip='),
        ("!endpoint hostname=LAB-*1", 'hostname: "LAB-*1" cannot be searched'),
        ("!absolute-custom-device-field-update device_names=LAB-0001 cdf_uid=AAAAAAAAAAAAAAAAAAAAAA value=x", "cdf_uid: "),
        ("!absolute-custom-device-field-update device_names=LAB-0001 fields='{\"No such\": 1}'", "fields: "),
    ],
)
def test_errors_name_the_argument_that_was_typed(line: str, begin: str, war_room: WarRoom) -> None:
    assert f"Error: {begin}" in war_room.run(line).error


def without_one(cases: Iterator[Case]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Of each line of the catalogue: the command, the argument that is left out, and the others."""
    seen = set()
    for case in cases:
        values = {("device_ids" if name == TARGETS else name): value for name, value in case.args.items()}
        args = {name: Template(value).safe_substitute(_Uids()) for name, value in values.items()}
        for left_out in (None, *args):
            rest = {name: value for name, value in args.items() if name != left_out}
            if (key := (case.command, frozenset(rest))) not in seen:
                seen.add(key)
                yield case.command, left_out or "", rest


class _Uids(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return ANY_UID


def test_a_missing_argument_is_called_missing(tenant: LocalTenant, token: Token) -> None:
    """Asked behind the platform, which refuses what the manifest calls required before the command sees it."""
    params = {"url": tenant.url, "credentials": {"identifier": token.id, "password": token.secret}}
    client, guard = Absolute.build_client(params), Absolute.Guard()
    client.pacer = Absolute.Pacer(10_000, 1)  # of a tenant that has no limit
    wrong: list[str] = []
    # What is pushed to XSIAM needs functions of the platform.
    cases = (case for case in written_cases() if not {"should_push_events", "push_test_record"} & set(case.args))
    for command, left_out, args in without_one(cases):
        for given in (args, {**args, left_out: ""} if left_out else args):
            try:
                answers: Any = Absolute.COMMANDS[command](dict(given), client, guard)
            except Absolute.ExplainedError as error:
                text = str(error)
            else:
                listed = answers if isinstance(answers, list) else [answers]
                text = " ".join(str(getattr(one, "readable_output", "")) for one in listed)
            if NEVER_SAID.search(text):
                wrong.append(f"{command} without {left_out or 'nothing'}: {text}")
    assert "\n".join(wrong) == ""


@pytest.mark.parametrize(
    ("command", "args"),
    [
        ("absolute-device-freeze-request", {"request_name": "IR-1", "message_name": "IR", "html_message": "<p>Locked.</p>"}),
        ("absolute-device-remove-freeze-request", {}),
        ("absolute-device-unenroll", {}),
        ("absolute-policy-group-move", {"policy_group": "Kiosks"}),
    ],
)
def test_the_first_look_leaves_room_for_others_too(
    command: str, args: dict[str, str], tenant: LocalTenant, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("AbsoluteActionsApiModule.LOOK_AT_ONCE", 0)  # as if the one device were very many
    now = [0.0]
    client = Absolute.build_client({"url": tenant.url, "credentials": {"identifier": token.id, "password": token.secret}})
    client.pacer = Absolute.Pacer(20, 1, lambda: now[0])
    assert Absolute.COMMANDS[command]({"device_names": "LAB-0001", **args}, client, Absolute.Guard())
    now[0] += 10
    assert sum(wait == 0 for _, wait in (client.pacer.turn() for _ in range(20))) == 8


def test_a_call_counts_from_when_it_is_sent_and_not_from_when_its_connection_is_made(
    tenant: LocalTenant, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handshake takes time: who counted from before it would send too many calls within the second that the limit looks at."""
    now = [0.0]
    connect = Absolute.Connection.connect

    def slow(connection: Any) -> None:
        connect(connection)
        now[0] += 0.4

    monkeypatch.setattr(Absolute.Connection, "connect", slow)
    client = Absolute.build_client({"url": tenant.url, "credentials": {"identifier": token.id, "password": token.secret}})
    client.pacer = Absolute.Pacer(1, 1, lambda: now[0])
    client.call(Absolute.GET_DEVICES)
    assert client.pacer.turn()[0].at == 1.4


def test_names_stand_beside_uids(war_room: WarRoom, tenant: LocalTenant) -> None:
    device = tenant.devices.by_name("LAB-0001")
    script = next(iter(tenant.script_library.scripts))
    for line in (
        "absolute-device-missing-report",
        "absolute-device-unenroll",
        "absolute-wipe-request-create",
        "absolute-file-delete-request-create wipe_type=wipeAllUserFiles",
        "absolute-device-message-send message=x",
        f"absolute-device-script-run script_uid={script}",
        'absolute-device-freeze-request request_name=x message_name=m html_message="<p>h</p>"',
    ):
        run = war_room.run(f"!{line} device_names=LAB-0001")
        assert run.ok, run.error
    freeze = war_room.context.get("Absolute.FreezeRequest.RequestUID")
    for line in (
        "absolute-device-missing-list",
        "absolute-device-location-get device_names=LAB-0001",
        "absolute-device-compliance-list all_results=true",
        "absolute-unenroll-actions-list",
        "absolute-wipe-actions-list",
        "absolute-file-delete-actions-list",
        "absolute-message-actions-list",
        "absolute-script-actions-list",
        f"absolute-device-freeze-request-get request_uid={freeze}",
        f"absolute-device-freeze-passcode-get request_uid={freeze}",
        "absolute-device-freeze-passcode-get device_names=LAB-0001",
        f"absolute-custom-device-field-list device_id={device['deviceUid']}",
    ):
        shown = war_room.run(f"!{line}").markdown
        row = next((text for text in shown.splitlines() if "LAB-0001" in text), shown)
        assert "LAB-0001" in row, line
        assert device["serialNumber"] in row, line


def test_lists_of_actions_work_without_the_right_to_names(make_war_room: MakeWarRoom, tenant: LocalTenant, token: Token) -> None:
    everything = make_war_room(credentials={"identifier": token.id, "password": token.secret})
    assert everything.run("!absolute-wipe-request-create device_names=LAB-0001").ok
    poor = tenant.tokens.create_symmetric(permissions={Permission.VIEW_WIPE_DEVICE})
    room = make_war_room(credentials={"identifier": poor.id, "password": poor.secret})
    run = room.run("!absolute-wipe-actions-list")
    assert run.ok, run.error
    assert "LAB-0001" in run.markdown


def test_scripts_of_all_devices(make_war_room: MakeWarRoom, war_room: WarRoom, tenant: LocalTenant) -> None:
    for _ in range(120):  # more than one call takes
        tenant.devices.add(agentStatus="A")
    device = tenant.devices[-1]
    script = next(iter(tenant.script_library.scripts))
    assert war_room.run(f"!absolute-device-script-run device_ids={device['deviceUid']} script_uid={script}").ok
    request = war_room.context.get("Absolute.ScriptRequest.requestUid")
    for line in ("!absolute-script-actions-list", f"!absolute-script-actions-list request_uid={request}"):
        war_room.context.data.pop("Absolute", None)
        run = war_room.run(line)
        assert run.ok, run.error
        assert war_room.context.get("Absolute.ScriptAction.deviceUid") == device["deviceUid"]
    token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {Permission.VIEW_DEVICE_REPORTS})
    room = make_war_room(credentials={"identifier": token.id, "password": token.secret})
    assert '"View Device reports"' in room.run("!absolute-script-actions-list").error


def test_a_mac_address_is_one_address(war_room: WarRoom, tenant: LocalTenant) -> None:
    device = tenant.devices.by_name("LAB-0001")
    digits = re.sub("[^0-9A-Fa-f]", "", device["networkAdapters"][0]["macAddress"])
    written = "0x" + digits
    adapters = [{**device["networkAdapters"][0], "macAddress": written}, *device["networkAdapters"][1:]]
    tenant.devices.update(device["deviceUid"], networkAdapters=adapters)
    for typed in (
        written,
        ":".join(re.findall("..", digits)),
        "-".join(re.findall("..", digits)),
        ".".join(re.findall("....", digits)),
    ):
        war_room.context.data.clear()
        run = war_room.run(f"!absolute-device-get mac_addresses={typed}")
        assert run.ok, run.error
        shown = war_room.context.get("Absolute.Device.NetworkAdapters")[0]["macAddress"]
        assert shown == ":".join(re.findall("..", digits.upper())), typed
        assert shown in run.markdown
