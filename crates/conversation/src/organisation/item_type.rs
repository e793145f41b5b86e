//! The built-in item types, and the names of their permissions (O7).

use super::Permission;

/// A type of item, with its name and those of its permissions, in Dutch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemType {
    pub id: &'static str,
    pub name: &'static str,
    /// `None` if nobody handles such an item.
    pub handle: Option<&'static str>,
    pub analyse: &'static str,
}

const fn item_type(
    id: &'static str,
    name: &'static str,
    handle: Option<&'static str>,
    analyse: &'static str,
) -> ItemType {
    ItemType {
        id,
        name,
        handle,
        analyse,
    }
}

/// Ordered by name.
pub const BUILT_IN: [ItemType; 16] = [
    item_type(
        "activiteit",
        "Activiteit",
        Some("Activiteiten afhandelen"),
        "Activiteiten analyseren",
    ),
    item_type(
        "activiteitopdracht",
        "Activiteitopdracht",
        Some("Activiteitopdrachten uitvoeren"),
        "Activiteitopdrachten analyseren",
    ),
    item_type(
        "bestand",
        "Bestand",
        Some("Bestandstaken afhandelen"),
        "Bestandsmappen en bestanden analyseren",
    ),
    item_type(
        "boek",
        "Boek",
        Some("Registraties toevoegen"),
        "Boeken analyseren",
    ),
    item_type(
        "calamiteit",
        "Calamiteit",
        Some("Calamiteiten registreren"),
        "Calamiteiten analyseren",
    ),
    item_type(
        "formulier",
        "Formulier",
        Some("Registreren op formulieren"),
        "Geregistreerde formulieren analyseren",
    ),
    item_type(
        "huiselijk_geweld",
        "Huiselijk geweld",
        Some("Huiselijk geweld registreren"),
        "Huiselijk geweld analyseren",
    ),
    item_type(
        "incident",
        "Incident",
        Some("Incidenten registreren"),
        "Incidenten analyseren",
    ),
    item_type("indicator", "Indicator", None, "Indicatoren analyseren"),
    item_type(
        "indicatoropdracht",
        "Indicatoropdracht",
        Some("Indicatoropdrachten uitvoeren"),
        "Indicatoropdrachten analyseren",
    ),
    item_type(
        "klacht",
        "Klacht",
        Some("Klachten registreren"),
        "Klachten analyseren",
    ),
    item_type(
        "melding",
        "Melding",
        Some("Meldingen registreren"),
        "Meldingen analyseren",
    ),
    item_type(
        "onderhoudsitem",
        "Onderhoudsitem",
        Some("Onderhoudsitems afhandelen"),
        "Onderhoudsitems analyseren",
    ),
    item_type(
        "onderhoudsopdracht",
        "Onderhoudsopdracht",
        Some("Onderhoudsopdrachten afhandelen"),
        "Onderhoudsopdrachten analyseren",
    ),
    item_type(
        "verbetermaatregel",
        "Verbetermaatregel",
        Some("Verbetermaatregelen afhandelen"),
        "Verbetermaatregelen analyseren",
    ),
    item_type(
        "verbetermaatregelopdracht",
        "Verbetermaatregelopdracht",
        Some("Verbetermaatregelopdrachten afhandelen"),
        "Verbetermaatregelopdrachten analyseren",
    ),
];

/// The built-in type of that id.
pub fn built_in(id: &str) -> Option<&'static ItemType> {
    BUILT_IN.iter().find(|item_type| item_type.id == id)
}

impl ItemType {
    /// The name of the permission; `None` if the type has no such permission.
    pub fn permission(&self, permission: Permission) -> Option<&'static str> {
        match permission {
            Permission::Handle => self.handle,
            Permission::Analyse => Some(self.analyse),
        }
    }
}
