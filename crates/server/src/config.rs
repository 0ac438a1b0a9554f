//! Configuration: flag over environment (`JIEBANG_…`) over file (`jiebang.toml`) over default.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use jiebang_domain::shared::Text;
use jiebang_web::Network;
use serde::Deserialize;

use crate::output;

/// Where a server runs and what it keeps.
#[derive(Args, Clone, Debug, Default)]
pub struct ServerArguments {
    /// Address to listen on.
    #[arg(long, env = "JIEBANG_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// Folder for the database and the files.
    #[arg(long, env = "JIEBANG_DATA")]
    pub data: Option<PathBuf>,
    /// Address of a PostgreSQL database, as postgres://user@host/name; without it SQLite in the data folder.
    #[arg(long, env = "JIEBANG_DATABASE", hide_env_values = true)]
    pub database: Option<String>,
    /// Folder for uploaded files, or s3://bucket/prefix, which several servers may share; without it `files` in the data folder.
    #[arg(long, env = "JIEBANG_FILES")]
    pub files: Option<String>,
    /// File with the secret key of the ledger, the same for all servers on one database; without it `ledger.key` in the data folder.
    #[arg(long, env = "JIEBANG_LEDGER_KEY")]
    pub ledger_key: Option<PathBuf>,
    /// Address that others reach the server by, as https://host; documents lead there for verification.
    #[arg(long, env = "JIEBANG_PUBLIC_URL")]
    pub public_url: Option<PublicUrl>,
    /// Folder with further calls and shared files.
    #[arg(long, env = "JIEBANG_CALLS")]
    pub calls: Option<PathBuf>,
    /// Configuration file; `jiebang.toml` of the working folder when it exists.
    #[arg(long, env = "JIEBANG_CONFIG")]
    pub config: Option<PathBuf>,
    /// Send cookies over TLS only; set it behind a TLS proxy.
    #[arg(long, env = "JIEBANG_SECURE_COOKIES")]
    pub secure_cookies: bool,
    /// Addresses or networks of the proxies in front, by commas; only they are believed in X-Forwarded-For.
    #[arg(long, env = "JIEBANG_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<Network>,
    /// Do not limit requests; for load tests.
    #[arg(long, env = "JIEBANG_NO_RATE_LIMITS", hide = true)]
    pub no_rate_limits: bool,
}

/// Address that others reach the server by (公开地址), without a slash at its end.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicUrl(pub String);

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let uri: http::Uri = text.trim().parse().map_err(|error| format!("{error}"))?;
        let plain = matches!(uri.scheme_str(), Some("http" | "https")) && uri.query().is_none();
        match uri.authority() {
            Some(authority) if plain && !authority.as_str().contains('@') => {
                Ok(Self(text.trim().trim_end_matches('/').to_owned()))
            }
            _ => Err("an address as https://host".to_owned()),
        }
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Address of a database (数据库地址), which may hold a password.
#[derive(Clone)]
pub struct DatabaseAddress(pub String);

impl std::fmt::Debug for DatabaseAddress {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("DatabaseAddress")
    }
}

/// The same, settled.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Folder for the database and the files.
    pub data: PathBuf,
    /// Address of a PostgreSQL database, with what it takes to log in; never shown.
    pub database: Option<DatabaseAddress>,
    /// Where uploaded files are, if not in the data folder.
    pub files: Option<String>,
    /// File with the ledger's key, if not in the data folder.
    pub ledger_key: Option<PathBuf>,
    /// Address that others reach the server by.
    pub public_url: String,
    /// Folder with further calls.
    pub calls: Option<PathBuf>,
    /// Send cookies over TLS only.
    pub secure_cookies: bool,
    /// Proxies that are believed when they say for whom they ask.
    pub trusted_proxies: Vec<Network>,
    /// Limit requests.
    pub rate_limits: bool,
}

/// `jiebang.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<SocketAddr>,
    data: Option<PathBuf>,
    database: Option<String>,
    files: Option<String>,
    ledger_key: Option<PathBuf>,
    public_url: Option<PublicUrl>,
    calls: Option<PathBuf>,
    secure_cookies: Option<bool>,
    trusted_proxies: Option<Vec<Network>>,
}

/// The entries of [`File`], and how each is written.
const KEYS: [(&str, &str, &str); 9] = [
    ("listen", "地址和端口，如 \"127.0.0.1:8080\"", "an address with its port, such as \"127.0.0.1:8080\""),
    ("data", "加引号的文件夹", "a folder in quotes"),
    ("database", "加引号的 postgres:// 地址", "an address as \"postgres://user@host/name\""),
    ("files", "加引号的文件夹或 s3:// 地址", "a folder, or an address as \"s3://bucket/prefix\", in quotes"),
    ("ledger_key", "加引号的文件", "a file in quotes"),
    ("public_url", "加引号的 https:// 地址", "an address as \"https://host\""),
    ("calls", "加引号的文件夹", "a folder in quotes"),
    ("secure_cookies", " true 或 false", "true or false"),
    (
        "trusted_proxies",
        "地址或网段的列表，如 [\"10.0.0.0/8\"]",
        "a list of addresses or networks, such as [\"10.0.0.0/8\"]",
    ),
];

/// Settles the configuration.
///
/// # Errors
/// When the configuration file cannot be read, with line and column.
pub fn settle(arguments: &ServerArguments, default_data: &Path) -> Result<Configuration, Text> {
    let default = Path::new("jiebang.toml");
    let file = match (&arguments.config, default.is_file()) {
        (Some(path), _) => read(path)?,
        (None, true) => read(default)?,
        (None, false) => File::default(),
    };
    let listen = arguments.listen.or(file.listen).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)));
    Ok(Configuration {
        listen,
        data: arguments.data.clone().or(file.data).unwrap_or_else(|| default_data.to_owned()),
        database: arguments.database.clone().or(file.database).map(DatabaseAddress),
        files: arguments.files.clone().or(file.files),
        ledger_key: arguments.ledger_key.clone().or(file.ledger_key),
        public_url: arguments
            .public_url
            .clone()
            .or(file.public_url)
            .map_or_else(|| format!("http://{listen}"), |address| address.0),
        calls: arguments.calls.clone().or(file.calls),
        secure_cookies: arguments.secure_cookies || file.secure_cookies.unwrap_or(false),
        trusted_proxies: if arguments.trusted_proxies.is_empty() {
            file.trusted_proxies.unwrap_or_default()
        } else {
            arguments.trusted_proxies.clone()
        },
        rate_limits: !arguments.no_rate_limits,
    })
}

fn read(path: &Path) -> Result<File, Text> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        let error = output::os(&error);
        Text::new(
            format!("打不开配置文件 {shown}：{}", error.zh),
            format!("The file {shown} cannot be opened: {}", error.en),
        )
    })?;
    parse(&text, &shown.to_string())
}

/// The entries of a file, or its first fault with line and column.
fn parse(text: &str, shown: &str) -> Result<File, Text> {
    let located = |line: usize, column: usize, message: &Text, help: &Text| {
        Text::new(
            format!("{shown}:{line}:{column} 配置有错：{}。{}", message.zh, help.zh),
            format!("{shown}:{line}:{column} the configuration is faulty: {}. {}", message.en, help.en),
        )
    };
    if let Some(fault) = jiebang_callfile::syntax_faults(text).first() {
        return Err(located(fault.line, fault.column, &fault.message, &fault.help));
    }
    toml::from_str(text).map_err(|error| {
        let before = error.span().map_or("", |span| text.get(..span.start).unwrap_or(""));
        let (line, start) = (before.matches('\n').count(), before.rsplit('\n').next().unwrap_or(""));
        let key = text.lines().nth(line).and_then(|of| of.split('=').next()).unwrap_or_default().trim();
        let (message, help) = fault_of(key);
        located(line + 1, start.chars().count() + 1, &message, &help)
    })
}

/// What is wrong with an entry that is well written, and how to mend it.
fn fault_of(key: &str) -> (Text, Text) {
    let Some((_, zh, en)) = KEYS.iter().find(|(known, ..)| *known == key) else {
        let known = KEYS.map(|(known, ..)| known).join(", ");
        let message = Text::new(format!("没有 {key} 这一项"), format!("There is no entry {key}"));
        return (message, Text::new(format!("可用的有：{known}"), format!("There are: {known}")));
    };
    (
        Text::new(format!("{key} 的值不能用"), format!("The value of {key} cannot be used")),
        Text::new(format!("写成{zh}"), format!("Write {en}")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_faulty_entry_is_told_with_its_place_in_both_languages() {
        for (text, place, en) in [
            ("listen = 127.0.0.1", "f:1:", "is faulty"),
            ("\nlisten = \"here\"\n", "f:2:10", "The value of listen cannot be used"),
            ("data = \"d\"\nsecure_cookies = \"yes\"", "f:2:18", "Write true or false"),
            ("trusted_proxies = [\"10.0.0.0/99\"]", "f:1:", "The value of trusted_proxies"),
            ("public_url = \"jiebang\"", "f:1:14", "https://host"),
            ("port = 80", "f:1:1", "There are: listen, data,"),
        ] {
            let fault = parse(text, "f").unwrap_err();
            assert!(fault.en.starts_with(place) && fault.en.contains(en), "{}", fault.en);
            assert!(fault.zh.starts_with(place) && fault.zh.contains("配置有错"), "{}", fault.zh);
            assert!(!fault.zh.contains("expected") && !fault.zh.contains("invalid"), "{}", fault.zh);
        }
    }

    #[test]
    fn the_table_of_entries_knows_each_of_them() {
        for (key, ..) in KEYS {
            let fault = parse(&format!("{key} = 2020-01-01"), "f").unwrap_err();
            assert!(fault.en.contains(&format!("The value of {key} cannot be used")), "{}", fault.en);
        }
    }
}
