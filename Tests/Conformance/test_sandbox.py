"""M27: a run sees no network, no secret of the server and nothing of other runs."""
import os
import secrets
import socket
import threading

import pytest

from harness.host import processes_with
from harness.server import ENVIRONMENT_MARKER
from harness.waiting import wait_until

CONNECT = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=3)
    print('connected')
except OSError as problem:
    print('refused')
"""


@pytest.fixture
def listener():
    """A service on the host that anybody on this machine could reach."""
    with socket.create_server(("0.0.0.0", 0)) as service:
        accepted = []

        def accept():
            while True:
                try:
                    accepted.append(service.accept())
                except OSError:
                    return
        threading.Thread(target=accept, daemon=True).start()
        yield service.getsockname()[1], accepted


def test_m27_the_control_itself_can_be_reached_from_outside_the_sandbox(listener):
    port, accepted = listener
    with socket.create_connection(("127.0.0.1", port), timeout=3):
        wait_until(lambda: accepted, 5, "the listener accepted")


def test_m27_no_service_of_the_host_can_be_reached(old, listener):
    port, accepted = listener
    own_address = socket.gethostbyname(socket.gethostname())
    for address in {"127.0.0.1", "0.0.0.0", own_address}:
        assert old.exec("py", CONNECT, args=[address, port])["stdout"] == "refused\n", address
    assert accepted == []


def test_m27_the_server_itself_cannot_be_reached(old, server):
    assert old.exec("py", CONNECT, args=["127.0.0.1", server.port])["stdout"] == "refused\n"
    result = old.exec("bash", f"exec 3<>/dev/tcp/127.0.0.1/{server.port} && echo connected")
    assert "connected" not in result["stdout"]


@pytest.mark.parametrize("address", ["1.1.1.1", "169.254.169.254", "10.0.0.1", "::1"])
def test_m27_no_address_outside_can_be_reached(old, address):
    assert old.exec("py", CONNECT, args=[address, 80])["stdout"] == "refused\n"


def test_m27_names_are_not_resolved(old):
    code = "import socket\ntry:\n    print(socket.getaddrinfo('example.com', 80))\nexcept OSError:\n    print('unresolved')"
    assert old.exec("py", code, timeout=20000)["stdout"] == "unresolved\n"


def test_m27_there_is_no_interface_but_loopback(old):
    assert old.exec("bash", "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '")["stdout"].split() in (["lo"], [])


def test_m27_abstract_sockets_of_the_host_are_out_of_reach(old):
    name = "conformance-" + secrets.token_hex(8)
    with socket.socket(socket.AF_UNIX) as service:
        service.bind("\0" + name)
        service.listen()
        code = f"import socket\ntry:\n    socket.socket(socket.AF_UNIX).connect('\\0{name}')\n    print('connected')\nexcept OSError:\n    print('refused')"
        assert old.exec("py", code)["stdout"] == "refused\n"


@pytest.mark.parametrize("lang, code", [
    ("bash", "env; cat /proc/*/environ"), ("py", "import os\nprint(os.environ)\nprint(open('/proc/self/environ').read())"),
    ("js", "console.log(process.env)"),
    ("c", '#include <stdio.h>\nextern char **environ;\nint main(void) { for (char **e = environ; *e; e++) puts(*e); return 0; }')])
def test_m27_no_variable_of_the_server_is_seen(old, server, lang, code):
    shown = old.exec(lang, code)["stdout"]
    secret = [server.key, *server.keys[:2], ENVIRONMENT_MARKER, str(server.home), server.database_url]
    names = ["API_KEY", "DATABASE_URL", "RUNLEDGER_HOME", "CONFORMANCE_MARKER", "AUTH_FAILURE_LIMIT", "API_PORT"]
    assert [value for value in secret + names if value in shown] == []
    assert "PATH" in shown


def test_m27_no_secret_is_in_the_memory_of_the_interpreter(old, server):
    code = """
import sys
halves = [half.encode() for half in sys.argv[1:]]
pairs, found = list(zip(halves[::2], halves[1::2])), set()
with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb', 0) as memory:
    for line in maps:
        span, rights = line.split()[:2]
        if not rights.startswith('rw'): continue
        low, high = (int(x, 16) for x in span.split('-'))
        try:
            memory.seek(low)
            data = memory.read(high - low)
        except (OSError, ValueError, OverflowError): continue
        for first, second in pairs:
            at = data.find(first)
            while at >= 0:
                if data.startswith(second, at + len(first)): found.add(first)
                at = data.find(first, at + 1)
print(len(found))
"""
    # Each secret travels in two halves, so that the search does not find its own arguments.
    halves = [half for value in (server.key, server.other_key, ENVIRONMENT_MARKER) for half in (value[:12], value[12:])]
    assert old.exec("py", code, args=halves)["stdout"] == "0\n"


def test_m27_the_servers_home_and_database_are_not_visible(old, server):
    result = old.exec("bash", f"ls -la {server.home} && echo visible; ls /tmp /run /var/run /home /root 2>/dev/null | grep -i -e runledger -e PGSQL -e {server.home.name}")
    assert result["stdout"] == "", result


def test_m27_files_of_the_host_are_not_visible(old, tmp_path):
    secret = tmp_path / "host-file.txt"
    secret.write_text("secret of the host")
    os.chmod(secret, 0o666)
    result = old.exec("bash", f"cat {secret}; cat /etc/shadow; ls /root/* && echo visible")
    assert result["stdout"] == "", result


def test_m27_a_run_does_not_see_files_of_other_runs(old):
    marker = "marker-" + secrets.token_hex(8)
    old.exec("bash", f"echo x > {marker}; echo y > /tmp/{marker}; cp {marker} \"$HOME\"; echo z > /dev/shm/{marker}; true")
    result = old.exec("bash", f"find / -name '{marker}*' 2>/dev/null")
    assert result["stdout"] == ""


def test_m27_a_run_does_not_see_processes_of_other_runs_or_of_the_host(old):
    marker = f"20.{secrets.randbelow(10**12):012d}"
    running = threading.Thread(target=lambda: old.exec("bash", f"sleep {marker}", timeout=6000))
    running.start()
    try:
        wait_until(lambda: processes_with(marker), 15, "the other run has begun")
        result = old.exec("bash", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '; ls -d /proc/[0-9]* | wc -l")
        assert marker not in result["stdout"] and "postgres" not in result["stdout"], result["stdout"]
        assert int(result["stdout"].split()[-1]) < 12, result["stdout"]
    finally:
        running.join()


def test_m27_a_run_cannot_signal_anything_else(old):
    marker = f"20.{secrets.randbelow(10**12):012d}"
    results = []
    running = threading.Thread(target=lambda: results.append(old.exec("bash", f"sleep {marker}; echo lived", timeout=5000)))
    running.start()
    wait_until(lambda: processes_with(marker), 15, "the other run has begun")
    old.exec("bash", "kill -9 -1; true", timeout=3000)
    assert processes_with(marker), "the other run was killed"
    running.join()
    assert results[0]["termination_reason"] == "time_limit"


def test_m27_a_run_has_no_privileges(old):
    code = "id -u; grep -E '^(CapEff|CapPrm|CapBnd|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status"
    lines = old.exec("bash", code)["stdout"].split("\n")
    status = dict(line.split(":\t") for line in lines[1:] if line)
    assert lines[0] != "0"
    assert {name: int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {"CapEff": 0, "CapPrm": 0, "CapBnd": 0, "CapAmb": 0}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


@pytest.mark.parametrize("attempt", [
    "mount -t tmpfs none /mnt", "unshare -r true", "chroot / true", "mknod /tmp/x c 1 3 && cat /tmp/x", "touch /usr/bin/x", "echo x >> /bin/bash",
    "echo 1 > /proc/sys/kernel/panic", "hostname changed", "date -s 2001-01-01", "su -c true", "cat /dev/mem"])
def test_m27_a_run_cannot_change_the_machine(old, attempt):
    result = old.exec("bash", f"( {attempt} ) > /dev/null 2>&1 && echo done")
    assert result["stdout"] == "", f"{attempt} succeeded"
