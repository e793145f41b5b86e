//! Clones of a tiny workspace, built by cargo as they are found.

use std::process::{Command, Output};

use super::*;

/// A program whose answer is its library's, and a package of a registry that every clone of Overleg has.
struct Sample {
    folder: PathBuf,
}

impl Sample {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("overleg-clones-{name}-{}", process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("cache")).unwrap();
        Self {
            folder: fs::canonicalize(folder).unwrap(),
        }
    }

    fn cache(&self) -> PathBuf {
        self.folder.join("cache")
    }

    /// A clone whose library answers so.
    fn clone(&self, name: &str, answer: &str) -> PathBuf {
        let root = self.folder.join(name);
        let files = [
            (
                "Cargo.toml",
                "[workspace]\nresolver = \"3\"\nmembers = [\"app\", \"words\"]\n".to_owned(),
            ),
            (
                "app/Cargo.toml",
                "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nanyhow = \"1\"\n\
                 words = { path = \"../words\" }\n"
                    .to_owned(),
            ),
            (
                "app/src/main.rs",
                "fn main() -> anyhow::Result<()> {\n    println!(\"{}\", words::answer());\n    Ok(())\n}\n".to_owned(),
            ),
            (
                "words/Cargo.toml",
                "[package]\nname = \"words\"\nversion = \"0.1.0\"\nedition = \"2024\"\n".to_owned(),
            ),
            (
                "words/src/lib.rs",
                format!("pub fn answer() -> &'static str {{\n    \"{answer}\"\n}}\n"),
            ),
            ("Cargo.lock", lock()),
        ];
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    /// The clone's target folder, made as `cargo xtask` makes it.
    fn target(&self, root: &Path) -> PathBuf {
        let clone = Clone::of(root, &self.cache()).unwrap();
        clone.make_target().unwrap();
        clone.target()
    }

    /// The output of the clone's program, and the packages that were compiled for it.
    fn answer(&self, root: &Path) -> (String, Vec<String>) {
        run(root, &self.target(root))
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Of the version that this program is compiled with: no network is needed for it.
fn lock() -> String {
    let ours = include_str!("../../../Cargo.lock");
    let mut packages = ours.split("\n\n");
    let anyhow = packages
        .find(|package| package.contains("name = \"anyhow\"\n"))
        .unwrap();
    format!(
        "version = 4\n\n{}\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n \"anyhow\",\n \"words\",\n]\n\n\
         [[package]]\nname = \"words\"\nversion = \"0.1.0\"\n",
        anyhow.trim()
    )
}

fn run(root: &Path, target: &Path) -> (String, Vec<String>) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(cargo)
        .current_dir(root)
        .args(["run", "--offline", "--color", "never"])
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    let output = String::from_utf8(stderr).unwrap();
    assert!(status.success(), "{output}");
    let compiled = output
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Compiling "));
    let compiled = compiled.filter_map(|package| package.split(' ').next());
    (
        String::from_utf8(stdout).unwrap().trim().to_owned(),
        compiled.map(str::to_owned).collect(),
    )
}

#[test]
fn each_of_two_clones_runs_its_own_code_and_the_library_is_compiled_once() {
    let sample = Sample::new("two");
    // Both are there before anything is built: the second's sources are older than the first's build.
    let (first, second) = (sample.clone("first", "one"), sample.clone("second", "two"));
    assert_eq!(
        sample.answer(&first),
        ("one".into(), vec!["anyhow".into(), "words".into(), "app".into()])
    );
    assert_eq!(
        sample.answer(&second),
        ("two".into(), vec!["words".into(), "app".into()])
    );
    // And each goes on doing so, with nothing to compile.
    assert_eq!(sample.answer(&first), ("one".into(), vec![]));
    assert_eq!(sample.answer(&second), ("two".into(), vec![]));
}

#[test]
fn the_folder_that_all_clones_shared_gives_its_libraries_and_not_its_members() {
    let sample = Sample::new("shared");
    let (old, new) = (sample.clone("old", "one"), sample.clone("new", "two"));
    let shared = sample.cache().join("target");
    assert_eq!(run(&old, &shared).0, "one");
    let target = sample.target(&new);
    let mut left = Vec::new();
    names(&target, &mut left);
    assert!(left.iter().any(|name| name.starts_with("libanyhow-")), "{left:?}");
    let members = ["app", "words-", "libwords-", "incremental"];
    let of_members = |name: &&String| members.iter().any(|member| name.starts_with(member));
    assert_eq!(
        left.iter().filter(of_members).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
    assert_eq!(
        run(&new, &target),
        ("two".into(), vec!["words".into(), "app".into()])
    );
    assert!(shared.is_dir(), "it is left to the one who has the cache");
}

#[test]
fn a_clone_that_is_gone_leaves_its_libraries_to_the_next_and_then_nothing() {
    let sample = Sample::new("gone");
    let (first, second) = (sample.clone("first", "one"), sample.clone("second", "two"));
    let kept = sample.clone("kept", "three");
    sample.answer(&first);
    let of_first = sample.target(&first);
    let of_kept = sample.target(&kept);
    fs::remove_dir_all(&first).unwrap();
    assert_eq!(
        sample.answer(&second),
        ("two".into(), vec!["words".into(), "app".into()])
    );
    assert!(!of_first.exists(), "the clone is gone");
    assert!(of_kept.exists() && sample.target(&second).exists());
    assert_eq!(entries(&sample.cache().join("clones")).len(), 2);
    // The build outlives the folder that its libraries came from.
    fs::write(
        second.join("words/src/lib.rs"),
        "pub fn answer() -> &'static str {\n    \"four\"\n}\n",
    )
    .unwrap();
    assert_eq!(
        sample.answer(&second),
        ("four".into(), vec!["words".into(), "app".into()])
    );
}

#[test]
fn a_clone_put_in_the_place_of_another_runs_its_own_code() {
    let sample = Sample::new("place");
    let (here, elsewhere) = (sample.clone("here", "one"), sample.clone("elsewhere", "two"));
    assert_eq!(sample.answer(&here).0, "one");
    fs::rename(&here, sample.folder.join("away")).unwrap();
    fs::rename(&elsewhere, &here).unwrap();
    assert_eq!(
        sample.answer(&here),
        ("two".into(), vec!["words".into(), "app".into()])
    );
}

#[test]
fn the_output_of_a_build_script_names_the_folder_it_is_in() {
    let sample = Sample::new("written");
    let (profile, root) = (sample.cache().join("target/debug"), sample.clone("a", "one"));
    let unit = "anyhow-0123456789abcdef";
    fs::create_dir_all(profile.join(".fingerprint").join(unit)).unwrap();
    let out = profile.join("build").join(unit).join("out");
    fs::create_dir_all(&out).unwrap();
    let build = profile.join("build").join(unit);
    fs::write(build.join("output"), "").unwrap();
    // As it was called then: the cache may have been reached by another name.
    let named = format!("/elsewhere/target/debug/build/{unit}/out");
    fs::write(build.join("root-output"), &named).unwrap();
    fs::write(out.join("files.json"), format!("[\"{named}/a.toml\"]")).unwrap();
    let before = fs::metadata(out.join("files.json")).unwrap().modified().unwrap();

    let target = sample.target(&root);
    let out = target.join("debug/build").join(unit).join("out");
    let written = fs::read_to_string(out.join("files.json")).unwrap();
    assert_eq!(written, format!("[\"{}/a.toml\"]", out.display()));
    assert_eq!(
        fs::metadata(out.join("files.json")).unwrap().modified().unwrap(),
        before
    );
}

#[test]
fn a_half_made_folder_is_removed_when_nobody_makes_it_any_more() {
    let sample = Sample::new("half");
    let root = sample.clone("a", "one");
    let halves = sample.cache().join("clones");
    let (young, old) = (halves.join("1.half-1"), halves.join("2.half-2"));
    for half in [&young, &old] {
        fs::create_dir_all(half).unwrap();
        fs::write(half.join(NAME), "/nowhere\n").unwrap();
    }
    let long_ago = fs::metadata(&old).unwrap().modified().unwrap() - 2 * ABANDONED;
    fs::File::open(&old).unwrap().set_modified(long_ago).unwrap();
    sample.target(&root);
    assert!(young.exists() && !old.exists());
}

/// Of every file and folder below, without those of the profile folders themselves.
fn names(folder: &Path, found: &mut Vec<String>) {
    for path in entries(folder) {
        found.push(path.file_name().unwrap().to_string_lossy().into_owned());
        if path.is_dir() {
            names(&path, found);
        }
    }
}
