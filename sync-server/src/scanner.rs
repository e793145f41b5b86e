//! The virus scanner of an organisation: `clamd`, by its command INSTREAM.
//!
//! ```text
//!   zINSTREAM\0  (length of 4 bytes, piece)*  0 of 4 bytes   ──►   stream: OK\0   or   stream: <name> FOUND\0
//! ```
//!
//! A scanner that cannot be reached, fails, or finds the file too large for it has not answered: the file stays unchecked.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Timeout for the connection, for each piece, and for the answer.
const SLOWEST: Duration = Duration::from_secs(60);
/// Maximum length of an answer.
const LONGEST: usize = 4_096;
/// Bytes of a piece.
const PIECE: usize = 256 * 1024;

/// The address of a scanner: `127.0.0.1:3310`, or the path of its socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scanner(String);

/// The answer of a scanner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Clean,
    Infected,
}

impl Scanner {
    pub(crate) fn at(address: String) -> Scanner {
        Scanner(address)
    }

    /// Scans all bytes of a reader, which blocks.
    pub(crate) async fn scan(&self, reader: impl io::Read + Send + 'static) -> io::Result<Verdict> {
        #[cfg(unix)]
        if self.0.starts_with('/') {
            let connecting = tokio::net::UnixStream::connect(&self.0);
            return scan(within(connecting).await?, reader).await;
        }
        scan(within(TcpStream::connect(&self.0)).await?, reader).await
    }
}

async fn within<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let done = tokio::time::timeout(SLOWEST, work).await;
    done.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn scan(
    mut socket: impl AsyncRead + AsyncWrite + Unpin,
    mut reader: impl io::Read + Send + 'static,
) -> io::Result<Verdict> {
    within(socket.write_all(b"zINSTREAM\0")).await?;
    loop {
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; PIECE];
            let read = reader.read(&mut piece)?;
            piece.truncate(read);
            Ok::<_, io::Error>((reader, piece))
        });
        let (again, piece) = read.await.map_err(io::Error::other)??;
        reader = again;
        let length = u32::try_from(piece.len()).map_err(io::Error::other)?;
        let sent = async {
            socket.write_all(&length.to_be_bytes()).await?;
            socket.write_all(&piece).await
        };
        // A scanner that has had enough answers, and closes its side.
        if within(sent).await.is_err() || piece.is_empty() {
            break;
        }
    }
    let mut answer = Vec::new();
    let answered = async {
        while !answer.contains(&0) && answer.len() < LONGEST {
            if socket.read_buf(&mut answer).await? == 0 {
                break;
            }
        }
        Ok(())
    };
    within(answered).await?;
    verdict(&answer).ok_or_else(|| io::Error::other("the scanner did not answer as one"))
}

fn verdict(answer: &[u8]) -> Option<Verdict> {
    let answer = answer.split(|byte| *byte == 0).next()?.trim_ascii();
    if answer == b"stream: OK" {
        Some(Verdict::Clean)
    } else if answer.starts_with(b"stream: ") && answer.ends_with(b" FOUND") {
        Some(Verdict::Infected)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    // F2
    #[test]
    fn only_an_answer_of_a_scanner_is_one() {
        assert_eq!(verdict(b"stream: OK\0"), Some(Verdict::Clean));
        assert_eq!(verdict(b"stream: OK\n"), Some(Verdict::Clean));
        assert_eq!(verdict(b"stream: Eicar-Test FOUND\0"), Some(Verdict::Infected));
        for none in [
            b"".as_slice(),
            b"\0",
            b"stream: OK FOUN",
            b"INSTREAM size limit exceeded. ERROR\0",
            b"stream: Eicar OK FOUND or not\0",
            b"HTTP/1.1 200 OK\r\n\r\nstream: OK\0",
        ] {
            assert_eq!(verdict(none), None, "{}", String::from_utf8_lossy(none));
        }
    }

    // F2
    #[tokio::test]
    async fn every_byte_is_sent_and_a_scanner_that_hangs_up_has_not_answered() {
        let bytes: Vec<u8> = (0..600_000_u32).map(|place| place as u8).collect();
        let (socket, mut theirs) = duplex(64 * 1024);
        let scanning = tokio::spawn(scan(socket, io::Cursor::new(bytes.clone())));
        let mut command = [0; 10];
        theirs.read_exact(&mut command).await.unwrap();
        assert_eq!(&command, b"zINSTREAM\0");
        let mut came = Vec::new();
        loop {
            let length = theirs.read_u32().await.unwrap() as usize;
            if length == 0 {
                break;
            }
            let from = came.len();
            came.resize(from + length, 0);
            theirs.read_exact(&mut came[from..]).await.unwrap();
        }
        assert_eq!(came, bytes);
        theirs.write_all(b"stream: Test FOUND\0").await.unwrap();
        assert_eq!(scanning.await.unwrap().unwrap(), Verdict::Infected);
        let (socket, theirs) = duplex(16);
        drop(theirs);
        assert!(scan(socket, io::Cursor::new(bytes)).await.is_err());
    }
}
