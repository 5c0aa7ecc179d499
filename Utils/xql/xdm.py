"""Fields of the Cortex Data Model: the groups that the rules use. Source: "Cortex XSIAM Data Model Schema"."""

ADDRESSES = ("ipv4_addresses", "ipv4_public_addresses", "ipv6_addresses", "ipv6_public_addresses")
HOST = (*ADDRESSES, "device_category", "device_id", "device_model", "fqdn", "hardware_uuid", "hostname", "mac_addresses", "os")
USER = ("domain", "identifier", "identity_type", "upn", "user_type", "username")
LOCATION = ("city", "continent", "country", "latitude", "longitude", "region", "timezone")
RESOURCE = ("id", "name", "parent_id", "sub_type", "type", "value")
GROUPS = {
    "event": ("description", "id", "operation", "operation_sub_type", "original_event_type", "outcome", "outcome_reason", "type"),
    "observer": ("action", "name", "product", "type", "unique_identifier", "vendor", "version"),
    "source": ("ipv4", "ipv6", "port", "user_agent"),
    "source.application": ("name", "publisher", "version"),
    "source.host": HOST,
    "source.identity": USER,
    "source.location": LOCATION,
    "source.user": USER,
    "target": ("ipv4", "ipv6", "port", "url"),
    "target.agent": ("content_version", "identifier", "installation_time", "type", "version"),
    "target.host": HOST,
    "target.identity": USER,
    "target.location": LOCATION,
    "target.resource": RESOURCE,
    "target.resource_before": RESOURCE,
    "target.user": USER,
}
FIELDS = frozenset(f"xdm.{group}.{name}" for group, names in GROUPS.items() for name in names)
ARRAYS = frozenset(f"xdm.{side}.host.{name}" for side in ("source", "target") for name in (*ADDRESSES, "mac_addresses"))
