"""What every measurement needs: a server of its own, a client, the table."""
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / ".build/release"
KEY = "benchmark-key-0123456789abcdef"
ROWS = []


def row(what, figure, budget=""):
    ROWS.append((what, figure, budget))
    print(f"  {what}: {figure}", file=sys.stderr)


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Server:
    def __init__(self, home):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {**os.environ, "RUNLEDGER_HOME": home, "API_PORT": str(self.port), "API_KEY": KEY,
                       "LOG_LEVEL": "WARNING"}
        environment.pop("DATABASE_URL", None)
        self.log = open(pathlib.Path(home) / "server.log", "wb")
        self.process = subprocess.Popen([PROGRAMS / "runledger", "serve"], env=environment, stdout=self.log,
                                        stderr=self.log)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/ready")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        sys.exit("the server did not become ready; see " + self.log.name)

    def resident_mb(self, pid=None):
        for line in open(f"/proc/{pid or self.process.pid}/status"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024

    def peak_mb(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(90)


class Client:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path, **fields):
        self.connection.request("POST", path, json.dumps(fields).encode(),
                                {"X-API-Key": KEY, "Content-Type": "application/json"})
        response = self.connection.getresponse()
        answer = json.loads(response.read())
        if response.status != 200:
            sys.exit(f"{path} failed: {response.status} {answer}")
        return answer

    def get(self, path):
        self.connection.request("GET", path, headers={"X-API-Key": KEY})
        return json.loads(self.connection.getresponse().read())

    def exec(self, lang, code, **fields):
        answer = self.post("/exec", lang=lang, code=code, **fields)
        if answer["execution_status"] != "completed":
            sys.exit(f"exec failed: {answer}")
        return answer


def timed(action, count):
    times = []
    for _ in range(count):
        started = time.perf_counter()
        action()
        times.append((time.perf_counter() - started) * 1000)
    return times
