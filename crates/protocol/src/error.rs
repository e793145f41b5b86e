//! Errors of a whole request, as opposed to one command in it.

use conversation::refusal::Language;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::session::SessionEnd;

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident, $status:literal, $nl:literal, $en:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema, thiserror::Error)]
        #[serde(rename_all = "snake_case")]
        #[ts(export)]
        pub enum ErrorCode {
            $($(#[$doc])* #[error($en)] $name,)*
        }

        impl ErrorCode {
            pub const ALL: &[ErrorCode] = &[$(ErrorCode::$name,)*];

            /// The HTTP status of the answer.
            pub fn status(self) -> u16 {
                match self { $(ErrorCode::$name => $status,)* }
            }

            /// The sentence for people (U2).
            pub fn sentence(self, language: Language) -> &'static str {
                match (self, language) {
                    $((ErrorCode::$name, Language::Nl) => $nl, (ErrorCode::$name, Language::En) => $en,)*
                }
            }
        }
    };
}

errors! {
    BadRequest, 400,
        "De server kon dit verzoek niet lezen. Werk Overleg bij; wat u schreef is bewaard.",
        "The server could not read this request. Update Overleg; what you wrote is kept.";
    TooLarge, 413,
        "Dit verzoek is te groot. Verdeel het; wat u schreef is bewaard.",
        "This request is too large. Divide it; what you wrote is kept.";
    /// `Content-Type` is not `application/json` in UTF-8.
    UnsupportedMediaType, 415,
        "De server kon dit verzoek niet lezen: het is geen JSON. Werk Overleg bij; wat u schreef is bewaard.",
        "The server could not read this request: it is not JSON. Update Overleg; what you wrote is kept.";
    NotFound, 404,
        "Dit is er niet, of u mag het niet zien.",
        "This does not exist, or you may not see it.";
    /// The access token is missing, invalid or expired: refresh it.
    SignInNeeded, 401,
        "U bent niet meer aangemeld. Meld u opnieuw aan; wat u schreef is bewaard.",
        "You are no longer signed in. Sign in again; what you wrote is kept.";
    /// The session has ended: the user must sign in again.
    SessionEnded, 403,
        "Uw aanmelding op dit apparaat is beëindigd. Meld u opnieuw aan; wat u schreef is bewaard.",
        "Your session on this device was ended. Sign in again; what you wrote is kept.";
    WrongPassword, 422,
        "Het e-mailadres of het wachtwoord klopt niet. Probeer het opnieuw, of vraag uw beheerder om een nieuwe uitnodiging.",
        "The e-mail address or the password is wrong. Try again, or ask your administrator for a new invitation.";
    InvitationUnknown, 422,
        "Deze uitnodiging is niet bekend of al gebruikt. Vraag uw beheerder om een nieuwe.",
        "This invitation is not known or was used already. Ask your administrator for a new one.";
    InvitationExpired, 422,
        "Deze uitnodiging is verlopen. Vraag uw beheerder om een nieuwe.",
        "This invitation has expired. Ask your administrator for a new one.";
    PasswordTooShort, 422,
        "Het wachtwoord heeft minder dan 12 tekens. Kies een langer wachtwoord, bijvoorbeeld vier woorden.",
        "The password has fewer than 12 characters. Choose a longer one, four words for example.";
    /// It is common, follows a pattern, or is made of the owner's own name, address or organisation.
    PasswordTooEasy, 422,
        "Dit wachtwoord is te makkelijk te raden. Kies een ander, bijvoorbeeld vier woorden die niets met u te maken hebben.",
        "This password is too easy to guess. Choose another, for example four words that have nothing to do with you.";
    PasswordTooLong, 422,
        "Het wachtwoord heeft meer dan 200 tekens. Kies een korter wachtwoord.",
        "The password has more than 200 characters. Choose a shorter one.";
    /// The key of a source system is unknown.
    KeyUnknown, 401,
        "De sleutel van dit bronsysteem is niet bekend of ingetrokken. Vraag de beheerder van de server om een nieuwe.",
        "The key of this source system is not known or was withdrawn. Ask the operator of the server for a new one.";
    ItemInvalid, 422,
        "Het onderdeel is niet geregistreerd of gewijzigd: titel, soort, vestiging, link, cliënt of kenmerk klopt niet.",
        "The item was not registered or changed: its title, type, unit, link, client or reference is not right.";
    PermissionInvalid, 422,
        "De permissie is niet gewijzigd: de persoon, de soort of de vestiging is niet bekend, of de soort heeft deze permissie niet.",
        "The permission was not changed: the person, type or unit is not known, or the type has no such permission.";
    TooManyAttempts, 429,
        "Er wordt te vaak aangemeld, of door te veel mensen tegelijk. Wacht een minuut en probeer het opnieuw.",
        "Signing in is tried too often, or by too many people at once. Wait a minute and try again.";
    TooManyRequests, 429,
        "Er zijn te veel verzoeken tegelijk. Overleg probeert het zo weer.",
        "There are too many requests at once. Overleg tries again in a moment.";
    /// The account was shown as many people and teams in the last hour as its quota allows.
    TooManyFound, 429,
        "U hebt dit uur heel veel collega's opgezocht. Wacht een kwartier en zoek dan verder; in uw gesprekken kunt u gewoon doorgaan.",
        "You have looked up very many colleagues this hour. Wait a quarter of an hour, then search on; you can go on in your conversations.";
    /// The body arrived too slowly. It was not read to its end, and nothing was done.
    TooSlow, 408,
        "De verbinding is te traag: het verzoek kwam niet op tijd aan. Overleg probeert het zo weer.",
        "The connection is too slow: the request did not arrive in time. Overleg tries again in a moment.";
    AttachmentTooLarge, 413,
        "Dit bestand is groter dan de server aanneemt. Verklein het, of stuur het op een andere manier.",
        "This file is larger than the server accepts. Make it smaller, or send it in another way.";
    /// By its content: a program, a script, macros, or something else than its name says.
    AttachmentRefused, 422,
        "Dit soort bestand wordt niet aangenomen, omdat het iets kan uitvoeren of iets anders is dan de naam zegt.",
        "This kind of file is not accepted, because it can run something or is something else than its name says.";
    AttachmentInfected, 422,
        "De virusscanner vond iets in dit bestand. Niemand kan het openen; waarschuw uw ICT-afdeling.",
        "The virus scanner found something in this file. Nobody can open it; warn your IT department.";
    /// The scanner has not answered yet.
    AttachmentNotChecked, 423,
        "Dit bestand wordt nog gecontroleerd op virussen. Overleg probeert het zo weer.",
        "This file is still being checked for viruses. Overleg tries again in a moment.";
    /// Of one person, and of no message yet.
    TooManyUploads, 422,
        "Er staan te veel bestanden van u klaar die nog bij geen bericht horen. Verstuur of verwijder er eerst een paar.",
        "Too many of your files are waiting that belong to no message yet. Send or remove some of them first.";
    /// A colleague or team of another organisation, that has ended, or that hides outside it (O5).
    CoverUnavailable, 409,
        "Deze collega of dit team kan niet voor u waarnemen. Kies een ander uit uw eigen organisatie; er is niets veranderd.",
        "This colleague or team cannot cover for you. Choose another of your own organisation; nothing was changed.";
    /// The id is another file's, the offset is another, or the file is whole.
    UploadConflict, 409,
        "Dit bestand is op de server al verder dan dit apparaat dacht. Overleg gaat daar verder.",
        "The server has more of this file than this device assumed. Overleg goes on from there.";
    /// A part is not the bytes of which the digest was sent (tus 1.0); nothing of it was kept.
    ChecksumMismatch, 460,
        "Een deel van het bestand kwam beschadigd aan. Overleg stuurt het opnieuw.",
        "A part of the file arrived damaged. Overleg sends it again.";
    /// `Tus-Resumable` is not `1.0.0`.
    UploadVersion, 412,
        "Dit programma verstuurt bestanden op een manier die de server niet kent. Werk Overleg bij.",
        "This program sends files in a way that the server does not know. Update Overleg.";
    /// A range that begins after the end of the file.
    RangeInvalid, 416,
        "Dit deel van het bestand bestaat niet.",
        "This part of the file does not exist.";
    NoRoom, 507,
        "De server heeft geen ruimte meer voor bestanden. Overleg probeert het later weer; waarschuw uw beheerder.",
        "The server has no more room for files. Overleg tries again later; warn your administrator.";
    UpdateNeeded, 426,
        "Deze versie van Overleg is te oud voor de server. Werk Overleg bij; wat u schreef is bewaard.",
        "This version of Overleg is too old for the server. Update Overleg; what you wrote is kept.";
    /// The server was restored from an older backup.
    Restored, 409,
        "De server is teruggezet naar een oudere stand. Er wordt niets overschreven; uw beheerder is nodig.",
        "The server was put back to an older state. Nothing is overwritten; your administrator is needed.";
    Stopping, 503,
        "De server wordt opnieuw gestart. Overleg probeert het zo weer.",
        "The server is restarting. Overleg tries again in a moment.";
    Internal, 500,
        "Er ging iets mis op de server. Overleg probeert het zo weer; wat u schreef is bewaard.",
        "Something went wrong on the server. Overleg tries again in a moment; what you wrote is kept.";
}

/// The body of every error answer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorAnswer {
    pub error: ErrorCode,
    /// Seconds after which to try again, if that can help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// The fault, in English, for the engineer of the client. It repeats no value of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// With `session_ended`: when and why the session ended of which the request brought a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<SessionEnd>,
}
