//! Changing any number, comparator, unit or date that a rule, limit, deadline, period, form or indicator reads makes a case fail or
//! the file faulty: a mutant for each such change of each call, every one of which must be killed.

mod expression;
mod mutant;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiebang_callfile::{Library, read};
use jiebang_cases::{Folder, Question};

use mutant::{Mutant, mutants};

/// How many mutants are judged at a time.
const THREADS: usize = 2;

/// Faults of layout, not of meaning: a mutant may be longer than its line was.
const LAYOUT: [&str; 2] = ["line_too_long", "file_too_long"];

/// Mutants that mean the same as the call itself: call, path, change, reason. There is none, and there should be none: rather
/// write the rule so that each of its numbers matters.
const EQUIVALENT: [(&str, &str, &str, &str); 0] = [];

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let above = ["calls", "docs/examples"].map(|above| root.join(above));
    let entries = above.iter().flat_map(|above| std::fs::read_dir(above).expect("a folder of calls"));
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    folders.retain(|path| path.join("call.toml").is_file());
    folders.sort();
    folders
}

/// A text of a folder that is mutated: the call itself, or a shared file that it extends.
struct Target<'f> {
    folder: &'f Folder,
    /// Name of the shared file; `None` for the call.
    shared: Option<String>,
    text: String,
}

fn targets(folder: &Folder) -> Vec<Target<'_>> {
    let library = Library::default();
    let document = read(&folder.text, Some(&folder.path), &library).document.expect("a document");
    let shared = document.extends.into_iter().map(|name| {
        let text = library.shared(&name, Some(&folder.path)).expect("a shared file");
        Target { folder, shared: Some(name), text }
    });
    std::iter::once(Target { folder, shared: None, text: folder.text.clone() }).chain(shared).collect()
}

impl Target<'_> {
    fn name(&self) -> String {
        self.shared.clone().unwrap_or_else(|| self.folder.call.id.clone())
    }

    /// Whether a case fails, or the reader finds a fault, once the mutant stands in the file.
    fn kills(&self, mutant: &Mutant, order: &mut Vec<usize>) -> bool {
        let text = mutant.applied(&self.text);
        let reading = match &self.shared {
            None => read(&text, Some(&self.folder.path), &Library::default()),
            Some(name) => {
                let kept = BTreeMap::from([(name.clone(), text)]);
                read(&self.folder.text, Some(&self.folder.path), &Library { kept, ..Library::default() })
            }
        };
        if reading.errors.iter().any(|error| !LAYOUT.contains(&error.code)) {
            return true;
        }
        let call = reading.call.expect("a call without errors");
        let cases = &self.folder.cases;
        let of_item = |nth: &usize| match (&cases[*nth].question, &mutant.item) {
            (Question::Promise { item, .. }, Some(mutated)) => item == mutated,
            _ => false,
        };
        let own: Vec<usize> = (0..cases.len()).filter(of_item).collect();
        if own.iter().any(|nth| cases[*nth].failure(&call).is_some()) {
            return true;
        }
        // A case that killed one mutant is likely to kill its neighbours, so it moves to the front.
        match order.iter().position(|nth| cases[*nth].failure(&call).is_some()) {
            Some(place) => {
                let killer = order.remove(place);
                order.insert(0, killer);
                true
            }
            None => false,
        }
    }
}

/// Every mutant of a target that no case kills.
fn survivors(target: &Target<'_>, mutants: &[Mutant]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let survivors = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let mut order: Vec<usize> = (0..target.folder.cases.len()).collect();
                while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if !target.kills(mutant, &mut order) {
                        survivors.lock().expect("no panic").push((mutant.line, mutant.to_string()));
                    }
                }
            });
        }
    });
    let mut survivors = survivors.into_inner().expect("no panic");
    survivors.sort();
    survivors.into_iter().map(|(_, survivor)| survivor).collect()
}

fn is_equivalent(name: &str, survivor: &str) -> bool {
    EQUIVALENT
        .iter()
        .any(|(call, path, change, _)| *call == name && survivor.contains(path) && survivor.contains(change))
}

#[test]
fn every_change_of_a_number_comparator_unit_or_date_is_noticed() {
    let (mut all, mut count) = (Vec::new(), 0);
    for path in folders() {
        let folder = Folder::read(&path).expect("a readable folder");
        for target in targets(&folder) {
            let mutants = mutants(&target.text);
            let began = std::time::Instant::now();
            let found = survivors(&target, &mutants);
            println!("{}: {} mutants in {:.1?}", target.name(), mutants.len(), began.elapsed());
            count += mutants.len();
            let own = found.into_iter().filter(|survivor| !is_equivalent(&target.name(), survivor));
            all.extend(own.map(|survivor| format!("{} {survivor}", target.name())));
        }
    }
    println!("{count} mutants, {} survivors", all.len());
    assert!(count > 2_000, "only {count} mutants: the walk has lost its way");
    assert!(all.is_empty(), "{} of {count} mutants survive\n{}", all.len(), all.join("\n"));
}
