//! The ledger's key, and the job that takes events into the ledger.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiebang_service::{Random, SecretKey, Service, ServiceError};

use crate::output;

/// Name of the file with the key.
const KEY: &str = "ledger.key";
/// How often new events are taken in.
const PAUSE: Duration = Duration::from_secs(1);

/// The key that the ledger is signed with, made at the first start; the public half is printed then.
///
/// # Errors
/// When it cannot be read or kept.
pub fn key(data: &Path, random: &Random) -> Result<SecretKey, ServiceError> {
    let path = data.join(KEY);
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
pub async fn keep(service: Arc<Service>) {
    let mut beat = tokio::time::interval(PAUSE);
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
