"""DEB and RPM in a Debian of their own: installed, started, upgraded, broken off, removed. As root.

    linux.py --packages FOLDER --older FOLDER --base FOLDER --work FOLDER [desktop] [server] [rpm]
"""
import argparse
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import time

from common import Screen, chapter, check, finish, one, run, small, until

IDENTIFIER = "nl.overleg.desktop"


class Root:
    """A root folder in which commands run, with processes, mounts and a network of its own that end with them."""

    def __init__(self, path, base=None):
        self.path = pathlib.Path(path)
        if self.path.exists():
            shutil.rmtree(self.path)
        if base:
            subprocess.run(["cp", "-a", "--reflink=auto", base, self.path], check=True)
        else:
            self.path.mkdir(parents=True)

    def at(self, path):
        return self.path / str(path).lstrip("/")

    def has(self, path):
        return os.path.lexists(self.at(path))

    def command(self, script, network=False, before="true"):
        mounts = (
            f"{before}; ip link set lo up 2>/dev/null; mount --rbind /dev {self.path}/dev; mount -t proc proc {self.path}/proc; "
            f"mount -t tmpfs tmpfs {self.path}/run; exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "
            f'DEBIAN_FRONTEND=noninteractive chroot {self.path} sh -c "$1"'
        )
        space = ["unshare", "--mount", "--pid", "--fork", "--kill-child"] + ([] if network else ["--net"])
        return [*space, "sh", "-c", mounts, "sh", script]

    def run(self, script, **options):
        return run(*self.command(script, **options))

    def install(self, package, **options):
        shutil.copy(package, self.at("/tmp/package.deb"))
        return self.run("dpkg -i /tmp/package.deb", **options)

    def installed(self, package):
        _, listed = self.run(f"dpkg-query -W -f '${{db:Status-Abbrev}} ${{Version}}' {package} 2>/dev/null")
        return listed.strip()


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def files_of(package):
    _, listed = run("dpkg-deb", "--contents", package)
    names = (line.split(None, 5)[5].split(" -> ")[0] for line in listed.splitlines())
    return [name.lstrip(".") for name in names if not name.endswith("/")]


# The server


def server(options):
    newer, older = one(options.packages, "overleg-server_*.deb"), one(options.older, "overleg-server_*.deb")
    chapter("server: files")
    small(newer)
    status, said = run("lintian", "--fail-on", "error,warning", newer)
    check(status == 0, "lintian finds no error and no warning in the server's DEB", said)
    root = Root(options.work / "server", options.base)
    _, said = root.install(older)
    check(root.installed("overleg-server").startswith("ii"), "the server's DEB of an older version is installed", said)
    check("init" in said, "it says that the data folder is to be made, and how")
    for path in files_of(older):
        check(root.has(path), f"{path} is there")
    user = [line for line in root.at("/etc/passwd").read_text().splitlines() if line.startswith("overleg-server:")]
    check(len(user) == 1 and user[0].endswith("nologin"), "its user is there and cannot sign in", str(user))
    data = root.at("/var/lib/overleg-server")
    about = data.stat()
    check(about.st_mode & 0o777 == 0o700 and str(about.st_uid) == user[0].split(":")[2], "its folder is the user's alone")
    wanted = "/etc/systemd/system/multi-user.target.wants/overleg-server.service"
    check(root.has(wanted), "its unit is enabled")

    chapter("server: the unit")
    unit = root.at("/lib/systemd/system/overleg-server.service")
    _, said = run("systemd-analyze", "security", "--offline=yes", "--no-pager", unit)
    figure = next((line for line in said.splitlines() if "Overall exposure" in line), said)
    level = float(figure.split(":")[1].split()[0])
    check(level <= 2.0, f"systemd's exposure level of the unit is at most 2.0: {level}", figure)
    _, said = run("systemd-analyze", "verify", "--man=no", f"--root={root.path}", unit)
    check("overleg" not in said, "systemd has no remark on the unit", said)

    chapter("server: runs, on loopback only")
    config = root.at("/etc/overleg-server/server.toml")
    config.write_text(config.read_text() + "\n# The administrator's own line.\n")
    as_user = "runuser -u overleg-server -- sync-server --config /etc/overleg-server/server.toml"
    _, said = root.run(f"{as_user} init")
    check(root.has("/var/lib/overleg-server/master.key"), "`init` makes the master key", said)
    key = digest(data / "master.key")
    answers = serve(root, as_user)
    check(answers[0] == "200", "a health request is answered on loopback", str(answers))
    check(answers[1] and all(one.startswith("127.0.0.1:") for one in answers[1]), "it listens on loopback only", str(answers[1]))

    chapter("server: broken off, on a full disk, upgraded")
    # The doc folder is full: dpkg puts back what it had replaced.
    full = f"mount -t tmpfs -o size=20k tmpfs {root.at('/usr/share/doc/overleg-server')}"
    _, said = root.install(newer, before=full)
    check("No space left" in said, "an upgrade on a full disk fails and says why", said[-300:])
    check(root.installed("overleg-server").endswith("0.0.9"), "the older version is the one that is there")
    check(serve(root, as_user)[0] == "200", "and it runs")
    shutil.copy(newer, root.at("/tmp/package.deb"))
    broken = subprocess.Popen(root.command("dpkg -i /tmp/package.deb"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    program = root.at("/usr/bin/sync-server.dpkg-new")
    until(program.exists, 20)
    broken.send_signal(signal.SIGKILL)
    broken.wait()
    check(os.access(root.at("/usr/bin/sync-server"), os.X_OK), "a killed upgrade leaves a program", root.installed("overleg-server"))
    check(serve(root, as_user)[0] == "200", "which runs")
    _, said = root.install(newer)
    check(root.installed("overleg-server").startswith("ii") and "0.0.9" not in root.installed("overleg-server"),
          "the same upgrade again completes it", said)
    check("The administrator's own line." in config.read_text(), "the changed configuration is kept")
    check(digest(data / "master.key") == key, "the master key is kept")
    check(serve(root, as_user)[0] == "200", "the new version runs on the data of the older one")
    _, said = root.install(older)
    check(root.installed("overleg-server").endswith("0.0.9"), "the older version can be put back by dpkg", said)
    root.install(newer)

    chapter("server: removed")
    _, said = root.run("dpkg --remove overleg-server")
    check(not root.has("/usr/bin/sync-server") and not root.has(unit.relative_to(root.path)), "the program and its unit are gone", said)
    check(config.exists(), "the configuration stays until a purge")
    check(digest(data / "master.key") == key, "the data stays")
    _, said = root.run("dpkg --purge overleg-server")
    check(not config.exists() and not root.has(wanted), "a purge takes the configuration and the unit's link", said)
    check(digest(data / "master.key") == key and (data / "overleg.sqlite").exists(), "the data still stays")
    check("/var/lib/overleg-server" in said, "and the purge says where", said)

    chapter("server: the archive")
    archive = one(options.packages, "overleg-server-*.tar.gz")
    _, listed = run("tar", "--list", "--file", archive)
    names = {name.split("/", 1)[1] for name in listed.splitlines() if not name.endswith("/")}
    wanted = {"bin/sync-server", "overleg-server.service", "server.toml", "sysusers.conf", "README", "LICENSE", "THIRD-PARTY.txt"}
    check(names == wanted, "the archive has the program, unit, configuration, user and texts", str(names ^ wanted))
    shutil.rmtree(root.path)


def serve(root, as_user):
    """The status of a health request, and the addresses that the server listens on."""
    script = f"""
{as_user} serve >/tmp/server.log 2>&1 &
status=none
for attempt in $(seq 100); do
  status=$(curl -s -o /dev/null -w '%{{http_code}}' http://127.0.0.1:8441/readyz)
  [ "$status" = 200 ] && break
  sleep 0.1
done
echo "status $status"
lsof -nP -iTCP -sTCP:LISTEN -Fn | sed -n 's/^n/listens /p'
pkill -TERM -x sync-server
wait
"""
    _, said = root.run(script)
    lines = [line.split() for line in said.splitlines()]
    status = next((line[1] for line in lines if line[:1] == ["status"]), said)
    return status, [line[1] for line in lines if line[:1] == ["listens"]]


# The desktop program


class Desktop:
    """The program on a screen, of a user with a session bus and a keychain."""

    def __init__(self, root, screen):
        self.root, self.screen = root, screen
        script = f"""
mkdir -p /tmp/.X11-unix /run/anna && chown anna /run/anna && chmod 0700 /run/anna
exec setpriv --reuid anna --regid anna --init-groups env HOME=/srv/anna USER=anna XDG_RUNTIME_DIR=/run/anna DISPLAY={screen.name} \
  dbus-run-session -- sh -c '
    printf secret | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
    overleg 2>/srv/anna/overleg.log & program=$!
    while [ ! -e /tmp/quit ]; do kill -0 $program || break; sleep 0.2; done
    overleg --quit; wait $program; echo "ended $?" > /srv/anna/ended'
"""
        for left in ["/tmp/quit", "/srv/anna/ended"]:
            root.at(left).unlink(missing_ok=True)
        root.at("/tmp/.X11-unix").mkdir(exist_ok=True)
        self.session = subprocess.Popen(
            root.command(script, before=f"mount --bind /tmp/.X11-unix {root.at('/tmp/.X11-unix')}"),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )

    def log(self):
        log = self.root.at("/srv/anna/overleg.log")
        return log.read_text(errors="replace")[-800:] if log.exists() else "no log"

    def quit(self):
        self.root.at("/tmp/quit").touch()
        try:
            self.session.wait(60)
        except subprocess.TimeoutExpired:
            self.session.kill()
        ended = self.root.at("/srv/anna/ended")
        return ended.read_text().strip() if ended.exists() else "did not end"


def started(root, screen, what):
    desktop = Desktop(root, screen)
    window = until(screen.window, 90)
    check(window is not None, f"{what} opens its window", desktop.log())
    if window:
        colours = until(lambda: (seen := screen.colours()) > 20 and seen, 60)
        check(bool(colours), f"the window of {what} shows something: {colours} colours", desktop.log())
    return desktop, window


def desktop(options):
    newer, older = one(options.packages, "overleg_*.deb"), one(options.older, "overleg_*.deb")
    chapter("desktop: files")
    small(newer)
    status, said = run("lintian", "--fail-on", "error,warning", newer)
    check(status == 0, "lintian finds no error and no warning in the desktop's DEB", said)
    _, field = run("dpkg-deb", "--field", newer, "Depends", "Recommends")
    for needed in ["libwebkit2gtk-4.1-0", "libayatana-appindicator3-1", "gnome-keyring"]:
        check(needed in field, f"the DEB asks for {needed}", field)
    root = Root(options.work / "desktop", options.base)
    _, said = root.install(older)
    check(root.installed("overleg").startswith("ii"), "the DEB of an older version is installed", said)
    for path in files_of(older):
        check(root.has(path), f"{path} is there")
    entry = root.at(f"/usr/share/applications/{IDENTIFIER}.desktop")
    status, said = run("desktop-file-validate", entry)
    check(status == 0 and not said, "the desktop entry is valid", said)
    status, said = run("appstreamcli", "validate", "--no-net", root.at(f"/usr/share/metainfo/{IDENTIFIER}.metainfo.xml"))
    check(status == 0, "the AppStream metainfo is valid", said)
    _, handler = root.run("update-desktop-database -q; HOME=/root xdg-mime query default x-scheme-handler/overleg")
    check(handler.strip() == f"{IDENTIFIER}.desktop", "links of overleg: start the program", handler)
    root.run("useradd --create-home --home-dir /srv/anna --shell /bin/sh anna")

    chapter("desktop: runs, is upgraded while it runs, and keeps its cache")
    screen = Screen()
    try:
        running, window = started(root, screen, "the older version")
        name = screen.ask("xprop", "-id", window, "WM_CLASS") if window else ""
        wanted = next(line for line in entry.read_text().splitlines() if line.startswith("StartupWMClass=")).split("=")[1]
        check(f'"{wanted}"' in name, "the window has the class of the desktop entry", name)
        cache = root.at(f"/srv/anna/.local/share/{IDENTIFIER}")
        check(until(lambda: cache.is_dir() and any(cache.iterdir()), 20), "the cache of the user is made")
        before = sorted(path.name for path in cache.iterdir())
        _, said = root.install(newer)
        check("0.0.9" not in root.installed("overleg"), "the newer version is installed over the running one", said)
        check(screen.window() == window, "the running program keeps its window")
        check(running.quit() == "ended 0", "`overleg --quit` ends it in good order", running.log())
        running, _ = started(root, screen, "the newer version")
        after = sorted(path.name for path in cache.iterdir())
        check(set(before) - {"window.json"} <= set(after), "the cache is kept", f"{before} {after}")
        check(running.quit() == "ended 0", "it ends in good order, too", running.log())
    finally:
        screen.end()

    chapter("desktop: removed")
    files = files_of(newer)
    _, said = root.run("dpkg --purge overleg")
    left = [path for path in files if root.has(path)]
    check(not left, "no file of the package is left", str(left))
    check(cache.is_dir(), "the user's encrypted cache stays")
    shutil.rmtree(root.path)


# The RPM


def rpm(options):
    newer, older = one(options.packages, "overleg-*.rpm"), one(options.older, "overleg-*.rpm")
    deb = one(options.packages, "overleg_*.deb")
    chapter("RPM")
    small(newer)
    _, needs = run("rpm", "-qp", "--requires", newer)
    for needed in ["libwebkit2gtk-4.1.so.0()(64bit)", "libgtk-3.so.0()(64bit)", "libayatana-appindicator3.so.1()(64bit)", "libc.so.6"]:
        check(needed in needs, f"it asks for {needed}", needs)
    names = [line for line in needs.splitlines() if line and not ("(" in line or ".so" in line)]
    check(not names, "and for nothing by a name of Debian's", str(names))
    _, files = run("rpm", "-qpl", newer)
    check(sorted(files.split()) == sorted(files_of(deb)), "it has the files of the DEB", str(set(files.split()) ^ set(files_of(deb))))
    root = Root(options.work / "rpm")
    database = ["rpm", "--root", root.path, "--nosignature"]
    _, said = run(*database, "-i", "--nodeps", older)
    check(root.has("/usr/bin/overleg"), "the RPM of an older version is installed", said)
    _, said = run(*database, "-U", "--nodeps", newer)
    _, version = run(*database, "-q", "overleg")
    check("0.0.9" not in version and version.startswith("overleg-"), "it is upgraded", said + version)
    unpacked = root.at("/from-deb")
    run("dpkg-deb", "--extract", deb, unpacked)
    same = digest(root.at("/usr/bin/overleg")) == digest(unpacked / "usr/bin/overleg")
    check(same, "its program is the one that the DEB starts")
    # Owner and group are numbers there: the root has no list of users.
    _, said = run(*database, "-V", "--nodeps", "--nouser", "--nogroup", "overleg")
    check(said.strip() == "", "rpm finds every file as it was packed", said)
    _, said = run(*database, "-U", "--nodeps", older)
    check("newer than" in said, "an older version is refused unless it is asked for", said)
    _, said = run(*database, "-U", "--nodeps", "--oldpackage", older)
    _, version = run(*database, "-q", "overleg")
    check("0.0.9" in version, "and put back with --oldpackage", said)
    run(*database, "-e", "overleg")
    left = [path for path in files.split() if root.has(path)]
    check(not left, "removed, no file is left", str(left))
    shutil.rmtree(root.path)


def main():
    arguments = argparse.ArgumentParser()
    for name in ["packages", "older", "base", "work"]:
        arguments.add_argument(f"--{name}", type=pathlib.Path, required=True)
    arguments.add_argument("parts", nargs="*")
    options = arguments.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    parts = {"server": server, "rpm": rpm, "desktop": desktop}
    for name, part in parts.items():
        if not options.parts or name in options.parts:
            began = time.monotonic()
            part(options)
            print(f"  {name}: {time.monotonic() - began:.0f} s")
    finish()


if __name__ == "__main__":
    main()
