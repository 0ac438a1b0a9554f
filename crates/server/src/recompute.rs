//! `jiebang recompute`: the lists of an export, computed again from it alone.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use jiebang_domain::shared::{Language, Text};
use jiebang_ledger::VerifierKey;
use jiebang_service::{Lifted, Recompute, Recomputed};
use serde_json::json;

use crate::call::Format;
use crate::export::{CONTENTS, EVENTS, HEAD, LISTED};
use crate::output::{self, NO, UNREADABLE, WELL};

/// Longest line and largest content that is read.
const BYTES_MAX: u64 = 64 << 20;
/// Differences that are told one by one.
const TOLD_MAX: usize = 200;

/// What to compute again.
#[derive(Args, Debug)]
pub struct RecomputeArguments {
    /// Folder of an export, full or public.
    folder: PathBuf,
    /// File with the public key of the ledger, from elsewhere than the export.
    #[arg(long)]
    key: Option<PathBuf>,
    /// Form of the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Computes and says what it found.
pub fn run(arguments: &RecomputeArguments, language: Language) -> u8 {
    let Recomputed { lists, equal, mut differences } = match computed(arguments) {
        Ok(found) => found,
        Err(text) => {
            output::message(&text, language);
            return UNREADABLE;
        }
    };
    let more = differences.len().saturating_sub(TOLD_MAX);
    differences.truncate(TOLD_MAX);
    let proven = arguments.key.is_some();
    let well = differences.is_empty();
    let unproven = match proven {
        true => Text::default(),
        false => {
            Text::new("；没有给出公钥，签名未经证实", "; no key was given, so that the signature is unproven")
        }
    };
    let text = match well {
        true => Text::new(
            format!("一致：{lists} 版名单全部重算，逐字节相同{}", unproven.zh),
            format!("Equal: {lists} versions of lists computed again, the same bit for bit{}", unproven.en),
        ),
        false => Text::new(
            format!(
                "不一致：{lists} 版名单中 {equal} 版相同，{} 处不符{}",
                differences.len() + more,
                unproven.zh
            ),
            format!(
                "Not equal: {equal} of {lists} versions of lists are the same, {} differences{}",
                differences.len() + more,
                unproven.en
            ),
        ),
    };
    match arguments.format {
        Format::Text => {
            for difference in &differences {
                output::message(difference, language);
            }
            output::result(text.get(language));
        }
        Format::Json => {
            let told = json!({ "equal": well, "proven": proven, "lists": lists, "message": text,
                "differences": differences, "more": more });
            output::result(&told.to_string());
        }
    }
    if well { WELL } else { NO }
}

fn computed(arguments: &RecomputeArguments) -> Result<Recomputed, Text> {
    let RecomputeArguments { folder, key, .. } = arguments;
    let key = key.as_deref().map(read_key).transpose()?;
    let mut computing = Recompute::begin(&text_of(&folder.join(HEAD))?, key.as_ref())?;
    let mut lifted = Lifted::default();
    let path = folder.join(EVENTS);
    let mut events = BufReader::new(File::open(&path).map_err(|error| unread(&path, &error))?);
    for nth in 1.. {
        let mut line = String::new();
        let length =
            (&mut events).take(BYTES_MAX).read_line(&mut line).map_err(|error| unread(&path, &error))?;
        if length == 0 {
            break;
        }
        computing.event(line.trim_end_matches('\n'), &mut lifted).map_err(|text| {
            Text::new(format!("{EVENTS}:{nth}：{}", text.zh), format!("{EVENTS}:{nth}: {}", text.en))
        })?;
    }
    let listed = folder.join(LISTED);
    let listed = match listed.is_file() {
        true => Some(serde_json::from_str(&text_of(&listed)?).map_err(|error| {
            Text::new(format!("{LISTED} 读不出：{error}"), format!("{LISTED} cannot be read: {error}"))
        })?),
        false => None,
    };
    let contents = folder.join(CONTENTS);
    let content = |digest: &str| text_of(&contents.join(format!("{digest}.json"))).ok();
    Ok(computing.run(&content, listed.as_ref()))
}

fn read_key(path: &Path) -> Result<VerifierKey, Text> {
    let text = text_of(path)?;
    VerifierKey::parse(text.trim()).map_err(|error| {
        Text::new(
            format!("{} 不是账本公钥：{error}", path.display()),
            format!("{} is no public key of a ledger: {error}", path.display()),
        )
    })
}

fn text_of(path: &Path) -> Result<String, Text> {
    let mut text = String::new();
    let file = File::open(path).map_err(|error| unread(path, &error))?;
    file.take(BYTES_MAX).read_to_string(&mut text).map_err(|error| unread(path, &error))?;
    Ok(text)
}

fn unread(path: &Path, error: &std::io::Error) -> Text {
    let shown = path.display();
    Text::new(format!("{shown} 读不出：{error}"), format!("{shown} cannot be read: {error}"))
}
