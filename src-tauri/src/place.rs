//! Where the window stands: remembered, and always where it can be seen.

use serde::{Deserialize, Serialize};

/// In physical pixels, of the window without its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub x: i32,
    pub y: i32,
    pub width: u32,
    pub height: u32,
    #[serde(default)]
    pub maximized: bool,
}

/// What of a screen windows may stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    pub x: i32,
    pub y: i32,
    pub width: u32,
    pub height: u32,
}

/// As much of a window must be in sight, for it to be found and moved.
const IN_SIGHT: i64 = 120;
/// Of side mode, in logical pixels.
const SIDE: f64 = 380.0;

/// The place, moved and made smaller as far as needed to be seen on one of the screens: the one it shares most with, else
/// the first. `None` where there is no screen.
pub fn seen(place: Place, screens: &[Area]) -> Option<Place> {
    let shared = |screen: &&Area| {
        let (width, height) = overlap(&place, screen);
        width.max(0) * height.max(0)
    };
    let screen = screens.iter().rev().max_by_key(shared)?;
    let (width, height) = overlap(&place, screen);
    // Its upper edge is what one moves it by.
    let reachable = i64::from(place.y) >= i64::from(screen.y);
    let fits = place.width <= screen.width && place.height <= screen.height;
    if fits && reachable && width >= IN_SIGHT && height >= IN_SIGHT {
        return Some(place);
    }
    let width = place.width.min(screen.width);
    let height = place.height.min(screen.height);
    Some(Place {
        x: within(place.x, width, screen.x, screen.width),
        y: within(place.y, height, screen.y, screen.height),
        width,
        height,
        ..place
    })
}

fn overlap(place: &Place, screen: &Area) -> (i64, i64) {
    let one = |at: i32, long: u32, from: i32, span: u32| {
        let end = (i64::from(at) + i64::from(long)).min(i64::from(from) + i64::from(span));
        end - i64::from(at.max(from))
    };
    (
        one(place.x, place.width, screen.x, screen.width),
        one(place.y, place.height, screen.y, screen.height),
    )
}

/// Moved so that it lies wholly within.
fn within(at: i32, long: u32, from: i32, span: u32) -> i32 {
    let last = from.saturating_add_unsigned(span.saturating_sub(long));
    at.clamp(from, last.max(from))
}

/// The right edge of a screen, from top to bottom; `scale` is how many pixels a logical one has, zoom included.
pub fn side(screen: Area, scale: f64) -> Place {
    let width = (SIDE * scale).round().clamp(1.0, f64::from(screen.width));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it lies between 1 and the width of a screen"
    )]
    let width = width as u32;
    Place {
        x: screen.x.saturating_add_unsigned(screen.width - width),
        y: screen.y,
        width,
        height: screen.height,
        maximized: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: Area = Area {
        x: 0,
        y: 0,
        width: 1920,
        height: 1040,
    };
    const RIGHT: Area = Area {
        x: 1920,
        y: 0,
        width: 1280,
        height: 1000,
    };

    fn place(x: i32, y: i32, width: u32, height: u32) -> Place {
        Place {
            x,
            y,
            width,
            height,
            maximized: false,
        }
    }

    #[test]
    fn a_window_stays_where_it_was_and_comes_back_where_its_screen_is_gone() {
        let was = place(2000, 100, 900, 700);
        assert_eq!(seen(was, &[LEFT, RIGHT]), Some(was));
        // The screen on the right was unplugged.
        assert_eq!(seen(was, &[LEFT]), Some(place(1020, 100, 900, 700)));
        assert_eq!(seen(was, &[]), None);
        // Too large for what is left.
        assert_eq!(
            seen(place(-50, -40, 3000, 2000), &[RIGHT]),
            Some(place(1920, 0, 1280, 1000))
        );
        // Dragged half out of sight on purpose; it can be caught there.
        let half = place(1700, 300, 900, 700);
        assert_eq!(seen(half, &[LEFT]), Some(half));
        // Its title bar cannot be reached.
        assert_eq!(
            seen(place(100, -300, 900, 700), &[LEFT]),
            Some(place(100, 0, 900, 700))
        );
    }

    #[test]
    fn side_mode_is_the_edge_of_the_screen_from_top_to_bottom() {
        assert_eq!(side(RIGHT, 1.5), place(2630, 0, 570, 1000));
        let narrow = Area { width: 300, ..LEFT };
        assert_eq!(side(narrow, 1.0), place(0, 0, 300, 1040));
    }
}
