"""The hash chain of section 10.2, computed here from nothing but the API's answers."""
import hashlib
import json

ENVELOPE = ("v", "position", "session_id", "sequence", "type", "time", "execution_id", "prev_hash", "data_commitment")
ZEROS = "0" * 64


def jcs(value):
    """RFC 8785 for objects, arrays, strings, integers, booleans and null: all that an event envelope holds."""
    if value is None or isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(jcs(item) for item in value) + "]"
    if isinstance(value, dict):
        ordered = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(jcs(name) + ":" + jcs(value[name]) for name in ordered) + "}"
    raise TypeError(f"no canonical form here for {value!r}")


def commitment(salt, data):
    return hashlib.sha256(salt + jcs(data).encode()).hexdigest()


def event_hash(event):
    return hashlib.sha256(jcs({name: event[name] for name in ENVELOPE}).encode()).hexdigest()


def chain_faults(events):
    """What is wrong with a session's events from its first on; empty when the chain holds."""
    faults, previous = [], ZEROS
    for number, event in enumerate(events, start=1):
        at = f"position {event['position']}"
        if event["sequence"] != number:
            faults.append(f"{at}: sequence {event['sequence']}, expected {number}")
        if event["prev_hash"] != previous:
            faults.append(f"{at}: prev_hash {event['prev_hash']}, expected {previous}")
        if event["hash"] != event_hash(event):
            faults.append(f"{at}: hash {event['hash']}, computed {event_hash(event)}")
        previous = event["hash"]
    positions = [event["position"] for event in events]
    if positions != sorted(set(positions)):
        faults.append(f"positions do not ascend: {positions}")
    return faults


def of_type(events, kind):
    return [event for event in events if event["type"] == kind]


def finished(events, execution=None):
    """The `execution.finished` events, of one execution or of all."""
    return [event for event in of_type(events, "execution.finished") if execution in (None, event["execution_id"])]


def owner_log(client):
    """Every event of every session of the client's owner, by position; each session's chain must hold."""
    log = []
    for session in client.sessions():
        events = client.events(session["session_id"], limit=1000)
        assert chain_faults(events) == [], session["session_id"]
        log += events
    return sorted(log, key=lambda event: event["position"])


def position_faults(log):
    """What is missing or doubled among positions 1...n of a whole ledger."""
    positions = [event["position"] for event in log]
    expected = list(range(1, len(positions) + 1))
    return [] if positions == expected else [f"positions are not dense: missing {sorted(set(range(1, max(positions) + 1)) - set(positions))[:20]}, "
                                             f"doubled {sorted({p for p in positions if positions.count(p) > 1})[:20]}"]
