"""M7, M36, M37: what Python keeps between runs."""
from breaking.mutant import in_answers, in_files, in_requests, in_settings


@in_settings("m36")
def nothing_persists(settings):
    """Every run starts clean."""
    settings["STATE_PERSISTENCE_ENABLED"] = "false"


@in_settings("m36")
def failed_runs_save(settings):
    """State is saved whatever the exit code."""
    settings["STATE_CAPTURE_ON_ERROR"] = "true"


@in_files("m36", edits=[("Runtimes/python/runledger_state.py", "imports = names.pop(IMPORTS, {})", "imports = {}; names.pop(IMPORTS, {})")])
def imports_are_forgotten():
    """Modules are no values, and nobody imports them again."""


_places = {}


@in_requests("m36")
def state_stays_in_the_process(request):
    """State lives in the memory of the replica that ran."""
    def remember(answer):
        if answer.run:
            _places[answer.run["session_id"]] = answer.request.server.process.pid
    request.then(remember)
    if request.lang == "py" and _places.get(request.json.get("session_id"), request.server.process.pid) != request.server.process.pid:
        request.json["session_id"] = None


@in_answers("m36")
def hash_is_not_that_of_the_blob(answer):
    """`state_hash` is the hash of the state before it is compressed."""
    if answer.run and answer.run["state_hash"]:
        answer.run["state_hash"] = "0" * 64


@in_requests("m36")
def known_hash_is_sent_again(request):
    """If-None-Match has no effect."""
    if request.path.startswith("/state/"):
        request.headers.drop("If-None-Match")


@in_answers("m36")
def missing_state_is_empty(answer):
    """A session without state has an empty one."""
    if answer.request.path.startswith("/state/") and answer.status == 404:
        answer.status, answer.json = 200, {}


@in_answers("m36")
def broken_state_is_taken(answer):
    """What is uploaded is not looked at."""
    if answer.request.path.startswith("/state/") and answer.status == 400:
        answer.status = 201


@in_files("m37", edits=[("Migrations/functions/append.sql", "q_serial := q_serial || a_serial[i];", "q_serial := q_serial || false;")])
def nothing_waits_for_its_turn():
    """Python runs of one session overlap: the last one to save wins."""


_running = set()


@in_requests("m37")
def busy_session_is_a_conflict(request):
    """A run that would have to wait for another is refused at once."""
    session = request.json.get("session_id") if request.lang == "py" else None
    if session in _running:
        request.answer(409, {"error": "The session is busy", "error_type": "resource_conflict", "details": None, "request_id": "A" * 21,
                             "timestamp": "2026-09-01T10:00:00.000Z"})
    elif session:
        _running.add(session)
        request.then(lambda answer: _running.discard(session))


@in_requests("m7")
def whoever_knows_the_id_has_the_state(request):
    """The routes of states do not ask for the owner."""
    if request.path.startswith("/state/") and request.key == request.server.other_key:
        request.headers["X-API-Key"] = request.server.key
