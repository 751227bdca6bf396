"""Reading server-sent events as they come."""
import json


def lines_of(response):
    """Lines of a streamed answer, each as soon as it is there."""
    line = b""
    for byte in response.iter_content(1):
        if byte == b"\n":
            yield line
            line = b""
        else:
            line += byte


def events_of(response):
    """(event, data) of each event, with ("ping", None) for comments."""
    name, data = None, []
    for line in lines_of(response):
        text = line.decode()
        if not text:
            if name or data:
                yield name, json.loads("\n".join(data))
            name, data = None, []
        elif text.startswith(":"):
            assert text == ": ping", text
            yield "ping", None
        else:
            field, _, value = text.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                data.append(value)
            else:
                raise AssertionError(f"no field of ours: {text!r}")


def stream(client, body, headers=None, path="/exec"):
    """POST with Accept: text/event-stream; the answer must be one."""
    response = client.post(path, json=body, headers={"Accept": "text/event-stream", **(headers or {})}, stream=True)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"].startswith("text/event-stream")
    return response


def joined(events, name):
    """The text of all pieces of one stream."""
    return "".join(data.get("text", "") for event, data in events if event == name)
