"""What answers look like, as the contract states it."""
import re

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{19}[A-Za-z0-9]")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SHA256 = re.compile(r"[0-9a-f]{64}")

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-XSS-Protection": "1; mode=block",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), camera=()",
    "Content-Security-Policy": "default-src 'self'",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}

UNKNOWN_ID = "ZZZZZZZZZZZZZZZZZZZZZ"


def is_id(value):
    return isinstance(value, str) and ID.fullmatch(value) is not None


def assert_id(value, what="id"):
    assert is_id(value), f"{what} is no id of section 0: {value!r}"


def assert_error(response, status, error_type, text=None, code=None, field=None):
    """The one error body of section 4.1; returns it."""
    assert response.status_code == status, f"expected {status} {error_type}, got {response.status_code}: {response.text[:1000]}"
    assert response.headers["Content-Type"].startswith("application/json"), response.headers["Content-Type"]
    body = response.json()
    missing = {"error", "error_type", "details", "request_id", "timestamp"} - set(body)
    assert not missing, f"the error body lacks {sorted(missing)}: {body}"
    assert isinstance(body["error"], str) and body["error"], body
    assert body["error_type"] == error_type, body
    assert body["request_id"] == response.headers["X-Request-Id"], (body, dict(response.headers))
    assert TIME.fullmatch(body["timestamp"]), body
    details = body["details"]
    assert details is None or (isinstance(details, list) and details), f"details must be null or a non-empty array: {body}"
    if text is not None:
        assert body["error"] == text, body
    if code is not None:
        assert details and code in [item.get("code") for item in details], body
    if field is not None:
        assert details and field in [item.get("field") for item in details], body
    return body


def assert_security_headers(response, policy=None):
    """The headers of section 13.1 on any answer."""
    expected = {**SECURITY_HEADERS, **({"Content-Security-Policy": policy} if policy else {})}
    actual = {name: response.headers.get(name) for name in expected}
    assert actual == expected, f"status {response.status_code}"
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", response.headers.get("X-Request-Id") or ""), dict(response.headers)


def names(result):
    """The file names of an /exec answer, in its order."""
    return [file["name"] for file in result["files"]]


def file_named(result, name):
    found = [file for file in result["files"] if file["name"] == name]
    assert len(found) == 1, f"expected one file {name!r}, got {names(result)}"
    return found[0]


def last_line(text):
    return text.rstrip("\n").split("\n")[-1]
