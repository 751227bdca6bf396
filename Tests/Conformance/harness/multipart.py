"""multipart/form-data with every byte under the test's control."""
import secrets
from urllib.parse import quote


def field_part(name, value):
    return [f'Content-Disposition: form-data; name="{name}"\r\n\r\n'.encode(), value.encode() if isinstance(value, str) else value]


def file_part(field, filename, content, content_type="application/octet-stream"):
    """A file part with the raw UTF-8 name in quotes, as browsers and undici send it."""
    raw = filename if isinstance(filename, bytes) else filename.replace('"', "%22").encode()
    head = b'Content-Disposition: form-data; name="' + field.encode() + b'"; filename="' + raw + b'"\r\n'
    return [head + f"Content-Type: {content_type}\r\n\r\n".encode(), content]


def file_part_extended(field, filename, content):
    """A file part that names itself with RFC 5987 `filename*` only."""
    raw = filename if isinstance(filename, bytes) else filename.encode()
    return [f"Content-Disposition: form-data; name=\"{field}\"; filename*=UTF-8''{quote(raw, safe='')}\r\n\r\n".encode(), content]


def encode(parts, boundary=None):
    """The content type and the whole body."""
    boundary = boundary or "----" + secrets.token_hex(16)
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + head + content + b"\r\n" for head, content in parts)
    return f"multipart/form-data; boundary={boundary}", body + b"--" + boundary.encode() + b"--\r\n"


class Streamed:
    """A body that is made while it is sent: its length is known, and nobody holds it in memory."""

    def __init__(self, head, block, count, tail):
        self.head, self.block, self.count, self.tail = head, block, count, tail

    def __len__(self):
        return len(self.head) + len(self.block) * self.count + len(self.tail)

    def __iter__(self):
        yield self.head
        for _ in range(self.count):
            yield self.block
        yield self.tail


def streamed(fields, field, filename, block, count):
    """The content type and the body of one large file of `count` equal blocks."""
    boundary = "----" + secrets.token_hex(16)
    line = b"--" + boundary.encode() + b"\r\n"
    head = b"".join(line + b"".join(field_part(name, value)) + b"\r\n" for name, value in fields.items()) + line + file_part(field, filename, b"")[0]
    return f"multipart/form-data; boundary={boundary}", Streamed(head, block, count, b"\r\n--" + boundary.encode() + b"--\r\n")
