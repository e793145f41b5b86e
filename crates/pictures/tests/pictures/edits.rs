//! Edits: exact, and nothing of what they remove remains.

use image::{ImageFormat, Rgb, Rgba, RgbaImage};
use pictures::{Area, Edit, EditError, PREVIEW_SIDE, Picture, Point};
use proptest::prelude::*;

use crate::files::*;

const fn area(x: i32, y: i32, width: u32, height: u32) -> Area {
    Area { x, y, width, height }
}

fn edited(mut picture: Picture, edits: &[Edit]) -> Picture {
    picture.edit(edits).unwrap();
    picture
}

// F5
#[test]
fn cropping_keeps_the_area_alone() {
    let picture = edited(read_png(noise(60, 40)), &[Edit::Crop(area(7, 5, 20, 11))]);
    assert_eq!((picture.width(), picture.height()), (20, 11));
    let expected = image::imageops::crop_imm(&noise(60, 40), 7, 5, 20, 11).to_image();
    assert_eq!(shown(&picture), image::DynamicImage::from(expected).into_rgba8());
}

// F5
#[test]
fn a_turn_is_a_quarter_clockwise() {
    let image = image::DynamicImage::from(noise(60, 40));
    for (quarters, expected) in [
        (1, image.rotate90()),
        (2, image.rotate180()),
        (-1, image.rotate270()),
        (4, image.clone()),
    ] {
        let picture = edited(read_png(noise(60, 40)), &[Edit::Turn(quarters)]);
        assert_eq!(shown(&picture), expected.into_rgba8(), "{quarters}");
    }
}

// F5: whatever is below, its colours and its transparency, the bytes are the same.
#[test]
fn nothing_of_what_is_below_a_block_remains() {
    let hidden = area(10, 8, 30, 20);
    let below = |x: u32, y: u32| (10..40).contains(&x) && (8..28).contains(&y);
    let plain = image::DynamicImage::from(gradient(64, 48)).into_rgba8();
    let variants = [
        [0, 0, 0, 255],
        [255, 255, 255, 255],
        [200, 10, 99, 0],
        [1, 2, 3, 100],
    ];
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let files = variants.map(|colour| {
            let image = RgbaImage::from_fn(64, 48, |x, y| {
                let colour = if (x + y) % 3 == 0 {
                    colour
                } else {
                    [x as u8, y as u8, 7, colour[3]]
                };
                if below(x, y) {
                    Rgba(colour)
                } else {
                    *plain.get_pixel(x, y)
                }
            });
            file(image, format)
        });
        assert_same_after(&files, &[Edit::Block(hidden)]);
        assert_same_after(&files, &[Edit::Turn(1), Edit::Turn(-1), Edit::Block(hidden)]);
    }
    let grey = |seed: u32| {
        file(
            image::RgbImage::from_fn(64, 48, |x, y| {
                if below(x, y) {
                    Rgb([(x * y * seed) as u8; 3])
                } else {
                    *gradient(64, 48).get_pixel(x, y)
                }
            }),
            ImageFormat::Bmp,
        )
    };
    assert_same_after(&[grey(1), grey(2), grey(3)], &[Edit::Block(hidden)]);
}

fn assert_same_after(files: &[Vec<u8>], edits: &[Edit]) {
    let all: Vec<_> = files.iter().map(|file| pictures::read(file).unwrap()).collect();
    assert_ne!(
        all[0].clean().unwrap(),
        all[1].clean().unwrap(),
        "the control: they differ"
    );
    let edited: Vec<_> = all.into_iter().map(|picture| edited(picture, edits)).collect();
    for other in &edited[1..] {
        assert_eq!(other.clean().unwrap(), edited[0].clean().unwrap());
        assert_eq!(
            other.preview(PREVIEW_SIDE).unwrap(),
            edited[0].preview(PREVIEW_SIDE).unwrap()
        );
        assert_eq!(other.preview(20).unwrap(), edited[0].preview(20).unwrap());
    }
}

// F5
#[test]
fn a_block_is_one_opaque_colour_and_touches_nothing_else() {
    let clear = RgbaImage::from_pixel(30, 30, Rgba([9, 9, 9, 40]));
    let picture = edited(read_png(clear), &[Edit::Block(area(5, 6, 10, 11))]);
    for (x, y, pixel) in shown(&picture).enumerate_pixels() {
        let inside = (5..15).contains(&x) && (6..17).contains(&y);
        assert_eq!(
            pixel.0,
            if inside { [0, 0, 0, 255] } else { [9, 9, 9, 40] },
            "{x} {y}"
        );
    }
}

// F5
#[test]
fn an_arrow_is_red_within_white_and_its_head_is_at_its_end() {
    let dark = image::RgbImage::from_pixel(600, 400, Rgb([40, 40, 40]));
    let (from, to) = (Point { x: 100, y: 300 }, Point { x: 500, y: 100 });
    let image = shown(&edited(read_png(dark), &[Edit::Arrow { from, to }]));
    let red = |x, y| near(*image.get_pixel(x, y), [220, 20, 30]);
    // Along the shaft, and in the head.
    assert!(red(100, 300) && red(300, 200) && red(490, 105));
    // Beside the shaft and the head there is an edge; it is smooth, so that colours lie in between.
    let column: Vec<_> = (0..400).map(|y| *image.get_pixel(300, y)).collect();
    assert!(column.iter().any(|pixel| near(*pixel, [255; 3])));
    assert!(column.iter().any(|pixel| (60..240).contains(&pixel.0[1])));
    let wide = |x: u32| (0..400).filter(|y| red(x, *y)).count();
    assert!(wide(484) > 2 * wide(300), "{} {}", wide(484), wide(300));
    for (x, y) in [(100, 310), (510, 95), (300, 215), (0, 0), (599, 399)] {
        assert_eq!(image.get_pixel(x, y).0, [40, 40, 40, 255], "{x} {y}");
    }
}

// F5: a larger picture is shown at the same size on a screen.
#[test]
fn an_arrow_grows_with_the_picture() {
    let width = |scale: u32| {
        let clear = RgbaImage::new(300 * scale, 300 * scale);
        let point = |x: u32, y: u32| Point {
            x: (x * scale) as i32,
            y: (y * scale) as i32,
        };
        let edit = Edit::Arrow {
            from: point(20, 150),
            to: point(280, 150),
        };
        let image = shown(&edited(read_png(clear), &[edit]));
        (0..300 * scale)
            .filter(|y| image.get_pixel(100 * scale, *y).0[3] > 0)
            .count()
    };
    let (small, large) = (width(2), width(6));
    assert!(large.abs_diff(3 * small) <= 4, "{small} {large}");
}

// F5: the user drags beyond the border; a place that is not there at all was not meant.
#[test]
fn an_edit_over_the_border_is_cut_and_one_beyond_it_refused() {
    let picture = || read_png(noise(60, 40));
    let cut = edited(picture(), &[Edit::Crop(area(-10, 30, 40, 400))]);
    assert_eq!((cut.width(), cut.height()), (30, 10));
    let (inside, far) = (
        Point { x: 1, y: 1 },
        Point {
            x: i32::MIN,
            y: i32::MAX,
        },
    );
    edited(
        picture(),
        &[Edit::Arrow {
            from: far,
            to: inside,
        }],
    );
    edited(
        picture(),
        &[Edit::Block(area(i32::MIN, i32::MIN, u32::MAX, u32::MAX))],
    );
    for (edit, error) in [
        (Edit::Crop(area(60, 0, 5, 5)), EditError::Outside),
        (Edit::Block(area(-5, 0, 5, 5)), EditError::Outside),
        (
            Edit::Block(area(i32::MAX, i32::MIN, u32::MAX, 9)),
            EditError::Outside,
        ),
        (
            Edit::Arrow {
                from: inside,
                to: Point { x: 60, y: 0 },
            },
            EditError::Outside,
        ),
        (Edit::Crop(area(1, 1, 0, 5)), EditError::Empty),
        (Edit::Block(area(1, 1, 5, 0)), EditError::Empty),
        (
            Edit::Arrow {
                from: inside,
                to: inside,
            },
            EditError::Empty,
        ),
    ] {
        let mut unchanged = picture();
        // All or none: the first one could be made.
        assert_eq!(unchanged.edit(&[Edit::Turn(2), edit]), Err(error), "{edit:?}");
        assert_eq!(unchanged, picture());
    }
}

// F5: the user draws on what the edits before have left.
#[test]
fn each_edit_counts_from_the_corner_that_the_one_before_has_left() {
    let edits = [
        Edit::Crop(area(20, 10, 30, 20)),
        Edit::Turn(1),
        Edit::Block(area(0, 0, 5, 6)),
    ];
    let picture = edited(read_png(noise(60, 40)), &edits);
    assert_eq!((picture.width(), picture.height()), (20, 30));
    let black = shown(&picture)
        .pixels()
        .filter(|pixel| pixel.0 == [0, 0, 0, 255])
        .count();
    assert_eq!(black, 30);
    let mut short = picture.clone();
    assert_eq!(
        short.edit(&[Edit::Crop(area(25, 5, 1, 1))]),
        Err(EditError::Outside)
    );
}

// F5
#[test]
fn an_edit_has_a_form_that_the_interface_sends() {
    let json = r#"[{"crop":{"x":1,"y":2,"width":3,"height":4}},{"arrow":{"from":{"x":1,"y":2},"to":{"x":3,"y":4}}},{"block":{"x":1,"y":2,"width":3,"height":4}},{"turn":-1}]"#;
    let edits: Vec<Edit> = serde_json::from_str(json).unwrap();
    let (from, to) = (Point { x: 1, y: 2 }, Point { x: 3, y: 4 });
    let expected = [
        Edit::Crop(area(1, 2, 3, 4)),
        Edit::Arrow { from, to },
        Edit::Block(area(1, 2, 3, 4)),
        Edit::Turn(-1),
    ];
    assert_eq!(edits, expected);
    assert_eq!(serde_json::to_string(&edits).unwrap(), json);
    assert_eq!(serde_json::to_string(&EditError::Outside).unwrap(), "\"outside\"");
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let number = || prop_oneof![-80..80_i32, any::<i32>()];
    let length = || prop_oneof![0..80_u32, any::<u32>()];
    let point = || (number(), number()).prop_map(|(x, y)| Point { x, y });
    let any_area = || {
        (number(), number(), length(), length()).prop_map(|(x, y, width, height)| area(x, y, width, height))
    };
    prop_oneof![
        any_area().prop_map(Edit::Crop),
        any_area().prop_map(Edit::Block),
        (point(), point()).prop_map(|(from, to)| Edit::Arrow { from, to }),
        any::<i8>().prop_map(Edit::Turn),
    ]
}

proptest! {
    // F5
    #[test]
    fn any_edits_are_made_or_refused(edits in prop::collection::vec(any_edit(), 1..5), clear in any::<bool>()) {
        let mut picture = if clear { read_png(RgbaImage::new(50, 30)) } else { read_png(gradient(50, 30)) };
        let before = picture.clone();
        match picture.edit(&edits) {
            Ok(()) => prop_assert_eq!(picture.clean().unwrap().width, picture.width()),
            Err(_) => prop_assert_eq!(picture, before),
        }
    }
}
