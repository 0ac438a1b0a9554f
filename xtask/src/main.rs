//! Tasks of the workshop, run as `cargo xtask NAME`.

mod statements;

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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask stands in no folder")?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["statements"] => statements::run(root, false),
        ["statements", "--check"] => statements::run(root, true),
        _ => Err("usage: cargo xtask statements [--check]".into()),
    }
}
