//! A Postfix of its own: unpacked, on a free port of this machine, which delivers to mailboxes in a folder and nowhere else.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Users that every Debian has, for the parts of Postfix that may not share one.
const OWNER: (&str, u32) = ("mail", 8);
const GROUP: (&str, u32) = ("games", 60);

const SERVICES: &str = "\
PORT inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
showq unix n - n - - showq
";

const SETTINGS: &str = "\
compatibility_level = 3.6
queue_directory = DATA/spool
data_directory = DATA/lib
daemon_directory = ROOT/usr/lib/postfix/sbin
command_directory = ROOT/usr/sbin
shlib_directory = ROOT/usr/lib/postfix
meta_directory = DATA/etc
sendmail_path = ROOT/usr/sbin/sendmail
mailq_path = ROOT/usr/bin/mailq
newaliases_path = ROOT/usr/bin/newaliases
mail_owner = OWNER
setgid_group = GROUP
default_privs = nobody
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.maasdal.example
mydestination =
virtual_mailbox_domains = maasdal.example, kliniek.example
virtual_mailbox_base = DATA/mail
virtual_mailbox_maps = texthash:DATA/etc/boxes
virtual_minimum_uid = 1
virtual_uid_maps = static:OWNER_ID
virtual_gid_maps = static:OWNER_ID
smtpd_relay_restrictions = reject_unauth_destination
notify_classes =
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = CERTIFICATE
smtpd_tls_key_file = CERTIFICATE
maillog_file = DATA/postfix.log
maillog_file_prefixes = DATA
alias_maps =
local_recipient_maps =
import_environment = LD_LIBRARY_PATH MAIL_CONFIG TZ
export_environment = LD_LIBRARY_PATH TZ
";

/// Runs until it is dropped.
pub struct Postfix {
    root: PathBuf,
    folder: tempfile::TempDir,
    pub port: u16,
}

impl Postfix {
    /// With a mailbox for each of these addresses, and for no other.
    pub fn start(addresses: &[&str]) -> Postfix {
        let root = std::env::var_os("TEST_POSTFIX").expect("`cargo xtask test postfix` fetches Postfix");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let postfix = Postfix {
            root: root.into(),
            folder: tempfile::Builder::new()
                .prefix("overleg-postfix-")
                .tempdir()
                .unwrap(),
            port: listener.local_addr().unwrap().port(),
        };
        drop(listener);
        postfix.make(addresses);
        postfix.resume();
        postfix
    }

    fn data(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn make(&self, addresses: &[&str]) {
        // Its programs run as other users, who look for their files from here.
        open_folder(self.folder.path(), 0o755);
        for name in ["etc", "lib", "mail", "spool"] {
            std::fs::create_dir(self.data(name)).unwrap();
            open_folder(&self.data(name), 0o755);
        }
        for name in ["lib", "mail"] {
            chown(self.data(name), Some(OWNER.1), Some(OWNER.1)).unwrap();
        }
        let certificate = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/mail/certificates/good.pem");
        let settings = SETTINGS
            .replace("OWNER_ID", &OWNER.1.to_string())
            .replace("OWNER", OWNER.0)
            .replace("GROUP", GROUP.0)
            .replace("CERTIFICATE", certificate)
            .replace("ROOT", self.root.to_str().unwrap())
            .replace("DATA", self.folder.path().to_str().unwrap());
        let boxes = addresses.iter().map(|address| format!("{address} {address}/\n"));
        for (name, text) in [
            ("main.cf", settings),
            ("master.cf", SERVICES.replace("PORT", &self.port.to_string())),
            ("boxes", boxes.collect()),
        ] {
            std::fs::write(self.data("etc").join(name), text).unwrap();
        }
        let of_package = self.root.join("etc/postfix");
        for name in ["postfix-files", "dynamicmaps.cf"] {
            let from = [
                of_package.join(name),
                self.root.join("usr/share/postfix").join(name),
            ];
            let from = from.iter().find(|path| path.is_file());
            match from {
                Some(from) => std::fs::copy(from, self.data("etc").join(name)).map(|_| ()),
                None => std::fs::write(self.data("etc").join(name), ""),
            }
            .unwrap();
        }
        let spool = self.data("spool");
        for (name, mode, group) in [
            ("active", 0o700, None),
            ("bounce", 0o700, None),
            ("corrupt", 0o700, None),
            ("defer", 0o700, None),
            ("deferred", 0o700, None),
            ("flush", 0o700, None),
            ("hold", 0o700, None),
            ("incoming", 0o700, None),
            ("private", 0o700, None),
            ("saved", 0o700, None),
            ("trace", 0o700, None),
            ("public", 0o710, Some(GROUP.1)),
            ("maildrop", 0o730, Some(GROUP.1)),
        ] {
            std::fs::create_dir(spool.join(name)).unwrap();
            open_folder(&spool.join(name), mode);
            chown(spool.join(name), Some(OWNER.1), group).unwrap();
        }
        std::fs::create_dir(spool.join("pid")).unwrap();
    }

    fn postfix(&self, verb: &str) {
        let libraries = [
            self.root.join("usr/lib/postfix"),
            self.root
                .join("usr/lib")
                .join(format!("{}-linux-gnu", std::env::consts::ARCH)),
        ];
        let mut command = Command::new(self.root.join("usr/sbin/postfix"));
        command.env("LD_LIBRARY_PATH", std::env::join_paths(libraries).unwrap());
        let output = command
            .arg("-c")
            .arg(self.data("etc"))
            .arg(verb)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "postfix {verb}: {}{}",
            String::from_utf8_lossy(&output.stderr),
            self.log()
        );
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.data("postfix.log")).unwrap_or_default()
    }

    /// Stops it; mail that was accepted stays.
    pub fn pause(&self) {
        self.postfix("stop");
    }

    pub fn resume(&self) {
        self.postfix("start");
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            std::thread::yield_now();
        }
    }

    /// The mails in a mailbox, as they came.
    pub fn mailbox(&self, address: &str) -> Vec<Vec<u8>> {
        let mut mails = Vec::new();
        for state in ["new", "cur"] {
            let folder = self.data("mail").join(address).join(state);
            let Ok(entries) = std::fs::read_dir(folder) else {
                continue;
            };
            mails.extend(entries.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()));
        }
        mails
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.postfix("stop");
            return;
        }
        // A second panic would end the process.
        let id = std::fs::read_to_string(self.data("spool/pid/master.pid")).unwrap_or_default();
        let _ = Command::new("kill").arg(id.trim()).status();
    }
}

fn open_folder(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
