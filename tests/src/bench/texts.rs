//! The cost of formatting a text, for texts that are made to be slow: each shape ten times as long, beside itself.

use std::hint::black_box;

use conversation::{MembershipId, MessageText};
use uuid::Uuid;

use super::{Figure, Report, cpu};

const SHORT: usize = 2_000;
/// As long as a text may be (M1).
const LONG: usize = 20_000;
/// CPU seconds that each length is measured for, at least.
const MEASURED: f64 = 0.05;
/// How many times as much a character of the long one may cost.
const MOST: f64 = 1.5;

/// The beginning, the repeated part, and the end.
const SHAPES: [(&str, &str, &str); 22] = [
    ("", "De wond is rood en warm, 38,4. ", ""),
    ("https://a", ")", ""),
    ("https://a", ")", "b"),
    ("https://a", ")]", ""),
    ("https://a", "()", "."),
    ("https://a", ".", "b"),
    ("", "https://", ""),
    ("", "xhttps://", ""),
    ("", "x://", ")"),
    ("", "https://(", ""),
    ("", "overleg://item/", ")"),
    ("", "overleg://item/018f0000-0000-7000-8000-000000000001)", "x"),
    ("", "*a ", ""),
    ("", "*a **b ***c ", ""),
    ("", "*a **b ***c d*** e** f* ", ""),
    ("", "*a\n\n", ""),
    ("", "**\u{FE0F}\u{20E3}", ""),
    ("*a", "\u{301}", "*"),
    ("", "[", ""),
    ("", "@", ""),
    ("", "\u{FFFC}", ""),
    ("", "\u{1F468}\u{200D}\u{1F469}*", ""),
];

pub fn measure() -> anyhow::Result<Report> {
    let mut report = Report::default();
    report.say(format!(
        "CPU microseconds for how a text is shown and for its preview, of {SHORT} characters and of {LONG}"
    ));
    let mut worst: f64 = 0.0;
    let before = cpu::of_thread()?;
    for shape in SHAPES {
        let (short, long) = (cost(&text(shape, SHORT))?, cost(&text(shape, LONG))?);
        let ratio = long / short * (SHORT as f64 / LONG as f64);
        worst = worst.max(ratio);
        let (begin, again, end) = shape;
        report.say(format!(
            "  {:?}: {:.0} and {:.0}, a character {ratio:.2} times as much",
            format!("{begin}{again}…{end}"),
            short * 1e6,
            long * 1e6
        ));
    }
    let figure = Figure {
        bar: "M1",
        what: "what a character costs in a text that is ten times as long, at worst",
        value: worst,
        unit: "times",
        against: MOST,
        cpu_s: cpu::of_thread()? - before,
    };
    report.add(
        figure,
        format!("at worst {worst:.2} times as much a character, where {MOST} is allowed"),
    );
    Ok(report)
}

fn text((begin, again, end): (&str, &str, &str), characters: usize) -> MessageText {
    let length = |text: &str| text.chars().count();
    let body =
        begin.to_owned() + &again.repeat((characters - length(begin) - length(end)) / length(again)) + end;
    let mentions = body.matches('\u{FFFC}').count();
    MessageText {
        body,
        mentions: vec![MembershipId(Uuid::nil()); mentions],
    }
}

/// CPU seconds for one text.
fn cost(text: &MessageText) -> anyhow::Result<f64> {
    let (before, mut times) = (cpu::of_thread()?, 0);
    loop {
        for _ in 0..10 {
            black_box(text.spans());
            black_box(text.preview(120, |_| "Anna de Wit".to_owned()));
        }
        times += 10;
        let used = cpu::of_thread()? - before;
        if used > MEASURED {
            return Ok(used / f64::from(times));
        }
    }
}
