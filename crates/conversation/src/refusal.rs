//! Refusals: a stable code for programs, a sentence in Dutch and English for people.
//!
//! A sentence says what happened, what is safe, and what to do. It never discloses what the requester may not
//! know: a conversation that they may not see is answered as one that does not exist.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// The language of a sentence (U1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
#[ts(export)]
pub enum Language {
    #[default]
    Nl,
    En,
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident, $nl:literal, $en:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema, thiserror::Error)]
        #[serde(rename_all = "snake_case")]
        #[ts(export)]
        pub enum Refusal {
            $($(#[$doc])* #[error($en)] $name,)*
        }

        impl Refusal {
            /// All refusals, for tables and tests.
            pub const ALL: &[Refusal] = &[$(Refusal::$name,)*];

            /// The sentence for people (U2).
            pub fn sentence(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Refusal::$name, Language::Nl) => $nl, (Refusal::$name, Language::En) => $en,)*
                }
            }
        }
    };
}

refusals! {
    /// Also for a conversation that exists but that the requester may not see.
    NoSuchConversation,
        "Dit gesprek is er niet, of u neemt er niet meer aan deel. Uw tekst is bewaard; kies een ander gesprek.",
        "This conversation does not exist, or you no longer take part in it. Your text is kept; choose another conversation.";
    NoSuchMessage,
        "Dit bericht is er niet, of u mag het niet zien. Uw tekst is bewaard.",
        "This message does not exist, or you may not see it. Your text is kept.";
    NotYourMembership,
        "U kunt niet namens deze organisatie handelen. Kies een organisatie waar u nu werkt.",
        "You cannot act for this organisation. Choose an organisation where you work now.";
    ConversationExists,
        "Dit gesprek bestaat al. Er is niets veranderd.",
        "This conversation exists already. Nothing was changed.";
    TextEmpty,
        "Er staat geen tekst in het bericht. Typ eerst een tekst.",
        "There is no text in the message. Type a text first.";
    TextTooLong,
        "Het bericht is langer dan 20.000 tekens. Uw tekst is bewaard; kort hem in of verdeel hem over meer berichten.",
        "The message is longer than 20,000 characters. Your text is kept; shorten it or divide it over several messages.";
    TextHasControlCharacters,
        "Het bericht bevat tekens die niet getoond kunnen worden. Uw tekst is bewaard; verwijder die tekens.",
        "The message holds characters that cannot be shown. Your text is kept; remove those characters.";
    TextMentionsBroken,
        "Een vermelding in het bericht klopt niet. Uw tekst is bewaard; kies de persoon opnieuw met @.",
        "A mention in the message is not right. Your text is kept; choose the person again with @.";
    TooManyAttachments,
        "Bij een bericht horen hoogstens 20 bijlagen. Uw tekst en de bijlagen zijn bewaard; verdeel ze over meer berichten.",
        "A message has at most 20 attachments. Your text and the attachments are kept; divide them over several messages.";
    AttachmentTooLarge,
        "Een bijlage is te groot. Uw tekst is bewaard; haal de bijlage weg, of deel hem in kleinere delen.",
        "An attachment is too large. Your text is kept; remove the attachment, or split it into smaller parts.";
    AttachmentNameUnfit,
        "De naam van een bijlage kan niet worden gebruikt. Uw tekst is bewaard; geef het bestand een andere naam.",
        "The name of an attachment cannot be used. Your text is kept; give the file another name.";
    /// Also one of another person or conversation, or of another message.
    AttachmentNotThere,
        "Een bijlage is niet of niet heel aangekomen. Uw tekst is bewaard; voeg de bijlage opnieuw toe.",
        "An attachment did not arrive, or not whole. Your text is kept; add the attachment again.";
    /// A program, or what a scanner found.
    AttachmentRefused,
        "Een bijlage is geweigerd omdat die schade kan doen. Uw tekst is bewaard; haal de bijlage weg.",
        "An attachment was refused because it can do harm. Your text is kept; remove the attachment.";
    UrgencyReasonMissing,
        "De reden van spoed ontbreekt. Uw tekst is bewaard; zeg in een paar woorden waarom het niet kan wachten.",
        "The reason for urgency is missing. Your text is kept; say in a few words why it cannot wait.";
    UrgencyReasonTooLong,
        "De reden van spoed is langer dan 200 tekens. Uw tekst is bewaard; kort de reden in.",
        "The reason for urgency is longer than 200 characters. Your text is kept; shorten the reason.";
    UrgencyReasonHasControlCharacters,
        "De reden van spoed bevat tekens die niet getoond kunnen worden. Uw tekst is bewaard; verwijder die tekens.",
        "The reason for urgency holds characters that cannot be shown. Your text is kept; remove those characters.";
    TooManyUrgent,
        "U hebt het afgelopen uur zoveel spoedberichten gestuurd als uw organisatie toestaat. Uw tekst is bewaard; stuur hem zonder spoed, of bel.",
        "In the last hour you sent as many urgent messages as your organisation allows. Your text is kept; send it without urgency, or call.";
    /// Of an edit that gives a reason to a message that is not urgent.
    NotUrgent,
        "Een verzonden bericht kan niet alsnog spoed worden. Uw tekst is bewaard; stuur een nieuw spoedbericht.",
        "A message that was sent cannot become urgent afterwards. Your text is kept; send a new urgent message.";
    SubjectMissing,
        "Het onderwerp ontbreekt of is leeg. Vul een onderwerp in.",
        "The subject is missing or empty. Enter a subject.";
    SubjectTooLong,
        "Het onderwerp is langer dan 200 tekens. Kort het in.",
        "The subject is longer than 200 characters. Shorten it.";
    SubjectHasControlCharacters,
        "Het onderwerp bevat tekens die niet getoond kunnen worden. Verwijder die tekens.",
        "The subject holds characters that cannot be shown. Remove those characters.";
    NobodyChosen,
        "Er is niemand gekozen. Kies ten minste één collega.",
        "Nobody was chosen. Choose at least one colleague.";
    TooManyChosen,
        "Er zijn te veel mensen gekozen. Kies er hoogstens 500.",
        "Too many people were chosen. Choose 500 at most.";
    TooManyParticipants,
        "Aan een gesprek nemen hoogstens 1.000 mensen deel. Uw tekst is bewaard; kies minder mensen, of begin een nieuw gesprek.",
        "At most 1,000 people take part in a conversation. Your text is kept; choose fewer people, or start a new conversation.";
    ChosenTwice,
        "Dezelfde persoon of hetzelfde team is twee keer gekozen. Haal de dubbele keuze weg.",
        "The same person or team was chosen twice. Take the second one out.";
    ExactlyOnePartner,
        "Dit gesprek begint met precies één collega. Kies één collega.",
        "This conversation starts with exactly one colleague. Choose one colleague.";
    NotFindable,
        "Een gekozen collega kunt u vanuit deze organisatie niet bereiken. Uw tekst is bewaard; kies iemand anders.",
        "A chosen colleague cannot be reached from this organisation. Your text is kept; choose someone else.";
    /// The partner of the direct conversation no longer works there.
    PartnerEnded,
        "Uw gesprekspartner is niet meer te bereiken: die werkt hier niet meer. Uw tekst is bewaard; stuur hem naar een andere collega.",
        "Your partner in this conversation can no longer be reached: they no longer work there. Your text is kept; send it to another colleague.";
    AlreadyTakesPart,
        "Deze collega neemt al deel aan het gesprek.",
        "This colleague takes part in the conversation already.";
    YouTakePart,
        "U neemt zelf al deel aan dit gesprek.",
        "You take part in this conversation already.";
    TeamNotFindable,
        "Een gekozen team is er niet meer, of u kunt het vanuit deze organisatie niet bereiken. Uw tekst is bewaard; kies een ander team.",
        "A chosen team is no longer there, or cannot be reached from this organisation. Your text is kept; choose another team.";
    TeamAlreadyTakesPart,
        "Dit team neemt al deel aan het gesprek.",
        "This team takes part in the conversation already.";
    TeamTakesNoPart,
        "Dit team neemt niet deel aan het gesprek.",
        "This team does not take part in the conversation.";
    NotAParticipant,
        "Deze collega neemt niet deel aan het gesprek.",
        "This colleague does not take part in the conversation.";
    CannotRemoveYourself,
        "U kunt uzelf niet verwijderen. Wilt u niet meer deelnemen, verlaat dan het gesprek.",
        "You cannot remove yourself. If you no longer want to take part, leave the conversation.";
    AlreadyTheOwner,
        "U bent al de beheerder van dit gesprek. Kies een andere deelnemer.",
        "You are the owner of this conversation already. Choose another participant.";
    SuccessorLeaves,
        "U verlaat het gesprek en kunt dus niet de nieuwe beheerder zijn. Kies een andere deelnemer.",
        "You leave the conversation, and so cannot be its new owner. Choose another participant.";
    DirectStaysDirect,
        "Aan een 1-op-1 gesprek kan niemand worden toegevoegd. Begin een groepsgesprek.",
        "Nobody can be added to a direct conversation. Start a group conversation.";
    NotInADirectConversation,
        "Dit kan niet in een 1-op-1 gesprek.",
        "This cannot be done in a direct conversation.";
    OnlyTheOwner,
        "Alleen de beheerder van het gesprek kan dit doen. Vraag het de beheerder.",
        "Only the owner of the conversation can do this. Ask the owner.";
    /// Of reopening: the conversation was archived by a person who no longer owns it.
    OnlyWhoArchived,
        "Alleen wie dit gesprek archiveerde, of de beheerder, kan het heropenen. Vraag het een van beiden.",
        "Only who archived this conversation, or its owner, can reopen it. Ask one of them.";
    OnlyOwnOrganisation,
        "U kunt alleen collega's van uw eigen organisatie toevoegen. Vraag de beheerder om anderen toe te voegen.",
        "You can add colleagues of your own organisation only. Ask the owner to add others.";
    NeedsHandle,
        "U mag bij dit onderdeel geen gesprek beginnen: de permissie om het af te handelen ontbreekt. Uw tekst is bewaard; vraag een collega die de permissie heeft.",
        "You may not start a conversation at this item: the permission to handle it is missing. Your text is kept; ask a colleague who has the permission.";
    NeedsAnalyse,
        "U mag aan dit gesprek niemand toevoegen: de permissie om het onderdeel te analyseren ontbreekt. Vraag een deelnemer die de permissie heeft.",
        "You may not add anyone to this conversation: the permission to analyse the item is missing. Ask a participant who has the permission.";
    ItemConversationsAreKept,
        "Een gesprek bij een onderdeel kan niet worden verwijderd. U kunt het wel voor iedereen archiveren.",
        "A conversation about an item cannot be deleted. You can archive it for everyone.";
    NotYourMessage,
        "Alleen wie het bericht schreef kan dit doen, namens dezelfde organisatie en vestiging als toen.",
        "Only who wrote the message can do this, for the same organisation and unit as then.";
    EditedTooLate,
        "Een bericht kan tot 24 uur na verzending worden gewijzigd. Uw tekst is bewaard; stuur hem als nieuw bericht.",
        "A message can be changed until 24 hours after it was sent. Your text is kept; send it as a new message.";
    MessageDeleted,
        "Dit bericht is verwijderd. Uw tekst is bewaard.",
        "This message was deleted. Your text is kept.";
    ConversationArchived,
        "Dit gesprek is voor iedereen gearchiveerd en kan alleen worden gelezen. Uw tekst is bewaard.",
        "This conversation was archived for everyone and can only be read. Your text is kept.";
    NotArchived,
        "Dit gesprek is niet gearchiveerd.",
        "This conversation is not archived.";
    PreviewOutdated,
        "Het gesprek is niet meer zoals u het bekeek. Bekijk opnieuw wat u deelt en voeg dan toe.",
        "The conversation is no longer as you looked at it. Look again at what you share, then add.";
    NothingToShare,
        "Er zijn geen eerdere berichten die u kunt delen.",
        "There are no earlier messages that you can share.";
    MentionNotAllowed,
        "U noemt iemand die u niet aan dit gesprek mag toevoegen. Uw tekst is bewaard; haal de vermelding weg.",
        "You mention someone whom you may not add to this conversation. Your text is kept; remove the mention.";
    /// An edit adds nobody, unlike a new message (P8).
    EditNamesNewcomer,
        "Met een wijziging kunt u alleen deelnemers noemen: wie erbij komt, leest meestal pas vanaf dan mee. Uw tekst is bewaard; noem deze collega in een nieuw bericht.",
        "With a change you can name participants only: whoever joins usually reads from then on. Your text is kept; name this colleague in a new message.";
    /// The requester sees the item's conversation, but does not take part.
    TakePartFirst,
        "U neemt niet deel aan dit gesprek. Neem eerst deel; uw tekst is bewaard.",
        "You do not take part in this conversation. Join first; your text is kept.";
    /// The requester saw part of the item's conversation, and may not join.
    AskToBeAdded,
        "U neemt niet meer deel aan dit gesprek. Uw tekst is bewaard; vraag een deelnemer om u toe te voegen.",
        "You no longer take part in this conversation. Your text is kept; ask a participant to add you.";
    /// The same command id with another content.
    Conflict,
        "Dit is al eerder en anders verstuurd, of het nummer ervan is al in gebruik. Wat er was, geldt; uw tekst is bewaard.",
        "This was sent before, differently, or its number is in use already. What was there stands; your text is kept.";
    /// A command that refers to what a refused command would have created.
    DependsOnRefused,
        "Dit hoort bij een bericht dat niet is verzonden. Uw tekst is bewaard.",
        "This belongs to a message that was not sent. Your text is kept.";
    TooOld,
        "Dit heeft langer dan 400 dagen gewacht en is niet verzonden. Uw tekst is bewaard.",
        "This waited for more than 400 days and was not sent. Your text is kept.";
    Malformed,
        "Dit kon niet worden gelezen en is niet verzonden. Uw tekst is bewaard; werk Overleg bij.",
        "This could not be read and was not sent. Your text is kept; update Overleg.";
    UpdateNeeded,
        "Uw versie van Overleg is te oud hiervoor. Uw tekst is bewaard; werk Overleg bij.",
        "Your version of Overleg is too old for this. Your text is kept; update Overleg.";
}

#[cfg(test)]
mod tests {
    use super::*;

    // U1, U2
    #[test]
    fn every_refusal_is_a_sentence_in_both_languages() {
        for refusal in Refusal::ALL {
            let nl = refusal.sentence(Language::Nl);
            let en = refusal.sentence(Language::En);
            assert!(nl.ends_with('.') && en.ends_with('.'), "{refusal:?}");
            assert!(!nl.contains('!') && nl != en, "{refusal:?}");
        }
    }
}
