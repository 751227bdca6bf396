"""LibreChat as a client: what it remembers of files between calls and turns, and what it sends again, in both dialects."""
import base64
from datetime import datetime, timedelta, timezone

from .client import body_of
from .multipart import encode, field_part, file_part

FRESH_FOR = timedelta(hours=23)
AGENT = {"User-Agent": "LibreChat/1.0"}


def age_of(last_modified, now=None):
    """How old the client takes a file to be."""
    return (now or datetime.now(timezone.utc)) - datetime.fromisoformat(last_modified.replace("Z", "+00:00"))


class Conversation:
    """What both dialects share: one user, files by name with their bytes, and the attachments that were shown."""

    def __init__(self, client, user, clock=None):
        self.client, self.user = client, user
        self.clock = clock or (lambda: datetime.now(timezone.utc))
        self.uploads = 0
        self.bytes = {}
        self.shown = []
        self.sessions = []

    def move_to(self, client):
        """Goes on at another server, or at the same one after its restart."""
        self.client = client

    def post_form(self, path, fields, files):
        self.uploads += 1
        content_type, body = encode([field_part(name, value) for name, value in fields.items()]
                                    + [file_part("file", name, content) for name, content in files])
        return body_of(self.client.post(path, data=body, headers={**AGENT, "User-Id": self.user, "Content-Type": content_type}), 200)

    def post_json(self, path, body):
        result = body_of(self.client.post(path, json=body, headers=AGENT), 200)
        assert result.get("status") in (None, "OL", "completed", "tool_call_required", "error"), result
        assert result["session_id"], result
        self.sessions.append(result["session_id"])
        return result

    def tool_loop(self, code, tools, handlers, **fields):
        """A programmatic run to its end: every asked tool is called here. Returns the last reply and the calls, round by round."""
        body = {"code": code, "tools": tools, "user_id": self.user, **fields}
        rounds = []
        reply = self.post_json("/exec/programmatic", body)
        while reply["status"] == "tool_call_required":
            rounds.append(reply["tool_calls"])
            results = []
            for call in reply["tool_calls"]:
                try:
                    results.append({"call_id": call["id"], "result": handlers[call["name"]](call["input"]), "is_error": False})
                except Exception as failure:
                    results.append({"call_id": call["id"], "result": None, "is_error": True, "error_message": str(failure)})
            reply = self.post_json("/exec/programmatic", {"continuation_token": reply["continuation_token"], "tool_results": results})
        return reply, rounds


class OldLibreChat(Conversation):
    """LibreChat <= 0.8.5: key in header and body, `session_id` buckets, and a file list that each result replaces."""

    def __init__(self, client, user, entity=None, **options):
        super().__init__(client, user, **options)
        self.entity = entity
        self.identifiers = {}
        self.injected = []

    def attach(self, name, content):
        fields = {"entity_id": self.entity} if self.entity else {}
        reply = self.post_form("/upload", fields, [(name, content)])
        self.bytes[name] = content
        self.identifiers[name] = (reply["session_id"], reply["files"][0]["fileId"])

    def begin_turn(self):
        """Primes the files: whatever is gone or old is uploaded once more; then they are what the first call sends."""
        self.injected = []
        for name, (session, file) in list(self.identifiers.items()):
            listing = self.client.files(session, detail="summary")
            found = [item for item in listing if item["name"].startswith(f"{session}/{file}")]
            if not found or age_of(found[0]["lastModified"], self.clock()) > FRESH_FOR:
                self.attach(name, self.bytes[name])
                session, file = self.identifiers[name]
            item = {"id": file, "session_id": session, "name": name}
            self.injected.append({**item, "entity_id": self.entity} if self.entity else item)

    def run(self, lang, code, session=None, **fields):
        body = {"lang": lang, "code": code, "user_id": self.user, "files": self.injected,
                **({"session_id": session} if session else {}), **({"entity_id": self.entity} if self.entity else {}),
                **({"LIBRECHAT_CODE_API_KEY": self.client.key} if self.client.key else {}), **fields}
        result = self.post_json("/exec", body)
        self.take(result)
        return result

    def programmatic(self, code, tools, handlers):
        reply, rounds = self.tool_loop(code, tools, handlers, files=self.injected)
        self.take(reply)
        return reply, rounds

    def take(self, result):
        """Every returned file is fetched and shown, addressed by the response's session, and kept for later turns."""
        session = result["session_id"]
        for file in result["files"]:
            content = self.client.download(session, file["id"])
            self.shown.append((file["name"], content))
            self.bytes[file["name"]] = content
            self.identifiers[file["name"]] = (session, file["id"])
        if result["files"]:
            self.injected = [{"id": file["id"], "session_id": session, "name": file["name"]} for file in result["files"]]

    def list_into_next_call(self, session):
        """The other way to the files of the next call: the full listing of the last session."""
        self.injected = [{"id": item["name"].split("/")[1].split(".")[0], "session_id": session,
                          "name": item["metadata"]["original-filename"]} for item in self.client.files(session, detail="full")]


class NewLibreChat(Conversation):
    """LibreChat >= 0.8.6: bash only, `storage_session_id` buckets, and one map of all files known so far."""

    def __init__(self, client, user, **options):
        super().__init__(client, user, **options)
        self.known = {}

    def attach(self, name, content, kind="user", resource=None, **fields):
        resource = resource or self.user
        reply = self.post_form("/upload", {"kind": kind, "id": resource, **fields}, [(name, content)])
        self.remember_upload(name, content, reply["files"][0]["fileId"], reply["storage_session_id"], kind, resource)
        return self.known[name]

    def attach_skill(self, skill, version, files):
        """A skill's files in one request; the reply is matched by the names exactly as they were sent."""
        reply = self.post_form("/upload/batch", {"kind": "skill", "id": skill, "version": str(version), "read_only": "true"}, files)
        assert (reply["message"], reply["failed"]) == ("success", 0), reply
        by_name = {item["filename"]: item["fileId"] for item in reply["files"]}
        for name, content in files:
            self.remember_upload(name, content, by_name[name], reply["storage_session_id"], "skill", skill, version=version)
        return reply["storage_session_id"]

    def remember_upload(self, name, content, file, bucket, kind, resource, **more):
        self.bytes[name] = content
        self.known[name] = {"id": file, "storage_session_id": bucket, "name": name, "kind": kind, "resource_id": resource, **more}

    def begin_turn(self):
        """Asks for each file whether it is still there and young; uploads again what is not."""
        for name, item in list(self.known.items()):
            query = {"kind": item["kind"], "id": item["resource_id"], **({"version": item["version"]} if "version" in item else {})}
            probe = self.client.probe(item["storage_session_id"], item["id"], **query)
            if probe.status_code == 200 and age_of(probe.json()["lastModified"], self.clock()) <= FRESH_FOR:
                continue
            assert probe.status_code in (200, 404), f"only 404 means gone: {probe.status_code} {probe.text[:300]}"
            if item["kind"] == "skill":
                skill = [(other, self.bytes[other]) for other, each in self.known.items() if each["resource_id"] == item["resource_id"]]
                self.attach_skill(item["resource_id"], item["version"], skill)
            else:
                self.attach(name, self.bytes[name])

    def run(self, code, **fields):
        """`bash_tool`: sends everything known, and spreads each returned file over what is known of it."""
        result = self.post_json("/exec", {"lang": "bash", "code": code, "files": list(self.known.values()), **fields})
        self.take(result)
        return result

    def take(self, result):
        for file in result["files"]:
            known = {key: value for key, value in file.items() if key in ("id", "name", "storage_session_id", "kind", "resource_id", "version")}
            if file.get("inherited"):
                self.known[file["name"]] = {**self.known.get(file["name"], {}), **known}
                continue
            self.known[file["name"]] = {"kind": "user", "resource_id": file["id"], **known}
            answer = self.client.get(f"/download/{file['storage_session_id']}/{file['id']}", params={"kind": "user", "id": self.user})
            assert answer.status_code == 200, answer.text[:300]
            self.shown.append((file["name"], answer.content))
            self.bytes[file["name"]] = answer.content

    def file_tool(self, code, bucket=None):
        """A call of the file tools: it may name any bucket as `session_id`, and its answer *replaces* the list of files."""
        identities = dict(self.known)
        result = self.post_json("/exec", {"lang": "bash", "code": code, "files": list(self.known.values()),
                                          **({"session_id": bucket} if bucket else {})})
        self.known = {}
        for file in result["files"]:
            fields = {key: value for key, value in file.items() if key not in ("session_id", "inherited", "modified_from", "path", "size")}
            before = identities.get(file["name"], {}) if file.get("inherited") else {"kind": "user", "resource_id": file["id"]}
            self.known[file["name"]] = {**before, **fields}
        return result

    def read_file(self, path, bucket=None):
        result = self.file_tool(f"cat {quoted(path)}", bucket)
        if result["exit_code"] != 0:
            raise FileNotFoundError(result["stderr"])
        if "\0" in result["stdout"]:
            raise ValueError("binary file")
        return result["stdout"]

    def create_file(self, path, text):
        encoded = base64.b64encode(text.encode()).decode()
        directory = f"mkdir -p {quoted(path.rsplit('/', 1)[0])} && " if "/" in path else ""
        result = self.file_tool(f"{directory}base64 -d > {quoted(path)} <<'LIBRECHAT_EOF'\n{encoded}\nLIBRECHAT_EOF")
        assert result["exit_code"] == 0, result
        return result

    def edit_file(self, path, old, new):
        text = self.read_file(path)
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path}"
        return self.create_file(path, text.replace(old, new))

    def programmatic(self, code, tools, handlers, **fields):
        reply, rounds = self.tool_loop(code, tools, handlers, lang="bash", files=list(self.known.values()), **fields)
        self.take(reply)
        return reply, rounds

    def remove(self, name):
        """Deletes the newer way first and the older way when that is refused; returns the last status."""
        item = self.known.pop(name)
        bucket, file = item["storage_session_id"], item["id"]
        response = self.client.delete(f"/sessions/{bucket}/objects/{file}", params={"kind": item["kind"], "id": item["resource_id"]})
        if response.status_code in (404, 405):
            response = self.client.delete(f"/files/{bucket}/{file}")
        return response.status_code


def quoted(path):
    """A path as LibreChat quotes it for the shell: always in single quotes."""
    return "'" + path.replace("'", "'\\''") + "'"
