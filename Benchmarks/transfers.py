"""Large and many files, in and out."""
import http.client
import json
import os
import socket
import sys
import tempfile
import threading
import time

from harness import KEY, row


def bare_copy(megabytes):
    """Seconds that a file of that size takes through a socket of this machine into a file: the least there is."""
    chunk = os.urandom(1 << 20)
    listener = socket.create_server(("127.0.0.1", 0))

    def receive():
        peer, _ = listener.accept()
        with tempfile.TemporaryFile() as file:
            while piece := peer.recv(1 << 20):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        peer.close()

    started = time.perf_counter()
    thread = threading.Thread(target=receive)
    thread.start()
    with socket.create_connection(listener.getsockname()) as sender:
        for _ in range(megabytes):
            sender.sendall(chunk)
    thread.join()
    listener.close()
    return time.perf_counter() - started


def big_file(server, megabytes=150):
    bare = bare_copy(megabytes)
    chunk = os.urandom(1 << 20)
    before = server.resident_mb()
    head = (b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"big.bin\"\r\n\r\n")
    tail = b"\r\n--b--\r\n"
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
    started = time.perf_counter()
    connection.putrequest("POST", "/upload")
    connection.putheader("X-API-Key", KEY)
    connection.putheader("Content-Type", "multipart/form-data; boundary=b")
    connection.putheader("Content-Length", str(len(head) + megabytes * len(chunk) + len(tail)))
    connection.endheaders()
    connection.send(head)
    peak = before
    for _ in range(megabytes):
        connection.send(chunk)
        peak = max(peak, server.resident_mb())
    connection.send(tail)
    answer = json.loads(connection.getresponse().read())
    elapsed = time.perf_counter() - started
    row("upload of 150 MB", f"{elapsed:.2f} s ({elapsed / bare:.1f}x a bare copy); "
        f"server grows by {max(peak, server.resident_mb()) - before:.0f} MB", "2x, < 20 MB")
    before = server.resident_mb()
    started = time.perf_counter()
    connection.request("GET", f"/download/{answer['session_id']}/{answer['files'][0]['fileId']}",
                       headers={"X-API-Key": KEY})
    response = connection.getresponse()
    size = 0
    peak = before
    while piece := response.read(1 << 20):
        size += len(piece)
        peak = max(peak, server.resident_mb())
    elapsed = time.perf_counter() - started
    if size != megabytes << 20:
        sys.exit(f"download gave {size} bytes")
    row("download of 150 MB", f"{elapsed:.2f} s ({elapsed / bare:.1f}x a bare copy); server grows by {peak - before:.0f} MB", "2x, < 20 MB")


def batch(server, count=200):
    parts = [b"--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nskill\r\n",
             b"--b\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\nbench\r\n"]
    for number in range(count):
        parts.append(f"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"skill/{number}.py\"\r\n\r\n"
                     .encode() + b"x" * 2048 + b"\r\n")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    started = time.perf_counter()
    connection.request("POST", "/upload/batch", b"".join(parts) + b"--b--\r\n",
                       {"X-API-Key": KEY, "Content-Type": "multipart/form-data; boundary=b"})
    answer = json.loads(connection.getresponse().read())
    elapsed = (time.perf_counter() - started) * 1000
    if answer.get("succeeded") != count:
        sys.exit(f"batch upload failed: {answer}")
    row(f"batch upload of {count} files of 2 KB, ms", f"{elapsed:.0f}")


def measure(server):
    batch(server)
    big_file(server)
