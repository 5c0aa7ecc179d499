"""`make matrix`: the tests on each version of Python that the project names, with our platform modules and the genuine ones.

The versions are those of `requires-python` in pyproject.toml. One that is not on this machine is left out and named, unless
`--error-on-missing-interpreters` is given.
"""

import sys
from pathlib import Path

import nox

VERSIONS = [f"3.{minor}" for minor in range(11, 14)]
MODULES = {"ours": Path("Utils/local_xsoar/modules").resolve(), "genuine": Path(".cache/genuine").resolve()}
OWN_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"

nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True


@nox.session(python=[version for version in VERSIONS if version != OWN_VERSION], default=False)
def other_versions(session: nox.Session) -> None:
    """The unit tests of the product on each version but this one: what continuous integration adds to `make test`."""
    session.install("--quiet", "--requirement", "requirements.txt")
    session.run("python", "-m", "pytest", "--numprocesses=auto", "Packs", *session.posargs)


@nox.session(python=VERSIONS)
@nox.parametrize("modules", list(MODULES))
def tests(session: nox.Session, modules: str) -> None:
    """The whole suite; what follows `--` narrows it."""
    folder = MODULES[modules]
    if not (folder / "CommonServerPython.py").is_file():
        session.skip("the genuine modules are not there: `make genuine` brings them")
    session.install("--quiet", "--requirement", "requirements.txt")
    session.run("python", "-m", "pytest", "--numprocesses=auto", *session.posargs, env={"XSOAR_MODULES": str(folder)})
