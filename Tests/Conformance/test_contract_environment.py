"""M51 and section 14: an environment written for KubeCodeRun starts the server; a wrong one stops it and says why."""
import os
import subprocess

import pytest

from harness.server import REPOSITORY, Server, binary, free_port, inherited_environment, new_key

# Every name that is accepted and has no effect, with a value as such files have it.
DEAD = {
    "REDIS_HOST": "redis", "REDIS_PORT": "6379", "REDIS_DB": "0", "REDIS_PASSWORD": "redis-password-value", "REDIS_URL": "redis://redis:6379/0",
    "MINIO_ENDPOINT": "minio:9000", "MINIO_ACCESS_KEY": "minio-access-value", "MINIO_SECRET_KEY": "minio-secret-value", "MINIO_BUCKET": "files", "MINIO_SECURE": "false",
    "SQLITE_METRICS_ENABLED": "true", "SQLITE_METRICS_DB_PATH": "data/metrics.db", "METRICS_EXECUTION_RETENTION_DAYS": "90", "METRICS_DAILY_RETENTION_DAYS": "365",
    "METRICS_AGGREGATION_INTERVAL_MINUTES": "60", "METRICS_BUFFER_SIZE": "10000", "METRICS_ARCHIVE_ENABLED": "true", "DETAILED_METRICS_ENABLED": "true",
    "STATE_ARCHIVE_AFTER_SECONDS": "3600", "STATE_ARCHIVE_CHECK_INTERVAL_SECONDS": "300", "ENABLE_ORPHAN_MINIO_CLEANUP": "true", "SESSION_ID_LENGTH": "32",
    "MAX_SESSIONS_PER_ENTITY": "100", "MAX_FILENAME_LENGTH": "255", "MAX_CPU_QUOTA": "50000", "K8S_JOB_DEADLINE_SECONDS": "300", "API_KEY_HEADER": "x-api-key",
    "API_KEY_CACHE_TTL": "300", "API_RELOAD": "false", "SSL_REDIRECT": "false", "ALLOWED_FILE_EXTENSIONS": ".txt,.py", "BLOCKED_FILE_PATTERNS": "*.exe",
    "WAN_NETWORK_NAME": "wan", "WAN_DNS_SERVERS": "1.1.1.1", "POD_MASK_HOST_INFO": "true", "POD_GENERIC_HOSTNAME": "sandbox", "ENABLE_NETWORK_ISOLATION": "true",
    "ENABLE_FILESYSTEM_ISOLATION": "true", "POD_POOL_WARMUP_ON_STARTUP": "true", "POD_POOL_EXHAUSTION_TRIGGER": "true", "POD_TTL_MINUTES": "5",
    "POD_CLEANUP_INTERVAL_MINUTES": "5", "LOG_MAX_SIZE_MB": "100", "LOG_BACKUP_COUNT": "5", "ENABLE_SECURITY_LOGS": "true", "HEALTH_CHECK_INTERVAL": "30",
}

# Names that mean here what they meant there.
MAPPED = {
    "API_DEBUG": "false", "ENABLE_DOCS": "true", "ENABLE_CORS": "false", "CORS_ORIGINS": "[]", "ENABLE_HTTPS": "false", "RATE_LIMIT_ENABLED": "true",
    "MAX_EXECUTION_TIME": "5", "MAX_MEMORY_MB": "512", "MAX_FILE_SIZE_MB": "2", "MAX_TOTAL_FILE_SIZE_MB": "20", "MAX_FILES_PER_SESSION": "50", "MAX_OUTPUT_FILES": "3",
    "MAX_CONCURRENT_EXECUTIONS": "10", "SESSION_TTL_HOURS": "24", "SESSION_CLEANUP_INTERVAL_MINUTES": "60", "STATE_PERSISTENCE_ENABLED": "true",
    "STATE_TTL_SECONDS": "7200", "STATE_MAX_SIZE_MB": "50", "STATE_CAPTURE_ON_ERROR": "false", "LOG_LEVEL": "INFO", "LOG_FORMAT": "json",
    "ENABLE_ACCESS_LOGS": "true", "HEALTH_CHECK_TIMEOUT": "5", "K8S_NAMESPACE": "kubecoderun", "K8S_IMAGE_TAG": "latest", "POD_POOL_ENABLED": "true", "POD_POOL_PY": "5",
}


@pytest.fixture(scope="module")
def migrated():
    running = Server({**DEAD, **MAPPED, "MASTER_API_KEY": "sk-master-of-the-old-service"})
    try:
        yield running.start().wait_ready()
    finally:
        running.stop()
        running.remove()


def test_m51_the_server_of_such_an_environment_runs_code(migrated):
    assert migrated.old().exec("bash", "printf ok")["stdout"] == "ok"


def test_m51_the_mapped_names_have_their_effect(migrated):
    client = migrated.old()
    assert client.exec("bash", "sleep 30", timeout=60000)["stderr"].endswith("Execution timed out after 5 seconds")
    assert client.try_upload(("big.bin", b"x" * (3 << 20))).status_code == 413
    assert len(client.exec("bash", "touch 1 2 3 4 5")["files"]) == 3


@pytest.mark.parametrize("name", DEAD)
def test_m51_a_name_without_effect_is_told_once(migrated, name):
    lines = [line for line in migrated.log_text().splitlines() if name in line.replace("=", " ").replace("'", " ").replace('"', " ").replace(",", " ").replace(":", " ").split()]
    assert len(lines) == 1, lines


@pytest.mark.parametrize("secret", ["redis-password-value", "minio-secret-value", "minio-access-value", "sk-master-of-the-old-service"])
def test_m51_no_value_of_a_secret_is_told(migrated, secret):
    assert secret not in migrated.log_text()


def attempt(tmp_path, **settings):
    """A start that must fail: its exit code and what it said."""
    environment = {name: value for name, value in {"API_HOST": "127.0.0.1", "API_PORT": str(free_port()), "API_KEY": new_key(), "RUNLEDGER_HOME": str(tmp_path / "home"), **settings}.items()
                   if value is not None}
    with subprocess.Popen([binary(), "serve"], cwd=REPOSITORY, env={**inherited_environment(), **environment}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True) as process:
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.terminate()  # It started, although it should not have; its database must not stay behind.
        said = process.stdout.read()
    assert not os.path.exists(tmp_path / "home" / "postgres"), f"what is refused has started nothing; it said: {said}"
    return process.returncode, said.strip()


@pytest.mark.parametrize("name, value", [
    ("MAX_EXECUTION_TIME", "0"), ("MAX_EXECUTION_TIME", "601"), ("MAX_EXECUTION_TIME", "soon"), ("MAX_FILE_SIZE_MB", "501"), ("MAX_FILE_SIZE_MB", "0"),
    ("SESSION_TTL_HOURS", "8761"), ("SESSION_TTL_HOURS", "-1"), ("API_PORT", "70000"), ("AUTH_TRUSTED_NETWORKS", "10.0.0.0/33"), ("AUTH_TRUSTED_NETWORKS", "office"),
    ("API_KEY", "sk-short"), ("API_KEYS", "sk-long-enough-to-be-a-key,short"), ("MASTER_API_KEY", "fifteen-chars-x"), ("SESSION_REUSE", "sometimes"), ("EXECUTOR", "docker"),
    ("BLOB_STORE", "ftp"), ("AUTH_ENABLED", "perhaps")])
def test_section_14_a_value_that_breaks_its_rule_stops_the_start_and_is_named(tmp_path, name, value):
    code, said = attempt(tmp_path, **{name: value})
    assert code == 1 and len(said.splitlines()) == 1 and name in said, (code, said)
    if name.startswith(("API_KEY", "MASTER")):
        assert "short" not in said.replace("too short", "").replace("shorter", "") and "fifteen-chars-x" not in said, "no key is ever printed"


def test_section_14_authentication_is_not_switched_off_for_the_world_by_accident(tmp_path):
    code, said = attempt(tmp_path, AUTH_ENABLED="false", API_HOST="0.0.0.0")
    assert code == 1 and "AUTH_DISABLED_ACKNOWLEDGED" in said, said


def test_section_14_a_server_that_nobody_could_use_does_not_start(tmp_path):
    code, said = attempt(tmp_path, API_KEY=None, API_HOST="0.0.0.0")
    assert code == 1 and "API_KEY" in said, said
