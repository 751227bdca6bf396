"""M48: liveness and readiness, with the database there, gone, and silent."""
import secrets
import time
from threading import Thread

import pytest
import requests

from harness.client import body_of
from harness.database import Cable
from harness.host import processes_with
from harness.server import Server
from harness.shapes import TIME, assert_error
from harness.waiting import wait_until


@pytest.fixture
def cabled(server):
    """A server whose only way to the database is a cable that the test can cut."""
    cable = Cable(server.database_url)
    running = Server(database_url=cable.url, like=server).start()
    try:
        yield running.wait_ready(), cable
    finally:
        cable.resume()
        running.process.kill()
        running.process.wait()
        cable.close()
        running.remove()


@pytest.mark.parametrize("path", ["/health", "/v1/health"])
def test_m48_health_says_that_the_process_lives(server, path):
    body = body_of(server.anonymous().get(path), 200)
    assert (body["status"], body["service"]) == ("healthy", "runledger-api")
    assert body["version"] and TIME.fullmatch(body["timestamp"])


@pytest.mark.parametrize("path", ["/ready", "/v1/ready"])
def test_m48_ready_names_what_it_checked(server, path):
    assert body_of(server.anonymous().get(path), 200) == {"status": "ready", "checks": {"postgres": "ok", "blob_store": "ok", "executor": "ok"}}


@pytest.mark.parametrize("loss", ["cut", "stall"])
def test_m48_ready_turns_503_within_5_seconds_of_losing_the_database(cabled, loss):
    server, cable = cabled
    cable.cut() if loss == "cut" else cable.stall()
    lost = time.monotonic()

    def refused():
        # In a tuple, because a response with an error status is false.
        response = requests.get(server.url + "/ready", timeout=10)
        return (response,) if response.status_code == 503 else None
    (response,) = wait_until(refused, 8, "/ready answers 503")
    assert time.monotonic() - lost <= 5.5
    assert response.json()["status"] == "not_ready" and response.json()["checks"]["postgres"] != "ok", response.text
    assert requests.get(server.url + "/health", timeout=5).json()["status"] == "healthy"


@pytest.mark.parametrize("loss", ["cut", "stall"])
def test_m48_ready_comes_back_with_the_database(cabled, loss):
    server, cable = cabled
    cable.cut() if loss == "cut" else cable.stall()
    wait_until(lambda: server.status_of("/ready") == 503, 8, "/ready answers 503")
    cable.mend() if loss == "cut" else cable.resume()
    wait_until(lambda: server.status_of("/ready") == 200, 60, "/ready answers 200 again")
    assert server.old().exec("bash", "printf ok")["stdout"] == "ok"


def test_m48_a_run_without_a_database_is_a_503_that_says_when_to_retry(cabled):
    server, cable = cabled
    cable.cut()
    wait_until(lambda: server.status_of("/ready") == 503, 8, "/ready answers 503")
    response = server.old().try_exec("bash", "printf ok")
    assert_error(response, 503, "service_unavailable")
    assert int(response.headers["Retry-After"]) >= 1


def test_m48_ready_turns_503_while_a_server_shuts_down(make_server):
    server = make_server({"SHUTDOWN_GRACE_SECONDS": "30"})
    client = server.old()
    results, marker = [], f"6.{secrets.randbelow(10**12):012d}"
    runner = Thread(target=lambda: results.append(client.exec("bash", f"sleep {marker}; printf finished")))
    runner.start()
    wait_until(lambda: processes_with(marker), 15, "the run has begun")
    server.process.terminate()
    wait_until(lambda: server.status_of("/ready") in (503, None), 5, "/ready no longer answers 200")
    runner.join()
    assert results and results[0]["stdout"] == "finished", "a current run finishes during the grace time"
