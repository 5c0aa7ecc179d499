# ruff: noqa: F403, F405
import gc
import os
import signal
import sys
import warnings

import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *

COUNTER = {"runs": 0}


def test_module() -> str:
    demisto.setIntegrationContext({"seen": "by the test button"})
    return "ok" if demisto.params().get("url") else "The URL is missing."


def device_list_command(args: dict) -> CommandResults:
    devices = [{"Id": id_, "Name": args.get("name")} for id_ in argToList(args["ids"])]
    return CommandResults(
        outputs_prefix="Sample.Device",
        outputs_key_field="Id",
        outputs=devices,
        readable_output=tableToMarkdown("Devices", devices),
    )


def echo_command(args: dict) -> CommandResults:
    return CommandResults(readable_output="echo", raw_response=args)


@polling_function("sample-wait", interval=30, timeout=120, requires_polling_arg=True, poll_message="Waiting:")
def wait_command(args: dict) -> PollResult:
    if "fails" in demisto.params().get("url", ""):
        raise DemistoException("It failed on purpose.")
    seen = int(args.get("seen") or 0) + 1
    done = seen >= int(args["rounds"])
    args["seen"] = seen
    result = CommandResults(outputs_prefix="Sample.Wait", outputs={"Seen": seen}, readable_output=f"Seen {seen} times.")
    return PollResult(response=result, continue_to_poll=not done, args_for_next_run=args)


def schedule_command(args: dict) -> CommandResults:
    """Schedules without polling_function, and lets the test see what reaches the next run."""
    if demisto.callingContext["context"]["ParentEntry"].get("polling"):
        return CommandResults(raw_response=args, readable_output="scheduled")
    then = ScheduledCommand("sample-schedule", next_run_in_seconds=20, args={"numbers": [1, 2]}, timeout_in_seconds=60)
    return CommandResults(readable_output="later", scheduled_command=then)


def impatient_command() -> dict:
    """Asks for the impossible, and for two runs at once."""
    times_ran = demisto.callingContext["context"]["ParentEntry"].get("timesRan")
    entry = {"Type": 1, "Contents": times_ran, "ContentsFormat": "text"}
    if times_ran is None:
        then = {"PollingCommand": "sample-impatient", "PollingArgs": {}, "Timeout": "60"}
        demisto.results([{**entry, **then, "NextRun": "40"}, {**entry, **then, "NextRun": "1"}])
    return entry


def doomed_command() -> dict:
    return {"Type": 4, "Contents": "doomed", "ContentsFormat": "text", "PollingCommand": "sample-doomed", "NextRun": "10"}


def version_command(args: dict) -> CommandResults:
    demisto.setIntegrationContextVersioned({"by": "version"}, int(args["version"]))
    return CommandResults(raw_response=demisto.getIntegrationContextVersioned(), readable_output="written")


def files_command() -> list:
    return [fileResult("notes.txt", "hello"), fileResult("report.txt", b"report", EntryType.ENTRY_INFO_FILE)]


def map_command() -> CommandResults:
    return CommandResults(entry_type=EntryType.MAP_ENTRY_TYPE, raw_response={"lat": 51.5, "lng": -0.1}, outputs=None)


def state_command() -> CommandResults:
    """Reads what the last run left, and leaves more."""
    context = demisto.getIntegrationContext()
    runs = int(context.get("runs", 0)) + 1
    demisto.setIntegrationContext({"runs": str(runs)})
    demisto.setLastRun({"runs": runs})
    demisto.getLastRun()["changed"] = "without being set"
    COUNTER["runs"] += 1
    return CommandResults(raw_response={"runs": runs, "last_run": demisto.getLastRun(), "in_memory": COUNTER["runs"]})


def pollute_command() -> str:
    os.environ["HTTPS_PROXY"] = "http://192.0.2.1:3128"
    os.environ.pop("HOME", None)
    os.chdir("/")
    warnings.simplefilter("ignore")
    gc.set_threshold(7)
    sys.setswitchinterval(0.007)
    return "polluted"


def log_command() -> str:
    demisto.debug("d")
    demisto.info("i")
    demisto.error("e")
    return "logged"


def events_command() -> str:
    send_events_to_xsiam([{"id": 1}, {"id": 2}], vendor="Sample", product="Test")
    return "sent"


def bad_results_command() -> None:
    demisto.results({"Type": 1, "Contents": {1, 2}})


def facts_command() -> CommandResults:
    facts = {
        "brand": get_integration_name(),
        "instance": demisto.callingContext["context"]["IntegrationInstance"],
        "version": demisto.demistoVersion()["version"],
        "name": __name__,
        "debug": is_debug_mode(),
        "proxy": demisto.params().get("proxy"),
        "one_params_object": demisto.params() is demisto.callingContext["params"],
        "modules": sorted(name for name in sys.modules if name.startswith(("demisto", "CommonServer"))),
    }
    return CommandResults(raw_response=facts, readable_output="facts")


def fetch(steps: list) -> None:
    """Does what the instance's parameter says, two numbered events or incidents at a time."""
    last_run = demisto.getLastRun()
    number = last_run.get("number", 0)
    for step in steps:
        two = [{"number": number, "_time": f"2026-01-01T00:00:{number % 60:02}Z"} for number in (number, number + 1)]
        if step == "send":
            send_events_to_xsiam(two, vendor="Sample", product="Test")
            number += 2
        elif step == "incidents":
            demisto.incidents(
                [{"name": f"Sample {one['number']}", "severity": 3, "occurred": one["_time"], "rawJSON": "{}"} for one in two]
            )
            number += 2
        elif step == "save":
            demisto.setLastRun({"number": number, "before": last_run})
        elif step == "hurry":
            demisto.setLastRun({"number": number, "nextTrigger": "0"})
        elif step == "babble":
            demisto.setLastRun({"number": number, "nextTrigger": "soon"})
        elif step == "log":
            demisto.error("One of two pages is missing.")
        elif step == "fail":
            raise DemistoException("The API does not answer.")
        elif step == "die":
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    command = demisto.command()
    args = demisto.args()
    try:
        if command == "test-module":
            return_results(test_module())
        elif command in ("fetch-incidents", "fetch-events"):
            fetch(argToList(demisto.params().get("steps")))
        elif command == "sample-device-list":
            return_results(device_list_command(args))
        elif command == "sample-echo":
            return_results(echo_command(args))
        elif command == "sample-wait":
            return_results(wait_command(args))
        elif command == "sample-schedule":
            return_results(schedule_command(args))
        elif command == "sample-undeclared":
            return_results(CommandResults(scheduled_command=ScheduledCommand("sample-undeclared", 10, {"other": 1}, 60)))
        elif command == "sample-answer":
            return_results("heard")
        elif command == "sample-impatient":
            return_results(impatient_command())
        elif command == "sample-doomed":
            return_results(doomed_command())
        elif command == "sample-version":
            return_results(version_command(args))
        elif command == "sample-files":
            return_results(files_command())
        elif command == "sample-map":
            return_results(map_command())
        elif command == "sample-state":
            return_results(state_command())
        elif command == "sample-pollute":
            return_results(pollute_command())
        elif command == "sample-log":
            return_results(log_command())
        elif command == "sample-events":
            return_results(events_command())
        elif command == "sample-bad-results":
            bad_results_command()
        elif command == "sample-facts":
            return_results(facts_command())
        elif command == "sample-find-user":
            return_results(str(demisto.findUser("x")))
        elif command == "sample-crash":
            sys.exit(1 // 0)
        elif command == "sample-fail":
            raise DemistoException("It failed on purpose.")
        else:
            raise NotImplementedError(f"{command} is not implemented.")
    except DemistoException as error:
        return_error(f"Failed to execute {command} command. Error: {error}", outputs={"Sample.Failure": str(error)})


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()
