"""Two servers on one database: uploads through one, runs through the other, downloads through the first."""
from threading import Thread

import pytest

from harness.ledger import finished, of_type, owner_log, position_faults
from harness.waiting import in_parallel, wait_until


@pytest.fixture
def pair(make_server):
    first = make_server()
    return first, make_server(database_url=first.database_url, like=first)


def test_m20_two_hundred_mixed_requests_over_two_servers_lose_nothing(pair):
    first, second = (server.old() for server in pair)

    def round_trip(number):
        """Four requests: upload at one, run at the other, list and download at the first."""
        here, there = (first, second) if number % 2 else (second, first)
        upload = here.upload((f"in-{number}.txt", b"%d\n" % number))
        result = there.exec("bash", f"cat in-{number}.txt in-{number}.txt > out-{number}.txt; cat out-{number}.txt", files=[there.ref(upload)])
        assert (result["stdout"], result["session_id"]) == (f"{number}\n{number}\n", upload["session_id"])
        listed = [file["filename"] for file in here.files(upload["session_id"])]
        assert listed == [f"in-{number}.txt", f"out-{number}.txt"]
        assert here.content_of(result["files"][0]) == b"%d\n%d\n" % (number, number)
        return result["execution_id"]
    executions = [execution for batch in range(5) for execution in in_parallel(round_trip, range(batch * 10, batch * 10 + 10))]
    assert len(set(executions)) == 50
    logs = [owner_log(client) for client in (first, second)]
    assert logs[0] == logs[1], "both servers tell the same history"
    assert position_faults(logs[0]) == []
    assert sorted(event["execution_id"] for event in finished(logs[0])) == sorted(executions)


def test_m20_runs_of_one_session_through_both_servers_see_each_others_files(pair):
    clients = [server.old() for server in pair]
    session = clients[0].exec("bash", "echo 0 > count.txt")["session_id"]
    for number in range(1, 21):
        result = clients[number % 2].exec("bash", "n=$(($(cat count.txt) + 1)); echo $n | tee count.txt", session_id=session)
        assert result["stdout"] == f"{number}\n"
    assert len([file for file in clients[1].files(session) if file["filename"] == "count.txt"]) == 21


def test_m20_a_deletion_at_one_server_holds_at_the_other_at_once(pair):
    first, second = (server.old() for server in pair)
    for number in range(10):
        upload = first.upload((f"{number}.txt", b"x"))
        session, file = upload["session_id"], upload["files"][0]["fileId"]
        assert first.delete(f"/files/{session}/{file}").status_code == 200
        assert second.try_download(session, file).status_code == 404
        assert second.delete(f"/files/{session}/{file}").status_code == 404
        assert second.files(session) == []


def test_m40_stopping_one_server_in_order_loses_no_run(pair):
    first, second = pair
    client = second.old()
    session = client.exec("bash", "true")["session_id"]
    answers = []

    def run(number):
        response = client.try_exec("bash", f"sleep 1; echo {number} > {number}.txt", session_id=session)
        answers.append((number, response.status_code))
        return response.status_code
    runners = [Thread(target=run, args=(number,)) for number in range(6)]
    for runner in runners:
        runner.start()
    wait_until(lambda: len(of_type(first.old().events(session), "execution.requested")) == 7, 30, "all runs are in the log")
    second.stop()
    for runner in runners:
        runner.join()
    assert {status for _, status in answers} <= {200, 503}, answers
    wait_until(lambda: len(finished(first.old().events(session))) == 7, 120, "every requested run has ended")
    present = {file["filename"] for file in first.old().files(session)}
    assert {f"{number}.txt" for number, status in answers if status == 200} <= present
