//! A network between server and database that can fail.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

/// Passes on what two sides say to each other (会出故障的网络).
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    swallows: watch::Sender<u64>,
    loses_answer: Arc<AtomicBool>,
}

impl Proxy {
    /// Begins to pass on to a socket.
    pub async fn to(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (swallows, swallowed) = watch::channel(0);
        let loses_answer = Arc::new(AtomicBool::new(false));
        let loses = loses_answer.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // While the database is away there is nobody to pass on to.
                let Ok(database) = UnixStream::connect(&socket).await else { continue };
                tokio::spawn(pass(client, database, swallowed.clone(), loses.clone()));
            }
        });
        Self { address, swallows, loses_answer }
    }

    /// From now on nothing passes over the connections that there are, and neither side is told. New ones work.
    pub fn swallow(&self) {
        self.swallows.send_modify(|times| *times += 1);
    }

    /// The answer to the next commit is lost: the database hears the commit, and the connection breaks.
    pub fn lose_next_answer(&self) {
        self.loses_answer.store(true, Ordering::SeqCst);
    }
}

async fn pass(
    mut client: TcpStream,
    mut database: UnixStream,
    mut swallowed: watch::Receiver<u64>,
    loses_answer: Arc<AtomicBool>,
) {
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    swallowed.mark_unchanged();
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(length @ 1..) = read else { return };
                if database.write_all(&asked[..length]).await.is_err() { return }
                let commits = asked[..length].windows(11).any(|window| window == b"act; commit");
                if commits && loses_answer.swap(false, Ordering::SeqCst) {
                    // Once it answers it has committed.
                    drop(database.read(&mut answered).await);
                    return;
                }
            }
            read = database.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&answered[..length]).await.is_err() { return }
            }
            changed = swallowed.changed() => {
                if changed.is_err() { return }
                // Held open, and never looked at again.
                std::future::pending::<()>().await;
            }
        }
    }
}
