"""A relay between the tests and one server that lets a mutant falsify what goes by.

Whatever it need not hold, it passes on as it comes: chunked bodies, large bodies, a body that waits for `100 Continue`.
What is not HTTP at all goes through untouched, so that garbage reaches the server as it was sent.
"""
import contextlib
import re
import select
import socket
import threading

from .messages import Answer, Request

HELD = 64 << 20
LONGEST_HEAD = 1 << 20
REQUEST_LINE = re.compile(rb"[A-Z]+ [!-~]+ HTTP/1\.[01]\r\n")


class Ended(Exception):
    """One side closed its end."""


class Side:
    """One end of the relay: a socket with what was read ahead."""

    def __init__(self, connection):
        self.connection, self.ahead = connection, b""
        # The side whose end is watched for while this one is waited for.
        self.other = None

    def more(self):
        if self.other:
            self._pass_on_an_end()
        piece = self.connection.recv(1 << 16)
        if not piece:
            raise Ended
        return piece

    def _pass_on_an_end(self):
        """While this side is silent: tells it when the other one hangs up, as it would see without a relay."""
        poll = select.poll()
        for side in (self, self.other):
            poll.register(side.connection, select.POLLIN)
        if self.connection.fileno() in [descriptor for descriptor, _ in poll.poll()]:
            return
        try:
            gone = not self.other.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            gone = True
        if gone:
            self.finish()
        self.other = None

    def some(self, most=1 << 16):
        if not self.ahead:
            self.ahead = self.more()
        piece, self.ahead = self.ahead[:most], self.ahead[most:]
        return piece

    def until(self, mark, most=LONGEST_HEAD):
        """Everything up to and including the mark; None, with nothing consumed, if it does not come."""
        while mark not in self.ahead:
            if len(self.ahead) > most:
                return None
            try:
                self.ahead += self.more()
            except Ended:
                return None
        at = self.ahead.index(mark) + len(mark)
        taken, self.ahead = self.ahead[:at], self.ahead[at:]
        return taken

    def exactly(self, count):
        pieces = []
        while count:
            pieces.append(self.some(count))
            count -= len(pieces[-1])
        return b"".join(pieces)

    def pieces(self, message):
        """A body as it is framed on the wire: (what to pass on, what it says)."""
        if message.is_chunked:
            while True:
                line = self.until(b"\r\n")
                if line is None:
                    raise Ended
                size = int(line.split(b";")[0], 16)
                content = self.exactly(size)
                tail = self.exactly(2) if size else self.trailer()
                yield line + content + tail, content
                if not size:
                    return
        elif message.length is not None:
            left = message.length
            while left:
                piece = self.some(min(left, 1 << 16))
                left -= len(piece)
                yield piece, piece
        elif isinstance(message, Answer):
            with contextlib.suppress(Ended):
                while True:
                    piece = self.some()
                    yield piece, piece

    def trailer(self):
        lines = b""
        while not lines.endswith(b"\r\n\r\n") and lines != b"\r\n":
            line = self.until(b"\r\n")
            if line is None:
                raise Ended
            lines += line
        return lines

    def send(self, data):
        self.connection.sendall(data)

    def finish(self):
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)


class Proxy:
    """Listens on its own port; `mutant` falsifies what goes to and comes from the server on `target`."""

    def __init__(self, server, target, mutant):
        self.server, self.target, self.mutant = server, target, mutant
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError, Ended):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with socket.create_connection(("127.0.0.1", self.target)) as upstream:
                upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                client = Side(connection)
                server = Side(upstream)
                while self._exchange(client, server):
                    pass
                client.finish()
                # A client that is still sending must be able to read the answer before its connection is reset.
                connection.settimeout(2)
                while client.some():
                    pass

    def _exchange(self, client, server):
        """One request and its answer; true if another may follow on these connections."""
        client.other = server
        head = client.until(b"\r\n\r\n")
        client.other = None
        if head is None or not REQUEST_LINE.match(head):
            self._tunnel(client, server, head or b"")
            return False
        request = Request(head[:-4], self.server)
        if request.length and request.length <= HELD and "Expect" not in request.headers:
            request.body = b""
            try:
                while len(request.body) < request.length:
                    request.body += client.some(request.length - len(request.body))
            except Ended:
                server.send(head + request.body)
                server.finish()
                self._tunnel_back(client, server)
                return False
        self.mutant.falsify_request(request)
        if request.answered:
            client.send(request.answered.encoded())
            return request.body is not None or not (request.length or request.is_chunked)
        server.send(request.encoded())
        server.other = client
        forwarding = None
        if request.body is None and (request.length or request.is_chunked):
            forwarding = threading.Thread(target=self._forward, args=(client, server, request), daemon=True)
            forwarding.start()
        answer = self._answer(client, server, request)
        if forwarding:
            forwarding.join(0.5)
        keeps = request.start[2] == "HTTP/1.1" and "close" not in (request.headers["Connection"] + answer.headers["Connection"]).lower()
        return keeps and (answer.has_no_body or answer.is_chunked or answer.length is not None) and not (forwarding and forwarding.is_alive())

    def _forward(self, client, server, request):
        with contextlib.suppress(OSError, Ended):
            for wire, _ in client.pieces(request):
                server.send(wire)
            return
        server.finish()

    def _answer(self, client, server, request):
        while True:
            head = server.until(b"\r\n\r\n")
            if head is None:
                client.send(server.ahead)
                raise Ended
            answer = Answer(head[:-4], request)
            if answer.status >= 200:
                break
            client.send(head)
        if answer.has_no_body:
            answer.body = b""
            self.mutant.falsify_answer(answer)
            client.send(answer.encoded_head() + answer.extra)
        elif answer.length is not None and answer.length <= HELD:
            answer.body = server.exactly(answer.length)
            self.mutant.falsify_answer(answer)
            client.send(answer.encoded())
        else:
            self._stream(client, server, answer)
        return answer

    def _stream(self, client, server, answer):
        pieces = server.pieces(answer)
        falsified = self.mutant.falsify_stream(answer, (content for _, content in pieces if content))
        client.send(answer.encoded())
        if falsified is None:
            for wire, _ in pieces:
                client.send(wire)
            return
        for content in falsified:
            if content:
                client.send(b"%x\r\n%b\r\n" % (len(content), content) if answer.is_chunked else content)
        if answer.is_chunked:
            client.send(b"0\r\n\r\n")

    def _tunnel(self, client, server, first):
        """Passes on whatever this is, in both directions."""
        server.send(first + client.ahead)
        client.ahead = b""

        def onward():
            with contextlib.suppress(OSError, Ended):
                while True:
                    server.send(client.some())
            server.finish()
        threading.Thread(target=onward, daemon=True).start()
        self._tunnel_back(client, server)

    @staticmethod
    def _tunnel_back(client, server):
        with contextlib.suppress(OSError, Ended):
            while True:
                client.send(server.some())
