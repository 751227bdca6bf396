"""The key administration, as an admin calls it."""
from .client import body_of

KEYS = "/api/v1/admin/keys"
MASTER = "sk-master-of-the-conformance-tests-1"


class Admin:
    """Manages keys at one server with one credential."""

    def __init__(self, server, key=MASTER):
        self.server, self.client = server, server.old(key)

    def create(self, name="test", **fields):
        """Makes a key; returns it and its record."""
        answer = body_of(self.client.post(KEYS, json={"name": name, **fields}), 200)
        assert set(answer) == {"api_key", "record"}
        return answer["api_key"], answer["record"]

    def list(self):
        return body_of(self.client.get(KEYS), 200)

    def record(self, key_hash):
        """The record with this hash; None when there is none."""
        return next((record for record in self.list() if record["key_hash"] == key_hash), None)

    def change(self, key_hash, **fields):
        assert body_of(self.client.request("PATCH", f"{KEYS}/{key_hash}", json=fields), 200) is True

    def revoke(self, key_hash):
        assert body_of(self.client.delete(f"{KEYS}/{key_hash}"), 200) is True
