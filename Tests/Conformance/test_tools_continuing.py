"""M39, sections 9.3 and 9.5: continuing a run whatever happened to the processes, repeated and refused continuations."""
import pytest

from harness.client import body_of
from harness.fixtures import limited
from harness.ledger import of_type
from harness.shapes import UNKNOWN_ID, assert_error, file_named, names
from harness.tools import answer, answer_all, called, converse, start, tools, try_answer, try_start
from harness.waiting import in_parallel, wait_until

TWO_ROUNDS = """
import asyncio, os
print("begin", flush=True)
open("log.txt", "a").write("ran\\n")
a, b = await asyncio.gather(t(n=1), u(n=2))
print(a, b)
print(await t(n=3))
open("log.txt", "a").write("done\\n")
"""

TWO_ROUNDS_BASH = """
echo begin
echo ran >>log.txt
{ t '{"n":1}' >a; } & { u '{"n":2}' >b; } & wait
cat a b
t '{"n":3}'
echo done >>log.txt
rm a b
"""

repeating = limited({"PTC_PAUSE_SECONDS": "0"})
short_lived = limited({"PTC_TTL_SECONDS": "2", "EXECUTION_LEASE_SECONDS": "6"})
narrow = limited({"PTC_MAX_TOOL_CALLS": "3", "PTC_MAX_ROUND_TRIPS": "2"})


def tool(name, given):
    return {"tool": name, **given}


def check_two_rounds(client, last):
    assert last["status"] == "completed", last
    assert names(last) == ["log.txt"] and client.content_of(file_named(last, "log.txt")) == b"ran\ndone\n"
    assert last["stdout"].startswith("begin\n") and last["stdout"].count("begin") == 1


@pytest.mark.parametrize("lang, code", [("py", TWO_ROUNDS), ("bash", TWO_ROUNDS_BASH)])
def test_m39_a_repeated_run_looks_like_one_that_was_held(server, repeating, lang, code):
    seen = []
    for each in (server, repeating):
        client = each.old()
        reply = start(client, code, tools("t", "u"), lang=lang)
        last, asked = converse(client, reply, tool)
        check_two_rounds(client, last)
        seen.append((sorted((c["name"], c["input"]["n"]) for c in asked[0]), [called({"tool_calls": c}) for c in asked[1:]],
                     last["stdout"], last["stderr"], last["exit_code"]))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("lang, code", [("py", TWO_ROUNDS), ("bash", TWO_ROUNDS_BASH)])
def test_m39_continuation_after_every_server_was_restarted(make_server, server, lang, code):
    running = make_server(database_url=server.database_url, like=server)
    client = running.old()
    reply = start(client, code, tools("t", "u"), lang=lang)
    running.stop()
    running.start().wait_ready()
    reply = answer_all(client, reply, tool)
    assert [(call[0], call[2]) for call in called(reply)] == [("call_003", {"n": 3})]
    running.kill_hard()
    running.start().wait_ready()
    check_two_rounds(client, answer_all(client, reply, tool))


@pytest.mark.parametrize("lang, code", [("py", TWO_ROUNDS), ("bash", TWO_ROUNDS_BASH)])
def test_m39_continuation_on_another_replica(server, replica, lang, code):
    here, there = server.old(), replica.old()
    reply = start(here, code, tools("t", "u"), lang=lang)
    reply = answer_all(there, reply, tool)
    check_two_rounds(here, answer_all(here, reply, tool))


def test_m39_a_repeated_continuation_gets_the_recorded_reply(server, replica):
    client = server.old()
    first = start(client, TWO_ROUNDS, tools("t", "u"))
    results = [("call_001", 1), ("call_002", 2.0)]
    second = answer(client, first, results)
    # In another order and spelling the results are the same.
    assert answer(client.at(replica), first, [("call_002", 2), ("call_001", 1)]) == second
    last = answer(client, second, [("call_003", "x")])
    assert answer(client, second, [("call_003", "x")]) == last
    assert answer(client.at(replica), first, results) == second
    execution = client.execution(last["execution_id"])
    events = client.events(last["session_id"])
    assert len(of_type(events, "execution.tool_results_recorded")) == 2 and len(of_type(events, "execution.finished")) == 1
    assert execution["execution_status"] == "completed"


def test_m39_the_same_continuation_many_times_at_once(server, replica):
    client = server.old()
    reply = start(client, "print(await t())", tools("t"))
    replies = in_parallel(lambda n: answer(client.at(server if n % 2 else replica), reply, [("call_001", "v")]), range(12))
    assert all(each == replies[0] for each in replies) and replies[0]["stdout"] == "v\n"
    assert len(of_type(client.events(reply["session_id"]), "execution.tool_results_recorded")) == 1


def test_m39_other_results_are_a_conflict(old):
    reply = start(old, "import time\nprint(await t())\ntime.sleep(1)", tools("t"))
    last = answer(old, reply, [("call_001", "v")])
    assert_error(try_answer(old, reply, [("call_001", "w")]), 409, "resource_conflict")
    assert_error(try_answer(old, reply, [{"call_id": "call_001", "is_error": True, "error_message": "v"}]), 409, "resource_conflict")
    assert answer(old, reply, [("call_001", "v")]) == last


def test_m39_a_foreign_owner_sees_nothing(old, other):
    reply = start(old, "print(await t())", tools("t"))
    session, execution, number, nonce = reply["continuation_token"].split(".")

    def refused(client, token, results=(("call_001", 1),)):
        body = assert_error(try_answer(client, {"continuation_token": token}, list(results)), 404, "resource_not_found",
                            "Execution not found or expired")
        return {name: value for name, value in body.items() if name not in ("request_id", "timestamp")}
    foreign = refused(other, reply["continuation_token"])
    assert refused(old, ".".join([session, UNKNOWN_ID, number, nonce])) == foreign
    assert refused(old, ".".join([session, execution, number, UNKNOWN_ID])) == foreign
    assert refused(old, ".".join([session, execution, "2", nonce])) == foreign
    assert refused(old, ".".join([UNKNOWN_ID, execution, number, nonce])) == foreign
    # Bad results must not tell that the token is good.
    assert refused(other, reply["continuation_token"], [("call_999", 1)]) == foreign
    assert answer(old, reply, [("call_001", "mine")])["stdout"] == "mine\n"


def test_a_code_that_asks_something_else_when_repeated_fails(repeating):
    client = repeating.old()
    reply = start(client, "import os\nawait t(x=os.urandom(8).hex())\nprint('never')", tools("t"))
    last = answer(client, reply, [("call_001", 1)])
    assert last["status"] == "error" and last["error"] == "Execution failed or timed out", last
    assert "round 1" in last["stderr"] and last["files"] == []


def test_a_dropped_connection_ends_only_its_round(old):
    import requests
    reply = start(old, "import time\nx = await t()\ntime.sleep(1.5)\nprint(x)", tools("t"))
    with pytest.raises(requests.Timeout):
        old.post("/exec/programmatic", timeout=0.5, json={
            "continuation_token": reply["continuation_token"], "tool_results": [{"call_id": "call_001", "result": 5}]})
    last = answer(old, reply, [("call_001", 5)])
    assert (last["status"], last["stdout"]) == ("completed", "5\n")


def test_a_token_expires_and_its_run_ends(short_lived):
    client = short_lived.old()
    reply = start(client, "print(await t())", tools("t"))
    wait_until(lambda: client.execution(reply["execution_id"])["execution_status"] == "error", 30, "the waiting run has ended")
    assert_error(try_answer(client, reply, [("call_001", 1)]), 404, "resource_not_found", "Execution not found or expired")
    assert len(of_type(client.events(reply["session_id"]), "execution.finished")) == 1


@pytest.mark.parametrize("lang, code", [
    ("py", "import asyncio\nawait asyncio.gather(*[t() for _ in range(4)])"), ("py", "for _ in range(4): await t()"),
    ("bash", "for n in 1 2 3 4; do t & done; wait")])
def test_limits_of_calls_and_rounds(narrow, lang, code):
    client = narrow.old()
    last, asked = converse(client, start(client, code, tools("t"), lang=lang), tool)
    assert last["status"] == "error" and last["error"] == "Execution failed or timed out" and last["files"] == [], last
    assert sum(map(len, asked)) <= 3 and len(asked) <= 2 and "Execution failed: " in last["stderr"]


def test_a_cancelled_run_that_waits_ends(old):
    reply = start(old, "print(await t())", tools("t"))
    assert old.execution(reply["execution_id"])["execution_status"] == "waiting_for_tools"
    assert old.post(f"/v1/executions/{reply['execution_id']}/cancel").status_code in (200, 202)
    wait_until(lambda: old.execution(reply["execution_id"])["execution_status"] == "cancelled", 20, "it is cancelled")
    last = answer(old, reply, [("call_001", 1)])
    assert last["status"] == "error" and last["error"] == "Execution failed or timed out"
    assert last["stderr"] == "Execution cancelled"


def test_the_ledger_shows_tool_calls(old):
    reply = start(old, "try:\n    await t(a=1)\nexcept Exception: pass\nawait u()", tools("t", "u"))
    waiting = old.execution(reply["execution_id"])
    assert waiting["programmatic"] is True and waiting["execution_status"] == "waiting_for_tools"
    assert waiting["tool_calls"] == [{"id": "call_001", "name": "t", "input": {"a": 1}, "result": None, "is_error": None}]
    reply = answer(old, reply, [{"call_id": "call_001", "is_error": True, "error_message": "bad"}])
    last = answer(old, reply, [("call_002", [1])])
    shown = old.execution(last["execution_id"])
    assert shown["tool_calls"] == [
        {"id": "call_001", "name": "t", "input": {"a": 1}, "result": "bad", "is_error": True},
        {"id": "call_002", "name": "u", "input": {}, "result": [1], "is_error": False}]
    assert shown["execution_status"] == "completed" and shown["programmatic"] is True
    plain = old.exec("py", "1", session_id=reply["session_id"])["execution_id"]
    assert old.execution(plain)["programmatic"] is False

    def listed():
        page = body_of(old.get("/v1/executions", params={"session_id": reply["session_id"]}), 200)["data"]
        return len(page) == 2 and {item["execution_id"]: item["programmatic"] for item in page}
    assert wait_until(listed, 15, "both are listed") == {plain: False, last["execution_id"]: True}


# What is refused

@pytest.mark.parametrize("change, field", [
    ({"code": None}, "code"), ({"code": "  "}, "code"), ({"code": 1}, "code"), ({"tools": None}, "tools"), ({"tools": {}}, "tools"),
    ({"tools": [{"name": f"t{n}"} for n in range(101)]}, "tools"), ({"tools": [{"description": "x"}]}, "tools[0].name"),
    ({"lang": "js"}, "lang"), ({"language": "ruby", "lang": "py"}, "lang"), ({"lang": 5}, "lang")])
def test_bad_starts(old, change, field):
    body = {"code": "1", "tools": [], **change}
    assert_error(old.post("/exec/programmatic", json=body), 400, "validation", field=field)


def test_two_tools_with_one_name_in_code(old):
    body = assert_error(try_start(old, "1", tools("get-weather", "get weather")), 400, "validation")
    assert "get-weather" in body["error"] and "get weather" in body["error"]
    assert_error(try_start(old, "1", tools("a.b", "a_b"), lang="bash"), 400, "validation")
    assert start(old, "print(1)", tools("a.b", "a_b"))["stdout"] == "1\n", "in Python a dot is left out"


@pytest.mark.parametrize("results", [
    [], [("call_001", 1)], [("call_001", 1), ("call_002", 1), ("call_003", 1)], [("call_001", 1), ("call_001", 1), ("call_002", 1)],
    [("call_001", 1), ("call_002", 1)] + [("call_001", 1)] * 199, [{"result": 1}]])
def test_results_that_do_not_fit_the_round(old, results):
    reply = start(old, "import asyncio\nprint(await asyncio.gather(t(), t()))", tools("t"))
    assert_error(try_answer(old, reply, results), 400, "validation")
    assert answer(old, reply, [("call_001", 1), ("call_002", 2)])["stdout"] == "[1, 2]\n"


@pytest.mark.parametrize("token", ["", "x", "a.b.c.d", 7, "x" * 600])
def test_malformed_tokens(old, token):
    assert_error(old.post("/exec/programmatic", json={"continuation_token": token, "tool_results": []}), 400, "validation",
                 field="continuation_token")


def test_results_that_are_too_large(old):
    reply = start(old, "import asyncio\nprint(sum(map(len, await asyncio.gather(*[t() for _ in range(10)]))))", tools("t"))
    ids = [call["id"] for call in reply["tool_calls"]]
    large = "x" * (5 * 1024 * 1024)
    assert_error(try_answer(old, reply, [(ids[0], large)] + [(each, 1) for each in ids[1:]]), 413, "resource_exhausted")
    assert_error(try_answer(old, reply, [(each, large[:-100_000]) for each in ids]), 413, "resource_exhausted")
    fitting = "y" * 3_000_000
    assert answer(old, reply, [(each, fitting) for each in ids])["stdout"] == "30000000\n"


def test_start_bodies_that_are_too_large(old):
    assert_error(try_start(old, "1 #" + "x" * (10 << 20), []), 413, "resource_exhausted")


def test_both_prefixes(old):
    reply = start(old.with_prefix("/v1"), "print(await t())", tools("t"))
    assert answer(old, reply, [("call_001", 1)])["stdout"] == "1\n"
