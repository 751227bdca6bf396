"""M46, M47 (keys), C14: managed keys, their roles and tenants, on two replicas."""
import hashlib
import re
import subprocess

import pytest

from harness.client import basic, body_of
from harness.keys import KEYS, MASTER, Admin
from harness.server import binary, serving
from harness.shapes import SHA256, TIME, UNKNOWN_ID, assert_error
from harness.waiting import wait_until

RUN = {"lang": "bash", "code": "printf hello"}
NO_LIMITS = {"per_second": None, "per_minute": None, "hourly": None, "daily": None, "monthly": None}
RECORD = {"key_hash", "key_prefix", "name", "created_at", "enabled", "rate_limits", "metadata", "last_used_at", "usage_count", "source", "role", "tenant"}
RESERVED = "runledger_admin_keys_"


@pytest.fixture(scope="module")
def house():
    with serving({"MASTER_API_KEY": MASTER}) as running:
        yield running


@pytest.fixture(scope="module")
def twin(house):
    """A second replica of the house."""
    with serving(database_url=house.database_url, like=house) as running:
        yield running


@pytest.fixture
def admin(house):
    return Admin(house)


def hash_of(key):
    return hashlib.sha256(key.encode()).hexdigest()


def status(server, key):
    return server.old(key).try_exec("bash", "true").status_code


# Making, showing, changing

def test_m47_a_key_is_shown_once_and_its_record_has_every_field(admin):
    key, record = admin.create("reports", metadata={"team": "data"}, rate_limits={"per_minute": 600, "daily": None}, tenant="acme")
    assert re.fullmatch(r"sk-[A-Za-z0-9_-]{32}", key)
    assert set(record) == RECORD
    assert record == {**record, "key_hash": hash_of(key), "key_prefix": key[:11], "name": "reports", "enabled": True, "metadata": {"team": "data"},
                      "rate_limits": {**NO_LIMITS, "per_minute": 600}, "last_used_at": None, "usage_count": 0, "source": "managed", "role": "client", "tenant": "acme"}
    assert TIME.fullmatch(record["created_at"])
    assert admin.record(hash_of(key)) == record
    assert key not in admin.client.get(KEYS).text


def test_m47_environment_keys_are_listed_too(admin, house):
    records = {record["key_hash"]: record for record in admin.list()}
    for key in [house.key, *house.keys]:
        record = records[hash_of(key)]
        assert set(record) == RECORD
        assert (record["source"], record["role"], record["enabled"], record["rate_limits"], record["key_prefix"]) == ("environment", "client", True, NO_LIMITS, key[:11])
    assert all(SHA256.fullmatch(key_hash) for key_hash in records)


def test_m47_a_key_works_at_once_on_both_replicas(admin, house, twin):
    key, _ = admin.create()
    assert house.old(key).exec("bash", "printf hello")["stdout"] == "hello"
    wait_until(lambda: status(twin, key) == 200, 5, "the other replica knows the key")


def test_m47_a_change_says_true_and_shows(admin):
    _, record = admin.create("before", rate_limits={"per_minute": 5, "hourly": 50})
    admin.change(record["key_hash"], name="after", rate_limits={"per_minute": None, "daily": 7}, role="auditor")
    changed = admin.record(record["key_hash"])
    assert changed == {**record, "name": "after", "role": "auditor", "rate_limits": {**NO_LIMITS, "hourly": 50, "daily": 7}}


def test_m47_a_change_that_says_nothing_changes_nothing(admin):
    _, record = admin.create("same")
    admin.change(record["key_hash"])
    admin.change(record["key_hash"], enabled=None, unknown="field")
    assert admin.record(record["key_hash"]) == record


def test_m47_a_disabled_key_is_refused_on_both_replicas_and_may_come_back(admin, house, twin):
    key, record = admin.create()
    admin.change(record["key_hash"], enabled=False)
    assert_error(house.old(key).post("/exec", json=RUN), 401, "authentication", text="API key is disabled")
    wait_until(lambda: status(twin, key) == 401, 5, "the other replica refuses it")
    assert_error(twin.old(key).post("/exec", json=RUN), 401, "authentication", text="API key is disabled")
    admin.change(record["key_hash"], enabled=True)
    wait_until(lambda: status(twin, key) == 200, 5, "the other replica takes it again")


def test_m47_a_disabled_key_beside_a_valid_one_does_no_harm(admin, house):
    key, record = admin.create()
    admin.change(record["key_hash"], enabled=False)
    answer = house.anonymous().post("/exec", json=RUN, headers={"X-API-Key": key, "Authorization": f"Bearer {house.key}"})
    assert body_of(answer, 200)["stdout"] == "hello"


def test_m47_a_revoked_key_is_refused_on_both_replicas_for_good(admin, house, twin):
    key, record = admin.create()
    wait_until(lambda: status(twin, key) == 200, 5, "the other replica knows the key")
    admin.revoke(record["key_hash"])
    assert_error(house.old(key).post("/exec", json=RUN), 401, "authentication", text="Invalid API key")
    wait_until(lambda: status(twin, key) == 401, 5, "the other replica refuses it")
    assert admin.record(record["key_hash"]) is None
    assert_error(admin.client.delete(f"{KEYS}/{record['key_hash']}"), 404, "resource_not_found")


def test_m47_keys_survive_a_restart(make_server):
    server = make_server({"MASTER_API_KEY": MASTER})
    admin = Admin(server)
    kept, record = admin.create("kept")
    off, off_record = admin.create("off")
    admin.change(off_record["key_hash"], enabled=False)
    gone, gone_record = admin.create("gone")
    admin.revoke(gone_record["key_hash"])
    for _ in range(3):
        assert status(server, kept) == 200
    before = admin.record(record["key_hash"])
    assert before["usage_count"] == 3 and TIME.fullmatch(before["last_used_at"])
    assert server.stop() == 0
    server.start().wait_ready()
    assert admin.record(record["key_hash"]) == before
    assert [status(server, key) for key in (kept, off, gone)] == [200, 401, 401]


def test_m47_uses_are_counted_alike_on_both_replicas(admin, house, twin):
    key, record = admin.create()
    wait_until(lambda: status(twin, key) == 200, 5, "the other replica knows the key")
    used = admin.record(record["key_hash"])["usage_count"]
    for server in (house, twin, twin, house, twin):
        assert body_of(server.old(key).get("/v1/languages"), 200)
    expected = wait_until(lambda: max(Admin(server).record(record["key_hash"])["usage_count"] for server in (house, twin)) or None, 5, "uses")
    total = wait_until(lambda: [count for count in [Admin(house).record(record["key_hash"])["usage_count"]] if count >= used + 5], 5, "all uses are counted")[0]
    assert expected <= total
    wait_until(lambda: Admin(house).record(record["key_hash"]) == Admin(twin).record(record["key_hash"]), 5, "both replicas agree")


# Who may

def admin_calls(key_hash):
    return [("GET", KEYS, None), ("POST", KEYS, {"name": "x"}), ("PATCH", f"{KEYS}/{key_hash}", {"name": "y"}), ("DELETE", f"{KEYS}/{key_hash}", None)]


def test_c14_no_or_an_unknown_credential_is_a_401(admin, house):
    _, record = admin.create("untouched")
    for method, path, body in admin_calls(record["key_hash"]):
        assert_error(house.anonymous().request(method, path, json=body), 401, "authentication", text="Missing API key")
        assert_error(house.old("sk-wrong-wrong-wrong-wrong-wrong-wr").request(method, path, json=body), 401, "authentication", text="Invalid API key")
    assert admin.record(record["key_hash"]) == record


@pytest.mark.parametrize("role", ["client", "auditor", "environment"])
def test_m46_who_is_no_admin_gets_a_403(admin, house, role):
    key = house.key if role == "environment" else admin.create(role=role)[0]
    _, record = admin.create("untouched")
    for method, path, body in admin_calls(record["key_hash"]):
        assert_error(house.old(key).request(method, path, json=body), 403, "authorization")
    assert admin.record(record["key_hash"]) == record


def test_m47_an_admin_key_administers_in_every_place_of_a_credential(admin, house):
    key, record = admin.create("admin", role="admin")
    for headers in ({"x-api-key": key}, {"Authorization": f"Bearer {key}"}, {"Authorization": f"ApiKey {key}"}, {"Authorization": basic(f"admin:{key}")}):
        assert body_of(house.anonymous().get(KEYS, headers=headers), 200)
    made = body_of(house.anonymous().post(KEYS, json={"name": "by body", "LIBRECHAT_CODE_API_KEY": key}), 200)
    assert made["record"]["name"] == "by body" and made["record"]["metadata"] == {}
    admin.change(record["key_hash"], role="client")
    assert_error(house.old(key).get(KEYS), 403, "authorization")


def test_m47_without_any_admin_credential_the_administration_is_off(server):
    assert_error(server.old().get(KEYS), 403, "authorization", text="Admin operations are disabled (no MASTER_API_KEY configured)")
    assert_error(server.anonymous().get(KEYS), 401, "authentication", text="Missing API key")


def test_m47_environment_keys_cannot_be_edited(admin, house):
    for key in (house.key, MASTER):
        assert_error(admin.client.request("PATCH", f"{KEYS}/{hash_of(key)}", json={"enabled": False}), 403, "authorization")
        assert_error(admin.client.delete(f"{KEYS}/{hash_of(key)}"), 403, "authorization")
    assert status(house, house.key) == 200


@pytest.mark.parametrize("key_hash", ["0" * 64, "xyz", "0" * 16, UNKNOWN_ID])
def test_m47_an_unknown_key_is_a_404(admin, key_hash):
    assert_error(admin.client.request("PATCH", f"{KEYS}/{key_hash}", json={"enabled": False}), 404, "resource_not_found")
    assert_error(admin.client.delete(f"{KEYS}/{key_hash}"), 404, "resource_not_found")


@pytest.mark.parametrize("body, field", [
    ({}, "name"), ({"name": ""}, "name"), ({"name": 7}, "name"), ({"name": "a\u001fb"}, "name"), ({"name": "x", "rate_limits": {"per_minute": 0}}, "rate_limits.per_minute"),
    ({"name": "x", "rate_limits": {"daily": "7"}}, "rate_limits.daily"), ({"name": "x", "rate_limits": {"hourly": 1.5}}, "rate_limits.hourly"),
    ({"name": "x", "rate_limits": [1]}, "rate_limits"), ({"name": "x", "metadata": {"a": 1}}, "metadata.a"), ({"name": "x", "metadata": "a"}, "metadata"),
    ({"name": "x", "role": "root"}, "role"), ({"name": "x", "tenant": ""}, "tenant"), ({"name": "x", "tenant": "a\u001fb"}, "tenant")])
def test_m47_a_body_that_breaks_the_schema_is_a_422_naming_the_field(admin, body, field):
    assert_error(admin.client.post(KEYS, json=body), 422, "validation", field=field)


@pytest.mark.parametrize("body, field", [({"enabled": "no"}, "enabled"), ({"role": "root"}, "role"), ({"name": ""}, "name"), ({"rate_limits": {"monthly": -1}}, "rate_limits.monthly")])
def test_m47_a_change_that_breaks_the_schema_is_a_422_naming_the_field(admin, body, field):
    _, record = admin.create("untouched")
    assert_error(admin.client.request("PATCH", f"{KEYS}/{record['key_hash']}", json=body), 422, "validation", field=field)
    assert admin.record(record["key_hash"]) == record


# Tenants and roles (3.2, 3.3)

def test_m7_each_key_is_its_own_owner_unless_keys_share_a_tenant(admin, house):
    alone, record = admin.create()
    first, second = (admin.create(tenant="shared-by-two")[0] for _ in range(2))
    session = house.old(first).exec("bash", "printf x > a.txt")["session_id"]
    assert house.old(second).session(session)["owner"] == {"tenant": "shared-by-two", "principal": "shared-by-two"}
    assert house.old(second).files(session) != []
    assert house.old(alone).files(session) == []
    assert_error(house.old(alone).get(f"/v1/sessions/{session}"), 404, "resource_not_found")
    own = house.old(alone).exec("bash", "true")["session_id"]
    assert house.old(alone).session(own)["owner"]["tenant"] == "key:" + record["key_hash"][:16]


def test_m46_an_auditor_reads_all_owners_and_changes_nothing(admin, house):
    owner = house.old(admin.create()[0])
    upload = owner.upload(("a.txt", b"abc"))
    result = owner.exec("bash", "printf out > b.txt", files=[owner.ref(upload)])
    session, execution, file = result["session_id"], result["execution_id"], upload["files"][0]["fileId"]
    auditor = house.old(admin.create(role="auditor")[0])
    assert auditor.session(session)["session_id"] == session
    assert auditor.events(session) == owner.events(session)
    assert auditor.execution(execution) == owner.execution(execution)
    assert auditor.download(session, result["files"][0]["id"]) == b"out"
    assert auditor.files(session) != [] and auditor.probe(upload["session_id"], file).status_code == 200
    wait_until(lambda: any(item["session_id"] == session for item in auditor.sessions()), 15, "the session is listed")
    for method, path, body in [
            ("POST", "/exec", RUN), ("DELETE", f"/files/{upload['session_id']}/{file}", None), ("DELETE", f"/sessions/{upload['session_id']}/objects/{file}", None)]:
        assert_error(auditor.request(method, path, json=body), 403, "authorization")
    assert_error(auditor.try_upload(("x.txt", b"x")), 403, "authorization")
    assert owner.download(upload["session_id"], file) == b"abc"


def test_m46_an_auditor_with_a_tenant_reads_that_tenant_only(admin, house):
    inside = house.old(admin.create(tenant="audited")[0])
    outside = house.old(admin.create(tenant="elsewhere")[0])
    auditor = house.old(admin.create(role="auditor", tenant="audited")[0])
    seen, unseen = inside.exec("bash", "true"), outside.exec("bash", "true")
    assert auditor.session(seen["session_id"])["owner"]["tenant"] == "audited"
    assert auditor.execution(seen["execution_id"])["execution_id"] == seen["execution_id"]
    foreign, unknown = auditor.get(f"/v1/sessions/{unseen['session_id']}"), auditor.get(f"/v1/sessions/{UNKNOWN_ID}")
    assert_error(foreign, 404, "resource_not_found")
    assert foreign.json()["error"] == unknown.json()["error"]
    assert_error(auditor.get(f"/v1/executions/{unseen['execution_id']}"), 404, "resource_not_found")
    listed = wait_until(lambda: [s for s in auditor.sessions() if s["session_id"] == seen["session_id"]] and auditor.sessions(), 15, "the session is listed")
    assert {item["owner"]["tenant"] for item in listed} == {"audited"}


# The stream in which keys are recorded

def test_m47_every_change_is_on_record_and_no_key_is(admin, house):
    key, record = admin.create("recorded", tenant="t")
    admin.change(record["key_hash"], enabled=False)
    admin.revoke(record["key_hash"])
    shown = command(house, "sessions", "events", RESERVED, "--json").stdout
    mine = [line for line in shown.splitlines() if record["key_hash"] in line]
    assert [re.search(r'"type":"([a-z.]+)"', line).group(1) for line in mine] == ["key.created", "key.changed", "key.revoked"]
    assert all("key:" + hash_of(MASTER)[:16] in line for line in mine), "who did it"
    assert key not in shown and MASTER not in shown


def test_m47_the_stream_of_keys_is_no_session_for_anybody(admin, house):
    admin.create()
    for client in (admin.client, house.old(), house.old(admin.create(role="auditor")[0])):
        assert_error(client.get(f"/v1/sessions/{RESERVED}"), 404, "resource_not_found")
        assert_error(client.get(f"/v1/sessions/{RESERVED}/events"), 404, "resource_not_found")
        assert client.files(RESERVED) == []
    assert RESERVED not in [item["session_id"] for item in admin.client.settled_sessions()]
    result = house.old().exec("bash", "true", session_id=RESERVED)
    assert result["session_id"] != RESERVED
    assert_error(house.old().delete(f"/files/{RESERVED}/{UNKNOWN_ID}"), 404, "resource_not_found")
    assert house.old().post(f"/state/{RESERVED}", data=b"\x01state").status_code in (400, 404)
    assert house.old().get(f"/state/{RESERVED}/info").json()["exists"] is False


def test_m47_views_and_proof_take_the_stream_of_keys_along(admin, house):
    admin.create()
    assert command(house, "verify").returncode == 0
    assert command(house, "projections", "verify").returncode == 0


# The command line

def command(server, *arguments):
    result = subprocess.run([binary(), *arguments, "--database-url", server.database_url], capture_output=True, text=True, timeout=120)
    assert "Fatal" not in result.stderr, result.stderr
    return result


def test_m47_keys_can_be_managed_from_the_command_line(admin, house):
    made = command(house, "keys", "create", "on call", "--role", "auditor", "--tenant", "ops", "--per-minute", "60")
    assert made.returncode == 0, made.stderr
    key = made.stdout.strip()
    assert re.fullmatch(r"sk-[A-Za-z0-9_-]{32}", key)
    record = wait_until(lambda: admin.record(hash_of(key)), 5, "the server knows the key")
    assert (record["name"], record["role"], record["tenant"], record["rate_limits"]["per_minute"]) == ("on call", "auditor", "ops", 60)
    listed = command(house, "keys", "list").stdout
    assert "on call" in listed and record["key_hash"][:16] in listed and key not in listed
    assert command(house, "keys", "change", record["key_hash"][:16], "--per-minute", "0", "--name", "renamed").returncode == 0
    assert command(house, "keys", "disable", key[:11]).returncode == 0
    changed = wait_until(lambda: [r for r in [admin.record(hash_of(key))] if not r["enabled"]], 5, "it is disabled")[0]
    assert (changed["name"], changed["rate_limits"]["per_minute"]) == ("renamed", None)
    assert command(house, "keys", "enable", key[:11]).returncode == 0
    assert command(house, "keys", "revoke", record["key_hash"]).returncode == 0
    wait_until(lambda: admin.record(hash_of(key)) is None, 5, "it is gone")
    assert command(house, "keys", "revoke", record["key_hash"]).returncode != 0
