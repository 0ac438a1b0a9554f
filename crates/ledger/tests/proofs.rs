//! Trees, proofs and statements against the definitions of RFC 6962, and every bit of a statement.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use jiebang_ledger::checkpoint::Checkpoint;
use jiebang_ledger::statement::{
    Facts, Promise, Proof, Refutation, Statement, Unread, Unreadable, Verdict, verify,
};
use jiebang_ledger::tree::{Question, Stored, TreeError, answer, extends, first_number, includes, needed};
use jiebang_ledger::{Entry, Event, Hash, SecretKey};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

/// The root by the words of RFC 6962, section 2.1.
fn root_by_definition(leaves: &[Hash]) -> Hash {
    match leaves.len() {
        0 => Sha256::digest(b"").into(),
        1 => leaves[0],
        count => {
            let split = 1 << (count - 1).ilog2();
            let (left, right) = leaves.split_at(split);
            let mut hash = Sha256::new();
            hash.update([1]);
            hash.update(root_by_definition(left));
            hash.update(root_by_definition(right));
            hash.finalize().into()
        }
    }
}

fn event(position: u64) -> Event {
    Event {
        at: 1_742_000_000_000_000 + i64::try_from(position).unwrap(),
        by: Some(format!("account-{position}")),
        kind: "thing_done".to_owned(),
        subject: format!("subject-{position}"),
    }
}

fn entry(position: u64, facts: &str) -> Entry {
    Entry { digest: event(position).digest(facts, "salt"), position }
}

/// A tree of so many entries: stored hashes and leaves.
fn tree(count: u64) -> (Stored, Vec<Hash>) {
    let (mut stored, mut leaves) = (Stored::new(), Vec::new());
    for index in 0..count {
        let leaf = entry(index + 1, "{}").hash();
        let hashes = answer(Question::Append { size: index, leaf }, &stored).unwrap();
        stored.extend((first_number(index)..).zip(hashes));
        leaves.push(leaf);
    }
    (stored, leaves)
}

fn root(stored: &Stored, size: u64) -> Hash {
    answer(Question::Root { size }, stored).unwrap()[0]
}

#[test]
fn roots_are_those_of_the_definition() {
    let (stored, leaves) = tree(130);
    for size in 0..=130 {
        let all = &leaves[..usize::try_from(size).unwrap()];
        assert_eq!(root(&stored, size), root_by_definition(all), "{size}");
    }
    assert_eq!(
        leaves[0],
        <[u8; 32]>::from(Sha256::digest([&[0], entry(1, "{}").leaf().as_slice()].concat())),
        "a leaf is hashed with a zero before it"
    );
}

proptest! {
    #[test]
    fn every_entry_is_proved_and_no_other(count in 1u64..200, index in 0u64..200, wrong in 0u64..200) {
        let (stored, leaves) = tree(count);
        let at = |index: u64| leaves[usize::try_from(index).unwrap()];
        let (index, wrong) = (index % count, wrong % count);
        let proof = answer(Question::Inclusion { size: count, index }, &stored).unwrap();
        prop_assert!(includes(&proof, count, root(&stored, count), index, at(index)));
        prop_assert_eq!(includes(&proof, count, root(&stored, count), wrong, at(index)), wrong == index);
        prop_assert_eq!(includes(&proof, count, root(&stored, count), index, at(wrong)), wrong == index);
        let mut longer = proof.clone();
        longer.push([0; 32]);
        prop_assert!(!includes(&longer, count, root(&stored, count), index, at(index)));
    }

    #[test]
    fn every_older_head_is_a_beginning(count in 1u64..200, old in 0u64..200) {
        let (stored, _) = tree(count);
        let old = old % (count + 1);
        let proof = answer(Question::Consistency { size: count, old }, &stored).unwrap();
        prop_assert!(extends(&proof, count, root(&stored, count), old, root(&stored, old)));
        prop_assert!(!extends(&proof, count, root(&stored, count), old, [7; 32]));
        prop_assert!(old == count || old == 0 || !extends(&proof, count, [7; 32], old, root(&stored, old)));
    }
}

#[test]
fn what_is_not_stored_or_outside_is_named() {
    let (mut stored, _) = tree(5);
    assert_eq!(answer(Question::Inclusion { size: 5, index: 5 }, &stored), Err(TreeError::Outside));
    let wanted = needed(Question::Root { size: 5 }).unwrap();
    assert_eq!(wanted.len(), 2);
    stored.remove(&wanted[0]);
    assert_eq!(answer(Question::Root { size: 5 }, &stored), Err(TreeError::Missing(wanted[0])));
}

fn facts() -> Facts {
    serde_json::from_str(r#"{"content_sha256":"00ff","number":"x-1","version":1}"#).unwrap()
}

fn statement(key: &SecretKey) -> Statement {
    let (mut stored, _) = tree(5);
    let json = serde_jcs::to_string(&facts()).unwrap();
    let entry = entry(6, &json);
    let hashes = answer(Question::Append { size: 5, leaf: entry.hash() }, &stored).unwrap();
    stored.extend((first_number(5)..).zip(hashes));
    let head = Checkpoint { size: 6, root: root(&stored, 6) };
    let proof = answer(Question::Inclusion { size: 6, index: 5 }, &stored).unwrap();
    Statement {
        facts: facts(),
        promise: Promise::sign(key, &facts(), 6, "salt").unwrap(),
        proof: Some(Proof::new(head.sign(key).unwrap(), event(6), &proof)),
    }
}

#[test]
fn a_statement_is_verified_with_and_without_its_proof() {
    let key = SecretKey::from_seed("example.org/ledger", &[5; 32]).unwrap();
    let whole = statement(&key);
    let text = whole.to_json().unwrap();
    assert_eq!(verify(&text, key.verifier()), Ok(Verdict::Included(whole.clone(), 6)));
    let early = Statement { proof: None, ..whole };
    assert_eq!(verify(early.to_json().unwrap(), key.verifier()), Ok(Verdict::Promised(early)));
    let other = SecretKey::from_seed("example.org/ledger", &[6; 32]).unwrap();
    assert_eq!(verify(&text, other.verifier()), Ok(Verdict::Refuted(Refutation::OtherKey)));
}

#[test]
fn what_is_no_statement_is_told_with_its_place() {
    let key = SecretKey::from_seed("example.org/ledger", &[5; 32]).unwrap();
    let place = |file: &[u8]| {
        let Unreadable { line, column, why } = verify(file, key.verifier()).unwrap_err();
        (line, column, why)
    };
    assert_eq!(place(b"").2, Unread::End);
    assert_eq!(place("{\n  \"名称\": \"揭榜".as_bytes()), (2, 11, Unread::End));
    for (file, line, column) in [("PK\u{3}\u{4}", 1, 1), ("{\n \"揭\": 1,\n \"榜\" 2}", 3, 6)] {
        let (at, by, why) = place(file.as_bytes());
        assert!((at, by) == (line, column) && matches!(why, Unread::Syntax(_)), "{file} {at}:{by} {why}");
    }
    let promise = r#"{"a":1,"promise":{"note":"","position":"7","salt":""}}"#;
    for (file, column, word) in [
        ("[]", 1, "an object"),
        ("{}", 2, "promise"),
        (promise, 42, "string"),
        (&promise.replace("\"7\"", "7").replace("salt", "sald"), 47, "sald"),
    ] {
        let (line, by, why) = place(file.as_bytes());
        let Unread::Shape(said) = &why else { panic!("{file}: {why}") };
        assert!((line, by) == (1, column) && said.contains(word), "{file} {line}:{by} {said}");
    }
    assert_eq!(place(b"{\n\"\xe6\x8f\xad\xff"), (2, 3, Unread::Encoding));
}

#[test]
fn no_bit_of_a_statement_can_be_flipped() {
    let key = SecretKey::from_seed("example.org/ledger", &[5; 32]).unwrap();
    let text = statement(&key).to_json().unwrap();
    for place in 0..text.len() * 8 {
        let mut bytes = text.clone().into_bytes();
        bytes[place / 8] ^= 1 << (place % 8);
        let Ok(flipped) = String::from_utf8(bytes) else { continue };
        match verify(&flipped, key.verifier()) {
            Err(_) | Ok(Verdict::Refuted(_)) => {}
            other => panic!("bit {place}: {other:?}\n{flipped}"),
        }
    }
}

#[test]
fn parts_of_two_statements_do_not_make_a_third() {
    let key = SecretKey::from_seed("example.org/ledger", &[5; 32]).unwrap();
    let whole = statement(&key);
    let mut changed = whole.clone();
    changed.facts.insert("version".to_owned(), 2.into());
    changed.promise = Promise::sign(&key, &changed.facts, 6, "salt").unwrap();
    assert_eq!(
        verify(changed.to_json().unwrap(), key.verifier()),
        Ok(Verdict::Refuted(Refutation::Proof)),
        "a keeper who signs other facts is caught by the log"
    );
    let mut moved = whole.clone();
    moved.promise = Promise::sign(&key, &moved.facts, 5, "salt").unwrap();
    assert_eq!(verify(moved.to_json().unwrap(), key.verifier()), Ok(Verdict::Refuted(Refutation::Proof)));
    for change in [
        |event: &mut Event| event.at += 1,
        |event: &mut Event| event.kind = "thing_undone".to_owned(),
        |event: &mut Event| event.subject = "subject-5".to_owned(),
    ] {
        let mut other = whole.clone();
        change(&mut other.proof.as_mut().unwrap().event);
        let verdict = verify(other.to_json().unwrap(), key.verifier());
        assert_eq!(
            verdict,
            Ok(Verdict::Refuted(Refutation::Proof)),
            "the log says when what happened to what"
        );
    }
}
