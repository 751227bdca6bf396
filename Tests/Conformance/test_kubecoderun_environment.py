"""M51: an environment file of KubeCodeRun plus DATABASE_URL starts the server."""
import json
import re
from pathlib import Path

import pytest

from harness.keys import Admin
from harness.server import Server
from harness.shapes import assert_error

FILE = Path(__file__).with_name("kubecoderun.env")
ENVIRONMENT = dict(line.split("=", 1) for line in FILE.read_text().splitlines() if line and not line.startswith("#"))

# Section 14: accepted and ignored, with one warning each.
DEAD = re.compile(
    "REDIS_.*|MINIO_.*|SQLITE_METRICS_.*|METRICS_.*_RETENTION_DAYS|METRICS_AGGREGATION_INTERVAL_MINUTES|METRICS_BUFFER_SIZE|METRICS_ARCHIVE_.*|DETAILED_METRICS_ENABLED"
    "|STATE_ARCHIVE_AFTER_SECONDS|STATE_ARCHIVE_CHECK_INTERVAL_SECONDS|ENABLE_ORPHAN_MINIO_CLEANUP|SESSION_ID_LENGTH|MAX_SESSIONS_PER_ENTITY|MAX_FILENAME_LENGTH|MAX_CPU_QUOTA"
    "|K8S_JOB_DEADLINE_SECONDS|API_KEY_HEADER|API_KEY_CACHE_TTL|API_RELOAD|SSL_REDIRECT|ALLOWED_FILE_EXTENSIONS|BLOCKED_FILE_PATTERNS|WAN_NETWORK_NAME|WAN_DNS_SERVERS"
    "|POD_MASK_HOST_INFO|POD_GENERIC_HOSTNAME|ENABLE_NETWORK_ISOLATION|ENABLE_FILESYSTEM_ISOLATION|POD_POOL_WARMUP_ON_STARTUP|POD_POOL_EXHAUSTION_TRIGGER|POD_TTL_MINUTES"
    "|POD_CLEANUP_INTERVAL_MINUTES|LOG_MAX_SIZE_MB|LOG_BACKUP_COUNT|ENABLE_SECURITY_LOGS|HEALTH_CHECK_INTERVAL")


@pytest.fixture(scope="module")
def migrated(server):
    """A server that was given nothing but the file, a port and a database."""
    running = Server(ENVIRONMENT, database_url=server.database_url)
    running.key = ENVIRONMENT["API_KEY"]
    try:
        yield running.start().wait_ready()
    finally:
        running.stop()
        running.remove()


def warned(server):
    """The variables that start-up warnings name, as often as they do."""
    lines = [json.loads(line) for line in server.log_text().splitlines() if line.startswith("{")]
    messages = [line["message"] for line in lines if line["level"] == "warning"]
    return sorted(message.split()[0] for message in messages if message.split()[0] in ENVIRONMENT)


def test_m51_every_key_of_the_file_works(migrated):
    for key in (ENVIRONMENT["API_KEY"], *ENVIRONMENT["API_KEYS"].split(",")):
        assert migrated.old(key).exec("py", "print(6 * 7)")["stdout"] == "42\n"
    sources = {record["source"] for record in Admin(migrated, ENVIRONMENT["MASTER_API_KEY"]).list()}
    assert "environment" in sources


def test_m51_dead_names_warn_once_each_and_no_other_name_does(migrated):
    assert warned(migrated) == sorted(name for name in ENVIRONMENT if DEAD.fullmatch(name))


def test_m51_no_secret_of_the_file_is_in_the_log(migrated):
    for name in ("REDIS_PASSWORD", "MINIO_SECRET_KEY", "MASTER_API_KEY", "API_KEY"):
        assert ENVIRONMENT[name] not in migrated.log_text()


def test_m51_limits_of_the_file_hold(migrated):
    result = migrated.old().exec("bash", "for n in $(seq 12); do echo $n > $n.txt; done")
    assert len(result["files"]) == 10 and [skipped["reason"] for skipped in result["files_skipped"]] == ["too_many"] * 2
    assert_error(migrated.old().try_upload(*((f"{n}.txt", b"x") for n in range(51))), 413, "resource_exhausted")


def test_m51_cors_of_the_file_holds(migrated):
    allowed = migrated.anonymous().get("/health", headers={"Origin": "http://localhost:3080"})
    assert allowed.headers["Access-Control-Allow-Origin"] == "http://localhost:3080"
    assert "Access-Control-Allow-Origin" not in migrated.anonymous().get("/health", headers={"Origin": "http://elsewhere"}).headers
