//! `sync-server`: the operator's command line.
//!
//! `init` makes the folder, the master key and the database; `serve` runs the server. All other commands speak to the
//! server that runs on the folder, through its socket there, and take effect at once; where none runs they open the
//! folder themselves. With `--json` the answer is one JSON object, for programs.

mod arguments;
mod output;
mod output_mail;
mod serving;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use platform::SystemClock;

use crate::config::Config;
use crate::core::Writer;
use crate::core::administer::{AdminActor, AdminResponse};
use crate::core::check::CheckProgress;
use crate::jobs::AttachmentFiles;
use crate::mail::SmtpMailer;
use crate::server::admin::{SocketAnswer, SocketRequest, UrgentRequest, with_link};
use crate::server::{Server, socket};
use arguments::{Arguments, Verb};

/// A sentence for the operator; nothing was done.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

pub fn main() -> ExitCode {
    // Files of this program are readable by its user only, also those that SQLite creates.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return misused(&error),
    };
    let json = arguments.json;
    match run(arguments) {
        Ok(code) => code,
        Err(failure) => {
            output::failure(json, failure.as_ref());
            ExitCode::FAILURE
        }
    }
}

/// Reports invalid arguments: status 2, with `--json` as one JSON object.
fn misused(error: &clap::Error) -> ExitCode {
    let as_json = std::env::args_os().skip(1).any(|argument| argument == "--json");
    if !(as_json && error.use_stderr()) {
        // Help and version are not errors.
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    }
    let said = error.render().to_string();
    let said = said.strip_prefix("error: ").unwrap_or(&said);
    output::failure(true, &*Failure::from(said.trim()));
    ExitCode::from(2)
}

fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let config = Config::read(
        arguments.config.as_deref(),
        std::env::vars(),
        &arguments.overrides(),
    )?;
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let json = arguments.json;
    match arguments.verb {
        Verb::Config => {
            // Its files are tried, too.
            SmtpMailer::of(&config, Arc::new(SystemClock))?;
            output::config(json, &config)?;
        }
        Verb::Init => {
            threads.block_on(initialise(&config))?;
            output::initialised(json, &config);
        }
        Verb::Serve => return threads.block_on(serving::serve(config)),
        Verb::Check => {
            let progress = output::Progress::default();
            let report = |at| progress.report(at);
            let checked = match threads.block_on(ask(&config, SocketRequest::Check, &report))? {
                SocketAnswer::Checked(checked) => checked,
                other => return Err(unexpected(&other)),
            };
            output::checked(json, &checked);
            if !checked.found.is_empty() {
                return Ok(ExitCode::FAILURE);
            }
        }
        Verb::Attachments { verb } => {
            let request = SocketRequest::Files(verb.request());
            let done = match threads.block_on(ask(&config, request, &|_| {}))? {
                SocketAnswer::Files(done) => done,
                other => return Err(unexpected(&other)),
            };
            if !output::files(json, &done) {
                return Ok(ExitCode::FAILURE);
            }
        }
        Verb::Mail { verb } => {
            let request = SocketRequest::Mail(verb.request());
            let done = match threads.block_on(ask(&config, request, &|_| {}))? {
                SocketAnswer::Mail(done) => done,
                other => return Err(unexpected(&other)),
            };
            if !output_mail::mail(json, &done) {
                return Ok(ExitCode::FAILURE);
            }
        }
        Verb::Urgent { organisation, days } => {
            let request = SocketRequest::Urgent(UrgentRequest { organisation, days });
            let done = match threads.block_on(ask(&config, request, &|_| {}))? {
                SocketAnswer::Urgent(done) => done,
                other => return Err(unexpected(&other)),
            };
            if !output::urgent(json, &done) {
                return Ok(ExitCode::FAILURE);
            }
        }
        Verb::Import(import) => {
            let (request, encoding) = import.request()?;
            output::read_as(encoding);
            let request = SocketRequest::Administer(request);
            let file = import.for_invitations()?;
            let imported = match threads.block_on(ask(&config, request, &|_| {}))? {
                SocketAnswer::Done(AdminResponse::Imported(imported)) => imported,
                other => return Err(unexpected(&other)),
            };
            output::imported(json, &imported, file.is_some())?;
            if let Some(file) = file {
                arguments::write_invitations(file, &imported.invitations)?;
            }
            if imported.refused() > 0 {
                return Ok(ExitCode::FAILURE);
            }
        }
        Verb::Administer(verb) => {
            let request = SocketRequest::Administer(verb.request());
            match threads.block_on(ask(&config, request, &|_| {}))? {
                SocketAnswer::Done(done) => output::done(json, &done)?,
                other => return Err(unexpected(&other)),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn initialise(config: &Config) -> Result<(), Failure> {
    let opened = Server::builder(config.clone()).initialise().open().await?;
    opened.close().await;
    Ok(())
}

/// Asks the server that runs on the folder, or opens the folder where none does.
async fn ask(
    config: &Config,
    request: SocketRequest,
    progress: &(dyn Fn(CheckProgress) + Send + Sync),
) -> Result<SocketAnswer, Failure> {
    if let Some(answer) = socket::ask(&config.data, &request, progress).await {
        return Ok(answer?);
    }
    let opened = Server::builder(config.clone()).open().await?;
    let answer = match &request {
        SocketRequest::Check => SocketAnswer::Checked(opened.core.check(progress).await?),
        SocketRequest::Files(request) => {
            let attachments = AttachmentFiles::of(config)?;
            SocketAnswer::Files(request.carry_out(&opened.core, &attachments).await?)
        }
        SocketRequest::Mail(request) => {
            let smtp = SmtpMailer::of(config, Arc::clone(&opened.core.clock))?;
            SocketAnswer::Mail(request.clone().carry_out(&opened.core, smtp.as_ref()).await?)
        }
        SocketRequest::Urgent(request) => SocketAnswer::Urgent(request.carry_out(&opened.core).await?),
        SocketRequest::Administer(request) => {
            let mut writer = Writer::open(Arc::clone(&opened.core)).await?;
            let actor = AdminActor::Operator {
                user: socket::own_user(),
            };
            let (done, _) = writer.administer(&actor, request).await?;
            match done {
                Ok(done) => SocketAnswer::Done(with_link(done, config.url.as_deref())),
                Err(refusal) => SocketAnswer::Refused(refusal),
            }
        }
    };
    opened.close().await;
    Ok(answer)
}

fn unexpected(answer: &SocketAnswer) -> Failure {
    match answer {
        SocketAnswer::Refused(refusal) => refusal.to_string().into(),
        SocketAnswer::Failed(code) => code.to_string().into(),
        SocketAnswer::Done(_)
        | SocketAnswer::Checking(_)
        | SocketAnswer::Checked(_)
        | SocketAnswer::Files(_)
        | SocketAnswer::Mail(_)
        | SocketAnswer::Urgent(_) => {
            "The running server is of another version than this program. Restart it.".into()
        }
    }
}
