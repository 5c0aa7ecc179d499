"""One table of permissions: what the papers promise a token can do, what the probe says of it, and what empty answers mean."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import Absolute
import pytest
from local_absolute import ALL_PERMISSIONS, LocalTenant, Permission
from local_xsoar import WarRoom

MakeWarRoom = Callable[..., WarRoom]
README = Path(__file__).parents[2] / "README.md"
PERMISSION = re.compile(r"(Address-level view|View|Perform) \*([^*]+)\*")
# What README calls finding, locating and freezing.
LEAST = (
    "absolute-device-get",
    "absolute-device-location-get",
    "absolute-device-freeze-message-create",
    "absolute-device-freeze-request",
    "absolute-device-freeze-request-get",
    "absolute-device-remove-freeze-request",
)
HEALTH = "absolute-token-permissions-get"
FREEZE = (
    '!absolute-device-freeze-request device_names=LAB-0001 request_name=x message_name=lock html_message="<p>h</p>" '
    "polling=true interval_in_seconds=300 timeout_in_seconds=3600"
)
FREE = "!absolute-device-remove-freeze-request device_names=LAB-0001 polling=true interval_in_seconds=300 timeout_in_seconds=3600"


def room_of(make_war_room: MakeWarRoom, tenant: LocalTenant, permissions: Any, **params: Any) -> WarRoom:
    token = tenant.tokens.create_symmetric(permissions=permissions)
    return make_war_room(credentials={"identifier": token.id, "password": token.secret}, **params)


def rows_of_health(room: WarRoom) -> dict[str, dict[str, str]]:
    assert room.execute(HEALTH).ok
    return {row["Permission"]: row for row in room.context.get("Absolute.TokenPermissions.Capabilities")}


def of_the_table(commands: tuple[str, ...]) -> list[list[str]]:
    """Of each command the permissions that it needs, and those for more, as the one table names them."""
    rows = [" ".join(row[1:]) for row in Absolute.NEEDS for command in row[0].split(", ") if command in commands]
    assert len(rows) == len(commands)
    return [[f"{verb} {what}" for verb, what in PERMISSION.findall(row)] for row in rows]


def least_token(paper: Path) -> set[Permission]:
    """What a paper says that a token for finding, locating and freezing needs."""
    (sentence,) = re.findall(r"[Ff]inding, locating and freezing needs (.*?);", paper.read_text("utf-8"), re.DOTALL)
    return {Permission(f"{verb} {what}") for verb, what in PERMISSION.findall(" ".join(sentence.split()))}


def test_the_least_token_of_the_papers_does_what_it_promises(make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    permissions = least_token(README)
    assert permissions == least_token(Path(Absolute.__file__).with_name("Absolute_description.md"))
    assert permissions == {Permission(text) for needs in of_the_table(LEAST) for text in needs}
    room = room_of(make_war_room, tenant, permissions)
    assert room.run("!test-module").markdown == "ok"
    for line in ("!absolute-device-get device_names=LAB-0001", "!absolute-device-location-get device_names=LAB-0001"):
        assert room.run(line).ok
    assert room.context.get("Absolute.LocationReport.Latitude") is not None
    assert "1 frozen" in room.run(FREEZE).last.markdown
    assert "1 unfrozen" in room.run(FREE).last.markdown
    for less in permissions - {Permission.VIEW_GEOLOCATION, Permission.VIEW_FREEZE_DEVICE}:
        poorer = room_of(make_war_room, tenant, permissions - {less})
        rows = rows_of_health(poorer)
        assert any(less.value in name and row["Allowed"] != "yes" for name, row in rows.items()), f"{less} is not told"


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (Permission.VIEW_GEOLOCATION_ADDRESS_LEVEL, ("yes", "no")),
        (Permission.VIEW_GEOLOCATION, ("unknown", "unknown")),
        (None, ("yes", "yes")),
    ],
)
def test_positions_have_a_permission_of_their_own(
    missing: Permission | None, told: tuple[str, str], make_war_room: MakeWarRoom, tenant: LocalTenant
) -> None:
    rows = rows_of_health(room_of(make_war_room, tenant, ALL_PERMISSIONS - {missing}))
    assert (rows["View Geolocation"]["Allowed"], rows["Address-level view Geolocation"]["Allowed"]) == told
    assert rows["Address-level view Geolocation"]["Commands"] == "absolute-device-location-get"


def test_an_address_without_a_position_names_the_permission(make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    room = room_of(make_war_room, tenant, ALL_PERMISSIONS - {Permission.VIEW_GEOLOCATION_ADDRESS_LEVEL})
    shown = room.run("!absolute-device-location-get device_names=LAB-0001").markdown
    assert "An address without a position: the token lacks Address-level view Geolocation" in shown


def test_every_row_of_the_probe_names_its_commands(war_room: WarRoom) -> None:
    rows = rows_of_health(war_room)
    assert rows["View Wipe Device"]["Commands"].split(", ") == [
        "absolute-wipe-request-create",
        "absolute-wipe-request-cancel",
        "absolute-wipe-request-list",
        "absolute-wipe-actions-list",
        "absolute-wipe-certificate-get",
    ]
    assert all(row["Commands"] for row in rows.values())


@pytest.mark.parametrize("fetch", [{}, {"isFetchEvents": True}, {"isFetch": True}])
def test_the_test_button_says_when_most_commands_cannot_work(
    fetch: dict[str, bool], make_war_room: MakeWarRoom, tenant: LocalTenant
) -> None:
    room = room_of(make_war_room, tenant, ALL_PERMISSIONS - {Permission.VIEW_DEVICE_REPORTS}, **fetch)
    said = room.execute("test-module").contents
    assert "lacks the permission View Device reports, which most commands need" in str(said)


class TestEmptyAnswers:
    """Some accounts answer 200 and nothing, instead of 403."""

    @pytest.mark.parametrize(
        ("line", "permission"),
        [
            ("absolute-device-application-list device_names=LAB-0001 app_names=Nothing", "View Software reports"),
            ("absolute-device-missing-list created_to_date_time_utc=2001-01-01T00:00:00Z", "View Missing Device"),
            ("absolute-wipe-actions-list", "View Wipe Device"),
            ("absolute-script-request-list", "Run Reach Script"),
            ("absolute-device-list device_names=NOSUCH", "View Device reports"),
        ],
    )
    def test_they_name_the_permission(self, line: str, permission: str, war_room: WarRoom) -> None:
        assert permission in war_room.run(f"!{line}").markdown

    def test_a_named_device_that_has_nothing(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        uid = tenant.devices.by_name("LAB-0001")["deviceUid"]
        for line, permission in (
            (f"absolute-device-missing-list device_ids={uid}", "View Missing Device"),
            (f"absolute-wipe-actions-list device_uids={uid}", "View Wipe Device"),
        ):
            shown = war_room.run(f"!{line}").markdown
            assert f"A token without {permission} may see none" in shown, shown
