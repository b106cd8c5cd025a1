"""A second verifier, written from docs/audit-format.md alone, in another language and without our code.

Reads {"events", "heads", "incidents", "deadlines", "assignments", "notes"} as JSON from standard input. Prints "sound", or the
first fault as "STREAM SEQ WHAT".
"""

import hashlib
import json
import sys


def framed(data):
    return len(data).to_bytes(4, "big") + data


def event_hash(event):
    return hashlib.sha256(
        b"\x01"
        + framed(event["stream"].encode())
        + event["seq"].to_bytes(8, "big")
        + framed(bytes.fromhex(event["prev"]))
        + framed(event["body"].encode())
    ).hexdigest()


def canonical(value):
    # Enough of RFC 8785 for what bodies hold: ASCII keys, texts, whole numbers, booleans and nulls.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class Fault(Exception):
    pass


def check(holds, event, what):
    if not holds:
        raise Fault(f"{event['stream']} {event['seq']} {what}")


def check_stream(events, head):
    prev, at = "00" * 32, None
    for number, event in enumerate(events, 1):
        body = json.loads(event["body"])
        check(event["seq"] == number, event, "sequence")
        check(event["prev"] == prev, event, "link")
        check(event_hash(event) == event["hash"], event, "hash")
        check(canonical(body) == event["body"], event, "body")
        check(body["type"] == event["type"] and body["at"] == event["at"], event, "column")
        check(at is None or body["at"] >= at, event, "time")
        prev, at = event["hash"], body["at"]
    last = events[-1]
    check(head is not None, last, "stream")
    check([last["seq"], last["hash"], last["at"]] == head, last, "head")


def replay(events):
    incident = {"revision": 0, "generation": 1, "ended_by_area_code": None}
    deadlines, assignments = {}, {}
    for event in events:
        body, seq = json.loads(event["body"]), event["seq"]
        at, changes = body["at"], body["changes"]
        check((body["type"] == "report_received") == (seq == 1), event, "replay")
        if seq == 1:
            facts = body["incident"]
            incident["id"], incident["number"] = facts["id"], facts["number"]
        reopened = body["type"] == "reopened"
        incident["state"] = changes["state"]
        incident["revision"] += body["type"] not in ("deadline_breached", "deadlines_prolonged")
        incident["generation"] += reopened
        if reopened:
            incident["ended_by_area_code"] = None
        elif changes["endedBy"] is not None:
            incident["ended_by_area_code"] = changes["endedBy"]
        for settled in changes["settled"]:
            deadline = deadlines.get(settled["no"])
            check(deadline is not None and deadline["state"] == "running", event, "replay")
            deadline.update(
                state=settled["state"], cancel_reason=settled["reason"], settled_at=at, settled_seq=seq
            )
            deadline["clock_fault"] = settled["state"] == "met" and body.get("clockFault", False)
        for prolonged in changes.get("prolonged", []):
            deadline = deadlines.get(prolonged["no"])
            check(deadline is not None and deadline["state"] == "running", event, "replay")
            deadline["due_at"] += prolonged["byMs"]
            deadline["prolonged_ms"] += prolonged["byMs"]
        for no in changes["fulfilled"]:
            check(no in deadlines and deadlines[no]["state"] == "breached", event, "replay")
            deadlines[no].update(fulfilled_at=at, fulfilled_seq=seq)
        if changes["endedBy"] is not None:
            for assignment in assignments.values():
                assignment["ended_at"] = assignment["ended_at"] or at
        if changes["assigned"] is not None:
            assigned = changes["assigned"]
            assignments[assigned["no"]] = {
                "unit_code": assigned["unitCode"],
                "whistled_by": assigned["whistledBy"],
                "assigned_at": at,
                "ended_at": None,
            }
        for started in changes["started"]:
            deadlines[started["no"]] = {
                "promise": started["promise"],
                "rung": started["rung"],
                "accountable_code": started["accountable"]["code"],
                "generation": started["generation"],
                "started_at": started["startedAt"],
                "due_at": started["dueAt"],
                "escalated_from": started["escalatedFrom"],
                "handed_from": started["handedFrom"],
                "state": "running",
                "cancel_reason": None,
                "settled_at": None,
                "settled_seq": None,
                "fulfilled_at": None,
                "fulfilled_seq": None,
                "clock_fault": False,
                "prolonged_ms": 0,
            }
    return incident, deadlines, assignments


def differs(rebuilt, rows, key):
    found = {row[key]: row for row in rows}
    return set(found) != set(rebuilt) or any(
        found[no][column] != value for no, fields in rebuilt.items() for column, value in fields.items()
    )


def check_commitments(events, notes):
    for event in events:
        note = json.loads(event["body"]).get("note")
        stored = notes.get(f"{event['stream']} {event['seq']}")
        if note is None or stored is None or stored["salt"] == "":
            continue
        made = hashlib.sha256(b"\x02" + bytes.fromhex(stored["salt"]) + canonical(stored["content"]).encode())
        check(made.hexdigest() == note["commitment"], event, "commitment")


def main():
    trail = json.load(sys.stdin)
    streams = {}
    for event in trail["events"]:
        streams.setdefault(event["stream"], []).append(event)
    for stream, events in streams.items():
        check_stream(events, trail["heads"].get(stream))
        if not stream.startswith("incident/"):
            continue
        incident, deadlines, assignments = replay(events)
        last, ident = events[-1], incident["id"]
        own = [row for row in trail["incidents"] if row["id"] == ident]
        check(not differs({ident: incident}, own, "id"), last, "incident")
        for name, rebuilt in (("deadlines", deadlines), ("assignments", assignments)):
            rows = [row for row in trail[name] if row["incident_id"] == ident]
            check(not differs(rebuilt, rows, "no"), last, name)
        check_commitments(events, trail["notes"])
    missing = [row["id"] for row in trail["incidents"] if f"incident/{row['id']}" not in streams]
    if missing:
        raise Fault(f"incident/{missing[0]} 0 stream")


try:
    main()
    print("sound")
except Fault as fault:
    print(fault)
