"""The regions of Absolute, by the address at which people sign in to their console."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from command_line.outcome import RefusedError


@dataclass(frozen=True)
class Region:
    """`name` is Absolute's, `short_name` the part of the address that tells regions apart."""

    name: str
    console: str
    short_name: str
    others: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return f"https://{self.console}"

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name.casefold(), self.console, self.short_name, *self.others)


REGIONS = (
    Region("Global", "cc.absolute.com", "global", ("ca1",)),
    Region("US", "cc.us.absolute.com", "us", ("us1",)),
    Region("EU", "cc.eu2.absolute.com", "eu2"),
    Region("India", "cc.in1.absolute.com", "in1"),
    Region("UK", "cc.uk1.absolute.com", "uk1"),
    Region("Government cloud", "cc.fr1.absolutegov.com", "fr1", ("government", "gov", "fedramp", "france gov")),
)
CONSOLE = re.compile(r"(?:cc|api)\.(?:[a-z0-9-]+\.)*absolute(?:gov)?\.com")


def read_region(text: str) -> str:
    """The address that a region's name, its number in REGIONS or an address stands for.

    An address of a region that is not listed is taken as it is, and one of this host too. Raises RefusedError.
    """
    typed = text.strip()
    wanted = " ".join(typed.casefold().split())
    if wanted.isdigit() and 1 <= int(wanted) <= len(REGIONS):
        return REGIONS[int(wanted) - 1].url
    host = host_of(typed)
    found = next((region for region in REGIONS if wanted in region.names or host == region.console), None)
    if found:
        return found.url
    if CONSOLE.fullmatch(host):
        return f"https://{host}"
    if is_loopback(host):  # a simulated tenant
        address = urlsplit(typed if "://" in typed else f"http://{typed}")
        return f"{address.scheme}://{address.netloc}"
    from local_xsoar.suggestion import did_you_mean

    hint = did_you_mean(wanted, [name for region in REGIONS for name in region.names])
    raise RefusedError(
        f"{typed!r} is no region and no address of a console.{hint} Copy the address that your browser shows when you are signed "
        "in, such as cc.eu2.absolute.com."
    )


def region_of(url: str) -> str:
    """A short name for an address, for the account that is made of it."""
    host = host_of(url)
    known = next((region.short_name for region in REGIONS if host == region.console), "")
    return known or re.sub(r"[^a-z0-9]+", "-", host.removeprefix("cc.").partition(".absolute")[0]).strip("-") or "account"


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(address: str) -> str:
    """The host of an address with or without https://; "" for a text that is none."""
    try:
        return (urlsplit(address if "://" in address else f"https://{address}").hostname or "").rstrip(".")
    except ValueError:
        return ""
