"""A second verifier, written from docs/audit-format.md alone, in another language and without our code.

Reads {"events", "heads", "incidents", "deadlines", "assignments", "reliefs", "joined", "notes"} as JSON from standard input. Prints "sound", or the
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


OPEN = ("received", "reported", "dispatched", "on_site")
LIVE = ("running", "paused")
CLOCKS = ("deadline_breached", "deadlines_prolonged", "pause_ended", "closed_unanswered",
          "duty_moved")
MOVES = {
    "accept": "accepted",
    "arrive": "arrived",
    "request_return": "return_requested",
    "return": "returned",
    "finish": "finished",
    "withdraw": "withdrawn",
}
SHIFTS = {"prolonged": "prolonged_ms", "extended": "extended_ms", "advanced": "advanced_ms", "resumed": "paused_ms"}


def assigned_by(changes):
    assigned = changes["assigned"] or []
    if isinstance(assigned, dict):
        unit = {"kind": "unit", "code": assigned["unitCode"]}
        return [{"no": assigned["no"], "assignee": unit, "part": "lead", "whistledBy": assigned["whistledBy"]}]
    return assigned


def shift_deadlines(event, changes, at, deadlines):
    for change, column in SHIFTS.items():
        for shift in changes.get(change, []):
            deadline = deadlines.get(shift["no"])
            allowed = ("paused",) if change == "resumed" else LIVE
            check(deadline is not None and deadline["state"] in allowed, event, "replay")
            deadline["due_at"] += -shift["byMs"] if change == "advanced" else shift["byMs"]
            deadline[column] += shift["byMs"]
            if change == "resumed":
                deadline.update(state="running", paused_at=None)
    for no in changes.get("paused", []):
        check(no in deadlines and deadlines[no]["state"] == "running", event, "replay")
        deadlines[no].update(state="paused", paused_at=at)
    for no in changes.get("urged", []):
        check(no in deadlines and deadlines[no]["state"] in LIVE, event, "replay")
        deadlines[no]["urges"] += 1


def move_assignments(changes, at, ends, assignments):
    for again in changes.get("reassigned", []):
        assignee = again["assignee"]
        assignments[again["no"]].update(
            assignee_kind=assignee["kind"], assignee_code=assignee["code"], whistled_by=again["whistledBy"])
    for moved in changes.get("assignments", []):
        assignment, move = assignments[moved["no"]], moved["move"]
        if move == "refuse_return":
            assignment["state"] = "assigned" if assignment["accepted_at"] is None else "accepted"
            assignment["return_refused"] = True
            continue
        assignment["state"] = MOVES[move]
        if move in ("accept", "arrive") and assignment["accepted_at"] is None:
            assignment["accepted_at"] = at
        if move == "arrive":
            assignment["arrived_at"] = at
        if move in ("return", "finish", "withdraw"):
            assignment["ended_at"] = at
    for assignment in assignments.values():
        if ends and assignment["ended_at"] is None:
            assignment.update(state="ended", ended_at=at)
    for started in assigned_by(changes):
        assignments[started["no"]] = {
            "assignee_kind": started["assignee"]["kind"],
            "assignee_code": started["assignee"]["code"],
            "part": started["part"],
            "whistled_by": started["whistledBy"],
            "state": "assigned",
            "assigned_at": at,
            "accepted_at": None,
            "arrived_at": None,
            "ended_at": None,
            "return_refused": False,
        }


def change_reliefs(changes, at, ends, reliefs):
    change = changes.get("relief", {})
    if "requested" in change:
        asked = change["requested"]
        reliefs[asked["no"]] = {
            "kind": asked["kind"],
            "promises": asked["promises"],
            "until": asked["until"],
            "by_ms": asked["byMs"],
            "requested_by_kind": asked["requestedBy"]["kind"],
            "requested_by_code": asked["requestedBy"]["code"],
            "state": "requested",
            "requested_at": at,
            "decided_at": None,
            "decided_by": None,
            "ended_at": None,
        }
    elif change.get("to") == "ended":
        reliefs[change["no"]].update(state="ended", ended_at=at)
    elif change:
        reliefs[change["no"]].update(state=change["to"], decided_at=at, decided_by=change["by"])
    for relief in reliefs.values():
        if ends and relief["state"] == "requested":
            relief.update(state="lapsed", ended_at=at)
        if ends and relief["kind"] == "pause" and relief["state"] == "approved":
            relief.update(state="ended", ended_at=at)


def is_own_on_site(row):
    return row["promise"] == "on_site" and row["assignment_no"] is None and row["state"] in LIVE


def replay(events):
    incident = {"revision": 0, "generation": 1, "reopenings": 0, "ended_by_area_code": None, "ended_at": None}
    incident.update(merged_into=None, merged_at=None, merged_from=None)
    deadlines, assignments, reliefs, joined = {}, {}, {}, {}
    before = "received"
    for event in events:
        body, seq = json.loads(event["body"]), event["seq"]
        at, changes = body["at"], body["changes"]
        check((body["type"] == "report_received") == (seq == 1), event, "replay")
        if seq == 1:
            facts = body["incident"]
            incident["id"], incident["number"] = facts["id"], facts["number"]
        state = changes["state"]
        taken_up = before not in OPEN and before != "merged" and state in OPEN
        ends = before in OPEN and state not in OPEN
        incident["state"] = state
        incident["revision"] += body["type"] not in CLOCKS
        incident["generation"] += taken_up or body["type"] == "unmerged"
        incident["reopenings"] += taken_up
        if taken_up:
            incident.update(ended_by_area_code=None, ended_at=None)
        elif changes["endedBy"] is not None:
            incident.update(ended_by_area_code=changes["endedBy"], ended_at=at)
        if "mergedInto" in changes:
            incident.update(merged_into=changes["mergedInto"], merged_at=at, merged_from=before)
        elif state != "merged":
            incident.update(merged_into=None, merged_at=None, merged_from=None)
        shift_deadlines(event, changes, at, deadlines)
        for settled in changes["settled"]:
            deadline = deadlines.get(settled["no"])
            check(deadline is not None and deadline["state"] in LIVE, event, "replay")
            deadline.update(state=settled["state"], cancel_reason=settled["reason"], paused_at=None)
            deadline.update(settled_at=at, settled_seq=seq)
            deadline["clock_fault"] = settled["state"] == "met" and body.get("clockFault", False)
        for no in changes["fulfilled"]:
            check(no in deadlines and deadlines[no]["state"] == "breached", event, "replay")
            deadlines[no].update(fulfilled_at=at, fulfilled_seq=seq)
        move_assignments(changes, at, ends, assignments)
        change_reliefs(changes, at, ends, reliefs)
        if "joined" in changes:
            other = changes["joined"]
            taken = [{"no": no, "byMs": other["soonerMs"]} for no, row in deadlines.items() if is_own_on_site(row)]
            joined[other["incidentId"]] = {
                "taken": taken if other["soonerMs"] > 0 else [],
                "joined_at": at,
                "separated_at": None,
            }
        for taking in changes.get("taken", []):
            joined[taking["incidentId"]]["taken"].append({"no": taking["no"], "byMs": taking["byMs"]})
        if "separated" in changes:
            joined[changes["separated"]["incidentId"]]["separated_at"] = at
        for started in changes["started"]:
            paused_at = started.get("pausedAt")
            deadlines[started["no"]] = {
                "promise": started["promise"],
                "rung": started["rung"],
                "accountable_code": started["accountable"]["code"],
                "generation": started["generation"],
                "assignment_no": started["assignmentNo"],
                "report_id": started.get("reportId"),
                "started_at": started["startedAt"],
                "due_at": started["dueAt"],
                "escalated_from": started["escalatedFrom"],
                "handed_from": started["handedFrom"],
                "state": "running" if paused_at is None else "paused",
                "cancel_reason": None,
                "settled_at": None,
                "settled_seq": None,
                "fulfilled_at": None,
                "fulfilled_seq": None,
                "clock_fault": False,
                "prolonged_ms": 0,
                "paused_at": paused_at,
                "paused_ms": 0,
                "extended_ms": 0,
                "advanced_ms": started.get("advancedMs", 0),
                "urges": 0,
            }
        before = state
    for no, row in deadlines.items():
        row["outstanding"] = outstanding_of(no, incident, deadlines, assignments)
    return incident, {"deadlines": deadlines, "assignments": assignments, "reliefs": reliefs, "joined": joined}


def outstanding_of(no, incident, deadlines, assignments):
    row = deadlines[no]
    if incident["state"] not in OPEN or row["assignment_no"] is not None:
        return None
    own = [each for each in deadlines.values() if each["promise"] == "on_site" and each["assignment_no"] is None]
    anew = [each for each in own if each["escalated_from"] is None and each["handed_from"] is None]
    climbed = any(each["escalated_from"] == no for each in deadlines.values())
    if row["state"] == "breached" and row["fulfilled_at"] is None and not climbed:
        return "exhausted" if row["generation"] >= anew[-1]["generation"] else None
    led = any(each["part"] == "lead" and each["ended_at"] is None for each in assignments.values())
    kept = row["state"] == "met" or row["fulfilled_at"] is not None
    return "unresolved" if incident["state"] == "on_site" and not led and kept and own[-1] is row else None


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
        incident, parts = replay(events)
        last, ident = events[-1], incident["id"]
        own = [row for row in trail["incidents"] if row["id"] == ident]
        check(not differs({ident: incident}, own, "id"), last, "incident")
        for name, rebuilt in parts.items():
            # A merge belongs to the incident that survives, and is told from others by the one that was merged.
            owner, key = ("survivor_id", "incident_id") if name == "joined" else ("incident_id", "no")
            rows = [row for row in trail[name] if row[owner] == ident]
            check(not differs(rebuilt, rows, key), last, name)
        check_commitments(events, trail["notes"])
    missing = [row["id"] for row in trail["incidents"] if f"incident/{row['id']}" not in streams]
    if missing:
        raise Fault(f"incident/{missing[0]} 0 stream")


try:
    main()
    print("sound")
except Fault as fault:
    print(fault)
