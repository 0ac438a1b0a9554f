//! The one binary `jiebang`.

mod backup;
mod call;
mod config;
mod demo;
mod erase;
mod export;
mod help;
mod ledger;
mod operate;
mod output;
mod recompute;
mod serve;
mod verify;

use std::ffi::OsString;
use std::future::Future;
use std::path::Path;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use jiebang_domain::shared::{Language, Text};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    /// Serve pages and forms.
    Serve(config::ServerArguments),
    /// Serve the five calls with an invented season in them.
    Demo(demo::DemoArguments),
    /// Bring the database to this version.
    Migrate(operate::DataArguments),
    /// Check that what was acknowledged is still whole.
    Doctor(operate::DataArguments),
    /// Have the ledger signed by another key from now on, after the old one was lost or became known.
    AdoptKey(operate::KeyArguments),
    /// Copy database and files, also beside a running server, and check the copy.
    Backup(backup::BackupArguments),
    /// Erase what the law asks to delete; the ledger over it stands.
    Erase {
        #[command(subcommand)]
        command: erase::EraseCommand,
    },
    /// Hand a call over as files that prove themselves, for an auditor or a court.
    Export(export::ExportArguments),
    /// Compute the lists of an export again, from it alone.
    Recompute(recompute::RecomputeArguments),
    /// Say offline what a receipt or an export proves, or that one head of the ledger extends another.
    Verify(verify::VerifyArguments),
    /// Accounts for offices, authorities, experts and others.
    User {
        #[command(subcommand)]
        command: operate::UserCommand,
    },
}

fn main() -> ExitCode {
    let given: Vec<OsString> = help::help_as_flag(std::env::args_os().collect());
    let asked = language(help::language_asked(&given));
    let plain = parsed(Arguments::command(), &given);
    // The words of the help take longer than verifying a receipt; they are needed where something is to be said of the arguments.
    let parsed = match plain {
        Err(_) if asked == Language::Zh => parsed(help::chinese(Arguments::command()), &given),
        plain => plain,
    };
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => return unread(&error, asked),
    };
    let language = language(arguments.lang.as_deref());
    ExitCode::from(match arguments.command {
        Command::Call { command } => call::run(command, language),
        Command::Serve(arguments) => match config::settle(&arguments, Path::new("data")) {
            Ok(configuration) => on_runtime(language, serve::run(configuration, language)),
            Err(text) => {
                output::message(&text, language);
                output::UNREADABLE
            }
        },
        Command::Demo(arguments) => on_runtime(language, demo::run(arguments, language)),
        Command::Migrate(arguments) => on_runtime(language, operate::migrate(arguments, language)),
        Command::Doctor(arguments) => on_runtime(language, operate::doctor(arguments, language)),
        Command::Backup(arguments) => on_runtime(language, backup::run(arguments, language)),
        Command::Erase { command } => on_runtime(language, erase::run(command, language)),
        Command::Export(arguments) => on_runtime(language, export::run(arguments, language)),
        Command::AdoptKey(arguments) => on_runtime(language, operate::adopt_key(arguments, language)),
        Command::Recompute(arguments) => recompute::run(&arguments, language),
        Command::Verify(arguments) => verify::run(&arguments, language),
        Command::User { command } => on_runtime(language, operate::user(command, language)),
    })
}

fn parsed(command: clap::Command, given: &[OsString]) -> Result<Arguments, clap::Error> {
    let found = command.try_get_matches_from(given)?;
    Arguments::from_arg_matches(&found)
}

/// Prints the help that was asked for, or what is wrong with the arguments.
fn unread(error: &clap::Error, language: Language) -> ExitCode {
    let helped = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if helped || language == Language::En {
        drop(error.print());
    } else {
        output::message(&Text::new(help::complaint(error), String::new()), language);
    }
    ExitCode::from(if helped { output::WELL } else { output::UNREADABLE })
}

/// Runs to the end on a runtime of its own, with logs on stderr.
fn on_runtime(language: Language, work: impl Future<Output = u8>) -> u8 {
    let filter = tracing_subscriber::EnvFilter::try_from_env("JIEBANG_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,jiebang=info"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => {
            output::message(
                &Text::new(format!("不能启动：{error}"), format!("Cannot start: {error}")),
                language,
            );
            output::FAULT
        }
    }
}

/// `--lang`, else the first of LC_ALL, LC_MESSAGES, LANG that is set, else Chinese.
fn language(asked: Option<&str>) -> Language {
    let environment = || {
        ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default()
    };
    match asked {
        Some("en") => Language::En,
        Some(_) => Language::Zh,
        None if environment().starts_with("en") => Language::En,
        None => Language::Zh,
    }
}
