"""test-module and every command say in plain words why Absolute did not let them in, and what to do."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from local_absolute import ALL_PERMISSIONS, Fault, LocalTenant, ManualClock, Permission, Token, faults
from local_xsoar import WarRoom

MakeWarRoom = Callable[..., WarRoom]


def credentials(token: Token, secret: str | None = None) -> dict:
    return {"identifier": token.id, "password": token.secret if secret is None else secret}


def test_both_kinds_of_token_work(make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    asymmetric = tenant.tokens.create_asymmetric()
    key = asymmetric.private_key_pem
    as_parameter = make_war_room(credentials={"identifier": asymmetric.id, "password": ""}, private_key={"password": key})
    as_secret = make_war_room(credentials={"identifier": asymmetric.id, "password": key.replace("\n", " ")})
    as_certificate = make_war_room(credentials={"identifier": asymmetric.id, "password": "", "credentials": {"sshkey": key}})
    assert [room.test() for room in (as_parameter, as_secret, as_certificate)] == ["ok", "ok", "ok"]
    assert asymmetric.last_access is not None


@pytest.mark.parametrize("change", ["wrong secret", "disabled", "deleted", "expired", "unknown", "IP not approved", "wrong kind"])
def test_a_refused_sign_in_names_the_candidates(
    change: str, make_war_room: MakeWarRoom, tenant: LocalTenant, clock: ManualClock
) -> None:
    token = tenant.tokens.create_symmetric(approved_ips=("192.0.2.0/24",) if change == "IP not approved" else ())
    room = make_war_room(credentials=credentials(token, "d3Jvbmc==" if change == "wrong secret" else None))
    if change == "disabled":
        token.disable()
    elif change == "deleted":
        token.delete()
    elif change == "expired":
        clock.advance(timedelta(days=91).total_seconds())
    elif change == "unknown":
        room = make_war_room(credentials={"identifier": "00000000-0000-4000-8000-000000000000", "password": token.secret})
    elif change == "wrong kind":
        room = make_war_room(credentials={"identifier": tenant.tokens.create_asymmetric().id, "password": token.secret})
    said = room.test()
    assert said.startswith("Absolute refused the sign-in (401)")
    for candidate in ("Secret Key", "expired", "23:59:59 UTC", "disabled or deleted", "another region", "approved IP", "clock"):
        assert candidate in said
    assert token.secret not in said


def test_a_token_lives_to_the_last_second_of_its_day(make_war_room: MakeWarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
    token = tenant.tokens.create_symmetric(expires_in_days=1)
    room = make_war_room(credentials=credentials(token))
    midnight = clock.now().replace(hour=23, minute=59, second=58, microsecond=0) + timedelta(days=1)
    clock.advance((midnight - clock.now()).total_seconds())
    assert room.test() == "ok"
    clock.advance(3)
    assert "401" in room.test()


def test_approved_addresses_let_in(make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    token = tenant.tokens.create_symmetric(approved_ips=("127.0.0.0/8", "::1"))
    assert make_war_room(credentials=credentials(token)).test() == "ok"


@pytest.mark.parametrize(("skew", "said"), [(600, "600 seconds behind"), (-600, "600 seconds ahead of")])
def test_a_wrong_clock_is_named_first(skew: int, said: str, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    token = tenant.tokens.create_symmetric()
    token.disable()
    tenant.faults.add(Fault(when=lambda *call: True, action=faults.date_skew(skew)))
    first_candidate = make_war_room(credentials=credentials(token)).test().splitlines()[1]
    assert "clock of this host" in first_candidate
    # The tenant's clock stands still while the host's goes on.
    seconds = int(first_candidate.split(" seconds")[0].split()[-1])
    assert abs(seconds - 600) < 60, first_candidate
    assert said.split(" ", 2)[2] in first_candidate


def test_one_401_is_no_verdict(war_room: WarRoom, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(when="GET /v3/reporting/devices", times=1, action=faults.unauthorized_once()))
    assert war_room.test() == "ok"
    assert [record.status for record in tenant.requests] == [401, 200]


def test_a_missing_permission_is_named(make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {Permission.PERFORM_FREEZE_DEVICE})
    room = make_war_room(credentials=credentials(token))
    assert room.test() == "ok"
    device = tenant.devices.by_name("LAB-0001")
    refused = room.run(
        f"!absolute-device-freeze-request device_ids={device['deviceUid']} request_name=x message_name=m html_message=h"
    )
    assert 'Could not freeze devices: The API token lacks the permission "Perform Freeze Device"' in refused.error
    assert "create a new token" in refused.error


def test_a_token_without_device_reports_signs_in_and_says_what_is_missing(
    make_war_room: MakeWarRoom, tenant: LocalTenant
) -> None:
    token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {Permission.VIEW_DEVICE_REPORTS})
    said = make_war_room(credentials=credentials(token)).test()
    assert said.startswith("The Server URL, Token ID and key are right")
    assert "View Device reports" in said


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://cc.absolute.com", "not https"),
        ("https://example.com", "not an Absolute console or API address"),
        ("", "not an Absolute console or API address"),
    ],
)
def test_a_strange_server_url_is_refused_before_anything_is_sent(url: str, said: str, make_war_room: MakeWarRoom) -> None:
    answer = make_war_room(url=url).test()
    assert "Server URL" in answer
    assert said in answer


def test_an_edge_that_does_not_know_the_path(war_room: WarRoom, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(when=lambda *call: True, action=faults.html(403)))
    said = war_room.test()
    assert "refused the path itself" in said
    assert "<html" not in said.lower()


def test_nobody_listens(make_war_room: MakeWarRoom) -> None:
    said = make_war_room(url="http://127.0.0.1:9", timeout="5").test()
    assert said == "Could not read devices: 127.0.0.1 could not be reached."


def test_a_proxy_that_does_not_let_through(make_war_room: MakeWarRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert make_war_room().test() == "ok", "without 'Use system proxy settings' the proxy is not asked"
    assert "the system proxy did not let the request through" in make_war_room(proxy=True, timeout="5").test()
