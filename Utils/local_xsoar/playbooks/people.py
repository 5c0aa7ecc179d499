"""What a task asks a person, and what becomes of the answer."""

from __future__ import annotations

from typing import Any

from local_xsoar.behaviour import Deadline
from local_xsoar.context import as_list
from local_xsoar.playbooks.answers import AskedQuestion, Request
from local_xsoar.playbooks.builtin import set_fields
from local_xsoar.playbooks.filters import CastError
from local_xsoar.playbooks.model import Form, Question, Task, Value
from local_xsoar.playbooks.paths import is_key
from local_xsoar.playbooks.values import Scope
from local_xsoar.server import Investigation

ANALYST, NOBODY = "analyst", ""  # who answers


def request(playbook: str, task: Task, scope: Scope) -> Request:
    """Raises CastError when a text of the task cannot be made."""
    message, form = task.message, task.form
    return Request(
        playbook=playbook,
        task=task.name,
        description=form.description if form else task.description,
        subject=_text(scope, message.subject) if message else "",
        body=_text(scope, message.body) if message else "",
        labels=_labels(task),
        questions=tuple(_asked(scope, question) for question in form.questions) if form else (),
        deadline=task.sla if message and message.ends_at_deadline else 0,
    )


def _labels(task: Task) -> tuple[str, ...]:
    """The replies of an Ask, else the ways out. A reply without a way out takes the default one."""
    if task.type != "condition":
        return ()
    return (task.message.replies if task.message else ()) or tuple(task.next_tasks)


def at_deadline(request: Request, reading: Deadline) -> Any:
    """The answer that a server takes for given when the time for one is over; None when it takes none."""
    if request.labels:
        return _agreeing(request.labels) if reading != "first option" else request.labels[0]
    if reading == "no answers":
        return None
    return {question.id: _of_nobody(question, reading) for question in request.questions}


def _of_nobody(question: AskedQuestion, reading: Deadline) -> Any:
    if reading == "empty answers" or not question.options:
        return ""
    option = _agreeing(question.options) if reading == "yes" else question.options[0]
    return [option] if question.type == "multiSelect" else option


def _agreeing(options: tuple[str, ...]) -> str:
    return next((option for option in options if option.lower().startswith("yes")), options[0])


def keep_answers(form: Form, answers: dict[str, Any], who: str, scope: Scope, investigation: Investigation) -> None:
    """They stand below the form's title, by question ID, with the name of who answered; some go to incident fields too."""
    title = _text(scope, form.title)
    if not is_key(title):
        raise CastError(f"The form's title {title!r} cannot be a context key.")
    investigation.context.merge({f"{title}.Answers": {**answers, "name": who}})
    for question in form.questions:
        if question.field and question.id in answers:
            set_fields(investigation.incident, {question.field: answers[question.id]})


def _asked(scope: Scope, question: Question) -> AskedQuestion:
    options = [str(option) for given in question.options for option in as_list(scope.value(given)) if option != ""]
    return AskedQuestion(question.id, _text(scope, question.text), question.type, question.required, tuple(options))


def _text(scope: Scope, value: Value | None) -> str:
    found = scope.value(value)
    return "" if found is None else str(found)
