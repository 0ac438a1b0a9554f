//! `jiebang verify`: what a receipt or an export proves, offline, with the key and nothing else.

mod export;

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args;
use jiebang_domain::shared::{Language, Text};
use jiebang_ledger::checkpoint::Checkpoint;
use jiebang_ledger::statement::{Refutation, Verdict, verify};
use jiebang_ledger::{Hash, VerifierKey, tree};
use jiebang_service::{ExportCounts, refutation_words, unreadable_words};
use serde_json::json;

use crate::call::Format;
use crate::output::{self, NO, UNREADABLE, WELL};

/// Largest file that is read.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// What to verify, and with which key.
#[derive(Args, Debug)]
pub struct VerifyArguments {
    /// File with the public key of the ledger, from elsewhere than what is verified.
    #[arg(long)]
    key: PathBuf,
    /// Two signed heads and the proof that the second extends the first.
    #[arg(long, num_args = 3, value_names = ["OLD", "NEW", "PROOF"], conflicts_with = "file")]
    consistency: Option<Vec<PathBuf>>,
    /// A receipt, or the folder of an export.
    #[arg(required_unless_present = "consistency")]
    file: Option<PathBuf>,
    /// Form of the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Verifies and says what it found.
pub fn run(arguments: &VerifyArguments, language: Language) -> u8 {
    let verified = read(&arguments.key).and_then(|text| key(&text)).and_then(|key| {
        match (&arguments.consistency, &arguments.file) {
            (Some(paths), _) => consistency(paths, &key),
            (None, Some(path)) if path.is_dir() => exported(path, &key),
            (None, Some(path)) => receipt(path, &key),
            (None, None) => Err(Text::new("没有要验证的文件", "There is nothing to verify")),
        }
    });
    match verified {
        Ok(Judged { holds, text, differences }) => {
            match arguments.format {
                Format::Text => {
                    for difference in &differences {
                        output::message(difference, language);
                    }
                    output::result(text.get(language));
                }
                Format::Json => {
                    let told = json!({ "valid": holds, "message": text, "differences": differences });
                    output::result(&told.to_string());
                }
            }
            if holds { WELL } else { NO }
        }
        Err(text) => {
            output::message(&text, language);
            UNREADABLE
        }
    }
}

/// Whether it holds, and why.
struct Judged {
    holds: bool,
    text: Text,
    /// What does not hold, one by one.
    differences: Vec<Text>,
}

impl Judged {
    fn new(holds: bool, text: Text) -> Self {
        Self { holds, text, differences: Vec::new() }
    }
}

/// The judgement, or what cannot be read.
type Verified = Result<Judged, Text>;

fn exported(folder: &Path, key: &VerifierKey) -> Verified {
    let export::Found { counts, differences, more } = export::check(folder, key)?;
    let ExportCounts { events, erased, contents, size } = counts;
    let name = key.name();
    let text = match differences.len() + more {
        0 => Text::new(
            format!(
                "有效：账本 {name} 的签名检查点（{size} 条）覆盖导出中的 {events} 个事件（其中 {erased} 个的内容依法删除）和它们指明的 {contents} 份内容"
            ),
            format!(
                "Valid: the signed head of {size} entries of the ledger {name} covers the {events} events of this export ({erased} of \
                 them erased by law) and the {contents} contents that they name"
            ),
        ),
        count => Text::new(
            format!("无效：导出与账本有 {count} 处不符"),
            format!("Not valid: the export differs from the ledger in {count} places"),
        ),
    };
    Ok(Judged { holds: differences.is_empty(), text, differences })
}

fn receipt(path: &Path, key: &VerifierKey) -> Verified {
    let verdict = verify(bytes(path)?, key).map_err(|found| {
        let (shown, why) = (path.display(), unreadable_words(&found));
        Text::new(format!("{shown} 不是回执：{}", why.zh), format!("{shown} is no receipt: {}", why.en))
    })?;
    Ok(match verdict {
        Verdict::Included(statement, size) => {
            let position = statement.promise.position;
            Judged::new(
                true,
                Text::new(
                    format!(
                        "有效：账本 {} 第{position}条记有本回执，已由{size}条的签名检查点覆盖",
                        key.name()
                    ),
                    format!(
                        "Valid: entry {position} of the ledger {} holds this receipt; the signed head of {size} entries covers it",
                        key.name()
                    ),
                ),
            )
        }
        Verdict::Promised(statement) => {
            let position = statement.promise.position;
            Judged::new(
                true,
                Text::new(
                    format!(
                        "签名有效：账本 {} 承诺记入第{position}条；本文件下载较早，还没有包含证明，重新下载即有",
                        key.name()
                    ),
                    format!(
                        "The signature is valid: the ledger {} has promised it entry {position}; this copy is from before the proof, download it again",
                        key.name()
                    ),
                ),
            )
        }
        Verdict::Refuted(why) => Judged::new(false, refuted(why)),
    })
}

fn refuted(why: Refutation) -> Text {
    let Text { zh, en } = refutation_words(why);
    Text::new(format!("无效：{zh}"), format!("Not valid: {en}"))
}

/// `OLD` and `NEW` are signed heads; `PROOF` has a hash in base64 on each line.
fn consistency(paths: &[PathBuf], key: &VerifierKey) -> Verified {
    let [old, new, proof] = paths else {
        return Err(Text::new("要三个文件：OLD NEW PROOF", "Three files are needed: OLD NEW PROOF"));
    };
    let (old_text, new_text, proof) = (read(old)?, read(new)?, hashes(proof)?);
    let (Some(old), Some(new)) = (Checkpoint::open(&old_text, key), Checkpoint::open(&new_text, key)) else {
        return Ok(Judged::new(false, refuted(Refutation::Checkpoint)));
    };
    Ok(if tree::extends(&proof, new.size, new.root, old.size, old.root) {
        Judged::new(
            true,
            Text::new(
                format!("有效：{}条的账本以{}条的账本开头，没有改写", new.size, old.size),
                format!(
                    "Valid: the ledger of {} entries begins with that of {}; nothing was rewritten",
                    new.size, old.size
                ),
            ),
        )
    } else {
        Judged::new(
            false,
            Text::new(
                "无效：新账本不是旧账本的延续",
                "Not valid: the newer ledger does not extend the older",
            ),
        )
    })
}

fn hashes(path: &Path) -> Result<Vec<Hash>, Text> {
    let text = read(path)?;
    let lines = text.lines().enumerate();
    lines
        .map(|(nth, line)| {
            jiebang_ledger::hash_from_base64(line).ok_or_else(|| {
                let (shown, line) = (path.display(), nth + 1);
                Text::new(
                    format!("{shown}:{line} 不是 base64 的 SHA-256"),
                    format!("{shown}:{line} is not a SHA-256 in base64"),
                )
            })
        })
        .collect()
}

fn key(text: &str) -> Result<VerifierKey, Text> {
    VerifierKey::parse(text).map_err(|_| {
        Text::new(
            "公钥文件不是“名称+编号+公钥”的一行；从 /.well-known/jiebang-ledger 取得",
            "The key file is not one line of name+id+key; get it from /.well-known/jiebang-ledger",
        )
    })
}

fn read(path: &Path) -> Result<String, Text> {
    String::from_utf8(bytes(path)?).map_err(|_| {
        let shown = path.display();
        Text::new(format!("{shown} 不是 UTF-8 编码"), format!("{shown} is not encoded in UTF-8"))
    })
}

/// A file to read from.
fn opened(path: &Path) -> Result<File, Text> {
    // One that is no file may never end, or never begin.
    if !std::fs::metadata(path).map_err(|error| unread(path, &error))?.is_file() {
        let shown = path.display();
        return Err(Text::new(format!("{shown} 不是普通文件"), format!("{shown} is no regular file")));
    }
    File::open(path).map_err(|error| unread(path, &error))
}

fn unread(path: &Path, error: &std::io::Error) -> Text {
    let (shown, error) = (path.display(), output::os(error));
    Text::new(format!("打不开 {shown}：{}", error.zh), format!("{shown} cannot be opened: {}", error.en))
}

fn bytes(path: &Path) -> Result<Vec<u8>, Text> {
    let shown = path.display();
    let size = std::fs::metadata(path).map_err(|error| unread(path, &error))?;
    if !size.is_file() || size.len() > FILE_BYTES_MAX {
        return Err(Text::new(
            format!("{shown} 不是普通文件或超过1 MiB"),
            format!("{shown} is no regular file or larger than 1 MiB"),
        ));
    }
    std::fs::read(path).map_err(|error| unread(path, &error))
}
