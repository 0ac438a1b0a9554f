//! Tasks of the workshop, run as `cargo xtask NAME`.

mod statements;
mod tidy;

use std::{error::Error, path::Path, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match task(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn task(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    // Cargo's word at run time, not at build time: the folder may have been copied since.
    let own = std::env::var_os("CARGO_MANIFEST_DIR").ok_or("run this as `cargo xtask`")?;
    let root = Path::new(&own).parent().ok_or("xtask stands in no folder")?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["statements"] => statements::run(root, false),
        ["statements", "--check"] => statements::run(root, true),
        ["tidy"] => tidy::run(root),
        _ => Err("usage: cargo xtask statements [--check] | tidy".into()),
    }
}
