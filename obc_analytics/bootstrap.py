"""An interpreter that has what `.requirements.lock` names: this one, or `.venv`, made when needed.

Standard library only: it runs before anything is installed. It knows three things:

- an interpreter qualifies when every locked distribution has its locked version;
- otherwise `.venv` is brought there, under a lock against a second run. `.venv/.obc-building` stands while
  that goes on, `.venv/.obc-stamp` (the lock file's hash) is written last: a half-built folder is made anew,
  a stale one is brought up to date;
- the rest of the command runs inside it.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import operator
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

HINT = """\
manage.py: {what}
           On Debian or Ubuntu:  apt-get install -y python3-pip
           Elsewhere: install pip or uv for {python}, then run the same command again."""


class BootstrapError(Exception):
    """The locked packages can't be installed here; the message says what helps."""


def use_locked_packages(root: Path, argv: list[str]) -> None:
    """Return when this interpreter qualifies; otherwise go on with `argv` in `.venv` and never return."""
    lock = (root / ".requirements.lock").read_text()
    lacking = missing(lock, sys.path)
    if not lacking:
        return
    venv = root / ".venv"
    if os.environ.get("OBC_INSIDE_VENV") == str(venv):  # made a moment ago, and still not right
        sys.exit(f"manage.py: {venv} lacks {', '.join(lacking)}; delete it and try again")
    try:
        make_ready(venv, lock)
    except (BootstrapError, OSError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    os.environ["OBC_INSIDE_VENV"] = str(venv)
    python = str(venv / "bin" / "python")
    os.execv(python, [python, *argv])


# --- what the lock wants ----------------------------------------------------------------------------


def missing(lock: str, path: Iterable[str]) -> list[str]:
    """The locked distributions, as `name==version`, that these folders do not hold."""
    present = installed(path)
    return [f"{name}=={version}" for name, version in pins(lock) if (name, plain(version)) not in present]


def pins(lock: str) -> Iterator[tuple[str, str]]:
    """(name, version) of every line that is meant for this interpreter and machine."""
    for line in lock.splitlines():
        found = re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)\s*(?:;\s*([^\\]+))?", line)
        if found and applies(found[3] or ""):
            yield plain(found[1]), found[2]


def installed(path: Iterable[str]) -> set[tuple[str, str]]:
    """What the `<name>-<version>.dist-info` folders say: a hundred times faster than reading metadata."""
    found = set()
    for folder in path:
        for entry in os.listdir(folder) if os.path.isdir(folder) else ():
            if entry.endswith(".dist-info"):
                name, _, version = entry.removesuffix(".dist-info").partition("-")
                found.add((plain(name), plain(version)))
    return found


def plain(text: str) -> str:
    """A name in the one spelling that all its spellings share (PEP 503)."""
    return re.sub(r"[-_.]+", "-", text).lower()


def applies(marker: str) -> bool:
    """Whether an environment marker (PEP 508) is true here. Markers read as Python expressions."""
    return not marker.strip() or _holds(ast.parse(marker.strip(), mode="eval").body)


def _holds(node: ast.expr) -> bool:
    if isinstance(node, ast.BoolOp):
        together = all if isinstance(node.op, ast.And) else any
        return together(_holds(part) for part in node.values)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = _value(node.left), _value(node.comparators[0])
        if any(isinstance(side, ast.Name) and "version" in side.id for side in (node.left, node.comparators[0])):
            return bool(COMPARE[type(node.ops[0])](numbers(left), numbers(right)))
        return bool(COMPARE[type(node.ops[0])](left, right))
    raise BootstrapError(f"manage.py: .requirements.lock has a marker we can't read: {ast.unparse(node)}")


def _value(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.Name) and node.id in ENVIRONMENT:
        return ENVIRONMENT[node.id]
    raise BootstrapError(f"manage.py: .requirements.lock has a marker we can't read: {ast.unparse(node)}")


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


COMPARE = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
    ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}  # fmt: skip
ENVIRONMENT = {
    "python_version": ".".join(platform.python_version_tuple()[:2]),
    "python_full_version": platform.python_version(),
    "implementation_name": sys.implementation.name,
    "implementation_version": platform.python_version(),
    "platform_python_implementation": platform.python_implementation(),
    "platform_machine": platform.machine(),
    "platform_system": platform.system(),
    "platform_release": platform.release(),
    "platform_version": platform.version(),
    "sys_platform": sys.platform,
    "os_name": os.name,
    "extra": "",
}


# --- .venv ------------------------------------------------------------------------------------------


def make_ready(venv: Path, lock: str) -> None:
    """`venv` has what the lock names when this returns; nothing is done when it has it already."""
    venv.mkdir(exist_ok=True)
    held = os.open(venv, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)  # a second run waits here, and then finds it ready
        building, stamp = venv / ".obc-building", venv / ".obc-stamp"
        wanted = hashlib.sha256(lock.encode()).hexdigest()
        works = not building.exists() and _runs(venv / "bin" / "python")
        if works and not missing(lock, _site_packages(venv)):
            return
        count = len(list(pins(lock)))
        _say(f"{'updating' if works else 'making'} .venv: {count} locked packages, a minute or two …")
        install = installer(venv)
        if not works:
            _empty(venv)
            building.touch()
            _run([_base_python(), "-m", "venv", "--without-pip", str(venv)])
        building.touch()
        stamp.unlink(missing_ok=True)
        _run([*install, "-r", str(venv.parent / ".requirements.lock")])
        stamp.write_text(wanted)
        building.unlink()
    finally:
        os.close(held)


def installer(venv: Path) -> list[str]:
    """The command that installs into `venv`: uv or any pip that can work for another interpreter."""
    python = str(venv / "bin" / "python")
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "-q", "--python", python, "--require-hashes"]
    candidates = [[sys.executable, "-m", "pip"], [_base_python(), "-m", "pip"]]
    candidates += [[found] for name in ("pip3", "pip") if (found := shutil.which(name))]
    for pip in candidates:
        if _pip_version(pip) >= (22, 3):  # the first with --python
            return [*pip, "--python", python, "--disable-pip-version-check", "--no-input", "install",
                    "-qq", "--require-hashes"]  # fmt: skip
    raise BootstrapError(HINT.format(what="neither uv nor pip (22.3 or later) is here.", python=sys.executable))


def _pip_version(pip: list[str]) -> tuple[int, ...]:
    try:
        answer = subprocess.run([*pip, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.match(r"pip ([\d.]+)", answer.stdout)
    return numbers(found[1]) if found and answer.returncode == 0 else ()


def _base_python() -> str:
    """The interpreter that a virtual environment was made from: this one, when it is none."""
    return getattr(sys, "_base_executable", None) or sys.executable


def _site_packages(venv: Path) -> list[str]:
    return [str(path) for path in venv.glob("lib/python3.*/site-packages")]


def _runs(python: Path) -> bool:
    """Whether the interpreter is there and is the one its packages were installed for."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([str(python), "-I", "-S", "-c", code], capture_output=True, text=True)
    except OSError:
        return False
    return (python.parent.parent / "lib" / f"python{answer.stdout.strip()}" / "site-packages").is_dir()


def _empty(folder: Path) -> None:
    """Remove what is in the folder and keep the folder: its lock is ours."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _run(command: list[str]) -> None:
    if subprocess.run(command, stdout=sys.stderr).returncode:
        raise BootstrapError("manage.py: this failed:  " + " ".join(command))


def _say(text: str) -> None:
    print(f"manage.py: {text}", file=sys.stderr, flush=True)
