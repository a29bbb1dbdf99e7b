"""manage.py's first steps: which interpreter is used, and how `.venv` comes to be. Nothing is downloaded."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from obc_analytics import bootstrap
from tests.live import ROOT

BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)
SHOW = """
import sys
def run(argv):
    import tiny
    print(tiny.VERSION, sys.prefix, argv[1:])
"""


def wheel(folder: Path, version: str) -> str:
    """Put a wheel of the distribution `tiny` there; the line that locks it."""
    name, info = f"tiny-{version}-py3-none-any.whl", f"tiny-{version}.dist-info"
    files = {
        "tiny.py": f"VERSION = '{version}'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},{record_hash(text)},{len(text)}\n" for path, text in files.items())
    with zipfile.ZipFile(folder / name, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    return f"tiny=={version} \\\n    --hash=sha256:{digest}\n"


def record_hash(text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return "sha256=" + digest.rstrip(b"=").decode()


class Project:
    """A folder with the real manage.py and bootstrap.py, and a lock that names one tiny package."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.venv, self.wheels = folder, folder / ".venv", folder / "wheels"

    def write(self) -> Project:
        package = self.folder / "obc_analytics"
        package.mkdir()
        self.wheels.mkdir()
        shutil.copy(ROOT / "manage.py", self.folder)
        shutil.copy(ROOT / "obc_analytics" / "bootstrap.py", package)
        (package / "__init__.py").touch()
        (package / "commandline.py").write_text(SHOW)
        self.lock(wheel(self.wheels, "1.0"))
        return self

    def lock(self, text: str) -> None:
        (self.folder / ".requirements.lock").write_text(text)

    def start(self) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if name not in ("OBC_INSIDE_VENV", "PYTHONPATH")}
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "UV_NO_INDEX": "1",
                   "UV_FIND_LINKS": str(self.wheels)}  # fmt: skip
        return subprocess.Popen(
            [BASE_PYTHON, str(self.folder / "manage.py"), "hello"],
            env={**kept, **offline}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self) -> tuple[int, str, str]:
        """(status, stdout, stderr) of `manage.py hello` with the interpreter that has nothing installed."""
        process = self.start()
        out, err = process.communicate(timeout=120)
        return process.returncode, out.strip(), err.strip()

    def shows(self, version: str) -> str:
        return f"{version} {self.venv} ['hello']"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path).write()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose environment manage.py made, to be copied."""
    project = Project(tmp_path_factory.mktemp("built")).write()
    assert project.run()[0] == 0
    return project


@pytest.fixture
def made(built: Project, tmp_path: Path) -> Project:
    """A project with its environment."""
    shutil.copytree(built.folder, tmp_path, symlinks=True, dirs_exist_ok=True)
    return Project(tmp_path)


def test_it_makes_an_environment_says_so_in_a_line_and_goes_on_inside(project: Project):
    status, out, err = project.run()
    assert (status, out) == (0, project.shows("1.0")), err
    assert err == "manage.py: making .venv: 1 locked packages, a minute or two …"


def test_it_is_silent_and_installs_nothing_when_all_is_there(made: Project):
    written = (made.venv / ".obc-stamp").stat().st_mtime_ns
    assert made.run() == (0, made.shows("1.0"), "")
    assert (made.venv / ".obc-stamp").stat().st_mtime_ns == written


def test_a_half_built_environment_is_made_anew(made: Project):
    (made.venv / ".obc-building").touch()
    (made.venv / "left over").touch()
    status, out, err = made.run()
    assert (status, out) == (0, made.shows("1.0"))
    assert "making .venv" in err
    assert not (made.venv / "left over").exists()


def test_a_stale_environment_is_brought_up_to_date(made: Project):
    made.lock(wheel(made.wheels, "2.0"))
    status, out, err = made.run()
    assert (status, out) == (0, made.shows("2.0"))
    assert "updating .venv" in err


def test_an_environment_made_by_hand_is_used_when_it_has_all(made: Project):
    (made.venv / ".obc-stamp").unlink()
    assert made.run() == (0, made.shows("1.0"), "")


def test_two_at_once_make_it_once(project: Project):
    both = [project.start(), project.start()]
    said = [process.communicate(timeout=120) for process in both]
    assert [out.strip() for out, _ in said] == [project.shows("1.0")] * 2
    assert sum("making .venv" in err for _, err in said) == 1


def test_a_package_that_is_not_the_locked_one_is_refused(project: Project):
    project.lock("tiny==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n")
    status, out, err = project.run()
    assert status != 0
    assert out == ""
    assert "hash" in err.lower()
    assert not (project.venv / ".obc-stamp").exists()


def test_this_interpreter_qualifies_for_this_lock():
    assert bootstrap.missing((ROOT / ".requirements.lock").read_text(), sys.path) == []


def test_another_version_is_not_the_locked_version():
    version = importlib.metadata.version("pytest")
    assert bootstrap.missing(f"pytest=={version}\n", sys.path) == []
    assert bootstrap.missing(f"pytest=={version}.1\n", sys.path) == [f"pytest=={version}.1"]


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("", True),
        ("python_version >= '3.11'", True),
        ("python_full_version < '3.9.12'", False),
        ("python_version < '3.9' or python_version >= '3.10'", True),
        ("sys_platform == 'win32'", False),
        ("platform_python_implementation == 'CPython' and (os_name == 'posix' or os_name == 'nt')", True),
        ("implementation_name != 'pypy'", True),
        ("sys_platform not in 'win32 cygwin'", True),
    ],
)
def test_markers_are_honoured(marker: str, holds: bool):
    assert bootstrap.applies(marker) is holds


def test_a_marker_it_cannot_read_stops_it():
    with pytest.raises(bootstrap.BootstrapError, match="marker"):
        bootstrap.applies("moon_phase == 'full'")


def test_without_uv_and_pip_it_names_the_package_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(bootstrap, "_pip_version", lambda pip: ())
    with pytest.raises(bootstrap.BootstrapError, match="apt-get install -y python3-pip"):
        bootstrap.installer(tmp_path)


@pytest.mark.parametrize("name", [".requirements.lock", ".requirements-dev.lock"])
def test_a_lock_has_a_hash_a_package_and_names_no_host(name: str):
    text = (ROOT / name).read_text()
    assert "//" not in text
    assert "--index" not in text
    packages = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert packages
    assert all("==" in package and "--hash=sha256:" in package for package in packages)
