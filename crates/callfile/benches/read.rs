//! Time to read and check each call file that comes with the product. Run: `cargo bench -p jiebang-callfile`.

use std::time::Instant;

use jiebang_callfile::{Library, read};

fn main() {
    let library = Library::default();
    println!("{:<36} {:>10} {:>10}", "call file read and checked", "median", "p95");
    for id in library.ids() {
        let Some((text, _)) = library.call(&id) else { continue };
        let mut times: Vec<f64> = (0..60)
            .map(|_| {
                let start = Instant::now();
                let reading = read(&text, None, &library);
                assert!(reading.errors.is_empty(), "{id}");
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("{id:<36} {:>7.2} ms {:>7.2} ms", times[times.len() / 2], times[times.len() * 95 / 100]);
    }
}
