"""Which devices are meant, how they are asked for, and when a command must not touch them."""

from collections.abc import Iterator
from collections.abc import Sequence
from hypothesis import given
from hypothesis import strategies as st
from typing import Any
from typing import ClassVar
import pytest
import re
from AbsoluteTargetsApiModule import (
    GET_COMPLIANCE,
    GET_DEVICES,
    MOVED_SERIALS,
    NOT_SEEN,
    Operation,
    Sought,
    TargetArgument,
    Targets,
    absence_note,
    agree,
    mac_text,
    not_found_text,
    nothing_found,
    told_apart,
    unchecked_targets,
    unseen,
    ApiError,
    ArgumentError,
    Criterion,
    DEVICES,
    Guard,
    MissingPermissionError,
    IDENTITY_FIELDS,
    MAX_ECHO,
    MAX_FILTER_CHARACTERS,
    MAX_TERM,
    Query,
    Report,
    Selection,
    TARGET_ARGUMENTS,
    TargetError,
    TransportError,
    Term,
    batch_terms,
    device_entries,
    device_label,
    encode_query,
    find_by_mac,
    find_devices,
    uid_criterion,
    halves,
    mac_forms,
    parse_raw_filter,
    parse_term,
    plan_queries,
    refuse_inexact,
    resolve_targets,
    row_macs,
    select_devices,
    selected_fields,
    target_criteria,
)

ARGUMENTS = {argument.name: argument for argument in TARGET_ARGUMENTS}


def criterion(argument: str, *values: str) -> Criterion:
    return Criterion(argument, tuple(parse_term(ARGUMENTS[argument], value) for value in values))


def lets_through(query: Query, device: dict[str, str]) -> bool:
    """Whether a query leaves the device in, read from its text alone: a field it does not mention is not restricted."""
    for name, value in device.items():
        if query.advanced:
            conditions = [f"{name} eq '{value}'", f"{name}StartsWith eq '{value}'"]
            mentioned, met = f"{name} eq" in query.params[0][1], any(text in query.params[0][1] for text in conditions)
        else:
            mentioned, met = name in dict(query.params), dict(query.params).get(name) == value
        if mentioned and not met:
            return False
    return True


class TestQueries:
    def test_values_are_percent_encoded_as_the_vendor_does(self) -> None:
        params = [("deviceName", "AT&T = O'Brien\\x,y:z"), ("filter", "(a eq 'b')")]
        assert encode_query(params) == "deviceName=AT%26T%20%3D%20O%27Brien%5Cx%2Cy%3Az&filter=(a%20eq%20%27b%27)"

    def test_one_value_per_argument_needs_no_expression(self) -> None:
        criteria = [criterion("device_names", "O'Brien"), criterion("serial_numbers", "SN1*")]
        assert plan_queries(criteria) == [Query((("deviceName", "O'Brien"), ("serialNumberStartsWith", "SN1")))]

    def test_arguments_narrow_and_values_widen(self) -> None:
        [query] = plan_queries([criterion("device_names", "A", "B"), criterion("serial_numbers", "S")])
        assert query.params[0][1] == "(deviceName eq 'A' or deviceName eq 'B') and serialNumber eq 'S'"

    def test_a_raw_filter_is_narrowed_further(self) -> None:
        [query] = plan_queries([criterion("device_names", "A")], "isStolen eq true or isStolen eq false")
        assert query.params == (("filter", "deviceName eq 'A' and (isStolen eq true or isStolen eq false)"),)

    def test_a_quote_never_reaches_a_filter_expression(self) -> None:
        queries = plan_queries([criterion("device_names", "A", "O'B", "C"), criterion("serial_numbers", "S'", "T")])
        assert Query((("deviceName", "O'B"),)) in queries
        assert all(q.params[0][1].count("'") % 2 == 0 and "O'B" not in q.params[0][1] for q in queries if q.advanced)

    def test_a_raw_filter_and_a_quote_are_refused(self) -> None:
        with pytest.raises(ArgumentError, match="filter"):
            plan_queries([criterion("device_names", "O'B")], "isStolen eq true")

    @given(
        names=st.lists(
            st.text(min_size=1, max_size=30).filter(lambda t: t.strip("*") and "*" not in t), min_size=1, max_size=60, unique=True
        ),
        serials=st.lists(st.sampled_from(["S1", "S2", "S'3", "S*"]), max_size=4, unique=True),
        room=st.integers(100, 2000),
    )
    def test_every_wanted_device_is_asked_for_and_no_expression_is_too_long(self, names: list, serials: list, room: int) -> None:
        criteria = [Criterion("device_names", tuple(Term(n, "deviceName", "", n) for n in names))]
        criteria += [criterion("serial_numbers", *serials)] if serials else []
        queries = plan_queries(criteria, max_characters=room)
        for name in names:
            for serial in [term.text for c in criteria[1:] for term in c.terms] or [""]:
                wanted = {"deviceName": name, "serialNumber": serial}
                assert any(lets_through(query, wanted) for query in queries)
        for query in queries:
            in_one_filter = query.advanced and " or " in query.params[0][1]
            assert not in_one_filter or len(encode_query(query.params)) <= room + len("filter=")

    def test_a_thousand_serial_numbers_fill_their_calls(self) -> None:
        terms = [Term(f"SN{i:06}", "serialNumber", "", f"SN{i:06}") for i in range(1000)]
        batches = batch_terms(terms, MAX_FILTER_CHARACTERS)
        assert sum(map(len, batches)) == 1000
        assert len({len(batch) for batch in batches[:-1]}) == 1

    def test_a_refused_length_halves_the_expression(self) -> None:
        [query] = plan_queries([criterion("device_names", "A", "B", "C"), criterion("serial_numbers", "S")])
        first, second = halves(query)
        assert first.params[0][1] == "(deviceName eq 'A') and serialNumber eq 'S'"
        assert second.params[0][1] == "(deviceName eq 'B' or deviceName eq 'C') and serialNumber eq 'S'"
        assert halves(first) == []
        assert halves(Query((("deviceName", "A"),))) == []

    @pytest.mark.parametrize("text", ["substringof('x',esn) eq true", "esn ne 'x'", "startswith(deviceName,'x')", "esn eq 'x"])
    def test_the_old_query_language_is_refused_in_words(self, text: str) -> None:
        with pytest.raises(ArgumentError, match="filter"):
            parse_raw_filter(text)

    def test_words_inside_quotes_are_no_operators(self) -> None:
        assert parse_raw_filter(" deviceName eq 'not gt lt' ") == "deviceName eq 'not gt lt'"


DEVICE_UID = "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"


class TestTypedTerms:
    @pytest.mark.parametrize(
        ("argument", "typed", "expected"),
        [
            ("device_names", "LAB-*", ("StartsWith", "LAB-")),
            ("user_names", "*\\jdoe", ("EndsWith", "\\jdoe")),
            ("user_names", "*jdoe*", ("Contains", "jdoe")),
            ("esns", "2abc", ("", "2ABC")),
            ("device_ids", DEVICE_UID.upper(), ("", DEVICE_UID)),
            ("local_ips", "192.0.2.", None),
            ("local_ips", "192.0.2.*", ("StartsWith", "192.0.2.")),
            ("device_names", "*LAB", None),
            ("device_names", "*", None),
            ("device_names", "a*b", None),
            ("device_ids", "5b1f*", None),
            ("device_ids", "LAB-0001", None),
        ],
    )
    def test_wildcards_only_where_the_api_has_them(self, argument: str, typed: str, expected: tuple[str, str] | None) -> None:
        if expected is None:
            with pytest.raises(ArgumentError, match=argument):
                parse_term(ARGUMENTS[argument], typed)
        else:
            term = parse_term(ARGUMENTS[argument], typed)
            assert (term.suffix, term.text) == expected

    def test_exact_means_exact(self) -> None:
        term = parse_term(ARGUMENTS["device_names"], "PC-1")
        assert [term.matches({"deviceName": name}) for name in ("PC-1", "pc-1", "PC-10", "XPC-1")] == [True, True, False, False]
        assert not term.matches({})

    def test_mac_addresses_in_every_form(self) -> None:
        assert mac_forms("00-00-5e-00-53-01")[:2] == ["00-00-5e-00-53-01", "00:00:5E:00:53:01"]
        with pytest.raises(ArgumentError, match="mac_addresses"):
            mac_forms("00:00:5E")

    def test_a_field_and_its_parent_are_not_selected_together(self) -> None:
        assert selected_fields(["espInfo", "espInfo.encryptionStatus"], []) == ["espInfo"]


class TestTerms:
    @pytest.mark.parametrize(
        ("argument", "typed", "said"),
        [
            (
                "device_names",
                "*LAB",
                'device_names: "*LAB" cannot be searched; use a full value or x*. Example: device_names="LAB',
            ),
            ("user_names", "a*b", 'user_names: "a*b" cannot be searched; use a full value or x* or *x or *x*. Example'),
            ("device_ids", "5b1f*", 'device_ids: "5b1f*" cannot be searched; use a full value. Example'),
            ("local_ips", "192.0.2", 'local_ips: "192.0.2" is not an IP address. Example: local_ips=192.0.2.15'),
            ("public_ips", "x", 'public_ips: "x" is not an IP address. Example: public_ips=198.51.100.20'),
        ],
    )
    def test_what_cannot_be_searched_says_what_can(self, argument: str, typed: str, said: str) -> None:
        with pytest.raises(ArgumentError, match="^" + re.escape(said)) as refused:
            parse_term(ARGUMENTS[argument], typed)
        assert f"Example: {argument}=" in str(refused.value)

    def test_a_part_of_an_example_in_quotes_is_in_quotes(self) -> None:
        with pytest.raises(ArgumentError, match=r'Example: app_names="Example\*"$'):
            parse_term(TargetArgument("app_names", "appName", ("StartsWith",), '"Example Editor"'), "a*b")

    def test_a_term_remembers_what_was_typed(self) -> None:
        assert parse_term(ARGUMENTS["user_names"], "*Doe*") == Term("*Doe*", "username", "Contains", "Doe")
        assert parse_term(ARGUMENTS["public_ips"], "198.51.100.*") == Term(
            "198.51.100.*", "publicIp", "StartsWith", "198.51.100."
        )
        assert parse_term(ARGUMENTS["device_names"], "XPC-X") == Term("XPC-X", "deviceName", "", "XPC-X")
        assert parse_term(ARGUMENTS["local_ips"], "2001:db8::1") == Term("2001:db8::1", "localIp", "", "2001:db8::1")

    def test_no_value_is_longer_than_any_that_absolute_has(self) -> None:
        assert parse_term(ARGUMENTS["device_names"], "x" * MAX_TERM).text == "x" * MAX_TERM
        said = f"device_names: a value of {MAX_TERM + 1} characters is longer than any that Absolute has: {'x' * MAX_ECHO} …"
        with pytest.raises(ArgumentError, match="^" + re.escape(said)) as refused:
            parse_term(ARGUMENTS["device_names"], "x" * (MAX_TERM + 1))
        assert str(refused.value).endswith("Example: device_names=LAB-0001")

    def test_fields_that_the_criteria_need_are_selected_too(self) -> None:
        criteria = [
            Criterion("x", (Term("x", "encryptionStatus", "", "x", "espInfo.encryptionStatus"), Term("y", "esn", "", "y")))
        ]
        assert selected_fields(["esn", "os"], criteria) == ["esn", "os", "espInfo.encryptionStatus"]
        os_name = TargetArgument("os_name", "operatingSystemName", (), "Microsoft Windows 11 Pro", "operatingSystem.name")
        assert parse_term(os_name, "Windows").path == "operatingSystem.name"
        assert selected_fields(["espInfo", "espInfoOther"], criteria) == ["espInfo", "espInfoOther", "esn"]


ONE, TWO, THREE, FOUR, FIVE = (f"{digit}b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a" for digit in "56789")


FLEET = [
    {"deviceUid": ONE, "deviceName": "LAB-1", "serialNumber": "SN1", "esn": "2A1", "localIp": "192.0.2.1"},
    {"deviceUid": TWO, "deviceName": "LAB-2", "serialNumber": "SN2", "esn": "2A2", "localIp": "192.0.2.2"},
    {"deviceUid": THREE, "deviceName": "lab-1", "serialNumber": "SN3", "esn": "2A3", "localIp": "192.0.2.3"},
]


class Directory:
    """A client whose filters do nothing: what is selected is selected on our side. It notes what it was asked."""

    def __init__(self, rows: Sequence[dict[str, Any]] = FLEET, macs: dict[str, list[dict[str, Any]]] | None = None) -> None:
        self.listed, self.macs = list(rows), macs or {}
        self.asked: list[tuple[Query, list[str]]] = []
        self.asked_macs: list[str] = []
        self.error: ApiError | None = None

    def report(self, report: Report, query: Query, select: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
        assert report is DEVICES
        if self.error:
            raise self.error
        self.asked.append((query, list(select)))
        yield self.listed[:1]
        yield self.listed  # the first comes again

    def call(self, operation: Operation, *_values: str, params: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
        assert (operation, params) == (GET_DEVICES, [("select", "deviceUid"), ("pageSize", "1")])
        return {"data": self.listed[:1]}

    def rows(self, operation: Operation, params: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
        [(name, mac_address)] = params
        assert (operation, name) == (GET_COMPLIANCE, "macAddress")
        self.asked_macs.append(mac_address)
        yield from self.macs.get(mac_address, [])


class TestMacAddresses:
    FORMS: ClassVar[list[str]] = [
        "00-00-5e-00-53-01",
        "00:00:5E:00:53:01",
        "00-00-5E-00-53-01",
        "00005E005301",
        "00:00:5e:00:53:01",
        "00005e005301",
        "0000.5E00.5301",
        "00.00.5E.00.53.01",
        "0000.5e00.5301",
        "00.00.5e.00.53.01",
        "0x00005E005301",
        "0x00005e005301",
    ]

    def test_every_form_once(self) -> None:
        assert mac_forms("00-00-5e-00-53-01") == self.FORMS

    @pytest.mark.parametrize("typed", ["0x00005E005301", "0X00005e005301", "0000.5e00.5301", "00.00.5E.00.53.01"])
    def test_notations_of_other_products(self, typed: str) -> None:
        assert mac_forms(typed)[0] == typed
        assert {*mac_forms(typed)} == {typed, *self.FORMS}

    @pytest.mark.parametrize("typed", ["00:00:5E:00:53", "00:00:5E:00:53:01:02", "x00005E005301", "00 00 5E 00 53 01"])
    def test_what_is_no_address(self, typed: str) -> None:
        with pytest.raises(ArgumentError, match=rf'^mac_addresses: "{typed}" is not a MAC address\. Example: mac_addresses=00'):
            mac_forms(typed)

    def test_forms_are_tried_until_one_is_found(self) -> None:
        row = {"deviceUid": ONE, "networkAdapters": [{"macAddress": None}, {"macAddress": "00005e005301"}]}
        other = {"deviceUid": TWO, "macAddress": "00:00:5E:00:53:02"}
        directory = Directory(macs={self.FORMS[1]: [other], self.FORMS[2]: [other, row, row]})
        assert find_by_mac(directory, self.FORMS) == [ONE]  # type: ignore[arg-type]
        assert directory.asked_macs == self.FORMS[:3]
        assert find_by_mac(Directory(), self.FORMS) == []  # type: ignore[arg-type]
        nameless = Directory(macs={self.FORMS[0]: [{"macAddress": self.FORMS[0]}]})
        with pytest.raises(TransportError, match="^Could not read the compliance report: a row of the answer does not say which"):
            find_by_mac(nameless, self.FORMS)  # type: ignore[arg-type]

    def test_addresses_of_a_row(self) -> None:
        row = {"macAddress": "00-00-5E-00-53-01", "networkAdapters": [{"macAddress": "00:00:5e:00:53:02"}, {}]}
        assert row_macs(row) == {"00005e005301", "00005e005302"}
        assert row_macs({}) == set()
        assert row_macs({"macAddress": "0x00005E005301"}) == row_macs({"macAddress": "0000.5e00.5301"}) == {"00005e005301"}

    def test_an_address_selects_by_uid(self) -> None:
        row = {"deviceUid": ONE, "macAddress": "00:00:5E:00:53:01"}
        directory = Directory(macs={"00:00:5E:00:53:01": [row]})
        criteria, missing = target_criteria(directory, {"mac_addresses": "00:00:5E:00:53:01,00:00:5E:00:53:02"})  # type: ignore[arg-type]
        assert criteria == [Criterion("mac_addresses", (Term("00:00:5E:00:53:01", "deviceUid", "", ONE),))]
        assert missing == ["00:00:5E:00:53:02"]

    def test_unknown_addresses_select_nothing_even_beside_others(self) -> None:
        args = {"mac_addresses": "00:00:5E:00:53:01", "device_names": "LAB-2"}
        directory = Directory()
        selection = select_devices(directory, args, ())  # type: ignore[arg-type]
        assert selection.devices == ()
        assert directory.asked == []
        assert selection.unmatched() == ["device_names=LAB-2", "mac_addresses=00:00:5E:00:53:01"]


class TestSelections:
    def test_arguments_narrow_and_rows_come_once(self) -> None:
        directory = Directory()
        selection = select_devices(directory, {"device_names": "LAB-1,LAB-2", "serial_numbers": "SN1,SN9"}, ("os",))  # type: ignore[arg-type]
        assert [device["deviceUid"] for device in selection.devices] == [ONE]
        assert directory.asked[0][1] == ["deviceUid", "deviceName", "os", "serialNumber"]
        assert sorted(selection.unmatched()) == ["device_names=LAB-2", "serial_numbers=SN9"]
        assert selection.ambiguous() == {}

    def test_values_that_several_devices_have(self) -> None:
        selection = select_devices(Directory(), {"device_names": "LAB-1"}, ())  # type: ignore[arg-type]
        assert {value: [device["deviceUid"] for device in devices] for value, devices in selection.ambiguous().items()} == {
            "device_names=LAB-1": [ONE, THREE]
        }
        assert selection.unmatched() == []

    @pytest.mark.parametrize("row", [{"deviceName": "LAB-1"}, {"deviceUid": "", "deviceName": "LAB-1"}])
    def test_a_row_that_does_not_say_whose_it_is_is_no_device_less(self, row: dict[str, Any]) -> None:
        named = Criterion("n", (Term("LAB-1", "deviceName", "", "LAB-1"),))
        with pytest.raises(TransportError, match=r"^Could not read devices: a row of the answer does not say which device"):
            list(find_devices(Directory([row]), [named], ()))  # type: ignore[arg-type]

    def test_what_is_asked_for(self) -> None:
        directory = Directory()
        (found,) = find_devices(directory, [uid_criterion([ONE])], ("esn",), "isStolen eq true")  # type: ignore[arg-type]
        assert found["deviceUid"] == ONE, "once, though its row comes twice"
        query = Query((("filter", f"deviceUid eq '{ONE}' and (isStolen eq true)"),), advanced=True)
        assert directory.asked == [(query, ["deviceUid", "deviceName", "esn"])]

    def test_no_target_at_all(self) -> None:
        names = ", ".join(ARGUMENTS)
        for resolve in (lambda: select_devices(Directory(), {}, ()), lambda: resolved({})):  # type: ignore[arg-type]
            with pytest.raises(ArgumentError, match=rf"^device_ids: no device is named\. Give at least one of {names}\. Example"):
                resolve()


def resolved(args: dict[str, Any], guard: Guard | None = None, directory: Directory | None = None) -> list[str]:
    return resolve_targets(directory or Directory(), args, guard or Guard()).uids  # type: ignore[arg-type]


def protecting(entries: str) -> Guard:
    return Guard(protected=device_entries({"protected_devices": entries}, "protected_devices"))


class TestResolution:
    def test_every_value_is_one_device(self) -> None:
        directory = Directory()
        assert resolved({"serial_numbers": "SN2;SN1"}, directory=directory) == [TWO, ONE], "as they were typed"
        assert directory.asked[0][1] == [
            "deviceUid",
            "deviceName",
            *(f for f in IDENTITY_FIELDS if f not in ("deviceUid", "deviceName")),
        ]

    def test_fields_that_the_command_wants_are_read_along(self) -> None:
        directory = Directory()
        resolve_targets(directory, {"serial_numbers": "SN2"}, Guard(), ("os",))  # type: ignore[arg-type]
        assert directory.asked[0][1][-1] == "os"

    def test_a_value_for_several_devices_is_refused(self) -> None:
        with pytest.raises(TargetError, match=rf"device_names=LAB-1 matches 2 devices: LAB-1, serial SN1, {ONE}, [^;]*; lab-1, "):
            resolved({"device_names": "LAB-1"})

    def test_too_many_values_are_refused_before_the_first_call(self) -> None:
        directory = Directory()
        with pytest.raises(TargetError, match=r"^2 devices are meant, but the instance allows 1 per action"):
            resolved({"serial_numbers": "SN1,SN2", "device_names": "LAB-1,LAB-2"}, Guard(max_devices=1), directory)
        assert directory.asked == []

    def test_a_protected_device_stops_everything(self) -> None:
        with pytest.raises(
            TargetError, match=rf"^Nothing was sent: protected by .*\(protected_devices\): LAB-2, serial SN2, {TWO}\.$"
        ):
            resolved({"serial_numbers": "SN1,SN2"}, protecting("lab-2"))

    def test_without_the_permission_to_read_devices_go_by_uid(self) -> None:
        directory = Directory()
        directory.error = MissingPermissionError("may not read", 403, "NOT_AUTHORIZED")
        targets = resolve_targets(directory, {"device_ids": f"{TWO.upper()},{ONE},{TWO}"}, Guard())  # type: ignore[arg-type]
        assert targets.devices == ({"deviceUid": TWO}, {"deviceUid": ONE})
        assert "This token may not read devices (View Device reports)" in targets.note

    @pytest.mark.parametrize(
        ("args", "error"),
        [
            ({"serial_numbers": "SN1"}, MissingPermissionError("no", 403, "NOT_AUTHORIZED")),
            ({"device_ids": ONE, "serial_numbers": "SN1"}, MissingPermissionError("no", 403, "NOT_AUTHORIZED")),
            ({"device_ids": ONE}, ApiError("no", 403)),
            ({"device_ids": ONE}, ApiError("no", 500, "SERVER")),
        ],
        ids=["no UIDs", "not only UIDs", "403 of somebody else", "another error"],
    )
    def test_other_errors_and_arguments_are_no_reason_to_go_unchecked(self, args: dict[str, Any], error: ApiError) -> None:
        directory = Directory()
        directory.error = error
        with pytest.raises(ApiError, match="no"):
            resolved(args, directory=directory)

    def test_unread_devices_might_be_protected(self) -> None:
        directory = Directory()
        directory.error = MissingPermissionError("may not read", 403, "NOT_AUTHORIZED")
        with pytest.raises(TargetError, match=r"^Nothing was sent: the instance has protected devices, .* may not read$"):
            resolved({"device_ids": ONE}, protecting("lab-2"), directory)
        with pytest.raises(TargetError, match=r"^Nothing was sent: .* The device report has no device for this token\.$"):
            resolved({"device_ids": ONE}, protecting("lab-2"), Directory([]))

    def test_only_ten_of_many_are_listed(self) -> None:
        many = tuple({"deviceUid": str(number), "deviceName": "PC"} for number in range(12))
        with pytest.raises(
            TargetError,
            match=r"matches 12 devices: PC, 0, status unknown.*; PC, 9, [^;]*\. Each value must match exactly one device",
        ):
            refuse_inexact(Selection(many, (Criterion("device_names", (Term("PC", "deviceName", "", "PC"),)),)))


class TestComparison:
    def test_labels(self) -> None:
        assert device_label(FLEET[0]) == f"LAB-1, serial SN1, {ONE}"
        assert device_label({"deviceUid": ONE, "serialNumber": None}) == ONE
        assert device_label({"deviceName": "x" * 999}) == "x" * 200

    def test_a_uid_needs_no_name_to_compare(self) -> None:
        assert not protecting(TWO).protects({"deviceUid": ONE})
        assert protecting(f"{TWO}, dc-*").protects({"deviceUid": ONE})
        assert not Guard().protects({"deviceUid": ONE, "deviceName": "x"})


class TestWhatIsMissing:
    def test_nothing_is_missing(self) -> None:
        assert not_found_text([], True) == not_found_text([], False) == ""

    def test_what_may_be_there_all_the_same_is_said(self) -> None:
        assert not_found_text(["esns=2A", "device_names=x"], True) == "Not found: esns=2A, device_names=x."
        assert not_found_text(["esns=2A"], False) == f"Not found: esns=2A. {NOT_SEEN}"
        said = not_found_text(["esns=2A", "mac_addresses=00:00:5E:00:53:01"], True)
        assert said.endswith("(MAC addresses are found only for devices of the compliance report.)")

    def test_serial_numbers_that_have_moved(self) -> None:
        assert unseen(["esns=2A", "serial_numbers=A=1", "serial_numbers=B"], True) == MOVED_SERIALS.format("A=1*")
        assert unseen(["serial_numbers=SN*"], True) == ""
        assert unseen(["serial_numbers=SN1"], False) == f"{MOVED_SERIALS.format('SN1*')} {NOT_SEEN}"

    def test_a_selection_tells_what_it_lacks(self) -> None:
        lacks = criterion("device_names", "LAB-1", "LAB-9")
        assert Selection((FLEET[0],), (lacks,)).note() == "Not found: device_names=LAB-9."
        assert Selection((), (lacks,)).note().endswith(NOT_SEEN)

    def test_rows_that_pass_by(self) -> None:
        sought = Sought([criterion("device_names", "LAB-1", "LAB-9"), Criterion("esns", ())], ["00:00:5E:00:53:01"])
        assert list(sought.watch(FLEET)) == FLEET
        assert sought.unmet() == [("device_names", "LAB-9")]
        assert sought.note().startswith("Not found: device_names=LAB-9, mac_addresses=00:00:5E:00:53:01. (MAC")
        assert NOT_SEEN not in sought.note()
        assert Sought([uid_criterion([ONE, TWO])]).unmet() == [("device_ids", ONE), ("device_ids", TWO)]
        assert Sought([criterion("esns", "2A9")]).note() == f"Not found: esns=2A9. {NOT_SEEN}"

    def test_a_device_that_is_there_is_told_from_one_that_is_not(self) -> None:
        directory = Directory()
        asked = [("device_names", "LAB-1"), ("device_names", "LAB-9"), ("serial_numbers", "SN2")]
        said = absence_note(directory, asked, "Not reported missing", "View X")  # type: ignore[arg-type]
        there = "; ".join(device_label(FLEET[place]) for place in (0, 2, 1))
        assert said == f"Not reported missing: {there}. A token without View X may see none. Not found: device_names=LAB-9."
        assert set(directory.asked[0][1]) == {"deviceName", "serialNumber", "deviceUid"}
        assert absence_note(directory, [], "x", "y") == ""  # type: ignore[arg-type]
        assert absence_note(directory, [("esns", "2A9")], "x", "y") == f"Not found: esns=2A9. {NOT_SEEN}"  # type: ignore[arg-type]

    def test_whether_it_is_there_cannot_be_read(self) -> None:
        directory = Directory()
        directory.error = ApiError("No answer.", 500)
        said = absence_note(directory, [("esns", "2A1"), ("esns", "2A2")], "Not missing", "y")  # type: ignore[arg-type]
        assert said == "Not missing, or no such device: esns=2A1, esns=2A2. Whether there is one could not be read: No answer."

    def test_an_empty_report_of_a_token_that_sees_nothing_is_no_answer(self) -> None:
        blind = Directory([])
        targets = resolve_targets(blind, {"device_ids": f"{TWO},{ONE}"}, Guard())  # type: ignore[arg-type]
        assert (targets.uids, targets.unchecked) == ([TWO, ONE], True)
        assert targets.noted("First.").note == f"First. {targets.note}"
        assert Targets(()).noted("First.").note == "First."
        with pytest.raises(TargetError, match=rf"no device matches device_ids={ONE.replace('5', '8', 1)}"):
            resolved({"device_ids": ONE.replace("5", "8", 1)})
        with pytest.raises(TargetError, match="no device matches"):
            resolved({"serial_numbers": "SN1"}, directory=blind)

    def test_an_unchecked_uid_has_to_be_one(self) -> None:
        with pytest.raises(ArgumentError, match="^device_ids: "):
            unchecked_targets({"device_ids": "x"}, Guard(), "")

    def test_a_search_without_rows(self) -> None:
        assert (
            nothing_found("Devices", "No device", "Look.")
            == "### Devices\nNo device was found, or the token may not see it. Look."
        )
        assert "may not see it (View X)." in nothing_found("Devices", needs="View X")
        assert nothing_found("Devices") == "### Devices\nNothing was found, or the token may not see it."

    def test_two_records_of_one_device(self) -> None:
        known = {"agentStatus": "I", "lastConnectedDateTimeUtc": "2026", "accountUid": "7", "esn": "2A"}
        assert told_apart({"deviceUid": ONE, **known}) == f"{ONE}, Inactive, last contact 2026, account 7, ESN 2A"
        assert told_apart({"deviceUid": ONE}) == f"{ONE}, status unknown, last contact unknown, account unknown, ESN unknown"
        assert ", X, " in told_apart({"agentStatus": "X"})

    @pytest.mark.parametrize(
        ("reported", "shown"),
        [
            ("0x00005e005301", "00:00:5E:00:53:01"),
            ("0000.5E00.5301", "00:00:5E:00:53:01"),
            ("00005e0053", "00005e0053"),
            (None, "None"),
        ],
    )
    def test_mac_addresses_are_shown_as_others_write_them(self, reported: Any, shown: str) -> None:
        assert mac_text(reported) == shown


class TestDomains:
    ROWS: ClassVar[list[dict[str, Any]]] = [
        {"deviceUid": ONE, "deviceName": "LAB-1", "domain": "corp.example.com", "username": "CORP\\ann"},
        {"deviceUid": TWO, "deviceName": "lab-1.lab.example.com", "domain": "", "username": "ann@corp.example.com"},
        {
            "deviceUid": THREE,
            "deviceName": "LAB-1",
            "fullSystemName": "LAB-1.WORKGROUP",
            "domain": "WORKGROUP",
            "username": "ann",
        },
        {"deviceUid": FOUR, "deviceName": "LAB-3", "fullSystemName": "LAB-3.lab.example.com"},
        {"deviceUid": FIVE, "fullSystemName": "LAB\\LAB-4", "domain": "corp.example.com", "username": "bob"},
    ]

    @pytest.mark.parametrize(
        ("argument", "typed", "found"),
        [
            ("device_names", "LAB-3.lab.example.com", [FOUR]),
            ("device_names", "LAB-3.corp.example.com", []),
            ("user_names", "bob@example.org", [FIVE]),
            ("device_names", "LAB-1.corp.example.com", [ONE, THREE]),
            ("device_names", "LAB-1.CORP", [ONE, THREE]),
            ("device_names", "LAB-1.lab.example.com", [TWO]),
            ("device_names", "LAB-1.example.org", [THREE]),
            ("device_names", "LAB-2.corp.example.com", []),
            ("user_names", "ann@corp.example.com", [TWO]),
            ("user_names", "corp\\ann", [ONE]),
            ("user_names", "ann@example.org", [THREE]),
            ("user_names", "other\\ann", [THREE]),
        ],
    )
    def test_a_name_with_and_without_its_domain(self, argument: str, typed: str, found: list[str]) -> None:
        selection = select_devices(Directory(self.ROWS), {argument: typed}, ())  # type: ignore[arg-type]
        assert [device["deviceUid"] for device in selection.devices] == found
        assert selection.unmatched() == ([] if found else [f"{argument}={typed}"])

    def test_both_kinds_of_names_are_asked_for(self) -> None:
        directory = Directory(self.ROWS)
        select_devices(directory, {"user_names": "other\\ann"}, ())  # type: ignore[arg-type]
        expressions = [query.params for query, _ in directory.asked]
        assert expressions[1] == (
            ("filter", "(username eq 'ann' or usernameStartsWith eq 'ann@' or usernameEndsWith eq '\\ann')"),
        )
        assert {"fullSystemName", "domain"} <= set(directory.asked[1][1])
        select_devices(directory, {"device_names": "LAB-1.example.org"}, ())  # type: ignore[arg-type]
        params = [query.params for query, _ in directory.asked]
        assert (("filter", "(deviceName eq 'LAB-1' or deviceNameStartsWith eq 'LAB-1.')"),) in params

    def test_what_has_no_domain_is_not_asked_for_again(self) -> None:
        directory = Directory()
        assert select_devices(directory, {"serial_numbers": "SN9"}, ()).devices == ()  # type: ignore[arg-type]
        assert len(directory.asked) == 1

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("", "x", True),
            ("CORP", "corp.example.com", True),
            ("example.com", "corp.Example.com", True),
            ("corp", "corpx.y", False),
            ("a.b", "a.c", False),
        ],
    )
    def test_domains_that_may_be_the_same(self, one: str, other: str, same: bool) -> None:
        assert agree(one, other) is agree(other, one) is same
