"""Whole conversations of LibreChat <= 0.8.5 (M14, M16, M19, M34, section 2): upload, plot, follow-up, edit, next day."""
import zlib

import pytest

from harness.librechat import OldLibreChat, age_of
from harness.shapes import UNKNOWN_ID, names

SALES = b"month,sales\n1,10\n2,14\n3,9\n4,21\n"
PNG = b"\x89PNG\r\n\x1a\n"

PLOT = """
import pandas as pd, matplotlib.pyplot as plt
df = pd.read_csv("sales.csv")
df.plot(x="month", y="sales")
plt.savefig("{name}")
print(int(df.sales.sum()))
"""


@pytest.fixture
def chat(server):
    return OldLibreChat(server.old(), "user-old-1")


def test_m14_a_conversation_of_upload_plot_and_follow_up(chat):
    chat.attach("sales.csv", SALES)
    chat.begin_turn()
    first = chat.run("py", PLOT.format(name="plot.png"))
    assert (first["stdout"], names(first)) == ("54\n", ["plot.png"])
    assert chat.shown[-1][0] == "plot.png" and chat.shown[-1][1].startswith(PNG)

    # The second call of the turn names the plot alone; the upload must be there all the same.
    second = chat.run("py", PLOT.format(name="plot2.png").replace("plot(x", "plot.bar(x") + "import os; print(sorted(os.listdir('.')))")
    assert second["stdout"] == "54\n['plot.png', 'plot2.png', 'sales.csv']\n"
    assert names(second) == ["plot2.png"]

    # The next turn names everything that was ever uploaded or shown.
    chat.begin_turn()
    assert sorted(item["name"] for item in chat.injected) == ["plot.png", "plot2.png", "sales.csv"]
    third = chat.run("bash", "wc -c < plot.png; ls")
    assert third["stdout"].split() == [str(len(chat.bytes["plot.png"])), "plot.png", "plot2.png", "sales.csv"]
    assert third["files"] == []
    assert chat.uploads == 1 and len(set(chat.sessions)) == 1


def test_m14_a_conversation_that_edits_its_csv_sees_the_newest_version_from_then_on(chat):
    chat.attach("sales.csv", SALES)
    chat.begin_turn()
    edited = chat.run("py", "open('sales.csv', 'a').write('5,30\\n')")
    assert names(edited) == ["sales.csv"] and chat.shown[-1] == ("sales.csv", SALES + b"5,30\n")
    assert chat.run("bash", "tail -n 1 sales.csv")["stdout"] == "5,30\n"
    chat.begin_turn()
    assert chat.run("bash", "tail -n 1 sales.csv; printf '6,31\\n' >> sales.csv")["stdout"] == "5,30\n"
    chat.begin_turn()
    result = chat.run("bash", "cat sales.csv")
    assert (result["stdout"].encode(), result["inputs_missing"]) == (SALES + b"5,30\n6,31\n", [])
    assert chat.uploads == 1


def test_m14_a_second_file_of_the_same_name_replaces_the_first(chat):
    chat.attach("data.csv", b"first\n")
    chat.begin_turn()
    assert chat.run("bash", "cat data.csv; echo 1 > one.txt")["stdout"] == "first\n"
    chat.attach("data.csv", b"second\n")
    chat.begin_turn()
    assert chat.run("bash", "cat data.csv one.txt")["stdout"] == "second\n1\n"
    # Also without being named: it was linked later than the first was uploaded.
    chat.run("bash", "echo 2 > two.txt")
    assert chat.run("bash", "cat data.csv one.txt two.txt")["stdout"] == "second\n1\n2\n"


def test_m14_the_full_listing_carries_a_conversation_on(chat):
    chat.attach("deep/notes.tar.gz", b"not really\n")
    chat.attach("数据 1.csv", "ä,ö\n".encode())
    chat.begin_turn()
    first = chat.run("bash", "cat 'deep/notes.tar.gz' '数据 1.csv' > both; mkdir -p out; echo x > 'out/résumé final.txt'")
    chat.list_into_next_call(first["session_id"])
    second = chat.run("bash", "cat both 'out/résumé final.txt'; find . -type f | sort")
    assert second["inputs_missing"] == []
    assert second["stdout"] == "not really\nä,ö\nx\n./both\n./deep/notes.tar.gz\n./out/résumé final.txt\n./数据 1.csv\n"


def test_m14_a_file_that_is_gone_is_uploaded_again_and_only_that(server, chat):
    chat.attach("stays.txt", b"stays")
    chat.attach("goes.txt", b"goes")
    chat.begin_turn()
    chat.run("bash", "cat stays.txt goes.txt")
    assert chat.uploads == 2
    session, file = chat.identifiers["goes.txt"]
    assert server.old().delete(f"/files/{session}/{file}").status_code == 200
    chat.begin_turn()
    assert chat.uploads == 3
    assert chat.run("bash", "cat stays.txt goes.txt")["stdout"] == "staysgoes"


def test_m34_no_turn_uploads_a_live_file_again(chat):
    for number in range(4):
        chat.attach(f"{number}.txt", b"%d" % number)
    for _ in range(4):
        chat.begin_turn()
        assert chat.run("bash", "cat *.txt")["stdout"] == "0123"
    assert chat.uploads == 4


def test_m34_every_listed_file_is_young(server, chat):
    chat.attach("a.txt", b"a")
    chat.begin_turn()
    result = chat.run("bash", "echo b > b.txt")
    listed = server.old().files(result["session_id"], detail="summary")
    assert len(listed) == 2 and all(age_of(item["lastModified"]).total_seconds() < 3600 for item in listed)


def test_m8_an_agents_file_serves_two_users_in_two_conversations(server):
    first, second = (OldLibreChat(server.old(), f"user-of-agent-{n}", entity="agent_conversation") for n in (1, 2))
    first.attach("knowledge.txt", b"shared knowledge")
    second.identifiers, second.bytes = dict(first.identifiers), dict(first.bytes)
    for number, chat in enumerate((first, second)):
        chat.begin_turn()
        assert chat.run("bash", f"cat knowledge.txt; echo {number} > private.txt")["stdout"] == "shared knowledge"
    for number, chat in enumerate((first, second)):
        chat.begin_turn()
        assert chat.run("bash", "cat private.txt knowledge.txt")["stdout"] == f"{number}\nshared knowledge"
        assert chat.uploads == (1 if chat is first else 0)
    assert not set(first.sessions) & set(second.sessions)
    upload_session = first.identifiers["knowledge.txt"][0]
    assert upload_session not in first.sessions + second.sessions


def test_trap8_a_conversation_with_a_dead_reference_goes_on(chat):
    chat.attach("a.txt", b"a")
    chat.begin_turn()
    chat.injected.insert(0, {"id": UNKNOWN_ID, "session_id": UNKNOWN_ID, "name": "dead.txt"})
    result = chat.run("bash", "cat a.txt; ls")
    assert result["stdout"] == "aa.txt\n"
    assert result["inputs_missing"] == [{"id": UNKNOWN_ID, "name": "dead.txt"}]
    assert result["session_id"] == chat.identifiers["a.txt"][0]


def test_m14_a_conversation_goes_on_at_another_replica(server, replica, chat):
    chat.attach("a.txt", b"a")
    chat.begin_turn()
    chat.run("bash", "echo b > b.txt")
    chat.move_to(replica.old())
    chat.begin_turn()
    assert chat.run("bash", "cat a.txt b.txt; echo c > c.txt")["stdout"] == "ab\n"
    chat.move_to(server.old())
    chat.begin_turn()
    assert chat.run("bash", "cat a.txt b.txt c.txt")["stdout"] == "ab\nc\n"
    assert chat.uploads == 1 and len(set(chat.sessions)) == 1


def test_m14_files_of_every_kind_come_back_byte_for_byte(chat):
    binary = bytes(range(256)) * 40
    contents = {"empty": b"", "noext": b"\0", "archive.tar.gz": zlib.compress(binary), "a b/c d.bin": binary, "emoji 😀.txt": "😀\r\n".encode()}
    for name, content in contents.items():
        chat.attach(name, content)
    chat.begin_turn()
    result = chat.run("py", "import os\nfor root, _, files in list(os.walk('.')):\n  for f in files:\n"
                            "    p = os.path.join(root, f); d = open(p, 'rb').read(); open(p + '.copy', 'wb').write(d)\n")
    assert sorted(names(result)) == sorted(name + ".copy" for name in contents)
    assert dict(chat.shown) == {name + ".copy": content for name, content in contents.items()}
