"""M17, M18 and the traps around mounting: duplicates, dead references, sticky files, read-only files, shared sessions."""
import pytest

from harness.shapes import UNKNOWN_ID, file_named, names


def test_m17_of_two_items_with_one_mount_name_the_last_wins(old):
    upload = old.upload(("one.txt", b"1"), ("two.txt", b"2"))
    items = [old.item(file["fileId"], upload["session_id"], "same.txt") for file in upload["files"]]
    assert old.exec("bash", "cat same.txt", files=items)["stdout"] == "2"
    assert old.exec("bash", "cat same.txt", files=items[::-1])["stdout"] == "1"


@pytest.mark.parametrize("first, last", [("./d/same.txt", "d/same.txt"), ("/mnt/data/d/same.txt", "d\\same.txt"), ("/d/same.txt", "d/same.txt"),
                                         ("e\u0301.txt", "\u00e9.txt")])
def test_m17_names_that_mean_one_path_are_duplicates(old, first, last):
    upload = old.upload(("one.txt", b"1"), ("two.txt", b"2"))
    items = [old.item(file["fileId"], upload["session_id"], name) for file, name in zip(upload["files"], (first, last))]
    result = old.exec("bash", 'cat "$1"', files=items, args=[last.replace("\\", "/")])
    assert (result["stdout"], result["inputs_missing"]) == ("2", [])


def test_m17_an_unknown_reference_is_listed_and_the_run_goes_on(old):
    upload = old.upload(("a.txt", b"abc"))
    dead = old.item(UNKNOWN_ID, upload["session_id"], "gone.txt")
    result = old.exec("bash", "cat a.txt", files=[dead, old.ref(upload)])
    assert (result["stdout"], result["inputs_missing"]) == ("abc", [{"id": UNKNOWN_ID, "name": "gone.txt"}])


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/../b", "..", "", "a\0b", "x" * 256, "/".join("d" * 21), ("y" * 200 + "/") * 5 + "z" * 30])
def test_m17_an_unsafe_mount_name_is_listed_and_the_run_goes_on(old, name):
    upload = old.upload(("a.txt", b"abc"))
    result = old.exec("bash", "printf ok; test ! -e /mnt/b", files=[old.item(upload["files"][0]["fileId"], UNKNOWN_ID, name)])
    assert (result["stdout"], result["exit_code"], [item["id"] for item in result["inputs_missing"]]) == ("ok", 0, [upload["files"][0]["fileId"]])


@pytest.mark.parametrize("name", ["x" * 255, "/".join("d" * 20), ("y" * 200 + "/") * 5 + "z" * 19])
def test_m17_the_longest_safe_names_are_mounted(old, name):
    upload = old.upload(("a.txt", b"abc"))
    result = old.exec("bash", 'cat "$1"', args=[name], files=[old.item(upload["files"][0]["fileId"], upload["session_id"], name)])
    assert (result["stdout"], result["inputs_missing"]) == ("abc", [])


def test_m17_a_file_is_found_by_its_name_inside_the_bucket(old):
    upload = old.upload(("a.txt", b"abc"))
    result = old.exec("bash", "cat a.txt", files=[old.item(UNKNOWN_ID, upload["session_id"], "a.txt")])
    assert (result["stdout"], result["inputs_missing"]) == ("abc", [])


def test_m17_a_deleted_file_is_listed_as_missing(old):
    upload = old.upload(("a.txt", b"abc"))
    old.delete(f"/files/{upload['session_id']}/{upload['files'][0]['fileId']}")
    result = old.exec("bash", "ls", files=[old.ref(upload)])
    assert (result["stdout"], result["inputs_missing"]) == ("", [{"id": upload["files"][0]["fileId"], "name": "a.txt"}])


@pytest.mark.parametrize("dialect", ["old", "new"])
def test_trap18_a_dead_first_reference_does_not_start_another_session(server, dialect):
    client = server.old() if dialect == "old" else server.new()
    upload = client.upload(("a.txt", b"abc"))
    dead = client.item(UNKNOWN_ID, UNKNOWN_ID, "gone.txt")
    sessions = {client.exec("bash", "true", files=[dead, client.ref(upload)])["session_id"] for _ in range(3)}
    assert sessions == {upload["session_id"]}


def test_trap8_a_dead_reference_resent_each_turn_never_hides_output(old):
    upload = old.upload(("a.txt", b"abc"))
    files = [old.item(UNKNOWN_ID, upload["session_id"], "gone.txt")] * 30 + [old.ref(upload)]
    for _ in range(3):
        assert old.exec("bash", "cat a.txt", files=files)["stdout"] == "abc"


def test_trap14_the_requested_name_is_mounted_and_not_the_stored_one(old):
    upload = old.upload(("stored.txt", b"abc"))
    result = old.exec("bash", "cat asked.txt; ls", files=[old.item(upload["files"][0]["fileId"], upload["session_id"], "asked.txt")])
    assert result["stdout"] == "abcasked.txt\n"


def test_sticky_a_file_of_the_session_is_mounted_without_being_named(old):
    upload = old.upload(("a.txt", b"abc"))
    assert old.exec("bash", "cat a.txt", session_id=upload["session_id"])["stdout"] == "abc"


def test_sticky_the_last_run_that_wrote_a_name_decides_what_it_holds(old):
    session = old.exec("bash", "printf 1 > a.txt")["session_id"]
    old.exec("bash", "printf 2 > a.txt", session_id=session)
    assert old.exec("bash", "cat a.txt", session_id=session)["stdout"] == "2"


def test_sticky_a_removed_file_is_no_longer_current(old):
    session = old.exec("bash", "printf 1 > a.txt; printf 2 > b.txt")["session_id"]
    old.exec("bash", "rm a.txt", session_id=session)
    assert old.exec("bash", "ls", session_id=session)["stdout"] == "b.txt\n"


def test_sticky_a_requested_item_takes_precedence_over_the_current_file(old):
    first = old.exec("bash", "printf 1 > a.txt")
    old.exec("bash", "printf 2 > a.txt", session_id=first["session_id"])
    result = old.exec("bash", "cat a.txt", files=[old.item_of_output(first["files"][0])])
    assert (result["stdout"], result["session_id"]) == ("1", first["session_id"])


def test_sticky_repeating_a_reference_does_not_relink_it_over_newer_content(old):
    one, two = old.upload(("one.txt", b"1")), old.upload(("two.txt", b"2"))
    session = old.exec("bash", "printf newer > two.txt", files=[old.ref(one), old.ref(two)])["session_id"]
    named = old.exec("bash", "cat two.txt", session_id=session, files=[old.ref(two)])
    assert named["stdout"] == "2", "the request's item takes precedence for its run"
    assert old.exec("bash", "cat two.txt", session_id=session)["stdout"] == "newer", "and does not become current again"


def test_sticky_a_file_renamed_by_its_request_is_mounted_once(old):
    upload = old.upload(("stored.txt", b"abc"))
    item = old.item(upload["files"][0]["fileId"], upload["session_id"], "renamed.txt")
    assert old.exec("bash", "ls", files=[item])["stdout"] == "renamed.txt\n"
    assert old.exec("bash", "ls", session_id=upload["session_id"])["stdout"] == "renamed.txt\n"


def test_sticky_a_requested_path_through_a_current_file_wins(old):
    session = old.exec("bash", "printf file > a")["session_id"]
    upload = old.upload(("x.txt", b"deep"))
    result = old.exec("bash", "cat a/b.txt", session_id=session, files=[old.item(upload["files"][0]["fileId"], upload["session_id"], "a/b.txt")])
    assert result["stdout"] == "deep"
    assert [(skipped["name"], skipped["reason"]) for skipped in result["files_skipped"]] == [("a", "bad_name")]


@pytest.mark.parametrize("dialect", ["old", "new"])
def test_m18_edits_and_deletes_of_read_only_inputs_have_no_effect(server, dialect):
    client = server.old() if dialect == "old" else server.new()
    upload = client.upload(("keep.txt", b"original"), read_only="TRUE")
    session, file = upload["session_id"], upload["files"][0]["fileId"]
    for attack in ("chmod 666 keep.txt; printf x >> keep.txt", "rm -f keep.txt", "printf y > other && mv -f other keep.txt", "rm -f keep.txt; mkdir keep.txt; touch keep.txt/x"):
        result = client.exec("bash", f"{attack}; true", files=[client.ref(upload)])
        assert [item for item in result["files"] if item["name"].startswith("keep.txt") and not item.get("inherited")] == [], attack
        assert client.exec("bash", "cat keep.txt", files=[client.ref(upload)])["stdout"] == "original", attack
        assert client.exec("bash", "cat keep.txt", session_id=session)["stdout"] == "original", attack
    assert client.download(session, file) == b"original"


def test_m18_read_only_inputs_have_mode_0444(old):
    upload = old.upload(("keep.txt", b"original"), read_only="true")
    assert old.exec("bash", "stat -c %a keep.txt", files=[old.ref(upload)])["stdout"] == "444\n"


def test_m18_read_only_inputs_are_echoed_like_any_unchanged_one(new):
    upload = new.upload(("keep.txt", b"original"), read_only="true")
    result = new.exec("bash", "rm -f keep.txt; printf x > keep.txt; echo y > out.txt", files=[new.ref(upload)])
    assert [(file["name"], file.get("inherited", False)) for file in result["files"]] == [("out.txt", False), ("keep.txt", True)]
    assert file_named(result, "keep.txt")["id"] == upload["files"][0]["fileId"]


def test_m18_lists_and_probes_say_that_a_file_is_read_only(old):
    locked, free = old.upload(("a.txt", b"1"), read_only="true"), old.upload(("a.txt", b"1"), read_only="no")
    for upload, expected in ((locked, True), (free, False)):
        session, file = upload["session_id"], upload["files"][0]["fileId"]
        assert old.files(session)[0]["read_only"] is expected
        assert old.probe(session, file).json()["readOnly"] is expected


def test_m18_a_writable_input_can_be_edited(old):
    upload = old.upload(("a.txt", b"1"))
    result = old.exec("bash", "printf 2 >> a.txt", files=[old.ref(upload)])
    assert (result["exit_code"], names(result)) == (0, ["a.txt"])
    assert old.content_of(result["files"][0]) == b"12"


SHARED_FORMS = [{"kind": "agent", "id": "agent_7"}, {"kind": "skill", "id": "skill_7", "version": "1"}, {"entity_id": "agent_8"}]


@pytest.mark.parametrize("form", SHARED_FORMS)
def test_trap4_a_shared_session_never_executes_but_its_files_are_mounted(old, form):
    upload = old.upload(("one.txt", b"1"), ("dir/two.txt", b"2"), **form)
    named = old.exec("bash", "cat one.txt dir/two.txt; echo x > out.txt", session_id=upload["session_id"])
    assert (named["stdout"], named["exit_code"]) == ("12", 0)
    assert named["session_id"] != upload["session_id"]
    assert sorted(file["filename"] for file in old.files(upload["session_id"])) == ["dir/two.txt", "one.txt"]
    assert old.session(upload["session_id"])["kind"] == "shared"
    assert old.session(named["session_id"])["kind"] == "private"


@pytest.mark.parametrize("form", SHARED_FORMS)
def test_trap4_a_reference_into_a_shared_session_does_not_choose_it(old, form):
    shared, private = old.upload(("skill.md", b"s"), **form), old.upload(("mine.txt", b"m"))
    alone = old.exec("bash", "cat skill.md", files=[{**old.ref(shared), "resource_id": form.get("id")}])
    assert (alone["stdout"], alone["session_id"] == shared["session_id"]) == ("s", False)
    both = old.exec("bash", "cat skill.md mine.txt", files=[old.ref(shared), old.ref(private)])
    assert (both["stdout"], both["session_id"]) == ("sm", private["session_id"])


def test_trap4_two_runs_that_name_a_shared_session_do_not_meet(old):
    shared = old.upload(("skill.md", b"s"), kind="skill", id="skill_9")
    one = old.exec("bash", "echo secret > one.txt", session_id=shared["session_id"], user_id="u-1")
    two = old.exec("bash", "ls", session_id=shared["session_id"], user_id="u-2")
    assert one["session_id"] != two["session_id"]
    assert two["stdout"] == "skill.md\n"
