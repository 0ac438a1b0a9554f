#!/usr/bin/env python3
"""Verifies receipts, exports and heads of a Jiebang ledger, written from the formats alone: RFC 6962, RFC 8785, C2SP signed-note and
checkpoint. Needs Python 3.9 and the package `cryptography`.

    verify.py --key KEY RECEIPT
    verify.py --key KEY EXPORT
    verify.py --key KEY --consistency OLD NEW PROOF

Exit code 0: it holds; 1: it does not; 2: it cannot be read.
"""
import argparse
import base64
import binascii
import hashlib
import json
import os
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Refuted(Exception):
    """It does not hold."""


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def unbase64(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("not the only form of base64")
    return data


def canonical(value) -> str:
    """RFC 8785 for what receipts hold: objects with ASCII keys, strings, whole numbers, lists."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read_key(text: str):
    name, key_id, encoded = text.strip().split("+", 2)
    data = unbase64(encoded)
    if data[0] != 1 or sha256(name.encode() + b"\n" + data)[:4].hex() != key_id:
        raise ValueError("not an Ed25519 key of a signed note")
    return name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(data[1:])


def check_note(note: str, key) -> str:
    """The text of a note that this key, and nobody else, has signed."""
    name, key_id, public = key
    text, separator, signature = note.rpartition("\n\n")
    lines = signature.split("\n")
    if not separator or len(lines) != 2 or lines[1]:
        raise Refuted("not a note with one signature")
    parts = lines[0].split(" ")
    if len(parts) != 3 or parts[:2] != ["—", name]:
        raise Refuted("signed by somebody else")
    try:
        data = unbase64(parts[2])
    except (ValueError, binascii.Error) as error:
        raise Refuted(f"signature: {error}") from error
    if data[:4] != key_id:
        raise Refuted("signed with another key")
    try:
        public.verify(data[4:], (text + "\n").encode())
    except InvalidSignature as error:
        raise Refuted("the signature is wrong") from error
    return text + "\n"


def check_checkpoint(note: str, key):
    lines = check_note(note, key).split("\n")
    if len(lines) != 4 or lines[0] != key[0] or lines[3] or str(int(lines[1])) != lines[1]:
        raise Refuted("not a head of this ledger")
    return int(lines[1]), unbase64(lines[2])


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right)


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: list) -> bytes:
    """RFC 9162, section 2.1.3.2."""
    if not 0 <= index < size:
        raise Refuted("no such place")
    place, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise Refuted("the proof is too long")
        if place & 1 or place == last:
            found = node(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, step)
        place, last = place >> 1, last >> 1
    if last:
        raise Refuted("the proof is too short")
    return found


def check_consistency(old, new, proof: list) -> None:
    """RFC 9162, section 2.1.4.2."""
    (old_size, old_root), (new_size, new_root) = old, new
    if old_size > new_size:
        raise Refuted("the newer ledger is smaller")
    if old_size in (0, new_size):
        empty = old_size and old_root == new_root or not old_size and old_root == sha256(b"")
        if proof or not empty:
            raise Refuted("equal sizes, unequal heads")
        return
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        raise Refuted("the proof is too short")
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    older = newer = path[0]
    for step in path[1:]:
        if last == 0:
            raise Refuted("the proof is too long")
        if place & 1 or place == last:
            older, newer = node(step, older), node(step, newer)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            newer = node(newer, step)
        place, last = place >> 1, last >> 1
    if last or older != old_root or newer != new_root:
        raise Refuted("the newer ledger does not extend the older")


def check_receipt(text: str, key) -> str:
    facts = json.loads(text)
    if not isinstance(facts, dict):
        raise ValueError("not an object")
    if canonical(facts) != text:
        raise Refuted("not in canonical form")
    promise, proof = facts.pop("promise"), facts.pop("proof", None)
    if set(promise) != {"note", "position", "salt"}:
        raise ValueError("not a promise")
    position, salt = promise["position"], promise["salt"]
    signed = f"{key[0]}\nstatement\n{canonical(facts)}\n{position}\n{canonical(salt)}\n"
    check_note(f"{signed}\n{promise['note']}", key)
    if proof is None:
        return "promised"
    if set(proof) != {"checkpoint", "event", "hashes"}:
        raise ValueError("not a proof")
    size, root = check_checkpoint(proof["checkpoint"], key)
    if set(proof["event"]) != {"at", "by", "kind", "subject"}:
        raise ValueError("not an event")
    check_entry(size, root, position, digest_of(proof["event"], facts, salt), proof["hashes"])
    return f"included in {size}"


def digest_of(event: dict, facts: dict, salt: str) -> str:
    return sha256(salt.encode() + b"\x00" + canonical({**event, "facts": facts}).encode()).hex()


def check_entry(size: int, root: bytes, position: int, digest: str, hashes: list) -> None:
    leaf = sha256(b"\x00" + canonical({"digest": digest, "position": position}).encode())
    steps = [unbase64(step) for step in hashes]
    if root_from_inclusion(position - 1, size, leaf, steps) != root:
        raise Refuted("the ledger holds something else at this place")


def named_contents(event: dict, facts: dict, public: bool):
    names = {
        "call_published": ["version"],
        "report_saved": [],
        "list_published": ["content_sha256", "record_sha256"] + ([] if public else ["roster_sha256"]),
    }.get(event["kind"], ["content_sha256"])
    return [facts[name] for name in names if facts.get(name)]


def check_export(folder: str, key) -> str:
    text = read(os.path.join(folder, "export.json"))
    head = json.loads(text)
    if canonical(head) != text or head["format"] != 1:
        raise Refuted("export.json is not in canonical form")
    size, root = check_checkpoint(head["checkpoint"], key)
    places, named, published = set(), set(), False
    lines = read(os.path.join(folder, "events.jsonl")).split("\n")
    if lines.pop():
        raise ValueError("the last line is not complete")
    for line in lines:
        entry = json.loads(line)
        if canonical(entry) != line or entry["position"] in places:
            raise Refuted("a line is not in canonical form, or stands twice")
        places.add(entry["position"])
        if "digest" in entry:
            check_entry(size, root, entry["position"], entry["digest"], entry["hashes"])
            continue
        event, facts = entry["event"], entry["facts"]
        check_entry(size, root, entry["position"], digest_of(event, facts, entry["salt"]), entry["hashes"])
        publishes = event["kind"] == "call_published"
        published = published or publishes
        if (event["subject"] if publishes else facts.get("call", head["call"])) != head["call"]:
            raise Refuted("an event is of another call")
        named.update(named_contents(event, facts, head.get("public", False)))
    contents = set()
    for name in os.listdir(os.path.join(folder, "content")):
        with open(os.path.join(folder, "content", name), "rb") as file:
            digest = sha256(file.read()).hex()
        if name != f"{digest}.json":
            raise Refuted(f"{name} is not named after what it holds")
        contents.add(digest)
    if contents != named or not published or (head["events"], head["contents"]) != (len(places), len(named)):
        raise Refuted("events and contents are not those that the head of the export states")
    return f"{len(places)} events, {len(contents)} contents under a head of {size}"


def read(path: str) -> str:
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--key", required=True)
    parser.add_argument("--consistency", nargs=3)
    parser.add_argument("receipt", nargs="?")
    arguments = parser.parse_args()

    try:
        key = read_key(read(arguments.key))
        if arguments.consistency:
            old, new, proof = (read(path) for path in arguments.consistency)
            steps = [unbase64(line) for line in proof.splitlines()]
            check_consistency(check_checkpoint(old, key), check_checkpoint(new, key), steps)
            print("valid: the newer ledger begins with the older")
        elif os.path.isdir(arguments.receipt):
            print("valid:", check_export(arguments.receipt, key))
        else:
            print("valid:", check_receipt(read(arguments.receipt), key))
        return 0
    except Refuted as why:
        print("not valid:", why)
        return 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print("cannot be read:", error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
