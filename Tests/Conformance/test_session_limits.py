"""Section 7.7: how much a session may hold, by uploads and by runs. Only what is current counts."""
import pytest

from harness.client import body_of
from harness.fixtures import limited
from harness.ledger import of_type
from harness.shapes import assert_error, names

MEGABYTE = 1 << 20
narrow = limited({"MAX_FILES_PER_SESSION": "4", "MAX_TOTAL_FILE_SIZE_MB": "2", "MAX_FILE_SIZE_MB": "2"})


def skipped(result):
    return [(item["name"], item["reason"]) for item in result["files_skipped"]]


def test_limits_an_upload_beyond_the_session_total_is_a_413_and_leaves_nothing(narrow):
    client = narrow.old(narrow.fresh_key())
    assert_error(client.try_upload(("a", b"x" * MEGABYTE), ("b", b"x" * (MEGABYTE + 1))), 413, "resource_exhausted", code="session_total")
    assert client.settled_sessions() == []
    assert body_of(client.try_upload(("a", b"x" * MEGABYTE), ("b", b"x" * MEGABYTE)), 200)


def test_limits_an_upload_of_more_names_than_a_session_may_have_is_a_413(narrow):
    client = narrow.old()
    assert_error(client.try_upload(*((f"{n}", b"x") for n in range(5))), 413, "resource_exhausted", code="too_many_names")
    assert len(client.upload(*((f"{n % 4}", b"x") for n in range(8)))["files"]) == 8


def test_limits_a_run_keeps_what_fits_into_the_session(narrow):
    client = narrow.old()
    upload = client.upload(("a.bin", b"x" * (MEGABYTE + 500_000)))
    result = client.exec("bash", "head -c 600000 /dev/zero > big.bin; printf small > z.txt", session_id=upload["session_id"])
    assert skipped(result) == [("big.bin", "session_total")] and names(result) == ["z.txt"], "an unchanged input counts, too"
    assert [event["data"]["files_skipped"] for event in of_type(client.events(upload["session_id"]), "execution.finished")] == [result["files_skipped"]]


def test_limits_a_changed_file_counts_by_its_new_size_and_a_removed_one_no_more(narrow):
    client = narrow.old()
    upload = client.upload(("a.bin", b"x" * MEGABYTE), ("b.bin", b"y" * 900_000))
    changed = client.exec("bash", "head -c 1100000 /dev/zero > a.bin", session_id=upload["session_id"])
    assert names(changed) == ["a.bin"] and skipped(changed) == []
    removed = client.exec("bash", "rm b.bin; head -c 900000 /dev/zero > c.bin", session_id=upload["session_id"])
    assert names(removed) == ["c.bin"] and skipped(removed) == []


def test_limits_a_run_may_change_files_of_a_session_that_is_full_of_names(narrow):
    client = narrow.old()
    upload = client.upload(*((f"{n}.txt", b"x") for n in range(4)))
    result = client.exec("bash", "printf changed > 0.txt; printf new > new.txt", session_id=upload["session_id"])
    assert names(result) == ["0.txt"] and skipped(result) == [("new.txt", "too_many")]
    again = client.exec("bash", "rm 1.txt; printf new > new.txt", session_id=upload["session_id"])
    assert names(again) == ["new.txt"] and skipped(again) == []


@pytest.mark.parametrize("dialect", ["old", "new"])
def test_c20_an_input_that_gave_way_is_on_the_record(server, dialect):
    client = getattr(server, dialect)()
    session = client.exec("bash", "printf 1 > a")["session_id"]
    item = client.upload_one("b.txt", b"2")
    result = client.exec("bash", "cat a/b.txt", session_id=session, files=[{**item, "name": "a/b.txt"}])
    assert result["stdout"] == "2" and skipped(result) == [("a", "bad_name")]
    requested = of_type(client.events(session), "execution.requested")[-1]
    assert requested["data"]["inputs_skipped"] == result["files_skipped"]
