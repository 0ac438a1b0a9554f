//! The ledger's key, and the job that takes events into the ledger.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiebang_domain::shared::Text;
use jiebang_service::{
    Random, SecretKey, Service, ServiceError, Store, claim_ledger_key, recorded_ledger_key,
};

use crate::config::Configuration;
use crate::output;

/// Name of the file with the key.
pub const KEY: &str = "ledger.key";
/// How often new events are taken in.
const PAUSE: Duration = Duration::from_secs(1);

/// Where the key is.
pub fn place(configuration: &Configuration) -> PathBuf {
    configuration.ledger_key.clone().unwrap_or_else(|| configuration.data.join(KEY))
}

/// The key that the ledger of this database is signed with. It is made at the first start of all, and the public half is
/// printed then; later nothing but this key will do, on whichever server.
///
/// # Errors
/// When the file is missing or holds another key than signs this ledger; when it cannot be read or kept.
pub async fn key(path: &Path, store: &Store, random: &Random) -> Result<SecretKey, ServiceError> {
    let signs = |recorded: &str| {
        Text::new(
            format!("本数据库的账本由密钥 {recorded} 签名"),
            format!("{recorded} signs the ledger of this database"),
        )
    };
    let there = read(path)?;
    let is_new = there.is_none();
    let key = match (there, recorded_ledger_key(store).await?) {
        (Some(key), _) => key,
        (None, None) => make(path, random)?,
        (None, Some(recorded)) => {
            return Err(refused(path, &signs(&recorded), Text::new("没有", "is not there")));
        }
    };
    if claim_ledger_key(store, key.verifier()).await? {
        if is_new {
            output::result(&format!("ledger key {}", key.verifier().as_str()));
        }
        return Ok(key);
    }
    if is_new {
        // Another server was quicker; this one has signed nothing.
        std::fs::remove_file(path).map_err(|error| fault(path, &error))?;
    }
    let recorded = recorded_ledger_key(store).await?.unwrap_or_default();
    Err(refused(path, &signs(&recorded), Text::new("不是它", "holds another key")))
}

/// A key for commands that sign nothing, so that accounts can be kept where the ledger's key is not.
///
/// # Errors
/// None: the name is right.
pub fn passing(random: &Random) -> Result<SecretKey, ServiceError> {
    SecretKey::from_seed("passing", &random.seed()).map_err(|error| fault(Path::new(KEY), &error))
}

/// The key in a file; `None` where there is no file.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> Result<Option<SecretKey>, ServiceError> {
    match std::fs::read_to_string(path) {
        Ok(text) => SecretKey::parse(&text).map(Some).map_err(|error| fault(path, &error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault(path, &error)),
    }
}

/// Makes a key and keeps it where only the owner reads it.
///
/// # Errors
/// When it cannot be kept.
pub fn make(path: &Path, random: &Random) -> Result<SecretKey, ServiceError> {
    let (name, seed) = (format!("jiebang-{}", &random.token()[..8]), random.seed());
    let key = SecretKey::from_seed(&name, &seed).map_err(|error| fault(path, &error))?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| fault(path, &error))?;
    let kept = file.write_all(key.reveal().as_bytes()).and_then(|()| file.sync_all());
    kept.map_err(|error| fault(path, &error))?;
    Ok(key)
}

fn fault(path: &Path, error: &dyn std::fmt::Display) -> ServiceError {
    ServiceError::Internal(format!("{}: {error}", path.display()))
}

fn refused(path: &Path, signs: &Text, why: Text) -> ServiceError {
    let shown = path.display();
    ServiceError::field(
        "ledger_key_other",
        "ledger_key",
        Text::new(
            format!("{}，密钥文件 {shown} {}", signs.zh, why.zh),
            format!("{}, and the file {shown} {}", signs.en, why.en),
        ),
        Text::new(
            "把原密钥文件放到该处，或用 --ledger-key 指明；密钥确已丢失的，用 jiebang adopt-key 换用新密钥",
            "put the file with that key there, or name it by --ledger-key; if the key is lost, change it by jiebang adopt-key",
        ),
    )
}

/// Takes events into the ledger and follows what other servers publish, again and again, until the server stops.
pub async fn keep(service: Arc<Service>) {
    let mut beat = tokio::time::interval(PAUSE);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        if let Err(error) = service.follow_publications().await {
            tracing::error!(%error, "what others published was not taken in; it will be tried again");
        }
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
