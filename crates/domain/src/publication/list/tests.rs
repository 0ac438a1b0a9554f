use jiff::Timestamp;
use proptest::prelude::*;

use super::{
    Difference, ListEntry, ListStanding, ListVersion, NewVersion, PublishedList, VersionReason, VersionStage,
    differences,
};
use crate::publication::notice::tests::january;
use crate::publication::objection::tests::{answered, lodged};
use crate::publication::{Objection, Outcome, PublicationFault, Refusal};
use crate::shared::{Digest, ListKind};

const DURING: &str = "2026-01-14T02:00:00Z";
const AFTER: &str = "2026-01-16T16:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An entry for the tests of the room.
pub(in crate::publication) fn entry(application: &str, class: &str) -> ListEntry {
    ListEntry {
        label: format!("l-{application}"),
        application: application.to_owned(),
        number: format!("N-{application}"),
        unit: format!("单位{application}"),
        task: "task".to_owned(),
        class: class.to_owned(),
    }
}

fn new(stage: VersionStage, reason: VersionReason, letter: char, applications: &[&str]) -> NewVersion {
    NewVersion {
        stage,
        reason,
        note: if reason == VersionReason::First { String::new() } else { "核实".to_owned() },
        objection: None,
        digest: Digest::parse(&letter.to_string().repeat(64)).unwrap(),
        entries: applications.iter().map(|application| entry(application, "listed")).collect(),
    }
}

/// A final version for the tests of the room.
pub(in crate::publication) fn final_version(entries: Vec<ListEntry>) -> ListVersion {
    let first = NewVersion { entries, ..new(VersionStage::Final, VersionReason::First, 'a', &[]) };
    let none = ListStanding { notice: None, objections: &[] };
    let list = PublishedList::new(ListKind::Winners).publish(first, none, at(AFTER)).unwrap();
    list.current().unwrap().clone()
}

/// A list under public notice since 12 January 2026.
fn shown() -> PublishedList {
    let first = new(VersionStage::Notice, VersionReason::First, 'a', &["a", "b"]);
    let none = ListStanding { notice: None, objections: &[] };
    PublishedList::new(ListKind::Shortlist).publish(first, none, at("2026-01-12T01:00:00Z")).unwrap()
}

fn publish(new: NewVersion, objections: &[Objection], on: &str) -> Result<PublishedList, Refusal> {
    let notice = january();
    shown().publish(new, ListStanding { notice: Some(&notice), objections }, at(on))
}

fn codes(refused: Result<PublishedList, Refusal>) -> Vec<&'static str> {
    match refused {
        Ok(_) => Vec::new(),
        Err(refusal) => refusal.faults.iter().map(PublicationFault::code).collect(),
    }
}

use VersionReason::{Added, Correction, Disqualified, First, NoticeOver, ObjectionUpheld, Withdrawal};
use VersionStage::{Final, Notice};

#[test]
fn versions_are_published_for_a_reason() {
    for (version, on, expected) in [
        (new(Final, NoticeOver, 'a', &["a", "b"]), AFTER, vec![]),
        (new(Final, NoticeOver, 'a', &["a", "b"]), DURING, vec!["notice_running"]),
        (new(Final, NoticeOver, 'b', &["a"]), AFTER, vec!["version_reason_out_of_place"]),
        (new(Notice, NoticeOver, 'b', &["a", "b"]), DURING, vec!["version_reason_out_of_place"]),
        (
            new(Notice, First, 'b', &["a"]),
            DURING,
            vec!["version_reason_out_of_place", "version_note_missing"],
        ),
        (new(Notice, Correction, 'b', &["a", "c"]), DURING, vec![]),
        (new(Notice, Correction, 'a', &["a", "b"]), DURING, vec!["version_unchanged"]),
        (new(Notice, Correction, 'b', &["b", "a"]), DURING, vec![]),
        (new(Notice, Withdrawal, 'b', &["a"]), DURING, vec![]),
        (new(Notice, Withdrawal, 'b', &["a", "c"]), DURING, vec!["version_withdrawal_adds"]),
        (new(Notice, Added, 'b', &["a", "b", "a"]), DURING, vec!["list_entry_repeats"]),
        (new(Notice, Disqualified, 'b', &["b"]), DURING, vec![]),
        (new(Notice, ObjectionUpheld, 'b', &["b"]), DURING, vec!["version_objection_not_upheld"]),
    ] {
        assert_eq!(codes(publish(version.clone(), &[], on)), expected, "{version:?} {on}");
    }
}

#[test]
fn a_final_list_waits_for_every_answer() {
    let open = [lodged("Y1")];
    assert_eq!(codes(publish(new(Final, NoticeOver, 'a', &["a", "b"]), &open, AFTER)), ["objections_open"]);
    let done = [answered("Y1", Outcome::Dismissed), lodged("Y2").take_back(at(AFTER)).unwrap()];
    assert_eq!(codes(publish(new(Final, NoticeOver, 'a', &["a", "b"]), &done, AFTER)), Vec::<&str>::new());
}

#[test]
fn an_objection_is_a_reason_when_it_was_upheld() {
    let named = |number: &str| NewVersion {
        objection: Some(number.to_owned()),
        ..new(Notice, ObjectionUpheld, 'b', &["b"])
    };
    let objections = [answered("Y1", Outcome::UpheldInPart), answered("Y2", Outcome::Dismissed)];
    assert_eq!(codes(publish(named("Y1"), &objections, DURING)), Vec::<&str>::new());
    for number in ["Y2", "Y3"] {
        assert_eq!(codes(publish(named(number), &objections, DURING)), ["version_objection_not_upheld"]);
    }
}

#[test]
fn a_final_list_goes_back_to_notice_only_for_new_entries() {
    let notice = january();
    let standing = ListStanding { notice: Some(&notice), objections: &[] };
    let list = shown().publish(new(Final, NoticeOver, 'a', &["a", "b"]), standing, at(AFTER)).unwrap();
    let again = |version| codes(list.clone().publish(version, standing, at(AFTER)));
    assert_eq!(again(new(Notice, Withdrawal, 'b', &["a"])), ["version_back_to_notice"]);
    assert_eq!(again(new(Notice, Added, 'b', &["a", "b", "c"])), Vec::<&str>::new());
    assert_eq!(again(new(Final, Withdrawal, 'b', &["a"])), Vec::<&str>::new());
}

#[test]
fn versions_differ_by_application() {
    let before = [entry("a", "listed"), entry("b", "listed"), entry("c", "listed")];
    let after = [entry("c", "potential"), entry("d", "listed"), entry("a", "listed")];
    assert_eq!(
        differences(&before, &after),
        [
            Difference::TakenOut(entry("b", "listed")),
            Difference::Changed(entry("c", "listed"), entry("c", "potential")),
            Difference::Added(entry("d", "listed")),
        ]
    );
    assert_eq!(differences(&before, &before), []);
}

#[test]
fn a_list_is_stored_whole() {
    let list = shown();
    assert_eq!(PublishedList::restore(list.kind, list.versions().to_vec()), Some(list.clone()));
    let mut later = list.versions().to_vec();
    later[0].version = 2;
    assert_eq!(PublishedList::restore(list.kind, later), None);
}

proptest! {
    /// Whatever is tried, in any order: what was published stays as it was.
    #[test]
    fn what_was_published_never_changes(acts in prop::collection::vec((0usize..7, 0u8..5, any::<bool>(), any::<bool>()), 0..30)) {
        let notice = january();
        let standing = ListStanding { notice: Some(&notice), objections: &[] };
        let mut list = PublishedList::new(ListKind::Winners);
        for (reason, letter, is_final, late) in acts {
            let applications: &[&str] = [&["a"][..], &["a", "b"], &["b"], &["a", "b", "c"], &[]][usize::from(letter)];
            let stage = if is_final { Final } else { Notice };
            let version = new(stage, VersionReason::ALL[reason], char::from(b'a' + letter), applications);
            let published = list.versions().to_vec();
            if let Ok(changed) = list.clone().publish(version, standing, at(if late { AFTER } else { DURING })) {
                prop_assert_eq!(changed.versions().len(), published.len() + 1);
                prop_assert!(late || changed.current().unwrap().stage == Notice);
                list = changed;
            }
            prop_assert_eq!(&list.versions()[..published.len()], &published[..]);
        }
        let firsts = list.versions().iter().filter(|version| version.reason == First).count();
        prop_assert!(firsts <= 1);
    }
}
