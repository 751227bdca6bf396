"""M38, M39: programs that call tools, and go on later."""
from breaking.mutant import in_answers, in_requests

PATH = "/exec/programmatic"
UNKNOWN = {"error": "Execution not found or expired", "error_type": "resource_not_found", "details": None, "request_id": "A" * 21,
           "timestamp": "2026-09-01T10:00:00.000Z"}


def reply(answer):
    """The reply of a round, or an empty one."""
    return answer.json if answer.request.path == PATH and answer.status == 200 and isinstance(answer.json, dict) else {}


def token_of(request):
    return request.json.get("continuation_token") if request.path == PATH and isinstance(request.json, dict) else None


@in_answers("m38")
def tool_names_come_back_normalized(answer):
    """A call is named as the function that the code calls."""
    for call in reply(answer).get("tool_calls", []):
        call["name"] = call["name"].replace("-", "_").replace(" ", "_")


@in_answers("m38")
def only_the_last_rounds_output_is_shown(answer):
    """`stdout` begins after the last results."""
    if token_of(answer.request) and reply(answer).get("stdout", "").count("\n") > 1:
        answer.json["stdout"] = answer.json["stdout"].partition("\n")[2]


@in_answers("m38")
def calls_are_asked_one_by_one(answer):
    """Of several parallel calls the first is asked."""
    if reply(answer).get("tool_calls"):
        answer.json["tool_calls"] = answer.json["tool_calls"][:1]


@in_answers("m38")
def failed_program_is_completed(answer):
    """A program that ended is completed, whatever its exit code."""
    if reply(answer).get("status") == "error":
        answer.json.update(status="completed", error=None)


@in_requests("m38")
def failed_calls_return(request):
    """`is_error` is not looked at: the program gets the result."""
    for result in (request.json.get("tool_results") or []) if token_of(request) and isinstance(request.json.get("tool_results"), list) else []:
        if isinstance(result, dict) and result.get("is_error"):
            result["is_error"] = False


_issued = {}  # token -> (process, key)
_taken = set()


def remember(answer):
    if reply(answer).get("continuation_token"):
        _issued.setdefault(answer.json["continuation_token"], (answer.request.server.process.pid, answer.request.key))


@in_requests("m39")
def tokens_belong_to_a_process(request):
    """A waiting program is known to the process that started it."""
    request.then(remember)
    if _issued.get(token_of(request), (request.server.process.pid,))[0] != request.server.process.pid:
        request.answer(404, UNKNOWN)


@in_requests("m39")
def whoever_has_the_token_goes_on(request):
    """The owner of a token is not compared."""
    request.then(remember)
    if token_of(request) in _issued:
        request.headers["X-API-Key"] = _issued[token_of(request)][1]


@in_requests("m39")
def continuation_works_once(request):
    """A repeated continuation is a conflict."""
    token = token_of(request)
    if token and token in _taken:
        request.answer(409, {**UNKNOWN, "error": "Conflict", "error_type": "resource_conflict"})
    _taken.add(token)
