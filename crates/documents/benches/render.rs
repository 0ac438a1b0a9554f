//! Time to make an application book, cold and warm, books a second on two threads, and large recommendation tables. Run: `cargo bench -p jiebang-documents`.

use std::path::Path;
use std::time::Instant;

use jiebang_cases::Folder;
use jiebang_documents::{
    Book, Fonts, Frozen, RecommendationTable, Recommended, RecommendedRow, book, recommendation_table,
    recommendation_workbook,
};
use jiebang_domain::application::{Draft, Value};
use jiebang_domain::shared::{Language, Region};

/// Books of each measurement.
const BOOKS: usize = 60;
/// Books after which memory is read once more.
const MANY: usize = 1_000;
/// Rows of the longest table.
const LONG: u32 = 5_000;

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
    // Large tables among books: the memory that they take is given back too.
    for rows in [100, 500, LONG, LONG] {
        table(&fonts, &folder, rows);
    }
    (0..MANY / 10).for_each(|nth| drop(make(&draft(nth), nth)));
    println!("memory after tables and books {:>8} MiB", resident_mib());
}

/// A recommendation table of so many rows, as pages and as a workbook.
fn table(fonts: &Fonts, folder: &Folder, rows: u32) {
    let content = &folder.samples["sample"].content;
    let rows: Vec<RecommendedRow> = (1..=rows)
        .map(|place| {
            let reason =
                format!("{place} 技术指标先进，技术路线成熟，推广应用方案完备，经费预算合理，团队综合能力强");
            let recommended = Recommended { place, content, reason: &reason, note: "" };
            RecommendedRow::of(&folder.call, Language::Zh, recommended)
        })
        .collect();
    let table = RecommendationTable {
        call: &folder.call,
        region: Region::parse("35").expect("a region"),
        rows: &rows,
        language: Language::Zh,
        frozen: None,
        at: "2025-03-20T02:03:04Z".parse().expect("an instant"),
    };
    let started = Instant::now();
    let made = recommendation_table(fonts, &table).expect("a table");
    let took = ms(started);
    println!(
        "table of {:>5} rows, PDF       {took:>8.1} ms  {} pages, {} KiB; most memory so far {} MiB",
        rows.len(),
        made.pages,
        made.bytes.len() / 1024,
        most_mib()
    );
    let started = Instant::now();
    let made = recommendation_workbook(&table).expect("a workbook");
    println!("table of {:>5} rows, XLSX      {:>8.1} ms  {} KiB", rows.len(), ms(started), made.len() / 1024);
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
    status_mib("VmRSS:")
}

fn most_mib() -> usize {
    status_mib("VmHWM:")
}

fn status_mib(key: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok()).unwrap_or(0) / 1024
}
