"""Unit tests of the integration and the pure core that it stands on. What talks HTTP is tested in Tests/scenarios."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import pytest
from Absolute import (
    TARGET_ARGUMENTS,
    ArgumentError,
    Criterion,
    Guard,
    Selection,
    TargetError,
    Targets,
    UncertainWriteError,
    Verdict,
    build_client,
    build_guard,
    freeze_body,
    parse_term,
    refuse_inexact,
    submit_in_parts,
)
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=timezone.utc)


DEVICE_UID = "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"


ARGUMENTS = {argument.name: argument for argument in TARGET_ARGUMENTS}


FREEZE_ARGS = {"request_name": "IR-1", "html_message": "<p>Locked</p>", "message_name": "IR lock"}


def new_pem() -> str:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(*form).decode()


def criterion(argument: str, *values: str) -> Criterion:
    return Criterion(argument, tuple(parse_term(ARGUMENTS[argument], value) for value in values))


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


class TestSubmission:
    def test_a_failure_tells_of_each_device_once_though_an_earlier_request_refused_one(self) -> None:
        client = build_client(
            {"url": "https://cc.absolute.com", "credentials": {"identifier": DEVICE_UID, "password": "c2VjcmV0"}}
        )
        targets = Targets(tuple({"deviceUid": f"{number:05}"} for number in range(20_001)))
        parts: list[Sequence[Mapping[str, Any]]] = []

        def send(part: Sequence[Mapping[str, Any]]) -> tuple[str, list[Verdict]]:
            parts.append(part)
            if len(parts) == 2:
                raise UncertainWriteError("The answer was lost.")
            return "r", [Verdict(part[0]["deviceUid"], "failed", "unknown device")]

        following, note = submit_in_parts(client, targets, send, "devices are requested.")
        ((_, accepted),) = following.requests
        assert sorted([*accepted, *(verdict.device_uid for verdict in following.settled)]) == targets.uids
        assert [verdict.verdict for verdict in following.settled[:1] + following.settled[-2:]] == ["failed", "unknown", "failed"]
        assert note == "**Incomplete**: 9999 of 20001 devices are requested. The answer was lost."
