"""The two halves of an exchange, as a mutant sees and falsifies them."""
import json
from urllib.parse import parse_qsl, urlsplit


class Headers:
    """Header lines in their order; names in any case."""

    def __init__(self, lines):
        self.lines = [tuple(part.strip() for part in line.split(":", 1)) for line in lines if ":" in line]

    def get(self, name, default=None):
        return next((value for given, value in self.lines if given.lower() == name.lower()), default)

    def __contains__(self, name):
        return self.get(name) is not None

    def __getitem__(self, name):
        return self.get(name, "")

    def __setitem__(self, name, value):
        """Puts one line in the place of all lines of this name."""
        at = next((number for number, (given, _) in enumerate(self.lines) if given.lower() == name.lower()), len(self.lines))
        self.drop(name)
        self.lines.insert(at, (name, str(value)))

    def drop(self, name):
        self.lines = [line for line in self.lines if line[0].lower() != name.lower()]

    def add(self, name, value):
        self.lines.append((name, str(value)))


class Message:
    """A start line, headers, and the body if it was small enough to be held (else None: it streams by)."""

    def __init__(self, head):
        self.head = head
        start, *lines = head.decode("latin-1").split("\r\n")
        self.start, self.headers, self.body = start.split(" ", 2), Headers(lines), None
        self._json = None
        self._received = list(self.start), list(self.headers.lines)

    @property
    def length(self):
        value = self.headers.get("Content-Length")
        return int(value) if value is not None else None

    @property
    def is_chunked(self):
        return self.headers["Transfer-Encoding"].lower() == "chunked"

    @property
    def json(self):
        """The body as JSON, to be changed in place or replaced; None if it is none."""
        if self._json is None:
            self._json = self._parsed()
        return self._json

    def _parsed(self):
        try:
            return json.loads(self.body or b"")
        except ValueError:
            return None

    @json.setter
    def json(self, value):
        self._json = value

    def encoded_head(self):
        """The start line and headers: the very bytes that came, unless a mutant changed something."""
        if self._received == (self.start, self.headers.lines):
            return self.head + b"\r\n\r\n"
        lines = [" ".join(self.start), *(f"{name}: {value}" for name, value in self.headers.lines), "", ""]
        return "\r\n".join(lines).encode("latin-1")

    def encoded(self):
        """The head and the held body as they go on."""
        if self._json is not None and self._json != self._parsed():
            self.body = json.dumps(self._json).encode()
        if self.body is not None and (self.length or 0) != len(self.body):
            self.headers["Content-Length"] = len(self.body)
        return self.encoded_head() + (self.body or b"")

    @property
    def text(self):
        return (self.body or b"").decode("utf-8", "replace")


class Request(Message):
    def __init__(self, head, server):
        super().__init__(head)
        self.server, self.answered, self.afterwards = server, None, []

    def then(self, change):
        """Has `change` called with the answer to this request."""
        self.afterwards.append(change)

    @property
    def method(self):
        return self.start[0]

    @property
    def target(self):
        return self.start[1]

    @target.setter
    def target(self, value):
        self.start[1] = value

    @property
    def path(self):
        """The path without a leading `/v1`."""
        path = urlsplit(self.target).path
        return path[3:] if path.startswith("/v1/") else path

    @property
    def query(self):
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def key(self):
        """The credential of the header, to tell callers apart."""
        return self.headers.get("X-API-Key") or self.headers["Authorization"].partition(" ")[2]

    @property
    def is_exec(self):
        return self.method == "POST" and self.path == "/exec"

    @property
    def code(self):
        return self.json["code"] if self.is_exec and isinstance(self.json, dict) and isinstance(self.json.get("code"), str) else ""

    @property
    def lang(self):
        return self.json.get("lang") if self.is_exec and isinstance(self.json, dict) else None

    def answer(self, status, body=None, **headers):
        """Answers in the server's stead; it never learns of this request."""
        text = b"" if body is None else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} Mutant", f"Content-Length: {len(text)}", "Content-Type: application/json",
                 *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
        self.answered = Answer("\r\n".join(lines).encode(), self)
        self.answered.body = text


class Answer(Message):
    def __init__(self, head, request):
        super().__init__(head)
        self.request = request
        # What a mutant sends after the headers of an answer that has no body.
        self.extra = b""

    @property
    def status(self):
        return int(self.start[1])

    @status.setter
    def status(self, value):
        self.start[1] = str(value)

    @property
    def has_no_body(self):
        return self.request.method == "HEAD" or self.status in (204, 304) or self.status < 200

    @property
    def run(self):
        """The result of POST /exec that this is, or None."""
        return self.json if self.request.is_exec and self.status == 200 and isinstance(self.json, dict) and "stdout" in self.json else None

    @property
    def error(self):
        """The error body that this is, or None."""
        return self.json if self.status >= 400 and isinstance(self.json, dict) and "error" in self.json else None
