"""validation_config.toml accounts for every check that the installed SDK has. After an upgrade this names the new ones."""

from pathlib import Path

import toml
from sdk_gate.content_repository import ROOT, ContentRepository

LIST_CHECKS = """
from demisto_sdk.commands.validate.validators.base_validator import get_all_validators
print("checks:", *{validator.error_code for validator in get_all_validators()})
"""


def test_each_check_is_selected_or_left_out_for_a_reason(tmp_path: Path) -> None:
    (tmp_path / "list_checks.py").write_text(LIST_CHECKS)
    done = ContentRepository(tmp_path).run("list_checks", PYTHONPATH=str(tmp_path))
    checks = set(done.stdout.partition("checks:")[2].split())
    assert checks, done.stderr

    config = toml.loads((ROOT / "validation_config.toml").read_text())
    selected = config["offline"]["select"]
    left_out = config["left_out"].values()
    assert all(group["why"] for group in left_out)
    codes = [*selected, *(code for group in left_out for code in group["codes"])]
    assert len(codes) == len(set(codes)), "listed twice"
    assert {code for code in checks if not code.startswith(tuple(codes))} == set(), "new in the SDK: select it or say why not"
    assert {code for code in codes if not any(check.startswith(code) for check in checks)} == set(), "no longer in the SDK"
