"""What the marketplace's pack ships to prove itself, run on this one: its test playbook and its examples of commands.

Only what names an object of somebody's account is replaced, UIDs of devices, field, message and request, and dates to come that
have passed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from pathlib import Path

from local_absolute import LocalTenant
from local_xsoar import WarRoom, load_integration, load_playbooks
from pack_files import INTEGRATION

from real_clients.outcome import Outcome

EXAMPLES = Path("Integrations", "Absolute", "command_examples.txt")
UID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12,13}"
FIELD = re.compile(r'(cdf_uid(?:=|:\s+simple:\s+))[^\s"]+')
MESSAGE = re.compile(rf'(message_id="?){UID}')
REQUEST = re.compile(rf"(freeze-request-get (?:request_uid=)?){UID}")
PASSED = re.compile(r"(scheduled_freeze_date=)20(?:[01]\d|2[0-5])")
MADE_BEFORE = (  # what examples read that come before those that make it
    "!absolute-device-freeze-message-create html_message=x message_name=x",
    "!absolute-device-freeze-request device_names=LAB-0009 device_freeze_type=OnDemand html_message=x message_name=x "
    "request_name=x passcode_type=RandomForEach passcode_length=5",
)


def run_pack(pack: Path, folder: Path) -> Iterator[Outcome]:
    """`pack`: the folder `Packs/Absolute` of a checkout. Test playbooks and examples get a tenant each."""
    for path in sorted(pack.glob("TestPlaybooks/*.yml")):
        with LocalTenant(devices=60, rate_limit=None) as tenant:
            yield play(path, room_on(tenant), tenant, folder)
    with LocalTenant(devices=60, rate_limit=None) as tenant:
        room = room_on(tenant)
        prepare(tenant)
        for line in MADE_BEFORE:
            room.run(line)
        message, request = room.context.get("Absolute.FreezeMessage.ID"), room.context.get("Absolute.FreezeRequest.RequestUID")
        examples = PASSED.sub(r"\g<1>2089", (pack / EXAMPLES).read_text("utf-8"))
        examples = REQUEST.sub(rf"\g<1>{request}", MESSAGE.sub(rf"\g<1>{message}", examples))
        for line in of_tenant(examples, tenant, {message, request}).splitlines():
            yield type_in(line, room, tenant)


def room_on(tenant: LocalTenant) -> WarRoom:
    token = tenant.tokens.create_symmetric()
    params = {"url": tenant.url, "credentials": {"identifier": token.id, "password": token.secret}}
    return WarRoom(load_integration(INTEGRATION), params=params)


def prepare(tenant: LocalTenant) -> None:
    """Devices that the examples name by words."""
    named, server = (tenant.devices.by_name(name)["deviceUid"] for name in ("LAB-0007", "LAB-0008"))
    tenant.devices.update(named, deviceName="ABSOLUTE-ASSET-")
    tenant.devices.update(server, **{"operatingSystem.name": "Microsoft Windows Server 2019 Datacenter"})


def of_tenant(text: str, tenant: LocalTenant, known: Set[str] = frozenset()) -> str:
    """With devices of the tenant, each always the same one, and one of its device fields. `known` are UIDs that it has."""
    field = tenant.custom_fields.define("Case", "Text", "UDF").uid
    fixed = set(re.findall(UID, FIELD.sub("", text))) - known
    devices = dict(zip(sorted(fixed), (device["deviceUid"] for device in tenant.devices), strict=False))
    return re.sub(UID, lambda match: devices.get(match[0], match[0]), FIELD.sub(rf"\g<1>{field}", text))


def play(path: Path, room: WarRoom, tenant: LocalTenant, folder: Path) -> Outcome:
    with_devices = folder / path.name
    with_devices.write_text(of_tenant(path.read_text("utf-8"), tenant), "utf-8")
    library = load_playbooks(with_devices)
    (name,) = library.playbooks
    done = room.run_playbook(library, name)
    said = ", ".join(f"{step.task_name or 'start'} ({step.outcome})" for step in done.path)
    problems = [done.error or f"nobody answers: {done.waiting}"] if not done.ok else []
    missed = len(library.playbooks[name].tasks) - len({step.task_id for step in done.path})
    return Outcome(
        f"test playbook {name}", said, list(tenant.requests), problems + [f"{missed} tasks not reached"] * bool(missed)
    )


def type_in(line: str, room: WarRoom, tenant: LocalTenant) -> Outcome:
    before = len(tenant.requests)
    done = room.run(line)
    said = (done.markdown or "no entry").strip().splitlines()[0]
    return Outcome(line, said, list(tenant.requests)[before:], [done.error] if done.error else [])
