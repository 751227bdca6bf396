"""Fault tests: processes killed, databases restarted, rows forged. Each test has its own server on its own database.

    RUNLEDGER_BIN=.build/debug/runledger RUNLEDGER_PYTHON=/path/to/venv/bin/python pytest Tests/Faults

Needs pytest and requests (Tests/Conformance/requirements.txt), psql, and root where the embedded PostgreSQL runs as
another user. Run it apart from Tests/Conformance: what a dead server leaves on the machine is told by comparing the
machine before and after.

Not here, because this version of the server has no such feature yet (each gets its tests together with it): retries under
an Idempotency-Key, Python state, continuations of programmatic runs, replay, export and erase across faults.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Conformance"))

from harness.fixtures import make_server, pytest_runtest_makereport  # noqa: E402,F401
