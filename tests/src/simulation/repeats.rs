//! BS4: the same send repeated 10,000 times, after 400 days, and after restarts of the server, is one message.

use conversation::{Action, Command, ConversationId, Kind, Shape, Timestamp};
use platform::Clock as _;
use sync_server::store::LogStore as _;

use super::ports::{Broken, Must as _, Step, broken, now};
use super::simulated_system::SimulatedSystem;

const TIMES: usize = 10_000;
/// In one group, as a device that repeats in panic would fill it.
const TOGETHER: usize = 50;

/// How many answers were given, all of them the same.
pub fn repeats() -> Result<u64, Broken> {
    let mut system = SimulatedSystem::new(4, None, false)?;
    system.stormy = false;
    let [anna, bram] = [0, 1].map(|person| system.cast.people[person].memberships[0]);
    let conversation = ConversationId(system.new_id());
    let start = Action::Start {
        teams: Vec::new(),
        shape: Shape::Group,
        with: vec![bram],
        subject: Some("Wondzorg".to_owned()),
        message: None,
    };
    system.act_directly(anna, conversation, start)?;
    let message = system.new_message("een keer");
    let post = system.command(anna, conversation, Action::Post { message });
    repeat(&mut system, &post, TIMES)?;
    // Refusals are forgotten after 400 days; what was done never is.
    system.clock.advance(401 * Timestamp::DAY);
    let before = Timestamp(system.clock.now().0 - 400 * Timestamp::DAY);
    now(system.server.store.forget_refusals(before))?.must("the store")?;
    system.say_directly(bram, conversation, "intussen")?;
    repeat(&mut system, &post, TOGETHER)?;
    system.crash_server()?;
    repeat(&mut system, &post, TOGETHER)?;
    let log = system.oracle.logs.get(&conversation).must("the log is gone")?;
    let messages = log
        .events
        .iter()
        .filter(|event| matches!(event.header.kind, Kind::Posted { .. }));
    match messages.count() {
        2 => Ok(system.counts.of("commands accepted")),
        other => broken(format!("one send and another became {other} messages")),
    }
}

/// The oracle holds every answer against the first.
fn repeat(system: &mut SimulatedSystem, command: &Command, times: usize) -> Step {
    let mut left = times;
    while left > 0 {
        let together = left.min(TOGETHER);
        for _ in 0..together {
            let write_request = system.write_request(command)?;
            system.server.inbox.push(write_request);
        }
        system.commit(together)?;
        system.network.packets.clear();
        left -= together;
    }
    Ok(())
}
