"""The platform's scripts that playbooks use. Each behaves as the public one of the same name in demisto/content."""

from local_xsoar.scripts import conditions, context, entries, python, times
from local_xsoar.scripts.python import load_scripts
from local_xsoar.scripts.script import Script, ScriptCall

__all__ = ["SCRIPTS", "SERVER_ARGUMENTS", "Script", "ScriptCall", "load_scripts"]

SCRIPTS: dict[str, Script] = {
    **conditions.SCRIPTS,
    **context.SCRIPTS,
    **entries.SCRIPTS,
    **python.SCRIPTS,
    **times.SCRIPTS,
}

# What the server itself takes out of a task's arguments. Time limits and indicator extraction change nothing here.
SERVER_ARGUMENTS = {"retry-count", "retry-interval", "extend-context", "ignore-outputs", "execution-timeout", "auto-extract"}
