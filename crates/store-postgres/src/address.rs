//! The address of a database: what may stand in it, on which hosts it is, and how it wants the connection protected.

use jiebang_store::StoreError;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::str::FromStr;

/// The one kind of session that is of use here, as PostgreSQL's own clients name it.
const SESSION: &str = "target_session_attrs";
const READ_WRITE: &str = "read-write";

/// Parameters that an address may have. The driver writes what it does not know into the log, value and all: a mistyped
/// `password` would stand there.
const KNOWN: [&str; 12] = [
    SESSION,
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

/// An address, read.
#[derive(Debug)]
pub(crate) struct Address {
    /// How to connect to each host.
    pub(crate) hosts: Vec<PgConnectOptions>,
    /// Only a host that takes writes is meant. So it is wherever there are several: one of them is a standby.
    pub(crate) writes: bool,
}

/// Reads an address. No error repeats it, for it may hold a password.
pub(crate) fn read(url: &str) -> Result<Address, StoreError> {
    // The driver would take any scheme for its own, and the address of another database for one of PostgreSQL.
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(unreadable());
    }
    let (before, query) = url.split_once('?').unwrap_or((url, ""));
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs: Vec<(&str, &str)> = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    if let Some((name, _)) = pairs.iter().find(|(name, _)| !KNOWN.contains(name)) {
        return Err(fault(
            &format!("数据库地址没有参数 {name}；可用的有 {}", KNOWN.join("、")),
            &format!("the address of the database has no parameter {name}; there are {}", KNOWN.join(", ")),
        ));
    }
    let session = pairs.iter().find(|(name, _)| *name == SESSION);
    if session.is_some_and(|(_, value)| *value != READ_WRITE) {
        return Err(fault(
            &format!("数据库地址的 {SESSION} 只能是 {READ_WRITE}"),
            &format!("{SESSION} of the address of the database can only be {READ_WRITE}"),
        ));
    }
    let places = places(before);
    let elsewhere = |(name, value): &(&str, &str)| {
        ["host", "hostaddr", "port"].contains(name) && (places.len() > 1 || value.contains(','))
    };
    if pairs.iter().any(elsewhere) {
        return Err(fault(
            "多台主机写在库名之前，各带端口，如 host,host:5433/库名",
            "several hosts stand before the name of the database, each with its port: host,host:5433/name",
        ));
    }
    let root = pairs.iter().find(|(name, _)| *name == "sslrootcert");
    let root = root.map(|(_, path)| percent_encoding::percent_decode_str(path).decode_utf8_lossy());
    let kept: Vec<String> = pairs
        .iter()
        .filter(|(name, _)| *name != SESSION)
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut hosts = Vec::new();
    for place in &places {
        let options =
            PgConnectOptions::from_str(&format!("{place}?{}", kept.join("&"))).map_err(|_| unreadable())?;
        hosts.push(options);
    }
    if let Some(path) = &root {
        readable(path)?;
    }
    let rooted = root.is_some() || std::env::var_os("PGSSLROOTCERT").is_some();
    let hosts = hosts.into_iter().map(|options| protected(options, rooted)).collect::<Result<Vec<_>, _>>()?;
    Ok(Address { writes: session.is_some() || hosts.len() > 1, hosts })
}

/// An address that is not used, and why.
fn fault(zh: &str, en: &str) -> StoreError {
    StoreError::Address { zh: zh.to_owned(), en: en.to_owned() }
}

fn unreadable() -> StoreError {
    fault(
        "数据库地址无法识别；写成 postgres://用户:密码@主机:端口/库名，其中的特殊字符用百分号编码",
        "the address of the database cannot be read; write postgres://user:password@host:port/name, with special characters percent-encoded",
    )
}

/// The address, as far as the parameters, once for each of its hosts.
fn places(address: &str) -> Vec<String> {
    let Some((scheme, rest)) = address.split_once("://") else { return vec![address.to_owned()] };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user, hosts) = authority.rsplit_once('@').map_or(("", authority), |(user, hosts)| (user, hosts));
    let at = if authority.contains('@') { "@" } else { "" };
    hosts.split(',').map(|host| format!("{scheme}://{user}{at}{host}{path}")).collect()
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
    use super::read;

    #[test]
    fn nothing_that_is_refused_is_repeated() {
        for url in [
            "postgres://u:secret@h:port/d",
            "postgres://u:secret@h/d?passwrod=secret",
            "postgres://u:secret@h/d?sslmode=secret",
            "postgres://u:secret@h/d?sslmode=allow",
            "postgres://u:secret@h/d?sslmode=require&sslrootcert=/none/root.crt",
            "postgres://u:secret@h:port,i/d",
            "postgres://u:secret@h,i/d?target_session_attrs=secret",
            "postgres://u:secret@h,i/d?host=secret",
            "postgres://u:secret@/d?host=h,secret",
            "mysql://u:secret@h/d",
            "host=secret dbname=d",
            "",
            "secret",
        ] {
            let said = format!("{:?}", read(url).expect_err(url));
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
            let found = read(&url).ok().map(|address| format!("{:?}", address.hosts[0].get_ssl_mode()));
            assert_eq!(found.as_deref(), used, "{mode}");
        }
        std::fs::write(&root, "nothing").expect("a file");
        let url = format!("postgres://u@h/d?sslmode=verify-full&sslrootcert={path}");
        assert!(read(&url).is_err());
    }

    #[test]
    fn several_hosts_are_read_one_by_one() {
        for (url, hosts, writes) in [
            ("postgres://u:a%2Cb@h:5433/d", &[("h", 5433)][..], false),
            ("postgres://u@h:5433/d?target_session_attrs=read-write", &[("h", 5433)], true),
            (
                "postgres://u:p,@h,i:5433,[::1]:5434/d?sslmode=disable",
                &[("h", 5432), ("i", 5433), ("::1", 5434)],
                true,
            ),
        ] {
            let found = read(url).expect(url);
            let named: Vec<_> = found
                .hosts
                .iter()
                .map(|of| (of.get_host().trim_matches(['[', ']']).to_owned(), of.get_port()))
                .collect();
            let wanted: Vec<_> = hosts.iter().map(|(host, port)| ((*host).to_owned(), *port)).collect();
            assert_eq!((named, found.writes), (wanted, writes), "{url}");
            assert!(found.hosts.iter().all(|of| of.get_database() == Some("d") && of.get_username() == "u"));
        }
        let sockets = read("postgres://u@%2Ftmp%2Fa:1,%2Ftmp%2Fb:2/d").expect("sockets");
        let sockets: Vec<_> =
            sockets.hosts.iter().map(|of| (of.get_socket().cloned(), of.get_port())).collect();
        assert_eq!(sockets, [(Some("/tmp/a".into()), 1), (Some("/tmp/b".into()), 2)]);
    }
}
