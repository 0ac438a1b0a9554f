//! `jiebang migrate`, `doctor`, `user`: the operator's commands.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiebang_domain::shared::{Language, Text};
use jiebang_service::{AddUser, Clock, Random, Role, Service, ServiceError};
use std::sync::Arc;

use crate::config::{self, ServerArguments};
use crate::output::{self, NO, UNREADABLE, WELL};
use crate::serve;

/// Where the data is.
#[derive(Args, Clone, Debug)]
pub struct DataArguments {
    /// Folder for the database and the files.
    #[arg(long, env = "JIEBANG_DATA", default_value = "data")]
    data: PathBuf,
}

/// Commands on accounts.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add an account.
    Add(Box<AddArguments>),
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
    /// Password; read from JIEBANG_PASSWORD or the first line of standard input when absent.
    #[arg(long, env = "JIEBANG_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// Region code, for authorities.
    #[arg(long)]
    region: Option<String>,
    /// Code of a registered organisation, for applicants and partners.
    #[arg(long)]
    organisation: Option<String>,
}

async fn open(data: &Path) -> Result<Arc<Service>, ServiceError> {
    let arguments = ServerArguments { data: Some(data.to_owned()), ..ServerArguments::default() };
    let configuration = config::settle(&arguments, data).map_err(|text| ServiceError::Internal(text.en))?;
    serve::start(&configuration, Clock::system(), Random::system()).await
}

/// `jiebang migrate`.
pub async fn migrate(arguments: DataArguments, language: Language) -> u8 {
    match serve::open_store(&arguments.data).await {
        Ok(store) => {
            drop(store.close().await);
            output::result(Text::new("数据库已是本版本", "The database is at this version").get(language));
            WELL
        }
        Err(error) => serve::failed(&error, language),
    }
}

/// `jiebang doctor`.
pub async fn doctor(arguments: DataArguments, language: Language) -> u8 {
    if !arguments.data.is_dir() {
        let shown = arguments.data.display();
        output::message(
            &Text::new(format!("没有文件夹 {shown}"), format!("There is no folder {shown}")),
            language,
        );
        return UNREADABLE;
    }
    let checked = match open(&arguments.data).await {
        Ok(service) => service.health().await,
        Err(error) => Err(error),
    };
    match checked {
        Ok(health) => {
            for fault in &health.faults {
                output::message(fault, language);
            }
            let summary = Text::new(
                format!(
                    "{} 个事件，{} 次提交，{} 个文件，{} 处问题",
                    health.events,
                    health.submissions,
                    health.files,
                    health.faults.len()
                ),
                format!(
                    "{} events, {} submissions, {} files, {} faults",
                    health.events,
                    health.submissions,
                    health.files,
                    health.faults.len()
                ),
            );
            output::result(summary.get(language));
            if health.faults.is_empty() { WELL } else { NO }
        }
        Err(error) => serve::failed(&error, language),
    }
}

/// `jiebang user …`.
pub async fn user(command: UserCommand, language: Language) -> u8 {
    let UserCommand::Add(arguments) = command;
    let Some(role) = Role::parse(&arguments.role) else {
        let roles = Role::ALL.map(Role::id).join(", ");
        output::message(
            &Text::new(
                format!("没有角色 {}；可用：{roles}", arguments.role),
                format!("There is no role {}; known: {roles}", arguments.role),
            ),
            language,
        );
        return UNREADABLE;
    };
    let Some(password) = arguments.password.clone().or_else(first_line) else {
        output::message(&Text::new("没有给出密码", "No password is given"), language);
        return UNREADABLE;
    };
    let service = match open(&arguments.data.data).await {
        Ok(service) => service,
        Err(error) => return serve::failed(&error, language),
    };
    let added = service
        .add_user(AddUser {
            username: arguments.username.clone(),
            password,
            person_name: arguments.name.clone(),
            email: String::new(),
            role,
            organisation_code: arguments.organisation.clone(),
            region: arguments.region.clone(),
            language: Language::Zh,
        })
        .await;
    match added {
        Ok(_) => WELL,
        Err(ServiceError::Invalid(findings)) => {
            for finding in findings {
                output::message(
                    &Text::new(
                        format!("{}：{}", finding.message.zh, finding.remedy.zh),
                        format!("{}: {}", finding.message.en, finding.remedy.en),
                    ),
                    language,
                );
            }
            NO
        }
        Err(error) => serve::failed(&error, language),
    }
}

fn first_line() -> Option<String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).ok()?;
    Some(line.trim_end_matches(['\r', '\n']).to_owned()).filter(|line| !line.is_empty())
}
