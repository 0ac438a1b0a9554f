//! The one source of randomness: ids, tokens, salts.

use std::sync::Mutex;

use jiff::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Randomness (随机数): the system's, or in a demo and in tests a seeded stream for ids.
#[derive(Debug)]
pub struct Random {
    ids: Option<Mutex<ChaCha20Rng>>,
}

impl Random {
    /// The system's randomness.
    pub fn system() -> Self {
        Self { ids: None }
    }

    /// A seeded stream for ids; tokens and salts stay random.
    pub fn seeded(seed: u64) -> Self {
        Self { ids: Some(Mutex::new(ChaCha20Rng::seed_from_u64(seed))) }
    }

    /// A new id that grows with time: 48 bits of milliseconds and 80 random bits in 26 letters and digits.
    pub fn id(&self, now: Timestamp) -> String {
        let mut bytes = [0_u8; 16];
        match &self.ids {
            Some(stream) => match stream.lock() {
                Ok(mut stream) => stream.fill_bytes(&mut bytes),
                Err(poisoned) => poisoned.into_inner().fill_bytes(&mut bytes),
            },
            None => fill(&mut bytes),
        }
        let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or(0);
        bytes[..6].copy_from_slice(&milliseconds.to_be_bytes()[2..]);
        base32(u128::from_be_bytes(bytes))
    }

    /// A secret token of 256 bits, hexadecimal.
    pub fn token(&self) -> String {
        let mut bytes = [0_u8; 32];
        fill(&mut bytes);
        hex::encode(bytes)
    }

    /// 32 secret bytes, such as a key is made of.
    pub fn seed(&self) -> [u8; 32] {
        let mut bytes = [0_u8; 32];
        fill(&mut bytes);
        bytes
    }

    /// Bytes for a salt.
    pub fn salt(&self) -> [u8; 16] {
        let mut bytes = [0_u8; 16];
        fill(&mut bytes);
        bytes
    }
}

/// Fills from the system; without randomness nothing may go on, so this is the one place that stops the process.
fn fill(bytes: &mut [u8]) {
    if getrandom::fill(bytes).is_err() {
        std::process::abort();
    }
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn base32(value: u128) -> String {
    (0..26)
        .rev()
        .map(|place| {
            let digit = usize::try_from((value >> (5 * place)) & 31).unwrap_or(0);
            char::from(ALPHABET[digit])
        })
        .collect()
}
