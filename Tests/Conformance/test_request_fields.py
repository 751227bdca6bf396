"""M11: what POST /exec takes, and what it forgives."""
import json

import pytest

from harness.client import body_of
from harness.shapes import UNKNOWN_ID, last_line

SHOW = {
    "bash": 'for a in "$@"; do printf "[%s]" "$a"; done',
    "py": "import sys\nprint(''.join(f'[{a}]' for a in sys.argv[1:]))",
    "js": "console.log(process.argv.slice(2).map(a => `[${a}]`).join(''))",
    "c": '#include <stdio.h>\nint main(int n, char **a) { for (int i = 1; i < n; i++) printf("[%s]", a[i]); return 0; }',
}

ARGUMENTS = [
    (None, ""), ("", ""), ("   ", ""), ([], ""),
    ("one", "[one]"), ("two words", "[two words]"), ("-v --help", "[-v --help]"), ("été 😀", "[été 😀]"),
    (["a", "b c", "-c", "--", "$HOME", "'\""], "[a][b c][-c][--][$HOME]['\"]"),
    ([1, 2.5, True, None, False, "x", [1, "a"], {"k": [1, None]}], '[1][2.5][true][false][x][[1,"a"]][{"k":[1,null]}]'),
    (["", "after"], "[][after]"),
    (5, "[5]"), (9007199254740993, "[9007199254740993]"), (-0.5, "[-0.5]"), (True, "[true]"), (False, "[false]"),
    ({"a": 1, "b": "ü"}, '[{"a":1,"b":"ü"}]'), ({}, "[{}]"), ([[]], "[[]]"),
]

ODD = [None, True, 0, -1, 1.5, "text", "", [], {}, [1, None, "x"], {"a": {"b": []}}, "x" * 300]


@pytest.mark.parametrize("args, shown", ARGUMENTS)
def test_m11_arguments_of_any_type_arrive_in_bash(old, args, shown):
    assert old.exec("bash", SHOW["bash"], args=args)["stdout"] == shown


@pytest.mark.parametrize("lang", ["py", "js", "c"])
def test_m11_arguments_arrive_alike_in_every_language(old, lang):
    args, shown = ["a", "b c", "-v", "--help", 1, 2.5, True, {"k": 1}, "été"], '[a][b c][-v][--help][1][2.5][true][{"k":1}][été]'
    assert old.exec(lang, SHOW[lang], args=args)["stdout"] == shown + "\n"


def test_m11_without_args_there_is_no_argument(old):
    assert old.exec("bash", "printf %s $#")["stdout"] == "0"


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("field", ["session_id", "entity_id", "user_id", "timeout", "runtime_session_hint", "files"])
def test_m11_odd_values_in_optional_fields_do_not_hinder_a_run(old, field, value):
    result = old.exec("bash", "printf ok", **{field: value})
    assert (result["stdout"], result["execution_status"]) == ("ok", "completed"), result


@pytest.mark.parametrize("items", [
    [None], [1, "x", []], [{}], [{"id": 7}], [{"name": "a.txt"}], [{"id": UNKNOWN_ID}], [{"id": UNKNOWN_ID, "name": 7}],
    [{"id": UNKNOWN_ID, "name": "a", "session_id": 7, "kind": 8, "resource_id": {}, "version": []}],
    [{"id": "x" * 5000, "name": "y" * 5000, "session_id": "z" * 5000}]])
def test_m11_odd_items_in_files_do_not_hinder_a_run(old, items):
    result = old.exec("bash", "printf ok", files=items)
    assert (result["stdout"], result["files"]) == ("ok", []), result


def test_m11_an_odd_item_does_not_hide_a_good_one(old):
    item = old.upload_one("a.txt", b"abc")
    assert old.exec("bash", "cat a.txt", files=[None, {"id": 7}, item, "x"])["stdout"] == "abc"


@pytest.mark.parametrize("key, value", [("kind", 7), ("resource_id", {}), ("version", "x"), ("entity_id", []), ("kind", "user"), ("extra", 1)])
def test_m11_odd_values_beside_a_good_reference_do_not_lose_the_file(old, key, value):
    item = old.upload_one("a.txt", b"abc")
    assert old.exec("bash", "cat a.txt", files=[{**item, key: value}])["stdout"] == "abc"


def test_m11_an_entity_id_over_its_length_is_ignored(fresh):
    first = fresh.exec("bash", "true", entity_id="e" * 257)
    second = fresh.exec("bash", "true", entity_id="e" * 257)
    assert first["session_id"] != second["session_id"], "an ignored entity_id must not tie runs together"


def test_m11_unknown_fields_are_ignored(old):
    result = old.exec("bash", "printf ok", requirements=["numpy"], stdin="x", cwd="/", env={"A": "1"}, language_version="5", stream=True,
                      environment=None, **{"": 1, "ünknown": {"deep": [[]]}})
    assert result["stdout"] == "ok"


def test_m11_language_is_taken_when_lang_is_absent(old):
    assert body_of(old.post("/exec", json={"language": "bash", "code": "printf ok"}), 200)["stdout"] == "ok"


def test_m11_lang_wins_over_language(old):
    assert body_of(old.post("/exec", json={"language": "py", "lang": "bash", "code": "printf ok"}), 200)["language"] == "bash"


@pytest.mark.parametrize("user", ["u-17", 17, "ü 😀", "x" * 1000])
def test_m11_any_user_id_is_a_label(old, user):
    assert old.exec("bash", "printf ok", user_id=user)["stdout"] == "ok"


def test_m11_a_timeout_under_a_second_counts_as_one(old):
    result = old.exec("bash", "sleep 30", timeout=1)
    assert last_line(result["stderr"]) == "Execution timed out after 1 seconds"


def test_m11_query_parameters_on_exec_are_ignored(old):
    assert body_of(old.post("/exec?stream=1&x", json={"lang": "bash", "code": "printf ok"}), 200)["stdout"] == "ok"


@pytest.mark.parametrize("lang, code, shown", [
    ("bash", "printf '%s' 'a\ud800b'", "a\ufffdb"), ("py", "print('a\udfffb')", "a\ufffdb\n")])
def test_trap10_a_lone_surrogate_in_code_becomes_the_replacement_character(old, lang, code, shown):
    response = old.post("/exec", data=json.dumps({"lang": lang, "code": code}), headers={"Content-Type": "application/json"})
    assert body_of(response, 200)["stdout"] == shown


def test_trap10_a_surrogate_pair_in_code_is_one_character(old):
    data = b'{"lang":"bash","code":"printf \\ud83d\\ude00"}'
    assert body_of(old.post("/exec", data=data, headers={"Content-Type": "application/json"}), 200)["stdout"] == "😀"


def test_trap10_nul_in_code_is_no_server_error(old):
    response = old.try_exec("py", "print('a\0b')")
    assert response.status_code == 200, response.text
    assert response.json()["session_id"]
