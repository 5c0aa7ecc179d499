"""Runs playbooks as the platform does, and refuses by name what it does not know."""

from local_xsoar.playbooks.answers import AnswerError, Answers, Later, Request, Respondent
from local_xsoar.playbooks.coverage import uncovered
from local_xsoar.playbooks.library import Library, load_playbooks
from local_xsoar.playbooks.refusals import UnsupportedPlaybookError
from local_xsoar.playbooks.run import PlaybookRun, Step

__all__ = [
    "AnswerError",
    "Answers",
    "Later",
    "Library",
    "PlaybookRun",
    "Request",
    "Respondent",
    "Step",
    "UnsupportedPlaybookError",
    "load_playbooks",
    "uncovered",
]
