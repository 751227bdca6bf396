"""Black-box conformance tests: one real server, spoken to over HTTP, judged by the MUST list of the contract.

    RUNLEDGER_BIN=.build/debug/runledger RUNLEDGER_PYTHON=/path/to/venv/bin/python pytest Tests/Conformance

RUNLEDGER_PYTHON and everything else in the environment is passed on, except settings that would change what is tested.

Not here, because this version of the server has no such feature yet (each gets its tests together with it):
the server-sent events of M41,
fork (M42), replay (M43), export (M44), erase (M45), statistics of the
administration (M47), metrics (M49) and CORS when switched on (part of M50).
kill -9, database restarts and tampering (M40) are in Tests/Faults.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness.fixtures import *  # noqa: E402,F401,F403
