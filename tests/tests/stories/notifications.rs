//! Notifications of the messages that came in.

use anyhow::Result;
use client::api::ApiRequest;
use client::api::view::NotificationDetail;
use client::model::Draft;
use client::notifier::{About, DesktopStatus, Notice};
use conversation::text::MENTION;
use conversation::{ConversationId, MessageText, Seq, Timestamp};
use platform::Clock;
use stories::test_network::{Clinician, Device, TestNetwork};

async fn has_unread(device: &Device, unread: u32) -> Result<()> {
    device
        .until("it is unread", async |device| {
            Ok(device.overview().await?.unread == unread)
        })
        .await?;
    device.is_current().await
}

// N1
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_message_is_notified_of_once_by_name_without_its_text_and_withdrawn_when_read_elsewhere()
-> Result<()> {
    let world = TestNetwork::new().await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let laptop = world.device(&karim, "laptop").await?;
    assert_eq!(karims.desktop_status(false).await?.unread, 0);
    let consult = annas.start_direct(&karim, "De wond is rood").await?;
    has_unread(&karims, 1).await?;

    let desktop_status = karims.desktop_status(false).await?;
    assert_eq!(desktop_status.unread, 1);
    let [
        Notice::One {
            conversation,
            messages: 1,
            who,
            what: None,
            ..
        },
    ] = &desktop_status.show[..]
    else {
        anyhow::bail!("one notification is to be given: {:?}", desktop_status.show);
    };
    assert_eq!((*conversation, who.as_deref()), (consult, Some("Anna de Wit")));
    // Neither a second look nor a restart notifies of it again.
    assert!(karims.desktop_status(false).await?.show.is_empty());
    let karims = karims.restart().await;
    karims.is_current().await?;
    let desktop_status = karims.desktop_status(false).await?;
    assert_eq!((desktop_status.unread, desktop_status.show.len()), (1, 0));

    annas.says(consult, "En warm").await?;
    karims.sees(consult, &["De wond is rood", "En warm"]).await?;
    assert_eq!(karims.desktop_status(false).await?.show.len(), 1);
    laptop.sees(consult, &["De wond is rood", "En warm"]).await?;
    let number = laptop.conversation(consult).await?.last;
    laptop
        .ask::<()>(ApiRequest::Read {
            conversation: consult,
            number,
        })
        .await?;
    has_unread(&karims, 0).await?;
    let desktop_status = karims.desktop_status(false).await?;
    assert_eq!(
        (desktop_status.unread, desktop_status.withdraw),
        (0, vec![About::Conversation(consult)])
    );
    Ok(())
}

// N1
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_message_on_the_screen_needs_no_notification_and_many_at_once_share_one() -> Result<()> {
    let world = TestNetwork::new().await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    karims.desktop_status(false).await?;
    let consult = annas.start_direct(&karim, "Eerste").await?;
    has_unread(&karims, 1).await?;
    let conversation = Some(consult);
    karims.ask::<()>(ApiRequest::Watch { conversation }).await?;
    assert!(karims.desktop_status(true).await?.show.is_empty());
    // It was seen, so there is no notification of it when one turns away.
    assert!(karims.desktop_status(false).await?.show.is_empty());

    karims.go_offline();
    for subject in ["Een", "Twee", "Drie", "Vier"] {
        annas.start_group(&[&karim], subject).await?;
    }
    annas.has_sent_all().await?;
    karims.go_online();
    has_unread(&karims, 5).await?;
    assert_eq!(
        karims.desktop_status(false).await?.show,
        [Notice::Many { conversations: 4 }]
    );
    Ok(())
}

// N1
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_notification_shows_as_much_as_one_chose() -> Result<()> {
    let world = TestNetwork::new().await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    karims.desktop_status(false).await?;
    let consult = annas.start_direct(&karim, "Eerste").await?;
    has_unread(&karims, 1).await?;
    karims.desktop_status(false).await?;
    let cases = [
        (NotificationDetail::Nothing, None, None),
        (NotificationDetail::Who, Some("Anna de Wit"), None),
        (
            NotificationDetail::WhoAndWhat,
            Some("Anna de Wit"),
            Some("De wond is rood"),
        ),
    ];
    let mut seen = vec!["Eerste"];
    for (telling, who, what) in cases {
        karims.set("notifications.detail", telling).await?;
        annas.says(consult, "De wond is rood").await?;
        seen.push("De wond is rood");
        karims.sees(consult, &seen).await?;
        let desktop_status = karims.desktop_status(false).await?;
        let [
            Notice::One {
                who: sender,
                what: said,
                ..
            },
        ] = &desktop_status.show[..]
        else {
            anyhow::bail!("one notification is to be given: {:?}", desktop_status.show);
        };
        assert_eq!((sender.as_deref(), said.as_deref()), (who, what));
    }
    Ok(())
}

async fn tells_all(device: &Device) -> Result<()> {
    device
        .set("notifications.detail", NotificationDetail::WhoAndWhat)
        .await?;
    Ok(())
}

/// Looks until there is something to show, to change or to withdraw.
async fn happens(device: &Device) -> Result<DesktopStatus> {
    let mut found = None;
    device
        .until("something happens on the desktop", async |device| {
            let desktop_status = device.desktop_status(false).await?;
            let some =
                desktop_status.show.len() + desktop_status.replace.len() + desktop_status.withdraw.len() > 0;
            found = Some(desktop_status).filter(|_| some);
            Ok(some)
        })
        .await?;
    found.ok_or_else(|| anyhow::anyhow!("it happened"))
}

fn words(notices: &[Notice]) -> Vec<(u32, Option<&str>)> {
    let of = |notice| match notice {
        &Notice::One {
            messages, ref what, ..
        } => (messages, what.as_deref()),
        Notice::Mention { what, .. } => (0, what.as_deref()),
        Notice::Urgent { messages, what, .. } => (*messages, what.as_deref()),
        Notice::Many { .. } => (99, None),
    };
    notices.iter().map(of).collect()
}

fn naming(who: &Clinician, words: &str) -> MessageText {
    MessageText {
        body: format!("{MENTION} {words}"),
        mentions: vec![who.membership],
    }
}

/// Anna's and Karim's devices in a group of theirs, Karim's with full notifications.
async fn two(world: &TestNetwork) -> Result<(Device, Device, Clinician, ConversationId)> {
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    tells_all(&karims).await?;
    karims.desktop_status(false).await?;
    let consult = annas.start_group(&[&karim], "Wondzorg").await?;
    karims.sees(consult, &["Goedemorgen"]).await?;
    let last = karims.conversation(consult).await?.last;
    karims.reads(consult, last).await?;
    karims.is_current().await?;
    karims.desktop_status(false).await?;
    Ok((annas, karims, karim, consult))
}

// N1, M4
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_deleted_message_takes_its_words_out_of_the_notification_and_is_not_unread() -> Result<()> {
    let world = TestNetwork::new().await?;
    let (annas, karims, _, consult) = two(&world).await?;
    annas.says(consult, "Hb < 6 & koorts").await?;
    let desktop_status = happens(&karims).await?;
    assert_eq!(words(&desktop_status.show), [(1, Some("Hb < 6 & koorts"))]);
    annas.has_sent_all().await?;
    let message = annas.message(consult, "Hb < 6 & koorts").await?.message;
    annas.deletes(consult, message).await?;
    let desktop_status = happens(&karims).await?;
    assert_eq!(desktop_status.withdraw, [About::Conversation(consult)]);
    assert_eq!(
        (
            desktop_status.unread,
            desktop_status.show.len(),
            desktop_status.replace.len()
        ),
        (0, 0, 0)
    );

    // Of two that shared a notification, the other stays.
    karims.go_offline();
    annas.says(consult, "Eerst dit").await?;
    annas.says(consult, "Verkeerde patiënt").await?;
    annas.has_sent_all().await?;
    karims.go_online();
    let desktop_status = happens(&karims).await?;
    assert_eq!(words(&desktop_status.show), [(2, Some("Verkeerde patiënt"))]);
    let message = annas.message(consult, "Verkeerde patiënt").await?.message;
    annas.deletes(consult, message).await?;
    let desktop_status = happens(&karims).await?;
    assert_eq!(words(&desktop_status.replace), [(1, Some("Eerst dit"))]);
    assert_eq!(
        (
            desktop_status.unread,
            desktop_status.show.len(),
            desktop_status.withdraw.len()
        ),
        (1, 0, 0)
    );
    Ok(())
}

// N1, M4
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_message_written_and_deleted_while_one_was_away_is_neither_notified_of_nor_unread() -> Result<()> {
    let world = TestNetwork::new().await?;
    let (annas, karims, _, consult) = two(&world).await?;
    karims.go_offline();
    annas.says(consult, "Verkeerde patiënt").await?;
    annas.has_sent_all().await?;
    let message = annas.message(consult, "Verkeerde patiënt").await?.message;
    annas.deletes(consult, message).await?;
    annas.has_sent_all().await?;
    karims.go_online();
    karims
        .until("the mark is there", async |device| {
            Ok(device.texts(consult).await? == ["Goedemorgen", "[deleted]"])
        })
        .await?;
    karims.is_current().await?;
    let desktop_status = karims.desktop_status(false).await?;
    assert_eq!((desktop_status.unread, desktop_status.show.len()), (0, 0));
    assert_eq!(karims.overview().await?.unread, 0);
    Ok(())
}

// N1, M3
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_edited_message_changes_its_notification_and_is_not_notified_of_again() -> Result<()> {
    let world = TestNetwork::new().await?;
    let (annas, karims, _, consult) = two(&world).await?;
    annas.says(consult, "20 mg").await?;
    assert_eq!(words(&happens(&karims).await?.show), [(1, Some("20 mg"))]);
    annas.has_sent_all().await?;
    let message = annas.message(consult, "20 mg").await?.message;
    annas.edits(consult, message, "2 mg").await?;
    let desktop_status = happens(&karims).await?;
    assert_eq!(words(&desktop_status.replace), [(1, Some("2 mg"))]);
    assert_eq!(
        (
            desktop_status.unread,
            desktop_status.show.len(),
            desktop_status.withdraw.len()
        ),
        (1, 0, 0)
    );
    let after = karims.desktop_status(false).await?;
    assert_eq!((after.replace.len(), after.show.len()), (0, 0));
    Ok(())
}

// P8, N1
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_edit_notifies_those_it_newly_names_once_and_withdraws_it_when_it_names_them_no_more() -> Result<()>
{
    let world = TestNetwork::new().await?;
    let (annas, karims, karim, consult) = two(&world).await?;
    annas.says(consult, "Wie kijkt mee?").await?;
    happens(&karims).await?;
    let last = karims.conversation(consult).await?.last;
    karims.reads(consult, last).await?;
    assert_eq!(happens(&karims).await?.withdraw, [About::Conversation(consult)]);
    annas.has_sent_all().await?;
    let message = annas.message(consult, "Wie kijkt mee?").await?.message;
    let about = About::Mention(consult, last);

    annas.edits(consult, message, naming(&karim, "kijkt u?")).await?;
    let desktop_status = happens(&karims).await?;
    assert_eq!(words(&desktop_status.show), [(0, Some("@Karim de Wit kijkt u?"))]);
    assert_eq!(
        (desktop_status.show[0].about(), desktop_status.unread),
        (about, 0)
    );
    annas.has_sent_all().await?;
    // The name stays, the words change.
    annas
        .edits(consult, message, naming(&karim, "kijkt u mee?"))
        .await?;
    let desktop_status = happens(&karims).await?;
    assert_eq!(
        words(&desktop_status.replace),
        [(0, Some("@Karim de Wit kijkt u mee?"))]
    );
    assert!(desktop_status.show.is_empty());
    annas.has_sent_all().await?;
    annas.edits(consult, message, "Laat maar").await?;
    assert_eq!(happens(&karims).await?.withdraw, [about]);
    annas.has_sent_all().await?;
    annas.edits(consult, message, naming(&karim, "toch wel")).await?;
    karims
        .sees(consult, &["Goedemorgen", &format!("{MENTION} toch wel")])
        .await?;
    assert!(karims.desktop_status(false).await?.show.is_empty(), "once");
    Ok(())
}

// P8, N1
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_mention_by_edit_is_notified_of_after_a_break_and_a_restart_once_together_with_new_messages()
-> Result<()> {
    let world = TestNetwork::new().await?;
    let (annas, karims, karim, consult) = two(&world).await?;
    annas.says(consult, "Wie kijkt mee?").await?;
    happens(&karims).await?;
    let last = karims.conversation(consult).await?.last;
    karims.reads(consult, last).await?;
    happens(&karims).await?;
    annas.has_sent_all().await?;
    let message = annas.message(consult, "Wie kijkt mee?").await?.message;
    karims.go_offline();
    annas.edits(consult, message, naming(&karim, "dus")).await?;
    annas.has_sent_all().await?;
    karims.go_online();
    karims
        .sees(consult, &["Goedemorgen", &format!("{MENTION} dus")])
        .await?;
    let karims = karims.restart().await;
    karims.is_current().await?;
    let desktop_status = happens(&karims).await?;
    assert_eq!(words(&desktop_status.show), [(0, Some("@Karim de Wit dus"))]);

    // Unread and notified of already: notified of again, because it names them since.
    annas.says(consult, "En dit?").await?;
    assert_eq!(words(&happens(&karims).await?.show), [(1, Some("En dit?"))]);
    annas.has_sent_all().await?;
    let message = annas.message(consult, "En dit?").await?.message;
    annas.edits(consult, message, naming(&karim, "en dit?")).await?;
    let desktop_status = happens(&karims).await?;
    assert_eq!(words(&desktop_status.show), [(1, Some("@Karim de Wit en dit?"))]);
    assert!(matches!(desktop_status.show[0], Notice::One { again: true, .. }));
    assert!(karims.desktop_status(false).await?.show.is_empty());
    Ok(())
}

/// Waits until a conversation is muted on a device, or is not.
async fn is_muted(device: &Device, conversation: ConversationId, muted: bool) -> Result<()> {
    device
        .until("it is muted or not", async |device| {
            Ok(device.conversation(conversation).await?.muted == muted)
        })
        .await
}

// N5, L2
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_conversation_muted_on_the_laptop_counts_on_the_pc_and_notifies_there_of_mentions_only()
-> Result<()> {
    let world = TestNetwork::new().await?;
    let (annas, karims, karim, consult) = two(&world).await?;
    let laptop = world.device(&karim, "laptop").await?;
    laptop.sees(consult, &["Goedemorgen"]).await?;
    let mute = |muted| ApiRequest::Mute {
        conversation: consult,
        muted,
    };
    laptop.ask::<()>(mute(true)).await?;
    is_muted(&karims, consult, true).await?;
    annas.says(consult, "Ik kom morgen").await?;
    has_unread(&karims, 1).await?;
    let desktop_status = karims.desktop_status(false).await?;
    assert_eq!((desktop_status.unread, desktop_status.show), (1, vec![]));
    annas.mentions(consult, &karim).await?;
    let desktop_status = happens(&karims).await?;
    assert_eq!(
        words(&desktop_status.show),
        [(1, Some("Kijkt u mee, @Karim de Wit?"))]
    );
    // An edit that mentions him, too, and a restart keeps it muted.
    let message = annas.message(consult, "Ik kom morgen").await?.message;
    let karims = karims.restart().await;
    karims.is_current().await?;
    karims.desktop_status(false).await?;
    annas.has_sent_all().await?;
    annas
        .edits(consult, message, naming(&karim, "om tien uur"))
        .await?;
    let desktop_status = happens(&karims).await?;
    assert_eq!(
        words(&desktop_status.show),
        [(2, Some("Kijkt u mee, @Karim de Wit?"))]
    );

    karims.ask::<()>(mute(false)).await?;
    is_muted(&laptop, consult, false).await?;
    annas.says(consult, "Tot morgen").await?;
    assert_eq!(words(&happens(&karims).await?.show), [(1, Some("Tot morgen"))]);
    Ok(())
}

// N5
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn in_quiet_hours_nothing_is_notified_of_and_at_their_end_once_what_is_still_unread() -> Result<()> {
    // Half past nine: there are twenty minutes of a meeting left.
    let world = TestNetwork::new().await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let laptop = world.device(&karim, "laptop").await?;
    for device in [&karims, &laptop] {
        device.desktop_status(false).await?;
    }
    let hours = serde_json::json!({ "from": "09:00", "to": "09:50" });
    karims.set("notifications.quiet_hours", hours).await?;
    laptop
        .until("it is quiet", async |laptop| {
            Ok(laptop.settings().await?.quiet_hours.value.is_some())
        })
        .await?;
    let read = annas.start_direct(&karim, "Wordt gelezen").await?;
    annas.start_group(&[&karim], "Blijft ongelezen").await?;
    let last = annas.start_group(&[&karim], "Ook ongelezen").await?;
    let end = Clock::now(&world.clock).plus(20 * Timestamp::MINUTE);
    for device in [&karims, &laptop] {
        has_unread(device, 3).await?;
        let desktop_status = device.desktop_status(false).await?;
        assert_eq!((desktop_status.unread, desktop_status.show), (3, vec![]));
        assert_eq!(desktop_status.look_again, Some(end));
    }
    let number = laptop.conversation(read).await?.last;
    laptop.reads(read, number).await?;
    has_unread(&karims, 2).await?;
    // The one is there throughout, the other ends and starts again when it is over.
    world.clock.advance(20 * Timestamp::MINUTE - 1);
    assert!(karims.desktop_status(false).await?.show.is_empty());
    world.clock.advance(1);
    let shared = [Notice::Many { conversations: 2 }];
    assert_eq!(karims.desktop_status(false).await?.show, shared);
    assert!(karims.desktop_status(false).await?.show.is_empty());
    let laptop = laptop.restart().await;
    laptop.is_current().await?;
    assert_eq!(happens(&laptop).await?.show, shared);
    annas.says(last, "En nu?").await?;
    assert_eq!(happens(&karims).await?.show.len(), 1);
    assert_eq!(karims.desktop_status(false).await?.look_again, None);
    Ok(())
}

// M10, N5
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_urgent_message_notifies_in_a_muted_conversation_until_it_is_read_and_its_reason_goes_with_it()
-> Result<()> {
    let world = TestNetwork::new().await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    assert_eq!(karims.desktop_status(false).await?.unread, 0);
    let consult = annas.start_direct(&karim, "De wond is rood").await?;
    has_unread(&karims, 1).await?;
    karims
        .ask::<()>(ApiRequest::Mute {
            conversation: consult,
            muted: true,
        })
        .await?;
    assert!(karims.desktop_status(false).await?.show.is_empty());
    let urgent = Draft {
        text: "Kun je nu kijken?".into(),
        urgent: Some("Koorts 39,8".to_owned()),
        ..Draft::default()
    };
    annas
        .ask::<()>(ApiRequest::SaveDraft {
            conversation: consult,
            draft: urgent,
        })
        .await?;
    annas
        .ask::<()>(ApiRequest::Send {
            conversation: consult,
        })
        .await?;
    karims
        .sees(consult, &["De wond is rood", "Kun je nu kijken?"])
        .await?;
    let status = karims.desktop_status(false).await?;
    let [
        Notice::Urgent {
            conversation,
            messages: 1,
            who,
            ..
        },
    ] = &status.show[..]
    else {
        anyhow::bail!("one urgent notification is to be given: {:?}", status.show);
    };
    assert_eq!((*conversation, who.as_deref()), (consult, Some("Anna de Wit")));
    // Again two minutes after it was accepted, by the server's time.
    assert!(karims.desktop_status(false).await?.show.is_empty());
    let again = status
        .look_again
        .ok_or_else(|| anyhow::anyhow!("it comes again"))?;
    let left = again.since(world.clock.now());
    assert!((0..=2 * Timestamp::MINUTE).contains(&left), "{left}");
    assert!(karims.overview().await?.rows.iter().any(|row| row.urgent));

    let reasons = async |device: &Device| -> Result<Vec<Option<String>>> {
        let messages = device.messages(consult).await?;
        let reasons = messages.into_iter().map(|message| message.urgent);
        Ok(reasons.map(|urgent| urgent.map(|urgent| urgent.reason)).collect())
    };
    let reason = Some("Koorts 39,8".to_owned());
    assert_eq!(reasons(&karims).await?, [None, reason.clone()]);
    // A text that is changed is as urgent as it was.
    let message = annas.messages(consult).await?[1].message;
    annas.edits(consult, message, "Kun je nu kijken? Kamer 4").await?;
    karims
        .sees(consult, &["De wond is rood", "Kun je nu kijken? Kamer 4"])
        .await?;
    assert_eq!(reasons(&karims).await?, [None, reason]);
    karims.reads(consult, Seq(4)).await?;
    assert_eq!(
        karims.desktop_status(false).await?.withdraw,
        [About::Urgent(consult)]
    );
    assert!(!karims.overview().await?.rows.iter().any(|row| row.urgent));
    Ok(())
}
