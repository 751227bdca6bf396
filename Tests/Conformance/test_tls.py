"""13.4 and M50 over TLS, with certificates made for the test."""
import http.client
import json
import socket
import ssl
import subprocess

import pytest

from harness.server import Server, binary, free_port, inherited_environment
from harness.shapes import UNKNOWN_ID, assert_security_headers
from harness.tokens import openssl

RUN = json.dumps({"lang": "bash", "code": "printf hello"}).encode()
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """An authority, an intermediate, and a server certificate for 127.0.0.1; `lone` is self-signed."""
    folder = tmp_path_factory.mktemp("tls")
    def make(name, issuer=None, extension="basicConstraints=critical,CA:TRUE"):
        openssl("req", "-x509" if issuer is None else "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.{'pem' if issuer is None else 'csr'}"), *(["-days", "2", "-addext", extension] if issuer is None else []))
        if issuer:
            (folder / "ext").write_text(extension)
            openssl("x509", "-req", "-in", str(folder / f"{name}.csr"), "-CA", str(folder / f"{issuer}.pem"), "-CAkey", str(folder / f"{issuer}.key"), "-CAcreateserial",
                    "-days", "2", "-extfile", str(folder / "ext"), "-out", str(folder / f"{name}.pem"))
    make("root")
    make("middle", "root")
    make("leaf", "middle", "subjectAltName=IP:127.0.0.1")
    make("lone", extension="subjectAltName=IP:127.0.0.1")
    return folder


class SecureServer(Server):
    """A server that speaks HTTPS only; the harness asks it for readiness over TLS."""

    def __init__(self, files, certificate, key, **settings):
        self.secure_port = free_port()
        self.trust = ssl.create_default_context(cafile=str(files / ("lone.pem" if certificate == "lone" else "root.pem")))
        super().__init__({"ENABLE_HTTPS": "true", "HTTPS_PORT": str(self.secure_port), "SSL_CERT_FILE": str(files / f"{certificate}.pem"),
                          "SSL_KEY_FILE": str(files / f"{key}.key"), **settings})

    def request(self, method, path, body=None, headers=None, context=None):
        connection = http.client.HTTPSConnection("127.0.0.1", self.secure_port, timeout=60, context=context or self.trust)
        connection.request(method, path, body, {"X-API-Key": self.key, **(headers or {})})
        answer = connection.getresponse()
        answer.status_code, answer.content = answer.status, answer.read()
        connection.close()
        return answer

    def status_of(self, path):
        try:
            return self.request("GET", path).status_code
        except OSError:
            return None


@pytest.fixture(scope="module")
def secure(files):
    running = SecureServer(files, "leaf", "leaf", SSL_CA_CERTS=str(files / "middle.pem"))
    try:
        yield running.start().wait_ready()
    finally:
        running.stop()
        running.remove()


def test_13_4_a_program_runs_over_tls_and_the_chain_is_sent(secure):
    """The client trusts the root only: without the intermediate of SSL_CA_CERTS the handshake fails."""
    answer = secure.request("POST", "/exec", RUN, JSON)
    assert json.loads(answer.content)["stdout"] == "hello"


def test_13_4_a_self_signed_certificate_works_without_a_chain(files):
    server = SecureServer(files, "lone", "lone")
    try:
        server.start().wait_ready()
        assert json.loads(server.request("POST", "/exec", RUN, JSON).content)["stdout"] == "hello"
    finally:
        assert server.stop() == 0
        server.remove()


@pytest.mark.parametrize("method, path, body, headers, status", [
    ("GET", "/health", None, {}, 200), ("HEAD", "/health", None, {}, 200), ("POST", "/exec", RUN, {**JSON, "Expect": "100-continue"}, 200), ("GET", "/nowhere", None, {}, 404),
    ("POST", "/exec", b"{", JSON, 400), ("POST", "/exec", RUN, {**JSON, "X-API-Key": "sk-wrong-wrong-wrong-wrong-wrong"}, 401), ("GET", "/exec", None, {}, 405),
    ("GET", f"/v1/sessions/{UNKNOWN_ID}", None, {}, 404), ("OPTIONS", "/exec", None, {}, 204), ("GET", "/health", None, {"X-Padding": "x" * 40_000}, 431)])
def test_m50_the_security_headers_are_on_every_answer_over_tls(secure, method, path, body, headers, status):
    answer = secure.request(method, path, body, headers)
    assert answer.status_code == status, answer.content[:300]
    assert_security_headers(answer)


def test_m50_bytes_that_are_no_http_are_answered_over_tls(secure):
    with socket.create_connection(("127.0.0.1", secure.secure_port), timeout=60) as plain, secure.trust.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
        connection.sendall(b"\x01\x02 nonsense\r\n\r\n")
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        answer.status_code, answer.content = answer.status, answer.read()
    assert answer.status_code == 400
    assert_security_headers(answer)


def test_13_4_a_large_body_that_is_refused_early_gets_its_answer_over_tls(files):
    server = SecureServer(files, "lone", "lone", MAX_JSON_BODY_MB="1")
    try:
        server.start().wait_ready()
        answer = server.request("POST", "/exec", b" " * 3_000_000, JSON)
        assert answer.status_code == 413 and json.loads(answer.content)["error_type"] == "resource_exhausted"
    finally:
        server.stop()
        server.remove()


def handshake(server, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    # The test's own library must be willing, or it would be the one that refuses.
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", server.secure_port), timeout=60) as plain, context.wrap_socket(plain) as connection:
        return connection.version()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_13_4_tls_1_2_and_later_only(secure):
    assert handshake(secure, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    assert handshake(secure, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            handshake(secure, version)


def test_13_4_plain_http_gets_no_answer_and_does_no_harm(secure):
    with socket.create_connection(("127.0.0.1", secure.secure_port), timeout=60) as plain:
        plain.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200" not in plain.recv(4096)[:20]
    assert secure.request("GET", "/health").status_code == 200


@pytest.mark.parametrize("settings, words", [
    ({}, "SSL_CERT_FILE"), ({"SSL_CERT_FILE": "{}/lone.pem"}, "SSL_KEY_FILE"),
    ({"SSL_CERT_FILE": "{}/nowhere.pem", "SSL_KEY_FILE": "{}/lone.key"}, "SSL_CERT_FILE"), ({"SSL_CERT_FILE": "{}/lone.key", "SSL_KEY_FILE": "{}/lone.key"}, "SSL_CERT_FILE"),
    ({"SSL_CERT_FILE": "{}/lone.pem", "SSL_KEY_FILE": "{}/nowhere.key"}, "SSL_KEY_FILE"), ({"SSL_CERT_FILE": "{}/lone.pem", "SSL_KEY_FILE": "{}/lone.pem"}, "SSL_KEY_FILE"),
    ({"SSL_CERT_FILE": "{}/lone.pem", "SSL_KEY_FILE": "{}/root.key"}, "SSL_KEY_FILE"),
    ({"SSL_CERT_FILE": "{}/lone.pem", "SSL_KEY_FILE": "{}/lone.key", "SSL_CA_CERTS": "{}/nowhere.pem"}, "SSL_CA_CERTS"),
    ({"SSL_CERT_FILE": "{}/lone.pem", "SSL_KEY_FILE": "{}/lone.key", "HTTPS_PORT": "70000"}, "HTTPS_PORT")], ids=str)
def test_13_4_a_missing_or_unusable_file_ends_the_start_with_one_line(files, tmp_path, settings, words):
    settings = {name: value.format(files) for name, value in settings.items()}
    result = subprocess.run([binary(), "serve"], env={**inherited_environment(), "RUNLEDGER_HOME": str(tmp_path), "API_KEY": "sk-0123456789abcdef0123456789", "ENABLE_HTTPS": "true", **settings},
                            capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    lines = [line for line in result.stderr.splitlines() if line]
    assert len(lines) == 1 and words in lines[0], result.stderr
    assert "PRIVATE" not in result.stderr
