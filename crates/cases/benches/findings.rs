//! Time to make all findings of an application. Run: `cargo bench -p jiebang-cases`.

use std::path::Path;
use std::time::Instant;

use jiebang_cases::Folder;
use jiebang_domain::application::{Draft, findings};
use jiebang_domain::call::Call;

fn main() {
    let calls = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../calls");
    println!("{:<36} {:<20} {:>10} {:>10}", "all findings of an application", "sample", "median", "p95");
    let mut folders: Vec<_> =
        std::fs::read_dir(calls).expect("calls").flatten().map(|entry| entry.path()).collect();
    folders.sort();
    for folder in folders {
        let Ok(folder) = Folder::read(&folder) else { continue };
        for (name, draft) in &folder.samples {
            report(&folder.call, name, draft);
        }
    }
}

fn report(call: &Call, name: &str, draft: &Draft) {
    let mut times: Vec<f64> = (0..2_000)
        .map(|_| {
            let start = Instant::now();
            let found = findings(call, draft);
            assert!(found.is_empty());
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!(
        "{:<36} {name:<20} {:>7.1} µs {:>7.1} µs",
        call.id,
        times[times.len() / 2],
        times[times.len() * 95 / 100]
    );
}
