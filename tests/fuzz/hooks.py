"""What the fuzzer knows of the server that it asks: who it is let in as, and ids of things that are there."""
import json
import os
import random
import threading
import urllib.request

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
def before_call(context, case, kwargs):
    if isinstance(case.body, dict):
        case.body = known(case.body)
        if case.path == "/v1/sync" and case.body.get("mode") in ("stream", "wait"):
            # These last.
            case.body["mode"] = "once"
    for part in (case.path_parameters, case.query):
        if isinstance(part, dict):
            part.update(known(part))


def known(value, field=None):
    """The same with ids that are there, mostly."""
    if isinstance(value, dict):
        return {name: known(held, name) for name, held in value.items()}
    if isinstance(value, list):
        return [known(held, field) for held in value]
    if isinstance(value, str) and field in KNOWN and random.random() < 0.7:
        return random.choice(KNOWN[field])
    return value
