"""What keeps a session alive, and what ends it."""
from breaking.mutant import in_files


@in_files("m34", edits=[("Migrations/functions/load_sessions.sql", "on touch.session = stream.session", "on touch.session = stream.session and false")])
def touch_keeps_nothing_alive():
    """Readers judge a session by its events alone."""


@in_files("m34", edits=[("Migrations/functions/load_sessions.sql", "touch.touched_at, clock_timestamp()", "touch.touched_at, 'epoch'::timestamptz")])
def expired_session_is_served_until_the_clean_up():
    """Only the event ends a session."""


@in_files("m34", edits=[("Migrations/functions/expirable_sessions.sql", "s.status = 'active'", "s.status <> 'active'")])
def clean_up_ends_nothing():
    """The end of a session is never recorded."""
