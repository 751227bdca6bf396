"""Whole conversations of LibreChat >= 0.8.6 (M15, M18, M24, M32, section 2): bash tool, file tools, skills, echoes."""
import pytest

from harness.librechat import NewLibreChat
from harness.shapes import UNKNOWN_ID, names

SALES = b"month,sales\n1,10\n2,14\n3,9\n4,21\n"
PNG = b"\x89PNG\r\n\x1a\n"

PLOT = """python3 - <<'PY'
import csv
import matplotlib.pyplot as plt
rows = list(csv.DictReader(open("sales.csv")))
plt.plot([int(row["month"]) for row in rows], [int(row["sales"]) for row in rows])
plt.savefig("plot.png")
print(len(rows))
PY"""

SKILL = [("pdf/SKILL.md", b"# PDF\n"), ("pdf/scripts/fill.py", b"print('filled')\n"), ("pdf/scripts/\u00e9t\u00e9 \u6570.sh", b"echo summer\n")]


@pytest.fixture
def chat(server):
    return NewLibreChat(server.new(), "66aa01")


def test_m15_a_conversation_of_upload_plot_and_follow_up(chat):
    chat.attach("sales.csv", SALES)
    upload = dict(chat.known["sales.csv"])
    chat.begin_turn()
    first = chat.run(PLOT)
    assert (first["stdout"], names(first)) == ("4\n", ["plot.png", "sales.csv"])
    assert chat.shown[-1][0] == "plot.png" and chat.shown[-1][1].startswith(PNG)
    assert chat.known["sales.csv"] == upload, "an echo leaves what the client knows of a file as it is"
    chat.begin_turn()
    second = chat.run("wc -c < plot.png; head -n 1 sales.csv; mkdir notes; echo note > notes/today.md")
    assert second["stdout"] == f"{len(chat.bytes['plot.png'])}\nmonth,sales\n"
    assert names(second)[0] == "notes/today.md" and sorted(names(second)[1:]) == ["plot.png", "sales.csv"]
    chat.begin_turn()
    third = chat.run("cat notes/today.md")
    assert (third["stdout"], third["inputs_missing"]) == ("note\n", [])
    assert [file.get("inherited") for file in third["files"]] == [True] * 3
    assert chat.uploads == 1 and len(set(chat.sessions)) == 1


def test_m15_an_edited_csv_is_one_file_with_a_new_version(chat):
    chat.attach("sales.csv", SALES)
    original = chat.known["sales.csv"]
    chat.begin_turn()
    edited = chat.run("printf '5,30\\n' >> sales.csv")
    (changed,) = edited["files"]
    assert changed["modified_from"] == {"id": original["id"], "storage_session_id": original["storage_session_id"]}
    assert chat.shown == [("sales.csv", SALES + b"5,30\n")]
    chat.begin_turn()
    assert chat.run("tail -n 1 sales.csv")["stdout"] == "5,30\n"
    assert chat.client.download(original["storage_session_id"], original["id"]) == SALES
    assert chat.uploads == 1


def test_m15_a_second_file_of_the_same_name_replaces_the_first(chat):
    chat.attach("data.csv", b"first\n")
    chat.begin_turn()
    assert chat.run("cat data.csv; echo 1 > one.txt")["stdout"] == "first\n"
    chat.attach("data.csv", b"second\n")
    chat.begin_turn()
    second = chat.run("cat data.csv one.txt; printf third > data.csv")
    assert second["stdout"] == "second\n1\n"
    chat.begin_turn()
    assert chat.run("cat data.csv one.txt")["stdout"] == "third1\n"


def test_m32_a_skill_is_mounted_read_only_turn_after_turn(chat):
    bucket = chat.attach_skill("skill_pdf", 4, SKILL)
    before = {name: dict(item) for name, item in chat.known.items()}
    chat.begin_turn()
    first = chat.run("python3 pdf/scripts/fill.py; bash pdf/scripts/*.sh; echo broken > pdf/SKILL.md; rm -f pdf/scripts/fill.py; echo made > made.txt")
    assert first["stdout"] == "filled\nsummer\n"
    assert [file["name"] for file in first["files"] if not file.get("inherited")] == ["made.txt"]
    assert {name: item for name, item in chat.known.items() if item["kind"] == "skill"} == before
    assert first["session_id"] != bucket
    chat.begin_turn()
    second = chat.run("cat pdf/SKILL.md made.txt; python3 pdf/scripts/fill.py")
    assert (second["stdout"], second["session_id"]) == ("# PDF\nmade\nfilled\n", first["session_id"])
    assert chat.uploads == 1


def test_m32_a_new_version_of_a_skill_takes_the_place_of_the_old(chat):
    chat.attach_skill("skill_v", 1, [("v/x.txt", b"one\n")])
    chat.begin_turn()
    assert chat.run("cat v/x.txt; echo 1 > out.txt")["stdout"] == "one\n"
    chat.attach_skill("skill_v", 2, [("v/x.txt", b"two\n")])
    chat.begin_turn()
    result = chat.run("cat v/x.txt out.txt")
    assert (result["stdout"], result["inputs_missing"]) == ("two\n1\n", [])


def test_trap4_a_file_tool_that_names_a_skills_bucket_reads_there_and_runs_elsewhere(server):
    readers = [NewLibreChat(server.new(), f"reader-{n}") for n in range(2)]
    bucket = readers[0].attach_skill("skill_read", 1, SKILL)
    readers[1].known = {name: dict(item) for name, item in readers[0].known.items()}
    for number, chat in enumerate(readers):
        assert chat.read_file("/mnt/data/pdf/SKILL.md", bucket=bucket) == "# PDF\n"
        assert chat.create_file(f"of-{number}.txt", "mine\n")["stdout"] == ""
    assert not set(readers[0].sessions) & set(readers[1].sessions) and bucket not in readers[0].sessions + readers[1].sessions
    with pytest.raises(FileNotFoundError, match="No such file or directory"):
        readers[1].read_file("of-0.txt")


def test_m24_files_are_created_read_and_edited_through_bash(chat):
    chat.attach("app.py", b"def f():\n    return 1  # \xc3\xa4\r\n\tno newline at the end")
    created = chat.create_file("src/it's new.txt", "line one\nline two\n")
    assert [file["name"] for file in created["files"]] == ["src/it's new.txt", "app.py"]
    chat.edit_file("app.py", "return 1", "return 2")
    chat.edit_file("src/it's new.txt", "two", "2")
    assert chat.read_file("app.py") == "def f():\n    return 2  # ä\r\n\tno newline at the end"
    assert chat.read_file("/mnt/data/src/it's new.txt") == "line one\nline 2\n"
    assert sorted(chat.known) == ["app.py", "src/it's new.txt"], "the list that each answer replaces loses nothing"
    chat.begin_turn()
    assert chat.run("python3 -c 'import app; print(app.f())' 2>&1 | tail -n 1; ls src")["stdout"].endswith("it's new.txt\n")


def test_m24_an_edit_keeps_every_byte_of_a_file_of_100_kb(chat):
    text = "".join(f"{n:05} ünïcödé \x1b[1m\t{'x' * (n % 90)}\n" for n in range(1500)) + "end"
    chat.attach("big.txt", text.encode())
    chat.edit_file("big.txt", "00750 ", "CHANGED ")
    assert chat.read_file("big.txt") == text.replace("00750 ", "CHANGED ")
    item = chat.known["big.txt"]
    assert chat.client.download(item["storage_session_id"], item["id"]) == text.replace("00750 ", "CHANGED ").encode()


def test_trap10_a_binary_file_is_recognised_by_the_clients_own_check(chat):
    chat.attach("image.bin", b"\x89PNG\0\0binary")
    with pytest.raises(ValueError, match="binary file"):
        chat.read_file("image.bin")


def test_trap5_the_file_tools_keep_unchanged_files_although_they_replace_their_list(chat):
    for number in range(3):
        chat.attach(f"{number}.txt", b"%d" % number)
    identities = {name: dict(item) for name, item in chat.known.items()}
    assert chat.read_file("1.txt") == "1"
    assert chat.known == identities
    chat.edit_file("1.txt", "1", "one")
    assert {name: item for name, item in chat.known.items() if name != "1.txt"} == {name: item for name, item in identities.items() if name != "1.txt"}
    assert chat.run("cat *.txt")["stdout"] == "0one2"


def test_m15_a_removed_file_is_gone_for_good(chat):
    chat.attach("a.txt", b"a")
    chat.attach("b.txt", b"b")
    chat.begin_turn()
    chat.run("cat a.txt b.txt")
    assert chat.remove("a.txt") == 200
    chat.begin_turn()
    assert chat.run("ls")["stdout"] == "b.txt\n"


def test_m35_deleting_twice_tries_both_ways_and_ends_in_a_404(chat):
    item = chat.attach("a.txt", b"a")
    assert chat.remove("a.txt") == 200
    chat.known["a.txt"] = item
    assert chat.remove("a.txt") == 404


def test_m15_generated_files_that_come_back_with_their_own_id_as_owner_are_mounted(chat):
    chat.begin_turn()
    chat.run("echo 1 > a.txt; mkdir d; echo 2 > d/b.txt")
    assert {item["resource_id"] for item in chat.known.values()} == {item["id"] for item in chat.known.values()}
    chat.begin_turn()
    result = chat.run("cat a.txt d/b.txt")
    assert (result["stdout"], names(result), result["inputs_missing"]) == ("1\n2\n", ["a.txt", "d/b.txt"], [])


def test_m15_two_buckets_and_a_run_keep_each_files_own_bucket(chat):
    chat.attach("one.txt", b"1")
    chat.attach("two.txt", b"2")
    buckets = {name: item["storage_session_id"] for name, item in chat.known.items()}
    for _ in range(3):
        chat.begin_turn()
        assert chat.run("cat one.txt two.txt")["stdout"] == "12"
        assert {name: item["storage_session_id"] for name, item in chat.known.items()} == buckets
    assert set(chat.sessions) == {buckets["one.txt"]}


def test_trap18_a_dead_file_first_in_the_map_does_not_end_the_session(chat):
    chat.attach("a.txt", b"a")
    chat.known = {"dead.txt": {"id": UNKNOWN_ID, "storage_session_id": UNKNOWN_ID, "name": "dead.txt", "kind": "user", "resource_id": "66aa01"}, **chat.known}
    first = chat.run("echo made > made.txt")
    second = chat.run("cat a.txt made.txt")
    assert second["stdout"] == "amade\n"
    assert first["session_id"] == second["session_id"] == chat.known["a.txt"]["storage_session_id"]


def test_m8_an_agents_file_serves_two_conversations_without_joining_them(server):
    first, second = NewLibreChat(server.new(), "agent-user-1"), NewLibreChat(server.new(), "agent-user-2")
    item = first.attach("knowledge.md", b"known\n", kind="agent", resource="agent_c1")
    second.remember_upload("knowledge.md", b"known\n", item["id"], item["storage_session_id"], "agent", "agent_c1")
    for number, chat in enumerate((first, second)):
        chat.begin_turn()
        assert chat.run(f"cat knowledge.md; echo {number} > mine.txt", user_id=chat.user)["stdout"] == "known\n"
    for number, chat in enumerate((first, second)):
        chat.begin_turn()
        assert chat.run("cat mine.txt knowledge.md", user_id=chat.user)["stdout"] == f"{number}\nknown\n"
    assert not set(first.sessions) & set(second.sessions)


def test_m15_a_conversation_survives_a_restart_of_its_server(make_server):
    server = make_server()
    chat = NewLibreChat(server.new(), "66aa01")
    chat.attach("sales.csv", SALES)
    chat.attach_skill("skill_pdf", 4, SKILL)
    chat.begin_turn()
    chat.run("wc -l < sales.csv > lines.txt")
    assert server.stop() == 0
    server.start().wait_ready()
    chat.begin_turn()
    result = chat.run("cat lines.txt pdf/SKILL.md; tail -n 1 sales.csv")
    assert (result["stdout"], result["inputs_missing"]) == ("5\n# PDF\n4,21\n", [])
    assert chat.uploads == 2 and len(set(chat.sessions)) == 1
