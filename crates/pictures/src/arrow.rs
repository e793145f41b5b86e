//! An arrow: a shaft and a filled head in red, with a white edge, so that it is seen on skin as on a screenshot.
//!
//! Each pixel is coloured by its distance from the outline, which makes the edges smooth without a second picture: the
//! memory that it takes does not depend on its size.

use crate::edit::Point;
use crate::pixels::Pixels;

const RED: [f32; 3] = [220.0, 20.0, 30.0];
const WHITE: [f32; 3] = [255.0; 3];

/// The longest side of the picture, in widths of the shaft.
const WIDTHS: f32 = 120.0;
const NARROWEST: f32 = 3.0;
/// In widths of the shaft.
const HEAD_LENGTH: f32 = 5.0;
const HEAD_HALF: f32 = 2.2;
const EDGE: f32 = 0.4;

#[derive(Clone, Copy)]
struct Vector {
    x: f32,
    y: f32,
}

impl Vector {
    fn minus(self, other: Vector) -> Vector {
        Vector {
            x: self.x - other.x,
            y: self.y - other.y,
        }
    }

    fn plus(self, other: Vector, times: f32) -> Vector {
        Vector {
            x: self.x + other.x * times,
            y: self.y + other.y * times,
        }
    }

    fn dot(self, other: Vector) -> f32 {
        self.x * other.x + self.y * other.y
    }

    fn cross(self, other: Vector) -> f32 {
        self.x * other.y - self.y * other.x
    }

    fn length(self) -> f32 {
        self.dot(self).sqrt()
    }
}

struct Arrow {
    from: Vector,
    along: Vector,
    length: f32,
    half: f32,
    edge: f32,
    head_length: f32,
    head: [Vector; 3],
    head_half: f32,
}

/// Draws from one pixel to another; what lies outside is not drawn.
pub(crate) fn draw(pixels: &mut Pixels, from: Point, to: Point) {
    let arrow = Arrow::new(pixels, from, to);
    let (width, height) = (pixels.width as f32, pixels.height as f32);
    let [tip, left, right] = arrow.head;
    let reach = arrow.half + arrow.edge + 1.0;
    let ys = [tip.y, left.y, right.y, arrow.from.y];
    let top = ys.into_iter().fold(f32::INFINITY, f32::min) - reach;
    let bottom = ys.into_iter().fold(f32::NEG_INFINITY, f32::max) + reach;
    let channels = pixels.channels;
    let (top, bottom) = (
        top.clamp(0.0, height) as usize,
        bottom.clamp(0.0, height).ceil() as usize,
    );
    for (y, row) in pixels.rows_mut().enumerate().take(bottom).skip(top) {
        let y = y as f32 + 0.5;
        let (first, last) = arrow.columns(y, width);
        let part = row.chunks_exact_mut(channels).enumerate().take(last).skip(first);
        for (x, pixel) in part {
            let distance = arrow.distance(Vector { x: x as f32 + 0.5, y });
            lay(pixel, WHITE, (0.5 + arrow.edge - distance).clamp(0.0, 1.0));
            lay(pixel, RED, (0.5 - distance).clamp(0.0, 1.0));
        }
    }
}

impl Arrow {
    fn new(pixels: &Pixels, from: Point, to: Point) -> Arrow {
        let centre = |point: Point| Vector {
            x: point.x as f32 + 0.5,
            y: point.y as f32 + 0.5,
        };
        let shaft = (pixels.width.max(pixels.height) as f32 / WIDTHS).max(NARROWEST);
        let (from, tip) = (centre(from), centre(to));
        let way = tip.minus(from);
        let length = way.length().max(1.0);
        let along = Vector {
            x: way.x / length,
            y: way.y / length,
        };
        let across = Vector {
            x: -along.y,
            y: along.x,
        };
        // A short arrow is all head.
        let head_length = (shaft * HEAD_LENGTH).min(length);
        let head_half = head_length * HEAD_HALF / HEAD_LENGTH;
        let base = tip.plus(along, -head_length);
        Arrow {
            from,
            along,
            length,
            half: shaft / 2.0 * (head_length / (shaft * HEAD_LENGTH)),
            edge: (shaft * EDGE).max(1.5),
            head_length,
            head: [tip, base.plus(across, head_half), base.plus(across, -head_half)],
            head_half,
        }
    }

    /// From the outline; below zero inside.
    fn distance(&self, at: Vector) -> f32 {
        let relative = at.minus(self.from);
        let shaft_end = self.length - self.head_length;
        let nearest = relative.dot(self.along).clamp(0.0, shaft_end);
        let shaft = relative.plus(self.along, -nearest).length() - self.half;
        shaft.min(triangle(at, self.head))
    }

    /// The columns of a row that the arrow can reach: those near its line, and not beyond its ends.
    fn columns(&self, y: f32, width: f32) -> (usize, usize) {
        let reach = self.head_half.max(self.half) + self.edge + 2.0;
        let xs = self.head.map(|corner| corner.x);
        let mut first = xs.into_iter().fold(self.from.x, f32::min) - reach;
        let mut last = xs.into_iter().fold(self.from.x, f32::max) + reach;
        if self.along.y.abs() > 0.001 {
            let middle = self.from.x + (y - self.from.y) * self.along.x / self.along.y;
            let half = reach / self.along.y.abs();
            first = first.max(middle - half);
            last = last.min(middle + half);
        }
        (
            first.clamp(0.0, width) as usize,
            last.clamp(0.0, width).ceil() as usize,
        )
    }
}

fn triangle(at: Vector, corners: [Vector; 3]) -> f32 {
    let [a, b, c] = corners;
    let turn = b.minus(a).cross(c.minus(a)).signum();
    let (mut nearest, mut inside) = (f32::INFINITY, true);
    for (start, end) in [(a, b), (b, c), (c, a)] {
        let (side, relative) = (end.minus(start), at.minus(start));
        let part = (relative.dot(side) / side.dot(side).max(f32::EPSILON)).clamp(0.0, 1.0);
        nearest = nearest.min(relative.plus(side, -part).length());
        inside &= side.cross(relative) * turn >= 0.0;
    }
    if inside { -nearest } else { nearest }
}

/// Lays a colour over a pixel, of which it covers this part.
fn lay(pixel: &mut [u8], colour: [f32; 3], cover: f32) {
    if cover <= 0.0 {
        return;
    }
    let below = match *pixel {
        [_, _, _, alpha] => f32::from(alpha) / 255.0 * (1.0 - cover),
        _ => 1.0 - cover,
    };
    let whole = cover + below;
    for (channel, new) in pixel.iter_mut().zip(colour) {
        *channel = ((new * cover + f32::from(*channel) * below) / whole).round() as u8;
    }
    if let Some(alpha) = pixel.get_mut(3) {
        *alpha = (whole * 255.0).round() as u8;
    }
}
