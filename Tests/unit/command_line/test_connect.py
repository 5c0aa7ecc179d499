"""`absolute connect` and `absolute accounts`: from what the console shows to a named account, and back."""

from __future__ import annotations

import io
import json
import stat
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import keyring
import pytest
from AbsoluteClientApiModule import api_base_url
from command_line.accounts import SERVICE, Account, instance_settings, load_accounts
from command_line.regions import REGIONS, Region
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError
from local_absolute import LocalTenant, Permission, Token

from .conftest import Absolute

ID = "0a0a0a0a-1111-4222-8333-000000000001"
Piped = Callable[..., None]


class Memory(KeyringBackend):
    """A system's keyring."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


class Broken(Memory):
    """One that takes everything and gives nothing back, or does not work at all."""

    def __init__(self, raises: bool) -> None:
        super().__init__()
        self.raises = raises

    def get_password(self, service: str, username: str) -> str | None:
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.raises:
            raise RuntimeError("no keyring here")


@pytest.fixture(autouse=True)
def system_keyring(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """Nobody's own keyring."""
    memory = Memory()
    monkeypatch.setattr(keyring.core, "_keyring_backend", memory)
    return memory


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Piped:
    return lambda *lines: monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


@pytest.fixture
def accounts_file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "absolute" / "accounts.json"


@pytest.fixture
def token_file(token: Token, tmp_path: Path) -> Path:
    return written(token, tmp_path / "SOC.token")


def written(token: Token, path: Path) -> Path:
    path.write_text(f"Token ID: {token.id}\nSecret Key: {token.secret}\n", encoding="utf-8")
    return path


@pytest.fixture
def connected(absolute: Absolute, tenant: LocalTenant, token_file: Path) -> LocalTenant:
    """A tenant with the account `prod`."""
    assert absolute("connect", "prod", "--region", tenant.url, "--token-file", str(token_file), "--expires", "").status == 0
    return tenant


def in_days(days: int) -> str:
    return str(datetime.now(timezone.utc).date() + timedelta(days=days))


# --------------------------------------------------------------------------------------------- connecting


def test_from_the_console_to_the_first_command(
    absolute: Absolute, tenant: LocalTenant, token: Token, piped: Piped, accounts_file: Path, system_keyring: Memory
) -> None:
    piped(tenant.url, token.id, token.secret)
    seen = absolute("connect", "prod", "--expires", in_days(90))
    assert seen.status == 0, seen.err
    assert "cc.eu2.absolute.com" in seen.err  # the regions are offered
    for part in ("Connected.", "prod", tenant.url, token.id, "symmetric (HS256)", in_days(90), "What this API token may do"):
        assert part in seen.out
    assert f"This is a REAL tenant: prod, {tenant.url}." in absolute("device-list", "--limit", "1").err
    assert system_keyring.kept == {(SERVICE, token.id): token.secret}
    assert str(token.secret) not in accounts_file.read_text("utf-8") + seen.out + seen.err
    assert stat.S_IMODE(accounts_file.stat().st_mode) == 0o600


def test_a_downloaded_token_and_a_private_key(absolute: Absolute, tenant: LocalTenant, token_file: Path, tmp_path: Path) -> None:
    assert absolute("connect", "a", "--region", tenant.url, "--token-file", str(token_file)).status == 0
    asymmetric = tenant.tokens.create_asymmetric()
    (tmp_path / "key.pem").write_text(asymmetric.private_key_pem or "", encoding="ascii")
    seen = absolute(
        "connect", "b", "--region", tenant.url, "--token-id", asymmetric.id, "--private-key-file", str(tmp_path / "key.pem")
    )
    assert seen.status == 0, seen.err
    assert "asymmetric (ES256)" in seen.out
    assert "Commands run on it with --account b." in seen.out
    assert absolute("device-list", "--limit", "1", "--account", "b").status == 0
    assert asymmetric.last_access is not None


def test_paths_may_be_typed_where_the_texts_are_asked_for(
    absolute: Absolute, tenant: LocalTenant, token_file: Path, tmp_path: Path, piped: Piped
) -> None:
    piped(tenant.url, token_file)
    assert absolute("connect").status == 0
    asymmetric = tenant.tokens.create_asymmetric()
    (tmp_path / "key.pem").write_text(asymmetric.private_key_pem or "", encoding="ascii")
    piped(tenant.url, asymmetric.id, tmp_path / "key.pem")
    assert absolute("connect").status == 0
    assert list(load_accounts().accounts) == ["127-0-0-1", "127-0-0-1-2"]


def test_a_refusal_is_explained_and_nothing_is_kept(
    absolute: Absolute, tenant: LocalTenant, token: Token, piped: Piped, accounts_file: Path, system_keyring: Memory
) -> None:
    piped("not-the-secret")
    seen = absolute("connect", "prod", "--region", tenant.url, "--token-id", token.id)
    assert seen.status == 1
    assert "Not connected: " in seen.err
    assert "401" in seen.err
    assert "not-the-secret" not in seen.err
    assert not accounts_file.exists()
    assert not system_keyring.kept


def test_nobody_answers_there(absolute: Absolute, token_file: Path) -> None:
    seen = absolute("connect", "--region", "http://127.0.0.1:1", "--token-file", str(token_file))
    assert seen.status == 1
    assert "Not connected: " in seen.err


def test_a_token_that_cannot_do_everything_connects_and_says_so(absolute: Absolute, tenant: LocalTenant, tmp_path: Path) -> None:
    token = tenant.tokens.create_symmetric(permissions=[Permission.VIEW_FREEZE_DEVICE])
    seen = absolute("connect", "--region", tenant.url, "--token-file", str(written(token, tmp_path / "x.token")))
    assert seen.status == 0, seen.err
    assert "lacks the permission View Device reports" in " ".join(seen.out.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--region", "moon"), "'moon' is no region"),
        (("--region", "eu", "--token-id", "x"), "A Token ID looks like"),
        (("--region", "eu", "--token-file", "/nowhere"), "/nowhere cannot be read"),
        (("--region", "eu", "--token-file", "x", "--token-id", ID), "--token-file has the Token ID and the key already"),
        (("--region", "eu", "--token-id", ID, "--private-key-file", "/"), "/ cannot be read: Is a directory."),
        (("--region", "eu", "--token-id", ID), "The input has ended before this was answered."),
        ((), "The input has ended before this was answered."),
        (("simulated",), "An account cannot be called 'simulated'"),
        (("a b",), "An account cannot be called 'a b'"),
    ],
)
def test_what_cannot_be_right_is_refused(absolute: Absolute, piped: Piped, arguments: tuple[str, ...], said: str) -> None:
    piped()
    seen = absolute("connect", *arguments)
    assert seen.status == 2
    assert said in seen.err


def test_the_secret_is_typed_without_being_seen(
    absolute: Absolute, tenant: LocalTenant, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a terminal: wrong answers are asked for again, the secret by getpass, and the last day may be left out."""
    typed = io.StringIO(f"moon\n{tenant.url}\n\n{token.id}\n\n")
    monkeypatch.setattr(typed, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", typed)
    hidden = ["", str(token.secret)]
    monkeypatch.setattr("getpass.getpass", lambda *_: hidden.pop(0))
    seen = absolute("connect", "prod")
    assert seen.status == 0, seen.err
    asked_again = ("'moon' is no region", "The console shows the Token ID", "The console shows a Secret Key once")
    for part in asked_again:
        assert part in seen.err
    assert "not told" in seen.out


# --------------------------------------------------------------------------------------------- keys


def test_a_key_is_replaced_and_the_others_stay(
    absolute: Absolute, connected: LocalTenant, token: Token, tmp_path: Path, system_keyring: Memory, token_file: Path
) -> None:
    assert absolute("connect", "other", "--region", connected.url, "--token-file", str(token_file)).status == 0
    new = connected.tokens.create_symmetric()
    seen = absolute("connect", "prod", "--token-file", str(written(new, tmp_path / "new.token")))
    assert seen.status == 0, seen.err
    assert system_keyring.kept == {(SERVICE, token.id): token.secret, (SERVICE, new.id): new.secret}
    absolute("connect", "other", "--token-file", str(tmp_path / "new.token"))
    assert system_keyring.kept == {(SERVICE, new.id): new.secret}
    assert load_accounts().default == "prod"


def test_a_key_that_does_not_work_does_not_replace_one_that_does(
    absolute: Absolute, connected: LocalTenant, token: Token, tmp_path: Path
) -> None:
    new = connected.tokens.create_symmetric()
    new.disable()
    assert absolute("connect", "prod", "--token-file", str(written(new, tmp_path / "new.token"))).status == 1
    assert load_accounts().get("prod").token_id == token.id
    assert absolute("device-list", "--limit", "1").status == 0


def test_the_keyring_is_optional(
    absolute: Absolute, tenant: LocalTenant, token_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)  # importing it fails
    seen = absolute("connect", "prod", "--region", tenant.url, "--token-file", str(token_file))
    assert "in clear, for lack of a system keyring" in seen.out
    assert absolute("device-list", "--limit", "1").status == 0


@pytest.mark.parametrize("raises", [True, False])
def test_without_a_keyring_the_key_is_in_the_file_and_that_is_said(
    absolute: Absolute,
    tenant: LocalTenant,
    token: Token,
    token_file: Path,
    accounts_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    raises: bool,
) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", Broken(raises))
    seen = absolute("connect", "prod", "--region", tenant.url, "--token-file", str(token_file))
    assert "in clear, for lack of a system keyring" in seen.out
    assert json.loads(accounts_file.read_text("utf-8"))["accounts"]["prod"]["key"] == token.secret
    assert stat.S_IMODE(accounts_file.stat().st_mode) == 0o600
    assert absolute("device-list", "--limit", "1").status == 0


def test_a_keyring_that_has_forgotten_the_key(absolute: Absolute, connected: LocalTenant, system_keyring: Memory) -> None:
    system_keyring.kept.clear()
    seen = absolute("device-list")
    assert seen.status == 2
    assert "`absolute connect prod` takes one" in seen.err


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_a_file_that_others_may_read_is_refused(
    absolute: Absolute, connected: LocalTenant, accounts_file: Path, mode: int
) -> None:
    accounts_file.chmod(mode)
    seen = absolute("device-list")
    assert seen.status == 2
    assert f"chmod 600 {accounts_file}" in seen.err


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"accounts": {"a": {}}}', '{"accounts": {"a": {"url": "x", "kind": "x"}}}'])
def test_a_damaged_file_is_named(absolute: Absolute, accounts_file: Path, text: str) -> None:
    accounts_file.parent.mkdir(parents=True)
    accounts_file.touch(mode=0o600)
    accounts_file.write_text(text, encoding="utf-8")
    seen = absolute("accounts")
    assert seen.status == 2
    assert f"{accounts_file} is damaged." in seen.err


# --------------------------------------------------------------------------------------------- the last day


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (None, ""),
        (15, ""),
        (14, "expires in 14 days"),
        (1, "expires tomorrow"),
        (0, "expires today"),
        (-1, "has expired on"),
    ],
)
def test_the_last_day_is_warned_of(days: int | None, said: str) -> None:
    today = date(2026, 11, 29)
    expires = None if days is None else today + timedelta(days=days)
    remark = Account("prod", "u", ID, "secret_key", "keyring", expires=expires).expiry_remark(today)
    assert bool(remark) == bool(said)
    assert said in remark


def test_the_warning_stands_where_the_account_is_named(absolute: Absolute, tenant: LocalTenant, token_file: Path) -> None:
    absolute("connect", "prod", "--region", tenant.url, "--token-file", str(token_file), "--expires", in_days(3))
    for command in (("device-list", "--limit", "1"), ("accounts",)):
        seen = absolute(*command)
        assert "Its token expires in 3 days" in seen.err + seen.out


@pytest.mark.parametrize(
    ("text", "said"), [("soon", "'soon' is no date such as"), ("2020-01-01", "has passed"), ("2099-01-01", "is too far ahead")]
)
def test_a_last_day_that_no_token_has(absolute: Absolute, tenant: LocalTenant, token_file: Path, text: str, said: str) -> None:
    seen = absolute("connect", "--region", tenant.url, "--token-file", str(token_file), "--expires", text)
    assert seen.status == 2
    assert said in seen.err
    assert not tenant.requests


# --------------------------------------------------------------------------------------------- using accounts


def test_accounts_are_listed_chosen_and_forgotten(
    absolute: Absolute, connected: LocalTenant, tmp_path: Path, system_keyring: Memory
) -> None:
    new = connected.tokens.create_symmetric()
    absolute("connect", "lab", "--region", connected.url, "--token-file", str(written(new, tmp_path / "new.token")))
    listed = absolute("accounts")
    assert listed.status == 0
    assert "prod (default)" in listed.out
    assert new.id in listed.out
    assert str(new.secret) not in listed.out
    assert absolute("accounts", "use", "lab").status == 0
    assert "REAL tenant: lab," in absolute("device-list", "--limit", "1").err
    assert absolute("accounts", "use", "simulated").status == 0
    assert "simulated tenant" in absolute("device-list", "--limit", "1").err
    assert absolute("accounts", "remove", "lab").status == 0
    assert (SERVICE, new.id) not in system_keyring.kept
    seen = absolute("device-list", "--account", "lab")
    assert seen.status == 2
    assert "There is no account lab. There are: prod." in seen.err


def test_the_settings_of_an_account_are_those_of_its_instance(
    absolute: Absolute, connected: LocalTenant, token: Token, token_file: Path
) -> None:
    two = ("device-missing-report", "--serial-numbers", "SN000111,SN000120", "--dry-run")
    assert absolute(*two).status == 0
    assert absolute("accounts", "set", "prod", "max_devices_per_action=1").status == 0
    seen = absolute(*two)
    assert seen.status == 2
    assert "the instance allows 1 per action" in seen.err
    assert absolute("connect", "prod", "--token-file", str(token_file)).status == 0  # a new key keeps them
    assert "prod: max_devices_per_action is 1" in absolute("accounts").out
    assert absolute("accounts", "set", "prod", "max_devices_per_action=").status == 0
    assert absolute("accounts", "set", "prod", "proxy=true").status == 0
    assert instance_settings(load_accounts().get("prod").settings) == {"proxy": True}
    assert absolute(*two).status == 0


def test_a_new_key_is_tried_with_the_settings_of_its_account(
    absolute: Absolute, connected: LocalTenant, token_file: Path
) -> None:
    absolute("accounts", "set", "prod", "timeout=1")
    seen = absolute("connect", "prod", "--token-file", str(token_file))
    assert seen.status == 1
    assert "from 5 to 600" in seen.err


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("max_devices_per_acton=1", "Did you mean max_devices"),
        ("url=x", "There is no setting url."),
        ("proxy", "SETTING=VALUE"),
    ],
)
def test_a_setting_that_there_is_not(absolute: Absolute, connected: LocalTenant, setting: str, said: str) -> None:
    seen = absolute("accounts", "set", "prod", setting)
    assert seen.status == 2
    assert said in seen.err


def test_without_accounts(absolute: Absolute) -> None:
    assert absolute("accounts").status == 3
    seen = absolute("accounts", "use", "prod")
    assert seen.status == 2
    assert "none yet: `absolute connect` makes one" in seen.err


def test_a_name_that_nearly_is_one(absolute: Absolute, connected: LocalTenant) -> None:
    assert "Did you mean prod?" in absolute("device-list", "--account", "prd").err


def test_what_is_named_counts_before_the_variables_and_these_before_the_default(
    absolute: Absolute, connected: LocalTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LocalTenant(devices=5) as other:
        token = other.tokens.create_symmetric()
        monkeypatch.setenv("ABSOLUTE_URL", other.url)
        monkeypatch.setenv("ABSOLUTE_TOKEN_ID", token.id)
        monkeypatch.setenv("ABSOLUTE_SECRET_KEY", token.secret or "")
        assert other.url in absolute("device-list", "--limit", "1").err
        assert connected.url in absolute("device-list", "--limit", "1", "--account", "prod").err
        monkeypatch.setenv("ABSOLUTE_ACCOUNT", "prod")
        seen = absolute("device-list")
        assert seen.status == 2
        assert "ABSOLUTE_ACCOUNT and ABSOLUTE_URL are both set" in seen.err
    for name in ("ABSOLUTE_URL", "ABSOLUTE_TOKEN_ID", "ABSOLUTE_SECRET_KEY"):
        monkeypatch.delenv(name)
    absolute("accounts", "use", "simulated")
    assert connected.url in absolute("device-list", "--limit", "1").err


def test_a_job_of_a_named_account_has_the_state_of_its_token(
    absolute: Absolute, connected: LocalTenant, token: Token, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local_xsoar.job_clock.TenantClock.wait", lambda *_: None)
    assert absolute("job", "--fetch", "events", "--runs", "1").status == 0
    assert (tmp_path / "state" / "absolute" / "jobs" / f"127.0.0.1-{token.id}-events").is_dir()


@pytest.mark.parametrize("region", REGIONS, ids=lambda region: region.short_name)
def test_an_instance_takes_the_same_names_of_regions(region: Region) -> None:
    for name in region.names:
        for typed in (name, f" {name.upper()} ", name.title()):
            assert api_base_url(typed) == f"https://api.{region.console.removeprefix('cc.')}"
