//! `jiebang export`: a call handed over as files that prove themselves, for an auditor or a court.
//!
//! ```text
//! OUT/events.jsonl            the events of the call, each with its proof
//! OUT/content/SHA-256.json    what they name by its digest: the call's files, frozen copies, confirmed lists
//! OUT/listed.json             of a public export: who is behind the labels on lists
//! OUT/export.json             the signed head and the counts, written last
//! ```

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use clap::Args;
use jiebang_domain::shared::{Language, Text};
use jiebang_service::{Audience, Exported, Piece, ServiceError, export};
use tokio::sync::mpsc;

use crate::operate::{self, DataArguments};
use crate::output::{self, UNREADABLE, WELL};
use crate::serve;

/// Name of the file that stands above an export.
pub const HEAD: &str = "export.json";
/// Name of the file with the events.
pub const EVENTS: &str = "events.jsonl";
/// Name of the file with who is listed, in a public export.
pub const LISTED: &str = "listed.json";
/// Name of the folder with the contents.
pub const CONTENTS: &str = "content";
/// Parts that wait to be written.
const WAITING: usize = 64;

/// Which call is handed over, and where to.
#[derive(Args, Clone, Debug)]
pub struct ExportArguments {
    #[command(flatten)]
    data: DataArguments,
    /// Id of a published call.
    call: String,
    /// Folder for the export; it must not exist or be empty.
    #[arg(long)]
    out: PathBuf,
    /// Only what anybody may have: calls, plans, lists and the records behind them.
    #[arg(long)]
    public: bool,
}

/// `jiebang export`.
pub async fn run(arguments: ExportArguments, language: Language) -> u8 {
    match made(&arguments).await {
        Ok(Exported { head, later }) => {
            let (shown, events, contents) = (arguments.out.display(), head.events, head.contents);
            let left = match later {
                0 => Text::default(),
                later => Text::new(
                    format!(
                        "；另有 {later} 个以上的事件还没有签名检查点覆盖，未导出，服务运行时一秒内即会覆盖"
                    ),
                    format!(
                        "; {later} or more later events are left out, no signed head covers them yet: a running server does so \
                         within a second"
                    ),
                ),
            };
            let care = match head.public {
                true => Text::new("其中没有未公布的单位和个人", "It names nobody who is not published"),
                false => Text::new("内含个人信息，请妥善保管", "It contains personal data, keep it safe"),
            };
            let text = Text::new(
                format!(
                    "已导出到 {shown}：{events} 个事件，{contents} 份内容{}。{}；用 jiebang verify --key 公钥文件 {shown} 核验",
                    left.zh, care.zh
                ),
                format!(
                    "{shown} holds {events} events and {contents} contents{}. {}; check it by jiebang verify --key FILE {shown}",
                    left.en, care.en
                ),
            );
            output::result(text.get(language));
            WELL
        }
        Err(Unmade::Unreadable(text)) => {
            output::message(&text, language);
            UNREADABLE
        }
        Err(Unmade::Refused(error)) => serve::failed(&error, language),
    }
}

/// Why there is no export.
enum Unmade {
    Unreadable(Text),
    Refused(ServiceError),
}

impl From<ServiceError> for Unmade {
    fn from(error: ServiceError) -> Self {
        Self::Refused(error)
    }
}

async fn made(arguments: &ExportArguments) -> Result<Exported, Unmade> {
    let ExportArguments { data, call, out, public } = arguments;
    let Some(store) = serve::open_as_it_is(data.folder(), data.database().as_ref()).await? else {
        return Err(Unmade::Unreadable(operate::no_database(data.folder())));
    };
    serve::must_be_empty(out).map_err(Unmade::Unreadable)?;
    let (sender, pieces) = mpsc::channel(WAITING);
    let folder = out.clone();
    let writing = tokio::task::spawn_blocking(move || written(&folder, pieces));
    let audience = if *public { Audience::Public } else { Audience::Full };
    let exported = export(&store, call, audience, sender).await;
    // Where the disk is full the export fails because nobody takes its parts: the disk is the reason.
    let written = writing.await.map_err(|error| ServiceError::Internal(error.to_string()))?;
    written.map_err(Unmade::Unreadable)?;
    let closed = store.close().await;
    let exported = exported.map_err(|error| match error {
        ServiceError::NotFound => Unmade::Unreadable(Text::new(
            format!("没有已发布的榜单 {call}"),
            format!("No call {call} is published"),
        )),
        error => Unmade::Refused(error),
    })?;
    closed.map_err(ServiceError::Store)?;
    let (folder, text) = (out.clone(), exported.head.to_json()?);
    let ended = tokio::task::spawn_blocking(move || ended(&folder, &text)).await;
    ended.map_err(|error| ServiceError::Internal(error.to_string()))?.map_err(Unmade::Unreadable)?;
    Ok(exported)
}

/// Writes the parts as they come. They hold personal data: nobody else may read them.
fn written(folder: &Path, mut pieces: mpsc::Receiver<Piece>) -> Result<(), Text> {
    // Nothing is left behind where there is nothing to hand over.
    let Some(first) = pieces.blocking_recv() else { return Ok(()) };
    let contents = folder.join(CONTENTS);
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&contents)
        .map_err(|error| unwritten(&contents, &error))?;
    let path = folder.join(EVENTS);
    let mut events = BufWriter::new(fresh(&path)?);
    for piece in std::iter::once(first).chain(std::iter::from_fn(|| pieces.blocking_recv())) {
        match piece {
            Piece::Event(line) => writeln!(events, "{line}").map_err(|error| unwritten(&path, &error))?,
            Piece::Content { sha256, text } => keep(&contents.join(format!("{sha256}.json")), &text)?,
            Piece::Listed(text) => keep(&folder.join(LISTED), &text)?,
        }
    }
    let file = events.into_inner().map_err(|error| unwritten(&path, error.error()))?;
    file.sync_all().map_err(|error| unwritten(&path, &error))
}

/// Writes what says that the export is complete.
fn ended(folder: &Path, text: &str) -> Result<(), Text> {
    keep(&folder.join(HEAD), text)
}

fn keep(path: &Path, text: &str) -> Result<(), Text> {
    let mut file = fresh(path)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| unwritten(path, &error))
}

fn fresh(path: &Path) -> Result<File, Text> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| unwritten(path, &error))
}

fn unwritten(path: &Path, error: &std::io::Error) -> Text {
    let (shown, error) = (path.display(), output::os(error));
    Text::new(format!("不能写 {shown}：{}", error.zh), format!("{shown} cannot be written: {}", error.en))
}
