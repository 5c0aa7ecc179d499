"""What the scenarios of the playbooks that change devices look at: the lists of a run, and what was really sent."""

from typing import Any

from local_absolute import Fault, LocalTenant, faults
from local_xsoar import PlaybookRun

DETAILS = "avpInfo"  # only absolute-device-get asks for the antivirus


def rows(run: PlaybookRun, key: str) -> list[dict[str, Any]]:
    """The objects of a list that the run gives back."""
    found = run.outputs.get(key) or []
    return found if isinstance(found, list) else [found]


def verdicts(run: PlaybookRun, key: str) -> dict[str, str]:
    """The verdict of each device of a list, by device name."""
    return {row["DeviceName"]: row["Verdict"] for row in rows(run, key)}


def reason(run: PlaybookRun, key: str) -> str:
    """The reason of the only row of a list."""
    (row,) = rows(run, key)
    return str(row["Reason"])


def sent(tenant: LocalTenant, call: str) -> list[list[str]]:
    """The names of the devices of each write that arrived, sorted."""
    bodies = [record.body for record in tenant.calls(call)]
    return [sorted(tenant.devices.by_uid(uid)["deviceName"] for uid in body["deviceUids"]) for body in bodies]


def on_second_reading(tenant: LocalTenant, action: faults.Action) -> None:
    """Does something to the second time that the playbook reads the details of the devices."""
    on_reading(tenant, DETAILS, action, number=2)


def on_reading(tenant: LocalTenant, field: str, action: faults.Action, number: int = 1) -> None:
    """Does something to one reading of the device report, the `number`-th that asks for the field."""
    readings = 0

    def is_meant(method: str, path: str, query: str, _body: Any) -> bool:
        nonlocal readings
        readings += method == "GET" and path.startswith("/v3/reporting/devices") and field in query
        return field in query and readings == number

    tenant.faults.add(Fault(action, is_meant))
