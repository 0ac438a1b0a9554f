//! The one clock.
//!
//! The machine's clock is set by others, and may be set back. A correction of less than a minute shows as a clock that stands still
//! until the time has come round again, so that what has ended does not begin again. A greater one is followed, for then the
//! time before was wrong. What came after what is told by the positions of events and never by their times.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

/// The time that acts are measured by (时钟): the system's, or the system's moved by an offset in a demo.
#[derive(Debug, Default)]
pub struct Clock {
    offset_microseconds: AtomicI64,
    demo: bool,
    /// The latest that the machine's clock has shown, in microseconds.
    latest: AtomicI64,
    /// Microseconds by which somebody has set the machine's clock: for tests.
    set_by: Option<Arc<AtomicI64>>,
    /// What a demo's clock shows while it is held, in microseconds.
    held: Mutex<Option<i64>>,
}

/// How far a held clock moves each time somebody looks at it, so that acts keep their order.
const HELD_STEP_MICROSECONDS: i64 = 1_000;
/// A clock that is set back by less stands still until the time has come round again.
const STANDS_STILL_MICROSECONDS: i64 = 60_000_000;

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that shows `now` at this moment and ticks on in real time.
    pub fn demo(now: Timestamp) -> Self {
        let clock = Self { demo: true, ..Self::default() };
        clock.offset_microseconds.store(now.as_microsecond() - clock.machine(), Ordering::Release);
        clock
    }

    /// The same clock on a machine whose clock is set by this many microseconds, now and whenever the number changes.
    #[must_use]
    pub fn set_by(self, microseconds: Arc<AtomicI64>) -> Self {
        Self { set_by: Some(microseconds), ..self }
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
        let now = self.machine().saturating_add(self.offset_microseconds.load(Ordering::Acquire));
        Timestamp::from_microsecond(now).unwrap_or(Timestamp::MAX)
    }

    /// What the machine's clock shows, in microseconds; where it was set back by a little, what it showed last.
    fn machine(&self) -> i64 {
        let set_by = self.set_by.as_ref().map_or(0, |set_by| set_by.load(Ordering::Acquire));
        let shown = system_now().as_microsecond().saturating_add(set_by);
        let latest = self.latest.fetch_max(shown, Ordering::AcqRel);
        let back = latest.saturating_sub(shown);
        if back < STANDS_STILL_MICROSECONDS {
            return latest.max(shown);
        }
        // Of several that notice at once one says so.
        if self.latest.compare_exchange(latest, shown, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            tracing::error!(seconds = back / 1_000_000, "the machine's clock was set back");
        }
        shown
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
            let offset = held - self.machine();
            self.offset_microseconds.fetch_max(offset, Ordering::AcqRel);
        }
    }

    /// Moves a demo's clock forward to `to`; never back. Returns whether it moved.
    pub fn jump(&self, to: Timestamp) -> bool {
        if !self.demo || to <= self.now() {
            return false;
        }
        let offset = to.as_microsecond() - self.machine();
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
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

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
    fn a_clock_set_back_by_a_little_stands_still_and_one_set_back_by_much_follows() {
        let set_by = Arc::new(AtomicI64::new(0));
        let clock = Clock::system().set_by(set_by.clone());
        let set = |seconds: i64| set_by.store(seconds * 1_000_000, Ordering::Release);
        let before = clock.now();
        set(-59);
        let still = [clock.now(), clock.now()];
        assert!(still[0] >= before && still[0] == still[1], "{before} {still:?}");
        set(-40);
        assert_eq!(clock.now(), still[0]);
        set(1);
        assert!(clock.now() > still[0], "it stands still for ever");
        set(-3_600);
        let back = clock.now();
        assert!(back < before - SignedDuration::from_mins(59), "{before} {back}");
        // From there it goes on, and a little back is held again.
        set(-3_630);
        assert!(clock.now() >= back);
        set(86_400);
        assert!(clock.now() > before + SignedDuration::from_hours(23));
    }

    #[test]
    fn the_systems_clock_is_neither_held_nor_moved() {
        let clock = Clock::system();
        clock.hold("2099-01-01T00:00:00Z".parse().unwrap());
        assert!(!clock.jump("2099-01-01T00:00:00Z".parse().unwrap()));
        assert!(clock.now() < "2098-01-01T00:00:00Z".parse().unwrap());
    }
}
