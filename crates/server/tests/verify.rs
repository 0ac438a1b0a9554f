//! `jiebang verify` as a shell runs it: exit codes and words.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use jiebang_ledger::checkpoint::Checkpoint;
use jiebang_ledger::statement::{Facts, Promise, Proof, Statement};
use jiebang_ledger::{Entry, Event, SecretKey};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(key: &SecretKey) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.keep("key", key.verifier().as_str());
        folder
    }

    fn keep(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Exit code, and everything that was said.
    fn verify(&self, file: &Path, language: &str) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jiebang"));
        command.args(["--lang", language, "verify", "--key"]).arg(self.0.path().join("key")).arg(file);
        let out = command.output().unwrap();
        let said = [out.stdout, out.stderr].concat();
        (out.status.code(), String::from_utf8(said).unwrap())
    }
}

/// A receipt of a ledger with one entry.
fn receipt(key: &SecretKey) -> Statement {
    let facts: Facts = serde_json::from_str(r#"{"number":"揭-1","version":1}"#).unwrap();
    let event = Event { at: 1, by: None, kind: "thing_done".to_owned(), subject: "s".to_owned() };
    let digest = event.digest(r#"{"number":"揭-1","version":1}"#, "salt");
    let head = Checkpoint { size: 1, root: Entry { digest, position: 1 }.hash() };
    Statement {
        promise: Promise::sign(key, &facts, 1, "salt").unwrap(),
        proof: Some(Proof::new(head.sign(key).unwrap(), event, &[])),
        facts,
    }
}

#[test]
fn a_receipt_is_judged_by_its_exit_code_and_in_words() {
    let key = SecretKey::from_seed("example.org/ledger", &[5; 32]).unwrap();
    let folder = Folder::new(&key);
    let whole = receipt(&key);
    let text = whole.to_json().unwrap();
    let promised = Statement { proof: None, ..whole.clone() }.to_json().unwrap();
    let mut later = whole;
    later.proof.as_mut().unwrap().event.at = 2;
    let other = |name: &str| receipt(&SecretKey::from_seed(name, &[6; 32]).unwrap());
    for (content, code, zh, en) in [
        (text.clone(), 0, "有效：账本 example.org/ledger 第1条", "Valid: entry 1"),
        (promised, 0, "签名有效", "has promised it entry 1"),
        (later.to_json().unwrap(), 1, "记的不是这些内容", "holds something else"),
        (
            text.replacen("\"version\":1", "\"version\":2", 1),
            1,
            "没有签过这些内容",
            "has not signed these facts",
        ),
        (format!("{text}\n"), 1, "不是规范格式", "not in canonical form"),
        (other("example.org/ledger").to_json().unwrap(), 1, "由另一把密钥签署", "another key has signed"),
        (
            other("elsewhere.example/ledger").to_json().unwrap(),
            1,
            "由另一把密钥签署",
            "another key has signed",
        ),
        (
            text[..20].to_owned(),
            2,
            "第 1 行第 18 列：文件不完整",
            "line 1, column 18: the file ends too early",
        ),
        ("{\n}".to_owned(), 2, "第 2 行第 1 列", "line 2, column 1"),
    ] {
        let file = folder.keep("receipt.json", &content);
        for (language, words) in [("zh", zh), ("en", en)] {
            let (found, said) = folder.verify(&file, language);
            assert_eq!(found, Some(code), "{content}: {said}");
            assert!(said.contains(words), "{content}: {said}");
        }
    }
    let (code, said) = folder.verify(&folder.keep("binary", b"\xff\xfe"), "zh");
    assert!(code == Some(2) && said.contains("不是 UTF-8"), "{code:?} {said}");
    let (code, said) = folder.verify(Path::new("/nowhere/at/all"), "zh");
    assert!(code == Some(2) && said.contains("没有这个文件"), "{code:?} {said}");
}

#[test]
fn no_byte_of_a_receipt_can_be_changed() {
    let key = SecretKey::from_seed("example.org/ledger", &[5; 32]).unwrap();
    let folder = Folder::new(&key);
    let text = receipt(&key).to_json().unwrap();
    // Every bit is tried where the crate is tested; here one of each byte in turn goes through the program.
    for place in (0..text.len()).step_by(3) {
        let mut bytes = text.clone().into_bytes();
        bytes[place] ^= 1 << (place % 8);
        let (code, said) = folder.verify(&folder.keep("flipped", bytes), "en");
        assert!(matches!(code, Some(1 | 2)), "byte {place}: {code:?} {said}");
    }
}

#[test]
fn a_program_reads_the_answer_as_json() {
    let key = SecretKey::from_seed("example.org/ledger", &[5; 32]).unwrap();
    let folder = Folder::new(&key);
    let text = receipt(&key).to_json().unwrap();
    for (content, valid, code) in [(text.clone(), true, 0), (format!("{text}\n"), false, 1)] {
        let file = folder.keep("receipt.json", &content);
        let mut command = Command::new(env!("CARGO_BIN_EXE_jiebang"));
        command.args(["verify", "--format", "json", "--key"]).arg(folder.0.path().join("key")).arg(file);
        let out = command.output().unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        assert_eq!((out.status.code(), &answer["valid"]), (Some(code), &serde_json::json!(valid)));
        assert!(answer["message"]["zh"].as_str().unwrap().contains('效'), "{answer}");
    }
}
