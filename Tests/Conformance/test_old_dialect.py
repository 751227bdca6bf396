"""M14: LibreChat <= 0.8.5 with `X-API-Key` and `session_id`, turn after turn."""
from harness.shapes import UNKNOWN_ID, file_named, names


def test_m14_a_run_joins_the_session_of_the_upload_it_names(old):
    upload = old.upload(("data.csv", b"a,b\n1,2\n"))
    result = old.exec("bash", "cat data.csv", files=[old.ref(upload)])
    assert (result["stdout"], result["session_id"]) == ("a,b\n1,2\n", upload["session_id"])


def test_m14_unchanged_inputs_are_absent_from_the_reply(old):
    upload = old.upload(("data.csv", b"a,b\n1,2\n"), ("more.csv", b"c\n"))
    result = old.exec("bash", "cat *.csv > out.txt", files=[old.ref(upload, 0), old.ref(upload, 1)])
    assert names(result) == ["out.txt"]


def test_m14_old_flow_keeps_uploads_mounted(old):
    upload = old.upload(("data.csv", b"a,b\n1,2\n"))
    first = old.exec("bash", "wc -l < data.csv > lines.txt", files=[old.ref(upload)])
    second = old.exec("bash", "cat data.csv lines.txt", files=[old.item_of_output(file) for file in first["files"]])
    assert (second["stdout"], second["session_id"]) == ("a,b\n1,2\n2\n", first["session_id"])
    assert second["files"] == []


def test_m14_old_flow_keeps_uploads_of_several_sessions_mounted(old):
    one, two = old.upload(("one.txt", b"1")), old.upload(("two.txt", b"2"))
    first = old.exec("bash", "cat one.txt two.txt > both.txt", files=[old.ref(one), old.ref(two)])
    assert first["session_id"] == one["session_id"] != two["session_id"]
    second = old.exec("bash", "cat one.txt two.txt both.txt", files=[old.item_of_output(file_named(first, "both.txt"))])
    assert second["stdout"] == "1212"


def test_m14_each_listed_file_downloads_under_the_response_session(old):
    upload = old.upload(("in.txt", b"in"))
    first = old.exec("bash", "echo 1 > a.txt; mkdir -p d; echo 2 > d/b.txt; printf changed > in.txt", files=[old.ref(upload)])
    assert names(first) == ["a.txt", "d/b.txt", "in.txt"]
    contents = {file["name"]: old.download(first["session_id"], file["id"]) for file in first["files"]}
    assert contents == {"a.txt": b"1\n", "d/b.txt": b"2\n", "in.txt": b"changed"}


def test_m14_the_next_turn_may_take_its_files_from_the_full_listing(old):
    """The client keeps the second path segment of `name`, without extension, as id and the original file name as name."""
    one, two = old.upload(("one.txt", b"1")), old.upload(("deep/two.tar.gz", b"2"))
    first = old.exec("bash", "cat one.txt deep/two.tar.gz > both", files=[old.ref(one), old.ref(two)])
    listed = old.files(first["session_id"], detail="full")
    items = [{"id": file["name"].split("/")[1].split(".")[0], "session_id": first["session_id"], "name": file["metadata"]["original-filename"]}
             for file in listed]
    second = old.exec("bash", "cat one.txt deep/two.tar.gz both; find . -type f | wc -l", files=items)
    assert second["inputs_missing"] == []
    assert second["stdout"] == "12123\n"


def test_m14_a_linked_file_is_found_under_the_session_that_linked_it(old):
    one, two = old.upload(("one.txt", b"1")), old.upload(("two.txt", b"2"))
    run = old.exec("bash", "true", files=[old.ref(one), old.ref(two)])
    alias = two["files"][0]["fileId"]
    session = run["session_id"]
    assert session == one["session_id"]
    assert alias in [file["id"] for file in old.files(session)]
    assert old.download(session, alias) == b"2"
    assert old.probe(session, alias).status_code == 200
    again = old.exec("bash", "cat renamed.txt", files=[old.item(alias, session, "renamed.txt")])
    assert (again["stdout"], again["inputs_missing"]) == ("2", [])


def test_m14_every_run_of_the_conversation_stays_in_one_session(old):
    upload = old.upload(("seed.txt", b"0"))
    files, sessions = [old.ref(upload)], set()
    for turn in range(5):
        result = old.exec("bash", f"cat * > turn{turn}.txt", files=files)
        files = [old.item_of_output(file) for file in result["files"]]
        sessions.add(result["session_id"])
    assert sessions == {upload["session_id"]}
    assert sorted(file["filename"] for file in old.files(upload["session_id"])) == ["seed.txt", *(f"turn{turn}.txt" for turn in range(5))]


def test_m14_an_upload_with_an_entity_id_is_mounted_but_never_runs(old):
    upload = old.upload(("agent.txt", b"of the agent"), entity_id="agent_m14")
    item = old.ref(upload, entity_id="agent_m14")
    first = old.exec("bash", "cat agent.txt; echo 1 > out.txt", files=[item], entity_id="agent_m14")
    assert first["stdout"] == "of the agent"
    assert first["session_id"] != upload["session_id"]
    second = old.exec("bash", "cat agent.txt out.txt", files=[old.item_of_output(file_named(first, "out.txt"))])
    assert second["stdout"] == "of the agent1\n"
    assert second["session_id"] == first["session_id"]


def test_m14_a_changed_input_comes_back_with_a_new_id_in_the_response_session(old):
    upload = old.upload(("a.txt", b"old"))
    result = old.exec("bash", "printf new > a.txt", files=[old.ref(upload)])
    changed = file_named(result, "a.txt")
    assert changed["id"] != upload["files"][0]["fileId"]
    assert changed["session_id"] == changed["storage_session_id"] == result["session_id"]
    assert old.content_of(changed) == b"new"
    assert old.download(upload["session_id"], upload["files"][0]["fileId"]) == b"old"
    assert old.exec("bash", "cat a.txt", files=[old.item_of_output(changed)])["stdout"] == "new"


def test_m14_an_item_without_a_bucket_is_found_by_its_id(old):
    upload = old.upload(("a.txt", b"abc"))
    result = old.exec("bash", "cat a.txt", files=[{"id": upload["files"][0]["fileId"], "name": "a.txt"}])
    assert (result["stdout"], result["inputs_missing"]) == ("abc", [])


def test_m14_an_item_with_a_wrong_bucket_is_found_by_its_id(old):
    upload = old.upload(("a.txt", b"abc"))
    result = old.exec("bash", "cat a.txt", files=[old.item(upload["files"][0]["fileId"], UNKNOWN_ID, "a.txt")])
    assert (result["stdout"], result["inputs_missing"]) == ("abc", [])
