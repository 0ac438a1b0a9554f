//! Files in a bucket of an S3 store. A finished upload is durable there by itself, and is put only where nothing stands yet.
//!
//! A store may be slow, busy, or break off in the middle: a request is repeated while that helps, and whoever waits is answered
//! within [`BucketLimits::whole`].

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use jiebang_domain::shared::Text;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path as Key;
use object_store::{ClientConfigKey, Error, ObjectStore, ObjectStoreExt, PutMode, RetryConfig};

use crate::ServiceError;

/// How long a bucket is waited for (存储桶时限).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketLimits {
    /// A request that is not answered whole by then is given up; a file has at most 20 MiB.
    pub answer: Duration,
    /// Requests that failed by a fault of the store or the network are repeated so long.
    pub repeated: Duration,
    /// Longest wait of somebody who puts or gets a file, all requests for it together.
    pub whole: Duration,
}

impl Default for BucketLimits {
    /// Whoever waits is answered before the usual patience of a proxy, 60 s, ends.
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { answer: seconds(30), repeated: seconds(10), whole: seconds(45) }
    }
}

/// Longest part of an answer that is repeated, in characters.
const SAID_CHARACTERS_MAX: usize = 300;

/// A bucket and the part of it that is ours.
#[derive(Clone)]
pub(super) struct Objects {
    bucket: Arc<AmazonS3>,
    prefix: Key,
    limits: BucketLimits,
}

impl std::fmt::Debug for Objects {
    /// Without the bucket, which knows its key.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Objects").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Objects {
    /// The part of a bucket that an address names: `s3://bucket/prefix`. `environment` names endpoint, region and credentials
    /// (`AWS_ENDPOINT`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, …); what else stands in it is passed over.
    pub(super) async fn open(
        address: &str,
        environment: impl IntoIterator<Item = (String, String)>,
        limits: BucketLimits,
    ) -> Result<Self, ServiceError> {
        let (bucket, prefix) = parts(address).ok_or_else(unreadable)?;
        let retry = RetryConfig { max_retries: 4, retry_timeout: limits.repeated, ..RetryConfig::default() };
        let answer = format!("{}ms", limits.answer.as_millis());
        let mut builder = AmazonS3Builder::new()
            .with_retry(retry)
            // Not by options of a client, which would put aside what the environment says of it.
            .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::Timeout), answer);
        let environment: Vec<(String, String)> = environment.into_iter().collect();
        let plain_http = environment.iter().any(|(name, value)| name == "AWS_ALLOW_HTTP" && value == "true");
        for (name, value) in environment {
            check_setting(&name, &value, plain_http)?;
            if let (true, Ok(key)) = (name.starts_with("AWS_"), name.to_ascii_lowercase().parse()) {
                builder = builder.with_config(key, value);
            }
        }
        // It fails where another was installed before; either will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let bucket = builder.with_bucket_name(bucket).build().map_err(|error| unavailable(&error))?;
        let prefix = Key::parse(prefix).map_err(|error| unavailable(&error.into()))?;
        let objects = Self { bucket: Arc::new(bucket), prefix, limits };
        // Wrong credentials and buckets are noticed at the start.
        let mut listed = objects.bucket.list(Some(&objects.prefix));
        match objects.in_time(async { Ok(listed.next().await) }).await? {
            Some(Err(error)) => Err(unavailable(&error)),
            _ => Ok(objects),
        }
    }

    /// Waits no longer than somebody who asked should.
    pub(super) async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, ServiceError>>,
    ) -> Result<T, ServiceError> {
        let late = |_| ServiceError::Files(format!("the bucket has not answered in {:?}", self.limits.whole));
        tokio::time::timeout(self.limits.whole, work).await.map_err(late)?
    }

    fn key(&self, sha256: &str) -> Key {
        self.prefix.clone().join(&sha256[..2]).join(&sha256[2..4]).join(sha256)
    }

    /// Bytes that stand under a hash; `None` where nothing stands.
    async fn size(&self, sha256: &str) -> Result<Option<u64>, ServiceError> {
        match self.bucket.head(&self.key(sha256)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// Puts a file under its hash, unless it stands there whole.
    pub(super) async fn keep(&self, sha256: &str, content: Bytes) -> Result<(), ServiceError> {
        self.in_time(self.keep_whole(sha256, content)).await
    }

    async fn keep_whole(&self, sha256: &str, content: Bytes) -> Result<(), ServiceError> {
        let (key, size) = (self.key(sha256), content.len() as u64);
        let put = || self.bucket.put_opts(&key, content.clone().into(), PutMode::Create.into());
        let put = match put().await {
            // The driver does not repeat it where the answer is lost. Here it can be: what stands then is the same.
            Err(Error::Generic { .. }) => put().await,
            done => done,
        };
        match put {
            Ok(_) => Ok(()),
            // Two may have put the same; what was cut is replaced.
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
                if self.size(sha256).await? == Some(size) {
                    return Ok(());
                }
                self.bucket.put(&key, content.into()).await.map(drop).map_err(|error| unavailable(&error))
            }
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// Removes the file under a hash, if there is one.
    pub(super) async fn remove(&self, sha256: &str) -> Result<(), ServiceError> {
        match self.bucket.delete(&self.key(sha256)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// Opens a file for reading.
    pub(super) async fn open_file(
        &self,
        sha256: &str,
    ) -> Result<BoxStream<'static, std::io::Result<Bytes>>, std::io::Error> {
        match self.bucket.get(&self.key(sha256)).await {
            Ok(found) => Ok(found.into_stream().map_err(std::io::Error::other).boxed()),
            Err(Error::NotFound { .. }) => Err(ErrorKind::NotFound.into()),
            Err(error) => Err(std::io::Error::other(error)),
        }
    }
}

/// Bucket and prefix of an address.
fn parts(address: &str) -> Option<(&str, &str)> {
    let rest = address.strip_prefix("s3://")?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let plain = !prefix.contains(['?', '#', '@']) && !prefix.contains(char::is_whitespace);
    (!bucket.is_empty() && bucket.bytes().all(named) && plain).then(|| (bucket, prefix.trim_end_matches('/')))
}

/// The address is not repeated: somebody may have put a key into it.
fn unreadable() -> ServiceError {
    ServiceError::field(
        "files_address",
        "files",
        Text::new("文件存放处的地址无法识别", "The address of the place for files cannot be read"),
        Text::new(
            "写成文件夹，或 s3://桶/前缀；访问密钥放在环境变量 AWS_ACCESS_KEY_ID 和 AWS_SECRET_ACCESS_KEY 里",
            "write a folder, or s3://bucket/prefix, and put keys into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the environment",
        ),
    )
}

/// The driver builds addresses out of these and panics where none comes out.
fn check_setting(name: &str, value: &str, plain_http: bool) -> Result<(), ServiceError> {
    let (zh, en) = match name {
        "AWS_REGION" | "AWS_DEFAULT_REGION" => {
            if value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
                return Ok(());
            }
            ("写区域的代号，如 cn-north-1", "write the code of a region, such as cn-north-1")
        }
        _ if name.starts_with("AWS_ENDPOINT") => match value.parse::<http::Uri>() {
            Ok(address) if address.authority().is_some() && address.scheme_str() == Some("https") => {
                return Ok(());
            }
            Ok(address) if address.authority().is_some() && address.scheme_str() == Some("http") => {
                if plain_http {
                    return Ok(());
                }
                (
                    "用 https:// 地址；确实没有 TLS 时另设 AWS_ALLOW_HTTP=true",
                    "use an https:// address; where there is no TLS, set AWS_ALLOW_HTTP=true as well",
                )
            }
            _ => ("写成 https://主机:端口", "write https://host:port"),
        },
        _ => return Ok(()),
    };
    Err(ServiceError::field(
        "files_setting",
        name,
        Text::new(format!("环境变量 {name} 不能使用"), format!("{name} of the environment cannot be used")),
        Text::new(zh, en),
    ))
}

/// What the driver says. The answer of something that is no store may be a whole page.
fn unavailable(error: &Error) -> ServiceError {
    let said = error.to_string();
    let line = said.lines().next().unwrap_or_default();
    ServiceError::Files(line.chars().take(SAID_CHARACTERS_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::{check_setting, parts};

    #[test]
    fn settings_that_make_no_address_are_refused() {
        for (name, value, plain_http, taken) in [
            ("AWS_ENDPOINT", "https://s3.example.cn:9000", false, true),
            ("AWS_ENDPOINT", "http://127.0.0.1:9000", true, true),
            ("AWS_ENDPOINT", "http://127.0.0.1:9000", false, false),
            ("AWS_ENDPOINT", ":::", true, false),
            ("AWS_ENDPOINT_URL", "ftp://host", true, false),
            ("AWS_ENDPOINT_URL_S3", "s3.example.cn", true, false),
            ("AWS_REGION", "cn-north-1", false, true),
            ("AWS_REGION", "a b", false, false),
            ("AWS_SECRET_ACCESS_KEY", "a b", false, true),
        ] {
            assert_eq!(check_setting(name, value, plain_http).is_ok(), taken, "{name}={value}");
        }
    }

    #[test]
    fn an_address_names_bucket_and_prefix() {
        for (address, found) in [
            ("s3://files", Some(("files", ""))),
            ("s3://files/", Some(("files", ""))),
            ("s3://files/a/b/", Some(("files", "a/b"))),
            ("s3:///a", None),
            ("s3://b b/a", None),
            ("s3://桶/a", None),
            ("gs://files/a", None),
            ("", None),
            ("s3://key:secret@files/a", None),
            ("/srv/files", None),
        ] {
            assert_eq!(parts(address), found, "{address}");
        }
    }
}
