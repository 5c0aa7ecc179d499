"""That the bench measures what it says: small sizes, and wrong answers that it must not accept."""

from __future__ import annotations

import gzip
import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from bench import collector, lookup, sharing, start
from bench.baselines.api import Api
from bench.baselines.public_pack import prepared
from bench.dataset import COLLECTOR, Dataset
from bench.figures import Cost, Row, Section, Target, median
from bench.hot_spots import profiled
from bench.process import INTEGRATION, measured, tenant
from bench.report import Machine, Report
from bench.run_freezing import busiest, counted
from local_absolute import RequestRecord
from local_xsoar import load_integration

NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def script() -> Path:
    return load_integration(INTEGRATION).script_path


def test_calls_of_both_sides_are_counted(script: Path) -> None:
    section = lookup.resolved(script, (2, 5), target=5, most_single_calls=2)
    assert [(row.ours.calls, row.baseline.calls) for row in section.rows] == [(1, 2), (1, 5)]
    assert section.targets[0].met
    assert all(row.ours.peak_mib > 20 and row.ours.cpu_seconds > 0 for row in section.rows)


def test_start_is_measured_up_to_the_first_byte(script: Path) -> None:
    section = start.first_byte(script, repetitions=1)
    compiling, compiled = section.rows
    assert compiling.ours.cpu_seconds > compiling.baseline.cpu_seconds
    assert compiling.ours.cpu_seconds > compiled.ours.cpu_seconds
    steps, bound = section.notes
    columns = [[int(cell) for cell in line.split("|")[2:-1]] for line in steps.splitlines()[2:]]
    modules, code, signing, _ = columns
    assert min(modules) > max(code)
    assert code[0] > 3 * code[2] > 3 * code[1], "ours compiled, ours read, and the bare script"
    assert signing[0] > 0 == signing[1], "only ours signs"
    sums = [sum(column) for column in zip(*columns, strict=True)]
    measured_ms = [1000 * cost.cpu_seconds for row in section.rows for cost in (row.ours, row.baseline)]
    assert all(abs(whole - parts) <= 2 for whole, parts in zip(measured_ms, sums, strict=True))
    assert re.match(r"1\.3 times the bare script leaves \d+ ms for what an integration adds to it\. Ours adds \d+", bound)


def test_every_event_is_counted(script: Path) -> None:
    with tenant(events=300) as account:
        cost, found = measured(account, script, "fetch-events", {}, isFetchEvents=True)
    assert (found["events"], found["runs"]) == (300, 1)
    assert cost.calls > 1


def test_a_fetch_runs_until_nothing_is_waiting(script: Path) -> None:
    with tenant(events=250) as account:
        _, found = measured(account, script, "fetch-events", {}, isFetchEvents=True, max_events_per_fetch="100")
    assert (found["events"], found["runs"]) == (250, 3)


def test_calls_that_the_limit_refuses_are_counted() -> None:
    with tenant(calls_per_second=1) as account:
        api, statuses = Api(account.params()), []
        for _ in range(3):
            try:
                api.call("GET", "/v3/reporting/devices")
                statuses.append(200)
            except requests.HTTPError as error:
                statuses.append(error.response.status_code)
        traffic = account.traffic()
    assert (traffic.calls, traffic.refused) == (3, statuses.count(429))
    assert statuses[:2] == [200, 429]


def test_what_is_sent_to_xsiam_is_counted_later() -> None:
    dataset, url = Dataset(), f"{COLLECTOR}/logs/v1/xsiam"
    with dataset.collecting():
        for body in (b"one", b"two\nthree"):
            assert requests.post(url, gzip.compress(body), timeout=1).json() == {"error": "false"}
        assert dataset.events() == 3


def test_a_command_that_fails_is_no_figure(script: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with tenant() as account, pytest.raises(RuntimeError, match="run_command ended with 1"):
        measured(account, script, "absolute-device-list", {"limit": "many"})
    assert "limit" in capfd.readouterr().err


def test_profile_names_phases_and_functions(script: Path) -> None:
    text = profiled(script, "!absolute-device-list limit=10")
    assert "10 rows" in text
    assert "device_list_command" in text
    assert "| - signing | 0.0" in text


def test_a_filter_holds_as_many_serial_numbers_as_fit() -> None:
    one = len(quote("serialNumber eq 'SN000001' or "))
    fitting = lookup.FILTER_CHARACTERS // one
    assert lookup.fewest_calls(["SN000001"] * fitting) == 1
    assert lookup.fewest_calls(["SN000001"] * (fitting + 1)) == 2


def call(method: str, path: str, minutes: float) -> RequestRecord:
    return RequestRecord(method, path, "", None, 200, "", NOW + timedelta(minutes=minutes), 0, 0)


def test_status_calls_are_shared_out_over_the_time_to_the_next_look() -> None:
    create, report, status = "/v3/actions/requests/freeze", "/v3/reporting/devices", "/v3/actions/freeze/requests/1"
    calls = [call("GET", report, 0), call("POST", create, 0), call("POST", create, 0)]
    calls += [call("GET", status, 0)] * 100 + [call("GET", status, 2)] * 30 + [call("GET", status, 3)] * 500
    found = counted(calls)
    assert (found["resolving"], found["requests"], found["looks"]) == (1, 2, 3)
    assert (found["per_minute"], found["largest_look"], found["minutes"]) == (50, 500, 3)
    assert found["busiest_minute"] == 500


def test_the_busiest_span_is_found() -> None:
    assert busiest([0, 59, 61, 62, 300, 358], 60) == 3
    assert busiest([5], 1) == 1


def test_the_median_of_runs_says_how_far_they_lie_apart() -> None:
    found = median([Cost(1, 10, 50, 7), Cost(3, 12, 70, 7), Cost(2, 9, 60, 8)])
    assert (found.seconds, found.cpu_seconds, found.peak_mib, found.calls) == (2, 10, 60, 7)
    assert found.spread == pytest.approx(50), "that of the wall time, which is the larger"
    assert median([Cost(2, 10), Cost(2, 12), Cost(2, 9)]).spread == pytest.approx(15)


def test_the_public_pack_is_prepared_outside_of_its_file(tmp_path: Path) -> None:
    source = tmp_path / "Absolute.py"
    source.write_text("def main(): pass\n\nif __name__ in ('builtins',):\n    main()\n")
    lines = prepared(source, tmp_path).read_text("utf-8").splitlines()
    assert (lines[0], lines[-1]) == ("def main(): pass", "    main()")
    assert lines.index("validate_absolute_api_url = str") < len(lines) - 2
    source.write_text("pass")
    with pytest.raises(ValueError, match="does not end by calling main"):
        prepared(source, tmp_path)


def test_a_run_with_nothing_new_is_counted_alone(script: Path) -> None:
    assert collector.quiet_calls(script) == 1


def test_the_steps_of_an_event_and_the_rest_are_named(script: Path) -> None:
    steps, said, more = collector.bound(script, Row("10 events", Cost(cpu_seconds=1), public=Cost(cpu_seconds=0.5)), 10)
    assert re.search(r"\| reading JSON \| (\d+\.\d) \| \1 \|\n\| looking for secrets in it \| \d+\.\d \|  \|", steps)
    assert re.search(
        r"the rest: [a-zA-Z, ]+ \| 99\d{3}\.\d \| 49\d{3}\.\d \|\n\| together, in 10 events \| 100000\.0 \| 50000\.0", steps
    )
    assert re.match(r"An event has 9\d\d bytes", said)
    assert more.startswith("An event takes 50000.0 µs more than in the public pack; at 1.15 times it would be 7500.0.")


def test_two_instances_share_the_limit(script: Path) -> None:
    section = sharing.at_once(script, events=300, devices=2, turns=1)
    assert [row.what for row in section.rows] == ["fetch of 300 events", "field of 2 devices"]
    assert all(row.ours.seconds > 0 < row.baseline.seconds for row in section.rows)


@pytest.fixture
def report() -> Report:
    targets = [Target("fast", 80.0, "at least", 90, "%"), Target("small", 149.5, "at most", 150, "MiB")]
    row = Row("10 things", Cost(1.2345, 0.5, 99.94, 1200), Cost(2, 0, 101))
    return Report("full", Machine(2, "3.11.0", "Linux", 0.1), 3, [Section("Things", "About them.", [row], targets)])


def test_a_missed_target_is_said_to_be_missed(report: Report) -> None:
    text = report.as_markdown()
    assert "| fast | at least 90 % | 80 % | **missed** |" in text
    assert "| small | at most 150 MiB | 150 MiB | met |" in text
    assert "**Targets missed:**\n\n- Things: fast\n" in text
    assert report.as_json()["missed"] == ["Things: fast"]
    assert json.loads(json.dumps(report.as_json()))["sections"][0]["rows"][0]["ours"]["calls"] == 1200


def test_figures_stand_beside_the_baseline(report: Report) -> None:
    assert "|  | time | baseline | CPU | baseline | peak memory | baseline | calls | baseline |" in report.as_markdown()
    assert "| 10 things | 1.23 s | 2 s | 0.5 s |  | 99.9 MiB | 101 MiB | 1,200 |  |" in report.as_markdown()
    assert "| Things | fast | at least 90 % | 80 % | **missed** |" in report.as_markdown()
    row = Row("x", Cost(1, 2, spread=4), Cost(3, 4), Cost(5, 6))
    text = Report(report.size, report.before, 3, [Section("T", "", [row])]).as_markdown()
    assert "|  | time | baseline | public pack | CPU | baseline | public pack | ± |" in text
    assert "| x | 1 s | 3 s | 5 s | 2 s | 4 s | 6 s | 4 % |" in text


def test_a_busy_machine_is_mentioned(report: Report) -> None:
    busy = Report(report.size, Machine(2, "3.11.0", "Linux", 4.0), 3, report.sections)
    assert "Load average before: 4.0. Other programs took a part" in busy.as_markdown()
    assert "too long" not in report.as_markdown()
