use conversation::visibility::places;
use conversation::*;

use crate::ward::*;

// A2, P1
#[test]
fn the_owner_deletes_a_group_and_nobody_sees_it_any_more() {
    let mut ward = a_group();
    ward.says(BRAM, "Wond is dicht").unwrap();
    assert_eq!(
        ward.act(BRAM, Action::DeleteConversation),
        Err(Refusal::OnlyTheOwner)
    );
    ward.act(ANNA, Action::DeleteConversation).unwrap();
    for member in [ANNA, BRAM, CARLA] {
        assert!(places(ward.state(), &[member], false).is_empty());
        assert_eq!(
            ward.says(member, "Nog iets").unwrap_err(),
            Refusal::NoSuchConversation
        );
        assert_eq!(
            allowed(&ward.state().head, member, &ward.directory),
            Allowed::default()
        );
    }
    assert_eq!(ward.act(ANNA, Action::Reopen), Err(Refusal::NoSuchConversation));
    // The log keeps it all.
    assert_eq!(ward.log.len(), 3);
}

// A2, P1
#[test]
fn a_direct_conversation_has_no_owner_who_could_delete_it() {
    let mut ward = Ward::new();
    ward.start(ANNA, Shape::Direct, &[CARLA]).unwrap();
    let deleted = ward.act(ANNA, Action::DeleteConversation);
    assert_eq!(deleted, Err(Refusal::NotInADirectConversation));
}

// A2
#[test]
fn an_item_conversation_cannot_be_deleted() {
    let mut ward = about_the_item();
    let deleted = ward.act(CARLA, Action::DeleteConversation);
    assert_eq!(deleted, Err(Refusal::ItemConversationsAreKept));
    assert!(ward.says(CARLA, "Gaat door").is_ok());
}

// L3
#[test]
fn archiving_for_everyone_is_undone_by_its_author_and_by_the_owner() {
    let mut ward = a_group();
    ward.act(ANNA, Action::Archive).unwrap();
    assert_eq!(
        ward.says(BRAM, "Nog iets").unwrap_err(),
        Refusal::ConversationArchived
    );
    assert_eq!(ward.act(BRAM, Action::Reopen), Err(Refusal::OnlyTheOwner));
    assert!(ward.act(ANNA, Action::Reopen).is_ok());
    ward.act(ANNA, Action::Archive).unwrap();
    // The member who archived it may undo that, also when no longer its owner.
    ward.act(ANNA, Action::HandOver { to: BRAM }).unwrap();
    assert!(ward.act(ANNA, Action::Reopen).is_ok());
    // The owner undoes what another one did; and who is neither does not.
    ward.act(BRAM, Action::Archive).unwrap();
    ward.act(BRAM, Action::HandOver { to: CARLA }).unwrap();
    assert!(ward.act(ANNA, Action::Reopen).is_err());
    assert!(ward.act(CARLA, Action::Reopen).is_ok());
    assert!(ward.says(BRAM, "Nog iets").is_ok());
}
