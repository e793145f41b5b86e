//! Teams that take part, whose members change; and a group that is deleted.

use anyhow::{Context as _, Result};
use client::api::view::{Found, Line, ReaderView, Row};
use client::api::{ApiError, ApiRequest};
use conversation::{ConversationId, Refusal, Shape, TeamId};
use stories::test_network::{Clinician, Device, TestNetwork};

/// Starts a group with a team, found by its name as one finds a colleague.
async fn with_team(device: &Device, name: &str, text: &str) -> Result<ConversationId> {
    let acting = device.who.membership;
    let call = ApiRequest::Find {
        acting,
        query: name.to_lowercase(),
        limit: 20,
    };
    let found: Found = device.ask(call).await?;
    let team = found.teams.first().context("the team is found")?;
    let start = ApiRequest::Start {
        acting,
        shape: Shape::Group,
        with: Vec::new(),
        teams: vec![team.card.team],
        subject: Some("Decubitus kamer 4".into()),
        text: Some(text.into()),
        attachments: false,
        urgent: None,
    };
    Ok(device.ask(start).await?)
}

async fn lists(device: &Device, conversation: ConversationId) -> Result<bool> {
    let rows = device.overview().await?.rows;
    Ok(rows.iter().any(|row| row.conversation == conversation))
}

/// The lines of a conversation, without its messages; and whether they are about oneself.
async fn lines(device: &Device, conversation: ConversationId) -> Result<Vec<(Line, bool)>> {
    let rows = device.rows(conversation).await?;
    let line = |row| match row {
        Row::Line(line) => Some((line.line, line.about_me)),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(line).collect())
}

struct Ward {
    world: TestNetwork,
    anna: Clinician,
    karim: Clinician,
    fatma: Clinician,
    team: TeamId,
}

/// Anna of the practice; the wound team of home care, with Karim in it and Fatma not yet.
async fn ward() -> Result<Ward> {
    let world = TestNetwork::new().await?;
    let anna = world.clinician("Anna", world.practice).await?;
    let karim = world.clinician("Karim", world.home_care).await?;
    let fatma = world.clinician("Fatma", world.home_care).await?;
    let team = world.team("Team Wond", &[&karim]).await?;
    Ok(Ward {
        world,
        anna,
        karim,
        fatma,
        team,
    })
}

// O4, S2, P5, P10
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_new_team_member_sees_messages_from_then_on_and_one_who_leaves_nothing_more() -> Result<()> {
    let Ward {
        world,
        anna,
        karim,
        fatma,
        team,
    } = ward().await?;
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let fatmas = world.device(&fatma, "pc").await?;
    let consult = with_team(&annas, "Team Wond", "Eerste").await?;
    karims.sees(consult, &["Eerste"]).await?;

    world.joins_team(&fatma, team).await?;
    fatmas
        .until("it is listed", async |device| lists(device, consult).await)
        .await?;
    annas.says(consult, "Tweede").await?;
    fatmas.sees(consult, &["Tweede"]).await?;
    annas
        .until("three take part", async |device| {
            Ok(device.conversation(consult).await?.participants.len() == 3)
        })
        .await?;
    let view = annas.conversation(consult).await?;
    assert_eq!(
        (view.teams.len(), view.teams[0].members, view.teams[0].outside),
        (1, 2, true)
    );
    let of_fatma = view
        .participants
        .iter()
        .find(|one| one.card.membership == fatma.membership);
    assert_eq!(of_fatma.context("she takes part")?.by_teams, ["Team Wond"]);

    world.leaves_team(&karim, team).await?;
    karims
        .until("it is gone", async |device| Ok(!lists(device, consult).await?))
        .await?;
    annas.says(consult, "Derde").await?;
    fatmas.sees(consult, &["Tweede", "Derde"]).await?;
    let shown = lines(&fatmas, consult).await?;
    let (team, fatma, karim) = (
        "Team Wond".to_owned(),
        "Fatma de Wit".to_owned(),
        "Karim de Wit".to_owned(),
    );
    let joined = |names: Vec<String>| Line::TeamJoined {
        team: team.clone(),
        names,
    };
    let left = Line::TeamLeft {
        team: team.clone(),
        names: vec![karim],
    };
    assert!(shown.contains(&(left, false)), "{shown:?}");
    assert!(
        shown.contains(&(joined(Vec::new()), true)),
        "she came in herself: {shown:?}"
    );
    let shown = lines(&annas, consult).await?;
    assert!(shown.contains(&(joined(vec![fatma]), false)), "{shown:?}");
    Ok(())
}

// O4
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_member_invited_by_name_stays_when_they_leave_the_team() -> Result<()> {
    let Ward {
        world,
        anna,
        karim,
        team,
        ..
    } = ward().await?;
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let consult = with_team(&annas, "Team Wond", "Eerste").await?;
    karims.sees(consult, &["Eerste"]).await?;
    annas.adds(consult, &karim).await?;
    annas.has_sent_all().await?;
    world.leaves_team(&karim, team).await?;
    annas.says(consult, "Nog steeds").await?;
    karims.sees(consult, &["Eerste", "Nog steeds"]).await
}

// A2, P1
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_group_that_its_owner_deletes_is_gone_from_everyones_devices_also_one_that_was_away() -> Result<()>
{
    let Ward {
        world, anna, karim, ..
    } = ward().await?;
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let consult = annas.start_group(&[&karim], "Bij vergissing begonnen").await?;
    karims.sees(consult, &["Goedemorgen"]).await?;
    let refused = karims
        .ask::<()>(ApiRequest::DeleteConversation {
            conversation: consult,
        })
        .await;
    // The device would ask; the server refuses, and nothing is lost.
    assert!(refused.is_ok());
    karims
        .until("it was refused", async |device| {
            let rows = device.rows(consult).await?;
            Ok(rows.iter().any(|row| matches!(row, Row::Line(line) if line.state == (client::api::view::MessageState::Refused { refusal: Refusal::OnlyTheOwner }))))
        })
        .await?;
    karims.go_offline();
    annas
        .ask::<()>(ApiRequest::DeleteConversation {
            conversation: consult,
        })
        .await?;
    annas.has_sent_all().await?;
    annas
        .until("it is gone", async |device| Ok(!lists(device, consult).await?))
        .await?;
    karims.says(consult, "Ik schrijf nog iets").await?;
    karims.go_online();
    karims
        .until("it is gone", async |device| Ok(!lists(device, consult).await?))
        .await?;
    let gone = karims.conversation(consult).await.map(|_| ());
    let none = Refusal::NoSuchConversation;
    assert_eq!(gone, Err(ApiError::Refused { refusal: none }));
    let text = || async {
        let session: client::api::view::SessionView = karims.ask(ApiRequest::Session {}).await?;
        Ok::<_, anyhow::Error>(match session {
            client::api::view::SessionView::SignedIn { me } => me.recovered,
            _ => Vec::new(),
        })
    };
    karims
        .until("what was not sent is kept", async |_| {
            Ok(text()
                .await?
                .iter()
                .any(|kept| kept.text.body == "Ik schrijf nog iets"))
        })
        .await
}

// M9
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_user_with_a_conversation_open_learns_who_reads_it() -> Result<()> {
    let Ward {
        world, anna, karim, ..
    } = ward().await?;
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let consult = annas.start_direct(&karim, "Heeft u dit gezien?").await?;
    karims.sees(consult, &["Heeft u dit gezien?"]).await?;
    annas.has_sent_all().await?;
    let asked = annas
        .message(consult, "Heeft u dit gezien?")
        .await?
        .number
        .context("accepted")?;
    let watch = ApiRequest::Watch {
        conversation: Some(consult),
    };
    annas.ask::<()>(watch).await?;
    let has_read = async |device: &Device| -> Result<bool> {
        let readers: Vec<ReaderView> = device
            .ask(ApiRequest::Readers {
                conversation: consult,
            })
            .await?;
        Ok(readers
            .iter()
            .any(|reader| reader.name == "Karim de Wit" && reader.number >= asked))
    };
    annas
        .until("who reads along is known", async |device| {
            let readers: Vec<ReaderView> = device
                .ask(ApiRequest::Readers {
                    conversation: consult,
                })
                .await?;
            Ok(!readers.is_empty())
        })
        .await?;
    assert!(!has_read(&annas).await?, "he has not read it");
    karims.reads(consult, asked).await?;
    annas
        .until("he has read it", async |device| has_read(device).await)
        .await?;
    annas.ask::<()>(ApiRequest::Watch { conversation: None }).await?;
    let readers: Vec<ReaderView> = annas
        .ask(ApiRequest::Readers {
            conversation: consult,
        })
        .await?;
    assert!(readers.is_empty(), "only of what is open");
    Ok(())
}

// M9, P5
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_later_participant_is_not_shown_as_a_reader_of_earlier_messages() -> Result<()> {
    let Ward {
        world,
        anna,
        karim,
        fatma,
        ..
    } = ward().await?;
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let fatmas = world.device(&fatma, "pc").await?;
    let consult = annas.start_group(&[&karim], "Wond mevrouw V.").await?;
    annas.says(consult, "Is de rand warm?").await?;
    annas.adds(consult, &fatma).await?;
    karims.sees(consult, &["Goedemorgen", "Is de rand warm?"]).await?;
    fatmas
        .until("it is listed", async |device| lists(device, consult).await)
        .await?;
    let asked = karims.message(consult, "Is de rand warm?").await?.number;
    let asked = asked.context("accepted")?;
    let watch = ApiRequest::Watch {
        conversation: Some(consult),
    };
    annas.ask::<()>(watch).await?;
    let since = async |name: &str| -> Result<Option<ReaderView>> {
        let readers: Vec<ReaderView> = annas
            .ask(ApiRequest::Readers {
                conversation: consult,
            })
            .await?;
        Ok(readers.into_iter().find(|reader| reader.name == name))
    };
    annas
        .until("who takes part is known", async |_| {
            Ok(since("Fatma de Wit").await?.is_some())
        })
        .await?;
    let reader = since("Fatma de Wit").await?.context("she takes part")?;
    assert!(reader.from > asked, "she had not come yet: {reader:?}");
    let reader = since("Karim de Wit").await?.context("he takes part")?;
    assert!(reader.from < asked && reader.number < asked, "{reader:?}");

    // Nor when she has read all that was said since.
    annas.says(consult, "Fatma, kijk je mee?").await?;
    fatmas.sees(consult, &["Fatma, kijk je mee?"]).await?;
    let last = fatmas.message(consult, "Fatma, kijk je mee?").await?.number;
    let last = last.context("accepted")?;
    fatmas.reads(consult, last).await?;
    annas
        .until("she has read it", async |_| {
            Ok(since("Fatma de Wit")
                .await?
                .is_some_and(|reader| reader.number >= last))
        })
        .await?;
    let reader = since("Fatma de Wit").await?.context("she takes part")?;
    assert!(reader.from > asked, "{reader:?}");
    Ok(())
}
