"""Where the reports go."""

from pack_files import ROOT

REPORTS = ROOT / ".cache" / "proof"
SUMMARY = ROOT / "docs" / "proof.md"
