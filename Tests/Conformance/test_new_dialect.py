"""M15: LibreChat >= 0.8.6 with `storage_session_id` and echoes of unchanged inputs."""
import pytest

from harness.shapes import file_named, names

ECHO_KEYS = {"id", "name", "session_id", "storage_session_id", "inherited"}


def test_m15_new_flow_echoes_unchanged_inputs_with_their_original_ids(new):
    one, two = new.upload(("one.txt", b"1"), kind="user", id="66aa01"), new.upload(("two.txt", b"2"), kind="user", id="66aa01")
    result = new.exec("bash", "cat one.txt two.txt; echo x > out.txt", files=[new.ref(one), new.ref(two)])
    assert (result["stdout"], result["session_id"]) == ("12", one["storage_session_id"])
    assert names(result) == ["out.txt", "one.txt", "two.txt"]
    echoes = {file["name"]: (file["id"], file["storage_session_id"], file["inherited"]) for file in result["files"][1:]}
    assert echoes == {"one.txt": (one["files"][0]["fileId"], one["storage_session_id"], True),
                      "two.txt": (two["files"][0]["fileId"], two["storage_session_id"], True)}


def test_m15_an_echo_has_exactly_the_stated_keys(new):
    upload = new.upload(("skill.md", b"text"), kind="skill", id="skill_1", version="3", read_only="true")
    item = {**new.ref(upload), "kind": "skill", "resource_id": "skill_1", "version": 3}
    result = new.exec("bash", "cat skill.md", files=[item])
    assert result["stdout"] == "text"
    assert set(file_named(result, "skill.md")) == ECHO_KEYS


def test_m15_an_echo_has_the_name_that_the_request_gave(new):
    upload = new.upload(("stored.txt", b"1"))
    result = new.exec("bash", "cat asked/name.txt", files=[new.item(upload["files"][0]["fileId"], upload["session_id"], "asked/name.txt")])
    assert (result["stdout"], names(result)) == ("1", ["asked/name.txt"])


def test_m15_a_changed_input_has_a_new_id_and_says_what_it_was(new):
    upload = new.upload(("a.txt", b"old"), ("b.txt", b"same"))
    original = upload["files"][0]["fileId"]
    result = new.exec("bash", "printf new > a.txt", files=[new.ref(upload, 0), new.ref(upload, 1)])
    changed = file_named(result, "a.txt")
    assert changed["id"] != original
    assert changed["modified_from"] == {"id": original, "storage_session_id": upload["storage_session_id"]}
    assert "inherited" not in changed
    assert file_named(result, "b.txt")["inherited"] is True
    assert new.content_of(changed) == b"new"
    assert new.download(upload["session_id"], original) == b"old"


def test_m15_a_changed_input_of_another_session_moves_into_the_response_session(new):
    one, two = new.upload(("one.txt", b"1")), new.upload(("two.txt", b"2"))
    result = new.exec("bash", "printf changed > two.txt", files=[new.ref(one), new.ref(two)])
    changed = file_named(result, "two.txt")
    assert changed["storage_session_id"] == result["session_id"] == one["session_id"]
    assert changed["modified_from"] == {"id": two["files"][0]["fileId"], "storage_session_id": two["session_id"]}


def test_m15_generated_files_come_first_sorted_by_path_then_the_echoes(new):
    upload = new.upload(("a.txt", b"1"), ("z.txt", b"2"))
    result = new.exec("bash", "echo > n.txt; echo > b.txt; printf x > z.txt", files=[new.ref(upload, 0), new.ref(upload, 1)])
    assert [(file["name"], file.get("inherited", False)) for file in result["files"]] == [
        ("b.txt", False), ("n.txt", False), ("z.txt", False), ("a.txt", True)]


def test_m15_an_input_rewritten_with_the_same_bytes_is_an_echo(new):
    upload = new.upload(("a.txt", b"same"))
    result = new.exec("bash", "rm a.txt; printf same > a.txt; touch a.txt", files=[new.ref(upload)])
    assert [(file["name"], file["id"], file["inherited"]) for file in result["files"]] == [("a.txt", upload["files"][0]["fileId"], True)]


def test_m15_an_input_that_the_program_removed_is_not_echoed(new):
    upload = new.upload(("a.txt", b"1"), ("b.txt", b"2"))
    result = new.exec("bash", "rm a.txt", files=[new.ref(upload, 0), new.ref(upload, 1)])
    assert names(result) == ["b.txt"]


def test_m15_the_echo_is_decided_item_by_item(server, old, new):
    upload = old.upload(("old.txt", b"1"), ("new.txt", b"2"))
    result = old.exec("bash", "cat old.txt new.txt", files=[old.ref(upload, 0), new.ref(upload, 1)])
    assert (result["stdout"], names(result)) == ("12", ["new.txt"])


def test_m15_storage_session_id_wins_over_session_id(new):
    upload, elsewhere = new.upload(("a.txt", b"1")), new.upload(("a.txt", b"2"))
    item = {"id": "ZZZZZZZZZZZZZZZZZZZZZ", "storage_session_id": upload["session_id"], "session_id": elsewhere["session_id"], "name": "a.txt"}
    result = new.exec("bash", "cat a.txt", files=[item])
    assert (result["stdout"], result["session_id"]) == ("1", upload["session_id"])


def test_m15_sticky_files_that_were_not_named_are_not_echoed(new):
    upload = new.upload(("a.txt", b"1"), ("b.txt", b"2"))
    new.exec("bash", "true", files=[new.ref(upload, 0), new.ref(upload, 1)])
    result = new.exec("bash", "cat a.txt b.txt", files=[new.ref(upload, 1)])
    assert (result["stdout"], names(result)) == ("12", ["b.txt"])


def test_m15_the_merged_map_of_all_known_files_works_turn_after_turn(new):
    known = {"seed.txt": new.upload_one("seed.txt", b"0")}
    for turn in range(4):
        result = new.exec("bash", f"cat *.txt > turn{turn}.txt", files=list(known.values()))
        assert result["inputs_missing"] == []
        assert sorted(names(result)) == sorted([*known, f"turn{turn}.txt"])
        for file in result["files"]:
            known[file["name"]] = new.item_of_output(file)


def test_m15_an_echo_of_an_echo_keeps_the_first_bucket(new):
    one, two = new.upload(("one.txt", b"1")), new.upload(("two.txt", b"2"))
    first = new.exec("bash", "true", files=[new.ref(one), new.ref(two)])
    second = new.exec("bash", "true", files=[new.item_of_output(file) for file in first["files"]])
    assert second["files"] == first["files"]
    assert new.download(two["session_id"], file_named(second, "two.txt")["id"]) == b"2"


def test_trap3_the_resource_id_of_a_user_file_is_no_identity(new):
    upload = new.upload(("a.txt", b"abc"), kind="user", id="user-66aa01")
    file = upload["files"][0]["fileId"]
    for resource in (file, "another-user", "", None):
        item = {"id": file, "storage_session_id": upload["session_id"], "name": "a.txt", "kind": "user", "resource_id": resource}
        assert new.exec("bash", "cat a.txt", files=[item])["stdout"] == "abc", resource
    assert new.download(upload["session_id"], file) == b"abc"
    assert new.probe(upload["session_id"], file, kind="user", id="someone").status_code == 200


@pytest.mark.parametrize("wrong", [{"kind": "agent"}, {"resource_id": "skill_2"}, {"version": 4}])
def test_section_3_2_an_item_that_misstates_a_skills_identity_is_missing(new, wrong):
    upload = new.upload(("skill.md", b"text"), kind="skill", id="skill_1", version="3")
    item = {**new.ref(upload), "kind": "skill", "resource_id": "skill_1", "version": 3}
    assert new.exec("bash", "cat skill.md", files=[item])["stdout"] == "text"
    missing = new.exec("bash", "ls", files=[{**item, **wrong}])
    assert (missing["stdout"], missing["inputs_missing"]) == ("", [{"id": item["id"], "name": "skill.md"}])
