//! A session bus for tests.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// Without services: the bus starts no notification server of the machine.
const CONFIGURATION: &str = r#"<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"#;

/// A session bus that ends with the test.
pub(super) struct Bus {
    daemon: Child,
    pub(super) address: String,
}

impl Bus {
    pub(super) fn start() -> Bus {
        let folder = tempfile::tempdir().unwrap();
        let configuration = folder.path().join("bus.conf");
        std::fs::write(&configuration, CONFIGURATION).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .args(["--nofork", "--nopidfile", "--print-address", "--config-file"])
            .arg(&configuration)
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon is there: `cargo xtask setup` installs it");
        let mut address = String::new();
        let output = daemon.stdout.take().expect("its output is read");
        BufReader::new(output)
            .read_line(&mut address)
            .expect("it says its address");
        let address = address.trim().to_owned();
        Bus { daemon, address }
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ended = self.daemon.kill();
        let _reaped = self.daemon.wait();
    }
}
