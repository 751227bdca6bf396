"""What the conformance and fault tests share: servers to start, clients to speak with, shapes to expect."""
