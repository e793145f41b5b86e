//! Edits of the pixels, before a picture leaves: nothing of what they remove remains in it.
//!
//! Coordinates count from the upper left corner of the picture as the edits before have left it; that is what the user
//! sees while making the next one. An area that reaches over the border is cut there, as a drag of the mouse may end
//! outside; one that is outside altogether is an error. Either all edits are made or none.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Picture;
use crate::arrow;
use crate::pixels::Pixels;

/// The colour of what was made unrecognisable.
const BLOCK: [u8; 4] = [0, 0, 0, 255];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Point {
    pub x: i32,
    pub y: i32,
}

/// A rectangle of whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Area {
    pub x: i32,
    pub y: i32,
    pub width: u32,
    pub height: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Edit {
    /// Keeps this area only.
    Crop(Area),
    /// Draws an arrow whose head ends at `to`.
    Arrow { from: Point, to: Point },
    /// Replaces an area by one opaque colour. Neither blurred nor coarse: both can be undone in part.
    Block(Area),
    /// Turns the picture clockwise by this many quarters; below zero, the other way.
    Turn(i8),
}

/// The reason why none of the edits was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum EditError {
    /// The area, or the head of the arrow, has no pixel of the picture.
    #[error("the edit lies outside the picture")]
    Outside,
    /// The area has no width or no height; the arrow no length.
    #[error("the edit is empty")]
    Empty,
}

/// An area within the picture.
#[derive(Clone, Copy)]
struct Part {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

/// An edit that can be made.
enum Step {
    Crop(Part),
    Arrow(Point, Point),
    Block(Part),
    Turn(u32),
}

impl Picture {
    /// Makes the edits, in their order.
    pub fn edit(&mut self, edits: &[Edit]) -> Result<(), EditError> {
        for step in plan(edits, self.width(), self.height())? {
            match step {
                Step::Crop(part) => self.pixels.crop(part.left, part.top, part.width, part.height),
                Step::Arrow(from, to) => arrow::draw(&mut self.pixels, from, to),
                Step::Block(part) => block(&mut self.pixels, part),
                Step::Turn(quarters) => (0..quarters).for_each(|_| self.pixels.turn()),
            }
        }
        // Whether a picture has transparency must not show what was below a block.
        self.pixels.settle();
        Ok(())
    }
}

/// The steps, each within the picture that the steps before leave.
fn plan(edits: &[Edit], mut width: u32, mut height: u32) -> Result<Vec<Step>, EditError> {
    let mut steps = Vec::new();
    for edit in edits {
        steps.push(match *edit {
            Edit::Crop(area) => {
                let part = within(area, width, height)?;
                (width, height) = (part.width, part.height);
                Step::Crop(part)
            }
            Edit::Block(area) => Step::Block(within(area, width, height)?),
            Edit::Arrow { from, to } if from == to => return Err(EditError::Empty),
            Edit::Arrow { from, to } => {
                let tip = Area {
                    x: to.x,
                    y: to.y,
                    width: 1,
                    height: 1,
                };
                within(tip, width, height)?;
                Step::Arrow(from, to)
            }
            Edit::Turn(quarters) => {
                let quarters = u32::from(quarters.rem_euclid(4).unsigned_abs());
                if quarters % 2 == 1 {
                    (width, height) = (height, width);
                }
                Step::Turn(quarters)
            }
        });
    }
    Ok(steps)
}

fn within(area: Area, width: u32, height: u32) -> Result<Part, EditError> {
    if area.width == 0 || area.height == 0 {
        return Err(EditError::Empty);
    }
    let (left, width) = overlap(area.x, area.width, width).ok_or(EditError::Outside)?;
    let (top, height) = overlap(area.y, area.height, height).ok_or(EditError::Outside)?;
    Ok(Part {
        left,
        top,
        width,
        height,
    })
}

/// Begin and length of what a stretch has in common with the pixels below `end`.
fn overlap(start: i32, length: u32, end: u32) -> Option<(u32, u32)> {
    let first = i64::from(start).max(0);
    let last = (i64::from(start) + i64::from(length)).min(i64::from(end));
    let length = u32::try_from(last - first).ok().filter(|length| *length > 0)?;
    Some((u32::try_from(first).ok()?, length))
}

fn block(pixels: &mut Pixels, part: Part) {
    let channels = pixels.channels;
    let start = part.left as usize * channels;
    let end = start + part.width as usize * channels;
    let rows = pixels
        .rows_mut()
        .skip(part.top as usize)
        .take(part.height as usize);
    for row in rows {
        for pixel in row[start..end].chunks_exact_mut(channels) {
            pixel.copy_from_slice(&BLOCK[..channels]);
        }
    }
}
