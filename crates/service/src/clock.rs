//! The one clock.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// The time that acts are measured by (时钟): the system's, or the system's moved by an offset in a demo.
#[derive(Debug, Default)]
pub struct Clock {
    offset_microseconds: AtomicI64,
    demo: bool,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that shows `now` at this moment and ticks on in real time.
    pub fn demo(now: Timestamp) -> Self {
        let clock = Self { offset_microseconds: AtomicI64::new(0), demo: true };
        clock
            .offset_microseconds
            .store(now.as_microsecond() - system_now().as_microsecond(), Ordering::Release);
        clock
    }

    /// Whether this is a demo's clock.
    pub fn is_demo(&self) -> bool {
        self.demo
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        let offset = SignedDuration::from_micros(self.offset_microseconds.load(Ordering::Acquire));
        system_now().checked_add(offset).unwrap_or(Timestamp::MAX)
    }

    /// Moves a demo's clock forward to `to`; never back. Returns whether it moved.
    pub fn jump(&self, to: Timestamp) -> bool {
        if !self.demo || to <= self.now() {
            return false;
        }
        let offset = to.as_microsecond() - system_now().as_microsecond();
        self.offset_microseconds.fetch_max(offset, Ordering::AcqRel);
        true
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
fn system_now() -> Timestamp {
    Timestamp::now()
}
