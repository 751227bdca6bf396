"""M3, M4, M6: every place a key may stand in, several at once, trusted networks."""
import hashlib

import pytest
import requests

from harness.client import basic, body_of
from harness.fixtures import limited
from harness.shapes import assert_error

RUN = {"lang": "bash", "code": "printf hello"}

trusting_server = limited({"AUTH_TRUSTED_NETWORKS": "127.0.0.0/8"})
open_server = limited({"AUTH_ENABLED": "false"})
elsewhere_server = limited({"AUTH_TRUSTED_NETWORKS": "10.99.0.0/16,2001:db8::/32"})

HEADER_FORMS = {
    "x-api-key": lambda key: {"x-api-key": key},
    "X-API-Key": lambda key: {"X-API-Key": key},
    "X-API-KEY": lambda key: {"X-API-KEY": key},
    "bearer": lambda key: {"Authorization": f"Bearer {key}"},
    "ApiKey": lambda key: {"Authorization": f"ApiKey {key}"},
    "basic without colon": lambda key: {"Authorization": basic(key)},
    "basic as user": lambda key: {"Authorization": basic(f"{key}:")},
    "basic as user with a password": lambda key: {"Authorization": basic(f"{key}:anything")},
    "basic as password": lambda key: {"Authorization": basic(f":{key}")},
    "basic as password of a user": lambda key: {"Authorization": basic(f"librechat:{key}")},
}


def owner_of(key):
    return "key:" + hashlib.sha256(key.encode()).hexdigest()[:16]


def post(server, headers=None, json=None, data=None):
    return server.anonymous().post("/exec", headers=headers, json=json, data=data)


@pytest.mark.parametrize("form", HEADER_FORMS)
def test_m3_a_key_in_a_header_works_alone(server, form):
    assert body_of(post(server, HEADER_FORMS[form](server.key), RUN), 200)["stdout"] == "hello"


@pytest.mark.parametrize("form", HEADER_FORMS)
def test_m3_a_key_in_a_header_names_the_same_owner_in_every_form(server, form):
    session = body_of(post(server, HEADER_FORMS[form](server.key), RUN), 200)["session_id"]
    assert server.old().session(session)["owner"] == {"tenant": owner_of(server.key), "principal": owner_of(server.key)}


@pytest.mark.parametrize("field", ["LIBRECHAT_CODE_API_KEY", "api_key", "apiKey"])
def test_m3_a_key_in_the_body_works_alone(server, field):
    assert body_of(post(server, json={**RUN, field: f"  {server.key}\n"}), 200)["stdout"] == "hello"


@pytest.mark.parametrize("order", ["key first", "key last"])
def test_m3_a_key_in_the_body_works_with_a_body_of_20_mb(server, order):
    padding, key = ("padding", "x" * 20_000_000), ("LIBRECHAT_CODE_API_KEY", server.key)
    body = dict([key, *RUN.items(), padding] if order == "key first" else [padding, *RUN.items(), key])
    assert body_of(post(server, json=body), 200)["stdout"] == "hello"


def test_m3_code_of_20_mb_runs(old):
    code = "printf hello\nexit 0\n" + "# comment\n" * 2_000_000
    assert old.exec("bash", code)["stdout"] == "hello"


def test_m3_each_key_of_the_list_works(server):
    assert body_of(post(server, {"X-API-Key": server.other_key}, RUN), 200)["stdout"] == "hello"


def test_m3_uploads_lists_and_downloads_accept_every_header_form(server):
    for form in HEADER_FORMS.values():
        client = server.anonymous(headers=form(server.key))
        upload = client.upload(("a.txt", b"abc"))
        session, file = upload["session_id"], upload["files"][0]["fileId"]
        assert client.download(session, file) == b"abc"
        assert len(client.files(session)) == 1


def test_m3_no_credential_is_a_401_that_says_so(server):
    answer = post(server, json=RUN)
    assert_error(answer, 401, "authentication", text="Missing API key")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="runledger"'


@pytest.mark.parametrize("headers", [
    {"X-API-Key": "sk-wrong-wrong-wrong-wrong-wrong-wr"}, {"Authorization": "Bearer sk-wrong-wrong-wrong-wrong-wrong"},
    {"Authorization": "ApiKey nonsense"}, {"Authorization": basic("user:password")}, {"Authorization": "Bearer aaa.bbb.ccc"}])
def test_m3_a_wrong_key_is_a_401_that_says_so(server, headers):
    answer = post(server, headers, RUN)
    assert_error(answer, 401, "authentication", text="Invalid API key")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="runledger"'


def test_m3_a_wrong_key_in_the_body_is_a_401_that_says_so(server):
    assert_error(post(server, json={**RUN, "api_key": "sk-wrong-wrong-wrong-wrong-wrong-wr"}), 401, "authentication", text="Invalid API key")


@pytest.mark.parametrize("mangle", [lambda key: key[:-1], lambda key: key + "x", lambda key: key.swapcase(), lambda key: ""])
def test_m3_a_key_is_compared_whole(server, mangle):
    assert_error(post(server, {"X-API-Key": mangle(server.key)}, RUN), 401, "authentication")


@pytest.mark.parametrize("path", ["/health", "/ready", "/v1/health", "/v1/ready", "/openapi.json"])
def test_m3_open_routes_need_no_credential(server, path):
    assert server.anonymous().get(path).status_code == 200


@pytest.mark.parametrize("method, path", [
    ("GET", "/files/ZZZZZZZZZZZZZZZZZZZZZ"), ("GET", "/download/ZZZZZZZZZZZZZZZZZZZZZ/ZZZZZZZZZZZZZZZZZZZZZ"),
    ("POST", "/upload"), ("DELETE", "/files/ZZZZZZZZZZZZZZZZZZZZZ/ZZZZZZZZZZZZZZZZZZZZZ"),
    ("GET", "/sessions/ZZZZZZZZZZZZZZZZZZZZZ/objects/ZZZZZZZZZZZZZZZZZZZZZ"), ("GET", "/v1/languages"), ("GET", "/v1/sessions"),
    ("GET", "/v1/sessions/ZZZZZZZZZZZZZZZZZZZZZ/events"), ("GET", "/v1/executions/ZZZZZZZZZZZZZZZZZZZZZ/stdout")])
def test_m3_every_other_route_needs_one(server, method, path):
    assert_error(server.anonymous().request(method, path), 401, "authentication", text="Missing API key")


@pytest.mark.parametrize("extra", [
    {"Authorization": "Bearer sk-wrong-wrong-wrong-wrong-wrong"}, {"Authorization": "Bearer aaa.bbb.ccc"},
    {"Authorization": basic("user:password")}, {"Authorization": "Basic !!!not-base64"}, {"Authorization": "Negotiate abc"},
    {"Authorization": "Bearer"}])
def test_m4_a_valid_key_beside_an_invalid_authorization_is_accepted(server, extra):
    assert body_of(post(server, {"X-API-Key": server.key, **extra}, RUN), 200)["stdout"] == "hello"


@pytest.mark.parametrize("form", [form for form in HEADER_FORMS if not form.lower().startswith("x-api")])
def test_m4_a_valid_authorization_beside_an_invalid_key_is_accepted(server, form):
    headers = {"X-API-Key": "sk-wrong-wrong-wrong-wrong-wrong-wr", **HEADER_FORMS[form](server.key)}
    assert body_of(post(server, headers, RUN), 200)["stdout"] == "hello"


def test_m4_a_valid_body_key_beside_an_invalid_header_is_accepted(server):
    answer = post(server, {"X-API-Key": "sk-wrong-wrong-wrong-wrong-wrong-wr"}, {**RUN, "LIBRECHAT_CODE_API_KEY": server.key})
    assert body_of(answer, 200)["stdout"] == "hello"


def test_m4_a_valid_header_beside_an_invalid_body_key_is_accepted(server):
    answer = post(server, {"X-API-Key": server.key}, {**RUN, "LIBRECHAT_CODE_API_KEY": "sk-wrong-wrong-wrong-wrong-wrong-wr"})
    assert body_of(answer, 200)["stdout"] == "hello"


def test_m4_a_valid_body_key_after_an_invalid_one_is_accepted(server):
    answer = post(server, json={**RUN, "LIBRECHAT_CODE_API_KEY": "sk-wrong-wrong-wrong-wrong-wrong-wr", "apiKey": server.key})
    assert body_of(answer, 200)["stdout"] == "hello"


def test_m4_of_two_valid_keys_the_x_api_key_header_acts(server):
    answer = post(server, {"X-API-Key": server.other_key, "Authorization": f"Bearer {server.key}"}, RUN)
    session = body_of(answer, 200)["session_id"]
    assert server.old(server.other_key).session(session)["owner"]["tenant"] == owner_of(server.other_key)
    assert server.old(server.key).get(f"/v1/sessions/{session}").status_code == 404


def test_m4_any_valid_identity_of_the_request_may_read(server):
    mine, theirs = server.old(server.key), server.old(server.other_key)
    both = server.anonymous(headers={"X-API-Key": server.key, "Authorization": f"Bearer {server.other_key}"})
    for owner in (mine, theirs):
        upload = owner.upload(("a.txt", b"abc"))
        session, file = upload["session_id"], upload["files"][0]["fileId"]
        assert both.download(session, file) == b"abc"
        assert len(both.files(session)) == 1
        assert both.probe(session, file).status_code == 200
        assert both.exec("bash", "cat a.txt", files=[owner.ref(upload)])["stdout"] == "abc"
        assert both.delete(f"/files/{session}/{file}").status_code == 200


def test_m6_a_peer_inside_a_trusted_network_needs_no_key(trusting_server):
    assert body_of(post(trusting_server, json=RUN), 200)["stdout"] == "hello"


def test_m6_forwarded_headers_do_not_take_a_trusted_peer_out(trusting_server):
    headers = {"X-Forwarded-For": "8.8.8.8", "X-Real-IP": "8.8.8.8", "Forwarded": "for=8.8.8.8"}
    assert body_of(post(trusting_server, headers, RUN), 200)["stdout"] == "hello"


@pytest.mark.parametrize("headers", [
    {"X-Forwarded-For": "10.99.0.1"}, {"X-Forwarded-For": "10.99.0.1, 127.0.0.1"}, {"X-Real-IP": "10.99.0.1"},
    {"Forwarded": "for=10.99.0.1"}, {"X-Client-IP": "10.99.0.1"}, {"True-Client-IP": "10.99.0.1"}, {"CF-Connecting-IP": "10.99.0.1"}])
def test_m6_forwarded_headers_do_not_take_a_stranger_in(elsewhere_server, headers):
    assert_error(post(elsewhere_server, headers, RUN), 401, "authentication", text="Missing API key")


def test_m6_an_invalid_key_is_ignored_inside_a_trusted_network(trusting_server):
    answer = post(trusting_server, {"X-API-Key": "sk-wrong-wrong-wrong-wrong-wrong-wr"}, {**RUN, "api_key": "wrong"})
    session = body_of(answer, 200)["session_id"]
    assert trusting_server.anonymous().session(session)["owner"] == {"tenant": "trusted", "principal": "trusted"}


@pytest.mark.parametrize("place", ["header", "body"])
def test_m6_a_valid_key_acts_also_inside_a_trusted_network(trusting_server, place):
    key = trusting_server.key
    answer = post(trusting_server, {"X-API-Key": key}, RUN) if place == "header" else post(trusting_server, json={**RUN, "api_key": key})
    assert trusting_server.old().session(body_of(answer, 200)["session_id"])["owner"]["tenant"] == owner_of(key)


def test_m6_files_sent_on_the_strength_of_the_network_are_found_when_a_key_comes_along(trusting_server):
    network, with_key = trusting_server.anonymous(), trusting_server.old()
    upload = network.upload(("a.txt", b"abc"))
    session, file = upload["session_id"], upload["files"][0]["fileId"]
    assert with_key.probe(session, file).status_code == 200
    assert len(with_key.files(session)) == 1
    assert with_key.exec("bash", "cat a.txt", files=[with_key.ref(upload)])["stdout"] == "abc"


def test_trap1_with_authentication_off_no_credential_is_needed(open_server):
    result = body_of(post(open_server, json=RUN), 200)
    assert result["stdout"] == "hello"
    assert open_server.anonymous().session(result["session_id"])["owner"] == {"tenant": "anonymous", "principal": "anonymous"}


@pytest.mark.parametrize("headers", [
    {"X-CodeAPI-Expected-Profile": "default"}, {"X-CodeAPI-Expected-Profile": "stateful"}, {"X-LibreChat-Code-Worker-ID": "7"},
    {"User-Agent": "LibreChat/1.0", "User-Id": "66aa01"}, {"Accept-Encoding": "gzip, deflate, br"}, {"Connection": "close"}])
def test_section_2_the_clients_own_headers_are_tolerated(old, headers):
    answer = old.post("/exec", json=RUN, headers=headers)
    assert body_of(answer, 200)["stdout"] == "hello"
    assert answer.headers.get("X-CodeAPI-Execution-Profile") == headers.get("X-CodeAPI-Expected-Profile")


def test_section_2_an_unknown_execution_profile_is_a_400(old):
    assert_error(old.post("/exec", json=RUN, headers={"X-CodeAPI-Expected-Profile": "turbo"}), 400, "validation")


def test_m4_a_key_with_bytes_beyond_ascii_is_refused_and_not_a_crash(server):
    answer = requests.post(server.url + "/exec", json=RUN, headers={"X-API-Key": "schlüssel".encode("utf-8")}, timeout=60)
    assert_error(answer, 401, "authentication", text="Invalid API key")
