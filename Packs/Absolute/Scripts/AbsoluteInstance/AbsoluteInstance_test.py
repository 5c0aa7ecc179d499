"""Unit tests of AbsoluteInstance."""

import pytest
from AbsoluteInstance import ChoiceError, chosen, known


def module(brand: str = "Absolute", state: str = "active", on_demand: bool = False) -> dict[str, str]:
    """One instance as demisto.getModules() tells it."""
    return {"brand": brand, "state": state, "defaultIgnored": str(on_demand).lower()}


ONE = {"Berlin": module(), "Mail": module("EWS v2"), "Old": module(state="disabled")}
TWO = {**ONE, "Paris": module()}
ON_DEMAND = {**ONE, "Paris": module(on_demand=True)}


@pytest.mark.parametrize(
    ("wanted", "modules", "also_on_demand", "expected"),
    [
        ([], ONE, False, "Berlin"),
        ([], ON_DEMAND, False, "Berlin"),
        (["Paris"], TWO, False, "Paris"),
        (["Paris"], ON_DEMAND, False, "Paris"),
        (["Paris"], ON_DEMAND, True, "Paris"),
    ],
)
def test_one_instance(wanted: list[str], modules: dict[str, dict[str, str]], also_on_demand: bool, expected: str) -> None:
    """
    Given: one instance that would run a command.
    When: it is looked which.
    Then: it is named.
    """
    assert chosen(wanted, modules, also_on_demand, "Absolute") == expected


@pytest.mark.parametrize(
    ("wanted", "modules", "also_on_demand", "said"),
    [
        ([], {}, False, "There is no active instance"),
        ([], {"Old": module(state="disabled"), "Mail": module("EWS v2")}, False, "There is no active instance"),
        ([], TWO, False, "2 instances would each do the same"),
        ([], ON_DEMAND, True, "2 instances would each do the same"),
        ([], {"Paris": module(on_demand=True)}, False, "No instance of the Absolute integration is used by default"),
        (["admin"], ONE, False, "admin is no active instance"),
        (["Old"], ONE, False, "Old is no active instance"),
        (["Mail"], ONE, False, "Mail is no active instance"),
        (["Berlin", "Paris"], TWO, False, "names 2 instances"),
    ],
)
def test_not_one_instance(wanted: list[str], modules: dict[str, dict[str, str]], also_on_demand: bool, said: str) -> None:
    """
    Given: no instance, or more than one, that would run a command.
    When: it is looked which.
    Then: it is refused, and every instance that can be chosen is named.
    """
    with pytest.raises(ChoiceError) as refused:
        chosen(wanted, modules, also_on_demand, "Absolute")
    assert said in str(refused.value)
    assert all(name in str(refused.value) for name, one in modules.items() if one == module())


FETCHED = {"sourceBrand": "Absolute", "sourceInstance": "Berlin"}


@pytest.mark.parametrize(
    ("incident", "context", "expected"),
    [
        (FETCHED, {"AbsoluteInstance": {"Name": "Paris"}}, ["Berlin"]),
        ({"sourceBrand": "Manual", "sourceInstance": "ana"}, {"AbsoluteInstance": {"Name": "Paris"}}, ["Paris"]),
        ({"sourceBrand": "Manual", "sourceInstance": "ana"}, {"AbsoluteInstance": {"Reason": "none"}}, []),
        ({}, {}, []),
    ],
)
def test_the_instance_of_an_incident(incident: dict[str, str], context: dict[str, dict[str, str]], expected: list[str]) -> None:
    """
    Given: an incident that was fetched, or opened by hand with or without a playbook that acts.
    When: a button asks for its instance.
    Then: it is the one that fetched it, else the one on which the playbook acts, else none.
    """
    assert known(incident, context, "Absolute") == expected
