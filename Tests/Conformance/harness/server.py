"""Starting, watching and stopping a real server process."""
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import requests

from .client import Client
from .database import Postmaster
from .waiting import wait_until

REPOSITORY = Path(__file__).resolve().parents[3]

# Settings of the surrounding shell that would change what is tested.
FOREIGN_SETTINGS = ("API_", "AUTH_", "CODEAPI_", "DATABASE_", "JWT_", "LOG_", "MASTER_", "MAX_", "MINIO_", "PG", "S3_", "SESSION_")

# A value that the server has in its environment and that no sandbox may ever see.
ENVIRONMENT_MARKER = "server-environment-" + secrets.token_hex(12)


def new_key():
    return "sk-" + secrets.token_urlsafe(24)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def binary():
    path = os.environ.get("RUNLEDGER_BIN")
    if not path:
        raise RuntimeError("set RUNLEDGER_BIN to the built server, e.g. .build/debug/runledger")
    return str(Path(path).resolve())


def breakage_of(server):
    """What Tests/Mutants breaks at this server and puts before it, when RUNLEDGER_MUTANT names a mutant."""
    name = os.environ.get("RUNLEDGER_MUTANT")
    if not name:
        return None
    sys.path.insert(0, str(REPOSITORY / "Tests/Mutants"))
    from breaking import Breakage
    return Breakage(name, server, free_port())


def inherited_environment():
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN_SETTINGS)}


class Server:
    """One `runledger serve` process with its own home, port, keys and log file."""

    def __init__(self, settings=None, database_url=None, like=None, extra_keys=2):
        self.home = Path(tempfile.mkdtemp(prefix="rl-"))
        # The embedded PostgreSQL may run as another user than the server; it must be able to enter its home.
        self.home.chmod(0o755)
        self.port = free_port()
        self.key = like.key if like else new_key()
        self.keys = like.keys if like else [new_key() for _ in range(extra_keys)]
        self.unused_keys = iter(self.keys[1:])
        self.log = self.home / "server.log"
        self.process = None
        self.settings = {
            "API_HOST": "127.0.0.1",
            "API_PORT": str(self.port),
            "API_KEY": self.key,
            "API_KEYS": ",".join(self.keys),
            "AUTH_FAILURE_LIMIT": "100000",
            "LOG_LEVEL": "WARNING",
            "RUNLEDGER_HOME": str(self.home),
            "CONFORMANCE_MARKER": ENVIRONMENT_MARKER,
            **(like.overrides if like else {}),
            **(settings or {}),
        }
        self.overrides = {**(like.overrides if like else {}), **(settings or {})}
        if database_url:
            self.settings["DATABASE_URL"] = database_url
        self.settings = {name: value for name, value in self.settings.items() if value is not None}
        self.binary = binary()
        self.breakage = breakage_of(self)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self):
        """The URL of this server's database: given to it, or written by the embedded one."""
        return self.settings.get("DATABASE_URL") or (self.home / "database-url").read_text().strip()

    @property
    def other_key(self):
        return self.keys[0]

    def old(self, key=None, **options):
        """A client that speaks as LibreChat <= 0.8.5: `X-API-Key` and `session_id`."""
        return Client(self, key=key or self.key, dialect="old", **options)

    def new(self, key=None, **options):
        """A client that speaks as LibreChat >= 0.8.6: `Authorization: Bearer` and `storage_session_id`."""
        return Client(self, key=key or self.key, dialect="new", **options)

    def anonymous(self, **options):
        """A client without any credential."""
        return Client(self, key=None, dialect="new", **options)

    def fresh_key(self):
        """A key that no other test uses, hence an owner without sessions."""
        return next(self.unused_keys)

    def start(self):
        log = open(self.log, "ab")
        self.process = subprocess.Popen(
            [self.binary, "serve"], cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env={**inherited_environment(), **self.settings}, start_new_session=True)
        log.close()
        return self

    def restart_at(self, clock):
        """Stops server and database and starts both, with the database's clock moved by this much (e.g. "+25h") from
        the real time: every time that decides about retention is the database's."""
        database = Postmaster(self.home)
        self.stop()
        database.start(clock)
        return self.start().wait_ready()

    def status_of(self, path):
        """The status of an unauthenticated GET, or None while nothing answers."""
        try:
            return requests.get(self.url + path, timeout=10).status_code
        except requests.RequestException:
            return None

    def wait_ready(self, deadline=120):
        def ready():
            code = self.process.poll()
            assert code is None, f"the server ended with {code} while starting\n{self.log_tail()}"
            return self.status_of("/ready") == 200
        try:
            wait_until(ready, deadline, "GET /ready answers 200")
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{self.log_tail()}") from None
        return self

    def stop(self, deadline=75):
        """SIGTERM, then wait; returns the exit code."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(deadline)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"the server did not end within {deadline} s of SIGTERM\n{self.log_tail()}") from None
        return self.process.returncode if self.process else None

    def kill_hard(self):
        """kill -9, as a power failure would."""
        self.process.kill()
        self.process.wait()

    def remove(self):
        if self.breakage:
            self.breakage.remove()
        shutil.rmtree(self.home, ignore_errors=True)

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def log_tail(self, lines=60):
        return f"--- last lines of the log of the server on port {self.port}\n" + "\n".join(self.log_text().splitlines()[-lines:])


@contextmanager
def serving(*settings, **options):
    """A server that is ready, and gone with all it left when the block ends."""
    running = Server(*settings, **options)
    try:
        yield running.start().wait_ready()
    finally:
        running.stop()
        running.remove()
