//! Frames that wait, gathered to be applied together: a transaction costs much the same for one event as for hundreds.

use protocol::sync::Frame;
use protocol::wire::{WireContent, WireItem};

/// Events of one transaction, but for a single frame that has more.
const EVENTS: usize = 1_000;
/// And bytes of theirs.
const BYTES: usize = 4 * 1024 * 1024;

#[derive(Debug, Default)]
pub struct FrameBatch {
    frames: Vec<Frame>,
    events: usize,
    bytes: usize,
    /// The last one is to be acted on before more is taken.
    ends: bool,
}

impl FrameBatch {
    pub fn push(&mut self, frame: Frame) {
        match &frame {
            Frame::Events { items, .. } => {
                self.events += items.len();
                self.bytes += items.iter().map(bytes).sum::<usize>();
            }
            Frame::Head(_) | Frame::Cards { .. } => {}
            _ => self.ends = true,
        }
        self.frames.push(frame);
    }

    pub fn is_full(&self) -> bool {
        self.ends || self.events >= EVENTS || self.bytes >= BYTES || self.frames.len() >= EVENTS
    }

    pub fn last(&self) -> Option<&Frame> {
        self.frames.last()
    }

    pub fn into_frames(self) -> Vec<Frame> {
        self.frames
    }
}

fn bytes(item: &WireItem) -> usize {
    match item {
        WireItem::Stubs(stubs) => stubs.bodies.len(),
        WireItem::Event(event) => {
            let content = match &event.content {
                WireContent::Kept { bytes, .. } => bytes.get().len(),
                WireContent::Withheld { .. } => 0,
            };
            event.header.get().len() + content
        }
    }
}
