//! Geometry of the window: position and size, corrected so that the window can always be reached.

use serde::{Deserialize, Serialize};

/// Position and inner size of the window in physical pixels; the frame is not included in the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Geometry {
    pub x: i32,
    pub y: i32,
    pub width: u32,
    pub height: u32,
    #[serde(default)]
    pub maximized: bool,
}

/// The part of a screen that windows may cover, in physical pixels: the screen without taskbar and panels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkArea {
    pub x: i32,
    pub y: i32,
    pub width: u32,
    pub height: u32,
}

/// Pixels of the window that must be visible in each direction, so that the user can find and move it.
const LEAST_VISIBLE: i64 = 120;
/// Width of the window in side mode, in logical pixels.
const SIDE_WIDTH: f64 = 380.0;

/// Moves and shrinks a geometry as far as needed to be visible on one screen: the one with the largest overlap, otherwise
/// the first. Returns `None` when there is no screen.
pub fn fit_to_screens(geometry: Geometry, screens: &[WorkArea]) -> Option<Geometry> {
    let shared = |screen: &&WorkArea| {
        let (width, height) = overlap(&geometry, screen);
        width.max(0) * height.max(0)
    };
    let screen = screens.iter().rev().max_by_key(shared)?;
    let (width, height) = overlap(&geometry, screen);
    // The user moves a window by its upper edge.
    let reachable = i64::from(geometry.y) >= i64::from(screen.y);
    let fits = geometry.width <= screen.width && geometry.height <= screen.height;
    if fits && reachable && width >= LEAST_VISIBLE && height >= LEAST_VISIBLE {
        return Some(geometry);
    }
    let width = geometry.width.min(screen.width);
    let height = geometry.height.min(screen.height);
    Some(Geometry {
        x: clamp_within(geometry.x, width, screen.x, screen.width),
        y: clamp_within(geometry.y, height, screen.y, screen.height),
        width,
        height,
        ..geometry
    })
}

fn overlap(geometry: &Geometry, screen: &WorkArea) -> (i64, i64) {
    let along = |at: i32, long: u32, from: i32, span: u32| {
        let end = (i64::from(at) + i64::from(long)).min(i64::from(from) + i64::from(span));
        end - i64::from(at.max(from))
    };
    (
        along(geometry.x, geometry.width, screen.x, screen.width),
        along(geometry.y, geometry.height, screen.y, screen.height),
    )
}

/// Moves a span so that it lies completely inside another.
fn clamp_within(at: i32, long: u32, from: i32, span: u32) -> i32 {
    let last = from.saturating_add_unsigned(span.saturating_sub(long));
    at.clamp(from, last.max(from))
}

/// Geometry of side mode: the right edge of a screen at full height. `scale` is the number of physical pixels per logical
/// pixel, zoom included.
pub fn side_mode(screen: WorkArea, scale: f64) -> Geometry {
    let width = (SIDE_WIDTH * scale).round().clamp(1.0, f64::from(screen.width));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the value lies between 1 and the width of a screen"
    )]
    let width = width as u32;
    Geometry {
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

    const LEFT: WorkArea = WorkArea {
        x: 0,
        y: 0,
        width: 1920,
        height: 1040,
    };
    const RIGHT: WorkArea = WorkArea {
        x: 1920,
        y: 0,
        width: 1280,
        height: 1000,
    };

    fn geometry(x: i32, y: i32, width: u32, height: u32) -> Geometry {
        Geometry {
            x,
            y,
            width,
            height,
            maximized: false,
        }
    }

    #[test]
    fn a_window_stays_where_it_was_and_comes_back_where_its_screen_is_gone() {
        let was = geometry(2000, 100, 900, 700);
        assert_eq!(fit_to_screens(was, &[LEFT, RIGHT]), Some(was));
        // The screen on the right was unplugged.
        assert_eq!(fit_to_screens(was, &[LEFT]), Some(geometry(1020, 100, 900, 700)));
        assert_eq!(fit_to_screens(was, &[]), None);
        // Larger than the remaining screen.
        assert_eq!(
            fit_to_screens(geometry(-50, -40, 3000, 2000), &[RIGHT]),
            Some(geometry(1920, 0, 1280, 1000))
        );
        // Dragged half off the screen on purpose: enough stays visible to drag it back.
        let half = geometry(1700, 300, 900, 700);
        assert_eq!(fit_to_screens(half, &[LEFT]), Some(half));
        // The title bar is above the screen.
        assert_eq!(
            fit_to_screens(geometry(100, -300, 900, 700), &[LEFT]),
            Some(geometry(100, 0, 900, 700))
        );
    }

    #[test]
    fn side_mode_is_the_edge_of_the_screen_from_top_to_bottom() {
        assert_eq!(side_mode(RIGHT, 1.5), geometry(2630, 0, 570, 1000));
        let narrow = WorkArea { width: 300, ..LEFT };
        assert_eq!(side_mode(narrow, 1.0), geometry(0, 0, 300, 1040));
    }
}
