//! Two clinicians of different organisations consult each other.

use anyhow::{Context as _, Result};
use client::api::ApiRequest;
use client::api::view::{MessageState, Quote, Row, SyncStatus};
use conversation::{Refusal, Timestamp};
use stories::test_network::TestNetwork;

// S1, I1, M7
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn two_clinicians_of_different_organisations_consult_each_other() -> Result<()> {
    let world = TestNetwork::new().await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;

    let consult = annas
        .start_direct(&karim, "Heeft u de wond van kamer 12 gezien?")
        .await?;
    karims
        .until("it is unread", async |device| {
            Ok(device.overview().await?.unread == 1)
        })
        .await?;
    let row = karims.overview().await?.rows.remove(0);
    assert_eq!(
        (row.unread, row.outside, row.title.as_str()),
        (1, true, "Anna de Wit")
    );
    let theirs = row.conversation;
    karims
        .sees(theirs, &["Heeft u de wond van kamer 12 gezien?"])
        .await?;

    let question = karims
        .message(theirs, "Heeft u de wond van kamer 12 gezien?")
        .await?;
    karims
        .replies(theirs, question.message, "Ja, vanochtend. De rand is rood.")
        .await?;
    let both = [
        "Heeft u de wond van kamer 12 gezien?",
        "Ja, vanochtend. De rand is rood.",
    ];
    annas.sees(consult, &both).await?;
    let answer = annas.message(consult, both[1]).await?;
    assert!(matches!(answer.quote, Some(Quote::Available { me: true, .. })));
    let said = karims.message(theirs, both[1]).await?;
    assert!(matches!(said.quote, Some(Quote::Available { me: false, .. })));
    assert!(answer.author.outside && !answer.author.me);
    annas.has_sent_all().await?;
    assert_eq!(annas.state_of(consult, both[0]).await?, MessageState::Accepted);
    Ok(())
}

// F3, M7
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn one_goes_offline_reads_everything_writes_and_comes_back_and_nothing_is_lost_or_doubled() -> Result<()>
{
    let world = TestNetwork::new().await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let consult = annas.start_direct(&karim, "Eerste").await?;
    karims.sees(consult, &["Eerste"]).await?;

    karims.go_offline();
    karims.sees(consult, &["Eerste"]).await?;
    karims.says(consult, "Vanuit de kelder").await?;
    karims.says(consult, "Nog een").await?;
    annas.says(consult, "Intussen").await?;
    annas.has_sent_all().await?;
    let karims = karims.restart().await;
    karims
        .sees(consult, &["Eerste", "Vanuit de kelder", "Nog een"])
        .await?;
    let sync_status: SyncStatus = karims.ask(ApiRequest::SyncStatus {}).await?;
    assert_eq!(sync_status.waiting, 2);

    world.clock.advance(5 * Timestamp::MINUTE);
    karims.go_online();
    let all = ["Eerste", "Intussen", "Vanuit de kelder", "Nog een"];
    karims.sees(consult, &all).await?;
    annas.sees(consult, &all).await?;
    assert!(annas.message(consult, "Nog een").await?.written_at.is_some());
    Ok(())
}

// M7
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_lost_answer_sends_nothing_twice() -> Result<()> {
    let world = TestNetwork::new().await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let consult = annas.start_direct(&karim, "Eerste").await?;
    annas.has_sent_all().await?;
    annas.lose_next_answer();
    annas.says(consult, "Tweede").await?;
    annas.has_sent_all().await?;
    karims.sees(consult, &["Eerste", "Tweede"]).await?;
    annas.sees(consult, &["Eerste", "Tweede"]).await
}

// S1
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn two_offline_starts_of_the_same_direct_conversation_become_one() -> Result<()> {
    let world = TestNetwork::new().await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    annas.knows(&karim).await?;
    karims.knows(&anna).await?;
    annas.go_offline();
    karims.go_offline();
    let first = annas.start_direct(&karim, "Van Anna").await?;
    let second = karims.start_direct(&anna, "Van Karim").await?;
    assert_ne!(first, second);
    annas.go_online();
    annas.has_sent_all().await?;
    karims.go_online();
    let both = ["Van Anna", "Van Karim"];
    karims.sees(second, &both).await?;
    annas.sees(first, &both).await?;
    assert_eq!(karims.overview().await?.rows.len(), 1);
    // The id that Karim's device made stands for the one conversation, for ever.
    karims.says(second, "En verder").await?;
    annas.sees(first, &["Van Anna", "Van Karim", "En verder"]).await
}

// F3
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_command_that_depends_on_a_refused_one_is_refused_with_it_and_every_text_is_kept() -> Result<()> {
    let world = TestNetwork::new().await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let group = annas.start_group(&[&karim], "Wondzorg").await?;
    karims.sees(group, &["Goedemorgen"]).await?;
    karims.go_offline();
    karims.says(group, "Te laat").await?;
    let late = karims.message(group, "Te laat").await?;
    karims.replies(group, late.message, "Bij mijn vorige").await?;
    annas
        .ask::<()>(ApiRequest::Archive {
            conversation: group,
            everyone: true,
        })
        .await?;
    annas.has_sent_all().await?;
    karims.go_online();
    karims
        .until("both are refused", async |device| {
            Ok(device.ask::<SyncStatus>(ApiRequest::SyncStatus {}).await?.failed == 2)
        })
        .await?;
    let refused = |refusal| MessageState::Refused { refusal };
    assert_eq!(
        karims.state_of(group, "Te laat").await?,
        refused(Refusal::ConversationArchived)
    );
    let second = karims.state_of(group, "Bij mijn vorige").await?;
    assert!(matches!(second, MessageState::Refused { .. }), "{second:?}");
    Ok(())
}

// M7
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_message_that_waited_for_more_than_a_day_asks_before_it_is_sent() -> Result<()> {
    let world = TestNetwork::new().await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let consult = annas.start_direct(&karim, "Eerste").await?;
    karims.sees(consult, &["Eerste"]).await?;
    annas.has_sent_all().await?;
    annas.go_offline();
    annas.says(consult, "Van eergisteren").await?;
    world.clock.advance(Timestamp::DAY + Timestamp::HOUR);
    annas.says(consult, "Van nu").await?;
    annas.go_online();
    annas
        .until("it asks", async |device| {
            Ok(device.ask::<SyncStatus>(ApiRequest::SyncStatus {}).await?.stale == 2)
        })
        .await?;
    karims.says(consult, "Hoort u mij?").await?;
    annas
        .sees(consult, &["Eerste", "Hoort u mij?", "Van eergisteren", "Van nu"])
        .await?;
    annas
        .ask::<()>(ApiRequest::SendStale {
            conversation: consult,
        })
        .await?;
    karims
        .sees(consult, &["Eerste", "Hoort u mij?", "Van eergisteren", "Van nu"])
        .await
}

// P10, P6
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_member_who_leaves_sees_the_conversation_go_and_the_others_see_a_line() -> Result<()> {
    let world = TestNetwork::new().await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let group = annas.start_group(&[&karim], "Wondzorg").await?;
    karims.sees(group, &["Goedemorgen"]).await?;
    karims.leaves(group).await?;
    karims
        .until("it went", async |device| {
            Ok(device.overview().await?.rows.is_empty())
        })
        .await?;
    annas.until("the line is there", async |device| {
        let rows = device.rows(group).await?;
        Ok(matches!(rows.last(), Some(Row::Line(line)) if matches!(line.line, client::api::view::Line::Left { ended: false })))
    })
    .await?;
    // U2: the answer of the API to it.
    karims
        .until("nothing of it is left", async |device| {
            Ok(device.conversation(group).await.is_err())
        })
        .await?;
    let gone = karims
        .conversation(group)
        .await
        .err()
        .context("it is still there")?;
    assert_eq!(
        gone,
        client::api::ApiError::Refused {
            refusal: Refusal::NoSuchConversation
        }
    );
    Ok(())
}

// O3, O8
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_new_organisation_is_found_once_it_shares_a_network() -> Result<()> {
    let world = TestNetwork::new().await?;
    let anna = world.clinician("Anna", world.practice).await?;
    let hospital = world.organisation("Ziekenhuis Oost").await?;
    let els = world.clinician("Els", hospital).await?;
    let annas = world.device(&anna, "pc").await?;
    let call = ApiRequest::Find {
        acting: anna.membership,
        query: "Els".into(),
        limit: 20,
    };
    let found: client::api::view::Found = annas.ask(call).await?;
    assert!(found.people.is_empty() && !found.offline);
    world.join(hospital).await?;
    annas.knows(&els).await
}
