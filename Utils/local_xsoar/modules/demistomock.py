"""The `demisto` object as unit tests see it: what packs of this kind call, with a harmless default answer.

Tests replace single functions (`mocker.patch.object(demisto, 'params', return_value={...})`). Nothing here talks to
a server. The platform's other functions are refused by name.
"""

import json
import logging
import uuid
from typing import Any

integrationContext: dict[str, Any] = {}
callingContext: dict[str, Any] = {}
is_debug: bool = False


# ---------------------------------------------------------------------------------------- the call being run


def params() -> dict[str, Any]:
    """The parameters of the integration instance."""
    return {}


def args() -> dict[str, Any]:
    """The arguments of the command."""
    return {}


def command() -> str:
    """The name of the command being run."""
    return ""


# ---------------------------------------------------------------------------------------------------- results


def results(results: Any) -> None:
    """Writes one entry, or a list of them, to the war room."""
    if type(results) is dict and results.get("contents"):
        results = results["contents"]
    log("demisto results: " + json.dumps(results, indent=4, sort_keys=True))


def incidents(incidents: list[dict[str, Any]] | None = None) -> Any:
    """Hands fetched incidents to the server."""
    return results({"Type": 1, "Contents": json.dumps(incidents), "ContentsFormat": "json"})


# ------------------------------------------------------------------------------------------------------- logs


def debug(msg: Any, *args: Any) -> None:
    logging.getLogger().info(msg, *args)


def info(msg: Any, *args: Any) -> None:
    logging.getLogger().info(msg, *args)


def error(msg: Any, *args: Any) -> None:
    """Printed, so that a test which does not expect an error in the log is failed by the check of its output."""
    print(msg, *args)  # noqa: T201


def log(msg: Any) -> None:
    """Writes to the log of the investigation."""
    logging.getLogger().info(msg)


# -------------------------------------------------------------------------------------------------- the state


def getLastRun() -> dict[str, Any]:
    return {"lastRun": "2018-10-24T14:13:20+00:00"}


def setLastRun(obj: dict[str, Any]) -> None:
    return None


def getIntegrationContext() -> dict[str, Any]:
    return integrationContext


def setIntegrationContext(context: dict[str, Any]) -> None:
    global integrationContext
    integrationContext = context


def getIntegrationContextVersioned(refresh: bool = False) -> dict[str, Any]:
    return integrationContext


def setIntegrationContextVersioned(context: dict[str, Any], version: Any = -1, sync: bool = False) -> None:
    global integrationContext
    integrationContext = context


def context() -> dict[str, Any]:
    """The context data of the investigation."""
    return {}


def get(obj: Any, field: str) -> Any:
    """The value at a dotted path in nested dictionaries, or None."""
    for part in field.split("."):
        if not obj or part not in obj:
            return None
        obj = obj[part]
    return obj


# ------------------------------------------------------------------------------------------------- the server


def demistoVersion() -> dict[str, Any]:
    return {"version": "5.5.0", "buildNumber": "12345"}


def getLicenseCustomField(key: str) -> Any:
    """A value from the tenant's licence, such as `Http_Connector.url`; None when it is not set."""
    return None


def updateModuleHealth(error: Any, is_error: bool = False) -> Any:
    """Shows a text, or counters such as `{'eventsPulled': 3}`, as the health of the instance."""
    return ""


# --------------------------------------------------------------------------------- files, entries and messages


def investigation() -> dict[str, Any]:
    return {"id": "1"}


def uniqueFile() -> str:
    return str(uuid.uuid4())


# ---------------------------------------------------------------------------------------------------- refused

REFUSED_NAMES = """
    addEntry createIncidents createIndicators credentials demistoUrls directMessage dt executeCommand findUser
    getAllSupportedCommands getArg getAssetsLastRun getFilePath getIndexHash getLastMirrorRun getLicenseID getModules
    getParam get_incidents gets handleEntitlementForUser heartbeat incident integrationInstance internalHttpRequest
    isTimeSensitive mapObject mirrorInvestigation searchIndicators setAssetsLastRun setContext setLastMirrorRun
"""


def __getattr__(name: str) -> Any:
    if name not in REFUSED_NAMES.split():
        raise AttributeError(f"demisto has no {name}.")

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise NotImplementedError(f"demisto.{name}() is not part of the local XSOAR.")

    return refuse
