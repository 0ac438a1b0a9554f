//! An S3 server of one test, in its process, with a folder behind it.

use std::net::SocketAddr;
use std::path::Path;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpListener;

/// A server with one empty bucket (测试用对象存储).
pub struct S3Server {
    address: SocketAddr,
    running: tokio::task::JoinHandle<()>,
}

impl S3Server {
    /// Its bucket, which is a folder of this name.
    pub const BUCKET: &'static str = "files";
    /// Id of its one key.
    pub const KEY: &'static str = "test-key";
    /// Secret of its one key.
    pub const SECRET: &'static str = "s3cret-of-the-key";

    /// Starts a server on a free port, with this folder behind it.
    ///
    /// # Panics
    /// When it cannot start: the test has failed.
    pub async fn start(folder: &Path) -> Self {
        std::fs::create_dir_all(folder.join(Self::BUCKET)).expect("a bucket");
        let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).expect("a folder"));
        builder.set_auth(SimpleAuth::from_single(Self::KEY, Self::SECRET));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let running = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    let server = Builder::new(TokioExecutor::new());
                    // Who hangs up has what it wanted.
                    drop(server.serve_connection(TokioIo::new(stream), service).await);
                });
            }
        });
        Self { address, running }
    }

    /// Where it is.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What tells a process of it.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT", self.endpoint()),
            ("AWS_REGION", "test-1".to_owned()),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_ACCESS_KEY_ID", Self::KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", Self::SECRET.to_owned()),
        ]
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.running.abort();
    }
}
