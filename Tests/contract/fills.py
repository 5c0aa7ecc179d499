"""What stands for `$name` in a command line: values of the tenant as it is when the line is run."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator
from string import Template

from local_absolute import LocalTenant
from local_absolute.device_actions import DeviceAction
from local_absolute.devices import Device

from contract.commands import KINDS, TARGETS, Case

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
        numbers = itertools.count(1)
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
            "template": lambda: next(iter(tenant.message_templates.templates)),
            "freeze_message": lambda: list(tenant.freeze.messages)[-1],
            "freeze_request": lambda: list(tenant.freeze.requests)[-1],
            "frozen": lambda: list(tenant.freeze.requests.values())[-1].actions[0].device["deviceUid"],
            "ordered_script": lambda: tenant.actions.actions("reach")[-1].device["deviceUid"],
        }
        for slug in KINDS.values():
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


def _of_kind(tenant: LocalTenant, slug: str) -> dict[str, Callable[[], str]]:
    """The newest request and action of a kind, and the newest action with a certificate."""
    word = slug.replace("-", "_")

    def certified() -> DeviceAction:
        return [action for action in tenant.actions.actions(slug) if action.certificate_uid][-1]

    return {
        f"{word}_request": lambda: tenant.actions.requests(slug)[-1].uid,
        f"{word}_action": lambda: tenant.actions.requests(slug)[-1].actions[0].uid,
        f"{word}_request_with_certificate": lambda: certified().request.uid,
        f"{word}_device_with_certificate": lambda: certified().device["deviceUid"],
        f"{word}_certificate": lambda: str(certified().certificate_uid),
    }
