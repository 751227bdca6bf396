"""M38, section 9: tool calls from Python code."""
import json

import pytest

from harness.shapes import assert_id, file_named, names
from harness.tools import answer, answer_all, called, converse, start, tools


def test_m38_a_python_loop_calls_a_tool_and_prints_the_whole_output_at_the_end(old):
    code = """
print("begin")
total = 0
for city in ["SF", "NY", "LA"]:
    weather = await get_weather(city=city)
    print(city, weather["t"])
    total += weather["t"]
print("total", total)
"""
    reply = start(old, code, tools("get-weather"))
    assert reply["status"] == "tool_call_required", reply
    assert_id(reply["session_id"]), assert_id(reply["execution_id"])
    assert reply["partial_stdout"] == "" and reply["partial_stderr"] == "" and len(reply["continuation_token"]) <= 512
    assert called(reply) == [("call_001", "get-weather", {"city": "SF"})]
    last, asked = converse(old, reply, lambda name, given: {"t": len(given["city"])})
    assert [call["id"] for calls in asked for call in calls] == ["call_001", "call_002", "call_003"]
    assert last["status"] == "completed" and last["exit_code"] == 0 and last["stderr"] == "", last
    assert last["stdout"] == "begin\nSF 2\nNY 2\nLA 2\ntotal 6\n"
    assert last["session_id"] == reply["session_id"] and last["execution_id"] == reply["execution_id"]
    assert last["receipt"]["position"] > 0


def test_m38_parallel_python_calls_are_one_reply(old):
    code = """
import asyncio
print(await asyncio.gather(*[square(n=n) for n in range(5)]))
"""
    reply = start(old, code, tools("square"))
    assert called(reply) == [(f"call_00{n + 1}", "square", {"n": n}) for n in range(5)]
    last = answer(old, reply, [(f"call_00{n + 1}", n * n) for n in reversed(range(5))])
    assert (last["status"], last["stdout"]) == ("completed", "[0, 1, 4, 9, 16]\n")


def test_m38_tasks_that_go_on_after_their_first_call_meet_in_the_next_reply(old):
    code = """
import asyncio
async def chain(n):
    return await second(v=await first(n=n))
print(await asyncio.gather(chain(1), chain(2)))
"""
    last, asked = converse(old, start(old, code, tools("first", "second")), lambda name, given: sum(given.values()) * 10)
    assert [[call["name"] for call in calls] for calls in asked] == [["first", "first"], ["second", "second"]]
    assert last["stdout"] == "[100, 200]\n"


def test_m38_original_names_come_back_and_arguments_follow_the_schema(old):
    code = """
await web_search("a", "b", None, extra=[1, {"k": None}])
await class_tool(x=1.5)
await _2fast()
await tool()
"""
    defined = tools("class", "2fast", "日本") + tools(**{"web search": ["limit", "query!", "page"]})
    last, asked = converse(old, start(old, code, defined), lambda name, given: None)
    assert [(call["name"], call["input"]) for calls in asked for call in calls] == [
        ("web search", {"query": "a", "limit": "b", "extra": [1, {"k": None}]}), ("class", {"x": 1.5}), ("2fast", {}), ("日本", {})]
    assert last["status"] == "completed", last


@pytest.mark.parametrize("value", [None, True, 12345678901234567890, 1.5, "text \u00e9 \u0000 \U0001f600", [], {}, {"a": [1, {"b": None}]}])
def test_m38_results_arrive_as_decoded_values(old, value):
    reply = start(old, "import json\nprint(json.dumps(await t(), sort_keys=True))", tools("t"))
    last = answer(old, reply, [("call_001", value)])
    assert json.loads(last["stdout"]) == value


def test_m38_a_failed_call_that_the_code_handles_is_no_error(old):
    code = """
try:
    await t()
except Exception as error:
    print("caught:", error)
"""
    reply = start(old, code, tools("t"))
    last = answer(old, reply, [{"call_id": "call_001", "result": None, "is_error": True, "error_message": "no such city"}])
    assert (last["status"], last["stdout"], last["stderr"]) == ("completed", "caught: no such city\n", "")


def test_m38_a_failed_call_that_nobody_handles_ends_the_code(old):
    reply = start(old, "open('kept.txt', 'w').write('x')\nprint('before')\nawait t()\nprint('after')", tools("t"))
    last = answer(old, reply, [{"call_id": "call_001", "result": None, "is_error": True, "error_message": "no such city"}])
    assert last["status"] == "error" and last["error"] == "Sandbox exited with code 1" and last["exit_code"] == 1, last
    assert last["stdout"] == "before\n" and last["files"] == []
    assert last["stderr"].startswith("Traceback") and "no such city" in last["stderr"] and "main.py" in last["stderr"]
    assert "/opt/" not in last["stderr"] and "asyncio" not in last["stderr"], last["stderr"]
    assert names(old.execution(last["execution_id"])) == ["kept.txt"], "outputs stay visible in the ledger (D18)"


def test_m38_no_tools_and_no_calls_is_a_plain_run(old):
    last = start(old, "print(6 * 7)", [])
    assert (last["status"], last["stdout"], last["exit_code"]) == ("completed", "42\n", 0)


def test_m38_code_may_start_its_own_event_loop(old):
    code = "import asyncio\nasync def main():\n    print(await t(a=1))\nasyncio.run(main())"
    last, asked = converse(old, start(old, code, tools("t")), lambda name, given: "r")
    assert (last["status"], last["stdout"]) == ("completed", "r\n"), last


def test_m38_inputs_and_outputs_work_as_in_exec(new):
    item = new.upload_one("in.csv", b"a,b\n1,2\n")
    code = """
text = open("in.csv").read()
open("out.txt", "w").write(text + await t(text=text))
"""
    reply = start(new, code, tools("t"), files=[item])
    last = answer_all(new, reply, lambda name, given: f"got {len(given['text'])}")
    assert last["status"] == "completed" and names(last) == ["out.txt"], last
    assert new.content_of(file_named(last, "out.txt")) == b"a,b\n1,2\ngot 8"
    again = start(new, "print(open('out.txt').read())", [], session_id=last["session_id"])
    assert again["session_id"] == last["session_id"] and again["stdout"] == "a,b\n1,2\ngot 8\n"


def test_m38_syntax_errors_name_the_program(old):
    last = start(old, "x = (", tools("t"))
    assert last["status"] == "error" and last["error"] == "Sandbox exited with code 1"
    assert "SyntaxError" in last["stderr"] and "/opt/" not in last["stderr"]


def test_the_time_limit_is_that_of_a_round(old):
    code = "import time\nfor n in range(4):\n    time.sleep(0.4)\n    await t()\nprint('done')"
    last, asked = converse(old, start(old, code, tools("t"), timeout=1000), lambda name, given: None)
    assert (last["status"], last["stdout"], len(asked)) == ("completed", "done\n", 4), last


def test_a_round_over_its_time_limit(old):
    reply = start(old, "print('a')\nawait t()\nwhile True: pass", tools("t"), timeout=1000)
    last = answer_all(old, reply, lambda name, given: None)
    assert last["status"] == "error" and last["error"] == "Time limit exceeded" and last["exit_code"] == 124, last
    assert last["stdout"] == "a\n" and last["stderr"] == "Execution timed out after 1 seconds"
