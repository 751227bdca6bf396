"""M30: one Idempotency-Key is one deed."""
import re

from breaking.mutant import in_answers, in_requests

KEY = "Idempotency-Key"


@in_requests("m30")
def idempotency_key_is_dropped(request):
    """Something on the way removes the header."""
    request.headers.drop(KEY)


@in_requests("m30")
def another_boundary_is_another_body(request):
    """The raw bytes of a form are hashed."""
    boundary = re.search(r"boundary=([\w-]+)", request.headers["Content-Type"])
    if KEY in request.headers and boundary:
        request.headers[KEY] += boundary[1]


@in_requests("m30")
def key_is_known_to_one_replica(request):
    """Keys are remembered in the process."""
    if KEY in request.headers:
        request.headers[KEY] += f" {request.server.process.pid}"


_recorded = {}


@in_answers("m30")
def other_body_gets_the_recorded_answer(answer):
    """Bodies are not compared."""
    key = answer.request.headers.get(KEY)
    if key and answer.status == 200:
        _recorded.setdefault(key, answer.json)
    elif key in _recorded and answer.status == 409:
        answer.status, answer.json = 200, _recorded[key]


@in_answers("m30")
def replay_is_not_told(answer):
    """A recorded answer looks like a new one."""
    answer.headers.drop("Idempotency-Replayed")
