"""A real server on a folder of its own, for the scripts in Python: its commands, its address, its end."""
import json
import subprocess
import sys
import urllib.request

PASSWORD = "vier losse woorden samen"


class Server:
    def __init__(self, program, folder):
        self.program, self.folder, self.port = program, folder, "0"
        self.environment = {"OVERLEG_LOG__FORMAT": "json"}
        self.do("init")

    def do(self, *arguments):
        command = [self.program, "--data", str(self.folder / "data"), "--json", *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def serve(self):
        command = [self.program, "--data", str(self.folder / "data"), "--listen", f"127.0.0.1:{self.port}"]
        command += ["--health", "127.0.0.1:0", "serve"]
        log = self.folder / "log"
        with open(log, "wb") as to:
            self.running = subprocess.Popen(command, env=self.environment, stderr=to)
        with open(log, encoding="utf-8") as lines:
            while True:
                line = lines.readline()
                if not line and self.running.poll() is not None:
                    sys.exit(f"the server ended: {log.read_text()}")
                address = json.loads(line)["fields"].get("address") if line.endswith("\n") else None
                if address:
                    self.port = address.rsplit(":", 1)[1]
                    return f"http://{address}"

    def stop(self):
        self.running.terminate()
        self.running.wait()

    def restart(self):
        self.stop()
        self.serve()


def post(url, body, access=None):
    headers = {"content-type": "application/json"}
    if access:
        headers["authorization"] = f"Bearer {access}"
    asked = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(asked) as answer:
        return json.loads(answer.read() or b"null")
