//! `jiebang demo`: the five calls with a realistic season in them, on a clock that can be moved forward.

mod desk;
mod season;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use jiebang_domain::shared::{Language, Text};
use jiebang_service::{Clock, Random, Service, ServiceError};
use jiebang_web::DemoCalendar;
use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::config::{self, ServerArguments};
use crate::output::{self, UNREADABLE};
use crate::serve;
use season::Plan;

/// Key of the setting that keeps the last instant reached.
const CLOCK_KEY: &str = "demo_clock";
/// How often the clock's ticking is kept and the season follows it.
const TICK: Duration = Duration::from_secs(20);

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
    /// Serve what the folder holds, without the season; for load tests.
    #[arg(long, hide = true)]
    serve_only: bool,
}

/// Runs the demo.
pub async fn run(arguments: DemoArguments, language: Language) -> u8 {
    let configuration = match config::settle(&arguments.server, Path::new("data/demo")) {
        Ok(configuration) => configuration,
        Err(text) => {
            output::message(&text, language);
            return UNREADABLE;
        }
    };
    let _lock = match serve::take_folder(&configuration.data) {
        Ok(lock) => lock,
        Err(text) => {
            output::message(&text, language);
            return UNREADABLE;
        }
    };
    // Not only after a season of many seconds; it is let go at once, for nobody is answered before the season stands.
    if let Err(text) = serve::bind(configuration.listen).await {
        output::message(&text, language);
        return UNREADABLE;
    }
    // Before every act of the season; the season moves it forward act by act.
    let clock = Clock::demo(Timestamp::UNIX_EPOCH);
    let service = match serve::start(&configuration, clock, Random::seeded(arguments.seed)).await {
        Ok(service) => service,
        Err(error) => return serve::failed(&error, language),
    };
    if arguments.serve_only {
        service.clock().jump(arguments.now);
        let site = serve::site(&configuration, service, None);
        return serve::serve(site, configuration.listen, language).await;
    }
    let loader = match Loader::begin(service.clone(), &arguments, configuration.data.clone()).await {
        Ok(loader) => Arc::new(loader),
        Err(error) => return serve::failed(&error, language),
    };
    let logins = configuration.data.join("logins.csv");
    output::message(
        &Text::new(
            format!("演示账号见 {}；密码均为 {}", logins.display(), loader.plan.season.password),
            format!(
                "Demo accounts are in {}; every password is {}",
                logins.display(),
                loader.plan.season.password
            ),
        ),
        language,
    );
    tokio::spawn(tick(loader.clone()));
    let calendar = DemoCalendar {
        advance: Box::new(move |to| {
            let loader = loader.clone();
            Box::pin(async move { loader.advance(to).await })
        }),
    };
    let site = serve::site(&configuration, service, Some(Arc::new(calendar)));
    serve::serve(site, configuration.listen, language).await
}

/// Follows the clock while it ticks.
async fn tick(loader: Arc<Loader>) {
    let mut interval = tokio::time::interval(TICK);
    interval.tick().await;
    loop {
        interval.tick().await;
        if let Err(error) = loader.advance(loader.service.clock().now()).await {
            tracing::warn!(%error, "the season could not follow the clock");
        }
    }
}

/// Loads the season up to an instant, and no further.
struct Loader {
    service: Arc<Service>,
    plan: Plan,
    reached: Mutex<Timestamp>,
    logins: PathBuf,
}

impl Loader {
    async fn begin(
        service: Arc<Service>,
        arguments: &DemoArguments,
        data: PathBuf,
    ) -> Result<Self, ServiceError> {
        let calls = service.known_calls_for_demo();
        let season = season::season().map_err(ServiceError::Internal)?;
        let plan = Plan::new(season, &calls, arguments.seed).map_err(ServiceError::Internal)?;
        let empty = service.health().await?.events == 0;
        let kept = service.setting(CLOCK_KEY).await?.and_then(|at| at.parse::<Timestamp>().ok());
        if kept.is_none() {
            service.clock().hold(arguments.now.min(first_act(&plan)));
            let added = writer::accounts(&service, &plan).await;
            service.clock().release();
            added?;
        }
        let reached = Mutex::new(kept.unwrap_or(Timestamp::UNIX_EPOCH));
        let loader = Self { service, plan, reached, logins: data.join("logins.csv") };
        let refused = loader.carry_on(kept.map_or(arguments.now, |kept| kept.max(arguments.now))).await?;
        // In a folder that was empty nobody can have acted in the place of a story, nor was it written before.
        if empty && refused > 0 {
            let why = format!("{refused} acts of the season were refused; the folder holds a broken season");
            return Err(ServiceError::Internal(why));
        }
        Ok(loader)
    }

    async fn advance(&self, to: Timestamp) -> Result<(), ServiceError> {
        self.carry_on(to).await.map(drop)
    }

    /// Carries out what the season holds up to `to`, then moves the clock there; returns how many acts were refused.
    async fn carry_on(&self, to: Timestamp) -> Result<usize, ServiceError> {
        let mut refused = 0;
        let mut reached = self.reached.lock().await;
        for (at, act) in self.plan.acts.iter().filter(|(at, _)| *at > *reached && *at <= to) {
            self.service.clock().hold(*at);
            if let Err(error) = writer::carry_out(&self.service, &self.plan, *act, *at).await {
                // A visitor may have acted in a story's place; the season goes on without that act.
                tracing::warn!(%error, ?act, "an act of the season was refused");
                refused += 1;
            }
        }
        self.service.clock().release();
        self.service.clock().jump(to);
        if to > *reached {
            *reached = to;
            writer::write_logins(&self.plan, to, &self.logins)?;
            self.service.set_setting(CLOCK_KEY, &to.to_string()).await?;
        }
        Ok(refused)
    }
}

fn first_act(plan: &Plan) -> Timestamp {
    plan.acts.first().map_or(Timestamp::UNIX_EPOCH, |(at, _)| *at)
}
