//! Signatures with the certificates of the one who gives the packages on: `cargo xtask package --sign-with FILE`.
//!
//! ```toml
//! [windows]
//! pkcs12 = "/secret/code-signing.p12"     # or pkcs11_module, pkcs11_certificate and pkcs11_key: their URIs
//! password = "/secret/password"           # a file with the password, or with the PIN
//! timestamp = "http://timestamp.example"  # optional: without one the signature ends with the certificate
//!
//! [gpg]
//! key = "FINGERPRINT"
//! home = "/secret/gnupg"                  # optional
//! ```
//!
//! Programs for Windows are signed before they are packed, the MSI and the setup program after; RPMs carry a signature, all
//! packages and the checksums have one beside them (`.asc`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::product::facts;
use crate::workspace::{Workspace, must};

#[derive(Debug)]
pub(super) struct Signing(BTreeMap<String, String>);

impl Signing {
    /// The packages of Debian that sign.
    pub(super) const TOOLS: &'static [&'static str] = &["gnupg", "osslsigncode", "rpm"];

    pub(super) fn of(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let facts = facts(&text);
        const KNOWN: &[&str] = &[
            "windows.pkcs12",
            "windows.pkcs11_module",
            "windows.pkcs11_certificate",
            "windows.pkcs11_key",
            "windows.password",
            "windows.timestamp",
            "gpg.key",
            "gpg.home",
        ];
        if let Some(unknown) = facts.keys().find(|name| !KNOWN.contains(&name.as_str())) {
            bail!("{} has `{unknown}`, which is not known.", file.display());
        }
        if facts.is_empty() {
            bail!("{} names no key.", file.display());
        }
        Ok(Self(facts))
    }

    fn fact(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The arguments of osslsigncode up to the files; none where nothing for Windows is signed.
    fn for_windows(&self) -> Result<Option<Vec<String>>> {
        let mut arguments: Vec<String> =
            match (self.fact("windows.pkcs12"), self.fact("windows.pkcs11_module")) {
                (Some(file), None) => vec!["sign".into(), "-pkcs12".into(), file.into()],
                (None, Some(module)) => {
                    let of = |name: &str| {
                        self.fact(name)
                            .with_context(|| format!("`{name}` is missing beside `windows.pkcs11_module`"))
                    };
                    let certificate = of("windows.pkcs11_certificate")?;
                    let key = of("windows.pkcs11_key")?;
                    [
                        "sign",
                        "-pkcs11module",
                        module,
                        "-pkcs11cert",
                        certificate,
                        "-key",
                        key,
                    ]
                    .map(str::to_owned)
                    .to_vec()
                }
                (Some(_), Some(_)) => bail!("Name either `windows.pkcs12` or `windows.pkcs11_module`."),
                (None, None) => return Ok(None),
            };
        if let Some(password) = self.fact("windows.password") {
            // A file, so that the password is in no list of processes.
            arguments.extend(["-readpass".to_owned(), password.to_owned()]);
        }
        if let Some(timestamp) = self.fact("windows.timestamp") {
            arguments.extend(["-ts".to_owned(), timestamp.to_owned()]);
        }
        arguments.extend(["-h".to_owned(), "sha256".to_owned()]);
        Ok(Some(arguments))
    }

    /// A line of a setup program's script that signs its uninstaller.
    pub(super) fn finalize(&self, name: &str) -> Result<String> {
        let Some(arguments) = self.for_windows()? else {
            return Ok(String::new());
        };
        let quoted = arguments.iter().map(|argument| format!("\"{argument}\""));
        let arguments: Vec<String> = quoted.collect();
        Ok(format!(
            "!uninstfinalize 'osslsigncode {} -n \"{name}\" -in \"%1\" -out \"%1.signed\" && mv \"%1.signed\" \"%1\"'",
            arguments.join(" ")
        ))
    }

    /// A program, an MSI or a setup program, signed in its place.
    pub(super) fn windows(&self, workspace: &Workspace, name: &str, file: &Path) -> Result<()> {
        let Some(arguments) = self.for_windows()? else {
            return Ok(());
        };
        let mut signed = file.as_os_str().to_owned();
        signed.push(".signed");
        let mut sign = workspace.command("osslsigncode");
        sign.args(arguments)
            .args(["-n", name])
            .arg("-in")
            .arg(file)
            .arg("-out")
            .arg(&signed);
        must(&mut sign, &format!("{} could not be signed.", file.display()))?;
        Ok(fs::rename(signed, file)?)
    }

    pub(super) fn rpm(&self, workspace: &Workspace, file: &Path) -> Result<()> {
        let Some(key) = self.fact("gpg.key") else {
            return Ok(());
        };
        let mut sign = workspace.command("rpmsign");
        sign.args(["--addsign", "--define", &format!("_gpg_name {key}")]);
        // Debian's rpm looks for a name that Debian's GPG no longer has.
        sign.args(["--define", "__gpg /usr/bin/gpg"]);
        if let Some(home) = self.fact("gpg.home") {
            sign.args(["--define", &format!("_gpg_path {home}")]);
        }
        must(
            sign.arg(file),
            &format!("{} could not be signed.", file.display()),
        )
    }

    /// A signature beside a file, which `gpg --verify` reads.
    pub(super) fn beside(&self, workspace: &Workspace, file: &Path) -> Result<Option<PathBuf>> {
        let Some(key) = self.fact("gpg.key") else {
            return Ok(None);
        };
        let mut name = file.as_os_str().to_owned();
        name.push(".asc");
        let signature = PathBuf::from(name);
        let mut gpg = workspace.command("gpg");
        gpg.args(["--batch", "--yes"]);
        if let Some(home) = self.fact("gpg.home") {
            gpg.args(["--homedir", home]);
        }
        gpg.args(["--local-user", key, "--armor", "--detach-sign", "--output"])
            .arg(&signature)
            .arg(file);
        must(&mut gpg, &format!("{} could not be signed.", file.display()))?;
        Ok(Some(signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signing(text: &str) -> Result<Signing> {
        let name = format!("overleg-signing-{}-{}.toml", std::process::id(), text.len());
        let file = std::env::temp_dir().join(name);
        fs::write(&file, text).unwrap();
        let signing = Signing::of(&file);
        fs::remove_file(&file).unwrap();
        signing
    }

    // I4
    #[test]
    fn keys_come_from_a_file_or_a_token_and_a_typing_error_is_refused() {
        let file = signing("[windows]\npkcs12 = \"a.p12\"\npassword = \"p\"\n").unwrap();
        let arguments = file.for_windows().unwrap().unwrap();
        assert_eq!(
            arguments,
            ["sign", "-pkcs12", "a.p12", "-readpass", "p", "-h", "sha256"]
        );
        let token = signing("[windows]\npkcs11_module = \"m.so\"\n").unwrap();
        assert!(token.for_windows().is_err(), "without the key's URI");
        let gpg = signing("[gpg]\nkey = \"AB\"\n").unwrap();
        assert_eq!(gpg.for_windows().unwrap(), None);
        assert!(signing("[windows]\npkcs21 = \"a\"\n").is_err());
        assert!(signing("").is_err());
    }
}
