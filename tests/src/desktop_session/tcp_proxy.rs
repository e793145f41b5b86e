//! The network cable between an app and its server: cut, nothing passes; blocked, large requests stay in it; held, what
//! the server sends stays in it from a given text on; mended, everything passes again.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A port on loopback whose connections end at a server's, until it is cut. Ends when it is dropped.
#[derive(Debug)]
pub struct TcpProxy {
    address: SocketAddr,
    cable: watch::Sender<Cable>,
    sent: Arc<AtomicU64>,
    relay: JoinHandle<()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cable {
    Whole,
    /// A connection passes so many more bytes from the app, and then keeps the rest: an upload stands still on its way, and all
    /// else goes on.
    Blocked(u64),
    /// A connection passes what comes from the server up to this text, and then keeps the rest: a stream stands still in
    /// its middle, and all else goes on.
    Held(&'static str),
    Cut,
}

impl TcpProxy {
    pub async fn to(server: SocketAddr) -> anyhow::Result<TcpProxy> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let cable = watch::Sender::new(Cable::Whole);
        let sent = Arc::new(AtomicU64::new(0));
        let (of_all, count) = (cable.subscribe(), Arc::clone(&sent));
        let relay = tokio::spawn(async move {
            while let Ok((app, _)) = listener.accept().await {
                if *of_all.borrow() != Cable::Cut {
                    tokio::spawn(pass(app, server, of_all.clone(), Arc::clone(&count)));
                }
            }
        });
        Ok(TcpProxy {
            address,
            cable,
            sent,
            relay,
        })
    }

    /// The address at which the app finds its server.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn cut(&self) {
        self.cable.send_replace(Cable::Cut);
    }

    /// A connection stands still once it has passed so many bytes from the app from now on.
    pub fn block_after(&self, bytes: u64) {
        self.cable.send_replace(Cable::Blocked(bytes));
    }

    /// A connection stands still before this text from the server.
    pub fn hold_before(&self, text: &'static str) {
        self.cable.send_replace(Cable::Held(text));
    }

    pub fn mend(&self) {
        self.cable.send_replace(Cable::Whole);
    }

    /// All bytes from the app that passed.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

impl Drop for TcpProxy {
    fn drop(&mut self) {
        self.relay.abort();
        self.cut();
    }
}

/// One connection, until either end closes it or the cable is cut.
async fn pass(app: TcpStream, server: SocketAddr, mut cable: watch::Receiver<Cable>, sent: Arc<AtomicU64>) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let (from_app, to_app) = app.into_split();
    let (from_server, to_server) = server.into_split();
    let up = pass_up(from_app, to_server, cable.clone(), &sent);
    let down = pass_down(from_server, to_app, cable.clone());
    tokio::select! {
        ((), ()) = async { tokio::join!(up, down) } => {}
        _cut = cable.wait_for(|cable| *cable == Cable::Cut) => {}
    }
}

async fn pass_up(
    mut app: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    mut cable: watch::Receiver<Cable>,
    sent: &AtomicU64,
) {
    let mut passed = 0;
    let mut piece = vec![0; 64 * 1024];
    while let Ok(read) = app.read(&mut piece).await {
        if cable.has_changed().unwrap_or_default() {
            cable.mark_unchanged();
            passed = 0;
        }
        let may_pass = |cable: &Cable| !matches!(cable, Cable::Blocked(most) if passed >= *most);
        if read == 0 || cable.wait_for(may_pass).await.is_err() {
            break;
        }
        if server.write_all(&piece[..read]).await.is_err() {
            break;
        }
        passed += read as u64;
        sent.fetch_add(read as u64, Ordering::Relaxed);
    }
    let _closed = server.shutdown().await;
}

async fn pass_down(mut server: OwnedReadHalf, mut app: OwnedWriteHalf, mut cable: watch::Receiver<Cable>) {
    let mut kept = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        let text = match *cable.borrow_and_update() {
            Cable::Held(text) => Some(text.as_bytes()),
            Cable::Whole | Cable::Blocked(_) | Cable::Cut => None,
        };
        let passes = text.map_or(kept.len(), |text| before(&kept, text));
        if app.write_all(&kept[..passes]).await.is_err() {
            return;
        }
        kept.drain(..passes);
        let stands = text.is_some_and(|text| kept.starts_with(text));
        tokio::select! {
            read = server.read(&mut piece), if !stands => match read {
                Ok(read @ 1..) => kept.extend_from_slice(&piece[..read]),
                _ended => break,
            },
            changed = cable.changed() => if changed.is_err() { return },
        }
    }
    let _passed = app.write_all(&kept).await;
    let _closed = app.shutdown().await;
}

/// How many bytes come before this text, or before what may become it with the bytes that follow.
fn before(bytes: &[u8], text: &[u8]) -> usize {
    let begins = |at: &usize| {
        let rest = &bytes[*at..];
        rest.starts_with(text) || text.starts_with(rest)
    };
    (0..bytes.len()).find(begins).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_from_its_first_byte_on_however_it_is_cut_into_pieces() {
        let (sent, text) = (b"abcabcabd".as_slice(), b"abcabd".as_slice());
        for cut in 0..=sent.len() {
            let first = before(&sent[..cut], text);
            assert!(first <= 3, "{cut}");
            let rest = [&sent[first..cut], &sent[cut..]].concat();
            assert_eq!(first + before(&rest, text), 3, "{cut}");
        }
        assert_eq!(before(b"abcabc", b"abx"), 6);
    }
}
