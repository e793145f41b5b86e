"""Files by clients that others wrote: tuspy and tus-js-client bring them in parts, over a restart of the server; curl fetches one
in two parts. `cargo xtask test "tus clients"` runs it.

    clients.py --server PROGRAM --script ui/scripts/tus-client.js
"""
import argparse
import hashlib
import json
import pathlib
import secrets
import subprocess
import sys
import tempfile
import time
import uuid

from tusclient import client as tus

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "python"))
from overleg_server import PASSWORD, Server, post  # noqa: E402

MIB = 1024 * 1024


def new_id():
    """A UUIDv7 of now."""
    number = (time.time_ns() // 1_000_000 << 80) | int.from_bytes(secrets.token_bytes(10), "big")
    number = number & ~(0xF << 76) | (0x7 << 76)
    return str(uuid.UUID(int=number & ~(0x3 << 62) | (0x2 << 62)))


def accepted(url, access, membership, conversation, action):
    command = {"id": new_id(), "acting": membership, "conversation": conversation, **action}
    answer = post(f"{url}/v1/commands", {"commands": [command]}, access)["answers"][0]
    if "number" not in json.dumps(answer):
        sys.exit(f"the server refused a command: {answer}")


def expect(holds, what):
    if not holds:
        sys.exit(f"It does not hold: {what}")
    print(f"  {what}", flush=True)


def listed(path, id):
    return {
        "id": id,
        "name": path.name,
        "type": "text/plain",
        "size": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }


def file(folder, name, size):
    """A file whose every line differs."""
    path = folder / name
    lines = (f"{number:09} De wond is rustig en droog.\n".encode() for number in range(size // 30 + 2))
    path.write_bytes(b"".join(lines)[:size])
    return path


def by_tuspy(server, url, access, conversation, path):
    headers = {"Authorization": f"Bearer {access}"}
    metadata = {"id": new_id(), "conversation": conversation, "filename": path.name}
    uploads = tus.TusClient(f"{url}/v1/attachments", headers=headers)
    upload = uploads.uploader(str(path), chunk_size=MIB, metadata=metadata, upload_checksum=True)
    upload.upload_chunk()
    upload.upload_chunk()
    server.restart()
    again = uploads.uploader(str(path), chunk_size=MIB, url=upload.url, upload_checksum=True)
    expect(again.offset == 2 * MIB, "tuspy: after a restart the upload is where it was")
    again.upload()
    expect(again.get_offset() == path.stat().st_size, "tuspy: the whole file is there, each part by its SHA-1")
    return listed(path, metadata["id"])


def by_tus_js(script, url, access, conversation, path):
    id = new_id()
    given = {"url": url, "access": access, "conversation": conversation, "id": id, "path": str(path)}
    done = subprocess.run(["node", str(script)], input=json.dumps(given), text=True, check=False)
    expect(done.returncode == 0, "tus-js-client: an upload that was aborted goes on, and ends")
    return listed(path, id)


def by_curl(url, access, id, path, to):
    curl = ["curl", "--silent", "--show-error", "--fail", "-H", f"Authorization: Bearer {access}"]
    address = f"{url}/v1/attachments/{id}"
    subprocess.run([*curl, "--range", "0-1999999", "-o", str(to), address], check=True)
    expect(to.stat().st_size == 2_000_000, "curl: the first part")
    subprocess.run([*curl, "--continue-at", "-", "-o", str(to), address], check=True)
    expect(to.read_bytes() == path.read_bytes(), "curl -C -: the rest")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--server", required=True)
    arguments.add_argument("--script", required=True)
    arguments = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="overleg-tus-") as folder:
        folder = pathlib.Path(folder)
        server = Server(arguments.server, folder)
        url = server.serve()
        try:
            organisation = server.do("organisation", "add", "Thuiszorg De Linde")["organisation"]
            add = ["person", "add", "--organisation", organisation, "--family", "Jansen"]
            added = server.do(*add, "--given", "Anna", "--login", "anna@linde.example")
            bram = server.do(*add, "--given", "Bram", "--login", "bram@linde.example")["memberships"][0]
            device = {"device": str(uuid.uuid4()), "name": "tus", "platform": "linux"}
            accept = {"code": added["invitation"]["code"], "password": PASSWORD, "device": device}
            session = post(f"{url}/v1/session/accept", accept)
            access, membership = session["access"], session["memberships"][0]["membership"]
            conversation = new_id()
            start = {"action": "start", "shape": "group", "with": [bram], "subject": "Wondzorg"}
            accepted(url, access, membership, conversation, start)
            one = file(folder, "brief.txt", 5 * MIB + 123)
            other = file(folder, "verslag.txt", 6 * MIB + 7)
            files = [
                by_tuspy(server, url, access, conversation, one),
                by_tus_js(arguments.script, url, access, conversation, other),
            ]
            said = {"message": new_id(), "text": {"body": "Kijk eens"}, "written_at": time.time_ns() // 1_000_000}
            accepted(url, access, membership, conversation, {"action": "post", **said, "attachments": files})
            by_curl(url, access, files[0]["id"], one, folder / "fetched")
        finally:
            server.stop()


main()
