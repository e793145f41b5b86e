//! The network cable between an app and its server: cut, nothing passes; blocked, large requests stay in it; mended,
//! everything passes again.

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
    let (from_app, mut to_app) = app.into_split();
    let (mut from_server, to_server) = server.into_split();
    let up = pass_up(from_app, to_server, cable.clone(), &sent);
    let down = async {
        let _ended = tokio::io::copy(&mut from_server, &mut to_app).await;
        let _closed = to_app.shutdown().await;
    };
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
