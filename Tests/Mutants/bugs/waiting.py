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


def messages(pieces):
    """The events of a stream, each as soon as it is whole."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n\n")
        yield from (part + b"\n\n" for part in whole)


def is_stream(answer):
    return answer.headers["Content-Type"].startswith("text/event-stream") and answer.request.is_exec


@in_streams("m29")
def result_overtakes_the_last_chunk(answer, pieces):
    """The result is sent by another task than the output."""
    if not is_stream(answer):
        return None
    events = list(messages(pieces))
    return iter(events[:-2] + [events[-1], events[-2]])


@in_streams("m29")
def chunks_come_at_the_end(answer, pieces):
    """Events are collected, and sent when the run is over."""
    return iter([b"".join(pieces)]) if is_stream(answer) else None


@in_streams("m29")
def result_lacks_the_receipt(answer, pieces):
    """The result of a stream is made by other code than the plain answer."""
    return (part.replace(b'"receipt"', b'"proof"') for part in messages(pieces)) if is_stream(answer) else None


@in_streams("m29")
def chunks_are_not_cleaned(answer, pieces):
    """A chunk ends in the line feed that only the result gets."""
    if not is_stream(answer):
        return None
    return (part.replace(b'end"', b'end\\n"') if b"event: stdout" in part or b"event:stdout" in part else part for part in messages(pieces))
