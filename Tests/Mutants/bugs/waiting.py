"""M28: answers that take long."""
from breaking.mutant import in_answers, in_settings, in_streams


@in_streams("m28")
def proxy_buffers_the_spaces(answer, pieces):
    """Something on the way holds the body back until it is complete."""
    return iter([b"".join(pieces)]) if answer.headers["Content-Type"] == "application/json" else None


@in_settings("m28")
def nothing_is_sent_while_waiting(settings):
    """The keep-alive is never begun."""
    settings["STREAM_KEEPALIVE_SECONDS"] = "0"


@in_streams("m28")
def keep_alive_breaks_the_json(answer, pieces):
    """What is sent while waiting is no white space."""
    return (piece.replace(b" ", b".", 1) if not piece.strip() else piece for piece in pieces)


@in_answers("m28")
def headers_are_sent_before_validation(answer):
    """The 200 has gone out by the time the request is looked at."""
    if answer.request.is_exec and answer.status in (400, 401, 422):
        answer.status = 200
