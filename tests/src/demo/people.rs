//! The organisations and people of the demo: a general practice and home care that share a network.

/// A clinician of the demo.
#[derive(Clone, Copy, Debug)]
pub struct Clinician {
    pub given: &'static str,
    pub prefix: &'static str,
    pub family: &'static str,
    pub discipline: &'static str,
    pub function: &'static str,
    /// Place in [`ORGANISATIONS`].
    pub organisation: usize,
    pub login: &'static str,
}

pub const ORGANISATIONS: [(&str, &str); 2] = [
    ("Huisartsenpraktijk De Beuk", "Praktijk Kastanjelaan"),
    ("Thuiszorg Maasdal", "Team Oost"),
];

pub const NETWORK: &str = "Zorgnetwerk Maasdal";

const fn at(
    organisation: usize,
    login: &'static str,
    (given, prefix, family): (&'static str, &'static str, &'static str),
    (discipline, function): (&'static str, &'static str),
) -> Clinician {
    Clinician {
        given,
        prefix,
        family,
        discipline,
        function,
        organisation,
        login,
    }
}

/// The first two are those for whom the app is opened.
pub const CLINICIANS: [Clinician; 10] = [
    at(
        0,
        "anna@debeuk.example",
        ("Anna", "van den", "Berg"),
        ("Huisartsgeneeskunde", "Huisarts"),
    ),
    at(
        1,
        "karim@maasdal.example",
        ("Karim", "el", "Idrissi"),
        ("Verpleegkunde", "Wijkverpleegkundige"),
    ),
    at(
        0,
        "sanne@debeuk.example",
        ("Sanne", "", "Jacobs"),
        ("Huisartsgeneeskunde", "Huisarts in opleiding"),
    ),
    at(
        1,
        "marieke@maasdal.example",
        ("Marieke", "", "Timmermans"),
        ("Verpleegkunde", "Wondverpleegkundige"),
    ),
    at(
        0,
        "joost@debeuk.example",
        ("Joost", "", "Hendriks"),
        ("Huisartsgeneeskunde", "Praktijkondersteuner"),
    ),
    at(
        1,
        "fatma@maasdal.example",
        ("Fatma", "", "Yıldız"),
        ("Verzorging", "Verzorgende IG"),
    ),
    at(
        0,
        "lotte@debeuk.example",
        ("Lotte", "de", "Wit"),
        ("Doktersassistentie", "Doktersassistent"),
    ),
    at(
        1,
        "pieter@maasdal.example",
        ("Pieter", "van 't", "Hof"),
        ("Ergotherapie", "Ergotherapeut"),
    ),
    at(
        0,
        "rob@debeuk.example",
        ("Rob", "", "Claessens"),
        ("Farmacie", "Apotheekhoudend huisarts"),
    ),
    at(
        1,
        "ineke@maasdal.example",
        ("Ineke", "", "Peeters-Van Wijngaarden"),
        ("Palliatieve zorg", "Casemanager"),
    ),
];
