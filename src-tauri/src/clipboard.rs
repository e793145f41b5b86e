//! Pictures and files in the clipboard that the webview does not pass to the page.
//!
//! WebKitGTK tells a page that something was pasted, and gives it neither a picture nor the files that a file manager copied
//! (WebKit bug 320303). The page then asks here. Webviews of other systems pass both, so there is nothing to read.

use std::path::PathBuf;

use tauri::AppHandle;

/// The content of the clipboard that becomes files of a message.
#[derive(Debug, Default)]
pub struct Copied {
    pub files: Vec<PathBuf>,
    /// A picture without a file, as PNG. Not read where there are files: a file manager offers a drawing of them.
    pub picture: Option<Vec<u8>>,
}

#[cfg(not(target_os = "linux"))]
pub async fn read(_app: &AppHandle) -> Copied {
    Copied::default()
}

#[cfg(target_os = "linux")]
pub async fn read(app: &AppHandle) -> Copied {
    let (sender, copied) = tokio::sync::oneshot::channel();
    // GTK belongs to the main thread.
    let asked = app.run_on_main_thread(move || gtk3::request(sender));
    if let Err(error) = asked {
        tracing::warn!(%error, "the clipboard cannot be asked for");
    }
    copied.await.unwrap_or_default()
}

#[cfg(target_os = "linux")]
mod gtk3 {
    use std::path::PathBuf;

    use gtk::gdk::{Atom, SELECTION_CLIPBOARD};
    use gtk::{Clipboard, glib};
    use tokio::sync::oneshot::Sender;

    use super::Copied;

    /// Asks the program that copied something. One that does not answer is waited for by GTK, for a while.
    pub(super) fn request(answer: Sender<Copied>) {
        Clipboard::get(&SELECTION_CLIPBOARD).request_uris(move |clipboard, addresses| {
            let files = addresses.iter().filter_map(|address| path(address));
            let files: Vec<PathBuf> = files.collect();
            if files.is_empty() {
                request_picture(clipboard, answer);
            } else {
                let _gone = answer.send(Copied { files, picture: None });
            }
        });
    }

    /// As it was copied, or made of what else is offered.
    fn request_picture(clipboard: &Clipboard, answer: Sender<Copied>) {
        clipboard.request_contents(&Atom::intern("image/png"), move |clipboard, content| {
            let bytes = content.data();
            if !bytes.is_empty() {
                let _gone = answer.send(picture(bytes));
                return;
            }
            clipboard.request_image(move |_, image| {
                let encoded = image.and_then(|image| image.save_to_bufferv("png", &[]).ok());
                let _gone = answer.send(encoded.map(picture).unwrap_or_default());
            });
        });
    }

    fn picture(bytes: Vec<u8>) -> Copied {
        Copied {
            files: Vec::new(),
            picture: Some(bytes),
        }
    }

    /// The path of a file on this computer.
    fn path(address: &str) -> Option<PathBuf> {
        let (path, _host) = glib::filename_from_uri(address).ok()?;
        Some(path)
    }
}
