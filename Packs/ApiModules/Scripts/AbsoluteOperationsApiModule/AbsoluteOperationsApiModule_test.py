"""Of any call: what it is read as, whether it only reads, and which devices it may touch."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from AbsoluteOperationsApiModule import (
    ApiError,
    DEVICES,
    IDENTITY_FIELDS,
    LIST_DEVICE_GROUPS,
    LIST_POLICY_GROUPS,
    Operation,
    Query,
    Report,
    Term,
    device_entries,
    devices_named,
    identity_terms,
    touched_devices,
    AnyRequest,
    ArgumentError,
    Guard,
    TargetError,
    any_request,
    api_path,
    in_path,
    named_values,
    possible_names,
    query_params,
    refuse_any_request,
    stands_for_no_device,
    widening,
)

API = "https://api.absolute.com"
UID = "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"
OTHER = "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6b"
WIPE = "/v3/actions/requests/wipe"


class TestWhatIsAsked:
    @pytest.mark.parametrize(
        ("typed", "path", "query"),
        [
            ("/v3/reporting/devices", "/v3/reporting/devices", ""),
            ("/v3/reporting/devices?pageSize=10", "/v3/reporting/devices", "pageSize=10"),
            ("https://cc.absolute.com/v3/reporting/devices", "/v3/reporting/devices", ""),
            (f"/v3/actions/wipe/get-actions/{UID}", f"/v3/actions/wipe/get-actions/{UID}", ""),
        ],
    )
    def test_paths(self, typed: str, path: str, query: str) -> None:
        assert api_path(typed, API) == (path, query)

    @pytest.mark.parametrize(
        "typed",
        ["https://example.com/v3/reporting/devices", "//example.com/v3/x", "https://cc.eu2.absolute.com/v3/x", "http://[/v3"],
    )
    def test_no_other_host(self, typed: str) -> None:
        with pytest.raises(ArgumentError, match=r"^path: it is an address of another host"):
            api_path(typed, API)

    @pytest.mark.parametrize(
        "typed", ["", "/v2/x", "/v3", "/v3/", "/v3/../x", "/v3/a//b", "/v3/%2e%2e/x", "/v3/x#y", "/v3/.x", "/v3/é"]
    )
    def test_no_other_path(self, typed: str) -> None:
        with pytest.raises(ArgumentError, match=rf'^path: "{re.escape(typed)}" is not a path of the API'):
            api_path(typed, API)

    def test_a_query_is_decoded_and_a_plus_sign_is_one(self) -> None:
        assert query_params("query", "a=x%20y&&b=1+1&c") == [("a", "x y"), ("b", "1+1"), ("c", "")]
        with pytest.raises(ArgumentError, match="has no name"):
            query_params("query", "=x")

    def test_what_is_wrong_is_said_of_the_argument_that_was_typed(self) -> None:
        cases: tuple[tuple[dict[str, Any], str], ...] = (
            ({"path": "/v3/x?=1"}, "path: a"),
            ({"path": "/v3/x", "query": "=1"}, "query: a"),
            ({}, 'path: "" is not'),
        )
        for args, said in cases:
            with pytest.raises(ArgumentError, match=f"^{said}"):
                any_request(args, API)
        assert any_request({"path": "/v3/x"}, API) == AnyRequest("GET", "/v3/x")

    def test_path_and_query_are_one_query(self) -> None:
        request = any_request({"path": f"{API}/v3/x?a=1", "query": " ?b=2"}, API)
        assert request == AnyRequest("GET", "/v3/x", (("a", "1"), ("b", "2")), None)

    @pytest.mark.parametrize(
        ("body", "read"),
        [("", None), (None, None), ('{"data": {"a": 1}}', {"a": 1}), ('{"data": 1, "b": 2}', {"data": 1, "b": 2}), ([1], [1])],
    )
    def test_a_body_with_or_without_its_envelope(self, body: Any, read: Any) -> None:
        assert any_request({"method": "POST", "path": WIPE, "body": body}, API).body == read

    @pytest.mark.parametrize("body", ["x", "1", '"x"', "{", "[" * 100_000])
    def test_what_is_no_body(self, body: str) -> None:
        with pytest.raises(ArgumentError, match=r"^body: it is not a JSON object or list\. Example: body='\{"):
            any_request({"method": "POST", "path": WIPE, "body": body}, API)

    def test_get_takes_no_body(self) -> None:
        with pytest.raises(ArgumentError, match=r"^body: GET takes none\."):
            any_request({"path": WIPE, "body": "{}"}, API)
        assert any_request({"path": WIPE, "body": ""}, API).body is None

    @pytest.mark.parametrize(
        "args",
        [
            {"path": f"/v3/actions/freeze/requests/{UID}"},
            {"path": "/v3/actions/freeze/REQUESTS"},
            {"path": "/v3/devices/supervisor-passcodes"},
            {"path": "/v3/reporting/devices", "query": "select=deviceFreezeStatus.passCode"},
            {"path": "/v3/reporting/devices?passcode"},
        ],
    )
    def test_what_answers_with_passcodes_is_not_sent(self, args: dict[str, str]) -> None:
        with pytest.raises(
            ArgumentError, match=r"^path: what answers with passcodes is not sent so: absolute-device-freeze-passcode"
        ):
            any_request(args, API)


class TestWhetherItReads:
    @pytest.mark.parametrize(
        ("method", "path", "reads"),
        [
            ("GET", "/v3/x", True),
            ("POST", "/v3/actions/eum/get-actions", True),
            ("POST", f"/v3/actions/Reach/get-actions/{UID.upper()}", True),
            ("POST", "/v3/actions/eum/get-actions/all", False),
            ("POST", "/v3/actions/freeze/get-actions", False),
            ("PUT", "/v3/actions/eum/get-actions", False),
            ("POST", WIPE, False),
        ],
    )
    def test_by_method_and_path(self, method: str, path: str, reads: bool) -> None:
        request = AnyRequest(method, path)
        assert (request.reads, request.operation.idempotent, request.operation.answers) == (
            reads,
            reads,
            object if reads else None,
        )
        assert request.operation.reads_by_post is (reads and method == "POST")
        assert bool(request.operation.files) is reads

    def test_how_it_is_sent(self) -> None:
        sent = AnyRequest("POST", WIPE).operation
        assert (sent.method, sent.path, sent.purpose, sent.bare) == ("POST", WIPE, f"send POST {WIPE}", True)
        assert sent.permission == "that this operation needs"
        assert sent.seen_with == "absolute-api-request method=GET, or a command that lists what was to be changed"

    @pytest.mark.parametrize(
        ("guard", "reads", "said"),
        [
            (Guard(), True, "allow_any_request"),
            (Guard(any_change=True), False, "allow_any_request"),
            (Guard(any_read=True), True, ""),
            (Guard(any_read=True), False, "allow_any_change"),
            (Guard(any_read=True, any_change=True), False, ""),
        ],
    )
    def test_the_instance_has_to_allow_it(self, guard: Guard, reads: bool, said: str) -> None:
        request = AnyRequest("GET" if reads else "POST", WIPE)
        if said:
            with pytest.raises(TargetError, match=rf"^Nothing was sent: the parameter .*\({said}\)' is not selected\.$"):
                refuse_any_request(request, guard)
        else:
            refuse_any_request(request, guard)


class TestWhatItTouches:
    @pytest.mark.parametrize(
        ("method", "path", "nothing"),
        [
            ("POST", "/v3/actions/freeze/messages", True),
            ("DELETE", f"/v3/actions/freeze/messages/{UID.upper()}", True),
            ("DELETE", "/v3/actions/freeze/messages", False),
            ("PUT", f"/v3/configurations/policy-groups/{UID}", True),
            ("PUT", f"/v3/configurations/policy-groups/{UID}/policies/{OTHER}/activate", False),
            ("DELETE", f"/v3/configurations/policy-groups/{UID}", False),
        ],
    )
    def test_operations_that_touch_no_device(self, method: str, path: str, nothing: bool) -> None:
        assert AnyRequest(method, path).touches_no_device is nothing

    def test_everything_that_a_call_names(self) -> None:
        body = {"deviceUids": [UID, OTHER], "deep": [{"esn": "2A"}, {}], OTHER: True, "none": [], "n": 1}
        request = AnyRequest("POST", f"/v3/customfields/devices/{UID}", (("ids", f"a,{OTHER}"),), body)
        assert list(named_values(request)) == [
            ("devices", UID),
            *(("ids", "a"), ("ids", OTHER)),
            *(
                ("deviceUids", UID),
                ("deviceUids", OTHER),
                ("esn", "2A"),
                ("deep", {}),
                ("", OTHER),
                (OTHER, True),
                ("none", []),
                ("n", 1),
            ),
        ]

    @pytest.mark.parametrize(
        ("part", "name"), [("policies", "policyUid"), ("devices", "deviceUid"), ("policy-groups", "policygroupUid")]
    )
    def test_a_uid_in_a_path_has_the_name_of_the_part_before_it(self, part: str, name: str) -> None:
        assert in_path(part) == name

    @pytest.mark.parametrize(
        ("name", "no_device"),
        [
            *(("messageUid", True), ("scripts", True), ("scriptId", True), ("policies", True), ("targetPolicyGroupUid", True)),
            *(("policyGroupUid", False), ("policy-groups", False), ("devices", False), ("deviceUid", False), ("uid", False)),
        ],
    )
    def test_names_of_what_is_no_device(self, name: str, no_device: bool) -> None:
        assert stands_for_no_device(name) is no_device

    @pytest.mark.parametrize(
        ("body", "names"),
        [
            ({"allDevices": True}, ["allDevices"]),
            ({"cancelAllActions": True, "deviceUids": [UID]}, ["cancelAllActions"]),
            ({"allDevices": False, "filter": ""}, []),
            ({"deviceFilter": "x", "Criteria": "y"}, ["deviceFilter", "Criteria"]),
            ({"deviceUids": []}, ["deviceUids"]),
            ({"esn": "", "serialNumbers": None}, ["esn", "serialNumbers"]),
            ({"allowed": "x", "everyone": 1, "deviceUids": [UID]}, []),
            ({"exceptSerials": ["SN1", 2], "userName": "ann", "excludeMissing": True}, ["exceptSerials", "userName"]),
            ({"exceptSerials": [1001], "userId": 12, "ignored": None}, ["exceptSerials", "userId"]),
            ({"names": ["%"], "scope": "All devices", "kind": "every one"}, ["names", "scope"]),
        ],
    )
    def test_devices_that_are_taken_without_being_named(self, body: dict[str, Any], names: list[str]) -> None:
        assert widening(AnyRequest("POST", WIPE, body=body)) == names


ONE, TWO, THREE = (f"{digit}b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a" for digit in "678")
GROUP, EVERYBODY, OWN_GROUP = (f"{digit}b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a" for digit in "abc")
FLEET: list[dict[str, Any]] = [
    {"deviceUid": ONE, "deviceName": "LAB-1", "serialNumber": "SN1", "esn": "2A1", "policyGroupUid": GROUP.upper()},
    {"deviceUid": TWO, "deviceName": "LAB-2", "serialNumber": "SN2", "esn": "2A2", "deviceGroupIds": [OWN_GROUP]},
    {"deviceUid": THREE, "deviceName": "LAB-2", "serialNumber": "SN3", "esn": "2A3", "policyGroupUid": GROUP},
]


class Account:
    """A client whose filters do nothing: what is selected is selected on our side. It notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.queries: list[Query] = []
        self.counts = {GROUP: 2, EVERYBODY: 1}
        self.error: ApiError | None = None

    def report(self, report: Report, query: Query, select: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
        assert report is DEVICES
        self.asked.append(list(select))
        self.queries.append(query)
        if self.error:
            raise self.error
        yield FLEET[:1]
        yield FLEET  # the first comes again

    def pages(self, operation: Operation) -> Iterator[list[dict[str, Any]]]:
        self.asked.append(operation)
        if operation is LIST_POLICY_GROUPS:
            groups = [{"policyGroupUid": uid.upper(), "deviceCount": count} for uid, count in self.counts.items()]
            yield [{**group, "isSystem": group["policyGroupUid"] == EVERYBODY.upper()} for group in groups]
        else:
            assert operation is LIST_DEVICE_GROUPS
            yield [{"deviceGroupUid": OWN_GROUP.upper()}]


def touched(body: Any, path: str = WIPE, guard: Guard | None = None, account: Account | None = None) -> list[str]:
    request = AnyRequest("POST", path, body=body)
    return touched_devices(account or Account(), request, guard or Guard()).uids  # type: ignore[arg-type]


class TestDevicesThatAreTouched:
    @pytest.mark.parametrize(
        ("body", "uids"),
        [
            ({"deviceUids": [TWO.upper(), ONE]}, [ONE, TWO]),
            ({"serialNumbers": [" SN2 "], "esn": "2a1"}, [ONE, TWO]),
            ({"deviceName": "lab-1"}, [ONE]),
            ({"deviceUids": [ONE], "messageUid": OTHER, "scripts": {OTHER: 1}}, [ONE]),
            ({"deviceUids": [ONE], "note": "SN2"}, [ONE, TWO]),
            ({"deviceUids": [ONE], "esn": "2A1"}, [ONE]),
            ({"deviceUids": [ONE], "note": "of SN2", "empty": "  ", "on": True}, [ONE]),
            ({"text": f"see {TWO}, please"}, [TWO]),
        ],
    )
    def test_whatever_is_named(self, body: dict[str, Any], uids: list[str]) -> None:
        assert sorted(touched(body)) == uids

    def test_uids_of_the_path(self) -> None:
        assert touched(None, f"/v3/devices/{TWO}/anything") == [TWO]

    @pytest.mark.parametrize(
        ("group", "uids"), [(GROUP, [ONE, THREE]), (GROUP.upper(), [ONE, THREE]), (EVERYBODY, [TWO]), (OWN_GROUP, [TWO])]
    )
    def test_devices_of_a_group(self, group: str, uids: list[str]) -> None:
        account = Account()
        assert touched({"uid": group}, account=account) == uids
        assert account.asked[1:3] == [LIST_POLICY_GROUPS, LIST_DEVICE_GROUPS]
        assert account.asked[3] == [*IDENTITY_FIELDS, "policyGroupUid", "deviceGroupIds"]
        assert account.queries[1] == Query()
        assert touched({"policyGroupUid": group}) == uids, "whatever the member is called"

    def test_the_fleet_is_read_for_a_group_alone(self) -> None:
        account = Account()
        with pytest.raises(TargetError):
            touched({"uid": OTHER}, account=account)
        assert account.asked[1:] == [LIST_POLICY_GROUPS, LIST_DEVICE_GROUPS]

    def test_names_in_paths_and_members_are_looked_up(self) -> None:
        body = {"SN-1": 1, "plainMember": "PC#7", "deep": [{"LAB-7": 3}]}
        found = set(possible_names(AnyRequest("POST", "/v3/SN-9/run-now/LAB-0001.corp", (), body)))
        assert found == {"SN-9", "LAB-0001.corp", "LAB-0001", "corp", "SN-1", "LAB-7", "1", "PC#7", "PC", "7", "3"}

    def test_a_long_text_is_not_taken_apart(self) -> None:
        for text, words in (("SN2," * 250, ("SN2", "")), ("SN2," * 250 + "x", ())):
            assert set(possible_names(AnyRequest("POST", WIPE, (), {"note": text}))) == {text, *words}

    def test_words_that_can_be_no_name_are_not_looked_up(self) -> None:
        account = Account()
        touched({"deviceUids": [ONE], "d": "x" * 65, "e": ONE, "f": True, "g": None}, account=account)
        assert account.queries == [Query((("deviceUid", ONE),))]

    def test_groups_are_read_only_where_one_may_be_named(self) -> None:
        account = Account()
        touched({"deviceUids": [ONE]}, account=account)
        assert len(account.asked) == 1

    def test_a_group_with_devices_that_cannot_be_seen(self) -> None:
        account = Account()
        account.counts[GROUP] = 3
        with pytest.raises(TargetError, match=rf"of the 3 devices of the policy group {GROUP} 2 can be seen\.$"):
            touched({"uid": GROUP}, account=account)

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({"deviceUids": [OTHER]}, f"these are neither one device nor a group: {OTHER}."),
            ({"deviceNames": ["LAB-2"]}, "these are neither one device nor a group: LAB-2."),
            ({"deviceUids": [ONE], "uid": OTHER}, f"these are neither one device nor a group: {OTHER}."),
            ({"deviceUids": [ONE], "groupName": "Lab"}, "these are neither one device nor a group: Lab."),
            ({"on": True}, "it names no device or group."),
            ({"messageUid": OTHER}, "it names no device or group."),
            ({"esns": [f"X{number}" for number in range(12)]}, f"a group: {', '.join(f'X{number}' for number in range(10))}."),
        ],
    )
    def test_what_cannot_be_told_is_not_sent(self, body: dict[str, Any], said: str) -> None:
        with pytest.raises(TargetError, match=f"^Nothing was sent: which devices POST {WIPE} touches cannot be told; .*{said}$"):
            touched(body)

    def test_devices_that_are_not_named_one_by_one(self) -> None:
        account = Account()
        with pytest.raises(TargetError, match="cannot be told of allDevices, filter\\. Name each by its UID"):
            touched({"allDevices": True, "filter": "x", "deviceUids": [ONE]}, account=account)
        assert account.asked == []

    def test_no_device_is_touched(self) -> None:
        account = Account()
        for request in (
            AnyRequest("POST", "/v3/actions/freeze/messages", body={"name": "x", "allDevices": True}),
            AnyRequest("PUT", f"/v3/configurations/policy-groups/{GROUP}", body={"name": "x"}),
        ):
            targets = touched_devices(account, request, Guard())  # type: ignore[arg-type]
            assert (targets.devices, targets.note, account.asked) == ((), "It touches no device.", [])

    def test_an_operation_that_touches_no_device_by_itself_and_names_one(self) -> None:
        for body, uid in (({"serialNumber": "SN1"}, ONE), ({"uid": TWO}, TWO)):
            assert touched(body, "/v3/actions/freeze/messages") == [uid]

    def test_operations_whose_devices_nothing_tells(self) -> None:
        account = Account()
        with pytest.raises(TargetError, match=r"^Nothing was sent: which devices POST /v3/Partners/x concerns cannot be told\.$"):
            touched({"deviceUids": [ONE]}, "/v3/Partners/x", account=account)
        assert account.asked == []

    def test_the_guards_hold(self) -> None:
        account = Account()
        with pytest.raises(TargetError, match="^2 devices are meant, but the instance allows 1"):
            touched({"deviceUids": [ONE, TWO]}, guard=Guard(max_devices=1), account=account)
        assert account.asked == []
        with pytest.raises(TargetError, match="^2 devices are meant, but the instance allows 1"):
            touched({"uid": GROUP}, guard=Guard(max_devices=1))
        assert touched({"deviceUids": [ONE, ONE]}, guard=Guard(max_devices=1)) == [ONE]
        with pytest.raises(TargetError, match="^Nothing was sent: protected by .*LAB-1"):
            touched({"uid": GROUP}, guard=Guard(protected=device_entries({"protected_devices": "LAB-1"}, "protected_devices")))

    def test_a_look_up_that_fails(self) -> None:
        account = Account()
        account.error = ApiError("No permission.", 403)
        with pytest.raises(TargetError, match=r"^Nothing was sent: the devices could not be looked up\. No permission\.$"):
            touched({"deviceUids": [ONE]}, account=account)

    def test_more_values_than_are_looked_up(self) -> None:
        values = [f"SN{number}" for number in range(1001)]
        with pytest.raises(TargetError, match="^Nothing was sent: 1001 values may be devices; at most 1000 are looked up"):
            touched({"esns": values}, guard=Guard(max_devices=2000))
        with pytest.raises(TargetError, match="cannot be told"):
            touched({"esns": values[:1000]}, guard=Guard(max_devices=2000))

    def test_what_a_value_may_be(self) -> None:
        found = [(term.api_field, term.text) for term in identity_terms("SN1")]
        assert found == [("esn", "SN1"), ("serialNumber", "SN1"), ("deviceName", "SN1")]
        assert list(identity_terms(ONE.upper())) == [Term(ONE.upper(), "deviceUid", "", ONE)]
        account = Account()
        assert devices_named(account, []) == {}  # type: ignore[arg-type]
        assert account.asked == []
