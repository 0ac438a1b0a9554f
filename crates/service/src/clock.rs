//! The one clock.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// The time that acts are measured by (时钟): the system's, or the system's moved by an offset in a demo.
#[derive(Debug, Default)]
pub struct Clock {
    offset_microseconds: AtomicI64,
    demo: bool,
    /// What a demo's clock shows while it is held, in microseconds.
    held: Mutex<Option<i64>>,
}

/// How far a held clock moves each time somebody looks at it, so that acts keep their order.
const HELD_STEP_MICROSECONDS: i64 = 1_000;

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that shows `now` at this moment and ticks on in real time.
    pub fn demo(now: Timestamp) -> Self {
        let clock = Self { demo: true, ..Self::default() };
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
        if self.demo
            && let Some(held) = self.held.lock().unwrap_or_else(PoisonError::into_inner).as_mut()
        {
            *held += HELD_STEP_MICROSECONDS;
            return Timestamp::from_microsecond(*held).unwrap_or(Timestamp::MAX);
        }
        self.ticking()
    }

    fn ticking(&self) -> Timestamp {
        let offset = SignedDuration::from_micros(self.offset_microseconds.load(Ordering::Acquire));
        system_now().checked_add(offset).unwrap_or(Timestamp::MAX)
    }

    /// Holds a demo's clock at `at`, or where it is if that is later: from now on it does not tick but moves by a fixed step
    /// each time it is looked at, so that what a seed fixes does not depend on how fast the machine is.
    pub fn hold(&self, at: Timestamp) {
        if self.demo {
            let now = self.now().as_microsecond();
            *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(now.max(at.as_microsecond()));
        }
    }

    /// Lets a clock that was held tick on from where it is.
    pub fn release(&self) {
        if let Some(held) = self.held.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let offset = held - system_now().as_microsecond();
            self.offset_microseconds.fetch_max(offset, Ordering::AcqRel);
        }
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

#[cfg(test)]
mod tests {
    use super::Clock;
    use jiff::{SignedDuration, Timestamp};

    #[test]
    fn a_held_clock_moves_by_steps_and_then_ticks_on() {
        let start: Timestamp = "2025-03-20T01:00:00Z".parse().unwrap();
        let clock = Clock::demo(start);
        let at = start + SignedDuration::from_hours(1);
        clock.hold(at);
        let seen = [clock.now(), clock.now()].map(|now| now.duration_since(at).as_millis());
        assert_eq!(seen, [1, 2]);
        // Never back, held or not.
        clock.hold(start);
        assert!(clock.now() > at);
        clock.release();
        let now = clock.now();
        assert!(now > at && now < at + SignedDuration::from_mins(1), "{now}");
        assert!(!clock.jump(at) && clock.jump(at + SignedDuration::from_hours(1)));
        clock.hold(at);
        assert!(clock.now() > at + SignedDuration::from_hours(1));
    }

    #[test]
    fn the_systems_clock_is_neither_held_nor_moved() {
        let clock = Clock::system();
        clock.hold("2099-01-01T00:00:00Z".parse().unwrap());
        assert!(!clock.jump("2099-01-01T00:00:00Z".parse().unwrap()));
        assert!(clock.now() < "2098-01-01T00:00:00Z".parse().unwrap());
    }
}
