//! The people of the demo: a general practice, home care, a hospital and mental health care that share a network.
//!
//! They come from the files in `network/`, by the import that an operator uses; here stand only those who talk.

/// An organisation and its files: units, people, teams, permissions.
#[derive(Clone, Copy, Debug)]
pub struct Organisation {
    pub name: &'static str,
    pub files: [&'static str; 4],
    /// The person who agrees to the network in its name.
    pub administrator: &'static str,
}

macro_rules! organisation {
    ($name:literal, $folder:literal, $administrator:literal) => {
        Organisation {
            name: $name,
            files: [
                include_str!(concat!("network/", $folder, ".units.csv")),
                include_str!(concat!("network/", $folder, ".people.csv")),
                include_str!(concat!("network/", $folder, ".teams.csv")),
                include_str!(concat!("network/", $folder, ".permissions.csv")),
            ],
            administrator: $administrator,
        }
    };
}

pub const ORGANISATIONS: [Organisation; 4] = [
    organisation!("Huisartsenpraktijk De Beuk", "de-beuk", "anna@debeuk.example"),
    organisation!("Thuiszorg Maasdal", "maasdal", "karim@maasdal.example"),
    organisation!("Ziekenhuis Maasoever", "maasoever", "hanneke@maasoever.example"),
    organisation!("GGZ De Brug", "de-brug", "mira@debrug.example"),
];

/// A clinician who talks in the demo.
#[derive(Clone, Copy, Debug)]
pub struct Clinician {
    pub given: &'static str,
    /// People who sign in with it work at the organisation at that place in [`ORGANISATIONS`].
    pub login: &'static str,
    pub organisation: usize,
}

pub(crate) const fn at(organisation: usize, given: &'static str, login: &'static str) -> Clinician {
    Clinician {
        given,
        login,
        organisation,
    }
}

/// The first two are those for whom the app is opened.
pub const CLINICIANS: [Clinician; 10] = [
    at(0, "Anna", "anna@debeuk.example"),
    at(1, "Karim", "karim@maasdal.example"),
    at(0, "Sanne", "sanne@debeuk.example"),
    at(1, "Marieke", "marieke@maasdal.example"),
    at(0, "Joost", "joost@debeuk.example"),
    at(1, "Fatma", "fatma@maasdal.example"),
    at(0, "Lotte", "lotte@debeuk.example"),
    at(1, "Pieter", "pieter@maasdal.example"),
    at(0, "Rob", "rob@debeuk.example"),
    at(1, "Ineke", "ineke@maasdal.example"),
];
