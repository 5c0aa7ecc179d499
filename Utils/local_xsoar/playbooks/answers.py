"""People: the tasks that need one, and who answers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

NOBODY = None  # the person never answers
UNANSWERED: tuple[Any, ...] = (None, "", [])  # what a form has for a question that was passed over


@dataclass(frozen=True)
class Later:
    """An answer that comes so many seconds after the question. Once the time for it is over it counts no more."""

    answer: Any
    after: float


@dataclass(frozen=True)
class AskedQuestion:
    """One question of a form, as the person sees it. `options` are without the empty one, which stands for no answer."""

    id: str
    text: str
    type: str
    required: bool
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """What a person is asked to do. `labels`: the ways out of a condition; `questions`: those of a form."""

    playbook: str
    task: str
    description: str
    subject: str = ""
    body: str = ""
    labels: tuple[str, ...] = ()
    questions: tuple[AskedQuestion, ...] = ()
    deadline: int = 0  # seconds until nobody can answer any more, 0 for none


class Respondent(Protocol):
    def answer(self, request: Request) -> Any:
        """A label of a condition, {question ID: answer} for a form, anything for a manual task; None for no answer.

        Within Later when it takes its time.
        """


class AnswerError(Exception):
    """An answer that the platform would not take; the text says why."""


@dataclass
class Answers:
    """Scripted answers by task name. A list gives one per visit, a function is asked; tasks not named wait for ever."""

    by_task: Mapping[str, Any] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> Any:
        visits = sum(earlier.task == request.task for earlier in self.requests)
        self.requests.append(request)
        answer = self.by_task.get(request.task, NOBODY)
        if isinstance(answer, list):
            if visits >= len(answer):
                raise AnswerError(f"{request.task} is asked {visits + 1} times, and {len(answer)} answers are there.")
            answer = answer[visits]
        return answer(request) if callable(answer) else answer


def check(request: Request, answer: Any) -> Any:
    """The answer as the platform keeps it. Raises AnswerError."""
    if request.labels:
        return _label(request, answer)
    return _form(request, answer) if request.questions else answer


def _label(request: Request, answer: Any) -> str:
    if answer not in request.labels:
        raise AnswerError(f"{request.task} has no way out {answer!r}, but {', '.join(request.labels)}.")
    return str(answer)


def _form(request: Request, answer: Any) -> dict[str, Any]:
    questions = {question.id: question for question in request.questions}
    unknown = sorted(set(answer) - set(questions)) if isinstance(answer, dict) else [repr(answer)]
    if unknown:
        raise AnswerError(f"The form of {request.task} has no question {', '.join(unknown)}.")
    for question in questions.values():
        check_answer(request, question, answer.get(question.id))
    return {key: value for key, value in answer.items() if value not in UNANSWERED}


def check_answer(request: Request, question: AskedQuestion, answer: Any) -> None:
    """Raises AnswerError when the platform would not take this answer to one question of the form."""
    place = f'Question "{question.text}" of {request.task}'
    if answer in UNANSWERED:
        if question.required:
            raise AnswerError(f"{place} must be answered.")
        return
    if question.type == "multiSelect" and not isinstance(answer, list):
        raise AnswerError(f"{place} takes a list.")
    chosen = answer if isinstance(answer, list) else [answer]
    if question.type in ("singleSelect", "multiSelect") and not set(chosen) <= set(question.options):
        raise AnswerError(f"{place} has no option {answer!r}, but {', '.join(question.options)}.")
    if question.type == "number" and not isinstance(answer, (int, float)):
        raise AnswerError(f"{place} takes a number.")
