//! A small Dutch set of consults of the project's own, for where the chat corpus is not there. Every patient in it is
//! invented, and named by a room or an initial only.

use conversation::Timestamp;

use super::chat::{Log, Said};

/// Speaker and text; a third value is the place, in the same consult, of the message that it answers.
type Line = (usize, &'static str, Option<usize>);

const CONSULTS: &[(&str, &[Line])] = &[
    (
        "Wond onderbeen mevr. V., kamer 12",
        &[
            (
                1,
                "Goedemorgen Anna, de wond aan het linkeronderbeen van mevrouw V. is sinds vrijdag groter geworden: nu **4 bij 3 cm**, geel beslag, geen geur.",
                None,
            ),
            (
                1,
                "Ze heeft geen koorts. Wil je dat we overgaan op een zilververband?",
                None,
            ),
            (0, "Dank je. Is de rand rood of warm?", Some(1)),
            (1, "Licht rood, niet warm. Pijnscore 3.", Some(2)),
            (
                3,
                "Ik was er gisteren ook bij. Mij lijkt compressie belangrijker dan het verband: de enkelomvang is in een week *twee centimeter* toegenomen.",
                None,
            ),
            (
                0,
                "Goed punt. Begin met ambulante compressietherapie, en houd het verband zoals het is. Ik kom donderdag kijken.",
                Some(4),
            ),
            (1, "Doen we. Ik leg het vast in het plan.", Some(5)),
        ],
    ),
    (
        "Medicatie na ontslag dhr. K.",
        &[
            (
                4,
                "Meneer K. is gisteren ontslagen. Op de overdracht staat metoprolol 50 mg, thuis heeft hij 100 mg liggen.",
                None,
            ),
            (
                8,
                "Ik zie in de ontslagbrief ook 50. De oude voorraad graag laten ophalen.",
                Some(0),
            ),
            (5, "Ik ben er om 16:00 uur en neem de oude doosjes mee.", Some(1)),
            (
                0,
                "Fijn. Let ook op de bloeddruk: onder de 100 systolisch graag bellen.",
                None,
            ),
            (5, "Gemeten: 118/72, pols 64. Doosjes zijn mee.", Some(3)),
        ],
    ),
    (
        "Slikproblemen en gewichtsverlies",
        &[
            (
                5,
                "Mevrouw D. verslikt zich de laatste dagen in dunne vloeistoffen. Ze is in een maand 3,5 kg afgevallen.",
                None,
            ),
            (
                7,
                "Zit ze goed rechtop bij het eten? Ik kan morgen naar de zithouding kijken.",
                Some(0),
            ),
            (5, "Niet altijd, de tafel is te laag.", Some(1)),
            (
                0,
                "Ik verwijs naar de logopedist. Tot die tijd verdikte dranken en kleine slokjes.",
                None,
            ),
            (
                9,
                "Ze heeft eerder gezegd geen sonde te willen. Dat staat in het zorgdossier van maart.",
                None,
            ),
            (
                0,
                "Goed dat je dat noemt. Ik bespreek het met haar en haar dochter.",
                Some(4),
            ),
        ],
    ),
    (
        "Valincident badkamer",
        &[
            (
                1,
                "Meneer B. is vanochtend uitgegleden in de badkamer. Geen letsel, wel geschrokken.",
                None,
            ),
            (
                7,
                "Liggen er antislipmatten? Ik heb nog een aanvraag voor beugels lopen bij de gemeente.",
                Some(0),
            ),
            (1, "Nee, de mat is weg. Ik regel een nieuwe.", Some(1)),
            (
                4,
                "Zal ik de medicatie nalopen op sufheid? Hij gebruikt sinds kort oxazepam.",
                None,
            ),
            (0, "Graag, Joost. Afbouwen als het kan.", Some(3)),
        ],
    ),
    (
        "Palliatief beleid mevr. S.",
        &[
            (
                9,
                "Mevrouw S. wil thuis blijven. De mantelzorger raakt uitgeput; ik vraag nachtzorg aan.",
                None,
            ),
            (
                0,
                "Akkoord. Ik maak vandaag de indicatie in orde en schrijf een noodset voor.",
                Some(0),
            ),
            (
                3,
                "Pompkennis is er in het team. Wij kunnen binnen vier uur starten.",
                Some(1),
            ),
            (9, "De nachtzorg begint morgen om 23:00 uur.", None),
            (
                0,
                "Dank allemaal. Telefoonnummer van de dokterswacht ligt bij het bed.",
                None,
            ),
        ],
    ),
    (
        "Glucose ontregeld",
        &[
            (
                5,
                "Nuchter 14,2 en gisteren 16,8. Ze heeft een blaasontsteking gehad.",
                None,
            ),
            (4, "Hoeveel eenheden spuit ze nu?", Some(0)),
            (5, "18 E voor de nacht.", Some(1)),
            (
                4,
                "Ga naar 22 E en meet drie dagen een dagcurve. Ik bel vrijdag.",
                Some(2),
            ),
        ],
    ),
];

/// The set, its times on working days before `end`.
pub fn read(end: Timestamp) -> Vec<Log> {
    let days = CONSULTS.len() as i64;
    (0..days)
        .zip(CONSULTS)
        .map(|(day, (subject, lines))| {
            let begin = end.plus((day - days) * Timestamp::DAY);
            let messages = (1..).zip(*lines).map(|(place, (talker, text, reply_to))| Said {
                talker: *talker,
                at: begin.plus(place * 17 * Timestamp::MINUTE),
                text: (*text).to_owned(),
                reply_to: *reply_to,
            });
            Log {
                name: (*subject).to_owned(),
                messages: messages.collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use conversation::MessageText;

    use super::*;

    #[test]
    fn every_consult_can_be_said_as_it_stands() {
        for log in read(Timestamp(1_760_000_000_000)) {
            for (place, said) in log.messages.iter().enumerate() {
                assert_eq!(
                    MessageText::from(said.text.as_str()).check(),
                    Ok(()),
                    "{}",
                    log.name
                );
                assert!(said.reply_to.is_none_or(|to| to < place));
            }
            assert!(conversation::text::subject(&log.name).is_ok());
        }
    }
}
