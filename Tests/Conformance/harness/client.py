"""A client of the REST contract, in either dialect."""
import base64
import threading

import requests

from .multipart import encode, file_part, field_part
from .waiting import wait_until


class Client:
    """Speaks to one server with one credential. Never follows a redirect; safe to use from several threads."""

    def __init__(self, server, key, dialect, prefix="", headers=None):
        self.server, self.key, self.dialect, self.prefix = server, key, dialect, prefix
        self.headers = dict(headers or {})
        if key:
            self.headers.update({"X-API-Key": key} if dialect == "old" else {"Authorization": f"Bearer {key}"})
        self._local = threading.local()

    def with_prefix(self, prefix):
        return Client(self.server, self.key, self.dialect, prefix, self.headers)

    def at(self, server):
        """The same credential and dialect at another server."""
        return Client(server, self.key, self.dialect, self.prefix)

    def request(self, method, path, headers=None, timeout=120, **options):
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
        response = session.request(method, self.server.url + self.prefix + path, headers={**self.headers, **(headers or {})},
                                   timeout=timeout, allow_redirects=False, **options)
        assert not (300 <= response.status_code < 400 and response.status_code != 304), \
            f"{method} {path} redirects: {response.status_code} to {response.headers.get('Location')}"
        return response

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, **options):
        return self.request("POST", path, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    # Running code

    def try_exec(self, lang, code, **fields):
        """POST /exec, whatever it answers."""
        return self.post("/exec", json={"lang": lang, "code": code, **fields})

    def exec(self, lang, code, **fields):
        """POST /exec, which must answer 200; returns the body."""
        return body_of(self.try_exec(lang, code, **fields), 200)

    # Files

    def try_upload(self, *files, field="file", **form):
        """POST /upload of (name, bytes) pairs with form fields before them, whatever it answers."""
        parts = [field_part(name, value) for name, value in form.items()]
        parts += [file_part(field, name, content) for name, content in files]
        return self.upload_parts(parts)

    def upload_parts(self, parts, path="/upload"):
        content_type, body = encode(parts)
        return self.post(path, data=body, headers={"Content-Type": content_type})

    def upload(self, *files, **form):
        """POST /upload, which must answer 200; returns the body."""
        return body_of(self.try_upload(*files, **form), 200)

    def upload_one(self, name, content=b"content\n", **form):
        """Uploads one file and returns the item that names it in `files[]` of /exec."""
        return self.ref(self.upload((name, content), **form))

    def ref(self, upload, index=0, **more):
        """The `files[]` item for an uploaded file, as this dialect sends it."""
        file = upload["files"][index]
        return self.item(file["fileId"], upload["session_id"], file["filename"], **more)

    def item(self, file_id, bucket, name, **more):
        if self.dialect == "old":
            return {"id": file_id, "session_id": bucket, "name": name, **more}
        return {"id": file_id, "storage_session_id": bucket, "name": name, "kind": "user", "resource_id": file_id, **more}

    def item_of_output(self, file):
        """The `files[]` item for a file of an /exec answer."""
        return self.item(file["id"], file["storage_session_id"], file["name"])

    def files(self, session, **query):
        listed = body_of(self.get(f"/files/{session}", params=query), 200)
        assert isinstance(listed, list), f"a list of files must be an array: {listed}"
        return listed

    def try_download(self, session, file, **options):
        return self.get(f"/download/{session}/{file}", **options)

    def download(self, session, file):
        response = self.try_download(session, file)
        assert response.status_code == 200, f"download of {session}/{file}: {response.status_code} {response.text[:500]}"
        return response.content

    def content_of(self, file):
        """The bytes of a file of an /exec answer."""
        return self.download(file["session_id"], file["id"])

    def probe(self, session, file, **query):
        return self.get(f"/sessions/{session}/objects/{file}", params=query)

    # The ledger (only under /v1)

    def session(self, session):
        return body_of(self.without_prefix().get(f"/v1/sessions/{session}"), 200)

    def sessions(self):
        """Every session of the owner, over all pages."""
        found, cursor = [], None
        while True:
            page = body_of(self.without_prefix().get("/v1/sessions", params={"limit": 200, **({"cursor": cursor} if cursor else {})}), 200)
            found += page["data"]
            cursor = page["next_cursor"]
            if not cursor:
                return found

    def settled_sessions(self):
        """Every session of the owner that was there before this call. Lists may lag behind the log, but in its order:
        when a session made now is listed, all earlier ones are."""
        marker = self.upload(("marker", b"m"))["session_id"]
        listed = wait_until(lambda: [s for s in self.sessions() if s["session_id"] == marker] and self.sessions(), 15, "the list has settled")
        return [session for session in listed if session["session_id"] != marker]

    def events(self, session, **query):
        """Every event of the session, over all pages."""
        found, after = [], None
        while True:
            page = body_of(self.without_prefix().get(f"/v1/sessions/{session}/events",
                                                     params={**query, **({"after": after} if after else {})}), 200)
            found += page["data"]
            assert not after or not page["next_after"] or page["next_after"] > after, f"paging does not move on: {after} leads to {page['next_after']}"
            after = page["next_after"]
            if not after:
                return found

    def execution(self, execution):
        return body_of(self.without_prefix().get(f"/v1/executions/{execution}"), 200)

    def without_prefix(self):
        return self if not self.prefix else self.with_prefix("")


def body_of(response, status):
    """The JSON body of an answer that must have this status."""
    assert response.status_code == status, \
        f"{response.request.method} {response.request.url}: expected {status}, got {response.status_code}: {response.text[:2000]}"
    return response.json()


def basic(text):
    """The value of an `Authorization: Basic` header for this decoded text."""
    return "Basic " + base64.b64encode(text.encode()).decode()
