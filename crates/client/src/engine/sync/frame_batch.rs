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

#[cfg(test)]
mod tests {
    use conversation::{ConversationId, Seq, Timestamp};
    use protocol::wire::Stubs;
    use trail::Digest;
    use uuid::Uuid;

    use super::*;

    /// So many items of so many bytes each.
    fn events(items: usize, bytes: usize) -> Frame {
        let item = WireItem::Stubs(Stubs {
            from: Seq(1),
            bodies: "x".repeat(bytes),
        });
        Frame::Events {
            conversation: ConversationId(Uuid::from_u128(1)),
            from: Seq(1),
            previous: Digest([0; 32]),
            items: vec![item; items],
        }
    }

    /// As many frames as a batch takes until it is full.
    fn taken(frame: &Frame) -> usize {
        let mut batch = FrameBatch::default();
        (1..)
            .find(|_| {
                batch.push(frame.clone());
                batch.is_full()
            })
            .unwrap()
    }

    // F3
    #[test]
    fn a_batch_is_full_by_its_events_its_bytes_or_its_frames() {
        assert_eq!(taken(&events(500, 1)), 2);
        assert_eq!(taken(&events(300, 1)), 4);
        assert_eq!(taken(&events(1, BYTES / 4)), 4);
        assert_eq!(taken(&events(1, BYTES / 4 - 1)), 5);
        assert_eq!(
            taken(&Frame::Cards {
                cards: vec![],
                teams: vec![]
            }),
            EVENTS
        );
        assert_eq!(taken(&Frame::Current { at: Timestamp(1) }), 1);
    }
}
