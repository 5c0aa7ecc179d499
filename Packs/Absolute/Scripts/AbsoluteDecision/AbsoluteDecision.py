import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *
from TextApiModule import *

from collections.abc import Mapping
from typing import Any

IN_TIME = "answered"  # the state of a question whose answer came before its time was up
NOT_ASKED = "not asked"  # of a question that is not known
# They ask for no approval.
OPEN_QUESTIONS = {"question-confirm-analyst", "question-confirm-owner", "question-name-device"}


def words(tag: Any) -> str:
    """The tag of the task that asks, as a person reads it: question-approve-freeze asks to approve the freeze."""
    return sentence(str(tag or "question").removeprefix("question-").replace("-", " "))


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def span(hours: Any) -> str:
    return "one hour" if str(hours) == "1" else f"{hours} hours"


def decide(args: Mapping[str, Any]) -> tuple[str, str]:
    """The decision, and why. Silence is never a yes: no answer in time, an answer that came late or that nobody gave, a question
    that was closed without one."""
    answer, details = str(args.get("answer") or "").strip(), str(args.get("details") or "").strip()
    name = str(args.get("name") or "").strip()
    outcome = "" if args.get("question") in OPEN_QUESTIONS else "Not approved: "
    if args.get("state") == NOT_ASKED:
        return "nobody", f"Not approved: nobody was asked, because there is no question {args.get('question')}."
    if args.get("state") != IN_TIME:
        return "nobody", sentence(f"{outcome}nobody answered within {span(args.get('hours'))}.")
    if not (answer or details):
        return "nobody", sentence(f"{outcome}the question was closed without an answer.")
    if answer.casefold() == "no":
        return "no", f"Not approved: {name} answered No."
    if answer.casefold() != "yes":
        return "answered", f"Answered by {name} at {args.get('answered')}."
    requesters = {str(other).strip().casefold() for other in argToList(args.get("requested_by"))}
    if argToBoolean(args.get("separate") or "false") and name.casefold() in requesters:
        return "no", f"Not approved: {name} asked for it, and whoever approves it must be somebody else."
    return "yes", f"Yes, by {name}. Answered at {args.get('answered')}."


def decision(args: Mapping[str, Any]) -> CommandResults:
    decided, reason = decide(args)
    answer = {"Answer": args.get("answer"), "Details": args.get("details"), "By": args.get("name"), "At": args.get("answered")}
    counts = {name: value for name, value in answer.items() if value} if decided != "nobody" else {}
    outputs = {"Decision": decided, "Reason": reason, **counts}
    told = f"**{markdown_text(words(args.get('question')))}**: {markdown_text(reason)}"
    return CommandResults(outputs_prefix="Question", outputs=outputs, readable_output=told)


def main() -> None:
    try:
        return_results(decision(demisto.args()))
    except Exception as error:
        return_error(f"Could not read the answer. Error: {error}")


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()
