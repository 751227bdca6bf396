"""Section 13.4: SIGTERM."""
import signal
import threading

from harness.client import body_of
from harness.ledger import finished, of_type
from harness.waiting import wait_until


def begin(client, session, code):
    """A run in a thread, once it has started; the answer is in the list afterwards."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(client.try_exec("bash", code, session_id=session)))
    thread.start()
    wait_until(lambda: len(of_type(client.events(session), "execution.started")) == 2, 15, "the run has started")
    return thread, answers


def test_shutdown_lets_runs_finish_while_new_ones_and_ready_are_503(make_server):
    server = make_server()
    client = server.old()
    session = client.exec("bash", "true")["session_id"]
    thread, answers = begin(client, session, "sleep 4; echo done")
    server.process.send_signal(signal.SIGTERM)
    wait_until(lambda: server.status_of("/ready") == 503, 10, "/ready says no")
    refused = client.try_exec("bash", "true")
    assert body_of(refused, 503)["error_type"] == "service_unavailable" and int(refused.headers["Retry-After"]) >= 1
    assert server.status_of("/health") == 200
    thread.join()
    assert body_of(answers[0], 200)["stdout"] == "done\n"
    assert server.process.wait(30) == 0


def test_shutdown_hands_over_what_outlasts_the_grace(make_server, server):
    leaving = make_server({"SHUTDOWN_GRACE_SECONDS": "1"}, database_url=server.database_url, like=server)
    client = leaving.old()
    session = client.exec("bash", "true")["session_id"]
    thread, answers = begin(client, session, "sleep 3; echo $((40 + 2))")
    assert leaving.stop() == 0
    thread.join()
    execution = of_type(server.old().events(session), "execution.requested")[1]["execution_id"]
    [end] = wait_until(lambda: finished(server.old().events(session), execution), 60, "somebody else has finished it")
    record = server.old().execution(execution)
    assert (record["execution_status"], record["stdout"], record["attempt"]) == ("completed", "42\n", 2), record
