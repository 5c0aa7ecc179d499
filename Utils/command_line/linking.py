"""Links an account: signs in with it, and finds out what its token may do. The same for a terminal and for a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local_xsoar import Integration, PlatformModules, WarRoom

from command_line.connection import instance_params
from command_line.credentials import Credentials
from command_line.traffic import watched

PERMISSIONS = "Absolute.TokenPermissions"
NO_ANSWER, SIGN_IN_REFUSED = 0, 401
UNCERTAIN = "Somebody answers there, but to none of the questions that were tried."


@dataclass(frozen=True)
class Link:
    """What came out of an attempt to sign in.

    Attributes:
        connected: Whether Absolute knows the token and its key.
        problem: Why not; of a connected account, what will not work. "" when all is well.
        clock_seconds: How far this host's clock is behind Absolute's; negative when it is ahead. None when it is not known.
        capabilities: What the token may do: Commands, Permission, Allowed (yes, no, unknown), Remark.
        account_page: The same as war-room Markdown.
    """

    connected: bool
    problem: str
    clock_seconds: int | None = None
    capabilities: tuple[dict[str, Any], ...] = ()
    account_page: str = ""


def link(url: str, credentials: Credentials, integration: Integration, modules: PlatformModules) -> Link:
    """Tries an account with the Test of its instance, then with one harmless read for each capability."""
    params = instance_params(url, credentials.token_id, credentials.secret_key, credentials.private_key)
    room = WarRoom(integration, params, modules)
    with watched() as traffic:
        said = room.test()
    if not traffic.calls or traffic.calls[-1][1] in (NO_ANSWER, SIGN_IN_REFUSED):
        return Link(False, said)
    run = room.execute("absolute-token-permissions-get")
    found = room.context.get(PERMISSIONS) or {}
    capabilities = tuple(found.get("Capabilities") or ())
    # An answer to any of them, a refusal too, is one of the API to this token.
    if not run.ok or all(one.get("Allowed") == "unknown" for one in capabilities):
        return Link(False, said if said != "ok" else run.error or UNCERTAIN)
    return Link(True, "" if said == "ok" else said, found.get("ClockDifferenceSeconds"), capabilities, run.markdown)
