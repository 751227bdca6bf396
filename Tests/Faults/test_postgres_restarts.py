"""PostgreSQL restarted under load: answers are 200 or 503, nothing is doubled, nothing answered is lost."""
import os
import secrets
import signal
from threading import Thread

import pytest

from harness.database import Cable, Postmaster
from harness.host import processes_with
from harness.ledger import chain_faults, finished, of_type, owner_log, position_faults
from harness.server import Server
from harness.waiting import wait_until

RUNS = 50


def assert_sound(client, deadline=120):
    """Every requested execution ends exactly once, and the whole ledger is dense and chained."""
    def all_ended():
        log = owner_log(client)
        ended = [event["execution_id"] for event in finished(log)]
        assert len(ended) == len(set(ended)), f"ended twice: {sorted({e for e in ended if ended.count(e) > 1})}"
        return {event["execution_id"] for event in of_type(log, "execution.requested")} == set(ended)
    wait_until(all_ended, deadline, "every requested execution has ended")
    assert position_faults(owner_log(client)) == []


def assert_answers(client, responses):
    """Each answer is a 200 whose end is in the log, or a 503 that says when to retry."""
    statuses = [response.status_code for response in responses]
    assert set(statuses) <= {200, 503}, statuses
    for response in responses:
        if response.status_code == 503:
            assert response.json()["error_type"] == "service_unavailable" and int(response.headers["Retry-After"]) >= 1, response.text
            continue
        result = response.json()
        if result["receipt"] is None:
            assert result["execution_status"] == "error", result
            continue
        [end] = finished(client.events(result["session_id"]), result["execution_id"])
        assert (end["position"], end["hash"]) == (result["receipt"]["position"], result["receipt"]["event_hash"])
        for file in result["files"]:
            assert client.content_of(file) == result["stdout"].encode()
    return statuses


@pytest.mark.parametrize("restarts", [1, 3])
def test_section_6_fifty_runs_across_a_restart_of_postgresql(make_server, restarts):
    server = make_server()
    client, postmaster = server.old(), Postmaster(server.home)
    responses, marker = [], f"0.5{secrets.randbelow(10**12):012d}"

    def run(number):
        responses.append(client.try_exec("bash", f"sleep {marker}; echo {number} | tee out.txt"))
    runners = [Thread(target=run, args=(number,)) for number in range(RUNS)]
    for runner in runners:
        runner.start()
    for _ in range(restarts):
        wait_until(lambda: processes_with(marker) or len(responses) == RUNS, 60, "some runs are under way")
        postmaster.stop()
        postmaster.start()
        wait_until(lambda: server.status_of("/ready") == 200, 60, "the server is ready again")
    for runner in runners:
        runner.join()
    assert len(responses) == RUNS
    assert_answers(client, responses)
    assert_sound(client)
    assert client.exec("bash", "printf ok")["stdout"] == "ok"


def test_section_6_uploads_across_a_restart_are_whole_or_absent(make_server):
    server = make_server()
    client, postmaster, responses = server.old(), Postmaster(server.home), []
    content = secrets.token_bytes(500_000)

    def upload(first):
        for number in range(first, first + 10):
            responses.append(client.try_upload((f"{number}.bin", content)))
    senders = [Thread(target=upload, args=(first,)) for first in range(0, 50, 10)]
    for sender in senders:
        sender.start()
    wait_until(lambda: len(responses) >= 5, 60, "some uploads have been answered")
    postmaster.stop()
    postmaster.start()
    for sender in senders:
        sender.join()
    wait_until(lambda: server.status_of("/ready") == 200, 60, "the server is ready again")
    statuses = [response.status_code for response in responses]
    assert set(statuses) <= {200, 503}, statuses
    answered = {response.json()["session_id"]: response.json()["files"][0]["fileId"] for response in responses if response.status_code == 200}
    for session, file in answered.items():
        assert client.download(session, file) == content
    for session in client.sessions():
        files = client.files(session["session_id"])
        assert [client.download(session["session_id"], file["id"]) == content for file in files] == [True], session
    assert position_faults(owner_log(client)) == []


def test_section_6_postgresql_killed_outright_is_survived_like_a_restart(make_server):
    server = make_server()
    client, postmaster = server.old(), Postmaster(server.home)
    before = [client.exec("bash", f"echo {number} | tee out.txt") for number in range(5)]
    pid = postmaster.pid
    os.kill(pid, signal.SIGQUIT)
    wait_until(lambda: postmaster.pid != pid or not postmaster.is_running(), 60, "PostgreSQL has ended without a checkpoint")
    postmaster.start()
    wait_until(lambda: server.status_of("/ready") == 200, 60, "the server is ready again")
    for result in before:
        [end] = finished(client.events(result["session_id"]), result["execution_id"])
        assert end["hash"] == result["receipt"]["event_hash"]
        assert client.content_of(result["files"][0]) == result["stdout"].encode()
    assert client.exec("bash", "printf ok")["stdout"] == "ok"
    assert_sound(client)


def test_section_6_a_cable_cut_under_load_doubles_nothing(make_server):
    """The connection breaks after the server has sent its appends: it cannot know whether they were taken."""
    first = make_server()
    cable = Cable(first.database_url)
    server = Server(database_url=cable.url, like=first).start()
    try:
        server.wait_ready()
        client, responses = server.old(), []

        def run(first_number):
            for number in range(first_number, first_number + 5):
                responses.append(client.try_exec("bash", f"echo {number} | tee out.txt"))
        runners = [Thread(target=run, args=(number,)) for number in range(0, 50, 5)]
        for runner in runners:
            runner.start()
        for seen in (5, 15, 25):
            wait_until(lambda: len(responses) >= seen, 120, f"{seen} answers have come")
            cable.cut()
            cable.mend()
        for runner in runners:
            runner.join()
        wait_until(lambda: server.status_of("/ready") == 200, 60, "the server is ready again")
        assert_answers(first.old(), responses)
        assert_sound(first.old())
    finally:
        cable.resume()
        server.stop()
        cable.close()
        server.remove()


def test_section_6_the_chain_of_a_busy_session_holds_across_a_restart(make_server):
    server = make_server()
    client, postmaster = server.old(), Postmaster(server.home)
    session, responses = client.exec("bash", "true")["session_id"], []

    def run(first):
        for number in range(first, first + 5):
            responses.append(client.try_exec("bash", f"echo {number} | tee out.txt", session_id=session))
    runners = [Thread(target=run, args=(first,)) for first in range(0, 30, 5)]
    for runner in runners:
        runner.start()
    wait_until(lambda: len(responses) >= 6, 60, "some runs have been answered")
    postmaster.stop()
    postmaster.start()
    for runner in runners:
        runner.join()
    wait_until(lambda: server.status_of("/ready") == 200, 60, "the server is ready again")
    assert_answers(client, responses)
    assert_sound(client)
    assert chain_faults(client.events(session)) == []
