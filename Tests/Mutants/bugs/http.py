"""M1, M2: routes and ids. M9, M50: errors, headers and limits. M48: liveness."""
import re

from breaking.mutant import in_answers, in_requests, in_settings

ID = re.compile(r"[A-Za-z0-9_-]{21}")


@in_requests("m1")
def v1_redirects(request):
    """The second prefix is a redirect to the first."""
    if request.target.startswith("/v1/") and request.path in ("/exec", "/upload", "/health"):
        request.answer(307, Location=request.target[3:])


@in_requests("m1")
def trailing_slash_is_another_route(request):
    """The router is strict about a slash at the end."""
    if len(request.target) > 1 and request.target.endswith("/"):
        request.target += "nowhere"


@in_answers("m1")
def malformed_id_is_a_400(answer):
    """Ids in paths are validated, and what does not fit the pattern is a bad request."""
    if answer.error and answer.status == 404 and re.match(r"/(download|files|sessions|v1)/", answer.request.target):
        if not all(ID.fullmatch(segment) for segment in re.findall(r"/(?:sessions|files|download|executions)/([^/?]+)", answer.request.target)):
            answer.status, answer.json["error_type"] = 400, "validation"


@in_answers("m1")
def head_is_no_get(answer):
    """HEAD is not among the methods of a GET route."""
    if answer.request.method == "HEAD":
        answer.status = 405


@in_answers("m1")
def head_has_a_body(answer):
    """An error is written whole, although the request was HEAD."""
    if answer.request.method == "HEAD" and answer.status == 404:
        answer.extra = b'{"error":"File not found"}'


@in_answers("m2")
def ids_with_a_dot(answer):
    """Execution ids are made from an alphabet that has a dot."""
    if answer.run:
        answer.run["execution_id"] = answer.run["execution_id"][:-1] + "."


@in_answers("m2")
def ids_end_in_a_hyphen(answer):
    """Ids of outputs are plain base64url, which may begin and end with a hyphen."""
    for file in (answer.run or {}).get("files", []):
        file["id"] = file["id"][:-1] + "-"


@in_answers("m2")
def ids_are_reused(answer):
    """The generator is seeded alike in each run."""
    if answer.run:
        answer.run["execution_id"] = "AAAAAAAAAAAAAAAAAAAAA"


@in_answers("m9")
def details_dropped(answer):
    """`details` is left out when there are none."""
    if answer.error and answer.json.get("details") is None:
        answer.json.pop("details", None)


@in_answers("m9")
def details_empty(answer):
    """`details` is an empty array when there are none."""
    if answer.error and answer.json.get("details") is None:
        answer.json["details"] = []


@in_answers("m9")
def framework_answers_unknown_routes(answer):
    """The 404 of an unknown route comes from the HTTP framework."""
    if answer.status == 404 and "nowhere" in answer.request.target:
        answer.json, answer.body = None, b"Not Found"
        answer.headers["Content-Type"] = "text/plain"


@in_answers("m9")
def outer_layer_forgets_the_request_id(answer):
    """Errors of the size limit are made before the request has an id."""
    if answer.error and answer.status == 413:
        answer.json["request_id"] = ""


@in_answers("m9")
def error_shows_the_query(answer):
    """The database's message is handed through."""
    if answer.error and answer.status == 400:
        answer.json["error"] += ": PSQLError(SELECT position FROM runledger.event)"


@in_answers("m50")
def security_headers_lost_on_errors(answer):
    """The headers are added by a middleware that errors pass by."""
    if answer.status >= 400:
        answer.headers.drop("X-Content-Type-Options")


@in_answers("m50")
def any_origin_is_reflected(answer):
    """CORS is on without having been switched on."""
    if answer.request.headers.get("Origin"):
        answer.headers["Access-Control-Allow-Origin"] = answer.request.headers["Origin"]


@in_answers("m50")
def server_tells_its_version(answer):
    """The framework's Server header is left on."""
    answer.headers["Server"] = "hummingbird/2.5.0"


@in_settings("m50")
def header_limit_doubled(settings):
    """Headers of up to 64 KiB are taken."""
    settings["MAX_HEADER_KB"] = "64"


@in_answers("m50")
def downloads_may_run_scripts(answer):
    """A downloaded page has the policy of every other answer."""
    if answer.request.path.startswith("/download/"):
        answer.headers["Content-Security-Policy"] = "default-src 'self'"


@in_answers("m48")
def ready_without_asking(answer):
    """Once ready, always ready: nothing is checked again."""
    if answer.request.path == "/ready" and answer.status == 503:
        answer.status = 200


@in_answers("m48")
def ready_does_not_say_what_failed(answer):
    """Every check is said to be ok, whatever the verdict."""
    if answer.request.path == "/ready" and answer.status == 503:
        answer.json["checks"] = {name: "ok" for name in answer.json["checks"]}


_lost = set()


@in_answers("m48")
def health_asks_the_database(answer):
    """Liveness fails with the database, and the process is restarted for nothing."""
    if answer.request.path == "/ready":
        (_lost.add if answer.status == 503 else _lost.discard)(answer.request.server)
    elif answer.request.path == "/health" and answer.request.server in _lost:
        answer.status, answer.json["status"] = 503, "unhealthy"


@in_answers("m48")
def unavailable_without_retry_after(answer):
    """The 503 of a lost database does not say when to come again."""
    if answer.status == 503:
        answer.headers["Retry-After"] = "0"
