//! `jiebang demo`: the five calls with a realistic season in them, on a clock that can be moved forward.

mod season;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiebang_domain::shared::{Language, Text};
use jiebang_service::{Clock, Random, Service, ServiceError};
use jiebang_web::{DemoCalendar, Site};
use jiff::{Timestamp, ToSpan, civil};
use tokio::sync::Mutex;

use crate::config::{self, ServerArguments};
use crate::output::{self, UNREADABLE};
use crate::serve;
use season::Plan;
use writer::Writer;

/// Key of the setting that keeps the last instant reached.
const CLOCK_KEY: &str = "demo_clock";

/// Arguments of `jiebang demo`.
#[derive(Args, Clone, Debug)]
pub struct DemoArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// Instant at which the demo begins, RFC 3339.
    #[arg(long, default_value = "2025-03-20T09:00:00+08:00")]
    now: Timestamp,
    /// Seed of every invented name, code and order.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs the demo.
pub async fn run(arguments: DemoArguments, language: Language) -> u8 {
    let configuration = match config::settle(&arguments.server, &PathBuf::from("data/demo")) {
        Ok(configuration) => configuration,
        Err(text) => {
            output::message(&text, language);
            return UNREADABLE;
        }
    };
    let begin = Timestamp::from(
        civil::date(2000, 1, 1).to_zoned(jiff::tz::TimeZone::UTC).unwrap_or_else(|_| Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC)),
    );
    let service = match serve::start(&configuration, Clock::demo(begin), Random::seeded(arguments.seed)).await {
        Ok(service) => service,
        Err(error) => return serve::failed(&error, language),
    };
    let loader = match load(&service, &arguments, &configuration.data).await {
        Ok(loader) => loader,
        Err(error) => return serve::failed(&error, language),
    };
    let site = Site {
        service,
        demo: Some(Arc::new(calendar(loader))),
        secure_cookies: configuration.secure_cookies,
    };
    serve::serve(site, configuration.listen, language).await
}
