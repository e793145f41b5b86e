"""What the fuzzer knows of the server that it asks: who it is let in as, and ids of things that are there."""
import json
import os
import threading
import urllib.request
import zlib

import schemathesis

SCENE = json.loads(os.environ["OVERLEG_SCENE"])
LOCK = threading.Lock()
# Fields that hold ids of one kind; most of what is drawn for them names nothing.
KNOWN = {
    "acting": SCENE["members"],
    "member": SCENE["members"],
    "to": SCENE["members"],
    "successor": SCENE["members"],
    "with": SCENE["members"],
    "members": SCENE["members"],
    "mentions": SCENE["members"],
    "conversation": [SCENE["conversation"]],
    "following": [SCENE["conversation"]],
    "item": [SCENE["item"]],
    "ids": [SCENE["item"]],
    "reference": ["r1"],
    "type": ["melding"],
    "login": ["anna@linde.example"],
}


@schemathesis.auth(refresh_interval=300)
class Sessions:
    """One session, refreshed before its access token ends; and others to sign out of."""

    def get(self, case, context):
        with LOCK:
            body = json.dumps({"refresh": SCENE["refresh"]}).encode()
            asked = urllib.request.Request(
                SCENE["url"] + "/v1/session/refresh", body, {"content-type": "application/json"}
            )
            with urllib.request.urlopen(asked) as answer:
                session = json.load(answer)
            SCENE["refresh"] = session["refresh"]
            return session["access"]

    def set(self, case, data, context):
        token = data
        if case.path.startswith("/v1/source"):
            token = SCENE["key"]
        elif case.path == "/v1/session/sign-out":
            token = SCENE["spare"].pop() if SCENE["spare"] else "ended"
        elif case.path.startswith("/v1/session"):
            return
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}


@schemathesis.hook
def map_query(context, query):
    return known(query)


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return known(path_parameters)


@schemathesis.hook
def map_body(context, body):
    return known(body)


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.path == "/v1/sync" and isinstance(case.body, dict) and case.body.get("mode") in ("stream", "wait"):
        # These last.
        case.body["mode"] = "once"


def known(value, field=None):
    """The same with ids that are there, mostly."""
    if isinstance(value, dict):
        return {name: known(held, name) for name, held in value.items()}
    if isinstance(value, list):
        return [known(held, field) for held in value]
    if isinstance(value, str) and field in KNOWN:
        # By what was drawn: chance itself is the fuzzer's, which begins it anew for each case.
        drawn = zlib.crc32(value.encode(errors="replace"))
        if drawn % 10 < 7:
            return KNOWN[field][drawn % len(KNOWN[field])]
    return value
