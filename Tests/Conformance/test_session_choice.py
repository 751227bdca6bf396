"""Section 5.2: which session runs a request. M14 and M15 rest on it."""
import pytest

from harness.ledger import of_type
from harness.shapes import UNKNOWN_ID
from harness.waiting import in_parallel


def test_session_a_named_live_session_is_used(old):
    session = old.exec("bash", "printf 1 > a.txt")["session_id"]
    assert old.exec("bash", "cat a.txt", session_id=session)["session_id"] == session


def test_session_an_unknown_one_falls_through_silently(old):
    result = old.exec("bash", "printf ok", session_id=UNKNOWN_ID)
    assert result["stdout"] == "ok" and result["session_id"] != UNKNOWN_ID


def test_session_without_any_hint_a_new_one_is_made(old):
    assert old.exec("bash", "true")["session_id"] != old.exec("bash", "true")["session_id"]


def test_session_every_upload_makes_a_new_one(old):
    assert len({old.upload(("a.txt", b"1"), entity_id="agent_d8")["session_id"] for _ in range(3)}) == 3
    assert len({old.upload(("a.txt", b"1"))["session_id"] for _ in range(3)}) == 3


def test_session_id_wins_over_a_files_bucket(old):
    named, upload = old.exec("bash", "true")["session_id"], old.upload(("a.txt", b"1"))
    result = old.exec("bash", "cat a.txt", session_id=named, files=[old.ref(upload)])
    assert (result["session_id"], result["stdout"]) == (named, "1")


def test_session_id_of_another_end_user_is_not_used(old):
    session = old.exec("bash", "echo secret > a.txt", user_id="u-1")["session_id"]
    assert old.exec("bash", "true", session_id=session, user_id="u-1")["session_id"] == session
    assert old.exec("bash", "true", session_id=session)["session_id"] == session, "an unknown end user is compatible"
    stranger = old.exec("bash", "ls", session_id=session, user_id="u-2")
    assert stranger["session_id"] != session and stranger["stdout"] == ""


def test_session_of_unknown_end_user_adopts_the_first_known_one(old):
    session = old.exec("bash", "true")["session_id"]
    assert old.exec("bash", "true", session_id=session, user_id="u-1")["session_id"] == session
    assert old.exec("bash", "true", session_id=session, user_id="u-2")["session_id"] != session


def test_session_a_numeric_user_id_is_the_same_end_user_as_its_text(old):
    session = old.exec("bash", "true", user_id=17)["session_id"]
    assert old.exec("bash", "true", session_id=session, user_id="17")["session_id"] == session


def test_session_a_bucket_of_another_end_user_is_passed_over_for_the_next(old):
    one = old.exec("bash", "echo 1 > one.txt", user_id="u-1")
    two = old.exec("bash", "echo 2 > two.txt", user_id="u-2")
    files = [old.item_of_output(one["files"][0]), old.item_of_output(two["files"][0])]
    assert old.exec("bash", "true", user_id="u-2", files=files)["session_id"] == two["session_id"]


def test_session_of_an_entity_is_used_again(fresh):
    first = fresh.exec("bash", "printf 1 > a.txt", entity_id="agent_x")
    second = fresh.exec("bash", "cat a.txt", entity_id="agent_x")
    assert (second["session_id"], second["stdout"]) == (first["session_id"], "1")
    assert fresh.exec("bash", "true", entity_id="agent_y")["session_id"] != first["session_id"]


def test_session_of_an_entity_is_not_shared_between_end_users(fresh):
    one = fresh.exec("bash", "true", entity_id="agent_x", user_id="u-1")["session_id"]
    unknown = fresh.exec("bash", "true", entity_id="agent_x")["session_id"]
    two = fresh.exec("bash", "true", entity_id="agent_x", user_id="u-2")["session_id"]
    assert len({one, unknown, two}) == 3
    assert fresh.exec("bash", "true", entity_id="agent_x", user_id="u-1")["session_id"] == one


def test_session_of_an_entity_is_the_most_recently_active_one(fresh):
    first = fresh.exec("bash", "true", entity_id="agent_x")["session_id"]
    other = fresh.upload(("a.txt", b"1"))
    second = fresh.exec("bash", "true", entity_id="agent_x", files=[fresh.ref(other)])["session_id"]
    assert second == other["session_id"] != first
    assert fresh.exec("bash", "true", entity_id="agent_x")["session_id"] == second


def test_session_of_a_runtime_hint_is_made_once_and_then_reused(old):
    first = old.exec("bash", "printf 1 > a.txt", runtime_session_hint="conversation:1.a-b")
    second = old.exec("bash", "cat a.txt", runtime_session_hint="conversation:1.a-b")
    assert (first["runtime_session_id"], first["runtime_status"]) == (first["session_id"], "new")
    assert (second["runtime_session_id"], second["runtime_status"]) == (first["session_id"], "reused")
    assert (second["session_id"], second["stdout"]) == (first["session_id"], "1")
    [created] = of_type(old.events(first["session_id"]), "session.created")
    assert created["data"]["runtime_hint"] == "conversation:1.a-b"
    assert [event["data"]["runtime_status"] for event in of_type(old.events(first["session_id"]), "execution.requested")] == ["new", "reused"]


def test_session_of_a_runtime_hint_is_one_for_first_uses_at_the_same_time(old, replica):
    clients = [old, old.at(replica)] * 6
    results = in_parallel(lambda client: client.exec("bash", "true", runtime_session_hint="at-once"), clients)
    assert len({result["session_id"] for result in results}) == 1
    assert sorted(result["runtime_status"] for result in results) == ["new"] + ["reused"] * 11


def test_session_of_a_runtime_hint_belongs_to_its_owner(old, other):
    mine = old.exec("bash", "true", runtime_session_hint="mine")["session_id"]
    theirs = other.exec("bash", "true", runtime_session_hint="mine")
    assert (theirs["runtime_status"], theirs["session_id"] == mine) == ("new", False)


def test_session_id_wins_over_a_runtime_hint_and_a_hint_over_files(old):
    hinted = old.exec("bash", "true", runtime_session_hint="order")["session_id"]
    named, upload = old.exec("bash", "true")["session_id"], old.upload(("a.txt", b"1"))
    by_id = old.exec("bash", "true", session_id=named, runtime_session_hint="order")
    assert by_id["session_id"] == named and "runtime_status" not in by_id and "runtime_session_id" not in by_id
    by_hint = old.exec("bash", "cat a.txt", files=[old.ref(upload)], runtime_session_hint="order")
    assert (by_hint["session_id"], by_hint["stdout"]) == (hinted, "1")
    dead = old.exec("bash", "true", session_id=UNKNOWN_ID, runtime_session_hint="order")
    assert dead["session_id"] == hinted


@pytest.mark.parametrize("hint", ["", "x" * 129, "with space", "\u00e9", 7, None, ["a"], {"a": 1}])
def test_session_a_malformed_runtime_hint_is_ignored(old, hint):
    one, two = (old.exec("bash", "true", runtime_session_hint=hint) for _ in range(2))
    assert one["session_id"] != two["session_id"] and "runtime_session_id" not in one


def test_session_of_a_runtime_hint_is_separate_for_each_end_user(old):
    sessions = [old.exec("bash", "true", runtime_session_hint="conversation-2", **who)["session_id"]
                for who in ({}, {"user_id": "u-1"}, {"user_id": "u-2"})]
    assert len(set(sessions)) == 3
