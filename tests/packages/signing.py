"""Signatures of packages with keys of the test, verified by the tools that a customer has.

    signing.py make FOLDER
    signing.py verify FOLDER --packages FOLDER
"""
import argparse
import pathlib
import subprocess

from common import chapter, check, finish, one, run


def make(folder):
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "signing.toml").exists():
        return
    (folder / "password").write_text("only of this test")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:3072", "-nodes", "-days", "30", "-subj", "/CN=Test of packages",
         "-addext", "extendedKeyUsage=codeSigning", "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
        check=True,
    )
    subprocess.run(
        ["openssl", "pkcs12", "-export", "-inkey", folder / "key.pem", "-in", folder / "certificate.pem", "-out", folder / "key.p12",
         "-passout", f"file:{folder / 'password'}"],
        check=True,
    )
    home = folder / "gnupg"
    home.mkdir(mode=0o700, exist_ok=True)
    gpg = ["gpg", "--batch", "--homedir", home]
    subprocess.run([*gpg, "--passphrase", "", "--quick-gen-key", "Test of packages", "rsa3072", "sign", "30d"], check=True)
    with open(folder / "public.asc", "wb") as public:
        subprocess.run([*gpg, "--armor", "--export"], check=True, stdout=public)
    listed = subprocess.run([*gpg, "--list-keys", "--with-colons"], check=True, capture_output=True, text=True).stdout
    fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
    (folder / "signing.toml").write_text(
        f'[windows]\npkcs12 = "{folder / "key.p12"}"\npassword = "{folder / "password"}"\n\n'
        f'[gpg]\nkey = "{fingerprint}"\nhome = "{home}"\n'
    )


def verify(folder, packages):
    chapter("signatures")
    for pattern in ["*.msi", "*setup*.exe"]:
        package = one(packages, pattern)
        status, said = run("osslsigncode", "verify", "-CAfile", folder / "certificate.pem", "-in", package)
        check(status == 0 and "Test of packages" in said, f"{package.name} is signed by the certificate", said[-800:])
    msi = one(packages, "*.msi")
    changed = folder / "changed.msi"
    text = bytearray(msi.read_bytes())
    text[len(text) // 2] ^= 1
    changed.write_bytes(text)
    status, _ = run("osslsigncode", "verify", "-CAfile", folder / "certificate.pem", "-in", changed)
    check(status != 0, "an MSI of which one bit was changed is refused")
    inside = folder / "inside"
    run("msiextract", "--directory", inside, msi)
    program = next(inside.rglob("overleg.exe"))
    status, said = run("osslsigncode", "verify", "-CAfile", folder / "certificate.pem", "-in", program)
    check(status == 0, "the program inside the MSI is signed, too", said[-800:])

    rpm = one(packages, "*.rpm")
    database = folder / "rpm"
    run("rpm", "--dbpath", database, "--initdb")
    status, said = run("rpm", "--dbpath", database, "-K", rpm)
    check(status != 0, "the RPM's signature is not accepted before the key is known", said)
    run("rpm", "--dbpath", database, "--import", folder / "public.asc")
    status, said = run("rpm", "--dbpath", database, "-K", rpm)
    check(status == 0 and "signatures OK" in said, "and is with the key", said)

    gpg = ["gpg", "--batch", "--homedir", folder / "gnupg", "--verify"]
    beside = sorted(packages.glob("*.asc"))
    check(len(beside) >= 6, f"{len(beside)} files have a signature beside them", str(beside))
    for signature in beside:
        status, said = run(*gpg, signature, signature.with_suffix(""))
        check(status == 0, f"{signature.name} is right", said)
    status, said = run("sha256sum", "--check", "--quiet", "SHA256SUMS", cwd=packages)
    check(status == 0, "the checksums are those of the signed packages", said)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("what", choices=["make", "verify"])
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--packages", type=pathlib.Path)
    options = arguments.parse_args()
    if options.what == "make":
        make(options.folder.absolute())
    else:
        verify(options.folder.absolute(), options.packages)
        finish()


if __name__ == "__main__":
    main()
