"""Custom Fields: /configurations/customfields/definitions and /configurations/customfields/devices. Nothing is paged."""

from __future__ import annotations

from typing import Any

from ..body import Members
from ..custom_fields import Definition
from ..errors import invalid_value
from ..permissions import Permission
from ..query import refuse_unknown_parameters, simple_filter, suffixed_filters
from ..routes import ACCEPTED, Answer, Call, Route, found, path_device

VALUE_FILTERS = suffixed_filters("cdfFieldName", "Contains")


def list_definitions(call: Call) -> Answer:
    refuse_unknown_parameters(call.params, frozenset(), call.account.options.query)
    return Answer(data=[definition_record(definition) for definition in call.account.custom_fields.definitions.values()])


def get_definition(call: Call) -> Answer:
    return Answer(data=definition_record(_definition(call)))


def list_values(call: Call) -> Answer:
    refuse_unknown_parameters(call.params, frozenset(VALUE_FILTERS), call.account.options.query)
    matches = simple_filter(call.params, VALUE_FILTERS, call.account.options.query)
    fields = call.account.custom_fields
    records = [value_record(fields.definitions[uid], value) for uid, value in fields.values(path_device(call)).items()]
    return Answer(data=[record for record in records if matches(record)])


def get_value(call: Call) -> Answer:
    """A field that has no value on the device is not found, as it is not in the device's list."""
    device, definition = path_device(call), _definition(call)
    return Answer(data=value_record(definition, found(call.account.custom_fields.values(device).get(definition.uid))))


def update_values(call: Call) -> Answer:
    """Writes all values of the call or, when one of them is refused, none."""
    device = path_device(call)
    if not isinstance(call.body, list) or not call.body:
        raise invalid_value("data", "must be a list of values")
    entries = [_written(call, Members(entry, call.account.options.query, f"[{place}].")) for place, entry in enumerate(call.body)]
    call.account.custom_fields.write(device, dict(entries))
    return ACCEPTED


def _written(call: Call, entry: Members) -> tuple[str, str]:
    """(cdfUid, value). cdfFieldKey is ignored, says the document."""
    uid = entry.required("cdfUid", entry.text, 1, 100)
    definition = call.account.custom_fields.definitions.get(uid)
    if definition is None:
        raise entry.refused("cdfUid", f"unknown field {uid}")
    value = entry.required("cdfFieldValue", entry.text, 0, 4000)
    refusal = definition.refusal(value)
    if refusal:
        raise entry.refused("cdfFieldValue", refusal)
    return uid, value


def _definition(call: Call) -> Definition:
    return found(call.account.custom_fields.definitions.get(call.path_values["cdfUid"]))


def definition_record(definition: Definition) -> dict[str, Any]:
    record: dict[str, Any] = {
        "cdfUid": definition.uid,
        "cdfFieldName": definition.name,
        "type": definition.type,
        "categoryCode": definition.category,
    }
    elements = enumerate(definition.elements, start=1)
    dropdowns = [{"elementId": number, "elementValue": element} for number, element in elements]
    return {**record, "dropdowns": dropdowns} if dropdowns else record


def value_record(definition: Definition, value: str) -> dict[str, Any]:
    return {
        "cdfUid": definition.uid,
        "cdfFieldKey": definition.key,
        "cdfFieldName": definition.name,
        "cdfFieldValue": value,
        "categoryCode": definition.category,
        "type": definition.type,
    }


_VIEW = (Permission.VIEW_DEVICE_FIELDS,)
_DEFINITION = (Permission.MANAGE_DEVICE_FIELD_DEFINITION,)
ROUTES = (
    Route("GET", "/configurations/customfields/definitions", _DEFINITION, list_definitions),
    Route("GET", "/configurations/customfields/definitions/{cdfUid}", _DEFINITION, get_definition, one=True),
    Route("GET", "/configurations/customfields/devices/{deviceUid}", _VIEW, list_values),
    Route("PUT", "/configurations/customfields/devices/{deviceUid}", (Permission.MANAGE_DEVICE_FIELDS,), update_values),
    Route("GET", "/configurations/customfields/devices/{deviceUid}/{cdfUid}", _VIEW, get_value, one=True),
)
