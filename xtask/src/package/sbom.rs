//! The parts of a program for machines: CycloneDX 1.5, as JSON.

use super::parts::{Part, Parts, Registry};
use super::product::Product;

pub(super) fn write(product: &Product, program: &str, parts: &Parts) -> String {
    let name = format!("{program}@{}", product.version);
    let components: Vec<String> = parts.0.iter().map(component).collect();
    let references: Vec<String> = parts.0.iter().map(|part| quoted(&purl(part))).collect();
    format!(
        r#"{{
  "bomFormat": "CycloneDX",
  "specVersion": "1.5",
  "version": 1,
  "metadata": {{
    "component": {{"type": "application", "bom-ref": {reference}, "name": {program}, "version": {version}}}
  }},
  "components": [
{components}
  ],
  "dependencies": [
    {{"ref": {reference}, "dependsOn": [{references}]}}
  ]
}}
"#,
        reference = quoted(&name),
        program = quoted(program),
        version = quoted(&product.version),
        components = components.join(",\n"),
        references = references.join(", "),
    )
}

fn component(part: &Part) -> String {
    let hashes = part.digest.as_ref().map_or(String::new(), |(kind, digest)| {
        format!(
            r#", "hashes": [{{"alg": "{kind}", "content": {}}}]"#,
            quoted(digest)
        )
    });
    let purl = quoted(&purl(part));
    format!(
        r#"    {{"type": "library", "bom-ref": {purl}, "name": {}, "version": {}, "purl": {purl}, "licenses": [{{"expression": {}}}]{hashes}}}"#,
        quoted(&part.name),
        quoted(&part.version),
        // As crates once wrote it.
        quoted(&part.licence.replace(" / ", " OR ").replace('/', " OR ")),
    )
}

fn purl(part: &Part) -> String {
    match part.registry {
        Registry::Cargo => format!("pkg:cargo/{}@{}", part.name, part.version),
        Registry::Npm => format!("pkg:npm/{}@{}", part.name.replace('@', "%40"), part.version),
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for one in text.chars() {
        match one {
            '"' | '\\' => quoted.extend(['\\', one]),
            control if control.is_control() => quoted += &format!("\\u{:04x}", u32::from(control)),
            plain => quoted.push(plain),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    // I4
    #[test]
    fn a_part_is_named_by_its_package_url_and_digest() {
        let part = Part {
            registry: Registry::Npm,
            name: "@a/b".to_owned(),
            version: "1.2.3".to_owned(),
            licence: "MIT/Apache-2.0".to_owned(),
            folder: "x".into(),
            digest: Some(("SHA-512", "ab".to_owned())),
        };
        let text = component(&part);
        assert!(text.contains(r#""purl": "pkg:npm/%40a/b@1.2.3""#), "{text}");
        assert!(text.contains(r#"{"expression": "MIT OR Apache-2.0"}"#), "{text}");
        assert!(
            text.contains(r#"[{"alg": "SHA-512", "content": "ab"}]"#),
            "{text}"
        );
        assert_eq!(quoted("a\"\\\n"), r#""a\"\\\u000a""#);
    }
}
