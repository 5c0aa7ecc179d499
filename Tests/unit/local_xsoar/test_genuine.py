"""Which of the platform's modules are taken, and how the genuine ones are brought."""

import hashlib
from pathlib import Path

import pytest
from local_xsoar import PlatformModules, genuine, platform

NAMES = ("CommonServerPython.py", "demistomock.py")


@pytest.fixture
def published(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_text(f"# {name}\n")
    return folder


def checksums(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in NAMES}


def test_what_is_pinned_is_brought(published: Path, tmp_path: Path) -> None:
    genuine.bring(tmp_path / "cache", published.as_uri(), checksums(published))
    assert {path.name: path.read_bytes() for path in (tmp_path / "cache").iterdir()} == {
        name: (published / name).read_bytes() for name in NAMES
    }


def test_anything_else_is_refused_whole(published: Path, tmp_path: Path) -> None:
    pinned = checksums(published)
    (published / "demistomock.py").write_text("# another one\n")
    with pytest.raises(genuine.WrongContentError, match="demistomock"):
        genuine.bring(tmp_path / "cache", published.as_uri(), pinned)
    assert not (tmp_path / "cache").exists()


def test_what_cannot_be_reached_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(genuine, "GENUINE_MODULES", tmp_path / "cache")
    monkeypatch.setattr(genuine.bring, "__defaults__", (tmp_path.as_uri(), genuine.SHA256))
    assert genuine.main() == 1
    assert "were not brought" in capsys.readouterr().out


def test_the_named_folder_then_the_genuine_ones_then_ours(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "GENUINE_MODULES", tmp_path / "cache")
    assert platform.modules_folder({}) == platform.OWN_MODULES
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "demistomock.py").touch()
    assert platform.modules_folder({}) == platform.OWN_MODULES, "half of them are none"
    (tmp_path / "cache" / "CommonServerPython.py").touch()
    assert platform.modules_folder({}) == tmp_path / "cache"
    assert platform.modules_folder({"XSOAR_MODULES": str(published)}) == published
    assert platform.modules_folder({"XSOAR_MODULES": str(platform.OWN_MODULES)}) == platform.OWN_MODULES


def test_a_folder_without_them_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XSOAR_MODULES", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="demistomock"):
        PlatformModules.chosen()
