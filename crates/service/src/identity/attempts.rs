//! What identity remembers between requests: attempts to log in, sessions seen lately, places for hashing. All of it is bounded,
//! and losing it does no harm.
//!
//! Where several servers share a database, attempts to log in are counted there as well: who is refused by one is refused by all. What
//! one of them refuses by itself never reaches the database.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::passwords::Passwords;
use super::sessions::SessionCache;
use crate::access::Actor;
use crate::{Service, ServiceError, ledger};

/// Attempts on one account from one network: ten at once, then one a minute.
const ACCOUNT: Rate = Rate { burst: 10, microseconds: 60_000_000 };
/// Attempts from one network, which may be a whole university: a hundred at once, then one a second.
const NETWORK: Rate = Rate { burst: 100, microseconds: 1_000_000 };
/// Requests that change something, by one person or from one network of people who are not logged in.
const REQUESTS: Rate = Rate { burst: 240, microseconds: 125_000 };
/// Most keys that are remembered of each kind.
const KEYS_MAX: usize = 10_000;

/// Memory of identity between requests.
#[derive(Debug)]
pub(crate) struct Attempts {
    accounts: Buckets<(String, IpAddr)>,
    networks: Buckets<IpAddr>,
    requests_of_accounts: Buckets<String>,
    requests_of_networks: Buckets<IpAddr>,
    pub(super) sessions: SessionCache,
    pub(super) passwords: Passwords,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            accounts: Buckets::new(ACCOUNT),
            networks: Buckets::new(NETWORK),
            requests_of_accounts: Buckets::new(REQUESTS),
            requests_of_networks: Buckets::new(REQUESTS),
            sessions: SessionCache::default(),
            passwords: Passwords::default(),
        }
    }
}

impl Attempts {
    /// Counts an attempt to log in.
    ///
    /// # Errors
    /// `TooMany` with the seconds to wait.
    pub(super) fn begin(&self, username: &str, address: IpAddr, now: Timestamp) -> Result<(), ServiceError> {
        let network = network(address);
        self.networks.take(network, now)?;
        self.accounts
            .take((username.to_owned(), network), now)
            .inspect_err(|_| self.networks.give_back(&network))
    }

    /// Counts a request that changes something. Who is logged in is counted alone: behind one address may be a whole university.
    fn request(&self, actor: Option<&Actor>, address: IpAddr, now: Timestamp) -> Result<(), ServiceError> {
        match actor {
            Some(actor) => self.requests_of_accounts.take(actor.account_id.clone(), now),
            None => self.requests_of_networks.take(network(address), now),
        }
    }

    /// An attempt that succeeded does not count.
    pub(super) fn succeeded(&self, username: &str, address: IpAddr) {
        let network = network(address);
        self.networks.give_back(&network);
        self.accounts.give_back(&(username.to_owned(), network));
    }
}

impl Service {
    /// Counts an attempt to log in by what all servers on the database have counted.
    ///
    /// # Errors
    /// `TooMany` with the seconds to wait.
    pub(super) async fn count_among_servers(
        &self,
        username: &str,
        address: IpAddr,
    ) -> Result<(), ServiceError> {
        let (keys, now) = (self.attempt_keys(username, address), self.clock.now().as_microsecond());
        self.store
            .act::<Result<(), ServiceError>, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let mut taken = Vec::new();
                    for (key, rate) in keys {
                        let kept = rows.login_attempts(&key).await?.unwrap_or(now);
                        let full_at = rate.bounded(kept, now);
                        match rate.take(full_at, now) {
                            Ok(full_at) => taken.push((key, full_at)),
                            Err(refused) => {
                                if full_at < kept {
                                    rows.save_login_attempts(&key, full_at).await?;
                                }
                                return Ok(Err(refused));
                            }
                        }
                    }
                    for (key, full_at) in taken {
                        rows.save_login_attempts(&key, full_at).await?;
                    }
                    Ok(Ok(()))
                })
            }))
            .await?
    }

    /// An attempt that succeeded does not count, on any server.
    pub(super) async fn succeeded_among_servers(
        &self,
        username: &str,
        address: IpAddr,
    ) -> Result<(), ServiceError> {
        let keys = self.attempt_keys(username, address);
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    for (key, rate) in keys {
                        if let Some(full_at) = rows.login_attempts(&key).await? {
                            rows.save_login_attempts(&key, full_at - rate.microseconds).await?;
                        }
                    }
                    Ok(())
                })
            }))
            .await
    }

    /// What attempts are counted under: the network, and the account from there. Who has the database alone cannot tell either.
    fn attempt_keys(&self, username: &str, address: IpAddr) -> [(String, Rate); 2] {
        let (secret, network) = (self.settings.ledger_key.reveal(), network(address));
        let key =
            |of: &str| ledger::sha256(format!("{secret}\nattempt to log in\n{network}\n{of}").as_bytes());
        [(key(""), NETWORK), (key(&format!("as {username}")), ACCOUNT)]
    }

    /// Counts a request that changes something, before it is carried out.
    ///
    /// # Errors
    /// `TooMany` with the seconds to wait.
    pub fn count_request(&self, actor: Option<&Actor>, address: IpAddr) -> Result<(), ServiceError> {
        if !self.settings.rate_limits {
            return Ok(());
        }
        self.attempts.request(actor, address, self.clock.now())
    }
}

/// The address, or for version 6 the /64 network around it: a single line is given that many addresses.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address => address,
    }
}

/// How many attempts at once, and how long until one more.
#[derive(Clone, Copy, Debug)]
struct Rate {
    burst: i64,
    microseconds: i64,
}

impl Rate {
    /// When all attempts are there at the latest, if none is there now.
    fn none_at(self, now: i64) -> i64 {
        now.saturating_add(self.burst * self.microseconds)
    }

    /// When all attempts are there, as far as that is possible now: a clock that was set back leaves none, and keeps nobody out for
    /// longer than that.
    fn bounded(self, full_at: i64, now: i64) -> i64 {
        full_at.clamp(now, self.none_at(now))
    }

    /// Takes an attempt, and says when all are there then.
    fn take(self, full_at: i64, now: i64) -> Result<i64, ServiceError> {
        let full_at = full_at.saturating_add(self.microseconds);
        let wait = full_at.saturating_sub(self.none_at(now));
        if wait > 0 {
            let seconds = u64::try_from(wait).unwrap_or(0).div_ceil(1_000_000);
            return Err(ServiceError::TooMany(seconds));
        }
        Ok(full_at)
    }
}

/// Attempts by key: when all of them are there again.
#[derive(Debug)]
struct Buckets<K> {
    rate: Rate,
    buckets: Mutex<HashMap<K, i64>>,
}

impl<K: Clone + Eq + Hash> Buckets<K> {
    fn new(rate: Rate) -> Self {
        Self { rate, buckets: Mutex::new(HashMap::new()) }
    }

    fn take(&self, key: K, now: Timestamp) -> Result<(), ServiceError> {
        let now = now.as_microsecond();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= KEYS_MAX && !buckets.contains_key(&key) {
            make_room(&mut buckets, now);
        }
        let full_at = buckets.entry(key).or_insert(now);
        *full_at = self.rate.bounded(*full_at, now);
        *full_at = self.rate.take(*full_at, now)?;
        Ok(())
    }

    fn give_back(&self, key: &K) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(full_at) = buckets.get_mut(key) {
            *full_at -= self.rate.microseconds;
        }
    }
}

/// Forgets keys whose attempts are all there, which say nothing; if there are none, the quarter that will be so first.
fn make_room<K: Eq + Hash>(buckets: &mut HashMap<K, i64>, now: i64) {
    buckets.retain(|_, full_at| *full_at > now);
    if buckets.len() < KEYS_MAX {
        return;
    }
    let mut times: Vec<i64> = buckets.values().copied().collect();
    times.sort_unstable();
    let first = times.get(KEYS_MAX / 4).copied().unwrap_or(now);
    buckets.retain(|_, full_at| *full_at > first);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn wait(result: Result<(), ServiceError>) -> Option<u64> {
        match result {
            Ok(()) => None,
            Err(ServiceError::TooMany(seconds)) => Some(seconds),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn the_eleventh_attempt_waits_a_minute() {
        let attempts = Attempts::default();
        let (here, there) = (address("192.0.2.1"), address("192.0.2.2"));
        for _ in 0..10 {
            assert_eq!(wait(attempts.begin("li", here, at(0))), None);
        }
        assert_eq!(wait(attempts.begin("li", here, at(0))), Some(60));
        assert_eq!(wait(attempts.begin("li", here, at(45))), Some(15));
        assert_eq!(wait(attempts.begin("li", there, at(0))), None);
        assert_eq!(wait(attempts.begin("wang", here, at(0))), None);
        assert_eq!(wait(attempts.begin("li", here, at(60))), None);
        assert_eq!(wait(attempts.begin("li", here, at(60))), Some(60));
    }

    #[test]
    fn attempts_that_succeed_do_not_count() {
        let attempts = Attempts::default();
        for _ in 0..1_000 {
            assert_eq!(wait(attempts.begin("li", address("192.0.2.1"), at(0))), None);
            attempts.succeeded("li", address("192.0.2.1"));
        }
    }

    #[test]
    fn one_network_has_a_hundred_attempts_on_all_accounts() {
        let attempts = Attempts::default();
        for number in 0..100_u16 {
            let one = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 7, number, 0, 0, 1));
            assert_eq!(wait(attempts.begin(&format!("user{number}"), one, at(0))), None);
        }
        assert_eq!(wait(attempts.begin("user", address("2001:db8:0:7::9"), at(0))), Some(1));
        assert_eq!(wait(attempts.begin("user", address("2001:db8:0:8::9"), at(0))), None);
        assert_eq!(wait(attempts.begin("user", address("2001:db8:0:7::9"), at(1))), None);
        assert_eq!(network(address("::ffff:192.0.2.1")), address("192.0.2.1"));
    }

    #[test]
    fn a_clock_set_back_opens_nothing() {
        let attempts = Attempts::default();
        for _ in 0..10 {
            assert_eq!(wait(attempts.begin("li", address("192.0.2.1"), at(100))), None);
        }
        // Nor does it keep anybody out for longer than the clock that is right: none are there, and then one after the other.
        let back = -1_000_000;
        assert_eq!(wait(attempts.begin("li", address("192.0.2.1"), at(back))), Some(1));
        assert_eq!(wait(attempts.begin("li", address("192.0.2.1"), at(back + 1))), Some(60));
        assert_eq!(wait(attempts.begin("li", address("192.0.2.1"), at(back + 61))), None);
        assert_eq!(wait(attempts.begin("li", address("192.0.2.1"), at(back + 61))), Some(60));
    }

    #[test]
    fn memory_is_bounded_and_the_latest_stay() {
        let buckets = Buckets::new(ACCOUNT);
        for number in 0..3 * KEYS_MAX {
            let now = at(i64::try_from(number / 100).unwrap());
            buckets.take(number, now).unwrap();
        }
        let remembered = buckets.buckets.lock().unwrap();
        assert!(remembered.len() <= KEYS_MAX);
        assert!(remembered.contains_key(&(3 * KEYS_MAX - 1)));
    }
}
