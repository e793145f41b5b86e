//! Templates of `packaging/`: `@product.name@` stands for a fact of the product.

use std::fs;

use anyhow::{Context as _, Result};

use super::product::Product;
use crate::workspace::Workspace;

pub(super) fn read(workspace: &Workspace, name: &str, product: &Product) -> Result<String> {
    let path = format!("packaging/{name}");
    let text =
        fs::read_to_string(workspace.root.join(&path)).with_context(|| format!("{path} cannot be read"))?;
    fill(&text, product).with_context(|| format!("{path} cannot be filled in"))
}

/// A fact that is not known is an error; an `@` for other ends, as in an address, stays.
fn fill(text: &str, product: &Product) -> Result<String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        filled += before;
        match after.split_once('@') {
            Some((name, behind)) if is_name(name) => {
                filled += product.fact(name)?;
                rest = behind;
            }
            _ => {
                filled.push('@');
                rest = after;
            }
        }
    }
    Ok(filled + rest)
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|one| one.is_ascii_lowercase() || one == '.' || one == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    // I4
    #[test]
    fn facts_are_filled_in_and_an_unknown_one_is_an_error() {
        let workspace = Workspace::find().unwrap();
        let product = Product::of(&workspace, Some("9.8.7")).unwrap().with("one", "1");
        let fill = |text| fill(text, &product).ok();
        assert_eq!(fill("v@version@, @one@@one@").as_deref(), Some("v9.8.7, 11"));
        let address = "a@b.example, Filter=@system-service ~@privileged @resources";
        assert_eq!(fill(address).as_deref(), Some(address));
        assert_eq!(fill("@product.nmae@"), None);
    }
}
