"""What the server says about itself at /openapi.json, held against what it does.

    RUNLEDGER_BIN=.build/debug/runledger RUNLEDGER_PYTHON=/path/to/venv/bin/python pytest Tests/API
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Conformance"))

from harness.fixtures import make_server, pytest_runtest_makereport  # noqa: E402,F401
