"""`runledger verify`: silent on a sound log, loud and exact on a forged one."""
import os
import re
import subprocess

import pytest

from harness.database import Psql
from harness.ledger import finished, of_type
from harness.server import Server, binary, inherited_environment


@pytest.fixture(scope="module")
def server():
    running = Server().start()
    try:
        running.wait_ready()
        client = running.old()
        for number in range(5):
            upload = client.upload((f"{number}.txt", b"%d" % number))
            client.exec("bash", f"cat {number}.txt > out.txt; exit {number}", files=[client.ref(upload)])
        yield running
    finally:
        running.stop()
        running.remove()


@pytest.fixture(scope="module")
def psql(server):
    return Psql(server)


@pytest.fixture
def forged(server, psql):
    """Changes rows as a superuser; the rows are as before when the test ends."""
    psql.forge(f"create table public.before_forgery as table {psql.event};")
    try:
        yield psql.forge
    finally:
        psql.forge(f"delete from {psql.event}; insert into {psql.event} select * from public.before_forgery; drop table public.before_forgery;")


def verify(server):
    result = subprocess.run([binary(), "verify"], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
                            env={**inherited_environment(), "DATABASE_URL": server.database_url, "PATH": os.environ["PATH"]})
    return result.returncode, result.stdout + result.stderr


def assert_names(report, *positions):
    numbers = {int(number) for number in re.findall(r"(?<![\w.])\d+(?![\w.])", report)}
    assert numbers & set(positions), f"none of the positions {positions} is named in:\n{report}"


def events_of_two_sessions(server):
    client = server.old()
    return [client.events(session["session_id"]) for session in client.sessions()[:2]]


def test_verify_of_a_sound_log_succeeds(server):
    code, report = verify(server)
    assert code == 0, report


def test_verify_does_not_change_the_log(server):
    before = events_of_two_sessions(server)
    verify(server)
    assert events_of_two_sessions(server) == before


@pytest.mark.parametrize("kind", ["session.created", "file.uploaded", "execution.requested", "execution.finished", "file.written"])
def test_verify_names_the_position_of_a_changed_byte(server, psql, forged, kind):
    position = of_type(events_of_two_sessions(server)[0], kind)[0]["position"]
    forged(f"""update {psql.event} set data = overlay(data placing case when substr(data, length(data) / 2, 1) = 'a' then 'b' else 'a' end
               from length(data) / 2 for 1) where position = {position};""")
    code, report = verify(server)
    assert code != 0, report
    assert_names(report, position)


def test_verify_names_the_position_of_a_deleted_row(server, psql, forged):
    events = events_of_two_sessions(server)[1]
    position = events[len(events) // 2]["position"]
    forged(f"delete from {psql.event} where position = {position};")
    code, report = verify(server)
    assert code != 0, report
    assert_names(report, position, position + 1, events[len(events) // 2 + 1]["position"])


@pytest.mark.parametrize("columns", ["data", "data, salt", "data, salt, data_commitment", "data, salt, data_commitment, hash"])
def test_verify_names_the_positions_of_two_rows_whose_contents_were_swapped(server, psql, forged, columns):
    one, two = (finished(events)[0]["position"] for events in events_of_two_sessions(server))
    assignments = ", ".join(f"{column} = other.{column}" for column in columns.split(", "))
    forged(f"""update {psql.event} as event set {assignments} from public.before_forgery as other
               where (event.position, other.position) in (({one}, {two}), ({two}, {one}));""")
    code, report = verify(server)
    assert code != 0, report
    assert_names(report, one, two)


@pytest.mark.parametrize("column, value", [
    ("type", "'execution.replayed'"), ("time", "time + interval '1 millisecond'"), ("version", "version + 1000000"),
    ("prev_hash", "sha256('forged')"), ("hash", "sha256('forged')"), ("data_commitment", "sha256('forged')"), ("salt", "sha256('forged')")])
def test_verify_names_the_position_of_a_changed_envelope(server, psql, forged, column, value):
    position = finished(events_of_two_sessions(server)[0])[0]["position"]
    kind = psql.one(f"select format_type(atttypid, atttypmod) from pg_attribute where attrelid = '{psql.event}'::regclass and attname = '{column}'")
    if "sha256" in value and kind == "text":
        value = f"encode({value}, 'hex')"
    if column == "time" and kind == "text":
        value = "overlay(time placing case when substr(time, 22, 1) = '5' then '6' else '5' end from 22 for 1)"
    if column == "time" and kind == "bigint":
        value = "time + 1"
    forged(f"update {psql.event} set {column} = {value} where position = {position};")
    code, report = verify(server)
    assert code != 0, report
    assert_names(report, position)


def test_verify_is_content_again_when_the_rows_are_as_they_were(server):
    code, report = verify(server)
    assert code == 0, report


def test_verify_without_a_database_fails_in_plain_words():
    result = subprocess.run([binary(), "verify"], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
                            env={**inherited_environment(), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})
    assert result.returncode != 0
    report = result.stdout + result.stderr
    assert report.strip() and "Fatal error" not in report, report
