//! `jiebang migrate`, `doctor`, `user`: the operator's commands.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiebang_domain::shared::{Language, Text};
use jiebang_service::{AddUser, Clock, Health, Random, Role, Service, ServiceError, adopt_ledger_key};
use std::sync::Arc;

use crate::config::{self, DatabaseAddress, ServerArguments};
use crate::ledger;
use crate::output::{self, NO, UNREADABLE, WELL};
use crate::serve;

/// Where the data is.
#[derive(Args, Clone, Debug)]
pub struct DataArguments {
    /// Folder for the database and the files.
    #[arg(long, env = "JIEBANG_DATA", default_value = "data")]
    data: PathBuf,
    /// Address of a PostgreSQL database, as postgres://user@host/name; without it SQLite in the data folder.
    #[arg(long, env = "JIEBANG_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// Folder for uploaded files, or s3://bucket/prefix, which several servers may share; without it `files` in the data folder.
    #[arg(long, env = "JIEBANG_FILES")]
    files: Option<String>,
}

impl DataArguments {
    /// The data folder.
    pub fn folder(&self) -> &Path {
        &self.data
    }

    /// Where uploaded files are, if not there.
    pub fn files(&self) -> Option<&str> {
        self.files.as_deref()
    }

    /// The database, if it is not there.
    pub fn database(&self) -> Option<DatabaseAddress> {
        self.database.clone().map(DatabaseAddress)
    }
}

/// Where the data and the ledger's key are.
#[derive(Args, Clone, Debug)]
pub struct KeyArguments {
    #[command(flatten)]
    data: DataArguments,
    /// File with the secret key of the ledger, the same for all servers on one database; without it `ledger.key` in the data folder.
    #[arg(long, env = "JIEBANG_LEDGER_KEY")]
    ledger_key: Option<PathBuf>,
}

/// Commands on accounts.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add an account.
    Add(Box<AddArguments>),
    /// Set a new password and end the sessions of the account.
    SetPassword(PasswordArguments),
    /// Close an account and end its sessions.
    Disable(AccountArguments),
}

/// An account that is there.
#[derive(Args, Debug)]
pub struct AccountArguments {
    #[command(flatten)]
    data: DataArguments,
    /// Login name.
    username: String,
}

/// A new password for an account that is there.
#[derive(Args, Debug)]
pub struct PasswordArguments {
    #[command(flatten)]
    account: AccountArguments,
    /// Password; without it JIEBANG_PASSWORD, else asked for on a terminal, else the first line of standard input.
    #[arg(long, env = "JIEBANG_PASSWORD", hide_env_values = true)]
    password: Option<String>,
}

/// A new account.
#[derive(Args, Debug)]
pub struct AddArguments {
    #[command(flatten)]
    data: DataArguments,
    /// Role, such as programme_office.
    #[arg(long)]
    role: String,
    /// Login name.
    #[arg(long)]
    username: String,
    /// Name of the person.
    #[arg(long)]
    name: String,
    /// Password; without it JIEBANG_PASSWORD, else asked for on a terminal, else the first line of standard input.
    #[arg(long, env = "JIEBANG_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// Region code, for authorities.
    #[arg(long)]
    region: Option<String>,
    /// Code of a registered organisation, for applicants and partners.
    #[arg(long)]
    organisation: Option<String>,
}

async fn open(at: &DataArguments) -> Result<Arc<Service>, ServiceError> {
    let (data, database) = (Some(at.data.clone()), at.database.clone());
    let files = at.files.clone();
    let arguments = ServerArguments { data, database, files, ..ServerArguments::default() };
    let configuration =
        config::settle(&arguments, &at.data).map_err(|text| ServiceError::Internal(text.en))?;
    let store = serve::open_store(&configuration.data, configuration.database.as_ref()).await?;
    let random = Random::system();
    let key = ledger::passing(&random)?;
    serve::start_on(store, &configuration, Clock::system(), random, key).await
}

/// `jiebang adopt-key`.
pub async fn adopt_key(arguments: KeyArguments, language: Language) -> u8 {
    let KeyArguments { data, ledger_key } = arguments;
    match adopt(&data, ledger_key).await {
        Ok(text) => {
            output::result(text.get(language));
            WELL
        }
        Err(Undone::Unreadable(text)) => unreadable(&text, language),
        Err(Undone::Refused(error)) => serve::failed(&error, language),
    }
}

async fn adopt(at: &DataArguments, ledger_key: Option<PathBuf>) -> Result<Text, Undone> {
    let Some(store) = serve::open_as_it_is(&at.data, at.database().as_ref()).await? else {
        return Err(Undone::Unreadable(no_database(&at.data)));
    };
    let path = ledger_key.unwrap_or_else(|| at.data.join(ledger::KEY));
    let key = match ledger::read(&path)? {
        Some(key) => key,
        None => ledger::make(&path, &Random::system())?,
    };
    let changed = adopt_ledger_key(&store, key.verifier(), Clock::system().now()).await?;
    drop(store.close().await);
    let shown = key.verifier().as_str();
    Ok(if changed {
        Text::new(
            format!("账本今后由密钥 {shown} 签名；请公布新公钥，把密钥文件放到每个服务上，并重新启动它们"),
            format!(
                "{shown} signs the ledger from now on; make the public half known, give the file to every server, and start them anew"
            ),
        )
    } else {
        Text::new(format!("账本已由密钥 {shown} 签名"), format!("{shown} signs the ledger already"))
    })
}

/// `jiebang migrate`.
pub async fn migrate(arguments: DataArguments, language: Language) -> u8 {
    let _lock = match serve::take_folder(&arguments.data) {
        Ok(lock) => lock,
        Err(text) => return unreadable(&text, language),
    };
    let new = arguments.database().is_none() && !serve::holds_database(&arguments.data);
    match serve::open_store(&arguments.data, arguments.database().as_ref()).await {
        Ok(store) => {
            drop(store.close().await);
            let shown = arguments.data.display();
            let said = if new {
                Text::new(
                    format!("{shown} 里没有数据库，已新建"),
                    format!("There was no database in {shown}; a new one was made"),
                )
            } else {
                Text::new("数据库已是本版本", "The database is at this version")
            };
            output::result(said.get(language));
            WELL
        }
        Err(error) => serve::failed(&error, language),
    }
}

/// `jiebang doctor`. It looks and changes nothing.
pub async fn doctor(arguments: DataArguments, language: Language) -> u8 {
    let health = match examine(&arguments).await {
        Ok(Some(health)) => health,
        Ok(None) => return unreadable(&no_database(&arguments.data), language),
        Err(error) => {
            let what = serve::words_of(&error);
            let fault = Text::new(
                format!("{}；数据库可能已损坏，或者不是本版本的", what.zh),
                format!("{}; the database may be corrupt or of another version", what.en),
            );
            Health { faults: vec![fault], ..Health::default() }
        }
    };
    for fault in &health.faults {
        output::message(fault, language);
    }
    let Health { events, entries, submissions, files, faults } = &health;
    let faults = faults.len();
    let summary = Text::new(
        format!(
            "{events} 个事件（已与账本核对 {entries} 条），{submissions} 次提交，{files} 个文件，{faults} 处问题"
        ),
        format!(
            "{events} events ({entries} compared with the ledger), {submissions} submissions, {files} files, {faults} faults"
        ),
    );
    output::result(summary.get(language));
    if faults == 0 { WELL } else { NO }
}

async fn examine(at: &DataArguments) -> Result<Option<Health>, ServiceError> {
    let Some(store) = serve::open_as_it_is(&at.data, at.database().as_ref()).await? else { return Ok(None) };
    let files = serve::open_files(&at.data, at.files.as_deref()).await?;
    let health = jiebang_service::health(&store, &files).await;
    drop(store.close().await);
    health.map(Some)
}

/// `jiebang user …`.
pub async fn user(command: UserCommand, language: Language) -> u8 {
    let done = match command {
        UserCommand::Add(arguments) => add(*arguments, language).await,
        UserCommand::SetPassword(PasswordArguments { account, password }) => {
            set_password(account, password, language).await
        }
        UserCommand::Disable(AccountArguments { data, username }) => disable(&data, &username).await,
    };
    told(done, language)
}

/// Says what was done, or why nothing was, and how it ends.
pub fn told(done: Result<Text, Undone>, language: Language) -> u8 {
    match done {
        Ok(text) => {
            output::result(text.get(language));
            WELL
        }
        Err(Undone::Unreadable(text)) => unreadable(&text, language),
        Err(Undone::Refused(error)) => refused(error, language),
    }
}

/// Why a command did nothing.
pub enum Undone {
    /// It cannot be read, or there is nothing that it could be done on.
    Unreadable(Text),
    /// It was refused.
    Refused(ServiceError),
}

impl From<ServiceError> for Undone {
    fn from(error: ServiceError) -> Self {
        Self::Refused(error)
    }
}

async fn add(arguments: AddArguments, language: Language) -> Result<Text, Undone> {
    let Some(role) = Role::parse(&arguments.role) else {
        let roles = Role::ALL.map(Role::id).join(", ");
        return Err(Undone::Unreadable(Text::new(
            format!("没有角色 {}；可用：{roles}", arguments.role),
            format!("There is no role {}; known: {roles}", arguments.role),
        )));
    };
    serve::make_folder(&arguments.data.data).map_err(Undone::Unreadable)?;
    let password = password(arguments.password, language).map_err(Undone::Unreadable)?;
    let username = arguments.username.clone();
    let added = AddUser {
        username: arguments.username,
        password,
        person_name: arguments.name,
        email: String::new(),
        role,
        organisation_code: arguments.organisation,
        region: arguments.region,
        language: Language::Zh,
    };
    open(&arguments.data).await?.add_user(added).await?;
    let role = role.name();
    Ok(Text::new(
        format!("已添加用户 {username}（{}）", role.zh),
        format!("The user {username} was added ({})", role.en),
    ))
}

async fn set_password(
    account: AccountArguments,
    given: Option<String>,
    language: Language,
) -> Result<Text, Undone> {
    let AccountArguments { data, username } = account;
    let service = existing(&data).await?;
    let password = password(given, language).map_err(Undone::Unreadable)?;
    service.set_password(&username, &password).await.map_err(|error| unknown(error, &username))?;
    Ok(Text::new(
        format!("已为用户 {username} 设置新密码，原有登录已结束"),
        format!("The user {username} has a new password, and is logged out everywhere"),
    ))
}

async fn disable(data: &DataArguments, username: &str) -> Result<Text, Undone> {
    existing(data).await?.disable_user(username).await.map_err(|error| unknown(error, username))?;
    Ok(Text::new(
        format!("已停用用户 {username}，原有登录已结束"),
        format!("The user {username} is closed, and is logged out everywhere"),
    ))
}

/// The service on a folder that holds a database: a mistyped folder is no new one.
///
/// # Errors
/// That there is none, or that it cannot be opened.
pub async fn existing(at: &DataArguments) -> Result<Arc<Service>, Undone> {
    if at.database.is_none() && !serve::holds_database(&at.data) {
        return Err(Undone::Unreadable(no_database(&at.data)));
    }
    Ok(open(at).await?)
}

/// Says that a folder holds no database.
pub fn no_database(data: &Path) -> Text {
    let shown = data.display();
    Text::new(format!("文件夹 {shown} 中没有数据库"), format!("There is no database in the folder {shown}"))
}

fn unknown(error: ServiceError, username: &str) -> Undone {
    match error {
        ServiceError::NotFound => Undone::Refused(ServiceError::field(
            "username_unknown",
            "username",
            Text::new(format!("没有用户 {username}"), format!("There is no user {username}")),
            Text::new("核对登录名", "Check the login name"),
        )),
        error => Undone::Refused(error),
    }
}

fn unreadable(text: &Text, language: Language) -> u8 {
    output::message(text, language);
    UNREADABLE
}

fn refused(error: ServiceError, language: Language) -> u8 {
    let ServiceError::Invalid(findings) = error else { return serve::failed(&error, language) };
    for finding in findings {
        let text = Text::new(
            format!("{}：{}", finding.message.zh, finding.remedy.zh),
            format!("{}: {}", finding.message.en, finding.remedy.en),
        );
        output::message(&text, language);
    }
    NO
}

/// The password that was given, or the one that is typed on the terminal without showing, or the first line of a pipe.
fn password(given: Option<String>, language: Language) -> Result<String, Text> {
    let typed = match given {
        Some(password) => Some(password),
        None if std::io::stdin().is_terminal() => typed_twice(language)?,
        None => first_line(),
    };
    typed.filter(|password| !password.is_empty()).ok_or(Text::new("没有给出密码", "No password is given"))
}

fn typed_twice(language: Language) -> Result<Option<String>, Text> {
    let ask = |prompt: Text| rpassword::prompt_password(prompt.get(language)).ok();
    let first = ask(Text::new("密码（输入时不显示）：", "Password (not shown): "));
    let again = ask(Text::new("再输入一次：", "Once more: "));
    if first != again {
        return Err(Text::new("两次输入的密码不同，没有执行", "The two passwords differ; nothing was done"));
    }
    Ok(first)
}

fn first_line() -> Option<String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).ok()?;
    Some(line.trim_end_matches(['\r', '\n']).to_owned())
}
