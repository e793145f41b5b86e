//! Mail about what is unread, by what each professional chose on a device.

use anyhow::Result;
use stories::test_network::{Mailbox, TestNetwork};

// N2, N3
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_choice_on_one_device_keeps_mail_away_until_another_device_takes_it_back() -> Result<()> {
    let mailbox = Mailbox::open().await?;
    let world = TestNetwork::mailing(&mailbox).await?;
    let (anna, karim, els) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
        world.clinician("Els", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let laptop = world.device(&karim, "laptop").await?;
    for kind in ["mail.message", "mail.added", "mail.mentioned"] {
        karims.set(kind, false).await?;
    }
    laptop
        .until("the other device chose", async |device| {
            let settings = device.settings().await?;
            Ok(!settings.mail_message.value && !settings.mail_mentioned.value)
        })
        .await?;
    annas.start_group(&[&karim, &els], "Wondzorg").await?;
    annas.has_sent_all().await?;
    world.clock.advance(60_000);
    // Els chose nothing, and has the same conversation.
    let mail = mailbox.first_of(&els.login).await?;
    assert!(
        mail.header("Subject")
            .is_some_and(|subject| subject.contains("nieuw"))
    );
    assert!(mailbox.of(&karim.login).is_empty());

    laptop.set("mail.language", "en").await?;
    laptop.set("mail.message", true).await?;
    // The one mail that came to Karim is one of after the change.
    let mail = mailbox.first_of(&karim.login).await?;
    assert!(
        mail.header("Subject")
            .is_some_and(|subject| subject.contains("new"))
    );
    assert_eq!(mailbox.of(&karim.login).len(), 1);
    assert_eq!(mailbox.of(&els.login).len(), 1);
    Ok(())
}
