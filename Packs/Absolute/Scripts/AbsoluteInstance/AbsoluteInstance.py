import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *

from collections.abc import Mapping

CONTEXT = "AbsoluteInstance"
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
    if not active:
        raise ChoiceError("There is no active instance of the Absolute integration.")
    if len(wanted) > 1:
        raise ChoiceError(
            f"The input Instance names {len(wanted)} instances, and only one may act. Set it to one of these: {names}."
        )
    if wanted and wanted[0] not in active:
        raise ChoiceError(
            f"{wanted[0]} is no active instance of the Absolute integration. Set the input Instance to one of: {names}."
        )
    if not wanted and len(by_default) > 1:
        instead = "" if also_on_demand else ', or mark all but one with "Do not use by default"'
        raise ChoiceError(
            f"{len(by_default)} instances would each do the same. Set the input Instance to one of: {names}{instead}."
        )
    if not (wanted or by_default):
        raise ChoiceError(
            f"No instance of the Absolute integration is used by default. Set the input Instance to one of: {names}."
        )
    return (wanted or by_default)[0]


def main() -> None:
    args = demisto.args()
    try:
        # Before version 8, "Do not use by default" holds in playbooks only with the server's key ignore.default.in.playbooks.
        also_on_demand = not is_demisto_version_ge("8.0.0")
        name = chosen(argToList(args.get("instance")), demisto.getModules(), also_on_demand, args["brand"])
    except Exception as error:
        demisto.setContext(CONTEXT, {"Reason": str(error)})
        return_error(str(error))
    else:
        demisto.setContext(CONTEXT, {"Name": name})
        return_results(f"The instance {name} acts.")


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()
