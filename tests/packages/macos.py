"""The bundle for macOS, as far as it can be looked at elsewhere: its structure, and what it says of itself.

    macos.py --app FOLDER.app
"""
import argparse
import os
import pathlib
import plistlib
import re

from common import chapter, check, finish, run

ROOT = pathlib.Path(__file__).parents[2]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--app", type=pathlib.Path, required=True)
    app = arguments.parse_args().app
    chapter("macOS: the bundle")
    files = sorted(str(path.relative_to(app)) for path in app.rglob("*") if path.is_file())
    wanted = ["Contents/Info.plist", "Contents/MacOS/overleg", "Contents/PkgInfo", "Contents/Resources/LICENSE.txt",
              "Contents/Resources/THIRD-PARTY.txt", "Contents/Resources/icon.icns"]
    check(files == wanted, "it has the files of a bundle", str(files))
    check(os.access(app / "Contents/MacOS/overleg", os.X_OK), "its program may be started")
    about = plistlib.loads((app / "Contents/Info.plist").read_bytes())
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE).group(1)
    for key, value in {
        "CFBundleIdentifier": "nl.overleg.desktop",
        "CFBundleExecutable": "overleg",
        "CFBundleName": "Overleg",
        "CFBundlePackageType": "APPL",
        "CFBundleShortVersionString": version,
        "CFBundleVersion": version,
        "LSMinimumSystemVersion": "13.0",
    }.items():
        check(about.get(key) == value, f"{key} is {value}", str(about.get(key)))
    schemes = [scheme for one in about["CFBundleURLTypes"] for scheme in one["CFBundleURLSchemes"]]
    check(schemes == ["overleg"], "links of overleg: open it", str(schemes))
    icon = (app / "Contents/Resources" / about["CFBundleIconFile"]).with_suffix(".icns").read_bytes()
    check(icon[:4] == b"icns", "its icon is one of macOS")
    plistlib.loads((ROOT / "packaging/macos/entitlements.plist").read_bytes())
    status, said = run("sh", "-n", ROOT / "packaging/macos/build.sh")
    check(status == 0, "the script that makes PKG and DMG can be read by a shell", said)
    finish()


if __name__ == "__main__":
    main()
