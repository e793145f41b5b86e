//! Looks at a conversation in which something happened: each participant whom mail may concern gets a job of their own.
//!
//! It looks twice. Commands leave no second mark while they count on one that they left before; had a server whose clock is ahead
//! looked by then, the messages in between would never be mailed. A delay after the first look no command counts on it any more.

use super::context::{JobContext, Next};
use crate::core::CoreError;
use crate::core::attention::AttendPayload;
use crate::store::{Append, LeasedJob};

pub(super) async fn attend(context: &JobContext, job: &LeasedJob) -> Result<Next, CoreError> {
    let core = context.core.as_ref();
    let attend: AttendPayload =
        serde_json::from_str(&job.payload).map_err(|_| CoreError::Broken("the payload of a job"))?;
    let now = core.now();
    let persons = core.store.unmailed(attend.conversation).await?;
    let mut append = Append {
        jobs: persons
            .into_iter()
            .map(|person| core.mail_job(person, now))
            .collect(),
        ..Append::default()
    };
    if let (false, Some(delay)) = (attend.second, core.mail_delay()) {
        let second = AttendPayload {
            second: true,
            ..attend
        };
        append.jobs.push(core.attend_job(&second, now.plus(delay)));
    }
    if !append.is_empty() {
        core.store.append(&append).await?;
    }
    Ok(Next::Done)
}
