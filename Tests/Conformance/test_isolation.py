"""M7: what belongs to another owner answers exactly as what does not exist."""
import pytest

from harness.client import body_of
from harness.shapes import UNKNOWN_ID

VOLATILE_HEADERS = {"date", "x-request-id", "x-execution-id", "x-session-id"}


@pytest.fixture(scope="module")
def belongings(server):
    """A session of the first owner with an upload, an output and an execution; and an agent's file."""
    owner = server.old()
    upload = owner.upload(("secret.txt", b"secret"))
    result = owner.exec("bash", "cat secret.txt; echo made > made.txt", files=[owner.ref(upload)])
    agent = owner.upload(("agent.txt", b"of an agent"), kind="agent", id="agent_1")
    return {"session": result["session_id"], "file": upload["files"][0]["fileId"], "output": result["files"][0]["id"],
            "execution": result["execution_id"], "agent_session": agent["session_id"], "agent_file": agent["files"][0]["fileId"]}


def view(response, ids):
    """An answer without its request id and time, and with the ids of the request's own path made equal."""
    text = response.text
    try:
        body = response.json()
    except ValueError:
        body = None
    for name in ("request_id", "timestamp"):
        if isinstance(body, dict) and body.get(name):
            text = text.replace(body[name], name)
    for value in ids:
        text = text.replace(value, "ID")
    headers = sorted((name.lower(), value) for name, value in response.headers.items() if name.lower() not in VOLATILE_HEADERS)
    return response.status_code, headers, text


ROUTES = [
    ("GET", "/files/{session}"), ("GET", "/files/{session}?detail=simple"), ("GET", "/files/{session}?current=true"),
    ("GET", "/download/{session}/{file}"), ("HEAD", "/download/{session}/{file}"), ("GET", "/download/{session}/{output}"),
    ("GET", "/sessions/{session}/objects/{file}"), ("GET", "/sessions/{session}/objects/{output}"),
    ("DELETE", "/sessions/{session}/objects/{file}"), ("DELETE", "/files/{session}/{file}"),
    ("GET", "/v1/sessions/{session}"), ("GET", "/v1/sessions/{session}/events"), ("GET", "/v1/sessions/{session}/events?after=0&limit=1"),
    ("GET", "/v1/executions/{execution}"), ("GET", "/v1/executions/{execution}/stdout"), ("GET", "/v1/executions/{execution}/stderr"),
    ("GET", "/files/{agent_session}"), ("GET", "/download/{agent_session}/{agent_file}"),
    ("GET", "/sessions/{agent_session}/objects/{agent_file}"), ("GET", "/sessions/{agent_session}/objects/{agent_file}?kind=agent&id=agent_1"),
    ("DELETE", "/files/{agent_session}/{agent_file}"), ("DELETE", "/files/{agent_session}/{agent_file}?kind=agent&id=agent_1"),
]


@pytest.mark.parametrize("method, route", ROUTES)
def test_m7_a_foreign_resource_answers_as_an_unknown_one(other, belongings, method, route):
    foreign = other.request(method, route.format(**belongings))
    unknown = other.request(method, route.format(**{name: UNKNOWN_ID for name in belongings}))
    assert view(foreign, belongings.values()) == view(unknown, [UNKNOWN_ID])


@pytest.mark.parametrize("method, route", [(method, route) for method, route in ROUTES if "{file}" in route])
def test_m7_a_known_session_with_an_unknown_file_answers_the_stranger_no_differently(other, belongings, method, route):
    half = other.request(method, route.format(**{**belongings, "file": UNKNOWN_ID}))
    unknown = other.request(method, route.format(**{name: UNKNOWN_ID for name in belongings}))
    assert view(half, [*belongings.values(), UNKNOWN_ID]) == view(unknown, [UNKNOWN_ID])


def run_view(client, belonging_session, file):
    """What a run learns that names a session and a file: everything but the ids of the run itself."""
    result = client.exec("bash", "ls -A | sort", session_id=belonging_session,
                         files=[{"id": file, "session_id": belonging_session, "name": "secret.txt"}])
    assert result["session_id"] != belonging_session
    kept = {name: result[name] for name in ("stdout", "stderr", "files", "exit_code", "execution_status", "files_skipped", "status")}
    return {**kept, "inputs_missing": [{**item, "id": "ID"} for item in result["inputs_missing"]]}


def test_m7_a_run_that_names_a_foreign_session_and_file_learns_nothing(other, belongings):
    foreign = run_view(other, belongings["session"], belongings["file"])
    unknown = run_view(other, UNKNOWN_ID, UNKNOWN_ID)
    assert foreign == unknown
    assert foreign["stdout"] == "" and len(foreign["inputs_missing"]) == 1


def test_m7_a_run_does_not_find_a_foreign_file_by_its_name(other, belongings):
    result = other.exec("bash", "cat secret.txt", files=[{"id": UNKNOWN_ID, "session_id": belongings["session"], "name": "secret.txt"}])
    assert result["exit_code"] != 0 and "secret\n" not in result["stdout"]
    assert result["inputs_missing"] == [{"id": UNKNOWN_ID, "name": "secret.txt"}]


def test_m7_a_run_does_not_get_a_foreign_agents_file(other, belongings):
    item = {"id": belongings["agent_file"], "storage_session_id": belongings["agent_session"], "name": "agent.txt", "kind": "agent",
            "resource_id": "agent_1"}
    result = other.exec("bash", "cat agent.txt", files=[item])
    assert result["inputs_missing"] == [{"id": belongings["agent_file"], "name": "agent.txt"}]


def test_m7_lists_hold_only_what_is_the_callers(server, belongings):
    mine = {session["session_id"] for session in server.old().sessions()}
    theirs = {session["session_id"] for session in server.old(server.other_key).sessions()}
    assert belongings["session"] in mine and not mine & theirs


def test_m7_the_owner_still_has_everything_after_the_strangers_attempts(server, belongings):
    owner, stranger = server.old(), server.old(server.other_key)
    for path in ("/files/{session}/{file}", "/sessions/{session}/objects/{output}", "/files/{agent_session}/{agent_file}"):
        assert stranger.delete(path.format(**belongings)).status_code == 404
    assert owner.download(belongings["session"], belongings["file"]) == b"secret"
    assert owner.download(belongings["session"], belongings["output"]) == b"made\n"
    assert owner.download(belongings["agent_session"], belongings["agent_file"]) == b"of an agent"
    assert body_of(owner.get(f"/v1/executions/{belongings['execution']}"), 200)["stdout"] == "secret"
