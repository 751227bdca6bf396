"""M4, M5: JSON web tokens. M8: files shared inside a tenant."""
import base64
import json
import time

from breaking.mutant import in_answers, in_requests

from .credentials import UNAUTHORIZED


def token_of(request):
    """Header and claims of a well-formed bearer token, or None."""
    scheme, _, token = request.headers["Authorization"].partition(" ")
    parts = token.split(".")
    if scheme.lower() != "bearer" or len(parts) != 3:
        return None
    try:
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except ValueError:
        return None
    return (header, claims) if isinstance(header, dict) and isinstance(claims, dict) else None


def admit(request):
    """Lets a request through that the server would refuse."""
    request.headers["X-API-Key"] = request.server.key
    request.headers.drop("Authorization")


def refuse(request):
    request.answer(401, {**UNAUTHORIZED, "error": "Invalid bearer token"}, WWW_Authenticate='Bearer realm="runledger"', X_Request_Id="A" * 21)


def number(claims, name):
    value = claims.get(name)
    return value if isinstance(value, int) else 0


@in_requests("m4")
def key_wins_over_the_token(request):
    """Of a key and a token, the key acts."""
    if "X-API-Key" in request.headers and token_of(request):
        request.headers.drop("Authorization")


@in_requests("m5")
def symmetric_tokens_are_taken(request):
    """HS256 is verified with the public key as its secret."""
    if token_of(request) and token_of(request)[0].get("alg") == "HS256":
        admit(request)


@in_requests("m5")
def unsigned_tokens_are_taken(request):
    """The header may say that there is no signature."""
    if token_of(request) and token_of(request)[0].get("alg") == "none":
        admit(request)


@in_requests("m5")
def expired_tokens_are_taken(request):
    """Nobody looks at `exp`."""
    if token_of(request) and 0 < number(token_of(request)[1], "exp") < time.time():
        admit(request)


@in_requests("m5")
def tokens_may_live_long(request):
    """A token says itself how long it lives."""
    if token_of(request) and number(token_of(request)[1], "exp") - number(token_of(request)[1], "iat") > 300:
        admit(request)


@in_requests("m5")
def source_is_optional(request):
    """A token without `principal_source` is taken."""
    if token_of(request) and token_of(request)[1].get("sub") and "principal_source" not in token_of(request)[1]:
        admit(request)


@in_requests("m5")
def other_audiences_are_taken(request):
    """`aud` is not compared."""
    if token_of(request) and token_of(request)[1].get("aud") == "other":
        admit(request)


_used = set()


@in_requests("m5")
def token_is_used_once(request):
    """A `jti` that came before is a replay."""
    if token_of(request):
        identity = str(token_of(request)[1].get("jti"))
        if identity in _used:
            refuse(request)
        _used.add(identity)


_shared = {}  # file id -> (subject, tenant, Authorization) of the upload


def remember(answer):
    if answer.status == 200 and answer.json:
        _, claims = token_of(answer.request)
        for file in answer.json["files"]:
            _shared[file["fileId"]] = (claims.get("sub"), claims.get("tenant_id"), answer.request.headers["Authorization"])


def shared_of(request):
    """What is known of the shared file that the request names, and the claims of its caller."""
    if not token_of(request):
        return None
    if request.path == "/upload" and request.body and (b"agent" in request.body or b"skill" in request.body):
        request.then(remember)
    named = [file for file in _shared if file in request.target or file.encode() in (request.body or b"")]
    return (_shared[named[0]], token_of(request)[1]) if named else None


@in_requests("m8")
def shared_files_cross_tenants(request):
    """A file of an agent is everybody's."""
    found = shared_of(request)
    if found and found[0][1] != found[1].get("tenant_id"):
        request.headers["Authorization"] = found[0][2]


@in_requests("m8")
def shared_files_are_their_uploaders(request):
    """A file of an agent can be read by who uploaded it."""
    found = shared_of(request)
    if found and found[0][0] != found[1].get("sub") and request.code:
        for item in request.json["files"]:
            item.update(id="Z" * 21, storage_session_id="Z" * 21)


_sessions = {}


@in_answers("m8")
def users_of_an_agent_meet(answer):
    """The agent's file decides the session of its runs."""
    if answer.run and answer.request.json.get("files"):
        bucket = answer.request.json["files"][0].get("storage_session_id")
        answer.run["session_id"] = _sessions.setdefault(bucket, answer.run["session_id"])
