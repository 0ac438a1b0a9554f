//! `jiebang erase`: what the law asks to delete goes for good; the ledger over it stands.

use clap::{Args, Subcommand};
use jiebang_domain::shared::{Language, Text};
use jiebang_service::ServiceError;

use crate::operate::{self, DataArguments, Undone};
use crate::serve;

/// What is erased.
#[derive(Debug, Subcommand)]
pub enum EraseCommand {
    /// An application: draft, files, submitted versions, notes of the desk, facts of its events.
    Application(EraseArguments),
    /// What one receipt states, and the version that was submitted with it.
    Receipt(EraseArguments),
    /// Who an account is: name, address, login name, password. It is closed.
    User(EraseArguments),
}

/// One thing that is there, and why it goes.
#[derive(Args, Debug)]
pub struct EraseArguments {
    #[command(flatten)]
    data: DataArguments,
    /// Number of a receipt, or login name.
    name: String,
    /// Law and article. It is kept and shown: it must name nobody.
    #[arg(long)]
    reason: String,
}

/// `jiebang erase …`.
pub async fn run(command: EraseCommand, language: Language) -> u8 {
    operate::told(erased(command).await, language)
}

async fn erased(command: EraseCommand) -> Result<Text, Undone> {
    let (EraseCommand::Application(arguments)
    | EraseCommand::Receipt(arguments)
    | EraseCommand::User(arguments)) = &command;
    let EraseArguments { data, name, reason } = arguments;
    // Nobody else may be at work: somebody could be attaching a file that is being removed.
    let _lock = serve::take_folder(data.folder()).map_err(Undone::Unreadable)?;
    let service = operate::existing(data).await?;
    let unknown = |error| match error {
        ServiceError::NotFound => Undone::Refused(ServiceError::field(
            "unknown",
            "name",
            Text::new(format!("没有 {name}"), format!("There is no {name}")),
            Text::new("核对回执编号或登录名", "Check the number of the receipt or the login name"),
        )),
        error => Undone::Refused(error),
    };
    match command {
        EraseCommand::Application(_) => {
            let application = service.application_of_receipt(name).await.map_err(unknown)?;
            service.erase_application(&application, reason).await?;
        }
        EraseCommand::Receipt(_) => service.erase_receipt(name, reason).await.map_err(unknown)?,
        EraseCommand::User(_) => service.erase_user(name, reason).await.map_err(unknown)?,
    }
    Ok(Text::new(
        format!("{name} 已依法删除；备份和数据库的空闲页中仍有旧字节，处理办法见运维文档"),
        format!(
            "{name} is erased; bytes of it stay in backups and free pages, see the document on operation"
        ),
    ))
}
