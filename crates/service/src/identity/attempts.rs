//! What identity remembers between requests: attempts to log in, sessions seen lately, places for hashing. All of it is bounded,
//! and losing it does no harm.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::passwords::Passwords;
use super::sessions::SessionCache;
use crate::access::Actor;
use crate::{Service, ServiceError};

/// Attempts on one account from one network: ten at once, then one a minute.
const ACCOUNT: Rate = Rate { burst: 10.0, seconds: 60.0 };
/// Attempts from one network, which may be a whole university: a hundred at once, then one a second.
const NETWORK: Rate = Rate { burst: 100.0, seconds: 1.0 };
/// Requests that change something, by one person or from one network of people who are not logged in.
const REQUESTS: Rate = Rate { burst: 240.0, seconds: 0.125 };
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
    burst: f64,
    seconds: f64,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: i64,
}

/// Token buckets by key.
#[derive(Debug)]
struct Buckets<K> {
    rate: Rate,
    buckets: Mutex<HashMap<K, Bucket>>,
}

impl<K: Clone + Eq + Hash> Buckets<K> {
    fn new(rate: Rate) -> Self {
        Self { rate, buckets: Mutex::new(HashMap::new()) }
    }

    fn take(&self, key: K, now: Timestamp) -> Result<(), ServiceError> {
        let now = now.as_microsecond();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= KEYS_MAX && !buckets.contains_key(&key) {
            self.make_room(&mut buckets, now);
        }
        let bucket = buckets.entry(key).or_insert(Bucket { tokens: self.rate.burst, at: now });
        *bucket = Bucket { tokens: self.filled(bucket, now), at: now };
        if bucket.tokens < 1.0 {
            let seconds = ((1.0 - bucket.tokens) * self.rate.seconds).ceil();
            return Err(ServiceError::TooMany((seconds as u64).max(1)));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }

    fn give_back(&self, key: &K) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(key) {
            bucket.tokens = (bucket.tokens + 1.0).min(self.rate.burst);
        }
    }

    fn filled(&self, bucket: &Bucket, now: i64) -> f64 {
        // A clock that was set back adds nothing.
        let seconds = now.saturating_sub(bucket.at).max(0) as f64 / 1e6;
        (bucket.tokens + seconds / self.rate.seconds).min(self.rate.burst)
    }

    /// Forgets full buckets, which say nothing; if there are none, the quarter that was used longest ago.
    fn make_room(&self, buckets: &mut HashMap<K, Bucket>, now: i64) {
        buckets.retain(|_, bucket| self.filled(bucket, now) < self.rate.burst);
        if buckets.len() < KEYS_MAX {
            return;
        }
        let mut times: Vec<i64> = buckets.values().map(|bucket| bucket.at).collect();
        times.sort_unstable();
        let oldest = times.get(KEYS_MAX / 4).copied().unwrap_or(now);
        buckets.retain(|_, bucket| bucket.at > oldest);
    }
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
        assert!(wait(attempts.begin("li", address("192.0.2.1"), at(-1_000_000))).is_some());
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
