//! The program around the interface where that is a browser: no tray, no keys of the system, no window of its own.

use std::sync::{Mutex, MutexGuard, PoisonError};

use client::api::shell::{ShellCapabilities, ShellView};
use client::api::{Invalidated, ShellRequest};
use tokio::sync::broadcast;

/// Events that may wait for a listener.
const MOST_EVENTS: usize = 16;

#[derive(Debug)]
pub(super) struct BrowserShell {
    view: Mutex<ShellView>,
    changed: broadcast::Sender<Vec<Invalidated>>,
}

impl BrowserShell {
    pub(super) fn new() -> BrowserShell {
        let view = ShellView {
            can: ShellCapabilities {
                tray: false,
                start_at_login: false,
                shortcut: false,
            },
            side: false,
            shortcut: String::new(),
            closing: false,
            trial: None,
        };
        BrowserShell {
            view: Mutex::new(view),
            changed: broadcast::Sender::new(MOST_EVENTS),
        }
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Vec<Invalidated>> {
        self.changed.subscribe()
    }

    /// Answers a request as the desktop app does. What only a window can do is not done: the view after it says so.
    pub(super) fn answer(&self, request: ShellRequest) -> ShellView {
        match request {
            ShellRequest::View {} | ShellRequest::Shown {} => return self.view().clone(),
            ShellRequest::SideMode { on } => self.view().side = on,
            ShellRequest::CloseWindow {}
            | ShellRequest::StayOpen {}
            | ShellRequest::Quit {}
            | ShellRequest::PickFiles { .. }
            | ShellRequest::PasteFiles { .. }
            | ShellRequest::SaveAttachment { .. }
            | ShellRequest::OpenAttachment { .. }
            | ShellRequest::TryNotification {} => {}
        }
        let _listeners = self.changed.send(vec![Invalidated::Shell]);
        self.view().clone()
    }

    fn view(&self) -> MutexGuard<'_, ShellView> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
