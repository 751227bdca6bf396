"""M10, 4.2, trap 26: rate limits that hold exactly on two replicas, and are told on every answer."""
import time

import pytest

from harness import raw, tools
from harness.client import body_of
from harness.keys import MASTER, Admin
from harness.server import serving
from harness.shapes import UNKNOWN_ID, assert_error
from harness.waiting import in_parallel, wait_until

HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-RateLimit-Period")
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def house():
    with serving({"MASTER_API_KEY": MASTER}) as running:
        yield running


@pytest.fixture(scope="module")
def twin(house):
    with serving(database_url=house.database_url, like=house) as running:
        yield running


def limited_client(server, **limits):
    return server.old(Admin(server).create("limited", rate_limits=limits)[0])


def languages(client):
    return client.get("/v1/languages")


def told(response):
    """The four headers, numbers as numbers."""
    values = [response.headers.get(name) for name in HEADERS]
    assert None not in values, dict(response.headers)
    return int(values[0]), int(values[1]), int(values[2]), values[3]


def assert_limited(response, period, limit):
    """The body and headers of 4.2."""
    body = assert_error(response, 429, "rate_limited", text="rate_limited")
    assert body["message"] == f"Rate limit exceeded for {period}. Limit: {limit}, Used: {limit}"
    assert isinstance(body["retry_after_seconds"], int) and body["retry_after_seconds"] >= 1
    assert response.headers["Retry-After"] == str(body["retry_after_seconds"])
    shown_limit, remaining, reset, shown_period = told(response)
    assert (shown_limit, remaining, shown_period) == (limit, 0, period)
    assert abs(reset - (time.time() + body["retry_after_seconds"])) < 60
    return body


def test_m10_of_many_parallel_calls_on_two_replicas_exactly_the_limit_passes(house, twin):
    client = limited_client(house, monthly=23)
    clients = [client, client.at(twin)]
    wait_until(lambda: clients[1].get("/health").headers.get("X-RateLimit-Limit") == "23", 5, "the other replica knows the key")
    answers = in_parallel(lambda n: languages(clients[n % 2]), range(50))
    assert sorted(answer.status_code for answer in answers) == [200] * 23 + [429] * 27
    for answer in answers:
        if answer.status_code == 429:
            assert_limited(answer, "monthly", 23)
    assert sorted(told(answer)[1] for answer in answers if answer.status_code == 200) == list(range(23)), "each admitted call saw its own place"
    assert_limited(languages(client), "monthly", 23)


@pytest.mark.parametrize("period", ["per_minute", "hourly", "daily", "monthly"])
def test_m10_each_window_ends_where_the_calendar_says(house, period):
    client = limited_client(house, **{period: 1000})
    before = int(time.time())
    limit, remaining, reset, shown = told(languages(client))
    after = int(time.time())
    def end(now):
        t = time.gmtime(now)
        if period == "monthly":
            import calendar
            return calendar.timegm((t.tm_year + t.tm_mon // 12, t.tm_mon % 12 + 1, 1, 0, 0, 0))
        length = {"per_minute": 60, "hourly": 3600, "daily": 86400}[period]
        return now // length * length + length
    assert (limit, shown) == (1000, period) and remaining <= 999
    assert reset in (end(before), end(after))


def test_m10_a_new_window_lets_calls_pass_again(house):
    client = limited_client(house, per_second=2)
    refused = wait_until(lambda: [a for a in [languages(client) for _ in range(5)] if a.status_code == 429], 20, "one second is used up")[0]
    assert_limited(refused, "per_second", 2)
    assert refused.headers["Retry-After"] == "1"
    wait_until(lambda: languages(client).status_code == 200, 10, "the next second")


def test_m10_refused_calls_do_not_count(house):
    client = limited_client(house, daily=2, monthly=4)
    assert [languages(client).status_code for _ in range(6)] == [200, 200, 429, 429, 429, 429]
    Admin(house).change(next(r["key_hash"] for r in Admin(house).list() if r["key_prefix"] == client.key[:11]), rate_limits={"daily": None})
    assert [languages(client).status_code for _ in range(3)] == [200, 200, 429]


def test_m10_the_tightest_window_is_told(house):
    client = limited_client(house, hourly=100, daily=5, monthly=50)
    assert told(languages(client))[::3] == (5, "daily")


def test_m10_one_key_says_nothing_about_another(house):
    used_up, fresh = limited_client(house, monthly=1), limited_client(house, monthly=1)
    assert [languages(used_up).status_code for _ in range(2)] == [200, 429]
    assert languages(fresh).status_code == 200
    assert languages(house.old()).status_code == 200


@pytest.mark.parametrize("method, target, headers, body, status", [
    ("GET", "/v1/languages", {}, b"", 200), ("POST", "/exec", JSON, b'{"lang":"bash","code":"true"}', 200), ("POST", "/exec", JSON, b"{", 400),
    ("POST", "/exec", JSON, b'{"lang":"bash"}', 422), ("POST", "/exec", {"Content-Type": "text/html"}, b"x", 415), ("GET", "/exec", {}, b"", 405),
    ("GET", "/nowhere", {}, b"", 404), ("GET", "/nowhere?x=" + "y" * 9000, {}, b"", 414), ("GET", "/v1/languages", {"X-Padding": "x" * 40_000}, b"", 431),
    ("GET", f"/v1/sessions/{UNKNOWN_ID}", {}, b"", 404), ("GET", "/api/v1/admin/keys", {}, b"", 403), ("POST", "/upload", JSON, b"{}", 400), ("HEAD", f"/files/{UNKNOWN_ID}", {}, b"", 200)])
def test_trap26_the_state_of_the_limits_is_on_every_answer_and_each_request_counts(house, method, target, headers, body, status):
    client = limited_client(house, monthly=2)
    remaining = []
    for _ in range(2):
        answer = raw.request(house, method, target, headers, body, key=client.key)
        assert answer.status_code == status, answer.text[:500]
        remaining.append(told(answer)[1])
    assert remaining == [1, 0]
    refused = raw.request(house, method, target, headers, body, key=client.key)
    assert refused.status_code == 429 and told(refused)[1] == 0 and refused.headers["X-Request-Id"]


@pytest.mark.parametrize("method, path, status", [
    ("GET", "/health", 200), ("GET", "/ready", 200), ("GET", "/openapi.json", 200), ("OPTIONS", "/exec", 204), ("OPTIONS", f"/download/{UNKNOWN_ID}/{UNKNOWN_ID}", 204)])
def test_m10_health_documents_and_options_do_not_count_but_tell(house, method, path, status):
    client = limited_client(house, monthly=2)
    for _ in range(4):
        answer = client.request(method, path)
        assert answer.status_code == status
        assert told(answer)[1] == 2
    assert languages(client).status_code == 200
    assert told(client.request(method, path))[1] == 1


def test_m10_a_key_in_the_body_is_limited_too(house):
    key = limited_client(house, monthly=1).key
    calls = [house.anonymous().post("/exec", json={"lang": "bash", "code": "true", "api_key": key}) for _ in range(2)]
    assert [call.status_code for call in calls] == [200, 429]
    assert_limited(calls[1], "monthly", 1)


def test_m10_keys_without_limits_and_strangers_are_told_nothing(house):
    unlimited = house.old(Admin(house).create()[0])
    for answer in (languages(unlimited), languages(house.old()), languages(house.old("sk-wrong-wrong-wrong-wrong-wrong-wr")), house.anonymous().get("/nowhere")):
        assert not [name for name in answer.headers if name.lower().startswith("x-ratelimit")]


def test_m10_limits_can_be_switched_off(make_server):
    server = make_server({"MASTER_API_KEY": MASTER, "RATE_LIMIT_ENABLED": "false"})
    client = limited_client(server, monthly=1)
    for _ in range(3):
        answer = languages(client)
        assert body_of(answer, 200) and "X-RateLimit-Limit" not in answer.headers


def test_continuations_do_not_count(house):
    client = limited_client(house, daily=2)
    reply = tools.start(client, "for _ in range(4): await t()\nprint('done')", tools.tools("t"))
    last, asked = tools.converse(client, reply, lambda name, given: None)
    assert (last["stdout"], len(asked)) == ("done\n", 4)
    assert client.try_exec("bash", "true").status_code == 200
    assert client.try_exec("bash", "true").status_code == 429
