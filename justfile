# Runledger. `just --list` explains every recipe; `just serve` and `just test` are all you need.
set shell := ["bash", "-euo", "pipefail", "-c"]

home := env("RUNLEDGER_HOME", justfile_directory() / ".runledger")
python := env("RUNLEDGER_PYTHON", home / "venv/bin/python3")
# The sandbox needs namespaces and cgroups, so the server runs as root.
sudo := if `id -u` == "0" { "" } else { "sudo --preserve-env" }

# Show the recipes
default:
    @just --list --unsorted

# Install what is missing, build a release, start the server and print a curl line that works
serve *arguments: setup (build "release")
    @RUNLEDGER_HOME="{{ home }}" RUNLEDGER_PYTHON="{{ python }}" exec {{ sudo }} .build/release/runledger serve {{ arguments }}

# Install what is missing, then run all tests: units, log, sandbox, black-box conformance, the API's document, faults
test: setup languages (build "debug") test-unit test-conformance test-api test-faults

# Install packages of the system and of Python that are missing (takes a second when nothing is)
setup:
    @Scripts/setup "{{ home }}"

# Install the toolchains of all languages that are missing; what is absent is listed as unavailable
languages:
    @Scripts/languages

# Build everything: `just build debug` or `just build release`
build configuration="release":
    @Scripts/build "{{ configuration }}"

# Run the Swift tests, or some of them: `just test-unit --filter EventsTests`
test-unit *arguments:
    RUNLEDGER_PYTHON="{{ python }}" {{ sudo }} "$(command -v swift)" test {{ arguments }}

# Try parsers and writers with random input for so many minutes; a failure names its seed
fuzz minutes="10":
    FUZZ_SECONDS="$(({{ minutes }} * 60))" swift test --filter Fuzz
    FUZZ_SECONDS="$(({{ minutes }} * 60))" just test-conformance -k test_fuzz

# Run the black-box conformance tests, or some of them: `just test-conformance -k m14`
test-conformance *arguments:
    RUNLEDGER_BIN="{{ justfile_directory() }}/.build/debug/runledger" RUNLEDGER_PYTHON="{{ python }}" \
        {{ sudo }} "{{ home }}/venv-tests/bin/pytest" -q --durations=5 Tests/Conformance {{ arguments }}

# Make requests from the OpenAPI document, by rule and at random; `API_EXAMPLES=500 just test-api` makes more
test-api *arguments:
    RUNLEDGER_BIN="{{ justfile_directory() }}/.build/debug/runledger" RUNLEDGER_PYTHON="{{ python }}" \
        {{ sudo }} "{{ home }}/venv-tests/bin/pytest" -q Tests/API {{ arguments }}

# Run the fault tests: kill -9, lost databases, tampering. By themselves, because they look at what is left on the host
test-faults *arguments:
    RUNLEDGER_BIN="{{ justfile_directory() }}/.build/debug/runledger" RUNLEDGER_PYTHON="{{ python }}" \
        {{ sudo }} "{{ home }}/venv-tests/bin/pytest" -q --durations=5 Tests/Faults {{ arguments }}

# See the black-box tests fail: break each promise on purpose, all of them or some: `just test-mutants m14 v1_redirects`
test-mutants *names:
    RUNLEDGER_BIN="{{ justfile_directory() }}/.build/debug/runledger" RUNLEDGER_PYTHON="{{ python }}" \
        {{ sudo }} "{{ home }}/venv-tests/bin/python" Tests/Mutants/run.py {{ names }}

# Measure the budgets and print a table (never fails a test run)
bench: setup (build "release")
    RUNLEDGER_PYTHON="{{ python }}" {{ sudo }} python3 Benchmarks/run.py

# Check layout, imports and style
lint:
    swift format lint --strict --recursive Package.swift Sources Tests
    swift build --explicit-target-dependency-import-check error

# Rewrite sources in the house style
format:
    swift format --in-place --recursive Package.swift Sources Tests
