"""The `demisto` object as unit tests see it: every function of the platform, with a harmless default answer.

Tests replace single functions (`mocker.patch.object(demisto, 'params', return_value={...})`). Nothing here talks to
a server. Functions marked as script-only or integration-only are so on the platform; the mock offers all of them.
"""

# The platform's interface has arguments named like builtins.
# ruff: noqa: A002

import json
import logging
import uuid
from typing import Any

integrationContext: dict[str, Any] = {}
callingContext: dict[str, Any] = {}
is_debug: bool = False

exampleIncidents: list[dict[str, Any]] = [
    {
        "Type": 1,
        "ContentsFormat": "json",
        "ModuleName": "InnerServicesModule",
        "Brand": "Builtin",
        "Category": "Builtin",
        "Contents": {
            "data": [
                {
                    "id": "1",
                    "name": "An example incident",
                    "type": "Unclassified",
                    "status": 1,
                    "severity": 0,
                    "owner": "analyst",
                    "details": "",
                    "occurred": "2024-02-20T13:47:23Z",
                    "created": "2024-02-20T13:47:23Z",
                    "investigationId": "1",
                    "labels": [{"type": "Instance", "value": "test"}, {"type": "Brand", "value": "Manual"}],
                    "CustomFields": {},
                    "rawJSON": "",
                }
            ],
            "total": 1,
        },
    }
]
exampleContext: list[dict[str, Any]] = [
    {
        "Type": 0,
        "ContentsFormat": "json",
        "ModuleName": "InnerServicesModule",
        "Brand": "Builtin",
        "Category": "Builtin",
        "Contents": {"id": "1", "context": {}, "version": 1},
    }
]
exampleUsers: list[dict[str, Any]] = [
    {
        "Type": 1,
        "ContentsFormat": "json",
        "ModuleName": "InnerServicesModule",
        "Brand": "Builtin",
        "Category": "Builtin",
        "Contents": [{"id": "admin", "username": "admin", "name": "Admin", "email": "admin@example.com", "roles": {}}],
    }
]
exampleDemistoUrls: dict[str, str] = {
    "server": "https://test-address:8443",
    **{
        page: f"https://test-address:8443/#/{path}/1"
        for page, path in {
            "evidenceBoard": "EvidenceBoard",
            "investigation": "Details",
            "relatedIncidents": "Cluster",
            "warRoom": "WarRoom",
            "workPlan": "WorkPlan",
        }.items()
    },
}


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


def getParam(param: str) -> Any:
    return params().get(param)


def getArg(arg: str) -> Any:
    return args().get(arg)


def integrationInstance() -> str:
    """The name of the integration instance."""
    return ""


def isTimeSensitive() -> bool:
    """Whether the command was started by inline auto-extraction and should answer quickly."""
    return False


# ---------------------------------------------------------------------------------------------------- results


def results(results: Any) -> None:
    """Writes one entry, or a list of them, to the war room."""
    if type(results) is dict and results.get("contents"):
        results = results["contents"]
    log("demisto results: " + json.dumps(results, indent=4, sort_keys=True))


def credentials(credentials: list[dict[str, Any]]) -> None:
    """Hands fetched credentials to the server."""
    log(f"credentials: {credentials}")


def incidents(incidents: list[dict[str, Any]] | None = None) -> Any:
    """With a list: hands fetched incidents to the server. Without: the incidents of the investigation."""
    if incidents is None:
        return exampleIncidents[0]["Contents"]["data"]
    return results({"Type": 1, "Contents": json.dumps(incidents), "ContentsFormat": "json"})


def incident() -> dict[str, Any]:
    """The incident of the investigation."""
    return incidents()[0]


def get_incidents() -> dict[str, Any]:
    return {}


def createIncidents(incidents: list[dict[str, Any]], lastRun: dict[str, Any] | None = None, userID: str | None = None) -> Any:
    """Creates incidents from a long-running integration."""
    return []


def createIndicators(indicators_batch: list[dict[str, Any]]) -> Any:
    """Creates indicators from a feed."""
    return ""


def searchIndicators(
    fromDate: str = "",
    query: str = "",
    size: int = 100,
    page: int = 0,
    toDate: str = "",
    value: str = "",
    searchAfter: Any = None,
) -> dict[str, Any]:
    return {}


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


def getLastMirrorRun() -> dict[str, Any]:
    return {}


def setLastMirrorRun(obj: dict[str, Any]) -> None:
    return None


def getAssetsLastRun() -> dict[str, Any]:
    return {}


def setAssetsLastRun(obj: dict[str, Any]) -> None:
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


def setContext(contextPath: str, value: Any) -> dict[str, Any]:
    return {"status": True}


def get(obj: Any, field: str) -> Any:
    """The value at a dotted path in nested dictionaries, or None."""
    for part in field.split("."):
        if not obj or part not in obj:
            return None
        obj = obj[part]
    return obj


def gets(obj: Any, field: str) -> str:
    return str(get(obj, field))


def dt(obj: Any = None, trnsfrm: str | None = None) -> Any:
    """The value at a dotted DT path, with a list answered by the list of its elements' values, or None.

    Selectors and transformers of the DT language (`Path(val.Key == 'x')`, `=...`) are the server's and are refused.

    Raises:
        ValueError: for a DT expression which is more than a path.
    """
    if not trnsfrm:
        return obj
    if not all(part.isidentifier() for part in trnsfrm.split(".")):
        raise ValueError(f"Only plain DT paths are understood here, not {trnsfrm!r}")
    for part in trnsfrm.split("."):
        if isinstance(obj, list):
            found = [dt(element, part) for element in obj]
            obj = [value for value in found if value is not None]
        else:
            obj = obj.get(part) if isinstance(obj, dict) else None
    return obj


# ------------------------------------------------------------------------------------------------- the server


def demistoUrls() -> dict[str, str]:
    """Addresses of the server's pages about the investigation."""
    return exampleDemistoUrls


def demistoVersion() -> dict[str, Any]:
    return {"version": "5.5.0", "buildNumber": "12345"}


def getLicenseID() -> str:
    return ""


def getLicenseCustomField(key: str) -> Any:
    """A value from the tenant's licence, such as `Http_Connector.url`; None when it is not set."""
    return None


def getIndexHash() -> str:
    return ""


def getModules() -> dict[str, Any]:
    """The integration instances of the tenant, by name."""
    return {}


def getAllSupportedCommands() -> dict[str, Any]:
    return {}


def internalHttpRequest(method: str, uri: str, body: Any = None) -> dict[str, Any]:
    """A request to the server's own API."""
    return {"statusCode": 404, "body": "{}"}


def updateModuleHealth(error: Any, is_error: bool = False) -> Any:
    """Shows a text, or counters such as `{'eventsPulled': 3}`, as the health of the instance."""
    return ""


def heartbeat(msg: str) -> None:
    """Tells the server that a long-running integration is alive."""


def executeCommand(command: str, args: dict[str, Any]) -> Any:
    """Runs another command or a script."""
    answers: dict[str, Any] = {"getIncidents": exampleIncidents, "getContext": exampleContext, "getUsers": exampleUsers}
    return answers.get(command, "")


def mapObject(obj: Any, mapper: str, mapper_type: str) -> dict[str, Any]:
    return {}


# --------------------------------------------------------------------------------- files, entries and messages


def investigation() -> dict[str, Any]:
    return {"id": "1"}


def uniqueFile() -> str:
    return str(uuid.uuid4())


def getFilePath(id: str) -> dict[str, str]:
    return {"id": id, "path": "test/test.txt", "name": "test.txt"}


def addEntry(id: str, entry: str, username: str | None = None, email: str | None = None, footer: str | None = None) -> Any:
    """Adds an entry to the war room of a mirrored investigation."""
    return ""


def mirrorInvestigation(id: str, mirrorType: str, autoClose: bool = False) -> Any:
    return ""


def directMessage(
    message: str, username: str | None = None, email: str | None = None, anyoneCanOpenIncidents: bool | None = None
) -> Any:
    return ""


def findUser(username: str | None = None, email: str | None = None) -> dict[str, Any]:
    return {}


def handleEntitlementForUser(incidentID: str, guid: str, email: str, content: str, taskID: str = "") -> Any:
    return {}
