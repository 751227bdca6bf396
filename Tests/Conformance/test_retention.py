"""Section 7.7 and M34 over hours: what expires, what a use keeps alive, and what is told about it. The database's
clock is moved, not waited for."""
from datetime import datetime, timedelta, timezone

import pytest

from harness.client import body_of
from harness.ledger import chain_faults, of_type
from harness.server import Server
from harness.shapes import UNKNOWN_ID, assert_error
from harness.waiting import wait_until

MARGIN = timedelta(minutes=2)


def told(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


class Story:
    """What was made at the first hour of a server whose sessions live for one hour, by how it is used later."""

    def __init__(self, client):
        self.uploads = {use: client.upload((f"{use}.txt", use.encode())) for use in ("idle", "probed", "listed", "downloaded", "mounted", "linked")}
        self.run = client.exec("bash", "printf 1 > out.txt", entity_id="agent_hour", runtime_session_hint="hour")
        self.linking = client.exec("bash", "true", session_id=client.exec("bash", "true")["session_id"], files=[client.ref(self.uploads["linked"])])["session_id"]

    def place(self, use):
        return self.uploads[use]["session_id"], self.uploads[use]["files"][0]["fileId"]


@pytest.fixture(scope="module")
def hour():
    """A server, 100 minutes after its first sessions and 50 after some of them were used. Its clean-up is not due yet."""
    server = Server({"SESSION_TTL_HOURS": "1", "SESSION_CLEANUP_INTERVAL_MINUTES": "1440"}, extra_keys=20)
    try:
        server.start().wait_ready()
        server.story = story = Story(server.old())
        client = server.restart_at("+50m").old()
        assert body_of(client.probe(*story.place("probed")), 200)
        assert client.files(story.place("listed")[0])
        assert client.download(*story.place("downloaded")) == b"downloaded"
        assert client.exec("bash", "cat mounted.txt", session_id=client.exec("bash", "true")["session_id"], files=[client.ref(story.uploads["mounted"])])["stdout"] == "mounted"
        # The run only carries the linked file along.
        assert client.exec("bash", "cat linked.txt", session_id=story.linking)["stdout"] == "linked"
        yield server.restart_at("+100m")
    finally:
        server.stop()
        server.remove()


def test_retention_a_short_life_is_warned_about_at_start(hour):
    assert "SESSION_TTL_HOURS=1" in hour.log_text()


def test_m34_an_idle_session_is_unknown_at_once(hour):
    client, (session, file) = hour.old(), hour.story.place("idle")
    assert of_type(client.events(session), "session.expired") == [], "the clean-up ran: this test is about the time before"
    assert client.files(session) == client.files(UNKNOWN_ID) == []
    for answer in (client.probe(session, file), client.try_download(session, file), client.delete(f"/files/{session}/{file}"),
                   client.delete(f"/sessions/{session}/objects/{file}")):
        assert_error(answer, 404, "resource_not_found", text="File not found")
    result = client.exec("bash", "ls", session_id=session, files=[client.ref(hour.story.uploads["idle"])])
    assert result["session_id"] != session and result["stdout"] == ""
    assert result["inputs_missing"] == [{"id": file, "name": "idle.txt"}]


def test_m34_an_expired_session_is_found_by_none_of_the_rules(hour):
    client, session = hour.old(), hour.story.run["session_id"]
    assert client.exec("bash", "true", entity_id="agent_hour")["session_id"] != session
    hinted = client.exec("bash", "true", runtime_session_hint="hour")
    assert hinted["session_id"] != session and hinted["runtime_status"] == "new"
    again = client.exec("bash", "true", runtime_session_hint="hour")
    assert (again["session_id"], again["runtime_status"]) == (hinted["session_id"], "reused")
    by_id = client.exec("bash", "true", files=[client.item(hour.story.run["files"][0]["id"], None, "out.txt")])
    assert [item["id"] for item in by_id["inputs_missing"]] == [hour.story.run["files"][0]["id"]]


def test_retention_the_owner_still_reads_an_expired_session_in_the_ledger(hour):
    client, (session, _) = hour.old(), hour.story.place("idle")
    shown = client.session(session)
    assert shown["status"] == "expired"
    assert told(shown["created_at"]) + timedelta(hours=1) <= told(shown["expires_at"]) < datetime.now(timezone.utc) + timedelta(minutes=100)
    assert client.events(session)

    def listed(status):
        return {item["session_id"] for item in body_of(client.get("/v1/sessions", params={"status": status, "limit": 200}), 200)["data"]}
    wait_until(lambda: session in listed("expired"), 15, "the list shows it expired")
    assert session not in listed("active")
    assert hour.story.place("probed")[0] in listed("active") - listed("expired")


@pytest.mark.parametrize("use", ["probed", "listed", "downloaded", "mounted", "linked"])
def test_m34_every_use_keeps_a_session_alive(hour, use):
    client, (session, file) = hour.old(), hour.story.place(use)
    shown = client.session(session)
    assert shown["status"] == "active"
    now = datetime.now(timezone.utc) + timedelta(minutes=100)
    assert now < told(shown["expires_at"]) < now + timedelta(hours=1)
    probe = body_of(client.probe(session, file), 200)
    assert now - timedelta(hours=1) < told(probe["lastModified"]) < now + MARGIN
    assert client.download(session, file) == use.encode()


def test_retention_an_upload_and_a_run_live_from_then_on(hour):
    client = hour.old()
    upload, run = client.upload(("a.txt", b"1")), client.exec("bash", "true")
    for session in (upload["session_id"], run["session_id"]):
        left = told(client.session(session)["expires_at"]) - (datetime.now(timezone.utc) + timedelta(minutes=100))
        assert timedelta(minutes=58) < left <= timedelta(hours=1) + MARGIN


@pytest.fixture(scope="module")
def cleaned(hour):
    """The same server a day later, when the clean-up is due; and a replica of it that would do it too."""
    hour.restart_at("+26h")
    replica = Server(database_url=hour.database_url, like=hour)
    try:
        yield hour, replica.start().wait_ready()
    finally:
        replica.stop()
        replica.remove()


def test_m34_the_clean_up_records_the_end_once(cleaned):
    server, replica = cleaned
    client, session = server.old(), server.story.place("probed")[0]
    wait_until(lambda: of_type(client.events(session), "session.expired"), 30, "the end is recorded")
    for place in server.story.uploads.values():
        events = wait_until(lambda: [e for e in client.at(replica).events(place["session_id"])
                                     if of_type(client.events(place["session_id"]), "session.expired")], 30, "the end is recorded")
        assert [event["type"] for event in events].count("session.expired") == 1
        assert events[-1]["type"] == "session.expired" and chain_faults(events) == []
        assert events[-1]["data"]["ttl_hours"] == 1
        assert client.session(place["session_id"])["status"] == "expired"
        assert client.files(place["session_id"]) == []


def test_m34_a_conversation_goes_on_after_25_hours():
    """Without a limit nothing expires, and LibreChat finds its files fresh, so that it uploads nothing again."""
    server = Server({"SESSION_CLEANUP_INTERVAL_MINUTES": "1"})
    try:
        client = server.start().wait_ready().new()
        item = client.upload_one("data.csv", b"a,b\n1,2\n")
        first = client.exec("bash", "cp data.csv copy.csv", files=[item])
        client = server.restart_at("+25h").new()
        now = datetime.now(timezone.utc) + timedelta(hours=25)
        for session, file in ((item["storage_session_id"], item["id"]), (first["session_id"], first["files"][0]["id"])):
            assert now - timedelta(hours=1) < told(body_of(client.probe(session, file, kind="user", id=file), 200)["lastModified"]) < now + MARGIN
        for listed in client.files(first["session_id"], detail="summary"):
            assert now - timedelta(hours=1) < told(listed["lastModified"]) < now + MARGIN
        second = client.exec("bash", "cat data.csv copy.csv", files=[item, client.item_of_output(first["files"][0])])
        assert second["session_id"] == first["session_id"] and second["stdout"] == "a,b\n1,2\n" * 2
        assert [file["id"] for file in second["files"] if file["inherited"]] == [item["id"], first["files"][0]["id"]]
        assert client.session(first["session_id"])["expires_at"] is None
    finally:
        server.stop()
        server.remove()


@pytest.mark.parametrize("setting", [{"SESSION_TTL_HOURS": "8761"}, {"SESSION_TTL_HOURS": "-1"}, {"SESSION_TTL_HOURS": "soon"}, {"SESSION_CLEANUP_INTERVAL_MINUTES": "0"}])
def test_retention_settings_out_of_range_end_the_start(setting):
    server = Server(setting).start()
    try:
        assert server.process.wait(30) == 1
        [name] = setting
        assert name in server.log_text()
    finally:
        server.stop()
        server.remove()
