"""No secret, JWS or passcode in any log line, entry or context of a complete run."""

import json
import re
from collections.abc import Callable

import pytest
from local_absolute import Fault, LocalTenant, faults
from local_xsoar import WarRoom

MakeWarRoom = Callable[..., WarRoom]
JWS = re.compile(r"[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{3,}\.[A-Za-z0-9_-]{40,}")
MAC_PASSWORD = "Tr0ub4dor-Mac"
CASE = (
    "!absolute-device-get device_names=LAB-0001 fields=deviceFreezeStatus,deviceFreezeActionStatus",
    "!absolute-device-freeze-request device_names=LAB-0001 request_name=IR-1 message_name=m html_message=h "
    "passcode_type=UserDefined passcode=27182818 dry_run=true",
    "!absolute-device-freeze-request device_names=LAB-0001 request_name=IR-1 message_name=m html_message=h "
    "passcode_type=UserDefined passcode=27182818 polling=true",
    "!absolute-device-freeze-request device_names=LAB-0002 request_name=IR-2 message_name=m html_message=h "
    "passcode_type=UserDefined passcode=2718281828",
    "!absolute-device-freeze-request-get request_uid=${Absolute.FreezeRequest.RequestUID}",
    "!absolute-device-get device_names=LAB-0001 fields=deviceFreezeStatus,deviceFreezeActionStatus",
    "!endpoint hostname=LAB-0001",
    "!absolute-device-list all_results=true",
    "!absolute-device-location-get device_names=LAB-0001",
    "!absolute-device-remove-freeze-request device_names=LAB-0001 polling=true",
    "!absolute-device-freeze-message-list",
    f"!absolute-wipe-request-create device_names=LAB-0002 mac_user_name=admin mac_pwd={MAC_PASSWORD} dry_run=true",
    f"!absolute-wipe-request-create device_names=LAB-0002 mac_user_name=admin mac_pwd={MAC_PASSWORD} polling=true",
    f"!absolute-wipe-request-create device_names=LAB-0008,LAB-0002 mac_user_name=admin mac_pwd={MAC_PASSWORD}",
    "!absolute-wipe-request-list",
    "!absolute-wipe-request-list request_uid=${Absolute.WipeRequest.[0].requestUid}",
    "!absolute-wipe-actions-list",
    "!absolute-wipe-request-cancel request_uid=${Absolute.WipeRequest.[0].requestUid} cancel_all_actions=true",
    "!absolute-token-permissions-get",
)


@pytest.mark.parametrize("kind", ["HS256", "ES256"])
@pytest.mark.parametrize(
    "fault",
    [None, faults.status(401), faults.status(403), faults.status(500), faults.reset_after()],
    ids=["no fault", "401", "403", "500", "reset"],
)
def test_nothing_secret_leaks(
    kind: str,
    fault: faults.Action | None,
    make_war_room: MakeWarRoom,
    tenant: LocalTenant,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = tenant.tokens.create_symmetric() if kind == "HS256" else tenant.tokens.create_asymmetric()
    secrets = ["27182818", "2718281828", MAC_PASSWORD, *filter(None, [token.secret])]
    params: dict = {"credentials": {"identifier": token.id, "password": token.secret or ""}}
    if token.private_key_pem:
        params["private_key"] = {"password": token.private_key_pem}
        secrets += token.private_key_pem.splitlines()[1:-1]
    room = make_war_room(**params)
    if fault:
        tenant.faults.add(Fault(when="POST /v3/actions", action=fault))
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    runs = [room.run(line) for line in CASE]
    seen = json.dumps([[run.entries, run.error, run.logs] for run in runs]) + json.dumps(room.context.data) + room.test()
    assert [secret for secret in secrets if secret in seen] == []
    assert not JWS.search(seen)
    if not fault:
        assert all(run.ok for run in runs[:3]), [run.error for run in runs]


def test_a_passcode_is_shown_by_its_own_command_alone(war_room: WarRoom, tenant: LocalTenant) -> None:
    war_room.run(CASE[2])
    shown = war_room.run("!absolute-device-freeze-passcode-get device_names=LAB-0001")
    assert "27182818" in shown.markdown
    assert "27182818" in json.dumps(shown.contents), "extend-context can take it from the raw answer, deliberately"
    assert "27182818" not in json.dumps(war_room.context.data)
    assert "27182818" not in json.dumps(shown.logs)


def test_the_api_repeats_the_password_of_a_mac_and_the_pack_does_not(war_room: WarRoom, tenant: LocalTenant) -> None:
    wipe = war_room.run(CASE[-7])
    assert wipe.ok, wipe.error
    assert wipe.polls > 0
    sent = tenant.calls("POST /v3/actions/requests/wipe")[0].body
    assert sent["macPwd"] == MAC_PASSWORD, "the tenant got it"
    assert tenant.actions.requests("wipe")[0].order.members["macPwd"] == MAC_PASSWORD, "and repeats it in its summaries"
    listed = war_room.run("!absolute-wipe-request-list")
    assert "Wipe-0001" in listed.markdown
    scheduled = [entry.get("PollingArgs") for entry in wipe.entries if entry.get("PollingArgs")]
    assert scheduled, "the arguments of the next poll"
    for seen in (wipe.entries, listed.entries, wipe.logs, listed.logs, war_room.context.data):
        assert MAC_PASSWORD not in json.dumps(seen)
        assert "macPwd" not in json.dumps(seen)


def test_an_error_of_the_api_that_repeats_the_password(war_room: WarRoom, tenant: LocalTenant) -> None:
    body = {
        "code": "INVALID_REQUEST",
        "message": f"macPwd {MAC_PASSWORD} is too weak",
        "details": [{"field": "macPwd", "code": "INVALID_VALUE", "message": f"{MAC_PASSWORD} is not accepted"}],
    }
    tenant.faults.add(Fault(when="POST /v3/actions/requests/wipe", action=faults.status(400, body=body)))
    run = war_room.run(CASE[-7])
    assert "is too weak" in run.error
    assert MAC_PASSWORD not in json.dumps([run.entries, run.logs])
