//! A connection to a mail server that answers a command once, within so many bytes.
//!
//! The library that speaks SMTP on it reads a line to its end, however long, and keeps what came beyond an answer for the next
//! command. Here an answer ends with its last line; bytes beyond it, which nobody asked for, end the connection at the next command.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes of the answer to one command.
const LONGEST_ANSWER: usize = 64 * 1024;
/// Bytes of one of its lines; RFC 5321 allows 512.
const LONGEST_LINE: usize = 4_096;
const PIECE: usize = 4_096;

pub(super) struct Bounded<S> {
    stream: S,
    peer: SocketAddr,
    /// Read from the stream, and not yet by its user.
    ahead: Vec<u8>,
    answer: Answer,
}

/// An answer while it is read.
#[derive(Debug, Default)]
struct Answer {
    bytes: usize,
    /// The beginning of its current line, up to the character after the code.
    head: Vec<u8>,
    /// The length of its current line.
    line: usize,
    is_whole: bool,
}

impl Answer {
    /// Reads on; returns how many of the bytes belong to it.
    fn take(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut taken = 0;
        for byte in bytes {
            if self.is_whole {
                break;
            }
            taken += 1;
            self.bytes += 1;
            self.line += 1;
            if self.bytes > LONGEST_ANSWER || self.line > LONGEST_LINE {
                return Err(garbled());
            }
            if *byte == b'\n' {
                self.is_whole = self.head.get(3) != Some(&b'-');
                self.head.clear();
                self.line = 0;
            } else if self.head.len() < 4 {
                self.head.push(*byte);
            }
        }
        Ok(taken)
    }
}

/// An answer that is none. Its kind tells it from a connection that failed.
fn garbled() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

impl<S> Bounded<S> {
    pub(super) fn new(stream: S, peer: SocketAddr) -> Bounded<S> {
        Bounded {
            stream,
            peer,
            ahead: Vec::new(),
            answer: Answer::default(),
        }
    }

    /// With an answer that was read already, or stands for one that does not come.
    pub(super) fn after(stream: S, peer: SocketAddr, answer: &[u8]) -> Bounded<S> {
        Bounded {
            ahead: answer.to_vec(),
            ..Bounded::new(stream, peer)
        }
    }

    pub(super) fn is_answered(&self) -> bool {
        self.answer.is_whole
    }

    /// The stream, if nothing came that nobody asked for.
    pub(super) fn into_inner(self) -> io::Result<S> {
        if self.ahead.is_empty() {
            Ok(self.stream)
        } else {
            Err(garbled())
        }
    }
}

/// Blank: it holds what was read.
impl<S> fmt::Debug for Bounded<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bounded")
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin> AsyncTokioStream for Bounded<S> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.ahead.is_empty() {
            let mut piece = [0; PIECE];
            let mut piece = ReadBuf::new(&mut piece);
            ready!(Pin::new(&mut this.stream).poll_read(context, &mut piece))?;
            this.ahead.extend_from_slice(piece.filled());
            if this.ahead.is_empty() {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
        }
        let most = this.ahead.len().min(buffer.remaining());
        let taken = this.answer.take(this.ahead.get(..most).unwrap_or_default())?;
        if taken == 0 {
            // More than an answer was asked for.
            return Poll::Ready(Err(garbled()));
        }
        buffer.put_slice(this.ahead.get(..taken).unwrap_or_default());
        this.ahead.drain(..taken);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if !this.ahead.is_empty() {
            return Poll::Ready(Err(garbled()));
        }
        this.answer = Answer::default();
        Pin::new(&mut this.stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    fn peer() -> SocketAddr {
        (Ipv4Addr::LOCALHOST, 25).into()
    }

    /// The bytes that a user gets who asks for as many as there are.
    async fn read(answer: &[u8]) -> (Vec<u8>, bool) {
        let (ours, mut theirs) = duplex(1024 * 1024);
        theirs.write_all(answer).await.unwrap();
        let mut bounded = Bounded::new(ours, peer());
        let mut bytes = vec![0; answer.len()];
        let read = bounded.read(&mut bytes).await.unwrap();
        bytes.truncate(read);
        (bytes, bounded.write_all(b"NOOP\r\n").await.is_ok())
    }

    // N2
    #[tokio::test]
    async fn an_answer_ends_with_its_last_line_and_bytes_beyond_it_end_the_connection() {
        let answers = ["250 ok\r\n", "250-a\r\n250-b\r\n250 c\r\n", "250\r\n"];
        for answer in answers {
            assert_eq!(read(answer.as_bytes()).await, (answer.as_bytes().to_vec(), true));
            // Commands that somebody put in before TLS, for one.
            let more = format!("{answer}250 injected\r\n");
            assert_eq!(read(more.as_bytes()).await, (answer.as_bytes().to_vec(), false));
        }
    }

    // N2
    #[tokio::test]
    async fn an_endless_answer_is_given_up_within_its_limit() {
        let endless = [b"250 ".as_slice(), &[b'x'; LONGEST_ANSWER]].concat();
        let lines = b"250-xxxxxxxxxxxxxxxx\r\n".repeat(LONGEST_ANSWER / 16);
        for answer in [endless, lines] {
            let (ours, mut theirs) = duplex(1024 * 1024);
            theirs.write_all(&answer).await.unwrap();
            let mut bounded = Bounded::new(ours, peer());
            let mut bytes = Vec::new();
            let read = bounded.read_to_end(&mut bytes).await;
            assert_eq!(read.unwrap_err().kind(), io::ErrorKind::InvalidData);
            assert!(bytes.len() <= LONGEST_ANSWER);
            assert!(bounded.ahead.capacity() <= 2 * PIECE);
        }
    }

    // N2
    #[tokio::test]
    async fn bytes_that_were_read_beyond_an_answer_are_not_carried_into_tls() {
        let (ours, mut theirs) = duplex(1024);
        theirs.write_all(b"220 go\r\n250 injected\r\n").await.unwrap();
        let mut bounded = Bounded::new(ours, peer());
        let mut bytes = [0; 64];
        assert_eq!(bounded.read(&mut bytes).await.unwrap(), 8);
        assert!(bounded.into_inner().is_err());
    }
}
