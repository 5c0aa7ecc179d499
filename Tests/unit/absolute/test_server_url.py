"""The address that calls go to, and what is said when there is none."""

import re

import pytest
from Absolute import URL_EXAMPLE, ArgumentError, api_base_url, is_loopback
from command_line.regions import REGIONS, Region


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("https://cc.absolute.com./x", "https://api.absolute.com"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("https://127.0.0.2:8443/x", "https://127.0.0.2:8443"),
        ("https://[::1]", "https://[::1]"),
        ("localhost:8080", "https://localhost:8080"),
    ],
)
def test_addresses(typed: str, expected: str) -> None:
    assert api_base_url(typed) == expected


@pytest.mark.parametrize("region", REGIONS, ids=lambda region: region.short_name)
def test_the_names_of_regions_that_the_program_takes(region: Region) -> None:
    for name in region.names:
        for typed in (name, f" {name.upper()} ", name.title()):
            assert api_base_url(typed) == f"https://api.{region.console.removeprefix('cc.')}"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("eu3", '"eu3" is not an Absolute console or API address'),
        ("", '"" is not an Absolute console or API address'),
        ("https://cc.absolute.com:x", '"https://cc.absolute.com:x" is not a URL.'),
        ("http://cc.absolute.com", '"http://cc.absolute.com" is not https: nothing is sent unencrypted.'),
        ("https://ann:word@cc.absolute.com", '"cc.absolute.com" is not an Absolute console or API address'),
        ("https://ann:w@rd@cc.absolute.com:x", '"cc.absolute.com:x" is not a URL.'),
        ("ftp://127.0.0.1", '"ftp://127.0.0.1" is not an Absolute console or API address'),
        ("https://cc.absolute.com:80", '"https://cc.absolute.com:80" is not an Absolute console or API address'),
    ],
)
def test_refusals_in_words(typed: str, said: str) -> None:
    with pytest.raises(ArgumentError, match="^" + re.escape(f"Server URL: {said}")) as refused:
        api_base_url(typed)
    assert str(refused.value).endswith(f"Example: Server URL={URL_EXAMPLE}")


def test_loopback() -> None:
    hosts = ("localhost", "127.9.9.9", "::1", "192.0.2.1", "example.com", "")
    assert [is_loopback(host) for host in hosts] == [True, True, True, False, False, False]
