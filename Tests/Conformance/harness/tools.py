"""Plays the client's side of programmatic tool calls."""
from .client import body_of


def tools(*names, **schemas):
    """Tool definitions; a keyword gives a tool with these properties (a trailing `!` marks a required one)."""
    defined = [{"name": name, "description": name, "parameters": {"type": "object", "properties": {}}} for name in names]
    for name, properties in schemas.items():
        plain = [key.rstrip("!") for key in properties]
        defined.append({"name": name, "parameters": {"type": "object", "properties": {key: {} for key in plain},
                                                     "required": [key.rstrip("!") for key in properties if key.endswith("!")]}})
    return defined


def try_start(client, code, tools, **fields):
    return client.post("/exec/programmatic", json={"code": code, "tools": tools, **fields})


def start(client, code, tools, **fields):
    return body_of(try_start(client, code, tools, **fields), 200)


def try_answer(client, reply, results):
    """Sends the results of a round: a list of (call id, value), or of whole items."""
    items = [item if isinstance(item, dict) else {"call_id": item[0], "result": item[1], "is_error": False} for item in results]
    return client.post("/exec/programmatic", json={"continuation_token": reply["continuation_token"], "tool_results": items})


def answer(client, reply, results):
    return body_of(try_answer(client, reply, results), 200)


def answer_all(client, reply, tool):
    """Answers a round with what the function makes of each call's name and input."""
    return answer(client, reply, [(call["id"], tool(call["name"], call["input"])) for call in reply["tool_calls"]])


def converse(client, reply, tool, rounds=100):
    """Goes on until the run has ended; returns the last reply and the calls of each round."""
    asked = []
    while reply["status"] == "tool_call_required":
        assert len(asked) < rounds, f"more than {rounds} rounds: {asked}"
        asked.append(reply["tool_calls"])
        reply = answer_all(client, reply, tool)
    return reply, asked


def called(reply):
    return [(call["id"], call["name"], call["input"]) for call in reply["tool_calls"]]
