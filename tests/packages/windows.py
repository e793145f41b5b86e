"""MSI and setup program under wine, each in a prefix of its own: installed, upgraded, repaired, broken off, removed. What is there afterwards
is read from the prefix's folders and registry files.

    windows.py --packages FOLDER --older FOLDER --work FOLDER [msi] [setup]
"""
import argparse
import getpass
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

from common import Screen, chapter, check, finish, one, run, small, until

HOME = "Software\\Overleg"
RECOMMENDED = HOME + "\\Recommended"
LINKS = "Software\\Classes\\overleg"
NOTIFICATIONS = "Software\\Classes\\AppUserModelId\\nl.overleg.desktop"
UNINSTALL = "Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall"
# Where Microsoft's updater says that WebView2 is there.
WEBVIEW2 = "HKLM\\Software\\Wow6432Node\\Microsoft\\EdgeUpdate\\Clients\\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"
FILES = ["overleg.exe", "WebView2Loader.dll", "overleg.ico", "LICENSE.txt", "THIRD-PARTY.txt"]


# As `/fomus`, which wine's msiexec does not read.
REPAIR = ["REINSTALL=ALL", "REINSTALLMODE=omus"]


class Prefix:
    """A Windows of its own."""

    def __init__(self, path, screen):
        self.path = pathlib.Path(path)
        if self.path.exists():
            shutil.rmtree(self.path)
        self.path.mkdir(parents=True)
        keep = {name: os.environ[name] for name in ["PATH", "HOME"] if name in os.environ}
        self.environment = {
            **keep, "WINEPREFIX": str(self.path), "WINEARCH": "win64", "WINEDEBUG": "-all", "DISPLAY": screen.name,
            "WINEDLLOVERRIDES": "mscoree=;mshtml=", "LANG": "C.UTF-8",
        }
        self.wine("wineboot", "--init")
        self.program_folder = self.path / "drive_c/Program Files/Overleg"

    def wine(self, *arguments, **options):
        options.setdefault("timeout", 300)
        return run("wine", *arguments, env=self.environment, **options)

    def begin(self, *arguments):
        return subprocess.Popen(
            ["wine", *[str(one) for one in arguments]], env=self.environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )

    def msi(self, verb, package, *properties):
        """The exit status of msiexec, and its log."""
        log = self.path / "msi.log"
        log.unlink(missing_ok=True)
        status, _ = self.wine("msiexec", verb, str(package), "/qn", "/l*v", "Z:" + str(log).replace("/", "\\"), *properties)
        text = log.read_bytes().decode("utf-16" if log.exists() and log.read_bytes()[:2] == b"\xff\xfe" else "utf-8", "replace") \
            if log.exists() else ""
        return status, text

    def value(self, key, name=""):
        """What the running system has, since its registry files are written later."""
        asked = ["reg", "query", "HKLM\\" + key] + (["/v", name] if name else ["/ve"])
        status, said = self.wine(*asked)
        found = re.search(r"REG_(?:SZ|DWORD|EXPAND_SZ) *(.*)", said)
        return found.group(1).strip() if status == 0 and found else None

    def settle(self):
        """Waits until all programs of the prefix ended, and its registry files are written."""
        run("wineserver", "--wait", env=self.environment)

    def registry(self):
        """Keys in lower case with their values, from the file."""
        keys, values = {}, None
        for line in (self.path / "system.reg").read_text(errors="replace").splitlines():
            if line.startswith("["):
                key = line[1:line.rindex("]")].replace("\\\\", "\\").lower()
                values = keys.setdefault(key, {})
            elif values is not None and (found := re.match(r'(?:"(.*?)"|(@))=(.*)', line)):
                value = found.group(3)
                if value.startswith('"'):
                    value = value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
                values[found.group(1) or ""] = value
        return keys

    def files(self):
        return sorted(path.name for path in self.program_folder.iterdir()) if self.program_folder.exists() else []

    def shortcuts(self):
        """In any start menu: wine's MSI takes that of the user also for all users."""
        return [path for path in (self.path / "drive_c").rglob("Overleg.lnk") if "Start Menu" in str(path)]

    def has_webview(self):
        self.wine("reg", "add", WEBVIEW2, "/v", "pv", "/t", "REG_SZ", "/d", "130.0.0.0", "/f")

    def running(self):
        return run("pgrep", "--full", f"^{self.program_folder}/overleg.exe")[0] == 0

    def end(self):
        run("wineserver", "--kill", env=self.environment)
        run("wineserver", "--wait", env=self.environment)
        shutil.rmtree(self.path, ignore_errors=True)


def recommended(registry):
    return registry.get(RECOMMENDED.lower(), {})


def there(prefix, registry, by, more=()):
    check(prefix.files() == sorted([*FILES, *more]), "its files are in Program Files", str(prefix.files()))
    check(len(prefix.shortcuts()) == 1, "the start menu has its shortcut", str(prefix.shortcuts()))
    command = registry.get(f"{LINKS}\\shell\\open\\command".lower(), {}).get("")
    wanted = '"C:\\Program Files\\Overleg\\overleg.exe" "%1"'
    check(command == wanted, "links of overleg: start the program", str(command))
    check("URL Protocol" in registry.get(LINKS.lower(), {}), "and are marked as such")
    named = registry.get(NOTIFICATIONS.lower(), {})
    check(named.get("DisplayName") == "Overleg" and named.get("IconUri", "").endswith("overleg.ico"), "notifications have name and icon", str(named))
    check(registry.get(HOME.lower(), {}).get("installed_by") == by, f"the registry says that it came by {by}")


def gone(prefix, registry):
    check(prefix.files() == [], "no file is left", str(prefix.files()))
    check(not prefix.program_folder.exists(), "nor the folder")
    check(not prefix.shortcuts(), "the shortcut is gone")
    left = [key for key in registry if any(key.startswith(part.lower()) and registry[key] for part in [HOME, LINKS, NOTIFICATIONS])]
    check(not left, "the registry has nothing of it", str(left))


def full(folder):
    """A disk of its own for a folder, smaller than what is to go there; it hides what was there."""
    return subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", folder]).returncode == 0


def user_data(prefix):
    folder = prefix.path / "drive_c/users" / getpass.getuser() / "AppData/Local/nl.overleg.desktop"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cache").write_text("kept")
    return folder / "cache"


def msi(options, screen):
    newer, older = one(options.packages, "*.msi"), one(options.older, "*.msi")
    chapter("MSI: the package")
    small(newer)
    _, tables = run("msiinfo", "export", newer, "MsiShortcutProperty")
    check("System.AppUserModel.ID\tnl.overleg.desktop" in tables, "the shortcut has the program's AppUserModelID", tables)
    _, columns = run("msiinfo", "export", newer, "Property")
    check("UpgradeCode\t{55A96258-F6BE-44A8-9B78-F38F51BF94E4}" in columns, "it has the product's upgrade code", columns)

    prefix = Prefix(options.work / "msi", screen)
    chapter("MSI: refusals")
    status, log = prefix.msi("/i", older)
    check(status != 0 and not prefix.files(), "without WebView2 nothing is installed", str(status))
    check("WebView2" in log, "and the log says why", log[-600:])
    prefix.has_webview()
    for wrong in ["SERVERURL=http://x", "AUTOSTART=yes", "LANGUAGE=de"]:
        status, log = prefix.msi("/i", older, wrong)
        check(status != 0 and not prefix.files(), f"{wrong} is refused", str(status))

    chapter("MSI: installed silently, with values for settings")
    given = ["SERVERURL=https://overleg.kliniek.example", "ORGID=01993a00-0000-7000-8000-000000000001", "AUTOSTART=1", "UPDATES=0"]
    status, log = prefix.msi("/i", older, *given)
    prefix.settle()
    registry = prefix.registry()
    check(status == 0, "msiexec reports success", f"{status} {log[-600:]}")
    there(prefix, registry, "msi")
    wanted = {
        "servers.address": "https://overleg.kliniek.example",
        "servers.organisation": "01993a00-0000-7000-8000-000000000001",
        "program.start_at_login": "dword:00000001",
        "updates.enabled": "dword:00000000",
    }
    check(recommended(registry) == wanted, "the values are recommended, and no other is written", str(recommended(registry)))
    mine = user_data(prefix)

    chapter("MSI: repaired")
    (prefix.program_folder / "WebView2Loader.dll").unlink()
    (prefix.program_folder / "overleg.exe").unlink()
    status, _ = prefix.msi("/i", older, *REPAIR)
    prefix.settle()
    check(prefix.files() == sorted(FILES), f"deleted files come back (status {status})", str(prefix.files()))

    chapter("MSI: upgraded over the running program")
    program = prefix.begin(prefix.program_folder / "overleg.exe")
    check(until(prefix.running, 20), "the program runs")
    status, log = prefix.msi("/i", newer, "LANGUAGE=en")
    check(status == 0, "the upgrade succeeds", f"{status} {log[-600:]}")
    check(not prefix.running(), "the running program was ended")
    program.wait(20)
    prefix.settle()
    registry = prefix.registry()
    there(prefix, registry, "msi")
    check(recommended(registry) == {**wanted, "appearance.language": "en"}, "what was given before holds, and the new value", str(recommended(registry)))
    names = [values.get("DisplayVersion") for key, values in registry.items()
             if key.startswith(UNINSTALL.lower()) and values.get("DisplayName") == "Overleg"]
    check(len(names) == 1 and names != ["0.0.9"], "Windows lists one version, the newer", str(names))
    check(mine.read_text() == "kept", "the user's data is kept")

    chapter("MSI: a downgrade, and the setup program, are refused")
    status, log = prefix.msi("/i", older)
    check(status != 0, f"an older version is refused (status {status})")
    _, conditions = run("msiinfo", "export", newer, "LaunchCondition")
    refusal = next((line for line in conditions.splitlines() if "WIX_DOWNGRADE_DETECTED" in line), "")
    check("nieuwere versie" in refusal and "newer version" in refusal, "its sentence has both languages", conditions)
    setup = one(options.packages, "*setup*.exe")
    status, _ = prefix.wine(setup, "/S")
    prefix.settle()
    check(status == 3, f"the setup program is refused beside the MSI (status {status})")
    there(prefix, prefix.registry(), "msi")

    chapter("MSI: on a full disk")
    (prefix.program_folder / "THIRD-PARTY.txt").unlink()
    if full(prefix.program_folder):
        status, log = prefix.msi("/i", newer, *REPAIR)
        print(f"  (wine's msiexec ends with {status}, and leaves {prefix.files()})")
        run("wineserver", "--wait", env=prefix.environment)
        subprocess.run(["umount", prefix.program_folder], check=True)
    status, log = prefix.msi("/i", newer, *REPAIR)
    prefix.settle()
    check(prefix.files() == sorted(FILES), "with room again, a repair completes it", str(prefix.files()))

    chapter("MSI: broken off")
    (prefix.program_folder / "overleg.exe").unlink()
    broken = prefix.begin("msiexec", "/i", newer, "/qn", *REPAIR)
    time.sleep(0.5)
    os.killpg(broken.pid, signal.SIGKILL)
    run("wineserver", "--kill", env=prefix.environment)
    run("wineserver", "--wait", env=prefix.environment)
    status, log = prefix.msi("/i", newer, *REPAIR)
    prefix.settle()
    check(prefix.files() == sorted(FILES), f"the same again completes it (status {status})", str(prefix.files()))

    chapter("MSI: removed")
    status, log = prefix.msi("/x", newer)
    prefix.settle()
    check(status == 0, "msiexec reports success", f"{status} {log[-600:]}")
    gone(prefix, prefix.registry())
    check(mine.read_text() == "kept", "the user's data stays")
    prefix.end()


def setup(options, screen):
    newer, older = one(options.packages, "*setup*.exe"), one(options.older, "*setup*.exe")
    chapter("setup: refusals")
    small(newer)
    prefix = Prefix(options.work / "setup", screen)
    status, _ = prefix.wine(older, "/S")
    check(status == 5 and not prefix.files(), f"without WebView2 nothing is installed (status {status})")
    prefix.has_webview()
    for wrong in ["/SERVERURL=http://x", "/AUTOSTART=yes", "/LANGUAGE=de"]:
        status, _ = prefix.wine(older, "/S", wrong)
        check(status == 6 and not prefix.files(), f"{wrong} is refused (status {status})")

    chapter("setup: installed silently, with values for settings")
    # By a batch file, which hands the quotes on as they are.
    batch = prefix.path / "drive_c/install.bat"
    program = "Z:" + str(older).replace("/", "\\")
    batch.write_text(
        f'@"{program}" /S /SERVERURL="https://overleg.kliniek.example" /AUTOSTART=1 /LANGUAGE=nl /WEBVIEW2="C:\\Web View"\r\n'
        "@exit %errorlevel%\r\n"
    )
    status, said = prefix.wine("cmd", "/c", "C:\\install.bat")
    prefix.settle()
    registry = prefix.registry()
    check(status == 0, "setup reports success", f"{status} {said[-300:]}")
    there(prefix, registry, "setup", ["uninstall.exe"])
    wanted = {
        "servers.address": "https://overleg.kliniek.example",
        "program.start_at_login": "dword:00000001",
        "appearance.language": "nl",
        "program.webview2_folder": "C:\\Web View",
    }
    check(recommended(registry) == wanted, "the values are recommended, and no other is written", str(recommended(registry)))
    mine = user_data(prefix)
    status, log = prefix.msi("/i", one(options.packages, "*.msi"))
    check(status != 0 and "setup" in log, f"the MSI is refused beside it (status {status})", log[-400:])

    chapter("setup: upgraded over the running program")
    program = prefix.begin(prefix.program_folder / "overleg.exe")
    check(until(prefix.running, 20), "the program runs")
    status, _ = prefix.wine(newer, "/S", "/UPDATES=1")
    check(status == 0, f"the upgrade succeeds (status {status})")
    check(not prefix.running(), "the running program was ended")
    program.wait(20)
    prefix.settle()
    registry = prefix.registry()
    there(prefix, registry, "setup", ["uninstall.exe"])
    check(recommended(registry) == {**wanted, "updates.enabled": "dword:00000001"}, "what was given before holds", str(recommended(registry)))
    version = registry.get(f"{UNINSTALL}\\Overleg".lower(), {}).get("DisplayVersion")
    check(version not in (None, "0.0.9"), f"Windows lists the newer version: {version}")
    status, _ = prefix.wine(older, "/S")
    check(status == 4, f"an older version is refused (status {status})")

    chapter("setup: on a full disk")
    before = (prefix.program_folder / "overleg.exe").stat().st_ino
    if full(prefix.program_folder):
        status, _ = prefix.wine(newer, "/S")
        check(status not in (0, None), f"it fails (status {status})")
        run("wineserver", "--wait", env=prefix.environment)
        subprocess.run(["umount", prefix.program_folder], check=True)
    check((prefix.program_folder / "overleg.exe").stat().st_ino == before, "the program that was there is there")
    prefix.wine(newer, "/S")
    prefix.settle()

    chapter("setup: repaired, and broken off")
    (prefix.program_folder / "overleg.exe").unlink()
    prefix.wine(newer, "/S")
    prefix.settle()
    check("overleg.exe" in prefix.files(), "the same version again brings a deleted file back")
    broken = prefix.begin(newer, "/S")
    time.sleep(0.4)
    os.killpg(broken.pid, signal.SIGKILL)
    run("wineserver", "--kill", env=prefix.environment)
    run("wineserver", "--wait", env=prefix.environment)
    whole = {path.name: path.stat().st_size for path in prefix.program_folder.glob("overleg.exe*")}
    check("overleg.exe" in whole or "overleg.exe.new" in whole, "a killed setup leaves the program", str(whole))
    prefix.wine(newer, "/S")
    prefix.settle()
    check(prefix.files() == sorted([*FILES, "uninstall.exe"]), "the same again completes it", str(prefix.files()))

    chapter("setup: removed")
    prefix.wine(prefix.program_folder / "uninstall.exe", "/S")
    prefix.settle()
    gone(prefix, prefix.registry())
    check(mine.read_text() == "kept", "the user's data stays")
    prefix.end()


def main():
    arguments = argparse.ArgumentParser()
    for name in ["packages", "older", "work"]:
        arguments.add_argument(f"--{name}", type=pathlib.Path, required=True)
    arguments.add_argument("parts", nargs="*")
    options = arguments.parse_args()
    screen = Screen()
    try:
        for name, part in {"msi": msi, "setup": setup}.items():
            if not options.parts or name in options.parts:
                began = time.monotonic()
                part(options, screen)
                print(f"  {name}: {time.monotonic() - began:.0f} s")
    finally:
        screen.end()
    finish()


if __name__ == "__main__":
    main()
