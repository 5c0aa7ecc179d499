"""Scripts that ask the server: IsIntegrationAvailable."""

from collections.abc import Iterator

from local_xsoar.scripts.script import Args, Entry, Script, ScriptCall, note
from local_xsoar.server import ACTIVE


def _is_integration_available(call: ScriptCall, args: Args) -> Iterator[Entry]:
    """`yes` when an enabled instance of the brand exists; its instances' names go to `brandInstances`."""
    brand = str(args["brandname"]).lower()
    names = [module["name"] for module in call.modules if module["brand"].lower() == brand and module["state"] == ACTIVE]
    if names:
        call.context.set("brandInstances", names)
    yield note("yes" if names else "no")


SCRIPTS = {"IsIntegrationAvailable": Script({"brandname": True}, _is_integration_available)}
