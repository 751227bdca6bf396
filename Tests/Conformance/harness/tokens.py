"""Bearer tokens as LibreChat signs them, with keys made by openssl."""
import base64
import hashlib
import hmac
import json
import secrets
import subprocess
import tempfile
import time
from pathlib import Path


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, data=b""):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True, timeout=60).stdout


class SigningKey:
    """A private key with its key id. `algorithm` is EdDSA or RS256."""

    def __init__(self, algorithm="EdDSA", kid=None, bits=2048):
        self.algorithm, self.kid = algorithm, kid or "kid-" + secrets.token_hex(4)
        arguments = ["-algorithm", "ED25519"] if algorithm == "EdDSA" else ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}"]
        self.private = openssl("genpkey", *arguments)
        self.public = openssl("pkey", "-pubout", data=self.private).decode()

    def sign(self, data):
        with tempfile.TemporaryDirectory() as folder:
            key, text = Path(folder, "key"), Path(folder, "text")
            key.write_bytes(self.private)
            text.write_bytes(data)
            if self.algorithm == "EdDSA":
                return openssl("pkeyutl", "-sign", "-rawin", "-inkey", str(key), "-in", str(text))
            return openssl("dgst", "-sha256", "-sign", str(key), str(text))

    @property
    def jwk(self):
        der = openssl("pkey", "-pubin", "-outform", "DER", data=self.public.encode())
        if self.algorithm == "EdDSA":
            return {"kty": "OKP", "crv": "Ed25519", "kid": self.kid, "x": encode(der[-32:])}
        modulus = openssl("rsa", "-pubin", "-noout", "-modulus", data=self.public.encode()).decode().strip().split("=")[1]
        return {"kty": "RSA", "kid": self.kid, "n": encode(bytes.fromhex(modulus)), "e": "AQAB", "alg": "RS256", "use": "sig"}


def key_set(*keys):
    return json.dumps({"keys": [key.jwk for key in keys]})


def claims(sub="66aa01", lifetime=300, age=0, **changes):
    """What LibreChat puts into a token; a change to None leaves the claim out."""
    issued = int(time.time()) - age
    standard = {"iss": "librechat", "aud": "codeapi", "sub": sub, "jti": secrets.token_hex(16), "auth_context_hash": secrets.token_hex(16),
                "principal_source": "librechat_jwt", "iat": issued, "nbf": issued, "exp": issued + lifetime, "role": "USER"}
    return {name: value for name, value in {**standard, **changes}.items() if value is not None}


def token(key, header=None, signature=None, **changes):
    """A signed token. `header` changes header members, None leaves one out; `signature` replaces the real one."""
    head = {"alg": key.algorithm, "typ": "JWT", "kid": key.kid, **(header or {})}
    head = {name: value for name, value in head.items() if value is not None}
    text = ".".join(encode(json.dumps(part).encode()) for part in (head, claims(**changes)))
    made = key.sign(text.encode()) if signature is None else signature(text.encode())
    return text + "." + encode(made)


def hmac_signature(secret):
    return lambda text: hmac.new(secret, text, hashlib.sha256).digest()


def bearer(text):
    return {"Authorization": f"Bearer {text}"}
