//! Administrative templates of Group Policy: `Overleg.admx` and its texts, an ADML a language.
//!
//! Each setting is there twice: enforced, and under "Recommended". Booleans are a policy that is enabled (1) or disabled (0); the
//! other kinds have an element of their own. Disabling one of those, as not configuring any, leaves no value.

use std::fmt::Write as _;

use client::model::settings::{Declaration, Kind};

use crate::texts::Language;
use crate::{forcible, group, groups};

const KEY: &str = r"Software\Policies\Overleg";
const NAMESPACE: &str = "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions";

/// Names of ADMX take no dots.
fn id(key: &str) -> String {
    key.replace('.', "_")
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The text of a word that can be chosen.
fn word_id(setting: &Declaration, word: &str) -> String {
    format!("{}_is_{word}", id(setting.key))
}

pub fn admx() -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>
<!-- Made from the settings of Overleg; docs/settings.md says how. -->
<policyDefinitions xmlns=\"{NAMESPACE}\" revision=\"1.0\" schemaVersion=\"1.0\">
  <policyNamespaces>
    <target prefix=\"overleg\" namespace=\"Overleg.Policies.Desktop\"/>
  </policyNamespaces>
  <resources minRequiredRevision=\"1.0\"/>
  <supportedOn>
    <definitions>
      <definition name=\"supported\" displayName=\"$(string.supported)\"/>
    </definitions>
  </supportedOn>
  <categories>
    <category name=\"overleg\" displayName=\"$(string.overleg)\"/>
    <category name=\"recommended\" displayName=\"$(string.recommended)\">
      <parentCategory ref=\"overleg\"/>
    </category>
"
    );
    for group in groups() {
        for (name, parent) in [
            (group.to_owned(), "overleg"),
            (format!("recommended_{group}"), "recommended"),
        ] {
            _ = write!(
                text,
                "    <category name=\"{name}\" displayName=\"$(string.group_{group})\">
      <parentCategory ref=\"{parent}\"/>
    </category>
"
            );
        }
    }
    text.push_str("  </categories>\n  <policies>\n");
    for setting in forcible() {
        policy(&mut text, setting, "", KEY);
    }
    for setting in forcible() {
        policy(&mut text, setting, "recommended_", &format!(r"{KEY}\Recommended"));
    }
    text.push_str("  </policies>\n</policyDefinitions>\n");
    text
}

fn policy(text: &mut String, setting: &Declaration, prefix: &str, key: &str) {
    let (id, name) = (id(setting.key), setting.key);
    let of_boolean = if setting.kind == Kind::Boolean {
        format!(" valueName=\"{name}\"")
    } else {
        format!(" presentation=\"$(presentation.{id})\"")
    };
    _ = write!(
        text,
        "    <policy name=\"{prefix}{id}\" class=\"Both\" displayName=\"$(string.{id})\" explainText=\"$(string.{id}_about)\" key=\"{key}\"{of_boolean}>
      <parentCategory ref=\"{prefix}{}\"/>
      <supportedOn ref=\"supported\"/>
",
        group(setting)
    );
    match setting.kind {
        Kind::Boolean => text.push_str(
            "      <enabledValue><decimal value=\"1\"/></enabledValue>
      <disabledValue><decimal value=\"0\"/></disabledValue>
",
        ),
        kind => {
            text.push_str("      <elements>\n");
            element(text, setting, kind);
            text.push_str("      </elements>\n");
        }
    }
    text.push_str("    </policy>\n");
}

fn element(text: &mut String, setting: &Declaration, kind: Kind) {
    let (id, name) = (id(setting.key), setting.key);
    let of = format!("id=\"{id}\" valueName=\"{name}\"");
    match kind {
        Kind::Number { least, most } => {
            _ = writeln!(
                text,
                "        <decimal {of} required=\"true\" minValue=\"{least}\" maxValue=\"{most}\"/>"
            );
        }
        Kind::Text { longest } => {
            _ = writeln!(
                text,
                "        <text {of} required=\"true\" maxLength=\"{longest}\"/>"
            );
        }
        Kind::Choices(_) => _ = writeln!(text, "        <multiText {of}/>"),
        Kind::Choice(words) => {
            _ = writeln!(text, "        <enum {of} required=\"true\">");
            for word in words {
                _ = writeln!(
                    text,
                    "          <item displayName=\"$(string.{})\"><value><string>{word}</string></value></item>",
                    word_id(setting, word)
                );
            }
            text.push_str("        </enum>\n");
        }
        Kind::Boolean | Kind::Structure => {}
    }
}

pub fn adml(language: Language) -> String {
    let mut strings = vec![
        ("overleg".to_owned(), "Overleg".to_owned()),
        ("recommended".to_owned(), language.recommended().to_owned()),
        ("supported".to_owned(), language.supported().to_owned()),
    ];
    for group in groups() {
        strings.push((format!("group_{group}"), language.word(group).to_owned()));
    }
    for setting in forcible() {
        let id = id(setting.key);
        strings.push((id.clone(), language.name(setting.key).to_owned()));
        strings.push((format!("{id}_about"), about(setting, language)));
        if let Kind::Choice(words) = setting.kind {
            let named = words
                .iter()
                .map(|word| (word_id(setting, word), language.word(word).to_owned()));
            strings.extend(named);
        }
    }
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>
<policyDefinitionResources xmlns=\"{NAMESPACE}\" revision=\"1.0\" schemaVersion=\"1.0\">
  <displayName>Overleg</displayName>
  <description>{}</description>
  <resources>
    <stringTable>
",
        language.description()
    );
    for (id, string) in strings {
        _ = writeln!(text, "      <string id=\"{id}\">{}</string>", escaped(&string));
    }
    text.push_str("    </stringTable>\n    <presentationTable>\n");
    for setting in forcible() {
        presentation(&mut text, setting, language);
    }
    text.push_str("    </presentationTable>\n  </resources>\n</policyDefinitionResources>\n");
    text
}

/// The explanation: its meaning, the words that it takes, and the default.
fn about(setting: &Declaration, language: Language) -> String {
    let mut about = language.about(setting).to_owned();
    if let Kind::Choices(words) = setting.kind {
        _ = write!(about, "\n\n{} {}.", language.values(), words.join(", "));
    }
    let default = setting.default().to_string().replace('"', "");
    if !matches!(default.as_str(), "" | "[]") {
        _ = write!(about, "\n\n{} {default}", language.default());
    }
    _ = write!(about, "\n\n{}", setting.key);
    about
}

fn presentation(text: &mut String, setting: &Declaration, language: Language) {
    let (id, label) = (id(setting.key), escaped(language.name(setting.key)));
    let default = setting.default();
    let control = match setting.kind {
        Kind::Boolean | Kind::Structure => return,
        Kind::Number { .. } => {
            format!("<decimalTextBox refId=\"{id}\" defaultValue=\"{default}\">{label}</decimalTextBox>")
        }
        Kind::Text { .. } => format!("<textBox refId=\"{id}\"><label>{label}</label></textBox>"),
        Kind::Choices(_) => format!("<multiTextBox refId=\"{id}\">{label}</multiTextBox>"),
        Kind::Choice(words) => {
            let at = words
                .iter()
                .position(|word| default == **word)
                .unwrap_or_default();
            format!(
                "<dropdownList refId=\"{id}\" noSort=\"true\" defaultItem=\"{at}\">{label}</dropdownList>"
            )
        }
    };
    _ = write!(
        text,
        "      <presentation id=\"{id}\">
        {control}
      </presentation>
"
    );
}
