"""Sees the black-box tests fail: runs the tests of each M-number against each mutant that breaks it.

    python run.py [NAME or M-NUMBER ...]

A mutant is killed when a test's own assertion fails under it. Before that counts, the same tests must pass through the
proxy with nothing broken. Exits with 1 when a mutant survived, or when nothing could be concluded.
"""
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import namedtuple
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from breaking import mutants  # noqa: E402

CONFORMANCE = HERE.parent / "Conformance"

# `asserted`: tests whose own assertion failed. `broken`: tests that ended in any other way than success.
Outcome = namedtuple("Outcome", "passed asserted broken")


NO_TESTS = 5  # pytest's exit code


def run(number, mutant):
    """Runs the tests of an M-number until the first fails."""
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--tb=short", str(CONFORMANCE),
                   "-k", f"test_{number}_", f"--junitxml={report.name}"]
        process = subprocess.run(command, env={**os.environ, "RUNLEDGER_MUTANT": mutant}, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True)
        if process.returncode == NO_TESTS:
            return Outcome(0, [], ["there is no such test"])
        if process.returncode not in (0, 1):
            return Outcome(0, [], [process.stdout.strip().splitlines()[-1]])
        return outcome(ElementTree.parse(report.name))


def outcome(report):
    passed, asserted, broken = 0, [], []
    for case in report.iter("testcase"):
        failures = [(child.tag, child.get("message", "")) for child in case if child.tag in ("failure", "error")]
        passed += not failures
        for tag, message in failures:
            if tag == "failure" and message.startswith(("assert ", "AssertionError")):
                asserted.append(case.get("name"))
            else:
                broken.append(f"{case.get('name')} ({message.splitlines()[0] if message else tag})")
    return Outcome(passed, asserted, broken)


def verdict(number, mutant, sound):
    """(killed, what to print)"""
    if not sound:
        return False, "no conclusion: the tests do not pass without a mutant"
    seen = run(number, mutant)
    if seen.asserted:
        return True, ", ".join(seen.asserted)
    if seen.broken:
        return False, "no conclusion: " + ", ".join(seen.broken)
    return False, f"SURVIVED {seen.passed} tests"


def chosen(words):
    """(M-number, mutant) pairs that the words name, all of them if there are no words; by M-number."""
    pairs = [(number, mutant) for mutant in mutants().values() for number in mutant.breaks]
    unknown = [word for word in words if not any(word in (number, mutant.name) for number, mutant in pairs)]
    if unknown:
        sys.exit(f"no mutant and no M-number: {', '.join(unknown)}")
    wanted = [(number, mutant) for number, mutant in pairs if not words or number in words or mutant.name in words]
    return sorted(wanted, key=lambda pair: int(pair[0][1:]))


def main(words):
    sound, survived = {}, 0
    for number, mutant in chosen(words):
        if number not in sound:
            baseline = run(number, "identity")
            sound[number] = bool(baseline.passed) and not baseline.asserted and not baseline.broken
            print(f"{number:4} {'identity':48} " + (f"{baseline.passed} tests pass" if sound[number] else
                                                    f"FAILS: {baseline.asserted + baseline.broken}"), flush=True)
        killed, text = verdict(number, mutant.name, sound[number])
        survived += not killed
        print(f"{number:4} {mutant.name:48} {text}", flush=True)
    return survived


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
