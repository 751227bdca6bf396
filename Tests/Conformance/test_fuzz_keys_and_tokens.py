"""M30, M39: any Idempotency-Key is taken or refused, any continuation token is refused; by the properties of test_fuzz."""
import random

from test_fuzz import alive, check, mutated, quick, seeds, text, value  # noqa: F401


def test_m9_any_idempotency_key_is_taken_or_refused(quick):
    client = quick.old()
    for seed in seeds():
        noise = random.Random(seed)
        key = "".join(chr(noise.choice([noise.randrange(32, 127), noise.randrange(32, 256)])) for _ in range(noise.choice([1, 8, 255, 256, 400])))
        length = len(key.strip())
        answer = client.post("/exec", json={"lang": "bash", "code": "printf x"}, headers={"Idempotency-Key": key.strip()})
        check(seed, answer, key)
        if length > 255 or not key.isascii() or "\x7f" in key or length == 0:
            assert answer.status_code == 400 or length == 0, (seed, key)
        else:
            assert answer.status_code == 200, (seed, key, answer.text)
    alive(quick)


def test_m9_any_continuation_is_refused(quick):
    client = quick.old()
    first = client.post("/exec/programmatic", json={"code": "await t()", "tools": [{"name": "t"}]}).json()
    for seed in seeds():
        noise = random.Random(seed)
        token = noise.choice([text(noise, 30), mutated(noise, first["continuation_token"].encode()).decode("latin-1"), value(noise)])
        if token == first["continuation_token"] or token is None:
            continue
        results = noise.choice([[], value(noise), [{"call_id": text(noise, 10), "result": value(noise)}], [{"call_id": "call_001", "result": value(noise)}]])
        answer = client.post("/exec/programmatic", json={"continuation_token": token, "tool_results": results})
        check(seed, answer, token)
        assert answer.status_code in (400, 404, 422), (seed, token, answer.text)
    alive(quick)
