"""M16: file names with directories, Unicode and every other oddity."""
import unicodedata

import pytest

from harness.client import body_of
from harness.multipart import file_part, file_part_extended
from harness.shapes import file_named, names

NFC, NFD = "é-ü.txt", unicodedata.normalize("NFD", "é-ü.txt")

HEADERS = {
    "数据 1.csv": "attachment; filename=\"___1.csv\"; filename*=UTF-8''%E6%95%B0%E6%8D%AE%201.csv",
    "plain.txt": "attachment; filename=\"plain.txt\"; filename*=UTF-8''plain.txt",
    "dir/sub/base.txt": "attachment; filename=\"base.txt\"; filename*=UTF-8''base.txt",
    "a'b(c)*!~.txt": "attachment; filename=\"a_b_c____.txt\"; filename*=UTF-8''a%27b%28c%29%2A%21~.txt",
    "semi;colon=1%20.txt": "attachment; filename=\"semi_colon_1_20.txt\"; filename*=UTF-8''semi%3Bcolon%3D1%2520.txt",
    "😀": "attachment; filename=\"_\"; filename*=UTF-8''%F0%9F%98%80",
    NFC: "attachment; filename=\"_-_.txt\"; filename*=UTF-8''%C3%A9-%C3%BC.txt",
}

ODD_NAMES = ["a b.txt", "数据 1.csv", "emoji 😀🇫🇷.txt", "no-extension", "two..dots.", "-dash.txt", "quote'.txt", "per%cent%20.txt", "#hash?.txt", "עברית.txt",
             "dir/sub/deep.txt", "目录/子/文件.txt", "a+b&c=d.txt", "[brackets]{braces}.txt", "trailing space .txt", "$HOME.txt", "x" * 251 + ".txt"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_m16_an_uploaded_name_is_kept_listed_mounted_and_downloaded(old, name):
    upload = old.upload((name, b"abc"))
    assert upload["files"][0]["filename"] == name
    session, file = upload["session_id"], upload["files"][0]["fileId"]
    assert [item["filename"] for item in old.files(session)] == [name]
    result = old.exec("bash", 'cat "/mnt/data/$1"', args=[name], files=[old.ref(upload)])
    assert (result["stdout"], result["inputs_missing"]) == ("abc", []), result["stderr"]
    assert old.download(session, file) == b"abc"


@pytest.mark.parametrize("name", ODD_NAMES)
def test_m16_a_written_name_is_reported_listed_and_downloaded(old, name):
    result = old.exec("py", "import os, sys\np = sys.argv[1]\nos.makedirs(os.path.dirname(p) or '.', exist_ok=True)\nopen(p, 'w').write('abc')", args=[name])
    assert names(result) == [name], result["stderr"]
    assert old.content_of(result["files"][0]) == b"abc"
    assert [item["filename"] for item in old.files(result["session_id"])] == [name]


@pytest.mark.parametrize("name", HEADERS)
def test_m16_the_content_disposition_of_a_written_file_is_exact(old, name):
    result = old.exec("py", "import os, sys\np = sys.argv[1]\nos.makedirs(os.path.dirname(p) or '.', exist_ok=True)\nopen(p, 'w').write('abc')", args=[name])
    response = old.try_download(result["session_id"], result["files"][0]["id"])
    assert response.headers["Content-Disposition"] == HEADERS[name]


@pytest.mark.parametrize("name", HEADERS)
def test_m16_the_content_disposition_of_an_upload_is_exact_and_ascii(old, name):
    upload = old.upload((name, b"abc"))
    response = old.try_download(upload["session_id"], upload["files"][0]["fileId"])
    assert response.headers["Content-Disposition"] == HEADERS[name]
    assert all(value.isascii() for value in response.headers.values()), dict(response.headers)


def test_m16_an_nfd_upload_is_echoed_as_sent_and_stored_as_nfc(old):
    upload = old.upload((NFD, b"abc"))
    assert upload["files"][0]["filename"] == NFD
    assert [item["filename"] for item in old.files(upload["session_id"])] == [NFC]
    result = old.exec("bash", "ls; cat *", session_id=upload["session_id"])
    assert result["stdout"] == f"{NFC}\nabc"


def test_m16_an_nfd_output_comes_back_as_nfc(old):
    result = old.exec("py", f"open({NFD!r}, 'w').write('abc')")
    assert names(result) == [NFC]
    again = old.exec("py", f"print(open({NFC!r}).read())", files=[old.item_of_output(result["files"][0])])
    assert again["stdout"] == "abc\n"


def test_m16_an_nfd_mount_name_is_mounted_as_nfc(old):
    upload = old.upload(("stored.txt", b"abc"))
    result = old.exec("bash", "ls", files=[old.item(upload["files"][0]["fileId"], upload["session_id"], NFD)])
    assert result["stdout"] == f"{NFC}\n"


def test_m16_of_two_outputs_equal_after_nfc_the_later_by_bytes_wins(old):
    result = old.exec("py", f"open({NFD!r}, 'w').write('nfd')\nopen({NFC!r}, 'w').write('nfc')")
    assert names(result) == [NFC]
    assert old.content_of(result["files"][0]) == b"nfc"
    assert [skipped["reason"] for skipped in result["files_skipped"]] == ["bad_name"]


def test_m16_nested_inputs_and_outputs_keep_their_directories(old):
    upload = old.upload(("in/deep/a.txt", b"abc"))
    result = old.exec("bash", "mkdir -p out/deep && tr a-z A-Z < in/deep/a.txt > out/deep/b.txt && printf x > in/deep/c.txt", files=[old.ref(upload)])
    assert names(result) == ["in/deep/c.txt", "out/deep/b.txt"]
    assert old.content_of(file_named(result, "out/deep/b.txt")) == b"ABC"
    again = old.exec("bash", "find . -type f | sort", session_id=result["session_id"])
    assert again["stdout"] == "./in/deep/a.txt\n./in/deep/c.txt\n./out/deep/b.txt\n"


def test_m16_control_characters_in_a_written_name_become_underscores(old):
    result = old.exec("py", "open('a\\nb\\x07c\\x7fd\\x85e.txt', 'w').write('x')")
    assert names(result) == ["a_b_c_d_e.txt"]
    assert old.content_of(result["files"][0]) == b"x"


def test_m16_a_name_that_is_not_utf8_does_not_lose_the_other_outputs(old):
    result = old.exec("py", "open(b'bad\\xff.txt', 'wb').write(b'x')\nopen('good.txt', 'w').write('y')")
    assert old.content_of(file_named(result, "good.txt")) == b"y"


@pytest.mark.parametrize("sent, stored", [("dir\\sub\\a.txt", "dir/sub/a.txt"), ("/abs/a.txt", "abs/a.txt"), ("./a.txt", "a.txt"), ("././d/a.txt", "d/a.txt")])
def test_m16_an_upload_name_is_echoed_as_sent_and_cleaned_for_mounting(old, sent, stored):
    upload = body_of(old.upload_parts([file_part_extended("file", sent, b"abc")]), 200)
    assert upload["files"][0]["filename"] == sent
    assert [item["filename"] for item in old.files(upload["session_id"])] == [stored]
    assert old.exec("bash", f"cat {stored}", files=[old.ref(upload)])["stdout"] == "abc"


def test_m16_the_extended_filename_wins_over_the_plain_one(old):
    head = b"Content-Disposition: form-data; name=\"file\"; filename=\"fallback.csv\"; filename*=UTF-8''%E6%95%B0%E6%8D%AE.csv\r\n\r\n"
    upload = body_of(old.upload_parts([[head, b"abc"]]), 200)
    assert upload["files"][0]["filename"] == "数据.csv"


def test_trap14_a_nested_upload_name_is_not_stripped_to_its_base(old):
    upload = body_of(old.upload_parts([file_part("file", "pdf/scripts/x.py", b"1"), file_part("file", "doc/scripts/x.py", b"2")]), 200)
    assert [file["filename"] for file in upload["files"]] == ["pdf/scripts/x.py", "doc/scripts/x.py"]
    assert old.exec("bash", "cat pdf/scripts/x.py doc/scripts/x.py", session_id=upload["session_id"])["stdout"] == "12"
