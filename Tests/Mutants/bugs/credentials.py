"""M3, M4, M6: credentials. M7: owners. M52: keys written down."""
import base64
import binascii
import re

from breaking.mutant import in_answers, in_requests

UNAUTHORIZED = {"error": "Invalid API key", "error_type": "authentication", "details": None, "request_id": "A" * 21,
                "timestamp": "2026-09-01T10:00:00.000Z"}


def refuse(request):
    request.answer(401, UNAUTHORIZED, WWW_Authenticate='Bearer realm="runledger"', X_Request_Id="A" * 21)


def basic_text(request):
    scheme, _, value = request.headers["Authorization"].partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


@in_requests("m3")
def basic_needs_a_colon(request):
    """Basic credentials without a colon are malformed."""
    text = basic_text(request)
    if text is not None and ":" not in text:
        refuse(request)


@in_requests("m3")
def basic_key_is_the_password(request):
    """Only the password of Basic credentials is tried as a key."""
    text = basic_text(request)
    if text is not None and ":" in text and not text.partition(":")[2]:
        refuse(request)


@in_requests("m3")
def body_key_is_sought_in_the_first_megabyte(request):
    """The body is collected only up to 1 MB while looking for a key."""
    if request.length and request.length > 1_000_000 and not request.key:
        refuse(request)


@in_requests("m3")
def body_key_is_not_trimmed(request):
    """A key in the body is compared with its surrounding space."""
    if isinstance(request.json, dict) and any(value != value.strip() for name, value in request.json.items()
                                              if name.lower().endswith("key") and isinstance(value, str)):
        refuse(request)


@in_requests("m3")
def prefix_of_a_key_suffices(request):
    """Keys are compared up to the shorter one's end."""
    if request.key and request.server.key.startswith(request.key):
        request.headers["X-API-Key"] = request.server.key


@in_requests("m4")
def two_credentials_are_refused(request):
    """A key together with an Authorization header is ambiguous, hence refused."""
    if "X-API-Key" in request.headers and "Authorization" in request.headers:
        refuse(request)


@in_requests("m4")
def authorization_wins(request):
    """Of two keys, the one in Authorization acts."""
    if "X-API-Key" in request.headers and request.headers["Authorization"].startswith("Bearer sk-"):
        request.headers.drop("X-API-Key")


@in_requests("m4")
def only_the_acting_identity_may_read(request):
    """What the second valid credential owns is not found."""
    if request.method != "POST" and request.headers["X-API-Key"] == request.server.key:
        request.headers.drop("Authorization")


@in_requests("m6")
def forwarded_for_is_believed(request):
    """X-Forwarded-For decides whether the peer is inside a trusted network."""
    if request.headers["X-Forwarded-For"].startswith("10.99."):
        request.headers["X-API-Key"] = request.server.key


@in_requests("m6")
def forwarded_for_takes_a_trusted_peer_out(request):
    """A trusted peer that forwards is taken for the one it forwards."""
    if request.headers["X-Forwarded-For"].startswith("8."):
        refuse(request)


@in_requests("m6")
def network_comes_before_keys(request):
    """Inside a trusted network nobody looks for a key."""
    if request.server.settings.get("AUTH_TRUSTED_NETWORKS", "").startswith("127."):
        request.headers.drop("X-API-Key")


_seen = {}


@in_answers("m7")
def foreign_is_a_403(answer):
    """What belongs to somebody else is forbidden instead of unknown."""
    ids = re.findall(r"[A-Za-z0-9_-]{21}", answer.request.target)
    if answer.status < 300 and isinstance(answer.json, dict):
        for name in ("session_id", "execution_id"):
            _seen.setdefault(answer.json.get(name), answer.request.key)
    elif answer.error and answer.status == 404 and any(_seen.get(name, answer.request.key) != answer.request.key for name in ids):
        answer.status, answer.json["error_type"] = 403, "authorization"


@in_requests("m7")
def download_does_not_ask_for_the_owner(request):
    """Whoever knows the two ids gets the file."""
    if request.method == "GET" and request.path.startswith("/download/") and request.key == request.server.other_key:
        request.headers["X-API-Key"] = request.server.key


@in_requests("m7")
def any_caller_deletes(request):
    """Deleting looks a file up without its owner."""
    if request.method == "DELETE" and request.key == request.server.other_key:
        request.headers["X-API-Key"] = request.server.key


@in_answers("m52")
def keys_are_logged(answer):
    """A trace of headers is written to the log."""
    with open(answer.request.server.log, "a") as log:
        print(f"request headers: {dict(answer.request.headers.lines)}", file=log)


@in_answers("m52")
def key_in_the_error(answer):
    """A refused key is shown in the error."""
    if answer.status == 401 and answer.error:
        answer.json["error"] = f"Invalid API key {answer.request.key}"


@in_answers("m52")
def body_key_in_the_event(answer):
    """The request is recorded as it came, with the key in its body."""
    if answer.request.path.endswith("/events") and answer.status == 200:
        for event in answer.json["data"]:
            event["data"]["api_key"] = answer.request.key
