"""Shared by the tests of packages: named checks, of which each is printed and the first failure is remembered."""
import os
import pathlib
import subprocess
import sys
import time

FAILURES = []


def check(holds, sentence, detail=""):
    print(f"  {'ok    ' if holds else 'FAILED'} {sentence}" + (f": {detail}" if detail and not holds else ""), flush=True)
    if not holds:
        FAILURES.append(sentence)
    return holds


def chapter(name):
    print(f"\n{name}", flush=True)


def finish():
    for failure in FAILURES:
        print(f"FAILED: {failure}")
    sys.exit(1 if FAILURES else 0)


def run(*command, **options):
    """The exit status and the output; both streams in one."""
    options.setdefault("timeout", 600)
    done = subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **options
    )
    return done.returncode, done.stdout.decode(errors="replace")


def until(holds, seconds):
    """Asks another program until it answers; what it answered, or the last answer."""
    end = time.monotonic() + seconds
    while True:
        answer = holds()
        if answer or time.monotonic() > end:
            return answer
        time.sleep(0.2)


def one(folder, pattern):
    found = sorted(pathlib.Path(folder).glob(pattern))
    assert len(found) == 1, f"{folder}/{pattern}: {found}"
    return found[0]


def small(package, most=15.0):
    size = package.stat().st_size / 1e6
    check(size <= most, f"{package.name} is at most {most:.0f} MB: {size:.2f} MB (BD6)")


class Screen:
    """A screen that nobody sees."""

    def __init__(self):
        read, write = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-ac"],
            pass_fds=[write], stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as numbers:
            self.name = ":" + numbers.readline().strip()

    def ask(self, *command):
        return run(*command, env={**os.environ, "DISPLAY": self.name})[1].strip()

    def window(self):
        found = self.ask("xdotool", "search", "--onlyvisible", "--class", "overleg").split()
        return found[-1] if found and found[-1].isdigit() else None

    def colours(self):
        """How many colours the screen shows: an empty one has one, an empty window two."""
        count = self.ask("sh", "-c", "import -window root png:- | identify -format %k png:-")
        return int(count) if count.isdigit() else 0

    def end(self):
        self.server.terminate()
        self.server.wait()
