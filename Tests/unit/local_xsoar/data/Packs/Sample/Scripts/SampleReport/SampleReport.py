# ruff: noqa: F403, F405
import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *


def main() -> None:
    args = demisto.args()
    if args.get("fail") == "mock":
        demisto.getLastRun()
    if args.get("fail"):
        return_error("No report.")
    devices = args["devices"] if isinstance(args["devices"], list) else [args["devices"]]
    names = ", ".join(device["Name"] for device in devices)
    seen = demisto.context().get("Sample", {}).get("Device")
    return_results(
        CommandResults(
            readable_output=f"{args['greeting']}: {names} of incident {demisto.incident()['name']}",
            outputs_prefix="Sample.Report",
            outputs={"Count": len(devices), "InContext": seen == args["devices"]},
        )
    )


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()
