"""HTTP by hand, for requests that a polite client refuses to send."""
import http.client
import socket
import threading


class RawAnswer:
    def __init__(self, status, headers, body):
        self.status_code, self.headers, self.content = status, headers, body

    @property
    def text(self):
        return self.content.decode("utf-8", "replace")

    def json(self):
        import json
        return json.loads(self.content)


def exchange(server, data, method="GET", timeout=60):
    """Sends the bytes (or an iterable of them) while reading, and returns the first answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=timeout) as connection:
        def send():
            try:
                for piece in [data] if isinstance(data, bytes) else data:
                    connection.sendall(piece)
            except OSError:
                pass  # The server may answer and close before it has read everything.
        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        answer = http.client.HTTPResponse(connection, method=method)
        answer.begin()
        return RawAnswer(answer.status, answer.headers, answer.read())


def request(server, method, target, headers=None, body=b"", key=None):
    """One request whose target is sent exactly as given."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", "Connection: close"]
    lines += [f"X-API-Key: {key or server.key}"] if key is not False else []
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(body)}")
    return exchange(server, "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body, method=method)
