//! The network cable between an app and its server: cut, nothing passes; mended, everything does again.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A port on loopback whose connections end at a server's, until it is cut. Ends when it is dropped.
#[derive(Debug)]
pub struct TcpProxy {
    address: SocketAddr,
    cut: watch::Sender<bool>,
    relay: JoinHandle<()>,
}

impl TcpProxy {
    pub async fn to(server: SocketAddr) -> anyhow::Result<TcpProxy> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let cut = watch::Sender::new(false);
        let is_cut = cut.subscribe();
        let relay = tokio::spawn(async move {
            while let Ok((app, _)) = listener.accept().await {
                if !*is_cut.borrow() {
                    tokio::spawn(pass(app, server, is_cut.clone()));
                }
            }
        });
        Ok(TcpProxy { address, cut, relay })
    }

    /// The address at which the app finds its server.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn cut(&self) {
        self.cut.send_replace(true);
    }

    pub fn mend(&self) {
        self.cut.send_replace(false);
    }
}

impl Drop for TcpProxy {
    fn drop(&mut self) {
        self.relay.abort();
        self.cut();
    }
}

/// One connection, until either end closes it or the cable is cut.
async fn pass(mut app: TcpStream, server: SocketAddr, mut is_cut: watch::Receiver<bool>) {
    let Ok(mut server) = TcpStream::connect(server).await else {
        return;
    };
    tokio::select! {
        _ended = tokio::io::copy_bidirectional(&mut app, &mut server) => {}
        _cut = is_cut.wait_for(|cut| *cut) => {}
    }
}
