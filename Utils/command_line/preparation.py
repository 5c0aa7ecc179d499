"""What every command needs before it can run: the integration as the platform has it, and the platform's modules."""

from __future__ import annotations

from local_xsoar import Integration, PlatformModules, load_integration
from local_xsoar.pack import PrepareContentError
from pack_files import INTEGRATION
from rich.console import Console

from command_line.outcome import FailedError, RefusedError


def prepared(console: Console) -> Integration:
    """The integration as the platform has it after installation. Raises FailedError."""
    try:
        with console.status("preparing the integration"):
            return load_integration(INTEGRATION)
    except PrepareContentError as error:
        raise FailedError(str(error)) from None


def platform_modules() -> PlatformModules:
    """Those that `modules_folder` chooses. Raises RefusedError."""
    try:
        return PlatformModules.chosen()
    except FileNotFoundError as error:
        raise RefusedError(f"XSOAR_MODULES: {error}") from None
