//! The names of settings in the editors of administrators, and the Dutch explanations; the English ones are the registry's.

use client::model::settings::Declaration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    /// As Windows names the folder.
    pub tag: &'static str,
    is_dutch: bool,
}

pub const DUTCH: Language = Language {
    tag: "nl-NL",
    is_dutch: true,
};
pub const ENGLISH: Language = Language {
    tag: "en-US",
    is_dutch: false,
};
pub const LANGUAGES: [Language; 2] = [DUTCH, ENGLISH];

/// A key, its name in English and in Dutch, and what it decides in Dutch.
const SETTINGS: &[(&str, &str, &str, &str)] = &[
    (
        "appearance.language",
        "Language",
        "Taal",
        "Taal van het scherm, de meldingen en het systeemvak.",
    ),
    (
        "notifications.detail",
        "Content of notifications",
        "Inhoud van meldingen",
        "Hoeveel een melding laat zien.",
    ),
    (
        "notifications.silent",
        "Notifications without sound",
        "Meldingen zonder geluid",
        "Een melding maakt geen geluid.",
    ),
    (
        "mail.message",
        "Mail about new messages",
        "E-mail bij nieuwe berichten",
        "Een e-mail over een nieuw bericht in een gesprek dat sinds de vorige e-mail erover niet is geopend.",
    ),
    (
        "mail.added",
        "Mail about being added",
        "E-mail bij toevoegen aan een gesprek",
        "Een e-mail als iemand wordt toegevoegd aan een gesprek.",
    ),
    (
        "mail.mentioned",
        "Mail about being mentioned",
        "E-mail bij een vermelding",
        "Een e-mail als iemand wordt genoemd.",
    ),
    (
        "mail.urgent",
        "Mail about urgent messages",
        "E-mail bij spoedberichten",
        "Een e-mail over een spoedbericht: meteen, ook tijdens werktijd.",
    ),
    (
        "program.keep_running",
        "Keep running when the window is closed",
        "Actief blijven als het venster sluit",
        "Het venster sluiten laat het programma in het systeemvak staan, zodat het blijft melden.",
    ),
    (
        "program.start_at_login",
        "Start at sign-in",
        "Starten bij aanmelden",
        "Het programma start als de gebruiker zich bij de computer aanmeldt.",
    ),
    (
        "program.shortcut",
        "Global shortcut",
        "Algemene sneltoets",
        "Een sneltoets die overal werkt toont het venster.",
    ),
    (
        "files.days",
        "Days of files fetched by themselves",
        "Dagen waarvan bestanden vanzelf worden opgehaald",
        "Bestanden van berichten van de laatste dagen worden vanzelf opgehaald, voor zoveel dagen.",
    ),
    (
        "files.budget_mb",
        "Room for files (MB)",
        "Ruimte voor bestanden (MB)",
        "Hoeveel ruimte de bestanden van berichten op dit apparaat mogen innemen, in MB.",
    ),
    (
        "files.take_back_seconds",
        "Seconds to take back files to other organisations",
        "Bedenktijd voor bestanden naar andere organisaties (seconden)",
        "Zoveel seconden is een bericht met bestanden naar een andere organisatie terug te nemen voordat het vertrekt, van 0 tot 60.",
    ),
    (
        "files.largest_mb",
        "Largest file (MB)",
        "Grootste bestand (MB)",
        "Het grootste bestand dat verstuurd mag worden, in MB, van 1 tot 2148.",
    ),
    (
        "files.refused",
        "Kinds of files that are not sent",
        "Soorten bestanden die niet worden verstuurd",
        "Soorten bestanden die vanaf hier niet worden verstuurd.",
    ),
    (
        "files.save",
        "Save files outside Overleg",
        "Bestanden buiten Overleg opslaan",
        "Bestanden van berichten mogen buiten Overleg worden opgeslagen.",
    ),
    (
        "files.open",
        "Open files in other programs",
        "Bestanden openen in andere programma's",
        "Bestanden van berichten mogen in andere programma's worden geopend.",
    ),
    (
        "program.copy",
        "Copy from messages",
        "Kopiëren uit berichten",
        "Teksten en afbeeldingen van berichten mogen worden gekopieerd.",
    ),
    (
        "servers.address",
        "Server",
        "Server",
        "Het adres van de server. Afgedwongen: bij geen andere kan iemand zich aanmelden. Aanbevolen: het staat er alvast.",
    ),
    (
        "network.proxy",
        "Proxy",
        "Proxy",
        "De weg naar de server: system (zoals het systeem is ingesteld), none (rechtstreeks), een proxy, zoals http://proxy.example:8080, of een script dat ze noemt, zoals pac+http://proxy.example/proxy.pac.",
    ),
    (
        "program.graphics",
        "Use the graphics card",
        "Grafische kaart gebruiken",
        "Het venster wordt met hulp van de grafische kaart getekend; een wijziging geldt vanaf de volgende start.",
    ),
    (
        "overview.without_preview",
        "Overview without the last message",
        "Overzicht zonder het laatste bericht",
        "Het overzicht toont het laatste bericht niet.",
    ),
];

/// A group or a word that can be chosen, in English and in Dutch.
const WORDS: &[(&str, &str, &str)] = &[
    ("appearance", "Display", "Weergave"),
    ("notifications", "Notifications", "Meldingen"),
    ("mail", "Mail", "E-mail"),
    ("program", "Program", "Programma"),
    ("files", "Files", "Bestanden"),
    ("servers", "Servers", "Servers"),
    ("network", "Network", "Netwerk"),
    ("overview", "Overview", "Overzicht"),
    ("nl", "Dutch", "Nederlands"),
    ("en", "English", "Engels"),
    (
        "nothing",
        "Only that there is a new message",
        "Alleen dat er een nieuw bericht is",
    ),
    ("who", "Who sent it", "Van wie het is"),
    (
        "who_and_what",
        "Who sent it, and the text",
        "Van wie het is, en de tekst",
    ),
];

pub fn keys() -> impl Iterator<Item = &'static str> {
    SETTINGS.iter().map(|(key, ..)| *key)
}

impl Language {
    fn of(self, english: &'static str, dutch: &'static str) -> &'static str {
        if self.is_dutch { dutch } else { english }
    }

    pub fn name(self, key: &str) -> &'static str {
        let (_, english, dutch, _) = entry(key);
        self.of(english, dutch)
    }

    pub fn about(self, setting: &Declaration) -> &'static str {
        let (.., dutch) = entry(setting.key);
        self.of(setting.about.trim(), dutch)
    }

    /// A group, or a word that can be chosen; one without a name of its own is shown as it is stored.
    pub fn word(self, word: &'static str) -> &'static str {
        let named = WORDS.iter().find(|(named, ..)| *named == word);
        named.map_or(word, |(_, english, dutch)| self.of(english, dutch))
    }

    pub fn recommended(self) -> &'static str {
        self.of(
            "Recommended (users can change it)",
            "Aanbevolen (gebruikers kunnen het wijzigen)",
        )
    }

    pub fn supported(self) -> &'static str {
        self.of(
            "Overleg for Windows 10 and later",
            "Overleg voor Windows 10 en later",
        )
    }

    pub fn description(self) -> &'static str {
        self.of(
            "Settings of Overleg that the organisation decides or recommends.",
            "Instellingen van Overleg die de organisatie bepaalt of aanbeveelt.",
        )
    }

    /// The values that can be written for it.
    pub fn values(self) -> &'static str {
        self.of("One word a line, of:", "Eén woord per regel, uit:")
    }

    pub fn default(self) -> &'static str {
        self.of("Without a policy:", "Zonder beleid:")
    }
}

fn entry(key: &str) -> &'static (&'static str, &'static str, &'static str, &'static str) {
    let found = SETTINGS.iter().find(|(named, ..)| *named == key);
    found.unwrap_or_else(|| panic!("{key} has no name for administrators: give it one in texts.rs"))
}
