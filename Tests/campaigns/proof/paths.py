"""Where things are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
INTEGRATION = ROOT / "Packs" / "Absolute" / "Integrations" / "Absolute"
REPORTS = ROOT / ".cache" / "proof"
SUMMARY = ROOT / "docs" / "proof.md"
