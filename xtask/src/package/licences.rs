//! The licences of what is shipped: each must be one that the product may be given on with, and their texts go along.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::parts::{Part, Parts};

/// Licences whose terms a list of the parts with their texts fulfils. The MPL asks besides where the sources are: the
/// registry that the list names.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "EUPL-1.2",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "OFL-1.1",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Files that hold one licence, of parts that are given on under several.
const NAMED: &[(&str, &str)] = &[("LICENSE-APACHE", "Apache-2.0"), ("LICENSE-MIT", "MIT")];

const HEAD: &str = "\
Software and fonts that others made and that this program contains, with the licences that they are given on under.
The sources of each are where its registry has them: crates.io for crates, npmjs.com for packages of npm. Their texts
follow the list, each once.

";

/// A document for people; an error when a part has a licence that is not allowed, or no text anywhere.
pub(super) fn text(parts: &Parts) -> Result<String> {
    let refused: Vec<String> = parts
        .0
        .iter()
        .filter(|part| !is_allowed(&part.licence))
        .map(|part| format!("{} {} ({})", part.name, part.version, part.licence))
        .collect();
    if !refused.is_empty() {
        bail!(
            "These may not be shipped by the licences in xtask/src/package/licences.rs: {}.",
            refused.join(", ")
        );
    }
    let mut texts = Texts::default();
    let mut without = Vec::new();
    let mut list = String::new();
    for part in &parts.0 {
        let numbers = texts.of(part)?;
        if numbers.is_empty() {
            without.push(part);
        } else {
            list += &line(part, &numbers);
        }
    }
    // Authors who left it out of their archive: the text of the licence as others have it.
    for part in without {
        let number = texts.common(&part.licence).with_context(|| {
            format!(
                "no text is known of the licence of {} ({})",
                part.name, part.licence
            )
        })?;
        list += &line(part, &[number]);
    }
    let mut document = HEAD.to_owned() + &list;
    for (index, text) in texts.all.iter().enumerate() {
        document += &format!("\n{}\n[{}]\n\n{text}\n", "-".repeat(100), index + 1);
    }
    Ok(document)
}

fn line(part: &Part, numbers: &[usize]) -> String {
    let numbers: Vec<String> = numbers.iter().map(|number| format!("[{number}]")).collect();
    format!(
        "{} {}: {} {}\n",
        part.name,
        part.version,
        part.licence,
        numbers.join(" ")
    )
}

#[derive(Debug, Default)]
struct Texts {
    all: Vec<String>,
    numbers: BTreeMap<String, usize>,
    /// The first text of a part that has this one licence, or whose file is named after it.
    by_licence: BTreeMap<&'static str, usize>,
}

impl Texts {
    fn of(&mut self, part: &Part) -> Result<Vec<usize>> {
        let mut files = Vec::new();
        // Of the libraries in other languages that a crate brings along, too.
        licence_files(&part.folder, 2, &mut files);
        files.sort();
        let mut numbers = Vec::new();
        for file in files {
            let bytes = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            let text = String::from_utf8_lossy(&bytes)
                .replace('\r', "")
                .trim()
                .to_owned();
            if text.is_empty() {
                continue;
            }
            let next = self.all.len() + 1;
            let number = *self.numbers.entry(text.clone()).or_insert(next);
            if number == next {
                self.all.push(text);
            }
            if !numbers.contains(&number) {
                numbers.push(number);
            }
            let name = file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .to_uppercase();
            let named = NAMED
                .iter()
                .find(|(file, _)| name.starts_with(file))
                .map(|(_, licence)| *licence);
            let only = ALLOWED.iter().copied().find(|licence| part.licence == *licence);
            if let Some(licence) = named.or(only) {
                self.by_licence.entry(licence).or_insert(number);
            }
        }
        Ok(numbers)
    }

    /// The text of a licence that a part may be taken under.
    fn common(&self, expression: &str) -> Option<usize> {
        let words = expression.split([' ', '/', '(', ')']);
        let mut known = words.filter_map(|word| self.by_licence.get(word));
        known.next().copied()
    }
}

fn licence_files(folder: &Path, depth: u32, found: &mut Vec<std::path::PathBuf>) {
    const NAMES: &[&str] = &[
        "LICENSE",
        "LICENCE",
        "COPYING",
        "NOTICE",
        "UNLICENSE",
        "COPYRIGHT",
    ];
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().to_uppercase();
        let path = entry.path();
        let is_source = [".rs", ".js", ".ts", ".py", ".json"]
            .iter()
            .any(|end| name.ends_with(&end.to_uppercase()));
        if path.is_dir() && depth > 0 && name != "NODE_MODULES" {
            licence_files(&path, depth - 1, found);
        } else if path.is_file() && !is_source && NAMES.iter().any(|begin| name.starts_with(begin)) {
            found.push(path);
        }
    }
}

/// Whether an SPDX expression can be fulfilled by allowed licences alone; `/` is how crates once wrote `OR`.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let allowed = either(&words, &mut at);
    allowed && at == words.len()
}

fn either(words: &[&str], at: &mut usize) -> bool {
    let mut allowed = both(words, at);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        allowed |= both(words, at);
    }
    allowed
}

fn both(words: &[&str], at: &mut usize) -> bool {
    let mut allowed = one(words, at);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        allowed &= one(words, at);
    }
    allowed
}

fn one(words: &[&str], at: &mut usize) -> bool {
    let Some(word) = words.get(*at) else {
        return false;
    };
    *at += 1;
    if *word == "(" {
        let allowed = either(words, at);
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return allowed && closed;
    }
    // "This version or a later one" may be taken as this version.
    let mut licence = word.trim_end_matches('+').to_owned();
    if let (Some(&"WITH"), Some(exception)) = (words.get(*at), words.get(*at + 1)) {
        licence += &format!(" WITH {exception}");
        *at += 2;
    }
    ALLOWED.contains(&licence.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::parts::Registry;
    use super::*;

    // I4
    #[test]
    fn an_expression_is_allowed_when_allowed_licences_fulfil_it() {
        for good in [
            "MIT",
            "MIT/Apache-2.0",
            "MPL-2.0+",
            "MIT OR Apache-2.0 OR LGPL-2.1-or-later",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
            "ISC AND (Apache-2.0 OR ISC) AND (Apache-2.0 OR ISC OR MIT-0)",
        ] {
            assert!(is_allowed(good), "{good}");
        }
        for bad in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "GPL-3.0 OR",
            "(MIT",
            "Apache-2.0 WITH other",
        ] {
            assert!(!is_allowed(bad), "{bad}");
        }
    }

    // I4
    #[test]
    fn each_text_stands_once_and_a_part_without_one_has_that_of_others() {
        let root = std::env::temp_dir().join(format!("overleg-licences-{}", std::process::id()));
        let part = |name: &str, licence: &str, text: Option<&str>| {
            let folder = root.join(name);
            fs::create_dir_all(&folder).unwrap();
            if let Some(text) = text {
                fs::write(folder.join("LICENSE"), text).unwrap();
            }
            Part {
                registry: Registry::Cargo,
                name: name.to_owned(),
                version: "1.0.0".to_owned(),
                licence: licence.to_owned(),
                folder,
                digest: None,
            }
        };
        let mut parts = Parts(vec![
            part("one", "MIT", Some("Permission\r\nis granted")),
            part("two", "MIT", Some("Permission\nis granted\n")),
            part("bare", "MIT OR Apache-2.0", None),
        ]);
        let document = text(&parts).unwrap();
        assert_eq!(document.matches("is granted").count(), 1);
        assert!(
            document.contains("bare 1.0.0: MIT OR Apache-2.0 [1]\n"),
            "{document}"
        );
        parts.0.push(part("closed", "Proprietary", Some("no")));
        let sentence = text(&parts).unwrap_err().to_string();
        assert!(sentence.contains("closed 1.0.0 (Proprietary)"), "{sentence}");
        fs::remove_dir_all(&root).unwrap();
    }
}
