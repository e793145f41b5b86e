//! Colours into sRGB. A telephone's photo is in Display P3, a camera's may be in Adobe RGB; without its profile, a
//! reddening would look paler than it is.

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

use crate::pixels::Pixels;

/// Bytes of a profile, at most: those of cameras and screens have a few thousand.
const LARGEST_PROFILE: usize = 4 * 1024 * 1024;

/// Converts the pixels, if the profile is of red, green and blue and can be read. Otherwise the colours stay as they
/// are: those of print (CMYK) were converted without it, and shift a little.
pub(crate) fn to_srgb(pixels: &mut Pixels, profile: &[u8]) {
    if profile.len() > LARGEST_PROFILE {
        return;
    }
    let Ok(profile) = ColorProfile::new_from_slice(profile) else {
        return;
    };
    if profile.color_space != DataColorSpace::Rgb {
        return;
    }
    let layout = if pixels.channels == 4 {
        Layout::Rgba
    } else {
        Layout::Rgb
    };
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let Ok(transform) = profile.create_transform_8bit(layout, &srgb, layout, options) else {
        return;
    };
    let samples = samples(pixels.channels);
    let mut converted = vec![0; samples.len()];
    let unchanged = |converted: &[u8]| {
        samples
            .iter()
            .zip(converted)
            .all(|(before, after)| before.abs_diff(*after) <= 2)
    };
    // A profile of sRGB itself: its rounding would change pixels for nothing.
    if transform.transform(&samples, &mut converted).is_err() || unchanged(&converted) {
        return;
    }
    let mut before = vec![0; pixels.stride()];
    for row in pixels.rows_mut() {
        before.copy_from_slice(row);
        if transform.transform(&before, row).is_err() {
            row.copy_from_slice(&before);
        }
    }
}

/// Colours from all parts of the cube.
fn samples(channels: usize) -> Vec<u8> {
    let levels = [0_u8, 51, 102, 153, 204, 255];
    let mut samples = Vec::new();
    for red in levels {
        for green in levels {
            for blue in levels {
                samples.extend_from_slice(&[red, green, blue, 255][..channels]);
            }
        }
    }
    samples
}
