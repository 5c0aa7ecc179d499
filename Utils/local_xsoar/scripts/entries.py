"""Scripts about war-room entries: Print, PrintErrorEntry, isError, GetErrorsFromEntry."""

from collections.abc import Iterator

from local_xsoar.command_line import as_text, listed
from local_xsoar.command_run import Entry as Shown
from local_xsoar.command_run import error_entry
from local_xsoar.scripts.script import Args, Entry, Script, ScriptCall, note


def _print(_call: ScriptCall, args: Args) -> Iterator[Entry]:
    yield note(as_text(args["value"]), args["value"])


def _print_error_entry(_call: ScriptCall, args: Args) -> Iterator[Entry]:
    yield error_entry(as_text(args["message"]))


def _is_error(call: ScriptCall, args: Args) -> Iterator[Entry]:
    yield note("yes" if _errors(call, args["entryId"]) else "no")


def _get_errors_from_entry(call: ScriptCall, args: Args) -> Iterator[Entry]:
    """It walks over what it is given: of a text with commas that is one character after the other, so it fails."""
    try:
        entry_ids = args.get("entry_id")
        if not isinstance(entry_ids, (str, list)):
            raise ValueError(f"{type(entry_ids).__name__!r} object is not iterable")
        errors = _errors(call, list(entry_ids))
        text = "\n".join(errors)
    except (ValueError, TypeError) as error:
        raise ValueError(f"Failed to fetch errors for the given entry id(s). Problem: {error}") from None
    yield note(text, errors, {"ErrorEntries": errors})


def _errors(call: ScriptCall, entry_ids: object) -> list[str]:
    """The texts of those entries that are errors. Raises ValueError for an entry that does not exist."""
    missing = [entry_id for entry_id in listed(entry_ids) if entry_id not in call.investigation.entries]
    if missing:
        raise ValueError(f"There is no entry {', '.join(missing)}.")
    entries = [Shown(call.investigation.entries[entry_id]) for entry_id in listed(entry_ids)]
    return [entry.contents for entry in entries if entry.is_error]


SCRIPTS = {
    "Print": Script({"value": True}, _print),
    "PrintErrorEntry": Script({"message": True}, _print_error_entry),
    "isError": Script({"entryId": True}, _is_error),
    "GetErrorsFromEntry": Script({"entry_id": False}, _get_errors_from_entry),
}
