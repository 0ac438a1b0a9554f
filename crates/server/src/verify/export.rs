//! Whether an export stands in the ledger whose key is given.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use jiebang_domain::shared::Text;
use jiebang_ledger::VerifierKey;
use jiebang_service::{ExportCheck, ExportCounts};
use sha2::{Digest, Sha256};

use super::{opened, read};
use crate::export::{CONTENTS, EVENTS, HEAD};

/// Longest line that is read.
const LINE_BYTES_MAX: u64 = 4 << 20;
/// Differences that are named; the others are counted.
const NAMED_MAX: usize = 100;

/// What was found.
pub struct Found {
    /// What there is.
    pub counts: ExportCounts,
    /// What does not hold, with its place.
    pub differences: Vec<Text>,
    /// How many more there are.
    pub more: usize,
}

impl Found {
    fn note(&mut self, place: &str, text: &Text) {
        if self.differences.len() < NAMED_MAX {
            let (zh, en) = (format!("{place}：{}", text.zh), format!("{place}: {}", text.en));
            self.differences.push(Text::new(zh, en));
        } else {
            self.more += 1;
        }
    }
}

/// Holds the files of an export against the key.
///
/// # Errors
/// What cannot be read.
pub fn check(folder: &Path, key: &VerifierKey) -> Result<Found, Text> {
    let mut found = Found { counts: ExportCounts::default(), differences: Vec::new(), more: 0 };
    let begun = ExportCheck::begin(&read(&folder.join(HEAD))?, key)
        .map_err(|text| Text::new(format!("{HEAD}：{}", text.zh), format!("{HEAD}: {}", text.en)))?;
    let mut check = match begun {
        Ok(check) => check,
        Err(why) => {
            found.note(HEAD, &why);
            return Ok(found);
        }
    };
    events(&folder.join(EVENTS), &mut check, &mut found)?;
    contents(&folder.join(CONTENTS), &mut check, &mut found)?;
    let (counts, missing) = check.end();
    found.counts = counts;
    for text in missing {
        found.note(HEAD, &text);
    }
    Ok(found)
}

fn events(path: &Path, check: &mut ExportCheck, found: &mut Found) -> Result<(), Text> {
    let mut file = BufReader::new(opened(path)?);
    for nth in 1.. {
        let place = format!("{EVENTS}:{nth}");
        let unread = |zh: &str, en: &str| Text::new(format!("{place}：{zh}"), format!("{place}: {en}"));
        let mut line = String::new();
        let length = (&mut file).take(LINE_BYTES_MAX).read_line(&mut line);
        match length {
            Ok(0) => break,
            Ok(_) if line.ends_with('\n') => {}
            Ok(_) => return Err(unread("这一行太长或不完整", "the line is too long or not complete")),
            Err(_) => {
                return Err(unread(
                    "读不出，或不是 UTF-8 编码",
                    "it cannot be read, or is not encoded in UTF-8",
                ));
            }
        }
        let held = check.event(line.trim_end_matches('\n')).map_err(|text| unread(&text.zh, &text.en))?;
        if let Err(why) = held {
            found.note(&place, &why);
        }
    }
    Ok(())
}

fn contents(folder: &Path, check: &mut ExportCheck, found: &mut Found) -> Result<(), Text> {
    let unread = |error: &std::io::Error| super::unread(folder, error);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unread(&error))? {
        names.push(entry.map_err(|error| unread(&error))?.file_name());
    }
    names.sort();
    for name in names {
        let path = folder.join(&name);
        let place = format!("{CONTENTS}/{}", name.display());
        let digest = digest(&path)?;
        if name.to_str().and_then(|name| name.strip_suffix(".json")) != Some(digest.as_str()) {
            found.note(
                &place,
                &Text::new(
                    format!("文件名不是内容的 SHA-256（{digest}）：内容或文件名被改动过"),
                    format!(
                        "its name is not the SHA-256 of what it holds ({digest}): one of them was changed"
                    ),
                ),
            );
        } else if !check.content(&digest) {
            found.note(
                &place,
                &Text::new("没有成立的事件指明这份内容", "no event that holds names this content"),
            );
        }
    }
    Ok(())
}

fn digest(path: &Path) -> Result<String, Text> {
    let (mut file, mut hash): (File, Sha256) = (opened(path)?, Sha256::new());
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hex::encode(hash.finalize())),
            Ok(length) => hash.update(buffer.get(..length).unwrap_or_default()),
            Err(error) => return Err(super::unread(path, &error)),
        }
    }
}
