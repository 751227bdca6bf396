"""M38, section 9: tool calls from bash code."""
import pytest

from harness.shapes import file_named
from harness.tools import answer, answer_all, called, converse, start, tools


def test_m38_a_bash_loop_calls_a_tool_and_prints_the_whole_output_at_the_end(old):
    code = """
echo begin
for city in SF NY; do
  w=$(get_weather "{\\"city\\": \\"$city\\"}")
  echo "$city $(jq .t <<<"$w")"
done
printf end
"""
    last, asked = converse(old, start(old, code, tools("get-weather"), lang="bash"), lambda name, given: {"t": len(given["city"])})
    assert [(call["id"], call["name"], call["input"]) for calls in asked for call in calls] == [
        ("call_001", "get-weather", {"city": "SF"}), ("call_002", "get-weather", {"city": "NY"})]
    assert last["status"] == "completed" and last["stderr"] == "" and last["exit_code"] == 0, last
    assert last["stdout"] == "begin\nSF 2\nNY 2\nend"


def test_m38_parallel_bash_jobs_are_one_reply(old):
    code = """
{ a=$(t1 '{"n":1}'); echo "$a" >a; } & { b=$(t2 '{"n":2}'); echo "$b" >b; } & wait
cat a b
"""
    reply = start(old, code, tools("t1", "t2"), language="bash")
    assert sorted((call["name"], call["input"]["n"]) for call in reply["tool_calls"]) == [("t1", 1), ("t2", 2)]
    assert [call["id"] for call in reply["tool_calls"]] == ["call_001", "call_002"]
    last = answer_all(old, reply, lambda name, given: {"from": name})
    assert (last["status"], last["stdout"]) == ("completed", '{"from":"t1"}\n{"from":"t2"}\n'), last


def test_m38_many_parallel_bash_jobs_are_one_reply(old):
    code = "for n in $(seq 20); do t \"{\\\"n\\\":$n}\" >out.$n & done; wait; cat $(seq -f out.%g 20) | tr '\\n' ' '"
    reply = start(old, code, tools("t"), lang="bash")
    assert sorted(call["input"]["n"] for call in reply["tool_calls"]) == list(range(1, 21))
    last = answer_all(old, reply, lambda name, given: given["n"] * 2)
    assert last["stdout"] == " ".join(str(2 * n) for n in range(1, 21)) + " ", last


@pytest.mark.parametrize("value, text", [("a \"b\"", '"a \\"b\\""'), (None, "null"), ({"a": [1, 2.5, "é"]}, '{"a":[1,2.5,"é"]}'), (True, "true")])
def test_m38_bash_results_are_compact_json(old, value, text):
    last = answer(old, start(old, "t", tools("t"), lang="bash"), [("call_001", value)])
    assert last["stdout"] == text + "\n", last


def test_m38_bash_names(old):
    code = "my_tool_v2; for_tool; echo_tool; __runledger_call_tool; _3d; tool"
    defined = tools("my.tool-v2", "for", "echo", "__runledger_call", "3d", "é")
    last, asked = converse(old, start(old, code, defined, lang="bash"), lambda name, given: 1)
    assert [call["name"] for calls in asked for call in calls] == ["my.tool-v2", "for", "echo", "__runledger_call", "3d", "é"], last
    assert all(call["input"] == {} for calls in asked for call in calls)


@pytest.mark.parametrize("code", ["t; echo after", "x=$(t); echo after", "{ t; } & wait; echo after", "t | cat; echo after"])
def test_m38_a_failed_call_ends_the_script_wherever_it_stands(old, code):
    reply = start(old, "echo before\n" + code, tools("t"), lang="bash")
    last = answer(old, reply, [{"call_id": "call_001", "result": None, "is_error": True, "error_message": "no such city"}])
    assert last["status"] == "error" and last["error"] == "Sandbox exited with code 1" and last["exit_code"] == 1, last
    assert last["stdout"] == "before\n" and last["stderr"] == "no such city\n" and last["files"] == []


@pytest.mark.parametrize("argument", ["[1]", "text", "{", "1"])
def test_m38_an_argument_that_is_no_object_ends_the_script(old, argument):
    last = start(old, f"echo before; t '{argument}'; echo after", tools("t"), lang="bash")
    assert last["status"] == "error" and last["exit_code"] == 1 and last["stdout"] == "before\n", last
    assert "must be a JSON object" in last["stderr"]


def test_m38_bash_exit_codes_and_files(old):
    reply = start(old, "t >answer.json; exit 3", tools("t"), lang="bash")
    last = answer_all(old, reply, lambda name, given: [1])
    assert last["status"] == "error" and last["error"] == "Sandbox exited with code 3" and last["files"] == []
    reply = start(old, "t >answer.json", tools("t"), lang="bash")
    last = answer_all(old, reply, lambda name, given: [1])
    assert last["status"] == "completed" and old.content_of(file_named(last, "answer.json")) == b"[1]\n"


def test_child_shells_have_the_tools_too(old):
    reply = start(old, "printf '1\\n2\\n' | xargs -P2 -I{} bash -c 't \"{\\\"n\\\":{}}\"'", tools("t"), lang="bash")
    assert sorted(call["input"]["n"] for call in reply["tool_calls"]) == [1, 2], called(reply)
    last = answer_all(old, reply, lambda name, given: given["n"])
    assert sorted(last["stdout"].split()) == ["1", "2"] and last["status"] == "completed", last
