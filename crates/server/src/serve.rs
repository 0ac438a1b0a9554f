//! Opens the store, starts the service, serves until it is told to stop.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiebang_callfile::Library;
use jiebang_domain::shared::{Language, Text};
use jiebang_service::{Clock, FileStore, Random, SecretKey, Service, ServiceError, Settings};
use jiebang_store_sqlite::{SqliteOptions, SqliteStore};
use jiebang_web::Site;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::Configuration;
use crate::output::{self, FAULT, UNREADABLE, WELL};

/// Name of the database file in the data folder.
const DATABASE: &str = "jiebang.db";
/// Name of the file with the key of the ledger.
const LEDGER_KEY: &str = "ledger.key";
/// How often new events are taken into the ledger.
const LEDGER_PAUSE: Duration = Duration::from_secs(1);

/// Opens the store in a data folder, which is made when it is not there.
///
/// # Errors
/// When the folder or the database cannot be opened.
pub async fn open_store(data: &Path) -> Result<SqliteStore, ServiceError> {
    std::fs::create_dir_all(data)
        .map_err(|error| ServiceError::Internal(format!("{}: {error}", data.display())))?;
    Ok(SqliteStore::open(&data.join(DATABASE), SqliteOptions::default()).await?)
}

/// The key that the ledger is signed with, made at the first start; the public half is printed then.
fn ledger_key(data: &Path, random: &Random) -> Result<SecretKey, ServiceError> {
    let path = data.join(LEDGER_KEY);
    let fault =
        |error: &dyn std::fmt::Display| ServiceError::Internal(format!("{}: {error}", path.display()));
    match std::fs::read_to_string(&path) {
        Ok(text) => return SecretKey::parse(&text).map_err(|error| fault(&error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(fault(&error)),
    }
    let (name, seed) = (format!("jiebang-{}", &random.token()[..8]), random.seed());
    let key = SecretKey::from_seed(&name, &seed).map_err(|error| fault(&error))?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).map_err(|error| fault(&error))?;
    file.write_all(key.reveal().as_bytes()).and_then(|()| file.sync_all()).map_err(|error| fault(&error))?;
    output::result(&format!("ledger key {}", key.verifier().as_str()));
    Ok(key)
}

/// Takes events into the ledger, again and again, until the server stops.
async fn keep_ledger(service: Arc<Service>) {
    let mut beat = tokio::time::interval(LEDGER_PAUSE);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        loop {
            match service.extend_ledger().await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::error!(%error, "the ledger was not extended; it will be tried again");
                    break;
                }
            }
        }
    }
}

/// Starts the service on a data folder.
///
/// # Errors
/// When store, files, policies or published calls cannot be opened.
pub async fn start(
    configuration: &Configuration,
    clock: Clock,
    random: Random,
) -> Result<Arc<Service>, ServiceError> {
    let store = open_store(&configuration.data).await?;
    let files = FileStore::new(&configuration.data.join("files"))?;
    let library = Library { calls: configuration.calls.clone(), ..Library::default() };
    let key = ledger_key(&configuration.data, &random)?;
    let settings = Settings { rate_limits: configuration.rate_limits, ..Settings::new(key) };
    Service::start(store, files, clock, random, library, settings).await
}

/// `jiebang serve`.
pub async fn run(configuration: Configuration, language: Language) -> u8 {
    let service = match start(&configuration, Clock::system(), Random::system()).await {
        Ok(service) => service,
        Err(error) => return failed(&error, language),
    };
    let site = Site { service, demo: None, secure_cookies: configuration.secure_cookies };
    serve(site, configuration.listen, language).await
}

/// Serves a site; says when it is ready.
pub async fn serve(site: Site, listen: SocketAddr, language: Language) -> u8 {
    let listener = match TcpListener::bind(listen).await {
        Ok(listener) => listener,
        Err(error) => {
            let text = Text::new(
                format!("不能在 {listen} 上监听：{error}"),
                format!("Cannot listen on {listen}: {error}"),
            );
            output::message(&text, language);
            return UNREADABLE;
        }
    };
    let address = listener.local_addr().unwrap_or(listen);
    let service = site.service.clone();
    let router = jiebang_web::router(site).into_make_service_with_connect_info::<SocketAddr>();
    let stopped = stopped();
    let ledger = tokio::spawn(keep_ledger(service.clone()));
    output::result(&format!("ready http://{address}/"));
    let served = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
    ledger.abort();
    if let Err(error) = service.store().close().await {
        tracing::warn!(%error, "the store was not closed cleanly; nothing acknowledged is lost");
    }
    match served {
        Ok(()) => WELL,
        Err(error) => {
            tracing::error!(%error, "the server stopped");
            FAULT
        }
    }
}

/// Listens from now on for being told to stop, and resolves when it is.
fn stopped() -> impl Future<Output = ()> {
    let listen = |kind| signal(kind).ok();
    let (interrupt, terminate) = (listen(SignalKind::interrupt()), listen(SignalKind::terminate()));
    async {
        tokio::select! {
            () = told(interrupt) => {}
            () = told(terminate) => {}
        }
    }
}

async fn told(signal: Option<Signal>) {
    match signal {
        Some(mut signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Says why it could not start.
pub fn failed(error: &ServiceError, language: Language) -> u8 {
    output::message(&Text::new(format!("不能启动：{error}"), format!("Cannot start: {error}")), language);
    FAULT
}
