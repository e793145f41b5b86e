//! A mail server that keeps nothing but who was mailed, how often and when. It may be away, and may put recipients off once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

pub(super) struct MailSink {
    pub(super) port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    is_away: bool,
    /// Of so many recipients one is put off at the first try; none for 0.
    puts_off: usize,
    refused: usize,
    mails: usize,
    recipients: BTreeMap<Vec<u8>, Recipient>,
    /// When each mail was accepted.
    times: Vec<Instant>,
}

#[derive(Default)]
struct Recipient {
    put_off: usize,
    mails: usize,
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MailSink {
    /// One that accepts everything.
    pub(super) async fn open() -> std::io::Result<MailSink> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let sink = MailSink {
            port: listener.local_addr()?.port(),
            state: Arc::default(),
        };
        let state = Arc::clone(&sink.state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&state)));
            }
        });
        Ok(sink)
    }

    pub(super) fn goes_away(&self) {
        locked(&self.state).is_away = true;
    }

    /// It is back, and puts one of so many recipients off once.
    pub(super) fn comes_back(&self, puts_off: usize) {
        let mut state = locked(&self.state);
        (state.is_away, state.puts_off) = (false, puts_off);
    }

    pub(super) fn count(&self) -> usize {
        locked(&self.state).mails
    }

    pub(super) fn refused(&self) -> usize {
        locked(&self.state).refused
    }

    /// Those who got more than one mail.
    pub(super) fn doubled(&self) -> usize {
        let state = locked(&self.state);
        state.recipients.values().filter(|one| one.mails > 1).count()
    }

    pub(super) fn put_off(&self) -> usize {
        locked(&self.state)
            .recipients
            .values()
            .map(|one| one.put_off)
            .sum()
    }

    pub(super) fn times(&self) -> Vec<Instant> {
        locked(&self.state).times.clone()
    }
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    if refuses(&state) {
        return stream.write_all(b"421 4.3.2 closed for now\r\n").await;
    }
    stream.write_all(b"220 sink ESMTP\r\n").await?;
    let (mut line, mut is_body, mut to) = (Vec::new(), false, Vec::new());
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let answer: &[u8] = match line.get(..4) {
            _ if is_body && line == b".\r\n" => {
                is_body = false;
                accept(&state, std::mem::take(&mut to));
                b"250 2.0.0 accepted\r\n"
            }
            _ if is_body => continue,
            Some(b"EHLO") => b"250-sink\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n",
            Some(b"MAIL") if refuses(&state) => b"421 4.3.2 closed for now\r\n",
            Some(b"RCPT") if puts_off(&state, &line) => b"450 4.7.1 come again in a while\r\n",
            Some(b"RCPT") => {
                to.clone_from(&line);
                b"250 2.1.5 ok\r\n"
            }
            Some(b"DATA") => {
                is_body = true;
                b"354 go on\r\n"
            }
            Some(b"QUIT") => b"221 2.0.0 bye\r\n",
            _ => b"250 2.0.0 ok\r\n",
        };
        stream.write_all(answer).await?;
    }
}

fn refuses(state: &Mutex<State>) -> bool {
    let mut state = locked(state);
    state.refused += usize::from(state.is_away);
    state.is_away
}

fn puts_off(state: &Mutex<State>, recipient: &[u8]) -> bool {
    let mut state = locked(state);
    let (one_of, known) = (state.puts_off, state.recipients.len());
    let recipient = state.recipients.entry(recipient.to_vec()).or_default();
    let is_chosen = one_of > 0 && known.is_multiple_of(one_of);
    let is_new = recipient.put_off == 0 && recipient.mails == 0;
    let puts_off = is_chosen && is_new;
    recipient.put_off += usize::from(puts_off);
    puts_off
}

fn accept(state: &Mutex<State>, recipient: Vec<u8>) {
    let mut state = locked(state);
    state.mails += 1;
    state.times.push(Instant::now());
    state.recipients.entry(recipient).or_default().mails += 1;
}
