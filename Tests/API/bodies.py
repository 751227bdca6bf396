"""Hooks for the generator of requests: without them nearly every body would be refused at its first field."""
import random

import schemathesis

PROGRAMS = ["printf ok", "cat *", "echo made > out.txt", "exit 3", "printf '\\377\\0' >&2", "sleep 5"]


@schemathesis.hook
def map_body(context, body):
    """Every second run is one that can start. The choice depends on the body alone, so that a failure can be repeated."""
    operation = getattr(context.operation, "path", "")
    choice = random.Random(repr(body))
    if isinstance(body, dict) and "/exec" in operation and choice.random() < 0.5:
        return {**body, "lang": "bash", "language": "bash", "code": choice.choice(PROGRAMS)}
    return body
