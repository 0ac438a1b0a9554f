//! `jiebang verify`: what a receipt proves, offline, with the key and nothing else.

use std::path::{Path, PathBuf};

use clap::Args;
use jiebang_domain::shared::{Language, Text};
use jiebang_ledger::checkpoint::Checkpoint;
use jiebang_ledger::statement::{Refutation, Verdict, verify};
use jiebang_ledger::{Hash, VerifierKey, tree};

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
    /// A receipt.
    #[arg(required_unless_present = "consistency")]
    file: Option<PathBuf>,
}

/// Verifies and says what it found.
pub fn run(arguments: &VerifyArguments, language: Language) -> u8 {
    let verified = read(&arguments.key).and_then(|text| key(&text)).and_then(|key| {
        match (&arguments.consistency, &arguments.file) {
            (Some(paths), _) => consistency(paths, &key),
            (None, Some(path)) => receipt(path, &key),
            (None, None) => Err(Text::new("没有要验证的文件", "There is nothing to verify")),
        }
    });
    match verified {
        Ok((holds, text)) => {
            output::result(text.get(language));
            if holds { WELL } else { NO }
        }
        Err(text) => {
            output::message(&text, language);
            UNREADABLE
        }
    }
}

/// Whether it holds, and why.
type Verified = Result<(bool, Text), Text>;

fn receipt(path: &Path, key: &VerifierKey) -> Verified {
    let text = read(path)?;
    let verdict = verify(&text, key).map_err(|error| {
        let shown = path.display();
        Text::new(format!("{shown} 不是回执：{error}"), format!("{shown} is no receipt: {error}"))
    })?;
    Ok(match verdict {
        Verdict::Included(statement, size) => {
            let position = statement.promise.position;
            (
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
            (
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
        Verdict::Refuted(why) => (false, refuted(why)),
    })
}

fn refuted(why: Refutation) -> Text {
    let (zh, en) = match why {
        Refutation::NotCanonical => {
            ("文件被改动过：不是规范格式", "the file was changed: it is not in canonical form")
        }
        Refutation::Signature => {
            ("这把公钥没有签过这些内容", "the key has not signed these facts at this place")
        }
        Refutation::Checkpoint => ("这把公钥没有签过这个检查点", "the key has not signed this head"),
        Refutation::Entry => ("账目与回执内容或位置不符", "the entry is of other facts or of another place"),
        Refutation::Proof => ("包含证明不成立", "the hashes do not lead from the entry to the head"),
    };
    Text::new(format!("无效：{zh}"), format!("Not valid: {en}"))
}

/// `OLD` and `NEW` are signed heads; `PROOF` has a hash in base64 on each line.
fn consistency(paths: &[PathBuf], key: &VerifierKey) -> Verified {
    let [old, new, proof] = paths else {
        return Err(Text::new("要三个文件：OLD NEW PROOF", "Three files are needed: OLD NEW PROOF"));
    };
    let (old_text, new_text, proof) = (read(old)?, read(new)?, hashes(proof)?);
    let (Some(old), Some(new)) = (Checkpoint::open(&old_text, key), Checkpoint::open(&new_text, key)) else {
        return Ok((false, refuted(Refutation::Checkpoint)));
    };
    Ok(if tree::extends(&proof, new.size, new.root, old.size, old.root) {
        (
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
        (
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
    let shown = path.display();
    let fault = |error: &dyn std::fmt::Display| {
        Text::new(format!("打不开 {shown}：{error}"), format!("{shown} cannot be opened: {error}"))
    };
    let size = std::fs::metadata(path).map_err(|error| fault(&error))?;
    if !size.is_file() || size.len() > FILE_BYTES_MAX {
        return Err(Text::new(
            format!("{shown} 不是普通文件或超过1 MiB"),
            format!("{shown} is no regular file or larger than 1 MiB"),
        ));
    }
    std::fs::read_to_string(path).map_err(|error| fault(&error))
}
