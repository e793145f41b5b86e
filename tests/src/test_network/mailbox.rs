//! A mail server on this machine that takes every mail and keeps it.

use std::time::Duration;

use anyhow::Context as _;
use sync_server::config::MailConfig;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How long a mail may take: the server looks for what is to be mailed every five seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// A mail that came.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    /// Its lines, headers included, as they were sent.
    pub lines: Vec<String>,
}

impl Mail {
    /// The value of a header that takes one line.
    pub fn header(&self, name: &str) -> Option<&str> {
        let headers = self.lines.iter().take_while(|line| !line.is_empty());
        let value = |line: &'_ String| line.starts_with(&format!("{name}: "));
        let line = headers.into_iter().find(|line| value(line))?;
        line.get(name.len() + 2..)
    }
}

#[derive(Debug)]
pub struct Mailbox {
    port: u16,
    came: watch::Sender<Vec<Mail>>,
}

impl Mailbox {
    pub async fn open() -> anyhow::Result<Mailbox> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let came = watch::Sender::new(Vec::new());
        let taken = came.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A connection that breaks brings no mail.
                tokio::spawn(serve(stream, taken.clone()));
            }
        });
        Ok(Mailbox { port, came })
    }

    /// The configuration of a server that mails here what was unread for half a minute.
    pub(super) fn config(&self) -> anyhow::Result<MailConfig> {
        Ok(serde_json::from_value(serde_json::json!({
            "server": "127.0.0.1",
            "port": self.port,
            "security": "none",
            "from": "Overleg <overleg@voorbeeld.example>",
            "after_seconds": 30,
        }))?)
    }

    /// The mails to an address so far.
    pub fn of(&self, to: &str) -> Vec<Mail> {
        let came = self.came.borrow();
        came.iter().filter(|mail| mail.to == to).cloned().collect()
    }

    /// Waits for the first mail to an address.
    pub async fn first_of(&self, to: &str) -> anyhow::Result<Mail> {
        let mut came = self.came.subscribe();
        let waiting = came.wait_for(|came| came.iter().any(|mail| mail.to == to));
        let _came = tokio::time::timeout(PATIENCE, waiting)
            .await
            .context("no mail came")??;
        self.of(to).into_iter().next().context("a mail came")
    }
}

async fn serve(stream: TcpStream, came: watch::Sender<Vec<Mail>>) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut to = String::new();
    write.write_all(b"220 mail.voorbeeld.example\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let answer: &[u8] = match line.get(..4).unwrap_or_default() {
            "DATA" => {
                write.write_all(b"354 \r\n").await?;
                let mut mail = Mail {
                    to: std::mem::take(&mut to),
                    lines: Vec::new(),
                };
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    mail.lines.push(line);
                }
                came.send_modify(|came| came.push(mail));
                b"250 \r\n"
            }
            "RCPT" => {
                let address = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                to = address.map_or_else(String::new, |(address, _)| address.to_owned());
                b"250 \r\n"
            }
            "QUIT" => {
                write.write_all(b"221 \r\n").await?;
                return Ok(());
            }
            // EHLO, whose answer has the server's name first, and all that is answered alike.
            _ => b"250 mail.voorbeeld.example\r\n",
        };
        write.write_all(answer).await?;
    }
    Ok(())
}
