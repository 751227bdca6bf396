"""What a compiler made is kept: for the same code, neighbours and owner, over restarts, and for nothing else."""
import secrets

import pytest

PROGRAM = '#include <stdio.h>\n#include "{header}"\nint main(int n, char **a) {{ printf("%d %s", X, n > 1 ? a[1] : "none"); return 0; }}'


@pytest.fixture
def program():
    """A program that nothing before this test has compiled, and the name of the header that it includes."""
    header = f"h{secrets.token_hex(6)}.h"
    return header, PROGRAM.format(header=header)


def run(client, program, value, **fields):
    header, code = program
    upload = client.upload((header, f"#define X {value}\n".encode()))
    result = client.exec("c", code, files=[client.ref(upload)], **fields)
    compiled = client.get(f"/v1/executions/{result['execution_id']}").json()["compile_ms"]
    return result["stdout"], compiled > 0, result["execution_status"]


def test_the_second_run_does_what_the_first_did_and_compiles_nothing(old, program):
    assert run(old, program, 1, args=["x"]) == ("1 x\n", True, "completed")
    assert run(old, program, 1, args=["x"]) == ("1 x\n", False, "completed")
    assert run(old, program, 1, args=["y"]) == ("1 y\n", False, "completed")


def test_a_changed_header_is_compiled_in(old, program):
    assert run(old, program, 1)[:2] == ("1 none\n", True)
    assert run(old, program, 2)[:2] == ("2 none\n", True)
    assert run(old, program, 1)[:2] == ("1 none\n", False)


def test_another_owner_gets_nothing_of_it(old, other, program):
    assert run(old, program, 1)[:2] == ("1 none\n", True)
    assert run(other, program, 1)[:2] == ("1 none\n", True)


def test_it_survives_a_restart_and_a_spoiled_entry_is_compiled_again(make_server, program):
    server = make_server()
    client = server.old()
    assert run(client, program, 1)[:2] == ("1 none\n", True)
    server.stop()
    server.start().wait_ready()
    assert run(client, program, 1)[:2] == ("1 none\n", False)
    kept, = (server.home / "cache" / "compiled").iterdir()
    content = bytearray(kept.read_bytes())
    content[len(content) // 2] ^= 1
    kept.write_bytes(content)
    assert run(client, program, 1)[:2] == ("1 none\n", True)
    assert run(client, program, 1)[:2] == ("1 none\n", False)


def test_it_can_be_switched_off(make_server, program):
    client = make_server({"COMPILE_CACHE_MB": "0"}).old()
    assert [run(client, program, 1)[:2] for _ in range(2)] == [("1 none\n", True)] * 2
