"""M19, M20: what a run leaves, and that it is there at once, everywhere."""
import hashlib

import pytest

from harness.client import body_of
from harness.fixtures import limited
from harness.shapes import file_named, names
from harness.waiting import in_parallel

narrow_server = limited({"MAX_OUTPUT_FILES": "5", "MAX_FILE_SIZE_MB": "1", "MAX_TOTAL_FILE_SIZE_MB": "3"})


@pytest.mark.parametrize("name", ["a.csv", "a.exe", "a.dll", "a.html", "a.php", "a.tar.gz", "a", "Makefile", "a.unknown-extension", "a.PY", "a.so"])
def test_m19_any_extension_and_none_is_collected(old, name):
    result = old.exec("bash", 'printf abc > "$1"', args=[name])
    assert names(result) == [name]
    assert old.content_of(result["files"][0]) == b"abc"


def test_m19_an_empty_file_is_collected(old):
    result = old.exec("bash", ": > empty.txt")
    assert names(result) == ["empty.txt"]
    assert (result["files"][0]["size"], old.content_of(result["files"][0])) == (0, b"")


def test_m19_binary_content_is_collected_unchanged(old):
    result = old.exec("py", "open('all.bin', 'wb').write(bytes(range(256)) * 100)")
    assert old.content_of(result["files"][0]) == bytes(range(256)) * 100


def test_m19_sub_directories_are_walked(old):
    result = old.exec("bash", "mkdir -p a/b/c && for d in . a a/b a/b/c; do echo x > $d/f.txt; done")
    assert names(result) == ["a/b/c/f.txt", "a/b/f.txt", "a/f.txt", "f.txt"]


def test_m19_absolute_paths_reach_the_same_directory(old):
    assert names(old.exec("bash", "cd /tmp; echo x > /mnt/data/a.txt")) == ["a.txt"]


def test_m19_files_outside_the_data_directory_are_not_collected(old):
    assert names(old.exec("bash", 'echo x > /tmp/a.txt; mkdir /tmp/d; echo y > /tmp/d/b.txt')) == []


def test_m19_an_unchanged_rewrite_is_not_reported(old):
    upload = old.upload(("a.txt", b"same"))
    result = old.exec("bash", "printf same > tmp && mv tmp a.txt && touch -d 2001-01-01 a.txt", files=[old.ref(upload)])
    assert result["files"] == []


def test_m19_a_sticky_file_rewritten_with_its_bytes_is_reported_with_its_id(old):
    first = old.exec("bash", "printf same > a.txt")
    again = old.exec("bash", "printf same > a.txt", session_id=first["session_id"])
    assert [(file["name"], file["id"], file.get("inherited")) for file in again["files"]] == [("a.txt", first["files"][0]["id"], None)]


def test_trap12_a_change_that_keeps_size_and_time_is_seen(old):
    upload = old.upload(("a.txt", b"aaaa"))
    code = "import os\ns = os.stat('a.txt')\nopen('a.txt', 'w').write('bbbb')\nos.utime('a.txt', ns=(s.st_atime_ns, s.st_mtime_ns))"
    result = old.exec("py", code, files=[old.ref(upload)])
    assert names(result) == ["a.txt"]
    assert old.content_of(result["files"][0]) == b"bbbb"


def test_trap12_outputs_are_found_although_the_code_never_names_them(old):
    assert names(old.exec("py", "open(''.join(map(chr, [111, 46, 116])), 'w').write('x')")) == ["o.t"]


@pytest.mark.parametrize("make", [
    "echo x > .hidden", "mkdir .git && echo x > .git/config", "mkdir -p a/.cache && echo x > a/.cache/f", "mkdir __pycache__ && echo x > __pycache__/m.pyc",
    "mkdir -p a/__pycache__ && echo x > a/__pycache__/m.pyc", "mkdir -p node_modules/p && echo x > node_modules/p/index.js", "mkdir -p venv/lib && echo x > venv/lib/f",
    "mkdir -p lib/site-packages && echo x > lib/site-packages/f", "mkdir empty", "ln -s /etc/passwd link", "ln -s keep.txt link", "ln -s /etc dirlink", "mkfifo pipe"])
def test_m19_what_is_no_result_is_never_reported(old, make):
    result = old.exec("bash", f"echo keep > keep.txt; {make}")
    assert names(result) == ["keep.txt"], result["stderr"]
    assert result["files_skipped"] == []


def test_m19_a_unix_socket_is_never_reported(old):
    assert names(old.exec("py", "import socket\nsocket.socket(socket.AF_UNIX).bind('s')\nopen('a.txt', 'w').write('x')")) == ["a.txt"]


def test_m19_a_mounted_hidden_file_is_reported_when_changed(old):
    upload = old.upload((".env", b"A=1"))
    result = old.exec("bash", "printf A=2 > .env; printf x > .other", files=[old.ref(upload)])
    assert names(result) == [".env"]


@pytest.mark.parametrize("lang, code", [("py", "print(1)"), ("js", "console.log(1)"), ("c", "int main(void) { return 0; }"), ("bash", "true")])
def test_m19_the_entry_script_and_what_was_built_from_it_are_never_reported(old, lang, code):
    assert old.exec(lang, code)["files"] == []


def test_m19_hard_links_are_separate_files(old):
    result = old.exec("bash", "echo x > a.txt; ln a.txt b.txt")
    assert names(result) == ["a.txt", "b.txt"]
    assert [old.content_of(file) for file in result["files"]] == [b"x\n", b"x\n"]


def test_m19_a_file_that_grows_and_is_truncated_is_collected_as_it_ended(old):
    result = old.exec("bash", "head -c 1000000 /dev/zero > a.bin; printf end > a.bin")
    assert old.content_of(file_named(result, "a.bin")) == b"end"


def test_m19_an_unreadable_file_is_collected_or_named(old):
    result = old.exec("bash", "echo x > a.txt; chmod 000 a.txt; echo y > b.txt; mkdir d; echo z > d/c.txt; chmod 000 d")
    found = {file["name"] for file in result["files"]} | {file["name"] for file in result["files_skipped"]}
    assert {"a.txt", "b.txt"} <= found, result


def test_m19_outputs_of_failed_runs_are_kept(old):
    result = old.exec("bash", "echo x > a.txt; exit 3")
    assert (names(result), result["exit_code"]) == (["a.txt"], 3)
    assert old.content_of(result["files"][0]) == b"x\n"


def test_m19_outputs_of_runs_over_their_time_are_kept(old):
    result = old.exec("bash", "echo x > a.txt; sleep 30", timeout=1000)
    assert (names(result), result["exit_code"]) == (["a.txt"], 124)
    assert old.content_of(result["files"][0]) == b"x\n"


def test_m19_outputs_beyond_the_limit_are_named_as_skipped(narrow_server):
    client = narrow_server.old()
    result = client.exec("bash", "for i in 1 2 3 4 5 6 7; do echo $i > $i.txt; done")
    assert len(result["files"]) == 5
    assert sorted(names(result) + [skipped["name"] for skipped in result["files_skipped"]]) == [f"{i}.txt" for i in range(1, 8)]
    assert {skipped["reason"] for skipped in result["files_skipped"]} == {"too_many"}


def test_m19_an_output_over_the_size_limit_is_named_as_skipped(narrow_server):
    result = narrow_server.old().exec("bash", "head -c 1500000 /dev/zero > large.bin; echo x > small.txt")
    assert names(result) == ["small.txt"]
    assert result["files_skipped"] == [{"name": "large.bin", "size": 1500000, "reason": "too_large"}]


def test_m19_an_output_over_the_sessions_total_is_named_as_skipped(narrow_server):
    client = narrow_server.old()
    result = client.exec("bash", "for i in 1 2 3 4; do head -c 900000 /dev/urandom > $i.bin; done")
    assert [skipped["reason"] for skipped in result["files_skipped"]] == ["session_total"], result["files_skipped"]
    assert len(result["files"]) == 3


def test_m20_a_written_file_downloads_at_once_from_another_replica(old, replica):
    elsewhere = old.at(replica)
    for number in range(10):
        result = old.exec("bash", f"seq {number}00000 {number}00999 > n.txt")
        expected = "".join(f"{n}\n" for n in range(number * 100000, number * 100000 + 1000)).encode()
        file = result["files"][0]
        response = elsewhere.try_download(file["session_id"], file["id"])
        assert response.status_code == 200, response.text
        assert (response.headers["Content-Length"], response.content) == (str(len(expected)), expected)


def test_m20_downloads_are_repeatable_and_parallel_on_both_replicas(old, replica):
    result = old.exec("py", "open('big.bin', 'wb').write(bytes(i * i % 251 for i in range(3_000_000)))")
    file, expected = result["files"][0], bytes(i * i % 251 for i in range(3_000_000))
    answers = in_parallel(lambda client: client.content_of(file), [old, old.at(replica)] * 8)
    assert [answer == expected for answer in answers] == [True] * 16


def test_m20_lists_probes_and_runs_agree_on_both_replicas(old, replica):
    elsewhere = old.at(replica)
    first = old.exec("bash", "echo 1 > a.txt")
    second = elsewhere.exec("bash", "cat a.txt; echo 2 > b.txt", session_id=first["session_id"])
    assert (second["stdout"], second["session_id"]) == ("1\n", first["session_id"])
    third = old.exec("bash", "cat a.txt b.txt", session_id=first["session_id"])
    assert third["stdout"] == "1\n2\n"
    ids = [[file["id"] for file in client.files(first["session_id"])] for client in (old, elsewhere)]
    assert ids[0] == ids[1] == [first["files"][0]["id"], second["files"][0]["id"]]


def test_m20_an_upload_at_one_replica_runs_at_the_other(old, replica):
    upload = old.upload(("a.txt", b"abc"))
    assert old.at(replica).exec("bash", "cat a.txt", files=[old.ref(upload)])["stdout"] == "abc"


def test_m20_a_download_has_its_headers(old):
    content = b"a,b\n1,2\n"
    upload = old.upload(("data.csv", content))
    response = old.get(f"/download/{upload['session_id']}/{upload['files'][0]['fileId']}", headers={"Accept-Encoding": "gzip, br"})
    digest = hashlib.sha256(content).hexdigest()
    expected = {"Content-Type": "text/csv", "Content-Length": "8", "ETag": f'"{digest}"', "Cache-Control": "private, max-age=3600",
                "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Content-Disposition"}
    actual = {name: (response.headers.get(name) or "").split(";")[0] if name == "Content-Type" else response.headers.get(name) for name in expected}
    assert actual == expected
    assert response.headers.get("Content-Encoding") is None and response.content == content


def test_m20_head_tells_the_size_without_the_bytes(old):
    upload = old.upload(("a.txt", b"abc"))
    response = old.request("HEAD", f"/download/{upload['session_id']}/{upload['files'][0]['fileId']}")
    assert (response.status_code, response.headers["Content-Length"], response.content) == (200, "3", b"")


@pytest.mark.parametrize("name, content_type", [("a.png", "image/png"), ("a.json", "application/json"), ("a.unknownext", "application/octet-stream"), ("noext", "application/octet-stream")])
def test_m20_the_content_type_is_guessed_from_the_extension(old, name, content_type):
    result = old.exec("bash", 'printf abc > "$1"', args=[name])
    response = old.try_download(result["session_id"], result["files"][0]["id"])
    assert response.headers["Content-Type"].split(";")[0] == content_type


def test_m20_a_download_takes_the_clients_query(new):
    upload = new.upload(("a.txt", b"abc"))
    response = new.get(f"/download/{upload['session_id']}/{upload['files'][0]['fileId']}", params={"kind": "user", "id": "66aa01", "x": "y"})
    assert response.content == b"abc"


def test_m20_the_preflight_of_a_download_needs_no_credential(server):
    upload = server.old().upload(("a.txt", b"abc"))
    response = server.anonymous().request("OPTIONS", f"/download/{upload['session_id']}/{upload['files'][0]['fileId']}",
                                          headers={"Origin": "https://chat.example", "Access-Control-Request-Method": "GET"})
    expected = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "GET, OPTIONS",
                "Access-Control-Allow-Headers": "x-api-key, authorization, content-type", "Access-Control-Max-Age": "3600"}
    assert (response.status_code, {name: response.headers.get(name) for name in expected}) == (204, expected)


def test_trap7_every_generated_file_is_in_the_response_session_however_many_inputs(new):
    uploads = [new.upload((f"{n}.txt", b"%d" % n)) for n in range(4)]
    result = new.exec("bash", "for f in *.txt; do printf x >> $f; done; echo y > out", files=[new.ref(upload) for upload in uploads])
    assert {(file["session_id"], file["storage_session_id"]) for file in result["files"]} == {(result["session_id"], result["session_id"])}
    assert body_of(new.probe(result["session_id"], file_named(result, "3.txt")["id"]), 200)["size"] == 2
