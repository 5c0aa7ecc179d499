"""Scripts about war-room entries: Print, PrintErrorEntry, isError, GetErrorsFromEntry."""

from collections.abc import Iterator

from local_xsoar.command_line import as_text
from local_xsoar.command_run import Entry as Shown
from local_xsoar.command_run import error_entry
from local_xsoar.scripts.script import Args, Entry, Script, ScriptCall, listed, note


def _print(_call: ScriptCall, args: Args) -> Iterator[Entry]:
    yield note(as_text(args["value"]), args["value"])


def _print_error_entry(_call: ScriptCall, args: Args) -> Iterator[Entry]:
    yield error_entry(as_text(args["message"]))


def _is_error(call: ScriptCall, args: Args) -> Iterator[Entry]:
    yield note("yes" if _errors(call, args["entryId"]) else "no")


def _get_errors_from_entry(call: ScriptCall, args: Args) -> Iterator[Entry]:
    errors = _errors(call, args.get("entry_id"))
    yield note("\n".join(errors), errors, {"ErrorEntries": errors})


def _errors(call: ScriptCall, entry_ids: object) -> list[str]:
    """The texts of those entries that are errors. Raises ValueError for an entry that does not exist."""
    missing = [entry_id for entry_id in listed(entry_ids) if entry_id not in call.investigation.entries]
    if missing:
        raise ValueError(f"There is no entry {', '.join(missing)}.")
    entries = [Shown(call.investigation.entries[entry_id]) for entry_id in listed(entry_ids)]
    return [str(entry.contents) for entry in entries if entry.is_error]


SCRIPTS = {
    "Print": Script({"value": True}, _print),
    "PrintErrorEntry": Script({"message": True}, _print_error_entry),
    "isError": Script({"entryId": True}, _is_error),
    "GetErrorsFromEntry": Script({"entry_id": False}, _get_errors_from_entry),
}
