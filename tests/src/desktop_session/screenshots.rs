//! The pictures of a story, numbered in the order in which they are taken.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::{App, DesktopServices};

#[derive(Debug)]
pub struct Screenshots {
    folder: PathBuf,
    pictures: RefCell<Vec<PathBuf>>,
}

impl Screenshots {
    pub fn in_folder(folder: &Path) -> Screenshots {
        Screenshots {
            folder: folder.to_owned(),
            pictures: RefCell::default(),
        }
    }

    pub async fn take(&self, app: &App, name: &str) -> anyhow::Result<()> {
        let name = format!("{:02}-{name}", self.pictures.borrow().len() + 1);
        app.picture(&self.folder, &name).await?;
        let picture = self.folder.join(name).with_extension("png");
        self.pictures.borrow_mut().push(picture);
        Ok(())
    }

    /// The whole screen, and not the window alone.
    pub fn take_screen(&self, desktop_services: &DesktopServices, name: &str) -> anyhow::Result<()> {
        let name = format!("{:02}-{name}", self.pictures.borrow().len() + 1);
        desktop_services.picture(&self.folder, &name)?;
        let picture = self.folder.join(name).with_extension("png");
        self.pictures.borrow_mut().push(picture);
        Ok(())
    }

    /// The end of an act: where it failed, the picture of it is what one wants to see.
    pub async fn end(&self, app: &App, played: anyhow::Result<()>) -> anyhow::Result<()> {
        match played {
            // A window that is put away has no picture: what failed counts.
            Err(failed) => match self.take(app, "failed").await {
                Ok(()) => Err(failed),
                Err(error) => Err(failed.context(format!("no picture could be taken: {error}"))),
            },
            played => played,
        }
    }

    /// All that were taken.
    pub fn into_pictures(self) -> Vec<PathBuf> {
        self.pictures.into_inner()
    }
}
