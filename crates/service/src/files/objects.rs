//! Files in a bucket of an S3 store. A finished upload is durable there by itself, and is put only where nothing stands yet.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use jiebang_domain::shared::Text;
use jiebang_store::StoreError;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path as Key;
use object_store::{ClientConfigKey, Error, ObjectStore, ObjectStoreExt, PutMode, RetryConfig};

use crate::ServiceError;

/// A request that the store does not answer is given up after this time; a file has at most 20 MiB.
const ANSWER_MAX: &str = "60 seconds";
/// Requests that failed by a fault of the store or the network are repeated so long.
const REPEATED_MAX: Duration = Duration::from_secs(15);

/// A bucket and the part of it that is ours.
#[derive(Clone)]
pub(super) struct Objects {
    bucket: Arc<AmazonS3>,
    prefix: Key,
}

impl std::fmt::Debug for Objects {
    /// Without the bucket, which knows its key.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Objects").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Objects {
    /// The part of a bucket that an address names: `s3://bucket/prefix`. Endpoint, region and credentials are taken from the
    /// environment (`AWS_ENDPOINT`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, …).
    pub(super) async fn open(address: &str) -> Result<Self, ServiceError> {
        let (bucket, prefix) = parts(address).ok_or_else(unreadable)?;
        let retry = RetryConfig { max_retries: 4, retry_timeout: REPEATED_MAX, ..RetryConfig::default() };
        let builder = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_retry(retry)
            // Not by options of a client, which would put aside what the environment says of it.
            .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::Timeout), ANSWER_MAX);
        Self::with(builder, prefix).await
    }

    /// The same, with what else the builder says.
    pub(super) async fn with(builder: AmazonS3Builder, prefix: &str) -> Result<Self, ServiceError> {
        // It fails where another was installed before; either will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let bucket = builder.build().map_err(|error| unavailable(&error))?;
        let prefix = Key::parse(prefix).map_err(|error| unavailable(&error.into()))?;
        let objects = Self { bucket: Arc::new(bucket), prefix };
        // Wrong credentials and buckets are noticed at the start.
        match objects.bucket.list(Some(&objects.prefix)).next().await {
            Some(Err(error)) => Err(unavailable(&error)),
            _ => Ok(objects),
        }
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
        let (key, size) = (self.key(sha256), content.len() as u64);
        let put = self.bucket.put_opts(&key, content.clone().into(), PutMode::Create.into()).await;
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
    (!bucket.is_empty() && !address.contains(['?', '#', '@'])).then(|| (bucket, prefix.trim_end_matches('/')))
}

/// The address is not repeated: somebody may have put a key into it.
fn unreadable() -> ServiceError {
    ServiceError::field(
        "files_address",
        "files",
        Text::new("文件存放处的地址无法识别", "The address of the place for files cannot be read"),
        Text::new(
            "写成 s3://桶/前缀；访问密钥放在环境变量 AWS_ACCESS_KEY_ID 和 AWS_SECRET_ACCESS_KEY 里",
            "write s3://bucket/prefix, and put keys into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the environment",
        ),
    )
}

fn unavailable(error: &Error) -> ServiceError {
    StoreError::Unavailable(format!("file: {error}")).into()
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn an_address_names_bucket_and_prefix() {
        for (address, found) in [
            ("s3://files", Some(("files", ""))),
            ("s3://files/", Some(("files", ""))),
            ("s3://files/a/b/", Some(("files", "a/b"))),
            ("s3:///a", None),
            ("s3://key:secret@files/a", None),
            ("/srv/files", None),
        ] {
            assert_eq!(parts(address), found, "{address}");
        }
    }
}
