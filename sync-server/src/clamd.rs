//! A real virus scanner for tests: `clamd` of Debian, which knows one signature.

use std::io::{self, BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The standard test file of virus scanners, in two halves, so that no scanner finds it in this source.
const EICAR: [&str; 2] = [
    r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-",
    "ANTIVIRUS-TEST-FILE!$H+H*",
];
/// Its digest (MD5) and length, as ClamAV's `.hdb` lists them.
const SIGNATURE: &str = "44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test-Signature\n";

/// The file that the scanner finds something in.
pub fn eicar() -> Vec<u8> {
    EICAR.concat().into_bytes()
}

/// A scanner that runs until it is dropped.
#[derive(Debug)]
pub struct Clamd {
    folder: tempfile::TempDir,
    running: Option<Child>,
}

impl Clamd {
    /// It does not run yet. `longest`: a longer file is too large for it, as `1M`.
    pub fn new(longest: &str) -> io::Result<Clamd> {
        let folder = tempfile::Builder::new().prefix("overleg-clamd-").tempdir()?;
        let signatures = folder.path().join("signatures");
        std::fs::create_dir(&signatures)?;
        std::fs::write(signatures.join("eicar.hdb"), SIGNATURE)?;
        let configuration = format!(
            "DatabaseDirectory {}\nLocalSocket {}\nForeground yes\nStreamMaxLength {longest}\n",
            signatures.display(),
            folder.path().join("clamd.socket").display()
        );
        std::fs::write(folder.path().join("clamd.conf"), configuration)?;
        Ok(Clamd {
            folder,
            running: None,
        })
    }

    /// Its address, as the configuration of a server names it.
    pub fn socket(&self) -> String {
        self.folder.path().join("clamd.socket").display().to_string()
    }

    /// Starts it, and waits until it says that it listens.
    pub fn start(&mut self) -> io::Result<()> {
        let program = ["/usr/sbin/clamd", "/usr/bin/clamd"]
            .into_iter()
            .find(|path| Path::new(path).is_file());
        let missing = || io::Error::other("clamd is not there: `cargo xtask setup` installs it");
        let mut child = Command::new(program.ok_or_else(missing)?)
            .arg("--config-file")
            .arg(self.folder.path().join("clamd.conf"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut said = Vec::new();
        let listens = child.stdout.take().is_some_and(|stdout| {
            let lines = BufReader::new(stdout).lines().map_while(Result::ok);
            lines
                .inspect(|line| said.push(line.clone()))
                .any(|line| line.contains("Self checking every"))
        });
        self.running = Some(child);
        if listens {
            Ok(())
        } else {
            Err(io::Error::other(format!("clamd does not start: {said:#?}")))
        }
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            let _ = running.kill();
            let _ = running.wait();
        }
    }
}
