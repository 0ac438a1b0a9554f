//! Opens the store, starts the service, serves until it is told to stop.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use jiebang_callfile::Library;
use jiebang_domain::shared::{Language, Text};
use jiebang_service::{Clock, FileStore, Random, Service, ServiceError, Settings};
use jiebang_store_sqlite::{SqliteOptions, SqliteStore};
use jiebang_web::Site;
use tokio::net::TcpListener;

use crate::config::Configuration;
use crate::output::{self, FAULT, UNREADABLE, WELL};

/// Name of the database file in the data folder.
const DATABASE: &str = "jiebang.db";

/// Opens the store in a data folder, which is made when it is not there.
///
/// # Errors
/// When the folder or the database cannot be opened.
pub async fn open_store(data: &Path) -> Result<SqliteStore, ServiceError> {
    std::fs::create_dir_all(data)
        .map_err(|error| ServiceError::Internal(format!("{}: {error}", data.display())))?;
    Ok(SqliteStore::open(&data.join(DATABASE), SqliteOptions::default()).await?)
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
    let settings = Settings { rate_limits: configuration.rate_limits, ..Settings::default() };
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
    output::result(&format!("ready http://{address}/"));
    let served = axum::serve(listener, router).with_graceful_shutdown(stopped()).await;
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

/// Resolves when the process is told to stop.
async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    };
    tokio::select! {
        _ = interrupt => {}
        () = terminate => {}
    }
}

/// Says why it could not start.
pub fn failed(error: &ServiceError, language: Language) -> u8 {
    output::message(&Text::new(format!("不能启动：{error}"), format!("Cannot start: {error}")), language);
    FAULT
}
