//! Opens the store, starts the service, serves until it is told to stop.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiebang_callfile::Library;
use jiebang_domain::shared::{Finding, Language, Text};
use jiebang_service::{
    BucketLimits, Clock, FileStore, Random, SecretKey, Service, ServiceError, Settings, Store, StoreError,
};
use jiebang_store_postgres::{PostgresOptions, PostgresStore};
use jiebang_store_sqlite::{SqliteOptions, SqliteStore};
use jiebang_web::connections::{self, Limits};
use jiebang_web::{DemoCalendar, Network, Site};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::{Configuration, DatabaseAddress};
use crate::ledger;
use crate::output::{self, FAULT, UNREADABLE, WELL};

/// Name of the database file in the data folder.
pub const DATABASE: &str = "jiebang.db";

/// How often what has expired is let go.
const SWEEP: Duration = Duration::from_secs(3_600);

/// Name of the file that a server holds locked as long as it runs.
const LOCK: &str = "jiebang.lock";

/// Refuses a folder that holds something.
///
/// # Errors
/// That it does.
pub fn must_be_empty(folder: &Path) -> Result<(), Text> {
    let holds = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    let shown = folder.display();
    if holds {
        return Err(Text::new(
            format!("文件夹 {shown} 不是空的；换一个文件夹"),
            format!("The folder {shown} is not empty; name another one"),
        ));
    }
    Ok(())
}

/// Makes a data folder where there is none.
///
/// # Errors
/// When it cannot be made, in words.
pub fn make_folder(data: &Path) -> Result<(), Text> {
    std::fs::create_dir_all(data).map_err(|error| {
        let (shown, error) = (data.display(), output::os(&error));
        Text::new(
            format!("不能使用数据文件夹 {shown}：{}", error.zh),
            format!("The data folder {shown} cannot be used: {}", error.en),
        )
    })
}

/// Takes a data folder for this process alone, until the file is dropped or the process ends, however it ends. Caches and a
/// demo's clock are kept in memory: of two servers on one folder each would answer from a past of its own. The commands on
/// accounts and the doctor do not take it; they may work beside a server.
///
/// # Errors
/// When another process has it, or it cannot be used, in words.
pub fn take_folder(data: &Path) -> Result<File, Text> {
    make_folder(data)?;
    let shown = data.display();
    let failed = |error: &std::io::Error| {
        let error = output::os(error);
        Text::new(
            format!("不能锁定数据文件夹 {shown}：{}", error.zh),
            format!("The data folder {shown} cannot be locked: {}", error.en),
        )
    };
    let lock = File::options().create(true).write(true).truncate(false).open(data.join(LOCK));
    let lock = lock.map_err(|error| failed(&error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Text::new(
            format!("另一个 jiebang 正在使用数据文件夹 {shown}；一个文件夹同时只能由一个服务使用"),
            format!("Another jiebang is using the data folder {shown}; one folder serves one process"),
        )),
        Err(TryLockError::Error(error)) => Err(failed(&error)),
    }
}

/// Opens the store: the database that an address names, or the file in the data folder.
///
/// # Errors
/// When the database cannot be opened.
pub async fn open_store(data: &Path, database: Option<&DatabaseAddress>) -> Result<Store, ServiceError> {
    Ok(match database {
        Some(DatabaseAddress(url)) => PostgresStore::open(url, PostgresOptions::default()).await?.into(),
        None => SqliteStore::open(&data.join(DATABASE), SqliteOptions::default()).await?.into(),
    })
}

/// Opens the store as it stands, to look at it; `None` where a data folder holds none.
///
/// # Errors
/// When the database cannot be opened.
pub async fn open_as_it_is(
    data: &Path,
    database: Option<&DatabaseAddress>,
) -> Result<Option<Store>, ServiceError> {
    if let Some(DatabaseAddress(url)) = database {
        let options = PostgresOptions { migrate: false, ..PostgresOptions::default() };
        return Ok(Some(PostgresStore::open(url, options).await?.into()));
    }
    if !holds_database(data) {
        return Ok(None);
    }
    let options = SqliteOptions { migrate: false, ..SqliteOptions::default() };
    Ok(Some(SqliteStore::open(&data.join(DATABASE), options).await?.into()))
}

/// Opens the files: the folder or bucket that was named, or the folder in the data folder.
///
/// # Errors
/// When it cannot be used.
pub async fn open_files(data: &Path, files: Option<&str>) -> Result<FileStore, ServiceError> {
    let own = data.join("files");
    match files {
        // What looks like an address is never taken for a folder.
        Some(bucket) if bucket.trim().is_empty() || bucket.starts_with("s3:") || bucket.contains("://") => {
            let text = |text: OsString| text.into_string().ok();
            let environment =
                std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?)));
            FileStore::in_bucket(bucket, &own, environment, BucketLimits::default()).await
        }
        Some(folder) => FileStore::new(Path::new(folder)),
        None => FileStore::new(&own),
    }
}

/// Whether a data folder holds a database.
pub fn holds_database(data: &Path) -> bool {
    data.join(DATABASE).is_file()
}

/// Starts the service on a data folder.
///
/// # Errors
/// When store, files, policies or published calls cannot be opened.
pub async fn start(
    configuration: &Configuration,
    clock: Clock,
    random: Random,
) -> Result<Arc<Service>, ServiceError> {
    let store = open_store(&configuration.data, configuration.database.as_ref()).await?;
    let key = ledger::key(&ledger::place(configuration), &store, &random).await?;
    start_on(store, configuration, clock, random, key).await
}

/// Starts the service on a store that is open, with a key for its ledger.
///
/// # Errors
/// When files, policies or published calls cannot be opened.
pub async fn start_on(
    store: Store,
    configuration: &Configuration,
    clock: Clock,
    random: Random,
    key: SecretKey,
) -> Result<Arc<Service>, ServiceError> {
    let files = open_files(&configuration.data, configuration.files.as_deref()).await?;
    let library = Library { calls: configuration.calls.clone(), ..Library::default() };
    let settings = Settings {
        rate_limits: configuration.rate_limits,
        public_url: configuration.public_url.clone(),
        ..Settings::new(key)
    };
    Service::start(store, files, clock, random, library, settings).await
}

/// `jiebang serve`.
pub async fn run(configuration: Configuration, language: Language) -> u8 {
    let _lock = match take_folder(&configuration.data) {
        Ok(lock) => lock,
        Err(text) => {
            output::message(&text, language);
            return UNREADABLE;
        }
    };
    if let Some(calls) = &configuration.calls
        && !crate::call::tell_faults(calls, language)
    {
        return UNREADABLE;
    }
    let service = match start(&configuration, Clock::system(), Random::system()).await {
        Ok(service) => service,
        Err(error) => return failed(&error, language),
    };
    serve(site(&configuration, service, None), configuration.listen, language).await
}

/// The site on a service.
pub fn site(configuration: &Configuration, service: Arc<Service>, demo: Option<Arc<DemoCalendar>>) -> Site {
    Site {
        service,
        demo,
        secure_cookies: configuration.secure_cookies,
        trusted_proxies: configuration.trusted_proxies.as_slice().into(),
    }
}

/// Limits on connections: half of the descriptors that the system allows, so that files and the database always find some; of
/// these, no address may take more than half.
fn limits(proxies: Arc<[Network]>) -> Limits {
    // Where it cannot be asked, the smallest that is usual.
    let allowed = std::fs::read_to_string("/proc/self/limits").ok().and_then(|limits| {
        let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
        line.split_whitespace().next()?.parse::<usize>().ok()
    });
    let usual = Limits::default();
    let connections_max = (allowed.unwrap_or(1_024) / 2).clamp(16, 8_192);
    let connections_of_address_max = usual.connections_of_address_max.min(connections_max / 2);
    Limits { connections_max, connections_of_address_max, proxies, ..usual }
}

/// Takes the address to listen on.
///
/// # Errors
/// What keeps it from being taken, in words.
pub async fn bind(listen: SocketAddr) -> Result<TcpListener, Text> {
    TcpListener::bind(listen).await.map_err(|error| {
        let error = output::os(&error);
        Text::new(
            format!("不能在 {listen} 上监听：{}；请用 --listen 换一个地址", error.zh),
            format!("Cannot listen on {listen}: {}; choose another address by --listen", error.en),
        )
    })
}

/// Serves a site; says when it is ready.
pub async fn serve(site: Site, listen: SocketAddr, language: Language) -> u8 {
    let listener = match bind(listen).await {
        Ok(listener) => listener,
        Err(text) => {
            output::message(&text, language);
            return UNREADABLE;
        }
    };
    let address = listener.local_addr().unwrap_or(listen);
    let service = site.service.clone();
    let limits = limits(site.trusted_proxies.clone());
    let router = jiebang_web::router(site);
    let stopped = stopped();
    output::result(&format!("ready http://{address}/"));
    let jobs = [tokio::spawn(ledger::keep(service.clone())), tokio::spawn(sweep(service.clone()))];
    connections::serve(listener, router, limits, stopped).await;
    jobs.iter().for_each(tokio::task::JoinHandle::abort);
    if let Err(error) = service.store().close().await {
        tracing::warn!(%error, "the store was not closed cleanly; nothing acknowledged is lost");
    }
    WELL
}

/// Lets go of what has expired, which was of no use to anybody before, and reminds teams of their reports: now and once an hour.
async fn sweep(service: Arc<Service>) {
    loop {
        match service.sweep().await {
            Ok(0) => {}
            Ok(swept) => {
                tracing::info!(swept, "sessions, tokens and attempts to log in that had expired were deleted")
            }
            Err(error) => tracing::warn!(%error, "nothing could be swept; tried again in an hour"),
        }
        match service.remind_of_reports().await {
            Ok(0) => {}
            Ok(sent) => tracing::info!(sent, "teams are reminded of their reports"),
            Err(error) => tracing::warn!(%error, "no team could be reminded; tried again in an hour"),
        }
        tokio::time::sleep(SWEEP).await;
    }
}

/// Listens from now on for being told to stop, and resolves when it is.
fn stopped() -> impl Future<Output = ()> {
    let listen = |kind| signal(kind).ok();
    let (interrupt, terminate) = (listen(SignalKind::interrupt()), listen(SignalKind::terminate()));
    async {
        tokio::select! {
            () = told(interrupt) => {}
            () = told(terminate) => {}
        }
    }
}

async fn told(signal: Option<Signal>) {
    match signal {
        Some(mut signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Says why it could not start; returns the exit code.
pub fn failed(error: &ServiceError, language: Language) -> u8 {
    let what = words_of(error);
    let mut text =
        Text::new(format!("不能执行：{}", what.zh), format!("This could not be done: {}", what.en));
    // What was given to work on is no fault of ours.
    let foreign = matches!(error, ServiceError::Store(StoreError::Foreign(_)));
    if foreign {
        text.zh += "；换一个数据文件夹，或从备份恢复";
        text.en += "; name another data folder, or restore a backup";
    }
    output::message(&text, language);
    let unreadable =
        matches!(error, ServiceError::Store(StoreError::Address { .. }) | ServiceError::Invalid(_));
    if foreign || unreadable { UNREADABLE } else { FAULT }
}

/// What to do when a connection cannot be protected.
const ROOT_REMEDY: (&str, &str) = (
    "请核对地址中的 sslmode 和 sslrootcert：服务器证书须由所指的根证书签发，verify-full 还要求证书写有地址中的主机名",
    "check sslmode and sslrootcert of the address: the root must have issued the server's certificate, and verify-full asks that \
     it names the host of the address",
);

/// What to do when a bucket does not answer.
const BUCKET_REMEDY: (&str, &str) = (
    "请核对环境变量 AWS_ENDPOINT、AWS_REGION、AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY 和桶名",
    "check AWS_ENDPOINT, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the environment, and the name of the bucket",
);

/// A failure in words, with what the system said of it.
pub fn words_of(error: &ServiceError) -> Text {
    let said = error.to_string();
    let zh = match error {
        ServiceError::Store(StoreError::Foreign(why)) => format!("这不是本版本能用的数据库（{why}）"),
        ServiceError::Store(StoreError::Insecure(why)) => {
            return Text::new(
                format!("与数据库的连接不能按要求加密（{why}）；{}", ROOT_REMEDY.0),
                format!("{said}; {}", ROOT_REMEDY.1),
            );
        }
        ServiceError::Store(StoreError::Unsure(why)) => format!("不能确定是否已经执行（{why}）"),
        ServiceError::Store(StoreError::Address { zh, .. }) => zh.clone(),
        ServiceError::Store(StoreError::Unavailable(why)) => {
            return Text::new(
                format!(
                    "数据库不能使用；请确认它在运行，并核对地址中的主机、端口、用户、密码和库名。它的原话：{why}"
                ),
                format!(
                    "{said}; see that it runs, and check host, port, user, password and name in its address"
                ),
            );
        }
        ServiceError::Store(StoreError::Full(why)) => format!("存储空间不足（{why}）"),
        ServiceError::Store(StoreError::Busy) => "数据库正忙，请稍后再试".to_owned(),
        ServiceError::Files(why) => {
            return Text::new(
                format!("文件存放处没有正常应答；{}。它的原话：{why}", BUCKET_REMEDY.0),
                format!("{said}; {}", BUCKET_REMEDY.1),
            );
        }
        ServiceError::Internal(why) => format!("程序故障（{why}）"),
        ServiceError::Invalid(findings) => {
            let all = |say: fn(&Finding) -> String| findings.iter().map(say).collect::<Vec<_>>().join("\n");
            return Text::new(
                all(|finding| format!("{}；{}", finding.message.zh, finding.remedy.zh)),
                all(|finding| format!("{}; {}", finding.message.en, finding.remedy.en)),
            );
        }
        _ => said.clone(),
    };
    Text::new(zh, said)
}
