import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *

from collections.abc import Mapping
from typing import Any

CONTEXT = "AbsoluteInstance"
OWN_ARGUMENTS = {"instance", "brand", "command"}
Modules = Mapping[str, Mapping[str, str]]


class ChoiceError(Exception):
    """It is not exactly one instance that would run a command; the text says what to choose."""


def chosen(wanted: list[str], modules: Modules, also_on_demand: bool, brand: str) -> str:
    """The one instance that runs a command whose `using` is `wanted`.

    An empty `using` means every instance that is used by default. `modules` are those of demisto.getModules(); `also_on_demand`:
    the server runs a playbook's commands on instances with "Do not use by default", too. `brand`: the id of the integration.
    Raises ChoiceError.
    """
    active = {name: one for name, one in modules.items() if (one.get("brand"), one.get("state")) == (brand, "active")}
    by_default = [name for name, one in active.items() if also_on_demand or one.get("defaultIgnored") != "true"]
    names = ", ".join(sorted(active))
    choose = f"Set the input Instance to one of: {names}"
    if not active:
        raise ChoiceError("There is no active instance of the Absolute integration.")
    if len(wanted) > 1:
        raise ChoiceError(
            f"The input Instance names {len(wanted)} instances, and only one may act. Set it to one of these: {names}."
        )
    if wanted and wanted[0] not in active:
        raise ChoiceError(f"{wanted[0]} is no active instance of the Absolute integration. {choose}.")
    if not wanted and len(by_default) > 1:
        instead = "" if also_on_demand else ', or mark all but one with "Do not use by default"'
        raise ChoiceError(f"{len(by_default)} instances would each do the same. {choose}{instead}.")
    if not (wanted or by_default):
        raise ChoiceError(f"No instance of the Absolute integration is used by default. {choose}.")
    return (wanted or by_default)[0]


def known(incident: Mapping[str, Any], context: Mapping[str, Any], brand: str) -> list[str]:
    """The instance that fetched the incident, or the one on which its playbook acts; none where neither is known."""
    if incident.get("sourceBrand") == brand:
        return argToList(incident.get("sourceInstance"))
    return argToList(demisto.get(context, f"{CONTEXT}.Name"))


def call(command: str, args: Mapping[str, Any], name: str) -> Any:
    """Runs a command of the integration on this instance alone, as a button of a layout does. Gives back its entries."""
    given = {key: value for key, value in args.items() if key not in OWN_ARGUMENTS and value not in (None, "")}
    if not given.get("device_ids"):
        raise ValueError("Nothing was sent: the incident names no device, its field Device Id is empty.")
    return demisto.executeCommand(command, {**given, "using": name})


def main() -> None:
    args = demisto.args()
    command = args.get("command")
    try:
        # Before version 8, "Do not use by default" holds in playbooks only with the server's key ignore.default.in.playbooks.
        also_on_demand = not command and not is_demisto_version_ge("8.0.0")
        wanted = argToList(args.get("instance"))
        if command and not wanted:
            wanted = known(demisto.incident(), demisto.context(), args["brand"])
        name = chosen(wanted, demisto.getModules(), also_on_demand, args["brand"])
        results = call(command, args, name) if command else f"The instance {name} acts."
    except Exception as error:
        demisto.setContext(CONTEXT, {"Reason": str(error)})
        in_war_room = command and isinstance(error, ChoiceError)
        hint = f" Nothing was sent. A button has no inputs: run !{command} in the war room, with using=<one of them>."
        return_error(f"{error}{hint if in_war_room else ''}")
    else:
        demisto.setContext(CONTEXT, {"Name": name})
        return_results(results)


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()
