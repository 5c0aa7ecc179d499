"""No secret, JWS or passcode in any log line, entry or context of a complete run."""

import base64
import gc
import html
import json
import os
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from local_absolute import Fault, LocalTenant, Token, faults
from local_absolute.events import Party
from local_xsoar import CommandRun, WarRoom
from local_xsoar.demisto_api import Call
from local_xsoar.http_collector import CollectorSettings, HttpCollector
from local_xsoar.xsiam import NotTakenError
from network.routes import CREDENTIALS, PROXY_PASSWORD, Route, routed

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


# How others write a text: in errors, in names that they were given, in logs.
FORMS: tuple[Callable[[str], str], ...] = (
    str,
    lambda text: json.dumps(text)[1:-1],
    lambda text: quote(text, safe=""),
    lambda text: quote(text, safe="").lower() if text.islower() else quote_plus(text),
    html.escape,
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: base64.urlsafe_b64encode(f"user:{text}".encode()).decode(),
)
AWKWARD = 'Quf"/+<&>ö-\\{:.+Zk9'
COLLECTOR_KEY = "not-a-real-key/of+a-collector"


def forms_of(secret: str) -> list[str]:
    return [form(secret).rstrip("=") for form in FORMS]


@pytest.fixture
def debug_mode(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As with `debug-mode=true`: requests are logged."""
    functions = Call.server_functions
    monkeypatch.setattr(Call, "server_functions", lambda call: functions(call) | {"is_debug": True})
    yield
    gc.collect()  # what logs them goes with the modules of the command


def all_that_is_seen(room: WarRoom, *runs: CommandRun) -> str:
    """Texts as they are, and not as JSON writes them. What the platform logs before the first line of the integration is its own."""
    logs = [line for run in runs for _, line in run.logs if not line.startswith("debug-mode started.")]
    data = [[run.entries, run.error] for run in runs]
    return "\n".join([*logs, *strings_of([data, room.context.data, room.instance.incidents, room.last_run])])


def strings_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (text for pair in value.items() for part in pair for text in strings_of(part))
    elif isinstance(value, list | tuple):
        yield from (text for part in value for text in strings_of(part))
    else:
        yield str(value)


class TestSecretsThatComeBack:
    @pytest.fixture
    def token(self, token: Token) -> Token:
        token.secret = AWKWARD
        return token

    def test_the_secret_key(self, make_war_room: MakeWarRoom, tenant: LocalTenant, token: Token) -> None:
        forms = forms_of(token.secret or "")
        for number, form in enumerate(forms):
            tenant.devices.add(deviceName=f"ECHO-{number} {form}", userName=form)
            tenant.siem.record("UserLogin", target=Party("User", form), properties=f"PropertyName[0]=x;NewValue[0]={form};")
        room = make_war_room(isFetch=True, first_fetch="1 day", event_types="*")
        tenant.clock.advance(3600)
        runs = [
            room.run("!absolute-device-list all_results=true"),
            room.run("!absolute-device-get device_names=ECHO-*"),
            room.run('!absolute-api-request path=/v3/reporting/devices query="pageSize=100"'),
            room.execute("absolute-device-get", {"device_names": forms}),
            room.execute("absolute-device-freeze-message-create", {"message_name": "x", "html_message": f"Say {forms[0]}"}),
            room.execute("fetch-incidents"),
        ]
        said = {"code": f"NO {forms[5]}", "message": " ".join(forms), "details": [{"field": forms[1], "message": forms[2]}]}
        tenant.faults.add(Fault(when="GET /v3", action=faults.status(400, body=said)))
        runs += [room.run("!absolute-device-list"), room.run("!absolute-token-permissions-get")]
        seen = all_that_is_seen(room, *runs)
        assert "ECHO-1" in seen
        assert "Console sign-in" in seen
        assert [line for line in seen.splitlines() if any(form in line for form in forms)] == []

    def test_passcodes_and_passwords_that_a_command_sends(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        forms = [*forms_of("27182818"), *forms_of(MAC_PASSWORD)]
        body = {"code": "INVALID_REQUEST", "message": " ".join(forms)}
        tenant.faults.add(Fault(when="POST /v3/actions/requests", action=faults.status(400, body=body)))
        runs = [war_room.run(CASE[2]), war_room.run(CASE[-7])]
        for secret, run in zip(("27182818", MAC_PASSWORD), runs, strict=True):
            assert "********" in run.error
            assert [form for form in forms_of(secret) if form in run.error] == []

    @pytest.mark.usefixtures("debug_mode")
    @pytest.mark.parametrize("route", [Route.TUNNEL, Route.PLAIN], ids=["tunnel", "plain"])
    @pytest.mark.parametrize("status", [0, 407, 502])
    def test_the_credentials_of_a_proxy(
        self, route: Route, status: int, make_war_room: MakeWarRoom, tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # What is changed in the way's variables is put back before the way itself is.
        with routed(tenant.url, route) as way, monkeypatch.context() as inside:
            if status == 407:
                for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
                    inside.setenv(name, os.environ[name].replace("operator:", "operator:not"))
            elif status:
                tenant.faults.add(Fault(action=faults.html(status, " ".join(forms_of(PROXY_PASSWORD)))))
            room = make_war_room(**way, timeout="5")
            runs = [room.run("!absolute-device-list limit=1"), room.run(CASE[2]), room.execute("test-module")]
        assert runs[0].ok is (status == 0)
        seen = all_that_is_seen(room, *runs)
        assert "127.0.0.1" in seen
        assert "Proxy-Authorization" in seen, "requests are logged"
        for secret in (PROXY_PASSWORD, CREDENTIALS, f"not{PROXY_PASSWORD}", f"operator:not{PROXY_PASSWORD}"):
            assert [form for form in forms_of(secret) if form in seen] == []
        assert "27182818" not in seen

    @pytest.mark.usefixtures("debug_mode")
    def test_the_key_of_a_log_collector(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        forms = forms_of(COLLECTOR_KEY)

        def refuse(records: list[dict[str, Any]]) -> None:
            raise NotTakenError(400, " ".join(forms))

        with HttpCollector(CollectorSettings(COLLECTOR_KEY, "uncompressed"), refuse) as collector:
            room = make_war_room(isFetchEvents=True, **collector.params)
            tenant.siem.record("UserLogin")
            tenant.clock.advance(3600)
            runs = [
                room.execute("fetch-events"),
                room.run("!absolute-device-get-events push_test_record=true should_push_events=true"),
            ]
        seen = all_that_is_seen(room, *runs) + json.dumps(room.instance.health)
        assert "********" in seen
        assert [line for line in seen.splitlines() if any(form in line for form in forms)] == []
