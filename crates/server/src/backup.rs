//! `jiebang backup`: a copy of database and files that can be served from.

use std::path::{Path, PathBuf};

use clap::Args;
use jiebang_domain::shared::{Language, Text};
use jiebang_service::{FileStore, Health, ServiceError, Store, copy_files, health};
use jiebang_store_sqlite::{SqliteOptions, SqliteStore, copy_database};

use crate::operate::DataArguments;
use crate::output::{self, NO, UNREADABLE, WELL};
use crate::serve;

/// What is copied, and where to.
#[derive(Args, Clone, Debug)]
pub struct BackupArguments {
    #[command(flatten)]
    data: DataArguments,
    /// Folder for the copy; it must not exist or be empty.
    #[arg(long)]
    out: PathBuf,
}

/// `jiebang backup`.
pub async fn run(arguments: BackupArguments, language: Language) -> u8 {
    if let Err(text) = may_begin(&arguments) {
        output::message(&text, language);
        return UNREADABLE;
    }
    let copied = match copy(&arguments).await {
        Ok(copied) => copied,
        Err(error) => return serve::failed(&error, language),
    };
    let Health { events, submissions, files, faults, .. } = copied;
    for fault in &faults {
        output::message(fault, language);
    }
    let (shown, count) = (arguments.out.display(), faults.len());
    let text = Text::new(
        format!(
            "已备份到 {shown}：{events} 个事件，{submissions} 次提交，{files} 个文件，{count} 处问题；账本私钥不在其中，须另行保管"
        ),
        format!(
            "{shown} is a copy with {events} events, {submissions} submissions, {files} files, {count} faults; the ledger's key is \
             not in it and must be kept elsewhere"
        ),
    );
    output::result(text.get(language));
    if count == 0 { WELL } else { NO }
}

/// Refuses what cannot be copied here, and a folder that holds something.
fn may_begin(arguments: &BackupArguments) -> Result<(), Text> {
    if arguments.data.database().is_some() {
        return Err(Text::new(
            "PostgreSQL 数据库用 pg_dump 备份，之后再备份文件，见运维文档",
            "A PostgreSQL database is copied by pg_dump, and the files after it; see the document on operation",
        ));
    }
    if !serve::holds_database(arguments.data.folder()) {
        return Err(crate::operate::no_database(arguments.data.folder()));
    }
    serve::must_be_empty(&arguments.out)?;
    serve::make_folder(&arguments.out)
}

/// Copies the database, then the files that it names, and looks at the copy as the doctor does.
async fn copy(arguments: &BackupArguments) -> Result<Health, ServiceError> {
    let (from, to) = (arguments.data.folder(), arguments.out.as_path());
    let database = to.join(serve::DATABASE);
    copy_blocking(from.join(serve::DATABASE), database.clone()).await?;
    let options = SqliteOptions { migrate: false, ..SqliteOptions::default() };
    let store: Store = SqliteStore::open(&database, options).await?.into();
    let kept = FileStore::new(&to.join("files"))?;
    let files = serve::open_files(from, arguments.data.files()).await?;
    copy_files(&store, &files, &kept).await?;
    let found = health(&store, &kept).await?;
    store.close().await?;
    sync(to)?;
    Ok(found)
}

async fn copy_blocking(from: PathBuf, to: PathBuf) -> Result<(), ServiceError> {
    let copied = tokio::task::spawn_blocking(move || copy_database(&from, &to)).await;
    copied.map_err(|error| ServiceError::Internal(error.to_string()))?.map_err(ServiceError::Store)
}

/// Makes the names in the folder durable.
fn sync(folder: &Path) -> Result<(), ServiceError> {
    std::fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| ServiceError::Internal(format!("{}: {error}", folder.display())))
}
