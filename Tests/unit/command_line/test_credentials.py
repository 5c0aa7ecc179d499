"""What is read from a downloaded token, a key file and a region; and that nothing is guessed."""

from __future__ import annotations

import base64
import secrets
import uuid
from contextlib import suppress
from pathlib import Path

import pytest
from command_line.credentials import (
    CredentialsError,
    checked_token_id,
    decoded,
    read_credentials,
    read_private_key,
    read_token_file,
)
from command_line.outcome import RefusedError
from command_line.regions import read_region, region_of
from hypothesis import given
from hypothesis import strategies as st

ID = "0a0a0a0a-1111-4222-8333-000000000001"
OTHER = "0a0a0a0a-1111-4222-8333-000000000002"
SECRET = base64.b64encode(bytes(range(64))).decode()
PRIVATE = "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----"
PUBLIC = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----"
FORMS = (
    "{id}\n{secret}",
    "{id}:{secret}",
    "{id},{secret}\n",
    "{id}\t{secret}",
    "{secret}\n{id}",
    "Token ID: {id}\nSecret Key: {secret}\n",
    "Token ID: {id}\r\nSecret Key: {secret}\r\n",
    "Token ID\n{id}\n\nSecret Key\n{secret}\n",
    "tokenId={id}\nsecretKey={secret}",
    "export TOKEN_ID='{id}'\nexport SECRET_KEY='{secret}'",
    '{{"tokenId": "{id}", "secretKey": "{secret}"}}',
    '{{"token_id":"{id}","token_secret":"{secret}","description":"for-the-security-team-2026-only"}}',
    "Title: SOC\nCreated: 2026-11-29T01:13:35.000Z\nExpires: 2027-02-27\nToken ID: {id}\nSecret Key (HS256): {secret}\n"
    "Console: https://cc.eu2.absolute.com/#/settings/api-management-page-of-tokens\nUser: jane.doe.of.security.2@example.com\n",
    "Secret Key: {secret} Token ID: {id}",
    '"Token ID","Secret Key"\n"{id}","{secret}"\n',
    "Token {id}\nToken {id}\nSecret Key: {secret}",
)


@pytest.mark.parametrize("form", FORMS)
def test_a_token_in_any_form(form: str) -> None:
    found = read_credentials(form.format(id=ID.upper(), secret=SECRET), "x.token")
    assert (found.token_id, found.secret_key, found.private_key) == (ID, SECRET, "")


@given(st.sampled_from(FORMS), st.integers(24, 96), st.binary(min_size=96, max_size=96), st.booleans())
def test_what_is_read_is_what_was_written(form: str, size: int, seed: bytes, urlsafe: bool) -> None:
    secret = base64.b64encode(seed[:size], b"-_" if urlsafe else b"+/").decode()
    with suppress(CredentialsError):
        assert read_credentials(form.format(id=ID, secret=secret), "x.token").secret_key == secret


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_as_a_system_writes_it(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "SOC.token"
    file.write_text(FORMS[5].format(id=ID, secret=SECRET), encoding=encoding)
    assert read_token_file(file).secret_key == SECRET


def test_a_token_with_a_private_key() -> None:
    found = read_credentials(f"Token ID: {ID}\n{PRIVATE}\n", "x.token")
    assert (found.secret_key, found.private_key, found.kind) == ("", PRIVATE, "asymmetric (ES256)")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SECRET, "holds no UUID"),
        (f"{ID}\n{OTHER}\n{SECRET}", "holds 2 UUIDs"),
        (f"Token ID: {ID}\nAccount: {OTHER}\nSecret Key: {SECRET}", "holds 2 UUIDs"),
        (ID, "holds no text that could be the Secret Key"),
        (f"{ID}\n{SECRET}\n{SECRET[::-1]}", "holds 2 texts that could be the Secret Key"),
        (f"{ID}\nSecret Key: {SECRET}\nSecret Key: {SECRET[2:]}", "holds 2 text"),
        (f"{ID}\nSecret Key: {SECRET} and more words", "could be the Secret Key"),
        (f"{ID}\nSecret Key: short", "holds no text that could be"),
        (f"{ID}\n{PUBLIC}", "holds a PUBLIC KEY; what signs is the private key"),
        (f"{ID}\n{PRIVATE}\n{PRIVATE.replace('PRIVATE', 'EC PRIVATE')}", "holds several private keys"),
    ],
)
def test_where_there_is_doubt_nothing_is_guessed(text: str, said: str) -> None:
    with pytest.raises(CredentialsError, match=said) as refused:
        read_credentials(text, "x.token")
    assert SECRET[:10] not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe\x00", b"\x89PNG\r\n\x1a\n\xff", b"a" * 70_000])
def test_what_is_no_text_of_a_token(content: bytes) -> None:
    with pytest.raises(CredentialsError, match="not the text of a token"):
        decoded(content, "x.token")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="No such file"):
        read_token_file(tmp_path / "nothing.token")
    with pytest.raises(CredentialsError, match="directory"):
        read_private_key(tmp_path)


def test_a_key_file(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(PRIVATE, encoding="ascii")
    assert read_private_key(file) == PRIVATE
    file.write_text(PUBLIC, encoding="ascii")
    with pytest.raises(CredentialsError, match="holds a PUBLIC KEY; a private key is needed"):
        read_private_key(file)
    file.write_text(SECRET, encoding="ascii")
    with pytest.raises(CredentialsError, match="is no PEM file"):
        read_private_key(file)


def test_a_token_id() -> None:
    assert checked_token_id(ID.upper()) == ID
    for text in ("", "id", f"{ID}0", secrets.token_hex(16), f" {uuid.uuid4()}"):
        with pytest.raises(CredentialsError, match="A Token ID looks like"):
            checked_token_id(text)


def test_credentials_do_not_show_their_key() -> None:
    assert SECRET not in repr(read_credentials(f"{ID} {SECRET}", "x"))


# --------------------------------------------------------------------------------------------- regions


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("1", "https://cc.absolute.com"),
        ("Global", "https://cc.absolute.com"),
        (" eu ", "https://cc.eu2.absolute.com"),
        ("EU2", "https://cc.eu2.absolute.com"),
        ("us", "https://cc.us.absolute.com"),
        ("India", "https://cc.in1.absolute.com"),
        ("UK", "https://cc.uk1.absolute.com"),
        ("government cloud", "https://cc.fr1.absolutegov.com"),
        ("France Gov", "https://cc.fr1.absolutegov.com"),
        ("cc.eu2.absolute.com", "https://cc.eu2.absolute.com"),
        ("https://CC.EU2.absolute.com/#/devices?x=1", "https://cc.eu2.absolute.com"),
        ("cc.jp1.absolute.com", "https://cc.jp1.absolute.com"),
        ("https://cc.jp1.absolute.com/login", "https://cc.jp1.absolute.com"),
        ("api.eu2.absolute.com", "https://api.eu2.absolute.com"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("localhost:8080/console", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_region_by_name_number_and_address(typed: str, url: str) -> None:
    assert read_region(typed) == url


@pytest.mark.parametrize(
    "typed", ["", "0", "7", "moon", "example.com", "cc.absolute.com.example.com", "http://example.com", "https://["]
)
def test_what_is_no_region(typed: str) -> None:
    with pytest.raises(RefusedError, match="is no region and no address of a console"):
        read_region(typed)


def test_the_name_of_an_account_comes_from_its_region() -> None:
    assert region_of("https://cc.eu2.absolute.com") == "eu2"
    assert region_of("https://cc.absolute.com") == "global"
    assert region_of("https://cc.jp1.absolute.com") == "jp1"
    assert region_of("http://127.0.0.1:8080") == "127-0-0-1"
