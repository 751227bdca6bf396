"""Server-sent events as they arrive, and not as they are meant."""
import json


class Event:
    def __init__(self, name, data, number):
        self.name, self.data, self.number = name, data, number

    def __repr__(self):
        return f"{self.name}: {self.data}"

    @property
    def json(self):
        return json.loads(self.data)


def opened(client, path, body, **headers):
    """A POST whose answer is read while it comes."""
    return client.post(path, json=body, headers={"Accept": "text/event-stream", **headers}, stream=True)


def events(response, comments=None):
    """Yields each event when its empty line has come; comments go into the given list."""
    name, data, number, rest = "message", [], None, b""
    for piece in response.iter_content(chunk_size=None):
        *lines, rest = (rest + piece).split(b"\n")
        for line in (line.rstrip(b"\r").decode() for line in lines):
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if line == "":
                if data:
                    yield Event(name, "\n".join(data), number)
                name, data = "message", []
            elif field == "":
                if comments is not None:
                    comments.append(value)
            elif field == "event":
                name = value
            elif field == "data":
                data.append(value)
            elif field == "id":
                number = value
    assert rest == b"" and not data, f"the stream ends in the middle of an event: {rest!r} {data}"
