"""The database behind a server: its URL, a cable that can be cut, its postmaster, and psql with full rights."""
import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from .waiting import wait_until


class DatabaseURL:
    """A PostgreSQL URL taken apart; the embedded one names the directory of a unix socket."""

    def __init__(self, text):
        parts = urlsplit(text)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        login, _, place = parts.netloc.rpartition("@")
        user, _, password = login.partition(":")
        host, _, port = place.rpartition(":") if place.rpartition(":")[2].isdigit() else (place, "", "")
        self.user = query.pop("user", None) or unquote(user)
        self.password = query.pop("password", None) or unquote(password)
        self.host = query.pop("host", None) or unquote(host)
        self.port = query.pop("port", None) or port or "5432"
        self.database = query.pop("dbname", None) or unquote(parts.path.lstrip("/"))
        self.query = query

    def text(self, user=None, host=None):
        login = quote(user or self.user, safe="") + (":" + quote(self.password, safe="") if self.password else "")
        settings = {"host": host or self.host, "port": self.port, **self.query}
        return (f"postgresql://{login + '@' if login else ''}/{quote(self.database, safe='')}?"
                + "&".join(f"{name}={quote(value, safe='')}" for name, value in settings.items()))

    @property
    def address(self):
        if self.host.startswith("/"):
            return socket.AF_UNIX, f"{self.host}/.s.PGSQL.{self.port}"
        return socket.AF_INET, (self.host, int(self.port))


class Cable:
    """A unix-socket relay to a database that a test can cut (connections refused) or stall (nothing answers)."""

    def __init__(self, database_url):
        self.target = DatabaseURL(database_url)
        self.directory = tempfile.mkdtemp(prefix="rl-")
        self.path = f"{self.directory}/.s.PGSQL.{self.target.port}"
        self.flowing = threading.Event()
        self.flowing.set()
        self.open = set()
        self.lock = threading.Lock()
        self.mend()

    @property
    def url(self):
        return self.target.text(host=self.directory)

    def mend(self):
        """Lets everything through again."""
        self.flowing.set()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        os.chmod(self.path, 0o777)
        self.listener.listen(128)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def cut(self):
        """Closes every connection and refuses new ones."""
        os.unlink(self.path)
        self.listener.close()
        with self.lock:
            for end in self.open:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            self.open.clear()

    def stall(self):
        """Accepts everything and passes nothing on."""
        self.flowing.clear()

    def resume(self):
        self.flowing.set()

    def close(self):
        self.flowing.set()
        if os.path.exists(self.path):
            self.cut()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            family, address = self.target.address
            far = socket.socket(family)
            try:
                far.connect(address)
            except OSError:
                near.close()
                continue
            with self.lock:
                self.open |= {near, far}
            threading.Thread(target=self._pump, args=(near, far), daemon=True).start()
            threading.Thread(target=self._pump, args=(far, near), daemon=True).start()

    def _pump(self, source, sink):
        try:
            while piece := source.recv(65536):
                self.flowing.wait()
                sink.sendall(piece)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Postmaster:
    """The embedded PostgreSQL under a server's home, as an operator with a shell sees it."""

    def __init__(self, home):
        found = list(Path(home).rglob("postmaster.pid"))
        assert len(found) == 1, f"expected one postmaster.pid under {home}, found {found}"
        self.pidfile = found[0]
        self.data = self.pidfile.parent

    @property
    def pid(self):
        try:
            return int(self.pidfile.read_text().splitlines()[0])
        except (OSError, IndexError, ValueError):
            return None

    def is_running(self):
        pid = self.pid
        if pid is None:
            return False
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return False
        return state != "Z"

    def stop(self):
        """Fast shutdown: open transactions are rolled back, clients are disconnected."""
        pid = self.pid
        os.kill(pid, signal.SIGINT)
        wait_until(lambda: self.pid != pid or not self.is_running(), 60, f"postmaster {pid} has ended")

    def start(self, clock=None):
        """Starts it again with its recorded options; a server that has done so itself is welcome, too. With a clock,
        e.g. "+25h", libfaketime moves the time it sees by that much from the real one; time that passes stays real."""
        moved = {"LD_PRELOAD": "/usr/$LIB/faketime/libfaketimeMT.so.1", "FAKETIME": clock,
                 "FAKETIME_DONT_FAKE_MONOTONIC": "1"} if clock else {}
        words = shlex.split((self.data / "postmaster.opts").read_text())
        options = words[1:]
        if "-D" in options:
            at = options.index("-D")
            del options[at:at + 2]
        owner = self.data.stat()
        pg_ctl = Path(words[0]).with_name("pg_ctl")
        with open(self.data.parent / "restarted-by-test.log", "ab") as log:
            subprocess.run([str(pg_ctl), "-D", str(self.data), "-o", shlex.join(options), "-W", "start"],
                           user=owner.st_uid, group=owner.st_gid, extra_groups=[], cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                           env={**os.environ, **moved})
        wait_until(self.is_running, 30, "the postmaster runs again")


class Psql:
    """psql as a superuser of the server's database: whoever can do this can forge anything but the proof."""

    def __init__(self, server):
        url = DatabaseURL(server.database_url)
        owner = Postmaster(server.home).data.stat()
        name = pwd.getpwuid(owner.st_uid).pw_name
        self.run_as = {}
        self.candidates = [(url.text(), {}), (url.text(user="postgres"), {}),
                           (url.text(user=name), {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}),
                           (url.text(user="postgres"), {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []})]
        problems = []
        for self.url, self.run_as in self.candidates:
            try:
                if self.one("select current_setting('is_superuser')") == "on":
                    break
                problems.append(f"{self.url}: not a superuser")
            except AssertionError as problem:
                problems.append(str(problem))
        else:
            raise AssertionError("no superuser of the embedded database can be reached:\n" + "\n".join(problems))
        schema = self.one("select quote_ident(n.nspname) from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                          "where c.relname = 'event' and c.relkind in ('r', 'p')")
        self.event = f"{schema}.event"

    def run(self, sql):
        """Runs the statements in one session with triggers switched off; returns unaligned output."""
        result = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url], input=sql, text=True,
                                capture_output=True, timeout=60, cwd="/", **self.run_as)
        assert result.returncode == 0, f"psql: {result.stderr}"
        return result.stdout

    def one(self, sql):
        return self.run(sql).strip()

    def forge(self, sql):
        """Changes rows behind the server's back: no trigger, no foreign key, no rule fires."""
        self.run("set session_replication_role = replica;\n" + sql)
