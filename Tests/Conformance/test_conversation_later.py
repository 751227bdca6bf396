"""Conversations that go on the day after (M34, section 7.7): nothing is uploaded again that is still there, and what has
expired is. Both the server's and the client's clock are 25 hours on."""
from datetime import datetime, timedelta, timezone

import pytest

from harness.librechat import NewLibreChat, OldLibreChat
from harness.server import Server


def tomorrow():
    return datetime.now(timezone.utc) + timedelta(hours=25)


class Day:
    """Three conversations of one day: of either dialect, and with a skill."""

    def __init__(self, server):
        self.old, self.new = OldLibreChat(server.old(), "user-day-1"), NewLibreChat(server.new(), "user-day-2")
        for chat in (self.old, self.new):
            chat.attach("data.csv", b"a,b\n1,2\n")
        self.new.attach_skill("skill_day", 3, [("day/SKILL.md", b"# Day\n")])
        for chat in (self.old, self.new):
            chat.begin_turn()
        self.old.run("bash", "wc -l < data.csv > lines.txt; echo 3,4 >> data.csv")
        self.new.run("wc -l < data.csv > lines.txt; echo 3,4 >> data.csv; cat day/SKILL.md")
        self.uploads = (self.old.uploads, self.new.uploads)
        self.sessions = (self.old.sessions[-1], self.new.sessions[-1])


def day_after(**settings):
    server = Server(settings)
    try:
        server.start().wait_ready()
        server.day = Day(server)
        server.restart_at("+25h")
        for chat in (server.day.old, server.day.new):
            chat.clock = tomorrow
        yield server
    finally:
        server.stop()
        server.remove()


@pytest.fixture(scope="module")
def keeping():
    yield from day_after()


@pytest.fixture(scope="module")
def forgetting():
    yield from day_after(SESSION_TTL_HOURS="24")


def test_m34_the_old_client_uploads_nothing_again_and_goes_on_in_its_session(keeping):
    day = keeping.day
    day.old.begin_turn()
    assert day.old.uploads == day.uploads[0]
    assert day.old.run("bash", "cat lines.txt data.csv")["stdout"] == "2\na,b\n1,2\n3,4\n"
    assert day.old.sessions[-1] == day.sessions[0]


def test_m34_the_new_client_uploads_nothing_again_and_goes_on_in_its_session(keeping):
    day = keeping.day
    day.new.begin_turn()
    assert day.new.uploads == day.uploads[1]
    assert day.new.run("cat lines.txt data.csv day/SKILL.md")["stdout"] == "2\na,b\n1,2\n3,4\n# Day\n"
    assert day.new.sessions[-1] == day.sessions[1]


def test_m34_what_has_expired_is_uploaded_again_by_the_old_client(forgetting):
    day = forgetting.day
    day.old.begin_turn()
    assert day.old.uploads == day.uploads[0] + 2, "the upload in its newest version, and the output"
    assert day.old.run("bash", "cat lines.txt data.csv")["stdout"] == "2\na,b\n1,2\n3,4\n"
    assert day.old.sessions[-1] != day.sessions[0]


def test_m34_what_has_expired_is_uploaded_again_by_the_new_client(forgetting):
    day = forgetting.day
    day.new.begin_turn()
    assert day.new.uploads == day.uploads[1] + 3, "the upload in its newest version, the output, and the skill"
    assert day.new.run("cat lines.txt data.csv day/SKILL.md")["stdout"] == "2\na,b\n1,2\n3,4\n# Day\n"
    assert day.new.sessions[-1] != day.sessions[1]
    day.new.begin_turn()
    assert day.new.run("cat lines.txt")["stdout"] == "2\n"
    assert day.new.uploads == day.uploads[1] + 3
