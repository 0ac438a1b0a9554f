//! Time to make an application book, cold and warm, and books a second on two threads. Run: `cargo bench -p jiebang-documents`.

use std::path::Path;
use std::time::Instant;

use jiebang_cases::Folder;
use jiebang_documents::{Book, Fonts, Frozen, book};
use jiebang_domain::application::{Draft, Value};
use jiebang_domain::shared::Language;

/// Books of each measurement.
const BOOKS: usize = 60;
/// Books after which memory is read once more.
const MANY: usize = 1_000;

fn main() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../calls/miit-2025-biomaterials-2");
    let folder = Folder::read(&path).expect("a call with its samples");
    let started = Instant::now();
    let fonts = Fonts::find(None).expect("Chinese fonts");
    println!("fonts found and read          {:>8.1} ms", ms(started));
    let draft = |nth: usize| varied(&folder.samples["sample"], nth);
    let make = |draft: &Draft, nth: usize| {
        let number = format!("JB-2025-{nth:06}");
        let sha256 = format!("{nth:064x}");
        let address = format!("https://jiebang.example.org/verify/{sha256}");
        let frozen = Frozen { number: &number, sha256: &sha256, address: &address };
        let at = "2025-03-20T02:03:04Z".parse().expect("an instant");
        let input = Book {
            call: &folder.call,
            draft,
            language: Language::Zh,
            frozen: Some(frozen),
            at,
            recommended_by: &[],
        };
        book(&fonts, &input).expect("a book")
    };
    let started = Instant::now();
    let first = make(&draft(0), 0);
    println!(
        "first book                    {:>8.1} ms  {} pages, {} KiB",
        ms(started),
        first.pages,
        first.bytes.len() / 1024
    );
    let mut times: Vec<f64> = (1..=BOOKS)
        .map(|nth| {
            let draft = draft(nth);
            let started = Instant::now();
            make(&draft, nth);
            ms(started)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("warm book, median             {:>8.1} ms", times[BOOKS / 2]);
    println!("warm book, p95                {:>8.1} ms", times[BOOKS * 95 / 100]);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let (make, draft) = (&make, &draft);
            scope.spawn(move || (0..BOOKS).for_each(|nth| drop(make(&draft(nth), thread * BOOKS + nth))));
        }
    });
    println!("books a second on two threads {:>8.1}", 2.0 * BOOKS as f64 * 1e3 / ms(started));
    println!("memory before the thousand    {:>8} MiB", resident_mib());
    (0..MANY).for_each(|nth| drop(make(&draft(nth), nth)));
    println!("memory after a thousand books {:>8} MiB", resident_mib());
}

fn ms(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1e3
}

/// The sample with paragraphs of its own, so that nothing that was set before fits; about ten pages.
fn varied(sample: &Draft, nth: usize) -> Draft {
    let mut draft = sample.clone();
    for (id, value) in &mut draft.content.0 {
        if let Value::Text(text) = value
            && id.starts_with("statement.")
        {
            *text = (0..5)
                .map(|paragraph| format!("{nth}.{paragraph} {}", text.repeat(2)))
                .collect::<Vec<_>>()
                .join("\n");
        }
    }
    draft
}

fn resident_mib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok()).unwrap_or(0) / 1024
}
