"""M40: kill -9 of a server, at several moments. One terminal status for every execution, and nothing left behind."""
import secrets
from threading import Thread

import pytest
import requests

from harness.host import processes_with, traces
from harness.ledger import chain_faults, finished, of_type, owner_log, position_faults
from harness.multipart import encode, file_part
from harness.waiting import in_parallel, wait_until

TERMINAL = {"completed", "failed", "timeout", "cancelled", "error"}
QUICK_TAKEOVER = {"EXECUTION_LEASE_SECONDS": "5"}


def new_marker(seconds):
    """A number for `sleep` that no other process of this machine has in its command line."""
    return f"{seconds}.{secrets.randbelow(10**12):012d}"


def run_in_background(client, code, **fields):
    """Starts a run whose answer may never come."""
    def run():
        try:
            client.try_exec("bash", code, **fields)
        except requests.RequestException:
            pass
    thread = Thread(target=run, daemon=True)
    thread.start()
    return thread


def begun(client, session, marker):
    """Waits until the program with the marker runs; returns the id of its execution."""
    wait_until(lambda: processes_with(marker), 30, "the program runs")
    requested = wait_until(lambda: of_type(client.events(session), "execution.requested"), 30, "the request is in the log")
    return requested[-1]["execution_id"]


def the_one_end(client, session, execution, deadline=120):
    """Waits for the end of the execution; returns its status, after checking that there is exactly one end."""
    wait_until(lambda: finished(client.events(session), execution), deadline, "the execution is finished")
    status = wait_until(lambda: (run := client.execution(execution))["execution_status"] in TERMINAL and run, 15, "the status is terminal")
    assert len(finished(client.events(session), execution)) == 1
    return status


@pytest.fixture
def clean_machine():
    """After the test, with every server of it stopped, no mount and no control group is there that was not before."""
    before = traces()
    yield
    wait_until(lambda: traces() <= before, 30, f"mounts and control groups are gone; before there were {sorted(before)}")


@pytest.fixture
def server(clean_machine, make_server):
    return make_server(QUICK_TAKEOVER)


def test_m40_a_run_whose_server_was_killed_reaches_exactly_one_end_after_the_restart(server):
    client = server.old()
    session, marker = client.exec("bash", "echo before > kept.txt")["session_id"], new_marker(20)
    run_in_background(client, f"echo started; sleep {marker}", session_id=session)
    execution = begun(client, session, marker)
    server.kill_hard()
    wait_until(lambda: not processes_with(marker), 30, "no process of the dead server's sandbox is left")
    server.start().wait_ready()
    end = the_one_end(client, session, execution)
    assert end["execution_status"] == "error" or end["attempt"] >= 2, end
    assert chain_faults(client.events(session)) == []
    wait_until(lambda: not processes_with(marker), 30, "no process of the second attempt is left")
    assert client.exec("bash", "cat kept.txt", session_id=session)["stdout"] == "before\n"
    assert len(finished(client.events(session), execution)) == 1


def test_m40_no_mount_and_no_control_group_of_the_dead_server_remains(server):
    client = server.old()
    session, marker = client.exec("bash", "true")["session_id"], new_marker(10)
    for _ in range(3):
        run_in_background(client, f"sleep {marker} & sleep {marker}", session_id=session)
    begun(client, session, marker)
    server.kill_hard()
    wait_until(lambda: not processes_with(marker), 30, "no process of the dead server's sandboxes is left")
    server.start().wait_ready()
    for requested in of_type(client.events(session), "execution.requested"):
        the_one_end(client, session, requested["execution_id"])
    wait_until(lambda: not processes_with(marker), 30, "no process of the second attempts is left")


def test_m40_a_daemon_of_the_run_does_not_outlive_the_server(server):
    client = server.old()
    session, marker = client.exec("bash", "true")["session_id"], new_marker(900)
    run_in_background(client, f"setsid nohup sleep {marker} > /dev/null 2>&1 & (trap '' TERM HUP INT; sleep {marker}) & sleep 25", session_id=session)
    wait_until(lambda: len(processes_with(marker)) >= 2, 30, "both daemons run")
    server.kill_hard()
    wait_until(lambda: not processes_with(marker), 30, "no daemon is left")
    # Empty control groups stay until the next start on this machine: nobody was left to remove them.
    server.start().wait_ready()


def test_m40_queued_runs_are_executed_after_the_restart(clean_machine, make_server):
    server = make_server({**QUICK_TAKEOVER, "MAX_CONCURRENT_EXECUTIONS": "1"})
    client = server.old()
    session, marker = client.exec("bash", "true")["session_id"], new_marker(8)
    run_in_background(client, f"sleep {marker}", session_id=session)
    begun(client, session, marker)
    for number in range(3):
        run_in_background(client, f"echo {number} > queued-{number}.txt", session_id=session)
    requested = wait_until(lambda: (found := of_type(client.events(session), "execution.requested")) and len(found) == 5 and found, 30, "all runs are in the log")
    server.kill_hard()
    server.start().wait_ready()
    statuses = [the_one_end(client, session, event["execution_id"])["execution_status"] for event in requested]
    assert statuses[0] == "completed" and statuses[2:] == ["completed"] * 3, statuses
    assert sorted(file["filename"] for file in client.files(session)) == [f"queued-{number}.txt" for number in range(3)]


def test_m40_what_was_answered_before_the_kill_is_there_after_it(server):
    client, answers = server.old(), []

    def work(number):
        try:
            response = client.try_exec("bash", f"echo {number} > out.txt; echo {number}")
            if response.status_code == 200:
                answers.append((number, response.json()))
        except (requests.RequestException, ValueError):
            pass
    workers = [Thread(target=lambda first=first: [work(first + step) for step in range(20)]) for first in range(0, 160, 20)]
    for worker in workers:
        worker.start()
    wait_until(lambda: len(answers) >= 20, 60, "twenty answers have come")
    server.kill_hard()
    for worker in workers:
        worker.join()
    server.start().wait_ready()
    for number, result in answers:
        events = client.events(result["session_id"])
        assert chain_faults(events) == []
        [end] = finished(events, result["execution_id"])
        assert (end["position"], end["hash"]) == (result["receipt"]["position"], result["receipt"]["event_hash"])
        assert client.content_of(result["files"][0]) == f"{number}\n".encode()


def test_m40_the_whole_log_is_sound_after_a_kill_under_load(server):
    client = server.old()
    for _ in range(12):
        run_in_background(client, "for i in 1 2 3; do echo $RANDOM > $i.txt; done; sleep 0.5")
    wait_until(lambda: len(client.sessions()) >= 6, 30, "half of the runs are in the log")
    server.kill_hard()
    server.start().wait_ready()

    def all_ended():
        log = owner_log(client)
        requested = {event["execution_id"] for event in of_type(log, "execution.requested")}
        ended = [event["execution_id"] for event in finished(log)]
        assert len(ended) == len(set(ended)), "an execution ended twice"
        return requested and requested == set(ended)
    wait_until(all_ended, 120, "every requested execution has ended")
    assert position_faults(owner_log(client)) == []


def test_m40_a_run_of_the_killed_replica_is_taken_over_by_the_other(clean_machine, make_server):
    first = make_server(QUICK_TAKEOVER)
    second = make_server(database_url=first.database_url, like=first)
    at_first, at_second = first.old(), second.old()
    session, marker = at_first.exec("bash", "true")["session_id"], new_marker(6)
    run_in_background(at_second, f"sleep {marker}; echo x > out.txt", session_id=session)
    execution = begun(at_first, session, marker)
    second.kill_hard()
    end = the_one_end(at_first, session, execution)
    assert end["execution_status"] in ("completed", "error"), end
    wait_until(lambda: not processes_with(marker), 30, "no process of the run is left")
    assert chain_faults(at_first.events(session)) == []


def test_m40_an_upload_cut_by_the_kill_leaves_nothing_and_one_that_was_answered_stays(server):
    client = server.old()
    kept = client.upload(("kept.txt", b"abc"))
    content_type, body = encode([file_part("file", "half.bin", b"x" * 8_000_000)])
    half_sent, killed = [], []

    def slowly():
        yield body[:4_000_000]
        half_sent.append(True)
        wait_until(lambda: killed, 30, "the server was killed")
        yield body[4_000_000:]

    def send():
        try:
            requests.post(server.url + "/upload", data=slowly(), headers={"Content-Type": content_type, "X-API-Key": server.key}, timeout=60)
        except requests.RequestException:
            pass
    sender = Thread(target=send)
    sender.start()
    wait_until(lambda: half_sent, 30, "half of the upload was sent")
    server.kill_hard()
    killed.append(True)
    sender.join()
    server.start().wait_ready()
    assert [session["session_id"] for session in client.settled_sessions()] == [kept["session_id"]]
    assert client.download(kept["session_id"], kept["files"][0]["fileId"]) == b"abc"


def test_m40_a_server_killed_again_and_again_still_comes_up(server):
    client = server.old()
    session = client.exec("bash", "true")["session_id"]
    for number in range(4):
        in_parallel(lambda n: client.exec("bash", f"echo {number} > {number}-{n}.txt", session_id=session), range(3))
        server.kill_hard()
        server.start().wait_ready()
    assert sorted(file["filename"] for file in client.files(session)) == sorted(f"{number}-{n}.txt" for number in range(4) for n in range(3))
    assert chain_faults(client.events(session)) == []


def test_section_14_the_embedded_database_ends_with_its_server(clean_machine, make_server):
    server = make_server()
    pids = [int(path.read_text().splitlines()[0]) for path in server.home.rglob("postmaster.pid")]
    assert len(pids) == 1
    assert server.stop() == 0
    wait_until(lambda: not processes_with(str(server.home)), 30, "no process of the server's home is left")


def test_section_14_everything_is_there_after_an_orderly_restart(server):
    client = server.old()
    result = client.exec("bash", "echo x > a.txt")
    events = client.events(result["session_id"])
    assert server.stop() == 0
    server.start().wait_ready()
    assert client.events(result["session_id"]) == events
    assert client.content_of(result["files"][0]) == b"x\n"
    assert client.exec("bash", "cat a.txt", session_id=result["session_id"])["stdout"] == "x\n"
