"""Asks a real server whatever its OpenAPI document allows, and whatever it does not: no answer may be a 500, and none one
that the document does not name. `cargo xtask fuzz-api` runs it.

    api.py --server PROGRAM --document docs/openapi.json --seconds 600
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "python"))
from overleg_server import PASSWORD, Server, post  # noqa: E402

# What is looked at; whether nonsense is refused is each route's own test's.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"
# Sessions that the fuzzer may sign out of.
SPARE = 8


def device():
    return {"device": str(uuid.uuid4()), "name": "fuzz", "platform": "linux"}


def scene(server, url):
    """Two people with a conversation, an item, and a source system; who asks, and of what."""
    organisation = server.do("organisation", "add", "Thuiszorg De Linde")["organisation"]
    sessions = []
    for given in ["Anna", "Bram"]:
        login = f"{given.lower()}@linde.example"
        added = server.do(
            "person", "add", "--login", login, "--organisation", organisation, "--given", given, "--family", "Jansen"
        )
        accept = {"code": added["invitation"]["code"], "password": PASSWORD, "device": device()}
        sessions.append(post(f"{url}/v1/session/accept", accept))
    key = server.do("source", "add", organisation, "Dossier")["key"]
    asked = urllib.request.Request(
        f"{url}/v1/source/items/r1",
        json.dumps({"title": "Val op de trap", "type": "melding"}).encode(),
        {"content-type": "application/json", "authorization": f"Bearer {key}"},
        method="PUT",
    )
    with urllib.request.urlopen(asked) as answer:
        item = json.loads(answer.read())["item"]
    for permission in ["handle", "analyse"]:
        right = {"login": "anna@linde.example", "type": "melding", "permission": permission}
        asked = urllib.request.Request(
            f"{url}/v1/source/permissions",
            json.dumps(right).encode(),
            {"content-type": "application/json", "authorization": f"Bearer {key}"},
            method="PUT",
        )
        urllib.request.urlopen(asked).close()
    members = [session["memberships"][0]["membership"] for session in sessions]
    conversation = str(uuid.uuid4())
    start = {
        "id": str(uuid.UUID(int=(sessions[0]["now"] << 80) | (0x7 << 76) | (0x2 << 62) | 1)),
        "acting": members[0],
        "conversation": conversation,
        "action": "start",
        "shape": "group",
        "subject": "Wondzorg",
        "with": [members[1]],
    }
    answer = post(f"{url}/v1/commands", {"commands": [start]}, sessions[0]["access"])
    assert answer["answers"][0]["outcome"] == "accepted", answer
    signing_in = {"login": "anna@linde.example", "password": PASSWORD}
    spare = [post(f"{url}/v1/session/sign-in", {**signing_in, "device": device()})["access"] for _ in range(SPARE)]
    return {
        "url": url,
        "key": key,
        "refresh": sessions[0]["refresh"],
        "members": members,
        "conversation": conversation,
        "item": item,
        "spare": spare,
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--document", required=True)
    parser.add_argument("--seconds", required=True)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="overleg-fuzz-") as folder:
        server = Server(asked.server, pathlib.Path(folder))
        url = server.serve()
        try:
            here = pathlib.Path(__file__).resolve().parent
            environment = {
                **os.environ,
                "PYTHONPATH": str(here),
                "SCHEMATHESIS_HOOKS": "hooks",
                "OVERLEG_SCENE": json.dumps(scene(server, url)),
            }
            # Its own configuration would be taken for the server's.
            program = pathlib.Path(sys.executable).parent / "st"
            command = [str(program), "run", str(pathlib.Path(asked.document).resolve()), "--url", url, "--checks", CHECKS]
            command += ["--max-time", asked.seconds, "--phases", "examples,coverage,fuzzing", "--warnings", "off"]
            command += ["--request-timeout", "30", "--suppress-health-check", "all", "--continue-on-failure"]
            command += ["--generation-database", "none", "--no-color"]
            ended = subprocess.run(command, env=environment, cwd=folder, check=False).returncode
            alive = server.running.poll() is None
            checked = server.do("check")
        finally:
            server.running.terminate()
            server.running.wait()
        if not alive or checked["found"]:
            sys.exit(f"the server did not stand: running {alive}, {checked}")
        sys.exit(ended)


if __name__ == "__main__":
    main()
