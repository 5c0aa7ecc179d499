"""A local Cortex XSOAR: runs an integration's commands and a pack's playbooks without a server.

What it loads is what the platform loads, the unified YAML that `demisto-sdk prepare-content` makes.
It knows nothing of Absolute: everything about the product it learns from the manifest, and it reaches
the product's API the way the integration does, over HTTP.
"""

from local_xsoar.behaviour import Behaviour
from local_xsoar.command_run import CommandRun, Entry
from local_xsoar.context import Context, UnknownExpressionError
from local_xsoar.integration import Argument, Command, Integration, load_integration
from local_xsoar.platform import PlatformModules
from local_xsoar.playbooks.answers import AnswerError, Answers, Later, Request
from local_xsoar.playbooks.coverage import uncovered
from local_xsoar.playbooks.library import Library, load_playbooks
from local_xsoar.playbooks.refusals import UnsupportedPlaybookError
from local_xsoar.playbooks.run import PlaybookRun, Step
from local_xsoar.scheduler import Poll, Watcher
from local_xsoar.war_room import WarRoom

__all__ = [
    "AnswerError",
    "Answers",
    "Argument",
    "Behaviour",
    "Command",
    "CommandRun",
    "Context",
    "Entry",
    "Integration",
    "Later",
    "Library",
    "PlatformModules",
    "PlaybookRun",
    "Poll",
    "Request",
    "Step",
    "UnknownExpressionError",
    "UnsupportedPlaybookError",
    "WarRoom",
    "Watcher",
    "load_integration",
    "load_playbooks",
    "uncovered",
]
