//! The data folder and the key: permissions, and recovery after an interruption.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("overleg-folder-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn data(&self) -> PathBuf {
        self.0.join("de data")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// With a umask that restricts nothing.
fn program(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.env_clear();
    command.args([
        "-c",
        r#"umask 0; exec "$0" --data "$@""#,
        env!("CARGO_BIN_EXE_sync-server"),
    ]);
    command.arg(data).args(arguments);
    command
}

fn run(data: &Path, arguments: &[&str]) -> Output {
    program(data, arguments).output().unwrap()
}

/// The error of a start that must be refused.
fn refused(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn done(data: &Path, arguments: &[&str]) {
    let output = run(data, arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Runs the command at the end of an error.
fn mend(said: &str) {
    let command = said.trim().rsplit_once(": ").unwrap().1.to_owned();
    let mended = Command::new("sh").args(["-c", &command]).status().unwrap();
    assert!(mended.success(), "{command}");
}

fn all_closed(data: &Path) {
    assert_eq!(mode(data), 0o700);
    for entry in std::fs::read_dir(data).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path) & 0o077, 0, "{}", path.display());
    }
}

struct Serving(Child);

impl Serving {
    /// Waits until its socket exists.
    fn start(data: &Path) -> Serving {
        let mut command = program(
            data,
            &["--listen", "127.0.0.1:0", "--health", "127.0.0.1:0", "serve"],
        );
        let mut serving = Serving(command.stderr(Stdio::null()).spawn().unwrap());
        while std::os::unix::net::UnixStream::connect(data.join("admin.sock")).is_err() {
            assert!(serving.0.try_wait().unwrap().is_none(), "the program ended");
            std::thread::yield_now();
        }
        serving
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

// I5
#[test]
fn everything_in_the_folder_is_for_the_servers_user_alone_whatever_the_umask() {
    let folder = Folder::new("modes");
    let data = folder.data();
    done(&data, &["init"]);
    all_closed(&data);
    done(&data, &["organisation", "add", "De Linde"]);
    let serving = Serving::start(&data);
    for name in [
        "overleg.sqlite",
        "overleg.sqlite-wal",
        "overleg.sqlite-shm",
        "master.key",
        "lock",
        "admin.sock",
    ] {
        assert!(data.join(name).exists(), "{name}");
    }
    all_closed(&data);
    drop(serving);
    // Files of an older version, which left them open to others.
    for name in ["overleg.sqlite", "lock"] {
        set_mode(&data.join(name), 0o644);
    }
    done(&data, &["check"]);
    all_closed(&data);
}

// I5
#[test]
fn a_folder_that_is_there_and_empty_becomes_the_servers_own_and_one_that_is_not_is_refused() {
    let folder = Folder::new("there");
    let data = folder.data();
    std::fs::create_dir(&data).unwrap();
    for open in [0o755, 0o777, 0o750] {
        set_mode(&data, open);
        std::fs::write(data.join("iets"), "van een ander").unwrap();
        let said = refused(&data, &["init"]);
        assert!(said.contains("chmod 0700"), "{said}");
        let left: Vec<_> = std::fs::read_dir(&data)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["iets"]);
        std::fs::remove_file(data.join("iets")).unwrap();
    }
    done(&data, &["init"]);
    all_closed(&data);
    set_mode(&data, 0o755);
    for arguments in [&["serve"][..], &["init"], &["check"], &["organisation", "list"]] {
        let said = refused(&data, arguments);
        assert!(said.contains("chmod 0700"), "{arguments:?}: {said}");
    }
    mend(&refused(&data, &["check"]));
    done(&data, &["check"]);
}

// I5
#[test]
fn a_key_that_others_can_read_is_refused_until_it_is_closed() {
    let folder = Folder::new("key");
    let data = folder.data();
    done(&data, &["init"]);
    let elsewhere = folder.0.join("de sleutel");
    std::fs::rename(data.join("master.key"), &elsewhere).unwrap();
    let key = elsewhere.to_str().unwrap();
    for open in [0o644, 0o640, 0o604, 0o660] {
        set_mode(&elsewhere, open);
        for verb in ["init", "check", "serve"] {
            let said = refused(&data, &["--master-key", key, verb]);
            assert!(
                said.contains("chmod 0600") && said.contains("master key"),
                "{said}"
            );
        }
        mend(&refused(&data, &["--master-key", key, "check"]));
        done(&data, &["--master-key", key, "check"]);
    }
    set_mode(&elsewhere, 0o400);
    done(&data, &["--master-key", key, "check"]);
}

// I5
#[test]
fn an_init_that_was_interrupted_anywhere_is_done_by_the_next() {
    let folder = Folder::new("interrupted");
    let data = folder.data();
    // Each state that an interruption can leave: the folder, the lock, half a key in its temporary file, the key, an
    // empty database.
    let left: [&[(&str, &str)]; 4] = [
        &[],
        &[("lock", "")],
        &[("lock", ""), ("master.key.new", "q83v")],
        &[("lock", ""), ("overleg.sqlite", "")],
    ];
    for files in left {
        let _ = std::fs::remove_dir_all(&data);
        std::fs::create_dir(&data).unwrap();
        set_mode(&data, 0o700);
        for (name, text) in files {
            std::fs::write(data.join(name), text).unwrap();
            set_mode(&data.join(name), 0o600);
        }
        let said = refused(&data, &["check"]);
        assert!(said.contains("init"), "{said}");
        done(&data, &["init"]);
        done(&data, &["check"]);
        all_closed(&data);
    }
    // With its key already there.
    let key = std::fs::read(data.join("master.key")).unwrap();
    for name in ["overleg.sqlite", "overleg.sqlite-wal", "overleg.sqlite-shm"] {
        let _ = std::fs::remove_file(data.join(name));
    }
    done(&data, &["init"]);
    assert_eq!(std::fs::read(data.join("master.key")).unwrap(), key);
}

// I5
#[test]
fn an_empty_or_short_key_is_refused_with_a_sentence_and_is_never_made_anew_over_a_database() {
    let folder = Folder::new("empty");
    let data = folder.data();
    done(&data, &["init"]);
    let key = data.join("master.key");
    let whole = std::fs::read(&key).unwrap();
    for broken in [&b""[..], b"\n", b"q83v", &whole[..20]] {
        std::fs::write(&key, broken).unwrap();
        for verb in ["init", "check", "serve"] {
            let said = refused(&data, &[verb]);
            assert!(said.contains("backup"), "{said}");
        }
        assert_eq!(std::fs::read(&key).unwrap(), broken);
    }
    std::fs::remove_file(&key).unwrap();
    assert!(refused(&data, &["init"]).contains("backup"));
    assert!(!key.exists());
    // Without a database nothing is lost: the error says what to do.
    std::fs::remove_file(data.join("overleg.sqlite")).unwrap();
    std::fs::write(&key, "").unwrap();
    set_mode(&key, 0o600);
    let said = refused(&data, &["init"]);
    assert!(said.contains("interrupted"), "{said}");
    mend(&said);
    done(&data, &["init"]);
}

// I5
#[cfg(target_os = "linux")]
#[test]
fn an_operators_command_that_cannot_be_accepted_ends_nothing() {
    use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

    let folder = Folder::new("accept");
    let data = folder.data();
    done(&data, &["init"]);
    let mut serving = Serving::start(&data);
    let pid = Pid::from_child(&serving.0);
    let before = getrlimit(Resource::Nofile);
    let none = Rlimit {
        current: Some(1),
        ..before
    };
    let raised = prlimit(Some(pid), Resource::Nofile, none).unwrap();
    // Each waits until files are available again.
    let waiting: Vec<Child> = (0..3)
        .map(|_| {
            let mut command = program(&data, &["organisation", "list"]);
            command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    let socket = data.join("admin.sock");
    let silent: Vec<_> = (0..3)
        .map(|_| std::os::unix::net::UnixStream::connect(&socket).unwrap())
        .collect();
    assert!(serving.0.try_wait().unwrap().is_none());
    prlimit(Some(pid), Resource::Nofile, raised).unwrap();
    for mut child in waiting {
        assert!(child.wait().unwrap().success());
    }
    drop(silent);
    done(&data, &["organisation", "list"]);
    assert!(serving.0.try_wait().unwrap().is_none());
}
