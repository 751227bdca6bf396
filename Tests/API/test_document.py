"""M9, M50 and section 12: no request makes the server stumble or answer outside its document.

schemathesis reads /openapi.json and makes requests for every operation: by rule (each boundary of each field) and at
random from a fixed seed. Switched off are the checks that the contract contradicts: odd values are ignored rather than
refused, a well-formed request may still be about nothing, and an invalid credential beside a valid one is ignored.
"""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = int(os.environ.get("API_EXAMPLES", "20"))

CHECKS = ("status_code_conformance", "content_type_conformance", "response_headers_conformance", "response_schema_conformance",
          "unsupported_method", "allow_header_conformance", "use_after_free")

# Ids that exist are drawn this often; the rest of the time an id is whatever the generator thinks of.
KNOWN = 0.6


def belongings(server):
    """Ids of every kind, of things that exist; the requests will delete some of them."""
    client = server.new()
    sessions, files, executions = [], [], []
    for number in range(6):
        upload = client.upload((f"{number}.txt", b"content\n"))
        result = client.exec("bash", "cat *.txt; echo made > made.bin", files=[client.ref(upload)])
        sessions.append(result["session_id"])
        files += [file["id"] for file in result["files"]]
        executions.append(result["execution_id"])
    return {"session_id": sessions, "file_id": files, "execution_id": executions}


def configuration(key, ids):
    text = f"""
hooks = {json.dumps(str(Path(__file__).with_name("bodies.py")))}
headers = {{ Authorization = "Bearer {key}" }}
continue-on-failure = true
request-timeout = 30.0
seed = 20260901

[generation]
max-examples = {EXAMPLES}
database = "none"

[phases.stateful]
max-steps = 6

[checks]
enabled = false

[checks.not_a_server_error]
enabled = true
expected-statuses = ["2xx", "3xx", "4xx", 503]
"""
    text += "".join(f"\n[checks.{check}]\nenabled = true\n" for check in CHECKS)
    text += "".join(f"\n[dictionaries.{name}]\nvalues = {json.dumps(values)}\n" for name, values in ids.items())
    text += "\n[parameters]\n" + "".join(f'"path.{name}" = {{ dictionary = "{name}", probability = {KNOWN} }}\n' for name in ids)
    return text


def schemathesis(directory, source, key, ids, *arguments):
    settings = directory / "schemathesis.toml"
    settings.write_text(configuration(key, ids))
    return subprocess.run([str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(settings), "run", str(source), *arguments,
                           "--workers", "2", "--no-color", "--warnings", "off"],
                          cwd=directory, capture_output=True, text=True, timeout=280, env={**os.environ, "COLUMNS": "160"})


@pytest.mark.parametrize("phase", ["examples,coverage", "fuzzing", "stateful"])
def test_section_12_every_answer_is_in_the_document(make_server, tmp_path, phase):
    server = make_server({"MAX_EXECUTION_TIME": "1", "STREAM_KEEPALIVE_SECONDS": "1"})
    run = schemathesis(tmp_path, f"{server.url}/openapi.json", server.key, belongings(server), "--phases", phase)
    assert run.returncode == 0, run.stdout[-20000:] + run.stderr[-2000:]
    generated, passed = re.search(r"(\d+) generated, (\d+) passed", run.stdout).groups()
    assert generated == passed and int(passed) > 50, run.stdout
    assert server.process.poll() is None


def test_section_12_an_answer_outside_the_document_would_be_noticed(make_server, tmp_path):
    """The control of the test above: the same machinery, with a document that promises what the server does not do."""
    server = make_server()
    document = server.anonymous().get("/openapi.json").json()
    document["paths"]["/health"]["get"]["responses"]["200"] = {
        "description": "-", "content": {"application/json": {"schema": {"type": "object", "required": ["promised"]}}}}
    (tmp_path / "document.json").write_text(json.dumps(document))
    run = schemathesis(tmp_path, tmp_path / "document.json", server.key, belongings(server), "--url", server.url,
                       "--phases", "fuzzing", "--include-path", "/health")
    assert run.returncode == 1 and "promised" in run.stdout, run.stdout
