"""Of any call: what it is read as, whether it only reads, and which devices it may touch."""

import re
from typing import Any

import pytest
from AbsoluteOperationsApiModule import (
    AnyRequest,
    ArgumentError,
    Guard,
    TargetError,
    any_request,
    api_path,
    in_path,
    named_values,
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
            *(("deviceUids", UID), ("deviceUids", OTHER), ("esn", "2A"), ("", OTHER), (OTHER, True), ("none", []), ("n", 1)),
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
        ],
    )
    def test_devices_that_are_taken_without_being_named(self, body: dict[str, Any], names: list[str]) -> None:
        assert widening(AnyRequest("POST", WIPE, body=body)) == names
