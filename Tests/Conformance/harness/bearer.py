"""JSON web tokens as LibreChat signs them, and as it never would; and the keys that a server verifies them with."""
import base64
import json
import secrets
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm


class Signer:
    """One key pair with its `kid`."""

    def __init__(self, algorithm="EdDSA", kid=None):
        self.algorithm, self.kid = algorithm, kid or f"kid-{secrets.token_hex(4)}"
        self.private = (ed25519.Ed25519PrivateKey.generate() if algorithm == "EdDSA"
                        else rsa.generate_private_key(public_exponent=65537, key_size=2048))

    @property
    def jwk(self):
        kind = OKPAlgorithm if self.algorithm == "EdDSA" else RSAAlgorithm
        return {**json.loads(kind.to_jwk(self.private.public_key())), "kid": self.kid, "alg": self.algorithm, "use": "sig"}

    def token(self, sub="user-1", header=None, **claims):
        """A valid token; what is None is left out."""
        now = int(time.time())
        content = {"iss": "librechat", "aud": "codeapi", "sub": sub, "jti": secrets.token_hex(8), "auth_context_hash": "h" * 16,
                   "principal_source": "librechat_jwt", "iat": now, "nbf": now, "exp": now + 60, **claims}
        headers = {"kid": self.kid, "typ": "JWT", **(header or {})}
        return jwt.encode({name: value for name, value in content.items() if value is not None}, self.private, algorithm=self.algorithm,
                          headers={name: value for name, value in headers.items() if value is not None})


def key_set(*signers):
    return json.dumps({"keys": [signer.jwk for signer in signers]})


def unsigned(sub="user-1"):
    """A token of algorithm `none`."""
    now = int(time.time())
    return jwt.encode({"iss": "librechat", "aud": "codeapi", "sub": sub, "jti": "j", "auth_context_hash": "h", "principal_source": "librechat_jwt",
                       "iat": now, "nbf": now, "exp": now + 60}, None, algorithm="none", headers={"kid": "none"})


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
