"""M10: rate limits. M46, M47: roles, and the administration of keys."""
import hashlib

from breaking.mutant import in_answers, in_files, in_requests

KEYS = "/api/v1/admin/keys"

_made = {}  # key -> its record


def master(request):
    return request.server.settings.get("MASTER_API_KEY", "")


def remember(answer):
    """Keeps what the administration says about keys that it makes."""
    if answer.request.method == "POST" and answer.request.path == KEYS and answer.status == 200:
        _made[answer.json["api_key"]] = answer.json["record"]


def role_of(request):
    request.then(remember)
    return _made.get(request.key, {}).get("role")


@in_files("m10", edits=[("Migrations/functions/admit_request.sql", "where w.subject = p_subject\n            for update;",
                         "where w.subject = p_subject;\n        perform pg_sleep(0.02);")])
def limits_are_read_then_written():
    """Calls are counted without a lock between reading and writing."""


@in_answers("m10")
def retry_after_is_zero(answer):
    """The last part of a second is rounded down."""
    if answer.status == 429:
        answer.json["retry_after_seconds"], answer.headers["Retry-After"] = 0, "0"


@in_answers("m10")
def refusals_do_not_tell_the_limit(answer):
    """The headers about limits are added to answers that passed."""
    if answer.status == 429:
        answer.headers.drop("X-RateLimit-Limit")


@in_answers("m10")
def refusal_is_a_sentence(answer):
    """`error` of a 429 is human text."""
    if answer.status == 429:
        answer.json["error"] = answer.json["message"]


@in_requests("m46")
def auditors_may_upload(request):
    """Uploads do not ask for the role."""
    if role_of(request) == "auditor" and request.path == "/upload":
        request.headers["X-API-Key"] = request.server.key


@in_requests("m46")
def clients_may_list_keys(request):
    """Reading the administration does not ask for the role."""
    if request.method == "GET" and request.path == KEYS and role_of(request) != "admin":
        request.headers["X-API-Key"] = master(request)


@in_requests("m46")
def auditors_see_every_tenant(request):
    """An auditor's tenant is not looked at."""
    if role_of(request) == "auditor" and _made[request.key]["tenant"] == "audited":
        request.headers["X-API-Key"] = master(request)


@in_answers("m47")
def records_hold_the_key(answer):
    """The list of keys shows them."""
    if answer.request.path == KEYS and isinstance(answer.json, list):
        for record in answer.json:
            record["api_key"] = "sk-" + record["key_hash"][:32]


_revoked = set()


@in_requests("m47")
def revoked_keys_are_cached(request):
    """A replica that has seen a key goes on taking it."""
    if request.method == "DELETE" and request.path.startswith(KEYS):
        _revoked.add(request.path.rpartition("/")[2])
    elif hashlib.sha256(request.key.encode()).hexdigest() in _revoked:
        request.headers["X-API-Key"] = request.server.key


@in_answers("m47")
def uses_are_counted_in_memory(answer):
    """Nobody sees how often a key was used."""
    if answer.request.path == KEYS and isinstance(answer.json, list):
        for record in answer.json:
            record["usage_count"] = 0


@in_answers("m47")
def environment_keys_can_be_disabled(answer):
    """A change of a key that stands in the environment is said to be done."""
    if answer.request.path.startswith(KEYS + "/") and answer.status == 403:
        answer.status, answer.json = 200, True
