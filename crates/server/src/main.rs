//! The one binary `jiebang`.

mod call;
mod output;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use jiebang_domain::shared::Language;

/// 揭榜: runs open-competition R&D programmes from the notice to the winners' list.
#[derive(Debug, Parser)]
#[command(name = "jiebang", version, about, max_term_width = 100)]
struct Arguments {
    /// Language of messages; default from LANG, else zh.
    #[arg(long, global = true, value_parser = ["zh", "en"])]
    lang: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check, explain and begin call files.
    Call {
        #[command(subcommand)]
        command: call::CallCommand,
    },
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let asked = matches!(
                error.kind(),
                clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion
            );
            drop(error.print());
            return ExitCode::from(if asked { 0 } else { 2 });
        }
    };
    let language = language(arguments.lang.as_deref());
    ExitCode::from(match arguments.command {
        Command::Call { command } => call::run(command, language),
    })
}

/// `--lang`, else the first of LC_ALL, LC_MESSAGES, LANG that is set, else Chinese.
fn language(asked: Option<&str>) -> Language {
    let environment =
        || ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
    match asked {
        Some("en") => Language::En,
        Some(_) => Language::Zh,
        None if environment().starts_with("en") => Language::En,
        None => Language::Zh,
    }
}
