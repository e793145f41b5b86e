//! A configuration profile of macOS. As it is it changes nothing: every setting stands under `Recommended` at its default. An
//! administrator takes out what the organisation leaves alone, and moves what it decides one level up.

use std::fmt::Write as _;

use serde_json::Value;

use crate::admx::escaped;
use crate::forcible;
use crate::texts::DUTCH;

/// Of this template: an organisation that changes it gives it another one.
const PROFILE: &str = "6D1B0E0C-6F0D-4B0C-9B66-0C4D0B8F6B11";
const PAYLOAD: &str = "A0E6C6C4-1C34-4E0B-8B4C-3B1D2D9F2C57";

pub fn profile() -> String {
    let mut settings = String::new();
    for one in forcible() {
        _ = writeln!(settings, "        <!-- {} -->", escaped(DUTCH.about(one)));
        _ = writeln!(settings, "        <key>{}</key>", one.key);
        _ = writeln!(settings, "        {}", value(&one.default()));
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">
<plist version=\"1.0\">
<dict>
  <key>PayloadType</key>
  <string>Configuration</string>
  <key>PayloadVersion</key>
  <integer>1</integer>
  <key>PayloadIdentifier</key>
  <string>nl.overleg.desktop.settings</string>
  <key>PayloadUUID</key>
  <string>{PROFILE}</string>
  <key>PayloadDisplayName</key>
  <string>Overleg</string>
  <key>PayloadDescription</key>
  <string>{}</string>
  <key>PayloadScope</key>
  <string>System</string>
  <key>PayloadContent</key>
  <array>
    <dict>
      <key>PayloadType</key>
      <string>nl.overleg.desktop</string>
      <key>PayloadVersion</key>
      <integer>1</integer>
      <key>PayloadIdentifier</key>
      <string>nl.overleg.desktop.settings.values</string>
      <key>PayloadUUID</key>
      <string>{PAYLOAD}</string>
      <key>PayloadDisplayName</key>
      <string>Overleg</string>
      <key>Recommended</key>
      <dict>
{settings}      </dict>
    </dict>
  </array>
</dict>
</plist>
",
        DUTCH.description()
    )
}

fn value(value: &Value) -> String {
    match value {
        Value::Bool(true) => "<true/>".to_owned(),
        Value::Bool(false) => "<false/>".to_owned(),
        Value::Number(number) => format!("<integer>{number}</integer>"),
        Value::String(text) => format!("<string>{}</string>", escaped(text)),
        Value::Array(values) => {
            let items: String = values.iter().map(self::value).collect();
            format!("<array>{items}</array>")
        }
        Value::Null | Value::Object(_) => "<string/>".to_owned(),
    }
}
