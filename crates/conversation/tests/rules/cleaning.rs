//! Pasted text is cleaned on the screen by the same rule: both are held to one table of cases.

use conversation::text::clean;

const CASES: &str = include_str!("../../../../ui/src/lib/words/cleaning.json");

// M1
#[test]
fn pasted_text_is_cleaned_as_on_the_screen() {
    let cases: Vec<serde_json::Value> = serde_json::from_str(CASES).expect("a list of cases");
    assert!(cases.len() > 90);
    for case in &cases {
        let (Some(pasted), Some(cleaned)) = (case["pasted"].as_str(), case["cleaned"].as_str()) else {
            panic!("{case} is no case");
        };
        assert_eq!(clean(pasted), cleaned, "{case}");
    }
}
