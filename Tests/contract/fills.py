"""What stands for `$name` in a command line: values of the tenant as it is when the line is run."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from string import Template

from local_absolute import LocalTenant
from local_absolute.action_kinds import KINDS
from local_absolute.data_discovery import matches
from local_absolute.device_actions import DeviceAction
from local_absolute.devices import Device
from local_absolute.freeze import FreezeRequest, FreezeType

from contract.commands import TARGETS, Case

# `$esn_1` and the like: what target arguments say of a device.
IDENTITY: dict[str, Callable[[Device], str]] = {
    "uid": lambda device: device["deviceUid"],
    "esn": lambda device: device["esn"],
    "serial": lambda device: device["serialNumber"],
    "mac": lambda device: device["networkAdapters"][0]["macAddress"],
    "name": lambda device: device["deviceName"],
    "local_ip": lambda device: device["localIp"],
    "public_ip": lambda device: device["publicIp"],
    "user": lambda device: device["username"],
}


class Fills:
    """Fills the command lines for one tenant, each with devices that no other line has had."""

    def __init__(self, tenant: LocalTenant) -> None:
        self._windows = windows = usable_devices(tenant, "Windows")
        macs = usable_devices(tenant, "Mac")
        many = [next(windows) for _ in range(101)]
        numbers, freezes = itertools.count(1), tenant.freeze.requests
        field = next(one.uid for one in tenant.custom_fields.definitions.values() if one.name == "Asset Number")
        self._makers: dict[str, Callable[[], str]] = {
            "number": lambda: str(next(numbers)),
            "device": lambda: next(windows)["deviceUid"],
            "mac": lambda: next(macs)["deviceUid"],
            "name": lambda: next(windows)["deviceName"],
            "ip": lambda: next(windows)["localIp"],
            "esn": lambda: next(windows)["esn"],
            "hundred_devices_and_one": lambda: ",".join(device["deviceUid"] for device in many),
            "many_serials": lambda: ",".join(device["serialNumber"] for device in many),
            "field": lambda: field,
            "script": lambda: next(iter(tenant.script_library.scripts)),
            "device_with_data": lambda: device_with_data(tenant),
            "template": lambda: next(iter(tenant.message_templates)),
            "html": lambda: "<p>Locked by IT &amp; Söhne = 100%. Call +1 555 0100.</p>",
            **{f"title_{length}": partial("Ä".__mul__, length) for length in (250, 255)},
            **{f"text_{length}": partial("x".__mul__, length) for length in (4_000, 15_000)},
            "rejecting": lambda: rejecting_freezes(tenant, next(windows)),
            "inactive": lambda: str(tenant.devices.add(agentStatus="I")["deviceUid"]),
            "freeze_message": lambda: list(tenant.freeze.messages)[-1],
            "freeze_request": lambda: list(freezes)[-1],
            "frozen": lambda: list(freezes.values())[-1].actions[0].device["deviceUid"],
            "rejected_freeze_request": lambda: rejected(freezes).uid,
            "replaced_freeze_request": lambda: scheduled(freezes).uid,
            "scheduled": lambda: scheduled(freezes).actions[0].device["deviceUid"],
            "ordered_script": lambda: tenant.actions.actions("reach")[-1].device["deviceUid"],
        }
        for slug in KINDS:
            self._makers.update(_of_kind(tenant, slug))

    def fill(self, case: Case) -> dict[str, str]:
        """The arguments of one run."""
        args = {name: value for name, value in case.args.items() if name != TARGETS}
        if TARGETS in case.args:
            args["device_ids"] = "$device"
        values = _Values(self._makers, self._windows)
        return {name: Template(value).substitute(values) for name, value in args.items()}


class _Values(dict[str, str]):
    """Makes each value when it is asked for. `_1` and `_2` at the end of a name are two devices."""

    def __init__(self, makers: dict[str, Callable[[], str]], devices: Iterator[Device]) -> None:
        super().__init__()
        self._makers = makers
        self._devices: dict[str, Device] = defaultdict(lambda: next(devices))

    def __missing__(self, name: str) -> str:
        field, _, place = name.rpartition("_")
        return IDENTITY[field](self._devices[place]) if field in IDENTITY else self._makers[name]()


def usable_devices(tenant: LocalTenant, platform: str) -> Iterator[Device]:
    """The devices of a platform on which every action can be carried out. More are enrolled when all have been used."""
    enrolled = iter(tenant.devices.all())
    while True:
        device = next(enrolled, None) or tenant.devices.add()
        if device["platformOSType"] == platform and is_usable(device):
            yield device


def is_usable(device: Device) -> bool:
    encryption = device.get("espInfo", {})
    return bool(
        device["agentStatus"] == "A"
        and device.contact.online
        and not device.get("isStolen")
        and not device.get("deviceStatus")
        and encryption.get("encryptionStatus") in ("ENCR", "USENCR")
        and encryption.get("encryptionProductName", "").startswith(("BitLocker", "FileVault"))
        and device.get("username")
        and device.get("networkAdapters")
    )


def device_with_data(tenant: LocalTenant) -> str:
    """The UID of a device on which several files hold regulated data."""
    policies, now = tenant.account.policies, tenant.clock.now()
    found = (one for one in tenant.devices.all() if len(list(matches(one, policies, now))) > 2)
    return str(next(found)["deviceUid"])


def rejecting_freezes(tenant: LocalTenant, device: Device) -> str:
    tenant.agents.reject_freeze(device["deviceUid"], "The agent could not lock the screen")
    return str(device["deviceUid"])


def rejected(freezes: Mapping[str, FreezeRequest]) -> FreezeRequest:
    return next(one for one in freezes.values() if any(action.status == "Failed" for action in one.actions))


def scheduled(freezes: Mapping[str, FreezeRequest]) -> FreezeRequest:
    """The first scheduled freeze."""
    return next(one for one in freezes.values() if one.definition.type is FreezeType.SCHEDULED)


def _of_kind(tenant: LocalTenant, slug: str) -> dict[str, Callable[[], str]]:
    """The newest request and action of a kind, the newest that is done, and the newest with a certificate."""
    word = slug.replace("-", "_")

    def done() -> DeviceAction:
        return [action for action in tenant.actions.actions(slug) if action.status == action.kind.done][-1]

    def certified() -> DeviceAction:
        return [action for action in tenant.actions.actions(slug) if action.certificate_uid][-1]

    return {
        f"{word}_request": lambda: tenant.actions.requests(slug)[-1].uid,
        f"{word}_action": lambda: tenant.actions.requests(slug)[-1].actions[0].uid,
        f"{word}_request_done": lambda: done().request.uid,
        f"{word}_device_done": lambda: done().device["deviceUid"],
        f"{word}_request_with_certificate": lambda: certified().request.uid,
        f"{word}_device_with_certificate": lambda: certified().device["deviceUid"],
        f"{word}_certificate": lambda: str(certified().certificate_uid),
    }
