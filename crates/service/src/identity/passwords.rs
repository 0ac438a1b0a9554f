//! Passwords: argon2id, off the async threads, and only as many at a time as memory allows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use jiebang_store::StoreError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::ServiceError;

/// Most hashes at a time; each holds the memory that the settings ask for (19 MiB by default) and one core.
const PLACES_MAX: usize = 4;
/// Most that wait for a place. At two cores and 50 ms a hash, the last one waits about three seconds.
const WAITING_MAX: usize = 128;

/// Places for password hashing.
#[derive(Debug)]
pub(super) struct Passwords {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Default for Passwords {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { places: Arc::new(Semaphore::new(cores.min(PLACES_MAX))), waiting: AtomicUsize::new(0) }
    }
}

impl Passwords {
    /// The encoded hash of a password.
    ///
    /// # Errors
    /// `Busy` when too many wait already.
    pub(super) async fn hash(
        &self,
        password: String,
        salt: [u8; 16],
        cost: (u32, u32),
    ) -> Result<String, ServiceError> {
        self.place().await?.run(move || hash(password.as_bytes(), &salt, cost)).await?
    }

    /// A place, as soon as there is one.
    ///
    /// # Errors
    /// `Busy` when too many wait already.
    pub(super) async fn place(&self) -> Result<Place, ServiceError> {
        let waiting = Waiting::new(&self.waiting)?;
        let closed = |_| ServiceError::Internal("no places for passwords".to_owned());
        let place = self.places.clone().acquire_owned().await.map_err(closed)?;
        drop(waiting);
        Ok(Place(place))
    }
}

/// A place for one hash.
#[derive(Debug)]
pub(super) struct Place(OwnedSemaphorePermit);

impl Place {
    /// Whether the password is the one behind `encoded`. Where there is no account, a password is hashed all the same, so
    /// that the time of the answer does not tell.
    pub(super) async fn verify(
        self,
        password: String,
        encoded: Option<String>,
        salt: [u8; 16],
        cost: (u32, u32),
    ) -> Result<bool, ServiceError> {
        self.run(move || match encoded {
            Some(encoded) => Argon2::default().verify_password(password.as_bytes(), encoded.as_str()).is_ok(),
            None => {
                drop(hash(password.as_bytes(), &salt, cost));
                false
            }
        })
        .await
    }

    /// Runs slow work on a thread for it. The place is given back when the work is done, even if nobody waits for it any more.
    async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ServiceError> {
        let Self(place) = self;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(place);
            result
        });
        done.await.map_err(|error| ServiceError::Internal(format!("password hash: {error}")))
    }
}

/// One that waits for a place, counted while it lives.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Result<Self, ServiceError> {
        let waiting = Self(count);
        if count.fetch_add(1, Ordering::Relaxed) >= WAITING_MAX {
            return Err(StoreError::Busy.into());
        }
        Ok(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn hash(password: &[u8], salt: &[u8], (memory_kib, passes): (u32, u32)) -> Result<String, ServiceError> {
    let fault = |error: &dyn std::fmt::Display| ServiceError::Internal(format!("password hash: {error}"));
    let params = Params::new(memory_kib, passes, 1, None).map_err(|error| fault(&error))?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon2.hash_password_with_salt(password, salt).map_err(|error| fault(&error))?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::{PLACES_MAX, Passwords, WAITING_MAX, Waiting};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    const COST: (u32, u32) = (8, 1);

    #[tokio::test]
    async fn the_right_password_is_known_again() {
        let passwords = Passwords::default();
        let encoded = passwords.hash("密码 is long".to_owned(), [1; 16], COST).await.unwrap();
        assert!(encoded.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{encoded}");
        for (password, hash, right) in [
            ("密码 is long", Some(encoded.clone()), true),
            ("密码 is Long", Some(encoded.clone()), false),
            ("", Some(encoded.clone()), false),
            ("密码 is long", Some("garbage".to_owned()), false),
            ("密码 is long", None, false),
        ] {
            let place = passwords.place().await.unwrap();
            assert_eq!(
                place.verify(password.to_owned(), hash, [2; 16], COST).await.unwrap(),
                right,
                "{password}"
            );
        }
        let other = passwords.hash("密码 is long".to_owned(), [2; 16], COST).await.unwrap();
        assert_ne!(encoded, other);
    }

    #[tokio::test]
    async fn hashes_run_in_places() {
        let passwords = Arc::new(Passwords::default());
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let (passwords, running, most) = (passwords.clone(), running.clone(), most.clone());
                tokio::spawn(async move {
                    let place = passwords.place().await.unwrap();
                    place
                        .run(move || {
                            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                            std::thread::sleep(Duration::from_millis(5));
                            running.fetch_sub(1, Ordering::SeqCst);
                        })
                        .await
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert!(most.load(Ordering::SeqCst) <= PLACES_MAX);
        assert_eq!(passwords.waiting.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn too_many_are_turned_away() {
        let count = AtomicUsize::new(0);
        let waiting: Vec<_> = (0..WAITING_MAX).map(|_| Waiting::new(&count).unwrap()).collect();
        assert!(Waiting::new(&count).is_err());
        drop(waiting);
        assert_eq!(count.load(Ordering::Relaxed), 0);
    }
}
