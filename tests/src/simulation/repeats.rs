//! BS4: the same send repeated 10,000 times, after 400 days, and after restarts of the server, is one message.

use conversation::{Action, Command, ConversationId, Kind, Shape, Timestamp};
use sync_server::Clock as _;
use sync_server::store::Store as _;

use super::seam::{Broken, Must as _, Step, broken, now};
use super::world::World;

const TIMES: usize = 10_000;
/// In one group, as a device that repeats in panic would fill it.
const TOGETHER: usize = 50;

/// How many answers were given, all of them the same.
pub fn repeats() -> Result<u64, Broken> {
    let mut world = World::new(4, None, false)?;
    world.stormy = false;
    let [anna, bram] = [0, 1].map(|person| world.cast.people[person].memberships[0]);
    let conversation = ConversationId(world.new_id());
    let start = Action::Start {
        teams: Vec::new(),
        shape: Shape::Group,
        with: vec![bram],
        subject: Some("Wondzorg".to_owned()),
        message: None,
    };
    world.act_by_hand(anna, conversation, start)?;
    let message = world.new_message("een keer");
    let post = world.command(anna, conversation, Action::Post { message });
    repeat(&mut world, &post, TIMES)?;
    // Refusals are forgotten after 400 days; what was done never is.
    world.clock.advance(401 * Timestamp::DAY);
    let before = Timestamp(world.clock.now().0 - 400 * Timestamp::DAY);
    now(world.server.store.forget_refusals(before))?.must("the store")?;
    world.say_by_hand(bram, conversation, "intussen")?;
    repeat(&mut world, &post, TOGETHER)?;
    world.crash_server()?;
    repeat(&mut world, &post, TOGETHER)?;
    let log = world.oracle.logs.get(&conversation).must("the log is gone")?;
    let messages = log
        .events
        .iter()
        .filter(|event| matches!(event.header.kind, Kind::Posted { .. }));
    match messages.count() {
        2 => Ok(world.counts.of("commands accepted")),
        other => broken(format!("one send and another became {other} messages")),
    }
}

/// The oracle holds every answer against the first.
fn repeat(world: &mut World, command: &Command, times: usize) -> Step {
    let mut left = times;
    while left > 0 {
        let together = left.min(TOGETHER);
        for _ in 0..together {
            let wish = world.wish(command)?;
            world.server.inbox.push(wish);
        }
        world.commit(together)?;
        world.network.packets.clear();
        left -= together;
    }
    Ok(())
}
