"""Unit tests of the integration and the pure core that it stands on. What talks HTTP is tested in Tests/scenarios."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import Absolute
import AbsoluteClientApiModule
import pytest
from Absolute import (
    MAX_FILTER_CHARACTERS,
    REMOVE_FREEZE,
    TARGET_ARGUMENTS,
    ApiError,
    ArgumentError,
    Criterion,
    Deadline,
    Evidence,
    Following,
    Guard,
    GET_DEVICES,
    CREATE_FREEZE,
    PollPlan,
    Query,
    Selection,
    TargetError,
    Term,
    TransportError,
    Verdict,
    api_base_url,
    batch_terms,
    build_client,
    build_guard,
    device_context,
    encode_query,
    freeze_body,
    freeze_verdict,
    halves,
    latitude_longitude,
    mac_forms,
    mask_secrets,
    parse_raw_filter,
    parse_http_date,
    parse_retry_after,
    parse_term,
    plan_queries,
    redact,
    refuse_inexact,
    removal_statuses,
    selected_fields,
    sign_in_refused,
    unfreeze_verdict,
    wait_before_retry,
)
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=timezone.utc)
DEVICE_UID = "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"
ARGUMENTS = {argument.name: argument for argument in TARGET_ARGUMENTS}
FREEZE_ARGS = {"request_name": "IR-1", "html_message": "<p>Locked</p>", "message_name": "IR lock"}


def new_pem() -> str:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(*form).decode()


class TestServerUrl:
    @pytest.mark.parametrize(
        ("typed", "expected"),
        [
            ("https://cc.absolute.com", "https://api.absolute.com"),
            ("https://cc.us.absolute.com/", "https://api.us.absolute.com"),
            ("HTTPS://CC.EU2.ABSOLUTE.COM", "https://api.eu2.absolute.com"),
            ("https://cc.in1.absolute.com/#/devices", "https://api.in1.absolute.com"),
            ("api.uk1.absolute.com", "https://api.uk1.absolute.com"),
            (" https://cc.fr1.absolutegov.com:443/login?x=y ", "https://api.fr1.absolutegov.com"),
            ("https://cc.zz9.absolute.com", "https://api.zz9.absolute.com"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ],
    )
    def test_console_and_api_addresses_of_every_region(self, typed: str, expected: str) -> None:
        assert api_base_url(typed) == expected

    @pytest.mark.parametrize(
        "typed",
        [
            "http://cc.absolute.com",
            "https://absolute.com",
            "https://cc.absolute.com.example.com",
            "https://cc.absolute.com@example.com",
            "https://user:word@cc.absolute.com",
            "https://example.com/cc.absolute.com",
            "https://cc.absolute.com:8443",
            "https://cc.absolute.com\\@example.com",
            "https://ccxabsolute.com",
            "https://cc.evilabsolute.com",
            "ftp://cc.absolute.com",
            "http://192.0.2.1",
            "https://[::1",
            "",
        ],
    )
    def test_a_signed_request_never_goes_to_a_stranger(self, typed: str) -> None:
        with pytest.raises(ArgumentError, match="Server URL"):
            api_base_url(typed)


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


class TestTerms:
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


class TestGuards:
    DEVICE = {"deviceUid": DEVICE_UID, "deviceName": "DC-01", "serialNumber": "SN9", "esn": "2A"}

    @pytest.mark.parametrize(
        ("entry", "hit"), [("dc-01", True), ("DC-*", True), ("SN9", True), (DEVICE_UID, True), ("DC-0", False), ("*", True)]
    )
    def test_protected_devices(self, entry: str, hit: bool) -> None:
        assert build_guard({"protected_devices": entry}).protects(self.DEVICE) is hit

    @pytest.mark.parametrize(
        ("entries", "device"),
        [
            ("DC-01;DC-02", {"deviceName": "DC-01"}),
            ('"DC-01","DC-02"', {"deviceName": "DC-02"}),
            ('["DC-01", "DC-02"]', {"deviceName": "DC-01"}),
            (f"{{{DEVICE_UID.upper()}}}", {"deviceUid": DEVICE_UID, "deviceName": "x"}),
            ("M\u00fcller-*", {"deviceName": "Mu\u0308ller-7"}),
            ("DC-*", {"deviceName": " DC-01\n"}),
            ("corp.example\\DC-01", {"deviceName": "DC-01", "fullSystemName": "corp.example\\DC-01"}),
            ("DC-01", {"deviceUid": DEVICE_UID}),
            ("SRV-9\tDC-01\tSRV-8", {"deviceName": "DC-01"}),
            ("['DC-02', 'DC-01']", {"deviceName": "DC-01"}),
            ("\ufeffD\u00adC\u2011\u200b01\u00a0", {"deviceName": "DC-01"}),
            ("\u201cLAB 7\u201d", {"deviceName": "LAB\u00a07"}),
            ("DC-01.corp.example.com", {"deviceName": "DC-01"}),
            ("CORP\\DC-01", {"deviceName": "DC-01"}),
            ("DC-*.corp.example.com", {"deviceName": "DC-01"}),
            ("DC-01", {"deviceName": "x", "fullSystemName": "DC-01.corp.example.com"}),
            ("DC-01", {"deviceName": "DC-01.local"}),
            (DEVICE_UID.replace("-", ""), {"deviceUid": DEVICE_UID.upper(), "deviceName": "x"}),
            (DEVICE_UID.replace("-", "\u2010"), {"deviceUid": DEVICE_UID}),
        ],
        ids=[
            *("semicolon", "quotes", "JSON", "braces", "decomposed", "blanks", "full name", "nothing known"),
            *(
                "table",
                "quoted list",
                "invisible",
                "curly quotes",
                "DNS name",
                "domain",
                "wildcard in a domain",
                "full name only",
            ),
            *("local name", "UID without hyphens", "UID with other hyphens"),
        ],
    )
    def test_a_protected_device_is_recognised_however_it_is_written(self, entries: str, device: dict) -> None:
        assert build_guard({"protected_devices": entries}).protects(device)

    @pytest.mark.parametrize(
        "entries", ["*.corp.example.com", "CORP\\*", "LAB.1", "DC-02.corp.example.com", "CORP\\DC-02", "O'Brien", "[OLD] DC-01"]
    )
    def test_an_entry_names_no_other_devices(self, entries: str) -> None:
        assert not build_guard({"protected_devices": entries}).protects(
            {"deviceName": "LAB-1", "fullSystemName": "LAB-1.WORKGROUP"}
        )

    @pytest.mark.parametrize(
        "entries",
        [
            "${lists.Servers}",
            "DC-0?",
            '["DC-01", "DC-02"',
            '"DC-01',
            "'Lab, 2'",
            "\u201cDC-01",
            "-",
            "[]",
            "[null]",
            "D\ufffd-01",
            "x" * 2000,
        ],
    )
    def test_what_cannot_be_understood_is_refused(self, entries: str) -> None:
        with pytest.raises(ArgumentError, match="protected_devices: "):
            build_guard({"protected_devices": entries})

    @pytest.mark.parametrize("entries", ["", None, " \n", "\ufeff"])
    def test_nothing_is_protected_by_nothing(self, entries: str | None) -> None:
        assert build_guard({"protected_devices": entries}).protected == ()

    def test_the_limit_says_how_to_raise_it(self) -> None:
        Guard(max_devices=50).check_count(50)
        with pytest.raises(TargetError, match="51 devices.*max_devices_per_action.*Nothing was sent"):
            Guard(max_devices=50).check_count(51)

    def test_parameters(self) -> None:
        guard = build_guard({"max_devices_per_action": "", "protected_devices": " A, B\nC* ,"})
        assert (guard.max_devices, [entry.patterns for entry in guard.protected]) == (50, [("a",), ("b",), ("c*",)])
        with pytest.raises(ArgumentError, match="max_devices_per_action"):
            build_guard({"max_devices_per_action": "0"})

    def test_every_value_is_exactly_one_device(self) -> None:
        twin = {**self.DEVICE, "deviceUid": DEVICE_UID.replace("5", "6"), "serialNumber": "SN10"}
        selection = Selection((self.DEVICE, twin), (criterion("device_names", "DC-01", "DC-02"),))
        with pytest.raises(TargetError, match=r"no device matches device_names=DC-02.*matches 2 devices.*SN9.*SN10"):
            refuse_inexact(selection)
        refuse_inexact(Selection((self.DEVICE,), (criterion("device_names", "DC-01"), criterion("serial_numbers", "SN9"))))


class TestPacer:
    def paced(self, late: list[float]) -> list[float]:
        """When calls go out, each so much later than its turn."""
        now = [0.0]
        pacer, sent = Absolute.Pacer(3, 1.0, lambda: now[0]), []
        for seconds in late:
            turn, wait = pacer.turn()
            now[0] += wait + seconds
            pacer.begin(turn)
            sent.append(now[0])
        return sent

    @given(late=st.lists(st.floats(0, 2), max_size=40))
    def test_no_second_has_more_calls_however_late_some_go_out(self, late: list[float]) -> None:
        sent = self.paced(late)
        assert all(after - before >= 1 - 1e-9 for before, after in zip(sent, sent[3:]))  # noqa: B905

    def test_nobody_waits_without_need(self) -> None:
        assert self.paced([0] * 7) == [0, 0, 0, 1, 1, 1, 2]

    def test_a_pause_holds_for_everybody(self) -> None:
        pacer = Absolute.Pacer(3, 1.0, lambda: 10.0)
        pacer.hold(5)
        assert pacer.turn() == (15, 5)


class TestWaits:
    def test_a_wait_that_the_platform_would_not_live_through(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def too_long(seconds: float) -> None:
            raise ValueError("Requested a sleep of 400 seconds, but time left until docker timeout is 300 seconds.")

        monkeypatch.setattr(AbsoluteClientApiModule, "safe_sleep", too_long)
        assert Absolute.pause(400) is False

    def test_retry_after_in_seconds_and_as_a_date(self) -> None:
        assert parse_retry_after("7") == 7
        assert parse_retry_after("Mon, 05 Jan 2026 09:00:30 GMT", NOW) == 30
        assert parse_retry_after("Mon, 05 Jan 2026 08:00:00 GMT", NOW) == 0
        assert [parse_retry_after(text) for text in (None, "", "soon")] == [None, None, None]


class TestRepeatedRows:
    def test_the_first_of_each(self) -> None:
        rows: list[dict[str, Any]] = [{"id": "a", "n": 1}, {"id": "b"}, {"id": "a", "n": 2}, {"n": 3}, {"n": 4}]
        assert list(Absolute.first_of_each(rows, "id")) == [{"id": "a", "n": 1}, {"id": "b"}, {"n": 3}, {"n": 4}]


class TestSecrets:
    def test_nothing_secret_survives_at_any_depth(self) -> None:
        raw = {
            "a": [{"configuration": {"passcodeClear": "48151623", "passcodeLength": 8}}],
            "deviceFreezeStatus": {"passCode": "1"},
        }
        assert redact(raw) == {"a": [{"configuration": {"passcodeLength": 8}}], "deviceFreezeStatus": {}}

    def test_other_spellings_and_extras(self) -> None:
        raw = {
            "PassCode": "1",
            "displayPasscode": "2",
            "extras": [{"key": "passcode", "extra": "3"}, {"key": "other", "extra": "4"}],
        }
        assert redact(raw) == {"extras": [{"key": "passcode"}, {"key": "other", "extra": "4"}]}

    def test_a_dry_run_masks(self) -> None:
        assert mask_secrets({"passcodeDefinition": {"passcode": "4815"}}) == {"passcodeDefinition": {"passcode": "********"}}


class TestErrors:
    def test_a_refused_sign_in_lists_candidates(self) -> None:
        said = sign_in_refused("api.absolute.com", DEVICE_UID, "HS256", 3)
        assert said.index("Secret Key") < said.index("expired") < said.index("region") < said.index("clock")

    def test_a_wrong_clock_comes_first(self) -> None:
        assert "1. The clock of this host is 600 seconds behind" in sign_in_refused("h", DEVICE_UID, "ES256", 600)
        assert "ahead of" in sign_in_refused("h", DEVICE_UID, "ES256", -600)

    def test_a_mistyped_token_id_is_named(self) -> None:
        assert "1. The Token ID is mistyped" in sign_in_refused("h", "my-token", "HS256", 0)

    @pytest.mark.parametrize(
        ("operation", "error", "attempt", "expected"),
        [
            (GET_DEVICES, ApiError("", 503), 1, 0.5),
            (GET_DEVICES, ApiError("", 503), 3, 2.0),
            (GET_DEVICES, ApiError("", 503), 4, None),
            (GET_DEVICES, ApiError("", 429, retry_after=3), 1, 3),
            (GET_DEVICES, ApiError("", 429, retry_after=100), 1, None),
            (GET_DEVICES, ApiError("", 400), 1, None),
            (GET_DEVICES, ApiError("", 401), 1, 0.5),
            (GET_DEVICES, ApiError("", 401), 2, None),
            (GET_DEVICES, TransportError("", sent=True), 1, 0.5),
            (GET_DEVICES, TransportError("", sent=False, passing=False), 1, None),
            (GET_DEVICES, ApiError("", 403, "NOT_AUTHORIZED"), 1, None),
            (GET_DEVICES, ApiError("", 403), 1, 0.5),
            (GET_DEVICES, ApiError("", 403), 2, None),
            (GET_DEVICES, ApiError("", 524), 1, 0.5),
            (CREATE_FREEZE, ApiError("", 503), 1, None),
            (CREATE_FREEZE, ApiError("", 524), 1, None),
            (CREATE_FREEZE, ApiError("", 408), 1, None),
            (CREATE_FREEZE, ApiError("", 200), 1, None),
            (CREATE_FREEZE, ApiError("", 429, retry_after=1), 1, 1),
            (CREATE_FREEZE, ApiError("", 401), 1, 0.5),
            (CREATE_FREEZE, TransportError("", sent=True), 1, None),
            (CREATE_FREEZE, TransportError("", sent=False), 1, 0.5),
            (REMOVE_FREEZE, ApiError("", 500), 1, None),
        ],
    )
    def test_a_write_is_repeated_only_when_it_certainly_was_not_taken(
        self, operation: Any, error: Any, attempt: int, expected: float | None
    ) -> None:
        assert wait_before_retry(operation, error, attempt, Deadline(60, clock=lambda: 0.0)) == expected

    @pytest.mark.parametrize("text", ["Fri, 31 Dec 9999 23:59:59 -2359", "9" * 400])
    def test_absurd_headers_do_no_harm(self, text: str) -> None:
        assert parse_http_date(text) is None
        assert parse_retry_after(text) is None

    def test_a_long_value_is_not_repeated_whole(self) -> None:
        assert len(str(ArgumentError("limit", f'"{"x" * 100_000}" is not a number.', "5"))) < 600


class TestParameters:
    def test_a_stored_certificate_is_the_private_key(self) -> None:
        params = {
            "url": "https://cc.absolute.com",
            "credentials": {"identifier": DEVICE_UID, "password": "", "credentials": {"sshkey": new_pem()}},
        }
        client = build_client(params)
        assert (client.key.alg, client.host, client.timeout) == ("ES256", "api.absolute.com", 60)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"credentials": {}}, "Token ID"),
            ({"credentials": {"identifier": "a b", "password": "x"}}, "Token ID"),
            ({"timeout": "soon"}, 'timeout: "soon" is not a whole number from 5 to 600'),
            ({"insecure": "maybe"}, "insecure"),
        ],
    )
    def test_parameters_that_cannot_be_right(self, changes: dict, said: str) -> None:
        params = {"url": "https://cc.absolute.com", "credentials": {"identifier": DEVICE_UID, "password": "c2VjcmV0"}}
        with pytest.raises(ArgumentError, match=said):
            build_client({**params, **changes})


class TestDevices:
    def test_false_and_zero_survive(self) -> None:
        context = device_context({"deviceUid": DEVICE_UID, "isStolen": False, "networkAdapters": [], "avgMinutesInUse": 0})
        assert context == {"Id": DEVICE_UID, "IsStolen": False, "NetworkAdapters": [], "AvgMinutesInUse": 0}

    def test_a_passcode_that_was_selected_stays_out(self) -> None:
        assert "4815" not in json.dumps(
            device_context({"deviceFreezeActionStatus": {"statuses": [{"status": {"passcode": "4815"}}]}})
        )


class TestLocation:
    @pytest.mark.parametrize(
        ("point", "expected"),
        [
            ({"coordinates": [-0.12, 51.5]}, (51.5, -0.12)),
            ({"coordinates": [0, 0]}, (0, 0)),
            ({"x": -123.13, "y": 49.29}, (49.29, -123.13)),
            ({"coordinates": [49.29, -123.13]}, (49.29, -123.13)),
            ({"coordinates": [500, 500]}, None),
            ({"coordinates": []}, None),
            ({"coordinates": ["a", None]}, None),
            ({}, None),
        ],
    )
    def test_either_axis_order(self, point: dict, expected: tuple[float, float] | None) -> None:
        assert latitude_longitude(point) == expected


class TestFreezeBody:
    def test_defaults(self) -> None:
        assert freeze_body(FREEZE_ARGS, NOW) == {
            "requestTitle": "IR-1",
            "freezeDefinition": {"deviceFreezeType": "OnDemand"},
            "passcodeDefinition": {"option": "RandomForEach", "length": 8},
            "messageName": "IR lock",
            "message": "<p>Locked</p>",
        }

    @pytest.mark.parametrize("kind", ["OffLine", "Offline", "offline"])
    def test_offline_in_any_spelling_is_thirty_days(self, kind: str) -> None:
        definition = freeze_body({**FREEZE_ARGS, "device_freeze_type": kind}, NOW)["freezeDefinition"]
        assert definition == {"deviceFreezeType": "OffLine", "offlineTimeSeconds": 2_592_000}

    def test_a_date_without_offset_is_utc(self) -> None:
        args = {**FREEZE_ARGS, "device_freeze_type": "Scheduled", "scheduled_freeze_date": "2026-02-01 18:00"}
        assert freeze_body(args, NOW)["freezeDefinition"]["scheduledFreezeDateTimeUtc"] == "2026-02-01T18:00:00.000Z"

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"request_name": ""}, "request_name: it is missing"),
            ({"request_name": "x" * 251}, "request_name.*251.*250"),
            ({"message_name": ""}, "message_name: it is missing"),
            ({"message_name": "x" * 256}, "message_name.*255"),
            ({"html_message": "x" * 4001}, "html_message.*4000"),
            ({"html_message": ""}, "html_message: it is missing"),
            ({"message_uid": DEVICE_UID}, "message_uid.*not both"),
            ({"message_uid": "x", "html_message": ""}, "message_uid.*not a UUID"),
            ({"device_freeze_type": "Deep"}, "device_freeze_type.*OnDemand, Scheduled, OffLine"),
            ({"device_freeze_type": "Scheduled"}, "scheduled_freeze_date: a Scheduled freeze needs a date"),
            ({"device_freeze_type": "Scheduled", "scheduled_freeze_date": "2026-01-05T08:59:59Z"}, "not in the future"),
            ({"device_freeze_type": "Scheduled", "scheduled_freeze_date": "soonish"}, "is no date.*2030"),
            ({"device_freeze_type": "OffLine", "offline_time_seconds": "1199"}, "offline_time_seconds.*1200 to 172800000"),
            ({"device_freeze_type": "OffLine", "offline_time_seconds": "x"}, "offline_time_seconds"),
            ({"scheduled_freeze_date": "2031-01-01"}, "scheduled_freeze_date: device_freeze_type=OnDemand would not wait"),
            ({"offline_time_seconds": "3600"}, "offline_time_seconds: device_freeze_type=OnDemand would not wait"),
            ({"passcode": "27182818"}, "passcode: passcode_type=RandomForEach would not use it"),
            ({"passcode_type": "UserDefined"}, "passcode: .*4 to 8 digits"),
            ({"passcode_type": "UserDefined", "passcode": "123"}, "passcode: .*4 to 8 digits"),
            ({"passcode_type": "UserDefined", "passcode": "１２３４"}, "passcode: .*4 to 8 digits"),
            ({"passcode_type": "None"}, "passcode_type"),
            ({"passcode_length": "9"}, "passcode_length.*4 to 8"),
            ({"notification_emails": ",".join(f"a{i}@example.com" for i in range(11))}, "notification_emails.*11.*10"),
            ({"notification_emails": "soc"}, 'notification_emails: "soc" is not an e-mail address'),
        ],
    )
    def test_every_limit_is_checked_before_sending(self, changes: dict, said: str) -> None:
        with pytest.raises(ArgumentError, match=said):
            freeze_body({**FREEZE_ARGS, **changes}, NOW)

    def test_a_refused_passcode_is_not_repeated(self) -> None:
        with pytest.raises(ArgumentError) as refused:
            freeze_body({**FREEZE_ARGS, "passcode_type": "UserDefined", "passcode": "hunter2"}, NOW)
        assert "hunter2" not in str(refused.value)


FROZEN_DEVICE = {
    "deviceName": "LAB-0001",
    "deviceFreezeStatus": {"statusCode": "FRZN", "changedDateTimeUtc": "2026-01-05T08:16:00.000Z"},
}
AWAKE_DEVICE = {"deviceName": "LAB-0001", "lastConnectedDateTimeUtc": "2026-01-05T06:00:00Z"}


def action(status: str, *history: str, **more: Any) -> dict:
    return {"actionStatus": status, "statuses": [{"status": entry} for entry in history], **more}


class TestFreezeVerdict:
    @pytest.mark.parametrize(
        ("request_row", "device", "expected", "said"),
        [
            (action("Completed", "Frozen"), FROZEN_DEVICE, "frozen", "2026-01-05T08:16"),
            (action("Succeeded", "Frozen"), FROZEN_DEVICE, "frozen", ""),
            (action("Completed", "Frozen"), AWAKE_DEVICE, "pending", "does not show the device frozen"),
            (action("Completed", "Frozen"), None, "pending", "does not show"),
            (action("COMPLETED", "Frozen"), FROZEN_DEVICE, "frozen", ""),
            (action("Completed", "Frozen", "Removed"), AWAKE_DEVICE, "cancelled", "since been removed"),
            ({"actionStatus": "Completed", "statuses": [{"instruction": "Replace"}]}, FROZEN_DEVICE, "cancelled", "replaced"),
            ({"actionStatus": "Failed", "statuses": 5}, AWAKE_DEVICE, "failed", "Failed"),
            (action("Pending"), {"deviceFreezeReportingStatuses": 7, "deviceFreezeStatus": 5}, "pending", "Pending"),
            (action("Pending", "FreezeRequested"), AWAKE_DEVICE, "pending", "3 hours ago"),
            (action("Pending", "FreezeRequested"), FROZEN_DEVICE, "pending", "Another request froze it"),
            (action("Processing"), AWAKE_DEVICE, "pending", "Processing"),
            (action("Ready"), AWAKE_DEVICE, "pending", "waits for its date"),
            (action("SomethingNew"), AWAKE_DEVICE, "pending", "SomethingNew"),
            (action(""), FROZEN_DEVICE, "pending", "No status"),
            (action("Failed", actionStatusDetails="disk full"), AWAKE_DEVICE, "failed", "disk full"),
            (action("Ineligible"), AWAKE_DEVICE, "ineligible", "Ineligible"),
            (action("Canceled"), AWAKE_DEVICE, "cancelled", "Canceled"),
            (action("Failed"), FROZEN_DEVICE, "failed", "Failed"),
            (None, AWAKE_DEVICE, "pending", "does not list this device yet"),
        ],
    )
    def test_frozen_needs_request_and_report(
        self, request_row: dict | None, device: dict | None, expected: str, said: str
    ) -> None:
        actions = {DEVICE_UID: request_row} if request_row else {}
        verdict = freeze_verdict(DEVICE_UID, Evidence(actions, {DEVICE_UID: device} if device else {}), NOW)
        assert verdict.verdict == expected
        assert said in verdict.reason

    @pytest.mark.parametrize(
        ("evidence", "expected", "confirmed"),
        [
            (Evidence(None, {DEVICE_UID: FROZEN_DEVICE}, "", NOW - timedelta(hours=1)), "frozen", True),
            (Evidence(None, {DEVICE_UID: FROZEN_DEVICE}, "", NOW), "pending", False),
            (Evidence(None, {DEVICE_UID: FROZEN_DEVICE}), "pending", False),
            (Evidence(None, {DEVICE_UID: AWAKE_DEVICE}), "pending", False),
            (Evidence(None, {DEVICE_UID: {"deviceFreezeReportingStatuses": ["FreezeRequested"]}}), "pending", True),
            (Evidence(None, None), "unknown", False),
            (Evidence({DEVICE_UID: action("Completed", "FreezeRequested", "Frozen")}, None), "frozen", True),
            (Evidence({DEVICE_UID: action("Completed", "Frozen", "Removed")}, None), "cancelled", True),
            (Evidence({DEVICE_UID: action("Completed")}, None), "unknown", True),
            (Evidence({DEVICE_UID: action("Pending")}, None), "pending", True),
        ],
    )
    def test_a_token_that_reads_only_one_side(self, evidence: Evidence, expected: str, confirmed: bool) -> None:
        verdict = freeze_verdict(DEVICE_UID, evidence, NOW)
        assert (verdict.verdict, verdict.confirmed) == (expected, confirmed)

    @given(
        status=st.sampled_from(["Pending", "Completed", "Succeeded", "Failed", "Ready", "", "FRZN", "Frozen"]),
        code=st.sampled_from([None, "", "FRZN", "frzn", "Frozen", "UFRZ"]),
    )
    def test_never_frozen_without_the_report_saying_so(self, status: str, code: str | None) -> None:
        device = {"deviceFreezeStatus": {"statusCode": code}}
        verdict = freeze_verdict(DEVICE_UID, Evidence({DEVICE_UID: action(status, "Frozen")}, {DEVICE_UID: device}), NOW)
        assert verdict.verdict != "frozen" or code == "FRZN"


class TestUnfreezeVerdict:
    @pytest.mark.parametrize(
        ("device", "scheduled", "expected", "said"),
        [
            (AWAKE_DEVICE, False, "unfrozen", ""),
            (FROZEN_DEVICE, False, "pending", "Still frozen"),
            ({"deviceFreezeStatus": {"statusCode": "frzn"}}, False, "pending", "Still frozen"),
            ({"deviceFreezeStatus": {"statusCode": "FRZNOS"}}, False, "pending", "Still frozen"),
            ({"deviceFreezeStatus": {"statusCode": "X", "statusName": "FROZEN"}}, False, "pending", "Still frozen"),
            ({"deviceFreezeStatus": {"statusCode": "UFRZ"}, "deviceFreezeReportingStatuses": None}, False, "unfrozen", ""),
            ({"deviceFreezeReportingStatuses": "Frozen"}, False, "pending", "Not yet removed"),
            ({"deviceFreezeReportingStatuses": {"status": "Frozen"}}, False, "pending", "Not yet removed"),
            ({"deviceFreezeReportingStatuses": ["FreezeRequested"]}, False, "pending", "freeze requested"),
            ({"deviceFreezeReportingStatuses": ["FreezeScheduled"]}, False, "unfrozen", "still there: freeze scheduled"),
            ({"deviceFreezeReportingStatuses": ["FreezeScheduled"]}, True, "pending", "freeze scheduled"),
        ],
    )
    def test_unfrozen_is_read_from_the_report(self, device: dict, scheduled: bool, expected: str, said: str) -> None:
        gone = removal_statuses(scheduled, False)
        verdict = unfreeze_verdict(DEVICE_UID, Evidence(None, {DEVICE_UID: device}), gone, NOW)
        assert verdict.verdict == expected
        assert said in verdict.reason

    @pytest.mark.parametrize("devices", [None, {}])
    def test_an_unread_device_is_unknown(self, devices: dict | None) -> None:
        assert unfreeze_verdict(DEVICE_UID, Evidence(None, devices), frozenset(), NOW).verdict == "unknown"


class TestPolling:
    def test_polls_are_counted_down_and_carry_no_secret(self) -> None:
        args = {
            "polling": "true",
            "interval_in_seconds": "60",
            "timeout_in_seconds": "150",
            "passcode": "4815",
            "request_name": "IR-1",
        }
        plan = PollPlan.from_args(args)
        assert plan.polls_left == 3
        following = plan.next_args(args, ("request_name",), Following(((DEVICE_UID, (DEVICE_UID,)),)))
        assert PollPlan.from_args(following).polls_left == 2
        assert "4815" not in json.dumps(following)
        assert plan.platform_timeout > plan.timeout

    @given(
        st.lists(st.tuples(st.uuids().map(str), st.lists(st.uuids().map(str), max_size=3).map(tuple)), min_size=1, max_size=3),
        st.text(),
    )
    def test_what_is_carried_comes_back(self, requests_: list, reason: str) -> None:
        following = Following(tuple(requests_), (Verdict(DEVICE_UID, "ineligible", reason, "LAB"),), NOW)
        assert Following.from_args({"following": following.to_text()}) == following

    @pytest.mark.parametrize(
        "text", ["x", "{}", "[]", '{"requests": [], "settled": []}', '{"requests": [["u", []]], "settled": []}', "null"]
    )
    def test_what_was_not_written_by_the_command_is_refused(self, text: str) -> None:
        with pytest.raises(ArgumentError, match="following"):
            Following.from_args({"following": text})

    def test_a_followed_request_and_targets_are_refused(self) -> None:
        following = Following(((DEVICE_UID, (DEVICE_UID,)),)).to_text()
        with pytest.raises(ArgumentError, match="following"):
            Following.from_args({"following": following, "device_names": "LAB-0001"})

    @pytest.mark.parametrize("interval", ["9", "x", "-1"])
    def test_intervals_below_ten_seconds_are_refused(self, interval: str) -> None:
        with pytest.raises(ArgumentError, match="interval_in_seconds"):
            PollPlan.from_args({"interval_in_seconds": interval})


def test_large_looks_come_less_often() -> None:
    plan = PollPlan(interval=60, timeout=3600, polls_left=60)
    assert plan.spaced(3) == plan
    assert plan.spaced(50) == plan
    assert plan.spaced(330) == PollPlan(interval=396, timeout=3600, polls_left=55)
