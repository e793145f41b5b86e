//! A figure over time, drawn.

/// Memory in MiB, measured at even distances over so many hours, and the line of so many times what it was at first; as
/// SVG.
pub(super) fn memory_over_hours(seen: &[f64], hours: usize, bar: f64) -> String {
    const WIDTH: f64 = 960.0;
    const HEIGHT: f64 = 420.0;
    let (left, right, top, bottom) = (70.0, 20.0, 40.0, 50.0);
    let most = seen.iter().copied().fold(seen[0] * bar, f64::max) * 1.1;
    let x = |hour: f64| left + hour / hours as f64 * (WIDTH - left - right);
    let y = |mib: f64| HEIGHT - bottom - mib / most * (HEIGHT - top - bottom);
    let mut picture = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="14">
<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>
<text x="{left}" y="24">Memory of all processes (PSS, MiB) over {hours} hours of switching</text>
"##
    );
    let mut line = |from: (f64, f64), to: (f64, f64), style: &str| {
        let ((x1, y1), (x2, y2)) = (from, to);
        picture.push_str(&format!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" {style}/>\n"
        ));
    };
    let axis = "stroke=\"#888\"";
    line((x(0.0), y(0.0)), (x(hours as f64), y(0.0)), axis);
    line((x(0.0), y(0.0)), (x(0.0), top), axis);
    let line_of_bar = y(seen[0] * bar);
    line(
        (x(0.0), line_of_bar),
        (x(hours as f64), line_of_bar),
        "stroke=\"#b33\" stroke-dasharray=\"6 4\"",
    );
    let mut text = |x: f64, y: f64, anchor: &str, words: &str| {
        picture.push_str(&format!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>\n"
        ));
    };
    for hour in 0..=hours {
        text(
            x(hour as f64),
            HEIGHT - bottom + 22.0,
            "middle",
            &format!("{hour} h"),
        );
    }
    for mib in (0..)
        .map(|step| f64::from(step) * 100.0)
        .take_while(|mib| *mib < most)
    {
        text(left - 8.0, y(mib) + 5.0, "end", &format!("{mib:.0}"));
    }
    text(
        x(hours as f64),
        line_of_bar - 6.0,
        "end",
        &format!("{:.0} % above the start", (bar - 1.0) * 100.0),
    );
    let every = hours as f64 / (seen.len() - 1).max(1) as f64;
    let points = seen
        .iter()
        .enumerate()
        .map(|(place, mib)| format!("{:.1},{:.1}", x(place as f64 * every), y(*mib)));
    let points = points.collect::<Vec<_>>().join(" ");
    picture.push_str(&format!(
        "<polyline points=\"{points}\" fill=\"none\" stroke=\"#0b5563\" stroke-width=\"2\"/>\n</svg>\n"
    ));
    picture
}

/// Memory in MiB of some processes, each a line, sampled at even distances; as SVG.
pub(super) fn memory_over_seconds(samples: &[Vec<f64>], sampled: std::time::Duration) -> String {
    const WIDTH: f64 = 960.0;
    const HEIGHT: f64 = 420.0;
    const COLOURS: [&str; 2] = ["#0b5563", "#b33"];
    let most = samples.iter().flatten().copied().fold(1.0, f64::max) * 1.1;
    let last = samples.len().saturating_sub(1).max(1) as f64;
    let seconds = last * sampled.as_secs_f64();
    let mut picture = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="14">
<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>
<text x="20" y="24">Resident memory over {seconds:.1} s, 0 to {most:.0} MiB: devices (teal) and server (red)</text>
"##
    );
    for (line, colour) in COLOURS.into_iter().enumerate() {
        let point = |(place, sample): (usize, &Vec<f64>)| {
            let mib = sample.get(line).copied().unwrap_or_default();
            let x = 20.0 + place as f64 / last * (WIDTH - 40.0);
            let y = HEIGHT - 20.0 - mib / most * (HEIGHT - 70.0);
            format!("{x:.1},{y:.1}")
        };
        let points: Vec<String> = samples.iter().enumerate().map(point).collect();
        picture.push_str(&format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n",
            points.join(" ")
        ));
    }
    picture.push_str("</svg>\n");
    picture
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_has_a_point_for_each_quarter_and_reaches_from_the_first_to_the_last_hour() {
        let seen: Vec<f64> = (0..=32).map(|quarter| 300.0 + quarter as f64).collect();
        let picture = memory_over_hours(&seen, 8, 1.2);
        let points = picture
            .split("points=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let points: Vec<&str> = points.unwrap().split(' ').collect();
        assert_eq!(points.len(), seen.len());
        assert!(points[0].starts_with("70.0,"), "{}", points[0]);
        assert!(points[seen.len() - 1].starts_with("940.0,"));
    }
}
