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
    losing: Losing,
}

/// Which answers are lost.
#[derive(Clone)]
struct Losing {
    /// The answer to the next commit.
    next: Arc<AtomicBool>,
    /// With it the network goes down.
    all_after: Arc<AtomicBool>,
    /// The network is down: connections end, and none is taken.
    down: watch::Sender<bool>,
}

impl Proxy {
    /// Begins to pass on to a socket.
    pub async fn to(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (swallows, swallowed) = watch::channel(0);
        let (next, all_after) = (Arc::default(), Arc::default());
        let losing = Losing { next, all_after, down: watch::Sender::new(false) };
        let loses = losing.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *loses.down.borrow() {
                    continue;
                }
                // While the database is away there is nobody to pass on to.
                let Ok(database) = UnixStream::connect(&socket).await else { continue };
                tokio::spawn(pass(client, database, swallowed.clone(), loses.clone()));
            }
        });
        Self { address, swallows, losing }
    }

    /// From now on nothing passes over the connections that there are, and neither side is told. New ones work.
    pub fn swallow(&self) {
        self.swallows.send_modify(|times| *times += 1);
    }

    /// The answer to the next commit is lost: the database hears the commit, and the connection breaks.
    pub fn lose_next_answer(&self) {
        self.losing.all_after.store(false, Ordering::SeqCst);
        self.losing.next.store(true, Ordering::SeqCst);
    }

    /// The same, and nothing passes afterwards until it is mended.
    pub fn lose_next_answer_and_all_after(&self) {
        self.losing.all_after.store(true, Ordering::SeqCst);
        self.losing.next.store(true, Ordering::SeqCst);
    }

    /// Connections are taken again.
    pub fn mend(&self) {
        self.losing.next.store(false, Ordering::SeqCst);
        // Only where they were not: whoever has one is told of every change.
        self.losing.down.send_if_modified(std::mem::take);
    }
}

async fn pass(
    mut client: TcpStream,
    mut database: UnixStream,
    mut swallowed: watch::Receiver<u64>,
    losing: Losing,
) {
    let mut down = losing.down.subscribe();
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    swallowed.mark_unchanged();
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(length @ 1..) = read else { return };
                if database.write_all(&asked[..length]).await.is_err() { return }
                let commits = asked[..length].windows(11).any(|window| window == b"act; commit");
                if commits && losing.next.swap(false, Ordering::SeqCst) {
                    // Once it answers it has committed.
                    drop(database.read(&mut answered).await);
                    if losing.all_after.load(Ordering::SeqCst) {
                        losing.down.send_replace(true);
                    }
                    return;
                }
            }
            read = database.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&answered[..length]).await.is_err() { return }
            }
            _ = down.changed() => return,
            changed = swallowed.changed() => {
                if changed.is_err() { return }
                // Held open, and never looked at again.
                std::future::pending::<()>().await;
            }
        }
    }
}
