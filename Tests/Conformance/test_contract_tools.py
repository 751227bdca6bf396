"""M38, M39: code that calls tools, round by round, in both languages, as section 9 states it."""
import json

import pytest

from harness.client import body_of
from harness.fixtures import limited
from harness.librechat import NewLibreChat, OldLibreChat
from harness.shapes import assert_error, assert_id, is_id
from harness.waiting import in_parallel

limited_server = limited({"PTC_MAX_TOOL_CALLS": "3", "PTC_MAX_ROUND_TRIPS": "2"})

WEATHER = {"name": "get-weather", "description": "of a city", "parameters": {
    "type": "object", "properties": {"unit": {"type": "string"}, "city": {"type": "string"}}, "required": ["city"]}}
ADD = {"name": "add", "description": "", "parameters": {"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a", "b"]}}
ANY = {"type": "object", "properties": {}}

PYTHON = "w = await get_weather(city='SF')\nprint(w['t'])"
BASH = "w=$(get_weather '{\"city\":\"SF\"}')\necho \"$w\" | jq .t"


def start(client, code, tools=(WEATHER, ADD), **fields):
    return client.post("/exec/programmatic", json={"code": code, "tools": list(tools), **fields})


def started(client, code, tools=(WEATHER, ADD), **fields):
    return body_of(start(client, code, tools, **fields), 200)


def go_on(client, reply, *results, token=None):
    answers = [{"call_id": call["id"], "result": result, "is_error": False} for call, result in zip(reply["tool_calls"], results, strict=True)]
    return client.post("/exec/programmatic", json={"continuation_token": token or reply["continuation_token"], "tool_results": answers})


def continued(client, reply, *results):
    return body_of(go_on(client, reply, *results), 200)


@pytest.mark.parametrize("fields, code", [({}, PYTHON), ({"lang": "py"}, PYTHON), ({"language": "python"}, PYTHON), ({"lang": "bash"}, BASH),
                                          ({"language": "bash", "lang": "py"}, BASH)])
def test_m38_one_call_one_answer(old, fields, code):
    first = started(old, code, **fields)
    assert set(first) >= {"status", "continuation_token", "tool_calls", "partial_stdout", "partial_stderr", "session_id", "execution_id"}
    assert (first["status"], first["tool_calls"]) == ("tool_call_required", [{"id": "call_001", "name": "get-weather", "input": {"city": "SF"}}])
    assert 0 < len(first["continuation_token"]) <= 512
    assert_id(first["session_id"]), assert_id(first["execution_id"])
    last = continued(old, first, {"t": 72})
    assert (last["status"], last["stdout"], last["stderr"], last["exit_code"], last["files"]) == ("completed", "72\n", "", 0, [])
    assert (last["session_id"], last["execution_id"]) == (first["session_id"], first["execution_id"])
    assert last["receipt"]["position"] > 0


@pytest.mark.parametrize("fields, code", [
    ({}, "print('a')\nx = await add(a=1, b=2)\nprint('b', x)\ny = await add(a=x, b=10)\nprint('c', y)"),
    ({"lang": "bash"}, "echo a\nx=$(add '{\"a\":1,\"b\":2}')\necho \"b $x\"\ny=$(add \"{\\\"a\\\":$x,\\\"b\\\":10}\")\necho \"c $y\""),
])
def test_m38_stdout_is_whole_at_the_end_and_calls_are_counted_on(old, fields, code):
    first = started(old, code, **fields)
    second = continued(old, first, 3)
    assert [call["id"] for call in first["tool_calls"] + second["tool_calls"]] == ["call_001", "call_002"]
    assert second["tool_calls"][0]["input"] == {"a": 3, "b": 10}
    assert first["continuation_token"] != second["continuation_token"]
    assert continued(old, second, 13)["stdout"] == "a\nb 3\nc 13\n"


@pytest.mark.parametrize("fields, code", [
    ({}, "import asyncio\nr = await asyncio.gather(*(add(a=i, b=i) for i in range(5)))\nprint(r)"),
    ({"lang": "bash"}, "{ a=$(add '{\"a\":0,\"b\":0}'); echo \"$a\" > a; } & { b=$(add '{\"a\":1,\"b\":1}'); echo \"$b\" > b; } & wait\necho $(cat a b)"),
])
def test_m38_parallel_calls_are_one_reply(old, fields, code):
    first = started(old, code, **fields)
    count = 2 if fields else 5
    assert sorted(call["input"]["a"] for call in first["tool_calls"]) == list(range(count))
    assert [call["id"] for call in first["tool_calls"]] == [f"call_{n:03}" for n in range(1, count + 1)]
    last = continued(old, first, *(call["input"]["a"] * 2 for call in first["tool_calls"]))
    assert last["stdout"] == ("0 2\n" if fields else "[0, 2, 4, 6, 8]\n")


def test_m38_both_clients_run_a_loop_of_tools(server):
    old, new = OldLibreChat(server.old(), "ptc-1"), NewLibreChat(server.new(), "ptc-2")
    for chat in (old, new):
        chat.attach("cities.txt", b"SF\nNY\n")
        chat.begin_turn()
    temperatures = {"SF": 72, "NY": 60}
    handlers = {"get-weather": lambda given: {"t": temperatures[given["city"]]}}
    reply, rounds = old.programmatic("import json\nout = {}\nfor city in open('cities.txt').read().split():\n    out[city] = (await get_weather(city))['t']\n"
                                     "open('out.json', 'w').write(json.dumps(out))\nprint(out)", [WEATHER], handlers)
    assert (reply["status"], reply["stdout"], len(rounds)) == ("completed", "{'SF': 72, 'NY': 60}\n", 2)
    assert json.loads(old.bytes["out.json"]) == temperatures
    reply, rounds = new.programmatic("while read -r city; do get_weather \"{\\\"city\\\":\\\"$city\\\"}\" | jq .t >> out.txt; done < cities.txt; cat out.txt",
                                     [WEATHER], handlers)
    assert (reply["status"], reply["stdout"], len(rounds)) == ("completed", "72\n60\n", 2)
    assert reply["files"][0]["name"] == "out.txt" and new.bytes["out.txt"] == b"72\n60\n"
    new.begin_turn()
    assert new.run("cat out.txt cities.txt")["stdout"] == "72\n60\nSF\nNY\n"
    assert len(set(new.sessions)) == 1


def test_m38_the_empty_list_of_tools_is_allowed(old):
    assert started(old, "print('alone')", tools=[])["stdout"] == "alone\n"


@pytest.mark.parametrize("code, given", [("await get_weather('SF', 'C')", {"city": "SF", "unit": "C"}), ("await get_weather(city='SF', unit=None)", {"city": "SF"}),
                                         ("await get_weather(city='SF', extra=[1])", {"city": "SF", "extra": [1]})])
def test_m38_python_arguments_become_the_input(old, code, given):
    assert started(old, code)["tool_calls"][0]["input"] == given


@pytest.mark.parametrize("code, given", [("get_weather", {}), ("get_weather '{}'", {}), ("get_weather '{\"city\":\"\\u00e4 $x\"}'", {"city": "ä $x"})])
def test_m38_a_bash_argument_is_the_input(old, code, given):
    assert started(old, code, lang="bash")["tool_calls"][0]["input"] == given


@pytest.mark.parametrize("argument", ["[1]", "nonsense", "3"])
def test_m38_a_bash_argument_that_is_no_object_ends_the_script(old, argument):
    reply = started(old, f"get_weather '{argument}'; echo after", lang="bash")
    assert (reply["status"], reply["error"]) == ("error", "Sandbox exited with code 1")
    assert "after" not in reply["stdout"] and reply["stderr"]


@pytest.mark.parametrize("result, shown", [({"a": 1}, "{'a': 1}\n"), ("text", "'text'\n"), (None, "None\n"), ([1, 2.5, True], "[1, 2.5, True]\n"), ("ä\u0000€", None)])
def test_m38_python_gets_the_decoded_value(old, result, shown):
    last = continued(old, started(old, "r = await add(a=1, b=2)\nprint(repr(r))"), result)
    assert last["stdout"] == (shown or repr(result) + "\n")


@pytest.mark.parametrize("result", [{"b": 1, "a": [1, 2]}, "text with \"quotes\"", None, 12, "ä"])
def test_m38_bash_gets_compact_json(old, result):
    last = continued(old, started(old, "r=$(add '{}'); printf %s \"$r\" | jq -e . > /dev/null || [ \"$r\" = null ]; printf %s \"$r\"", lang="bash"), result)
    assert json.loads(last["stdout"]) == result and ": " not in last["stdout"]


@pytest.mark.parametrize("name, python, bash", [("get-weather now", "get_weather_now", "get_weather_now"), ("1st", "_1st", "_1st"), ("class", "class_tool", None),
                                                ("a.b", "ab", "a_b"), ("if", "if_tool", "if_tool"), ("echo", "echo", "echo_tool"), ("näme", "nme", "nme")])
def test_m38_names_are_mapped_and_asked_by_their_original(old, name, python, bash):
    tool = {"name": name, "description": "", "parameters": ANY}
    for lang, identifier, code in (("py", python, "print(await {}())"), ("bash", bash, "{}")):
        if identifier:
            reply = started(old, code.format(identifier), [tool], lang=lang)
            assert reply.get("tool_calls") == [{"id": "call_001", "name": name, "input": {}}], reply
            assert continued(old, reply, 5)["stdout"].strip() == "5"


@pytest.mark.parametrize("lang, code, stdout", [
    ("py", "try:\n    await add(a=1, b=2)\nexcept Exception as e:\n    print('caught', e)", "caught no such sum\n")])
def test_m38_a_failed_tool_that_is_handled_is_no_error(old, lang, code, stdout):
    first = started(old, code, lang=lang)
    last = body_of(old.post("/exec/programmatic", json={"continuation_token": first["continuation_token"], "tool_results": [
        {"call_id": "call_001", "result": None, "is_error": True, "error_message": "no such sum"}]}), 200)
    assert (last["status"], last["stdout"], last["exit_code"]) == ("completed", stdout, 0)


@pytest.mark.parametrize("lang, code", [("py", "await add(a=1, b=2)\nprint('after')"), ("bash", "add '{}'\necho after")])
def test_m38_a_failed_tool_that_is_not_handled_ends_the_run(old, lang, code):
    first = started(old, code, lang=lang)
    last = body_of(old.post("/exec/programmatic", json={"continuation_token": first["continuation_token"], "tool_results": [
        {"call_id": "call_001", "result": None, "is_error": True, "error_message": "no such sum"}]}), 200)
    assert (last["status"], last["error"], last["exit_code"], last["files"]) == ("error", "Sandbox exited with code 1", 1, [])
    assert "no such sum" in last["stderr"] and "after" not in last["stdout"]


@pytest.mark.parametrize("lang, code, error", [("py", "print('x')\nraise SystemExit(3)", "Sandbox exited with code 3"), ("bash", "echo x; exit 4", "Sandbox exited with code 4"),
                                               ("bash", "echo x; sleep 20", "Time limit exceeded")])
def test_m38_a_program_that_fails_is_an_error_with_a_listed_text(old, lang, code, error):
    reply = started(old, code, lang=lang, timeout=1000)
    assert (reply["status"], reply["error"], reply["stdout"], reply["files"]) == ("error", error, "x\n", [])


def test_m38_outputs_of_a_failed_run_are_kept_but_not_listed(old):
    reply = started(old, "echo made > made.txt; exit 1", lang="bash")
    assert (reply["status"], reply["files"]) == ("error", [])
    assert [file["name"] for file in old.execution(reply["execution_id"])["files"]] == ["made.txt"]


@pytest.mark.parametrize("body, status", [
    ({"tools": []}, 400), ({"code": " ", "tools": []}, 400), ({"code": "1"}, 400), ({"code": "1", "tools": {}}, 400), ({"code": "1", "tools": [{}]}, 400),
    ({"code": "1", "tools": [], "lang": "js"}, 400), ({"code": "1", "tools": [{"name": f"t{n}"} for n in range(101)]}, 400),
    ({"code": "1", "tools": [{"name": "a-b"}, {"name": "a b"}]}, 400), ({"continuation_token": "x"}, 404), ({"continuation_token": "x", "tool_results": []}, 404)])
def test_m38_a_bad_start_is_refused(old, body, status):
    response = old.post("/exec/programmatic", json=body)
    assert response.status_code in ((status,) if status == 400 else (400, 404)), response.text
    assert_error(response, response.status_code, "validation" if response.status_code == 400 else "resource_not_found")


def test_m38_two_names_for_one_identifier_are_both_told(old):
    body = assert_error(start(old, "1", [{"name": "a-b"}, {"name": "a b"}]), 400, "validation")
    assert "a-b" in str(body) and "a b" in str(body)


@pytest.mark.parametrize("results", [[], [{"call_id": "call_002", "result": 1}], [{"call_id": "call_001", "result": 1}] * 2,
                                     [{"call_id": "call_001", "result": 1}, {"call_id": "call_009", "result": 1}]])
def test_m38_results_that_do_not_fit_are_refused_and_the_token_stays_good(old, results):
    first = started(old, PYTHON)
    assert_error(old.post("/exec/programmatic", json={"continuation_token": first["continuation_token"], "tool_results": results}), 400, "validation")
    assert continued(old, first, {"t": 1})["stdout"] == "1\n"


def test_m38_more_results_than_allowed_are_a_400_and_larger_ones_a_413(old):
    first = started(old, PYTHON)
    many = [{"call_id": f"call_{n:03}", "result": 1} for n in range(1, 202)]
    assert_error(old.post("/exec/programmatic", json={"continuation_token": first["continuation_token"], "tool_results": many}), 400, "validation")
    assert go_on(old, first, {"t": "x" * (5 << 20)}).status_code == 413
    assert continued(old, first, {"t": 1})["stdout"] == "1\n"


def test_m38_a_start_over_10_mb_without_files_is_a_413(old):
    assert start(old, "#" * (10 << 20) + "\nprint(1)", []).status_code == 413


def test_m38_too_many_calls_or_rounds_fail_the_run(limited_server):
    client = limited_server.old()
    reply = started(client, "import asyncio\nawait asyncio.gather(*(add(a=i, b=i) for i in range(4)))")
    assert (reply["status"], reply["error"]) == ("error", "Execution failed or timed out")
    reply = started(client, "for i in range(5):\n    await add(a=i, b=i)")
    rounds = 0
    while reply["status"] == "tool_call_required":
        rounds += 1
        reply = continued(client, reply, 1)
    assert (rounds, reply["error"]) == (2, "Execution failed or timed out")


@pytest.mark.parametrize("lang, code", [("py", PYTHON), ("bash", BASH)])
def test_m39_a_run_goes_on_at_another_replica(old, replica, lang, code):
    first = started(old, code, lang=lang)
    assert continued(old.at(replica), first, {"t": 72})["stdout"] == "72\n"


@pytest.mark.parametrize("lang, code", [("py", "print('once')\nopen('f.txt', 'w').write('1')\n" + PYTHON), ("bash", "echo once; printf 1 >> f.txt\n" + BASH)])
def test_m39_a_run_goes_on_after_every_process_was_restarted(make_server, lang, code):
    server = make_server()
    first = started(server.old(), code, lang=lang)
    server.stop()
    server.start().wait_ready()
    last = continued(server.old(), first, {"t": 72})
    assert (last["status"], last["stdout"]) == ("completed", "once\n72\n"), last
    assert [file["name"] for file in last["files"]] == ["f.txt"]
    assert server.old().content_of(last["files"][0]) == b"1"


def test_m39_a_repeated_continuation_gets_the_recorded_reply(old, replica):
    first = started(old, "x = await add(a=1, b=2)\ny = await add(a=x, b=2)\nprint(y)")
    second = continued(old, first, 3)
    assert continued(old, first, 3) == second == continued(old.at(replica), first, 3)
    third = continued(old, second, 5)
    assert third["stdout"] == "5\n"
    assert continued(old, second, 5) == third
    assert continued(old, first, 3) == second


def test_m39_other_results_for_an_answered_round_are_a_conflict(old):
    first = started(old, PYTHON)
    continued(old, first, {"t": 1})
    assert_error(go_on(old, first, {"t": 2}), 409, "resource_conflict")


def test_m39_parallel_equal_continuations_are_one(old, replica):
    first = started(old, PYTHON)
    answers = in_parallel(lambda client: go_on(client, first, {"t": 72}), [old, old.at(replica)] * 4)
    assert {answer.status_code for answer in answers} == {200}
    assert len({json.dumps(answer.json(), sort_keys=True) for answer in answers}) == 1


def test_m39_the_token_of_another_owner_is_unknown(old, other):
    first = started(old, PYTHON)
    foreign, unknown = go_on(other, first, {"t": 1}), go_on(other, first, {"t": 1}, token=first["continuation_token"][:-1] + "0")
    assert_error(foreign, 404, "resource_not_found", text="Execution not found or expired")
    assert unknown.status_code in (400, 404)
    assert continued(old, first, {"t": 1})["stdout"] == "1\n"


@pytest.mark.parametrize("token", ["", "x", "A" * 64, "A" * 513, "é", "../../x", "\0"])
def test_m39_a_made_up_token_is_refused_without_harm(old, token):
    response = old.post("/exec/programmatic", json={"continuation_token": token, "tool_results": [{"call_id": "call_001", "result": 1}]})
    assert response.status_code in (400, 404), response.text
    assert_error(response, response.status_code, "validation" if response.status_code == 400 else "resource_not_found")


def test_m38_the_ledger_knows_every_call_and_result(old):
    last = continued(old, started(old, PYTHON), {"t": 72})
    record = old.execution(last["execution_id"])
    assert record["programmatic"] is True
    assert record["tool_calls"] == [{"id": "call_001", "name": "get-weather", "input": {"city": "SF"}, "result": {"t": 72}, "is_error": False}]
    types = [event["type"] for event in old.events(last["session_id"])]
    assert [kind for kind in types if kind.startswith("execution.tool")] == ["execution.tool_call_requested", "execution.tool_results_recorded"]


def test_m38_a_waiting_run_says_so(old):
    first = started(old, PYTHON)
    assert old.execution(first["execution_id"])["execution_status"] == "waiting_for_tools"
    assert is_id(first["execution_id"])
