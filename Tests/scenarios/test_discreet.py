"""No secret, JWS or passcode in any log line, entry or context of a complete run."""

import json
import re
from collections.abc import Callable

import pytest
from local_absolute import Fault, LocalTenant, faults
from local_xsoar import WarRoom

MakeWarRoom = Callable[..., WarRoom]
JWS = re.compile(r"[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{3,}\.[A-Za-z0-9_-]{40,}")
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
)


@pytest.mark.parametrize("kind", ["HS256", "ES256"])
@pytest.mark.parametrize(
    "fault",
    [None, faults.status(401), faults.status(403), faults.status(500), faults.reset_after()],
    ids=["no fault", "401", "403", "500", "reset"],
)
def test_nothing_secret_leaks(kind: str, fault: faults.Action | None, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    token = tenant.tokens.create_symmetric() if kind == "HS256" else tenant.tokens.create_asymmetric()
    secrets = ["27182818", "2718281828", *filter(None, [token.secret])]
    params: dict = {"credentials": {"identifier": token.id, "password": token.secret or ""}}
    if token.private_key_pem:
        params["private_key"] = {"password": token.private_key_pem}
        secrets += token.private_key_pem.splitlines()[1:-1]
    room = make_war_room(**params)
    if fault:
        tenant.faults.add(Fault(when="POST /v3/actions", action=fault))
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
