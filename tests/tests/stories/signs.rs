//! What the desktop shows of what came in.

use anyhow::Result;
use client::door::Call;
use client::door::view::{Settings, Telling};
use client::notices::{About, Notice};
use stories::world::{Device, World};

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
async fn a_message_is_told_of_once_by_name_without_its_text_and_withdrawn_when_read_elsewhere() -> Result<()>
{
    let world = World::new().await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let laptop = world.device(&karim, "laptop").await?;
    assert_eq!(karims.signs(false).await?.unread, 0);
    let consult = annas.start_direct(&karim, "De wond is rood").await?;
    has_unread(&karims, 1).await?;

    let signs = karims.signs(false).await?;
    assert_eq!(signs.unread, 1);
    let [
        Notice::One {
            conversation,
            messages: 1,
            who,
            what: None,
            ..
        },
    ] = &signs.show[..]
    else {
        anyhow::bail!("one notification is to be given: {:?}", signs.show);
    };
    assert_eq!((*conversation, who.as_deref()), (consult, Some("Anna de Wit")));
    // Neither a second look nor a restart tells of it again.
    assert!(karims.signs(false).await?.show.is_empty());
    let karims = karims.restart().await;
    karims.is_current().await?;
    let signs = karims.signs(false).await?;
    assert_eq!((signs.unread, signs.show.len()), (1, 0));

    annas.says(consult, "En warm").await?;
    karims.sees(consult, &["De wond is rood", "En warm"]).await?;
    assert_eq!(karims.signs(false).await?.show.len(), 1);
    laptop.sees(consult, &["De wond is rood", "En warm"]).await?;
    let number = laptop.conversation(consult).await?.last;
    laptop
        .ask::<()>(Call::Read {
            conversation: consult,
            number,
        })
        .await?;
    has_unread(&karims, 0).await?;
    let signs = karims.signs(false).await?;
    assert_eq!(
        (signs.unread, signs.withdraw),
        (0, vec![About::Conversation(consult)])
    );
    Ok(())
}

// N1
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_looked_at_needs_no_notification_and_many_at_once_are_one() -> Result<()> {
    let world = World::new().await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    karims.signs(false).await?;
    let consult = annas.start_direct(&karim, "Eerste").await?;
    has_unread(&karims, 1).await?;
    let conversation = Some(consult);
    karims.ask::<()>(Call::Watch { conversation }).await?;
    assert!(karims.signs(true).await?.show.is_empty());
    // It was seen, so it is told of no more when one turns away.
    assert!(karims.signs(false).await?.show.is_empty());

    karims.go_offline();
    for subject in ["Een", "Twee", "Drie", "Vier"] {
        annas.start_group(&[&karim], subject).await?;
    }
    annas.has_sent_all().await?;
    karims.go_online();
    has_unread(&karims, 5).await?;
    assert_eq!(
        karims.signs(false).await?.show,
        [Notice::Many { conversations: 4 }]
    );
    Ok(())
}

// N1
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_notification_tells_as_much_as_one_chose() -> Result<()> {
    let world = World::new().await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    karims.signs(false).await?;
    let consult = annas.start_direct(&karim, "Eerste").await?;
    has_unread(&karims, 1).await?;
    karims.signs(false).await?;
    let cases = [
        (Telling::Nothing, None, None),
        (Telling::Who, Some("Anna de Wit"), None),
        (Telling::WhoAndWhat, Some("Anna de Wit"), Some("De wond is rood")),
    ];
    let mut seen = vec!["Eerste"];
    for (telling, who, what) in cases {
        let settings = Settings {
            telling,
            ..karims.settings().await?
        };
        karims.ask::<Settings>(Call::SaveSettings { settings }).await?;
        annas.says(consult, "De wond is rood").await?;
        seen.push("De wond is rood");
        karims.sees(consult, &seen).await?;
        let signs = karims.signs(false).await?;
        let [
            Notice::One {
                who: told,
                what: said,
                ..
            },
        ] = &signs.show[..]
        else {
            anyhow::bail!("one notification is to be given: {:?}", signs.show);
        };
        assert_eq!((told.as_deref(), said.as_deref()), (who, what));
    }
    Ok(())
}
