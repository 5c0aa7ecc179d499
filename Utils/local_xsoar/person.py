"""Who answers the tasks of a playbook outside tests: the person at the terminal, or somebody who agrees to everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local_xsoar.playbooks.answers import UNANSWERED, AnswerError, AskedQuestion, Request, Respondent, check, check_answer
from local_xsoar.playbooks.model import DEFAULT
from local_xsoar.terminal import Terminal

SELECTIONS = ("singleSelect", "multiSelect")


@dataclass(frozen=True)
class PersonAtTerminal:
    """Asks until the answer is one that the platform takes. Empty lines for a whole task mean: nobody answers."""

    _terminal: Terminal

    def answer(self, request: Request) -> Any:
        _show(request, self._terminal)
        while True:
            try:
                answer = self._read(request)
                return answer if answer is None else check(request, answer)
            except AnswerError as error:
                self._terminal.say(str(error), style="red")

    def _read(self, request: Request) -> Any:
        if request.questions:
            answers = {question.id: self._read_question(request, question) for question in request.questions}
            return answers if any(answer not in UNANSWERED for answer in answers.values()) else None
        if request.labels:
            return self._choose("Which way", request.labels) or None
        return self._input("Done? yes, or nothing to leave it open: ") or None

    def _read_question(self, request: Request, question: AskedQuestion) -> Any:
        while True:
            answer = self._typed(question)
            try:
                if answer not in UNANSWERED:  # whether it may be passed over shows when the form is done
                    check_answer(request, question, answer)
                return answer
            except AnswerError as error:
                self._terminal.say(str(error), style="red")

    def _typed(self, question: AskedQuestion) -> Any:
        needed = " (required)" if question.required else ""
        if question.type == "singleSelect":
            return self._choose(question.text + needed, question.options)
        if question.type == "multiSelect":
            numbers = self._input(f"{question.text}{needed}: {_numbered(question.options)}; several with commas: ")
            return [_chosen(question.options, number) for number in numbers.split(",") if number.strip()] or ""
        typed = self._input(f"{question.text}{needed}: ")
        return float(typed) if question.type == "number" and typed.replace(".", "", 1).isdigit() else typed

    def _choose(self, text: str, options: tuple[str, ...]) -> str:
        typed = self._input(f"{text}: {_numbered(options)}: ")
        return _chosen(options, typed) if typed else ""

    def _input(self, text: str) -> str:
        try:
            return self._terminal.console.input(text, markup=False).strip()
        except EOFError:
            return ""


@dataclass(frozen=True)
class Overheard:
    """Somebody else who answers; the terminal shows what is asked and answered."""

    _respondent: Respondent
    _terminal: Terminal

    def answer(self, request: Request) -> Any:
        _show(request, self._terminal)
        answer = self._respondent.answer(request)
        for line in _overheard(request, answer):
            self._terminal.say(line, style="yellow")
        return answer


class AgreesToEverything:
    """Takes the way out and the option that begins with "yes", else the first that is not the default one."""

    def answer(self, request: Request) -> Any:
        if request.labels:
            return _agreed(request.labels) or DEFAULT
        return {question.id: _given(question) for question in request.questions} if request.questions else "done"


class Nobody:
    """Never answers: tasks with a deadline end at it, others stay open."""

    def answer(self, request: Request) -> Any:
        return None


def _show(request: Request, terminal: Terminal) -> None:
    """Without what the questions say themselves."""
    for text in (request.subject, request.body, request.description):
        if text and text not in [question.text for question in request.questions]:
            terminal.say(text, style="yellow")


def _overheard(request: Request, answer: Any) -> list[str]:
    questions = [question.text for question in request.questions]
    if answer is None:
        return [*questions, "Nobody answers."]
    if not request.questions:
        return [f"Answer: {answer}"]
    return [f"{question.text}: {_readable(answer.get(question.id))}" for question in request.questions]


def _readable(answer: Any) -> str:
    if answer in UNANSWERED:
        return "(no answer)"
    return ", ".join(answer) if isinstance(answer, list) else str(answer)


def _numbered(options: tuple[str, ...]) -> str:
    return ", ".join(f"{number} {option}" for number, option in enumerate(options, 1))


def _chosen(options: tuple[str, ...], typed: str) -> str:
    """An option by its number or its text."""
    number = typed.strip()
    return options[int(number) - 1] if number.isdigit() and 0 < int(number) <= len(options) else number


def _agreed(choices: tuple[str, ...]) -> str:
    real = [choice for choice in choices if choice not in ("", DEFAULT)]
    return next((choice for choice in real if choice.lower().startswith("yes")), real[0] if real else "")


def _given(question: AskedQuestion) -> Any:
    if question.type in SELECTIONS:
        option = _agreed(question.options)
        return [option] if question.type == "multiSelect" and option else option
    if not question.required:
        return ""
    return {"number": 1, "date": "2026-01-01T00:00:00Z"}.get(question.type, "agreed")
