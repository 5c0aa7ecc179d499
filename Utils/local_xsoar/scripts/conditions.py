"""Scripts that answer yes or no: Exists, AreValuesEqual, IsIntegrationAvailable."""

from collections.abc import Iterator

from local_xsoar import javascript
from local_xsoar.scripts.script import Args, Entry, Script, ScriptCall, note
from local_xsoar.server import ACTIVE


def _exists(_call: ScriptCall, args: Args) -> Iterator[Entry]:
    """An empty list does not exist; an empty object does."""
    value = args.get("value")
    yield note("yes" if value != [] and javascript.truthy(value) else "no")


def _are_values_equal(call: ScriptCall, args: Args) -> Iterator[Entry]:
    """As texts; without both of them it is no, and nothing is set."""
    if args.get("left") is None or args.get("right") is None:
        yield note("no")
        return
    answer = "yes" if javascript.text(args["left"]) == javascript.text(args["right"]) else "no"
    call.context.set("AreValuesEqual", answer)
    yield note(answer)


def _is_integration_available(call: ScriptCall, args: Args) -> Iterator[Entry]:
    """`yes` when an enabled instance of the brand exists; its instances' names go to `brandInstances`."""
    brand = str(args["brandname"]).lower()
    names = [module["name"] for module in call.modules if module["brand"].lower() == brand and module["state"] == ACTIVE]
    if names:
        call.context.set("brandInstances", names)
    yield note("yes" if names else "no")


SCRIPTS = {
    "Exists": Script({"value": False}, _exists),
    "AreValuesEqual": Script({"left": False, "right": False}, _are_values_equal),
    "IsIntegrationAvailable": Script({"brandname": True}, _is_integration_available),
}
