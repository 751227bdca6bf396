"""Section 12: how the server is, what it is set to, and its own documentation."""
import re
from html.parser import HTMLParser

import pytest

from harness.client import body_of
from harness.database import Cable
from harness.fixtures import limited
from harness.server import Server
from harness.shapes import TIME, assert_error, assert_security_headers
from harness.waiting import wait_until

SERVICES = ["postgres", "blob_store", "executor", "pool", "ledger"]
FIELDS = {"service", "status", "timestamp", "response_time_ms", "details", "error"}
PAGE_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'"

debugging = limited({"API_DEBUG": "true", "SESSION_TTL_HOURS": "48", "MASTER_API_KEY": "sk-master-key-that-must-not-show", "MAX_EXECUTION_TIME": "7",
                     "LOG_LEVEL": "INFO"})
quiet = limited({"ENABLE_DOCS": "false", "ENABLE_ACCESS_LOGS": "false", "LOG_LEVEL": "INFO"})


@pytest.fixture
def cabled(server):
    cable = Cable(server.database_url)
    running = Server({"HEALTH_CHECK_TIMEOUT": "1"}, database_url=cable.url, like=server).start()
    try:
        yield running.wait_ready(), cable
    finally:
        cable.resume()
        running.process.kill()
        running.process.wait()
        cable.close()
        running.remove()


@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_health_detailed_names_every_service(old, prefix):
    body = body_of(old.get(f"{prefix}/health/detailed", params={"use_cache": "false"}), 200)
    assert (body["status"], list(body["services"])) == ("healthy", SERVICES)
    for name, service in body["services"].items():
        assert set(service) == FIELDS and service["service"] == name
        assert (service["status"], service["error"]) == ("healthy", None)
        assert TIME.fullmatch(service["timestamp"]) and service["response_time_ms"] >= 0 and isinstance(service["details"], dict)
    assert body["summary"] == {"total_services": 5, "healthy_services": 5, "degraded_services": 0, "unhealthy_services": 0}
    assert TIME.fullmatch(body["timestamp"])


def test_health_detailed_is_remembered_for_a_while_unless_asked_anew(old):
    def asked_at(**query):
        return body_of(old.get("/health/detailed", params=query), 200)["services"]["ledger"]["timestamp"]
    first = asked_at(use_cache="false")
    assert asked_at() == asked_at(use_cache="true") == first
    assert wait_until(lambda: asked_at(use_cache="false") > first, 5, "it is asked again")


@pytest.mark.parametrize("path, name", [("/health/postgres", "postgres"), ("/health/blobs", "blob_store"), ("/health/executor", "executor")])
def test_health_of_one_service(old, path, name):
    for prefix in ("", "/v1"):
        body = body_of(old.get(prefix + path), 200)
        assert set(body) == FIELDS and (body["service"], body["status"]) == (name, "healthy")


@pytest.mark.parametrize("path", ["/health/kubernetes", "/health/minio", "/health/redis", "/v1/health/redis", "/health/nothing", "/config", "/v1/config"])
def test_health_of_what_is_not_there_is_unknown(old, path):
    assert_error(old.get(path), 404, "resource_not_found")


@pytest.mark.parametrize("path", ["/health/detailed", "/health/postgres", "/health/executor", "/status", "/v1/status"])
def test_health_details_need_credentials(server, path):
    assert_error(server.anonymous().get(path), 401, "authentication")


@pytest.mark.parametrize("loss", ["cut", "stall"])
def test_health_without_a_database_says_which_services_suffer(cabled, loss):
    server, cable = cabled
    client = server.old()
    body_of(client.get("/health/detailed"), 200)
    cable.cut() if loss == "cut" else cable.stall()
    response = client.get("/health/detailed", params={"use_cache": "false"})
    body = body_of(response, 503)
    assert (body["status"], body["services"]["postgres"]["status"], body["services"]["ledger"]["status"]) == ("unhealthy",) * 3
    assert body["services"]["postgres"]["error"] and body["summary"]["unhealthy_services"] >= 3
    assert int(response.headers["Retry-After"]) >= 1
    assert body_of(client.get("/health/postgres"), 503)["status"] == "unhealthy"
    status = body_of(client.get("/status"), 200)
    assert (status["overall_status"], status["metrics"]["total_executions"]) == ("unhealthy", None)
    text = response.text
    assert cable.directory not in text and "select" not in text.lower() and "socket" not in text.lower()


def test_status_tells_totals_and_settings(debugging):
    client = debugging.old()
    client.exec("bash", "true")

    def counted():
        body = body_of(client.get("/status", params={"use_cache": "false"}), 200)
        return body if body["metrics"]["total_executions"] == 1 else None
    body = wait_until(counted, 15, "the views have the run")
    assert set(body) == {"overall_status", "services", "metrics", "configuration"}
    assert body["overall_status"] == "healthy" and list(body["services"]) == SERVICES
    assert set(body["metrics"]) == {"total_executions", "total_api_requests", "buffer_size", "uptime_seconds"}
    assert body["metrics"]["total_api_requests"] >= 2 and body["metrics"]["uptime_seconds"] >= 0
    languages = [item["code"] for item in body_of(client.get("/v1/languages"), 200)["languages"] if item["available"]]
    assert body["configuration"] == {"debug_mode": True, "max_execution_time": 7, "max_memory_mb": 512, "session_ttl_hours": 48, "supported_languages": languages}


def test_status_counts_every_answer(debugging):
    client = debugging.old()

    def count():
        return body_of(client.get("/status"), 200)["metrics"]["total_api_requests"]
    before = count()
    for path in ("/health", "/nothing", "/v1/languages"):
        client.get(path)
    assert count() == before + 4


def test_config_while_debugging_shows_settings_and_no_secret(debugging):
    client = debugging.old()
    response = client.get("/config")
    body = body_of(response, 200)
    assert body["limits"]["max_execution_seconds"] == 7 and body["sessions"]["ttl_hours"] == 48
    assert body["authentication"]["master_key"] is True and body["authentication"]["environment_keys"] >= 2
    for secret in [debugging.key, *debugging.keys, "must-not-show", "postgres://", debugging.database_url]:
        assert secret not in response.text
    assert body_of(client.get("/v1/config"), 200) == body


def test_access_log_has_a_line_for_each_answer_and_no_query_or_key(debugging):
    client = debugging.old()
    response = client.get("/v1/languages", params={"secret": "word-in-a-query"}, headers={"X-Request-Id": "seen-in-the-log"})
    assert response.status_code == 200
    line = wait_until(lambda: [line for line in debugging.log_text().splitlines() if "seen-in-the-log" in line], 5, "the line is written")[0]
    assert "/v1/languages" in line and '"200"' in line and "word-in-a-query" not in line
    assert all(key not in debugging.log_text() for key in [debugging.key, *debugging.keys])


def test_access_log_can_be_switched_off(quiet):
    assert quiet.old().get("/v1/languages", headers={"X-Request-Id": "never-in-the-log"}).status_code == 200
    quiet.old().exec("bash", "true")
    assert "never-in-the-log" not in quiet.log_text()


class Page(HTMLParser):
    """Tags, their attributes and ids of a page; every tag must be closed."""
    VOID = {"meta", "link", "br", "wbr", "img", "hr", "input"}

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.ids, self.open = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        attributes = dict(attributes)
        self.links += [attributes[name] for name in ("href", "src", "action") if attributes.get(name)]
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_docs_are_one_page_without_script_or_other_hosts(server, path):
    response = server.anonymous().get(path)
    assert response.status_code == 200 and response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert_security_headers(response, policy=PAGE_POLICY)
    page = Page(response.text)
    assert page.open == [] and "script" not in page.tags and "img" not in page.tags
    assert "style=" not in response.text.replace("</style>", "") and "@import" not in response.text and "url(" not in response.text
    for link in page.links:
        assert link == "/openapi.json" or link.startswith("#"), link
        assert link == "/openapi.json" or link[1:] in page.ids, f"{link} leads nowhere"
    assert len(set(page.ids)) == len(page.ids)


def test_docs_show_every_operation_of_the_document(server):
    client = server.anonymous()
    text = re.sub(r"<wbr>", "", client.get("/docs").text)
    document = body_of(client.get("/openapi.json"), 200)
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert path in text and operation["summary"].split("&")[0].split("'")[0].split('"')[0] in text, path
    for name in document["components"]["schemas"]:
        assert f'id="schema-{name}"' in text


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_docs_switched_off_are_unknown(quiet, path):
    assert_error(quiet.anonymous().get(path), 404, "resource_not_found")
