//! One team's track and the acts on it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Baseline, ChangeRequest, DecideChange, Decision, Race, RaceFault, RaceStage, Refusal, RequestChange,
    Ruling, Statement, milestone_faults,
};
use crate::shared::Text;

/// State of a track (团队状态).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TrackState {
    /// The team works (攻关中).
    Running,
    /// The team has left (退出).
    Withdrawn {
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
    /// The programme office has ended it (终止).
    Terminated {
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
        /// Who.
        by: String,
    },
}

/// One team in a race (揭榜团队攻关).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// Application that was shortlisted.
    pub application: String,
    /// State.
    pub state: TrackState,
    /// Versions of the task statement, the first one first; never empty, and never changed.
    baselines: Vec<Baseline>,
    /// Changes asked for, in order.
    changes: Vec<ChangeRequest>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrackEvent {
    /// The first baseline was frozen.
    Begun,
    /// A change was asked for.
    ChangeRequested {
        /// Its number.
        number: u32,
    },
    /// A change was approved; this version of the baseline counts from now on.
    ChangeApproved {
        /// Its number.
        number: u32,
        /// Version of the baseline.
        version: u32,
    },
    /// A change was refused.
    ChangeRefused {
        /// Its number.
        number: u32,
    },
    /// The team left.
    Withdrawn,
    /// The programme office ended it.
    Terminated,
}

impl TrackState {
    /// Stable id.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Terminated { .. } => "terminated",
        }
    }

    /// Its name.
    pub fn name(&self) -> Text {
        match self {
            Self::Running => Text::new("攻关中", "Running"),
            Self::Withdrawn { .. } => Text::new("退出", "Withdrawn"),
            Self::Terminated { .. } => Text::new("终止", "Terminated"),
        }
    }
}

impl Track {
    /// Begins a track: the statement as submitted becomes the first baseline. What stands against its plan does not stop the race,
    /// because the statement was accepted as it is; [`milestone_faults`] tells it, and a change mends it.
    pub fn begin(application: String, statement: Statement, at: Timestamp) -> (Self, TrackEvent) {
        let first = Baseline { version: 1, statement, frozen_at: at, change: None };
        let track =
            Self { application, state: TrackState::Running, baselines: vec![first], changes: Vec::new() };
        (track, TrackEvent::Begun)
    }

    /// A track as it was stored; `None` where the versions do not run from 1 or the numbers of the changes do not.
    pub fn restore(
        application: String,
        state: TrackState,
        baselines: Vec<Baseline>,
        changes: Vec<ChangeRequest>,
    ) -> Option<Self> {
        let versions = (1..).zip(&baselines).all(|(nth, baseline)| baseline.version == nth);
        let numbers = (1..).zip(&changes).all(|(nth, change)| change.number == nth);
        let whole = versions && numbers && !baselines.is_empty();
        whole.then_some(Self { application, state, baselines, changes })
    }

    /// All versions of the task statement.
    pub fn baselines(&self) -> &[Baseline] {
        &self.baselines
    }

    /// All changes that were asked for.
    pub fn changes(&self) -> &[ChangeRequest] {
        &self.changes
    }

    /// The version that counts; `None` never, because a track begins with one.
    pub fn baseline(&self) -> Option<&Baseline> {
        self.baselines.last()
    }

    /// The change that waits for a decision.
    pub fn pending(&self) -> Option<&ChangeRequest> {
        self.changes.iter().find(|change| change.decision.is_none())
    }

    /// Whether the team may act now.
    ///
    /// # Errors
    /// Every reason why not.
    pub fn may_act(&self, race: &Race, at: Timestamp) -> Result<(), Refusal> {
        Refusal::of(self.standing_faults(race, at))
    }

    fn standing_faults(&self, race: &Race, at: Timestamp) -> Vec<RaceFault> {
        let ended =
            (self.state != TrackState::Running).then(|| RaceFault::TrackEnded { state: self.state.name() });
        let stage = match race.stage(at) {
            RaceStage::NotBegun => Some(RaceFault::RaceNotBegun { first: race.period.published_on }),
            RaceStage::Running => None,
            RaceStage::Ended => Some(RaceFault::RaceEnded { last: race.period.last_on }),
        };
        ended.into_iter().chain(stage).collect()
    }

    /// Everything that stands against a change; what is in principle stops nothing here, the decision weighs it.
    pub fn change_faults(&self, race: &Race, asked: &RequestChange, at: Timestamp) -> Vec<RaceFault> {
        let mut faults = self.standing_faults(race, at);
        if asked.reason.trim().is_empty() {
            faults.push(RaceFault::ReasonMissing);
        }
        if let Some(pending) = self.pending() {
            faults.push(RaceFault::ChangePending { number: pending.number });
        }
        faults.extend(self.outdated(asked.based_on));
        if let Some(counts) = self.baseline() {
            if counts.statement.digest == asked.proposed.digest {
                faults.push(RaceFault::ChangeEmpty);
            }
            faults.extend(dropped(&counts.statement, &asked.proposed));
        }
        // A plan was accepted as it was submitted: what stands against it already is mended step by step, and stops no other change.
        let of = |statement: &Statement| milestone_faults(&statement.milestones, &race.lanes, &race.period);
        let known = self.baseline().map(|counts| of(&counts.statement)).unwrap_or_default();
        faults.extend(of(&asked.proposed).into_iter().filter(|fault| !known.contains(fault)));
        faults
    }

    fn outdated(&self, based_on: u32) -> Option<RaceFault> {
        let current = self.baseline().map_or(0, |baseline| baseline.version);
        (based_on != current).then_some(RaceFault::BaselineOutdated { based_on, current })
    }

    /// Asks for a change.
    ///
    /// # Errors
    /// Every fault of [`Self::change_faults`], when one of them refuses.
    pub fn request_change(
        mut self,
        race: &Race,
        asked: RequestChange,
        at: Timestamp,
    ) -> Result<(Self, TrackEvent), Refusal> {
        Refusal::of(self.change_faults(race, &asked, at))?;
        let number = next(self.changes.len());
        self.changes.push(ChangeRequest {
            number,
            kind: asked.kind,
            based_on: asked.based_on,
            proposed: asked.proposed,
            reason: asked.reason,
            requested_at: at,
            decision: None,
        });
        Ok((self, TrackEvent::ChangeRequested { number }))
    }

    /// Decides a change. One that was asked for in time may be decided after the period has ended.
    ///
    /// # Errors
    /// The change is unknown or decided, the team is out, another version counts by now, or a reason is missing where one is due.
    pub fn decide_change(
        mut self,
        decided: DecideChange,
        at: Timestamp,
    ) -> Result<(Self, TrackEvent), Refusal> {
        let number = decided.number;
        let Some(place) = self.changes.iter().position(|change| change.number == number) else {
            return Err(RaceFault::ChangeUnknown { number }.into());
        };
        Refusal::of(self.decision_faults(&self.changes[place], &decided))?;
        let ruling = decided.ruling;
        let decision = Decision { ruling, reason: decided.reason, by: decided.by, at };
        let statement = self.changes[place].proposed.clone();
        self.changes[place].decision = Some(decision);
        let event = match ruling {
            Ruling::Refused => TrackEvent::ChangeRefused { number },
            Ruling::Approved => {
                let version = next(self.baselines.len());
                let change = Some(number);
                self.baselines.push(Baseline { version, statement, frozen_at: at, change });
                TrackEvent::ChangeApproved { number, version }
            }
        };
        Ok((self, event))
    }

    fn decision_faults(&self, change: &ChangeRequest, decided: &DecideChange) -> Vec<RaceFault> {
        let mut faults = Vec::new();
        if self.state != TrackState::Running {
            faults.push(RaceFault::TrackEnded { state: self.state.name() });
        }
        if change.decision.is_some() {
            faults.push(RaceFault::ChangeDecided { number: change.number });
        }
        let counts = self.baseline().map(|baseline| &baseline.statement);
        let drops = counts.and_then(|counts| dropped(counts, &change.proposed));
        let approved = decided.ruling == Ruling::Approved;
        if approved && change.decision.is_none() {
            faults.extend(self.outdated(change.based_on));
        }
        if decided.reason.trim().is_empty() && (!approved || drops.is_some()) {
            faults.push(RaceFault::ReasonMissing);
            faults.extend(drops.filter(|_| approved));
        }
        faults
    }

    /// The team leaves the race.
    ///
    /// # Errors
    /// It is out already, the race is over, or the reason is missing.
    pub fn withdraw(
        mut self,
        race: &Race,
        reason: String,
        at: Timestamp,
    ) -> Result<(Self, TrackEvent), Refusal> {
        let mut faults = self.standing_faults(race, at);
        if reason.trim().is_empty() {
            faults.push(RaceFault::ReasonMissing);
        }
        Refusal::of(faults)?;
        self.state = TrackState::Withdrawn { at, reason };
        Ok((self, TrackEvent::Withdrawn))
    }

    /// The programme office ends the track, at any time.
    ///
    /// # Errors
    /// The team is out already, or the reason is missing.
    pub fn terminate(
        mut self,
        reason: String,
        by: String,
        at: Timestamp,
    ) -> Result<(Self, TrackEvent), Refusal> {
        let ended =
            (self.state != TrackState::Running).then(|| RaceFault::TrackEnded { state: self.state.name() });
        let silent = reason.trim().is_empty().then_some(RaceFault::ReasonMissing);
        Refusal::of(ended.into_iter().chain(silent).collect())?;
        self.state = TrackState::Terminated { at, reason, by };
        Ok((self, TrackEvent::Terminated))
    }
}

/// The number after so many.
fn next(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1)
}

/// Indicators that one statement promises and the other does not.
fn dropped(counts: &Statement, proposed: &Statement) -> Option<RaceFault> {
    let kept: BTreeSet<&str> = proposed.indicators.iter().map(|line| line.item.as_str()).collect();
    let items: Vec<String> = (counts.indicators.iter())
        .filter(|line| !kept.contains(line.item.as_str()))
        .map(|line| line.item.clone())
        .collect();
    (!items.is_empty()).then_some(RaceFault::IndicatorsDropped { items })
}

#[cfg(test)]
pub(super) mod tests;
