//! One connection to the mail server: TCP, TLS, the greeting, signing in, and one mail after another.
//!
//! ```text
//!   starttls   TCP ─ greeting ─ EHLO ─ STARTTLS ─ TLS ─ EHLO ─ AUTH ─ (MAIL ─ RCPT ─ DATA ─ mail)*
//!   tls        TCP ─ TLS ─ greeting ─────────────────── EHLO ─ AUTH ─ ...
//!   none       TCP ─ greeting ───────────────────────── EHLO ─ ...
//! ```
//!
//! Everything up to TLS is done here: nothing that came in the open is kept, and without TLS neither the password nor a mail is sent.

use std::error::Error as _;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt, Rset, Starttls};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter, ServerInfo};
use lettre::transport::smtp::response::{Response, Severity};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::bounded::Bounded;
use super::compose::Composed;
use super::reply::{Failure, Fault, Reply, Stage};
use crate::config::MailSecurity;

/// In place of a greeting that was read already.
const GREETING: &[u8] = b"220 \r\n";

/// The mail server, and how we come to it.
#[derive(Debug)]
pub(super) struct MailServer {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: MailSecurity,
    pub(super) tls: Arc<ClientConfig>,
    pub(super) account: Option<(String, SecretString)>,
    /// Our own name, which it may write into its log.
    pub(super) hello: String,
    /// The time of one step.
    pub(super) step: Duration,
}

/// The version of TLS, or none.
pub(super) type Protection = Option<String>;

pub(super) struct Connection {
    smtp: AsyncSmtpConnection,
    step: Duration,
    pub(super) protection: Protection,
    /// Mails that went through it.
    pub(super) mails: u32,
}

fn failed(stage: Stage, fault: Fault) -> Failure {
    Failure { stage, fault }
}

/// Trust in the authority of a file, or in those of this machine.
pub(super) fn trust(authority: Option<&Path>) -> Result<ClientConfig, io::Error> {
    let mut roots = RootCertStore::empty();
    match authority {
        Some(path) => {
            let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            let certificates = read.map_err(io::Error::other)?;
            let (added, _) = roots.add_parsable_certificates(certificates);
            if added == 0 {
                return Err(io::Error::other("it holds no certificate"));
            }
        }
        None => {
            // One that this machine cannot read is one that it does not trust.
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(io::Error::other)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

async fn within<T>(
    step: Duration,
    stage: Stage,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Failure> {
    let done = tokio::time::timeout(step, work).await;
    done.unwrap_or(Err(Fault::Timeout))
        .map_err(|fault| failed(stage, fault))
}

impl Connection {
    /// Connects and signs in. `stage` says how far it is.
    pub(super) async fn open(server: &MailServer, stage: &mut Stage) -> Result<Connection, Failure> {
        let step = server.step;
        *stage = Stage::Connect;
        let connecting = async {
            let connected = TcpStream::connect((server.host.as_str(), server.port)).await;
            let stream = connected.map_err(|_| Fault::Unreachable)?;
            let peer = stream.peer_addr().map_err(|_| Fault::Closed)?;
            // Commands are short, and each waits for its answer.
            let _ = stream.set_nodelay(true);
            Ok((stream, peer))
        };
        let (stream, peer) = within(step, *stage, connecting).await?;
        match server.security {
            MailSecurity::None => Connection::greeted(server, stream, peer, None, true, stage).await,
            MailSecurity::Tls => {
                let (stream, protection) = secured(server, stream, stage).await?;
                Connection::greeted(server, stream, peer, protection, true, stage).await
            }
            MailSecurity::StartTls => {
                let stream = started_tls(server, stream, peer, stage).await?;
                let (stream, protection) = secured(server, stream, stage).await?;
                Connection::greeted(server, stream, peer, protection, false, stage).await
            }
        }
    }

    async fn greeted<S>(
        server: &MailServer,
        stream: S,
        peer: SocketAddr,
        protection: Protection,
        greets: bool,
        stage: &mut Stage,
    ) -> Result<Connection, Failure>
    where
        S: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static,
    {
        let step = server.step;
        let mut bounded = Bounded::new(stream, peer);
        if greets {
            *stage = Stage::Connect;
            within(step, *stage, answer(&mut bounded)).await?;
        }
        let left = bounded.into_inner().map_err(|_| failed(*stage, Fault::Garbled))?;
        let stream: Box<dyn AsyncTokioStream> = Box::new(Bounded::after(left, peer, GREETING));
        *stage = Stage::Hello;
        let hello = ClientId::Domain(server.hello.clone());
        let greeting = AsyncSmtpConnection::connect_with_transport(stream, &hello);
        let smtp = within(step, *stage, async {
            greeting.await.map_err(|error| fault(&error))
        })
        .await?;
        let mut connection = Connection {
            smtp,
            step,
            protection,
            mails: 0,
        };
        if let Some((user, password)) = &server.account {
            *stage = Stage::Auth;
            connection.sign_in(user, password).await?;
        }
        Ok(connection)
    }

    async fn sign_in(&mut self, user: &str, password: &SecretString) -> Result<(), Failure> {
        const KNOWN: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];
        let stage = Stage::Auth;
        if self.smtp.server_info().get_auth_mechanism(&KNOWN).is_none() {
            return Err(failed(stage, Fault::NoMechanism));
        }
        let credentials = Credentials::new(user.to_owned(), password.expose_secret().to_owned());
        let signing_in = self.smtp.auth(&KNOWN, &credentials);
        within(self.step, stage, async { completed(signing_in.await) }).await
    }

    /// Hands over one mail. `stage` says how far it is.
    pub(super) async fn send(&mut self, mail: &Composed, stage: &mut Stage) -> Result<(), Failure> {
        let step = self.step;
        self.mails += 1;
        let mut parameters = Vec::new();
        let to: &str = mail.to.as_ref();
        if !to.is_ascii() {
            if !self.smtp.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(failed(Stage::To, Fault::Unfit));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        *stage = Stage::From;
        let sender = self.smtp.command(Mail::new(Some(mail.from.clone()), parameters));
        within(step, *stage, async { completed(sender.await) }).await?;
        *stage = Stage::To;
        let recipient = self.smtp.command(Rcpt::new(mail.to.clone(), Vec::new()));
        within(step, *stage, async { completed(recipient.await) }).await?;
        *stage = Stage::Data;
        let data = self.smtp.command(Data);
        let beginning = async {
            match data.await {
                Ok(response) if response.has_code(354) => Ok(()),
                Ok(_) => Err(Fault::Garbled),
                Err(error) => Err(fault(&error)),
            }
        };
        within(step, *stage, beginning).await?;
        *stage = Stage::Body;
        let body = self.smtp.message(&mail.bytes);
        within(step, *stage, async { completed(body.await) }).await
    }

    /// Ends a mail that was refused, so that another can follow. `false` if none can.
    pub(super) async fn reset(&mut self) -> bool {
        let reset = self.smtp.command(Rset);
        let done = within(self.step, Stage::From, async { completed(reset.await) });
        done.await.is_ok()
    }

    /// Takes leave.
    pub(super) async fn quit(mut self) {
        // Nothing depends on it.
        let _ = tokio::time::timeout(Duration::from_secs(1), self.smtp.quit()).await;
    }
}

/// Up to STARTTLS, in the open.
async fn started_tls(
    server: &MailServer,
    stream: TcpStream,
    peer: SocketAddr,
    stage: &mut Stage,
) -> Result<TcpStream, Failure> {
    let step = server.step;
    let mut bounded = Bounded::new(stream, peer);
    within(step, *stage, answer(&mut bounded)).await?;
    *stage = Stage::Hello;
    let hello = Ehlo::new(ClientId::Domain(server.hello.clone())).to_string();
    let offered = within(step, *stage, async {
        let response = asked(&mut bounded, &hello).await?;
        ServerInfo::from_response(&response).map_err(|_| Fault::Garbled)
    });
    let offered = offered.await?;
    *stage = Stage::Tls;
    if !offered.supports_feature(Extension::StartTls) {
        return Err(failed(*stage, Fault::NoTls));
    }
    within(step, *stage, asked(&mut bounded, &Starttls.to_string())).await?;
    bounded.into_inner().map_err(|_| failed(*stage, Fault::Garbled))
}

async fn secured(
    server: &MailServer,
    stream: TcpStream,
    stage: &mut Stage,
) -> Result<(tokio_rustls::client::TlsStream<TcpStream>, Protection), Failure> {
    *stage = Stage::Tls;
    let name = ServerName::try_from(server.host.clone()).map_err(|_| failed(*stage, Fault::Certificate))?;
    let connector = TlsConnector::from(Arc::clone(&server.tls));
    let shaking = async {
        connector.connect(name, stream).await.map_err(|error| {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
            match inner {
                Some(rustls::Error::InvalidCertificate(_)) => Fault::Certificate,
                Some(_) => Fault::Tls,
                None => Fault::Closed,
            }
        })
    };
    let stream = within(server.step, *stage, shaking).await?;
    let (_, session) = stream.get_ref();
    let version = session.protocol_version().and_then(|version| version.as_str());
    Ok((stream, version.map(str::to_owned)))
}

async fn asked<S: AsyncRead + AsyncWrite + Unpin>(
    bounded: &mut Bounded<S>,
    command: &str,
) -> Result<Response, Fault> {
    let sent = bounded.write_all(command.as_bytes()).await;
    sent.map_err(|error| of_stream(&error))?;
    answer(bounded).await
}

/// An answer that is none of the library's to read.
async fn answer<S: AsyncRead + Unpin>(bounded: &mut Bounded<S>) -> Result<Response, Fault> {
    let mut bytes = Vec::new();
    while !bounded.is_answered() {
        bounded
            .read_buf(&mut bytes)
            .await
            .map_err(|error| of_stream(&error))?;
    }
    let text = String::from_utf8_lossy(&bytes);
    let response: Response = text.parse().map_err(|_: Error| Fault::Garbled)?;
    if response.code().severity == Severity::PositiveCompletion {
        return Ok(response);
    }
    let said = response.first_line().unwrap_or_default();
    Err(Fault::Refused(Reply::read(response.code().into(), said)))
}

/// An answer that ends a step.
fn completed(answer: Result<Response, Error>) -> Result<(), Fault> {
    match answer {
        Ok(response) if response.code().severity == Severity::PositiveCompletion => Ok(()),
        Ok(_) => Err(Fault::Garbled),
        Err(error) => Err(fault(&error)),
    }
}

fn fault(error: &Error) -> Fault {
    let source = error.source();
    if let Some(code) = error.status() {
        let said = source.map(ToString::to_string).unwrap_or_default();
        return Fault::Refused(Reply::read(code.into(), &said));
    }
    match source.and_then(|source| source.downcast_ref::<io::Error>()) {
        Some(error) => of_stream(error),
        None => Fault::Garbled,
    }
}

fn of_stream(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::InvalidData => Fault::Garbled,
        io::ErrorKind::TimedOut => Fault::Timeout,
        _ => Fault::Closed,
    }
}
