#!/usr/bin/env python3
"""A small client of an Overleg server, with nothing but Python's standard library (3.9 or newer).

    OVERLEG_PASSWORD=... client.py https://overleg.example anna@linde.example
    OVERLEG_PASSWORD=... client.py URL LOGIN --post CONVERSATION "Dag allemaal"
    client.py --check FRAMES

It signs in, fetches all that the person may see, recomputes every link of every conversation from its anchor on, and
prints what was said; with --post it says something first, and waits until it has come back by the stream. --check does
the verifying alone, on the answer of /v1/sync that was kept in a file. It ends with 1 where something does not hold.

What it reads is described in ../openapi.json (forms) and ../protocol.md (meaning). It keeps nothing on disk: a real
client keeps its resume token and what it has under it, purges what a head no longer makes visible, and keeps a command's
id until it is answered, so that a lost answer costs nothing.
"""
import argparse
import base64
import hashlib
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
import uuid

MENTION = "\ufffc"  # stands in a text where somebody is mentioned; the n-th for the n-th of `mentions`
DECODER = json.JSONDecoder()


class Broken(Exception):
    """Something that the server promised does not hold."""


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def uuid7(now):
    """An id made at `now` (milliseconds): 48 bits of time, then chance."""
    number = (now << 80) | int.from_bytes(secrets.token_bytes(10), "big")
    number = number & ~(0xF << 76) | (0x7 << 76)
    return str(uuid.UUID(int=number & ~(0x3 << 62) | (0x2 << 62)))


def raw_parts(text, at):
    """The parts of the JSON object or list that begins at `at`, each as its own text: its bytes are what was hashed, and
    writing it anew would make others of them. Names for an object, places for a list."""
    is_object, parts, place = text[at] == "{", {}, 0
    at = skip(text, at + 1)
    while text[at] not in "}]":
        name = place
        if is_object:
            name, at = DECODER.raw_decode(text, at)
            at = skip(text, skip(text, at) + 1)
        _, end = DECODER.raw_decode(text, at)
        parts[name] = text[at:end]
        place, at = place + 1, skip(text, end)
        if text[at] == ",":
            at = skip(text, at + 1)
    return parts


def skip(text, at):
    while text[at] in " \t\r\n":
        at += 1
    return at


class Conversation:
    """One conversation: its head, the body of every place, and the events that may be seen."""

    def __init__(self):
        self.head, self.bodies, self.before, self.events, self.links = None, {}, {}, {}, {}

    def take(self, frame, line):
        """A run of events, each whole, without its content, or as a stub of 32 bytes."""
        self.before[frame["from"]] = unpadded(frame["previous"])
        items = raw_parts(line, line.index('"items":') + len('"items":'))
        for item in (items[place] for place in range(len(items))):
            event = json.loads(item)
            if "stubs" in event:
                stubs = unpadded(event["stubs"])
                for place in range(len(stubs) // 32):
                    self.bodies[event["n"] + place] = stubs[place * 32 : place * 32 + 32]
                    self.events.pop(event["n"] + place, None)
                continue
            raw = raw_parts(item, 0)
            header = sha256(unpadded(event["hs"]), raw["h"].encode())
            if "c" in event:
                content = sha256(unpadded(event["cs"]), raw["c"].encode())
            else:
                content = unpadded(event["cc"])
            version = bytes([event.get("v", 1)])
            self.bodies[event["n"]] = sha256(version, header, content, unpadded(event["a"]))
            self.events[event["n"]] = event

    def verify(self):
        """Every link from the anchor to the head, and the link before each run; how many there are."""
        anchor, last = self.head["anchor"], self.head["last"]
        link = unpadded(anchor["link"])
        if anchor["number"] == 0:
            start = sha256(b"overleg/genesis/1", uuid.UUID(self.head["conversation"]).bytes)
            if link != start:
                raise Broken("the anchor is not the beginning of this log")
        for number in range(anchor["number"] + 1, last["number"] + 1):
            if self.before.get(number, link) != link:
                raise Broken(f"the run from {number} on does not follow on what is before it")
            if number not in self.bodies:
                raise Broken(f"nothing came for place {number}")
            link = self.links[number] = sha256(b"overleg/link/1", link, self.bodies[number])
        if link != unpadded(last["link"]):
            raise Broken("the links do not lead to the head")
        return last["number"] - anchor["number"]

    def texts(self, names):
        """What stands, in its order: the text of the last edit, a mark after a deletion."""
        said = {}
        for number, event in sorted(self.events.items()):
            header, text = event["h"], event.get("c", {}).get("text")
            if header["kind"] == "posted":
                said[number] = (header["by"], text)
            elif header["kind"] == "edited" and text and header["target"] in said:
                said[header["target"]] = (header["by"], text)
            elif header["kind"] == "deleted" and header["target"] in said:
                said[header["target"]] = (header["by"], None)
        for number, (by, text) in sorted(said.items()):
            body = "(deleted)" if text is None else text["body"]
            for mentioned in (text or {}).get("mentions", []):
                body = body.replace(MENTION, "@" + names.get(mentioned, "?"), 1)
            yield number, names.get(by, "?"), body


class Client:
    def __init__(self, url):
        self.url, self.access, self.resume, self.memberships = url.rstrip("/"), None, None, []
        self.conversations, self.names = {}, {}

    def ask(self, path, body, seconds=60):
        headers = {"content-type": "application/json"}
        if self.access:
            headers["authorization"] = "Bearer " + self.access
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        try:
            return urllib.request.urlopen(request, timeout=seconds)
        except urllib.error.HTTPError as error:
            # Only the server's own form says why; anything else is of something in between.
            told = json.loads(error.read() or b"{}")
            raise Broken(f"{path} is answered {error.code}: {told.get('error')} {told.get('why', '')}") from None

    def sign_in(self, login, password):
        device = {"device": str(uuid.uuid4()), "name": "client.py", "platform": "linux"}
        body = {"login": login, "password": password, "device": device}
        with self.ask("/v1/session/sign-in", body) as answer:
            session = json.load(answer)
        self.access = session["access"]
        self.memberships = [card["membership"] for card in session["memberships"]]

    def follow(self, mode="once"):
        """All that there is; with `wait`, what comes within 25 seconds."""
        request = {"protocol": 1, "mode": mode}
        if self.resume:
            request["resume"] = self.resume
        with self.ask("/v1/sync", request) as answer:
            for line in answer:
                self.take(line.decode())

    def take(self, line):
        frame = json.loads(line)
        kind = frame["f"]
        if kind == "cards":
            for card in frame.get("cards", []):
                name = card["name"]
                parts = [name["given"], name.get("prefix"), name["family"]]
                self.names[card["membership"]] = " ".join(part for part in parts if part)
        elif kind == "head":
            self.conversations.setdefault(frame["conversation"], Conversation()).head = frame
        elif kind == "events":
            conversation = self.conversations.setdefault(frame["conversation"], Conversation())
            conversation.take(frame, line)
            head = conversation.head
            if head and max(conversation.bodies) > head["last"]["number"]:
                # Live events move the head along; what they add up to is its link.
                number, link = max(conversation.bodies), unpadded(frame["previous"])
                for place in range(frame["from"], number + 1):
                    link = sha256(b"overleg/link/1", link, conversation.bodies[place])
                text = base64.urlsafe_b64encode(link).rstrip(b"=").decode()
                head["last"] = {"number": number, "link": text}
        elif kind == "gone":
            self.conversations.pop(frame["conversation"], None)
        elif kind == "resume":
            self.resume = frame["token"]
        elif kind == "restored":
            raise Broken("the server was put back to an older state")
        # A frame of another kind is of a later version, or of no use here.

    def post(self, conversation, text):
        """Says something; the same command may be sent again until it is answered. The receipt: where it stands."""
        head = self.conversations[conversation].head
        acting = next(member for member in self.memberships if member in head["participants"])
        now = int(time.time() * 1000)
        command = {"id": uuid7(now), "acting": acting, "conversation": conversation, "action": "post"}
        command.update({"message": uuid7(now), "text": {"body": text}, "written_at": now})
        with self.ask("/v1/commands", {"commands": [command]}) as answer:
            answered = json.load(answer)["answers"][0]
        if answered["outcome"] != "accepted":
            raise Broken(f"the message was refused: {answered['refusal']}")
        return answered["receipt"]

    def show(self):
        for known, conversation in self.conversations.items():
            count = conversation.verify()
            print(f"# {conversation.head.get('subject') or 'direct'} ({known}): {count} links verified")
            for number, name, body in conversation.texts(self.names):
                print(f"{number}. {name}: {body}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", nargs="?")
    parser.add_argument("login", nargs="?")
    parser.add_argument("--post", nargs=2, metavar=("CONVERSATION", "TEXT"))
    parser.add_argument("--check", metavar="FRAMES")
    asked = parser.parse_args()
    client = Client(asked.url or "")
    if asked.check:
        with open(asked.check, encoding="utf-8") as frames:
            for line in frames:
                client.take(line)
    elif asked.login:
        client.sign_in(asked.login, os.environ["OVERLEG_PASSWORD"])
        client.follow()
    else:
        parser.error("a URL and a login, or --check")
    if asked.post:
        conversation, text = asked.post
        receipt = client.post(conversation, text)
        while receipt["number"] not in client.conversations[conversation].bodies:
            client.follow("wait")
    client.show()
    if asked.post and client.conversations[conversation].links[receipt["number"]] != unpadded(receipt["link"]):
        raise Broken("the message does not stand where the receipt says")


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"client.py: {broken}")
