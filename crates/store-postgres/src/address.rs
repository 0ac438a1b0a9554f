//! The address of a database: what may stand in it, and how it wants the connection protected.

use jiebang_store::StoreError;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::str::FromStr;

/// Parameters that an address may have. The driver writes what it does not know into the log, value and all: a mistyped
/// `password` would stand there.
const KNOWN: [&str; 11] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
];

/// Reads an address. No error repeats it, for it may hold a password.
pub(crate) fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let (_, query) = url.split_once('?').unwrap_or((url, ""));
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs: Vec<(&str, &str)> = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    if let Some((name, _)) = pairs.iter().find(|(name, _)| !KNOWN.contains(name)) {
        return Err(StoreError::Unavailable(format!("the address of the database has no parameter {name}")));
    }
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Unavailable("the address of the database cannot be read".to_owned()))?;
    let root = pairs.iter().find(|(name, _)| *name == "sslrootcert");
    let root = root.map(|(_, path)| percent_encoding::percent_decode_str(path).decode_utf8_lossy());
    if let Some(path) = &root {
        readable(path)?;
    }
    protected(options, root.is_some() || std::env::var_os("PGSSLROOTCERT").is_some())
}

/// Sets how the connection is protected. Who names a root wants the server's certificate checked by it, as with PostgreSQL's
/// own clients; the driver would pass over it.
fn protected(options: PgConnectOptions, root: bool) -> Result<PgConnectOptions, StoreError> {
    match options.get_ssl_mode() {
        // The driver would not encrypt.
        PgSslMode::Allow => Err(StoreError::Insecure("sslmode=allow is not offered".to_owned())),
        PgSslMode::Require if root => Ok(options.ssl_mode(PgSslMode::VerifyCa)),
        PgSslMode::Disable | PgSslMode::Prefer if root => {
            Err(StoreError::Insecure("sslrootcert is named, but sslmode asks for no check".to_owned()))
        }
        _ => Ok(options),
    }
}

/// Refuses a root that cannot be read; the driver would only say that some file is not there, or pass over an empty one.
fn readable(path: &str) -> Result<(), StoreError> {
    let found = std::fs::read_to_string(path)
        .map_err(|error| StoreError::Insecure(format!("{path} of sslrootcert cannot be read: {error}")))?;
    if found.contains("-----BEGIN CERTIFICATE-----") {
        return Ok(());
    }
    Err(StoreError::Insecure(format!("{path} of sslrootcert holds no certificate in PEM")))
}

#[cfg(test)]
mod tests {
    use super::options;

    #[test]
    fn nothing_that_is_refused_is_repeated() {
        for url in [
            "postgres://u:secret@h:port/d",
            "postgres://u:secret@h/d?passwrod=secret",
            "postgres://u:secret@h/d?sslmode=secret",
            "postgres://u:secret@h/d?sslmode=allow",
            "postgres://u:secret@h/d?sslmode=require&sslrootcert=/none/root.crt",
            "secret",
        ] {
            let said = options(url).expect_err(url).to_string();
            assert!(!said.contains("secret"), "{url}: {said}");
        }
    }

    #[test]
    fn a_root_is_never_passed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("根 root.crt");
        std::fs::write(&root, "-----BEGIN CERTIFICATE-----").expect("a file");
        let path = root.to_string_lossy().replace(' ', "%20");
        for (mode, used) in [
            ("require", Some("VerifyCa")),
            ("verify-ca", Some("VerifyCa")),
            ("verify-full", Some("VerifyFull")),
            ("prefer", None),
            ("disable", None),
        ] {
            let url = format!("postgres://u@h/d?sslmode={mode}&sslrootcert={path}");
            let found = options(&url).ok().map(|options| format!("{:?}", options.get_ssl_mode()));
            assert_eq!(found.as_deref(), used, "{mode}");
        }
        std::fs::write(&root, "nothing").expect("a file");
        let url = format!("postgres://u@h/d?sslmode=verify-full&sslrootcert={path}");
        assert!(options(&url).is_err());
    }
}
