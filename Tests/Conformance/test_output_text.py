"""M22, M23, M24: the text of stdout and stderr, to the character."""
import pytest

from harness.fixtures import limited
from harness.shapes import last_line

NOTICE = "\n[Output truncated - size limit exceeded]"

small_reads_server = limited({"FILE_READ_MAX_CHARS": "1000", "MAX_OUTPUT_CHARS": "100", "MAX_OUTPUT_BYTES": "5000"})


def printed(old, data, lang="bash", stream=1):
    """Runs a program of the language that writes exactly these bytes."""
    if lang == "bash":
        octal = "".join(f"\\{byte:03o}" for byte in data)
        return old.exec("bash", f"printf '{octal}' >&{stream}")
    if lang == "js":
        return old.exec("js", f"require('fs').writeSync({stream}, Buffer.from('{data.hex()}', 'hex'))")
    return old.exec("py", f"import os\nos.write({stream}, bytes.fromhex('{data.hex()}'))")


VERBATIM = [b"a\0b", b"\0", b"\x1b[31mred\x1b[0m", b"no newline", b"  spaces  ", b"\n\n", b" ", b"\ttab\r\n", b"\x07\x08\x7f", bytes(range(1, 128)),
            "é😀\u200b\ufeff".encode(), b"\x1b]0;title\x07x"]


@pytest.mark.parametrize("data", VERBATIM)
def test_m22_bash_output_is_verbatim(old, data):
    assert printed(old, data)["stdout"] == data.decode()


@pytest.mark.parametrize("data", VERBATIM)
def test_m22_bash_error_output_is_verbatim(old, data):
    assert printed(old, data, stream=2)["stderr"] == data.decode()


INVALID = [(b"\xff\xfe", "\ufffd\ufffd"), (b"a\xe2\x82", "a\ufffd"), (b"\xe2\x82b", "\ufffdb"), (b"\xf0\x9f\x98", "\ufffd"), (b"\xc0\xaf", "\ufffd\ufffd"),
           (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"), (b"\xe2\x28\xa1", "\ufffd(\ufffd"), (b"\xf4\x90\x80\x80", "\ufffd" * 4), (b"\x80x", "\ufffdx"), (b"ok\xc3", "ok\ufffd")]


@pytest.mark.parametrize("data, text", INVALID)
def test_m22_invalid_utf8_becomes_the_replacement_character(old, data, text):
    assert printed(old, data)["stdout"] == text
    assert printed(old, data, lang="py")["stdout"] == text + "\n"


CLEANED = [(b"a\0b", "ab\n"), (b"\x1b[31mred\x1b[0m", "red\n"), (b"\x1b]0;title\x07x", "x\n"), (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link\n"),
           (b"a\x07\x08\x7fb", "ab\n"), (b"tab\tcr\r\n", "tab\tcr\r\n"), (b"line", "line\n"), (b"line\n", "line\n"), (b"line\n\n", "line\n\n"), (b"  x", "  x\n"),
           (b"", ""), (b" ", ""), (b" \n\t\n", ""), ("é😀".encode(), "é😀\n"), (b"\x1b[2J\x1b[1;1Hx", "x\n")]


@pytest.mark.parametrize("data, text", CLEANED)
@pytest.mark.parametrize("lang", ["py", "js"])
def test_m22_other_languages_are_cleaned_and_end_their_line(old, lang, data, text):
    assert printed(old, data, lang)["stdout"] == text


def test_m22_error_output_of_other_languages_is_cleaned_but_gets_no_newline(old):
    assert printed(old, b"\x1b[31ma\0b\x1b[0m", "py", stream=2)["stderr"] == "ab"
    assert printed(old, b" \n ", "py", stream=2)["stderr"] == ""


def test_m22_c_output_ends_its_line(old):
    assert old.exec("c", '#include <stdio.h>\nint main(void) { printf("%d", 42); return 0; }')["stdout"] == "42\n"


def test_m22_the_two_streams_stay_apart(old):
    result = old.exec("bash", "printf out; printf err >&2")
    assert (result["stdout"], result["stderr"]) == ("out", "err")


def test_m23_seventy_thousand_characters_are_cut_and_kept_whole_in_the_ledger(old):
    result = old.exec("bash", "head -c 70000 /dev/zero | tr '\\0' x")
    assert result["stdout"] == "x" * 65536 + NOTICE
    assert result["status"] == "OL"
    assert result["truncation"]["stdout"] == {"truncated": True, "total_bytes": 70000, "kept_bytes": 70000}
    stored = old.get(f"/v1/executions/{result['execution_id']}/stdout")
    assert (stored.status_code, stored.headers["Content-Type"], stored.headers["Content-Length"]) == (200, "text/plain; charset=utf-8", "70000")
    assert stored.headers["X-Output-Total-Bytes"] == "70000"
    assert stored.content == b"x" * 70000


def test_m23_stderr_is_cut_alike_without_touching_the_status(old):
    result = old.exec("bash", "head -c 70000 /dev/zero | tr '\\0' e >&2")
    assert result["stderr"] == "e" * 65536 + NOTICE
    assert (result["status"], result["truncation"]["stderr"]["truncated"], result["truncation"]["stdout"]["truncated"]) == (None, True, False)
    assert old.get(f"/v1/executions/{result['execution_id']}/stderr").content == b"e" * 70000


@pytest.mark.parametrize("character", ["é", "€", "😀", "e\u0301"])
def test_m23_characters_are_counted_and_never_split(old, character):
    count = 70000 // len(character)
    result = old.exec("py", f"print({character!r} * {count}, end='')")
    assert result["stdout"] == (character * count)[:65536] + NOTICE
    assert "\ufffd" not in result["stdout"]


def test_m23_exactly_the_limit_passes_whole(old):
    result = old.exec("bash", "head -c 65536 /dev/zero | tr '\\0' x")
    assert (result["stdout"], result["status"]) == ("x" * 65536, None)


def test_m23_one_line_of_45000_characters_passes_whole(old):
    for lang, code in (("bash", "head -c 45000 /dev/zero | tr '\\0' x; echo"), ("py", "print('x' * 45000)"), ("js", "console.log('x'.repeat(45000))")):
        result = old.exec(lang, code)
        assert (result["stdout"], result["status"]) == ("x" * 45000 + "\n", None), lang


def test_m23_a_print_of_megabytes_is_cut_but_kept(old):
    result = old.exec("py", "import sys\nfor i in range(300000): sys.stdout.write(f'{i:09d}\\n')")
    whole = "".join(f"{i:09d}\n" for i in range(300000))
    assert result["stdout"] == whole[:65536] + NOTICE
    assert old.get(f"/v1/executions/{result['execution_id']}/stdout").text == whole


def test_m23_bytes_beyond_what_is_kept_are_counted(small_reads_server):
    client = small_reads_server.old()
    result = client.exec("bash", "head -c 12345 /dev/zero | tr '\\0' x")
    assert result["truncation"]["stdout"] == {"truncated": True, "total_bytes": 12345, "kept_bytes": 5000}
    stored = client.get(f"/v1/executions/{result['execution_id']}/stdout")
    assert (len(stored.content), stored.headers["X-Output-Total-Bytes"], stored.headers["X-Output-Truncated"]) == (5000, "12345", "true")


def test_m23_the_ledger_keeps_raw_bytes(old):
    result = printed(old, b"a\0\xff\x1b[31m", "py")
    assert old.get(f"/v1/executions/{result['execution_id']}/stdout").content == b"a\0\xff\x1b[31m"


def test_m23_a_range_of_the_kept_output_can_be_fetched(old):
    result = old.exec("bash", "printf 0123456789")
    response = old.get(f"/v1/executions/{result['execution_id']}/stdout", headers={"Range": "bytes=2-4"})
    assert (response.status_code, response.content, response.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")


def test_m23_a_short_output_is_said_to_be_whole(old):
    result = old.exec("bash", "printf abc")
    response = old.get(f"/v1/executions/{result['execution_id']}/stdout")
    assert (response.content, response.headers["X-Output-Truncated"]) == (b"abc", "false")


def test_m23_a_silent_run_has_an_empty_stored_output(old):
    result = old.exec("bash", "true")
    for stream in ("stdout", "stderr"):
        response = old.get(f"/v1/executions/{result['execution_id']}/{stream}")
        assert (response.status_code, response.content) == (200, b""), stream


@pytest.mark.parametrize("name, text", [("plain.txt", "x" * 1048576), ("it's.txt", "y" * 300000), ("wide.txt", "€" * 600000), ("dir with space/a.txt", "z" * 70000)])
def test_m24_cat_reads_a_file_whole_up_to_the_limit(old, name, text):
    upload = old.upload((name, text.encode()))
    quoted = name.replace("'", "'\\''")
    result = old.exec("bash", f"cat '/mnt/data/{quoted}'", files=[old.ref(upload)])
    assert (len(result["stdout"]), result["stdout"] == text, result["status"], result["stderr"]) == (len(text), True, None, "")


def test_m24_cat_of_a_larger_file_fails_rather_than_cut_it(old):
    upload = old.upload(("big.txt", b"x" * 1048577))
    result = old.exec("bash", " cat 'big.txt'\n", files=[old.ref(upload)])
    assert (result["stdout"], result["status"]) == ("", None)
    assert result["stderr"].rstrip("\n") == "[Output truncated - size limit exceeded] file has 1048577 bytes, read it in parts"


def test_m24_any_other_command_is_cut_at_the_ordinary_limit(old):
    upload = old.upload(("big.txt", b"x" * 100000))
    for code in ("cat big.txt", "cat 'big.txt' | cat", "cat -- 'big.txt'", "cat 'big.txt'; true", 'cat "big.txt"'):
        result = old.exec("bash", code, files=[old.ref(upload)])
        assert (result["stdout"], result["status"]) == ("x" * 65536 + NOTICE, "OL"), code


def test_m24_the_limit_of_reads_can_be_set(small_reads_server):
    client = small_reads_server.old()
    upload = client.upload(("fits.txt", b"x" * 1000), ("large.txt", b"x" * 1001))
    files = [client.ref(upload, 0), client.ref(upload, 1)]
    assert client.exec("bash", "cat 'fits.txt'", files=files)["stdout"] == "x" * 1000
    assert client.exec("bash", "cat 'large.txt'", files=files)["stdout"] == ""


def test_m24_cat_of_a_missing_file_says_so_in_english(old):
    result = old.exec("bash", "cat '/mnt/data/missing.txt'")
    assert "No such file or directory" in last_line(result["stderr"]) and result["exit_code"] == 1


def test_m24_cat_of_a_binary_file_keeps_its_nul(old):
    upload = old.upload(("a.bin", b"\x89PNG\r\n\0\0end"))
    assert old.exec("bash", "cat 'a.bin'", files=[old.ref(upload)])["stdout"] == "\ufffdPNG\r\n\0\0end"


def test_trap9_a_file_read_and_written_back_is_unchanged(old):
    content = "  line\r\n\ttab\x0c\x1b[0m\n\nno newline at the end "
    upload = old.upload(("a.txt", content.encode()))
    read = old.exec("bash", "cat '/mnt/data/a.txt'", files=[old.ref(upload)])["stdout"]
    assert read == content
