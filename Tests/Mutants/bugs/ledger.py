"""M41: events, positions and hashes."""
from breaking.mutant import in_answers, in_files, in_requests


@in_files("m41", edits=[("Migrations/functions/append.sql", "sha256(e_salt[j] || convert_to(", "sha256(convert_to(")])
def commitments_without_salt():
    """Commitments are plain hashes: short values can be guessed."""


@in_files("m41", edits=[("Migrations/functions/append.sql", "head := coalesce(head, 0);", "head := coalesce(head, 0) + 1;")])
def positions_have_gaps():
    """Positions are drawn from a sequence, which skips numbers."""


@in_files("m41", edits=[("Migrations/functions/append.sql", "|| ',\"position\":' || head", "|| ',\"position\":' || start_position")])
def hash_covers_another_position():
    """The second event of an append is hashed with the position of the first."""


@in_requests("m41")
def page_begins_with_the_last_event(request):
    """`after` is taken for the position to begin at."""
    after = request.query.get("after", "")
    if request.path.endswith("/events") and after.isdigit():
        request.target = request.target.replace(f"after={after}", f"after={int(after) - 1}")


@in_answers("m41")
def sequence_begins_with_zero(answer):
    """Events of a session are counted from zero."""
    if answer.request.path.endswith("/events") and answer.status == 200:
        for event in answer.json["data"]:
            event["sequence"] -= 1


@in_answers("m41")
def event_is_skipped(answer):
    """A reader misses an event that was committed late."""
    if answer.request.path.endswith("/events") and answer.status == 200 and "type" not in answer.request.query:
        answer.json["data"] = [event for event in answer.json["data"] if event["sequence"] != 3]


@in_answers("m41")
def receipt_names_another_event(answer):
    """The receipt has the position of the event before."""
    if answer.run and answer.run["receipt"]:
        answer.run["receipt"]["position"] -= 1
