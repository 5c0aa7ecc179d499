"""The types of events that this tenant has. Each function gives the members of an event but its id and times.

The vendor publishes no list of types. Seen in public clients are DeviceLocationUpdated/Updated,
DeviceUserInformationUpdated/Updated, DeviceSystemInformationUpdated, DeviceBecameAVUnprotected/Unprotected and
UserLogin/LoggedIn, and their property names. Every other type, verb and property name is invented in that style.
"""

from __future__ import annotations

from dataclasses import dataclass

from .events import NOBODY, SYSTEM, Change, Party, event_fields, user

Fields = dict[str, str]


@dataclass(frozen=True)
class Place:
    latitude: float
    longitude: float
    city: str = ""
    country: str = ""


def location_updated(device: Party, old: Place | None, new: Place) -> Fields:
    before = old or Place(0, 0)
    changes = (
        Change("Latitude", f"{new.latitude}", f"{before.latitude}" if old else ""),
        Change("Longitude", f"{new.longitude}", f"{before.longitude}" if old else ""),
        Change("City", new.city, before.city),
        Change("CountryName", new.country, before.country),
    )
    location = Party("Device", "Device Location", device.id)
    return event_fields("DeviceLocationUpdated", "Updated", device, location, properties=changes)


def user_information_updated(device: Party, old: str, new: str) -> Fields:
    change = Change("UserName", new, old)
    return event_fields("DeviceUserInformationUpdated", "Updated", device, device, properties=(change,))


def system_information_updated(device: Party, changes: tuple[Change, ...]) -> Fields:
    """The property names carry the event type as prefix: DeviceSystemInformationUpdated.LocalIpAddr."""
    named = (Change(f"DeviceSystemInformationUpdated.{change.name}", change.new, change.old) for change in changes)
    return event_fields("DeviceSystemInformationUpdated", "Updated", device, device, properties=named)


def antivirus_lost(device: Party, product: str) -> Fields:
    change = Change("AntivirusName", "", product)
    return event_fields("DeviceBecameAVUnprotected", "Unprotected", NOBODY, device, properties=(change,))


def antivirus_back(device: Party, product: str) -> Fields:
    change = Change("AntivirusName", product)
    return event_fields("DeviceBecameAVProtected", "Protected", NOBODY, device, properties=(change,))


def logged_in(name: str, address: str, agent: str) -> Fields:
    changes = (Change("IpAddress", address), Change("BrowserAgent", agent))
    return event_fields("UserLogin", "LoggedIn", user(name), user(name), properties=changes)


def reported_missing(device: Party, by: str, contacts: str) -> Fields:
    changes = (Change("EmailContacts", contacts),) if contacts else ()
    return event_fields("DeviceReportedMissing", "Reported", user(by), device, properties=changes)


def reported_found(device: Party, by: str) -> Fields:
    return event_fields("DeviceReportedFound", "Reported", user(by), device)


def action_requested(action: str, device: Party, by: str, request: Party) -> Fields:
    """`action` is the type's stem, such as DeviceFreeze; the secondary object is the request."""
    return event_fields(f"{action}Requested", "Requested", user(by), device, request)


def action_ended(action: str, how: str, device: Party, request: Party, reason: str = "") -> Fields:
    """`how` is the verb, such as Completed, Failed or Canceled."""
    changes = (Change("Reason", reason),) if reason else ()
    return event_fields(f"{action}{how}", how, SYSTEM, device, request, changes)


def frozen(device: Party, request: Party) -> Fields:
    return event_fields("DeviceFrozen", "Frozen", device, device, request)


def unfrozen(device: Party, request: Party) -> Fields:
    return event_fields("DeviceUnfrozen", "Unfrozen", device, device, request)


def api_token_updated(token_id: str, title: str, verb: str, by: str, changes: tuple[Change, ...] = ()) -> Fields:
    """The console's help: creating a token writes "API token updated". Its spelling as a type, and its verbs, are invented."""
    return event_fields("APITokenUpdated", verb, user(by), Party("APIToken", title, token_id), properties=changes)
