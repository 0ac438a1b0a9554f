//! The objection desk (异议受理): named or sealed, within the notice, answered in time.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{ListVersion, NoticePeriod, NoticeRule, NoticeStage, PublicationFault, Refusal};
use crate::shared::{Digest, Holidays, OrganisationCode, Text, character_count};

/// Most characters (字) of an objection.
pub const OBJECTION_CHARACTERS_MAX: usize = 5_000;

/// Who objects (异议人), as written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Objector {
    /// A person under the real name (实名).
    Named {
        /// Name.
        name: String,
        /// Telephone number or e-mail address.
        contact: String,
    },
    /// An organisation under its seal (盖章).
    Sealed {
        /// Name.
        organisation: String,
        /// Unified social credit code or organisation code.
        code: String,
        /// Telephone number or e-mail address.
        contact: String,
        /// SHA-256 of the paper that bears the seal.
        sealed: Option<Digest>,
    },
    /// Nobody: refused.
    Anonymous,
}

/// Lodges an objection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LodgeObjection {
    /// Number that the desk gives it.
    pub number: String,
    /// Who.
    pub objector: Objector,
    /// The entry that it is about; `None` for the whole list.
    pub application: Option<String>,
    /// Facts and reasons.
    pub text: String,
    /// Digests of what is attached.
    pub evidence: Vec<Digest>,
}

/// What came of an objection (处理结果).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 成立: the list changes.
    Upheld,
    /// 部分成立: the list changes in part.
    UpheldInPart,
    /// 不成立.
    Dismissed,
}

/// Answers an objection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerObjection {
    /// What came of it.
    pub outcome: Outcome,
    /// What was found and what follows.
    pub answer: String,
    /// Who answers, as the record names them.
    pub by: String,
}

/// State of an objection (异议状态).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ObjectionState {
    /// Waits for its answer (待答复).
    Received,
    /// Answered (已答复).
    Answered {
        /// What came of it.
        outcome: Outcome,
        /// The answer.
        answer: String,
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Taken back by who lodged it (已撤回).
    TakenBack {
        /// When.
        at: Timestamp,
    },
}

/// An objection (异议).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Number.
    pub number: String,
    /// Who.
    pub objector: Objector,
    /// Version of the list that it is about.
    pub version: u32,
    /// The entry that it is about; `None` for the whole list.
    pub application: Option<String>,
    /// Facts and reasons.
    pub text: String,
    /// Digests of what is attached.
    pub evidence: Vec<Digest>,
    /// When it was received whole.
    pub received_at: Timestamp,
    /// Last day on which the answer is in time.
    pub answer_on: Date,
    /// State.
    pub state: ObjectionState,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Self; 3] = [Self::Upheld, Self::UpheldInPart, Self::Dismissed];

    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Upheld => "upheld",
            Self::UpheldInPart => "upheld_in_part",
            Self::Dismissed => "dismissed",
        }
    }

    /// The outcome of an id.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.id() == id)
    }

    /// Its name.
    pub fn name(self) -> Text {
        match self {
            Self::Upheld => Text::new("成立", "Upheld"),
            Self::UpheldInPart => Text::new("部分成立", "Upheld in part"),
            Self::Dismissed => Text::new("不成立", "Dismissed"),
        }
    }
}

impl ObjectionState {
    /// Stable id.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Answered { .. } => "answered",
            Self::TakenBack { .. } => "taken_back",
        }
    }

    /// Its name.
    pub fn name(&self) -> Text {
        match self {
            Self::Received => Text::new("待答复", "Waits for its answer"),
            Self::Answered { outcome, .. } => {
                let name = outcome.name();
                Text::new(format!("已答复：{}", name.zh), format!("Answered: {}", name.en.to_lowercase()))
            }
            Self::TakenBack { .. } => Text::new("已撤回", "Taken back"),
        }
    }
}

impl Objection {
    /// Lodges an objection to a version of a list.
    ///
    /// # Errors
    /// Every fault: anonymous, too early, too late, incomplete, about nothing on the list, or its answer cannot be dated.
    pub fn lodge(
        lodged: LodgeObjection,
        list: &ListVersion,
        notice: &NoticePeriod,
        rule: &NoticeRule,
        holidays: &Holidays,
        zone: &TimeZone,
        at: Timestamp,
    ) -> Result<Self, Refusal> {
        let mut faults = match notice.stage(at) {
            NoticeStage::NotBegun => vec![PublicationFault::NoticeNotBegun { first: notice.published_on }],
            NoticeStage::Running => Vec::new(),
            NoticeStage::Over => vec![PublicationFault::NoticeOver { last: notice.last_on }],
        };
        faults.extend(objector_faults(&lodged.objector));
        faults.extend(text_fault(&lodged.text));
        if let Some(application) = &lodged.application
            && !list.entries.iter().any(|entry| entry.application == *application)
        {
            faults.push(PublicationFault::EntryUnknown { application: application.clone() });
        }
        let received_on = at.to_zoned(zone.clone()).date();
        let answer_on = holidays.after(received_on, rule.answer_working_days);
        match answer_on.map_err(PublicationFault::HolidaysMissing) {
            Ok(answer_on) if faults.is_empty() => Ok(Self {
                number: lodged.number,
                objector: lodged.objector,
                version: list.version,
                application: lodged.application,
                text: lodged.text,
                evidence: lodged.evidence,
                received_at: at,
                answer_on,
                state: ObjectionState::Received,
            }),
            Ok(_) => Err(Refusal { faults }),
            Err(fault) => {
                faults.push(fault);
                Err(Refusal { faults })
            }
        }
    }

    /// Answers it.
    ///
    /// # Errors
    /// It was answered or taken back, or the answer says nothing.
    pub fn answer(mut self, answered: AnswerObjection, at: Timestamp) -> Result<Self, Refusal> {
        let silent = answered.answer.trim().is_empty().then_some(PublicationFault::AnswerMissing);
        Refusal::of(self.closed().into_iter().chain(silent).collect())?;
        let AnswerObjection { outcome, answer, by } = answered;
        self.state = ObjectionState::Answered { outcome, answer, by, at };
        Ok(self)
    }

    /// Takes it back.
    ///
    /// # Errors
    /// It was answered or taken back.
    pub fn take_back(mut self, at: Timestamp) -> Result<Self, Refusal> {
        Refusal::of(self.closed().into_iter().collect())?;
        self.state = ObjectionState::TakenBack { at };
        Ok(self)
    }

    /// Whether it waits for an answer.
    pub fn is_open(&self) -> bool {
        self.state == ObjectionState::Received
    }

    /// Whether its answer is late on a day.
    pub fn is_overdue(&self, today: Date) -> bool {
        self.is_open() && today > self.answer_on
    }

    /// Whether it was upheld, wholly or in part: the list may change for it.
    pub fn is_upheld(&self) -> bool {
        let changes = [Outcome::Upheld, Outcome::UpheldInPart];
        matches!(&self.state, ObjectionState::Answered { outcome, .. } if changes.contains(outcome))
    }

    fn closed(&self) -> Option<PublicationFault> {
        (!self.is_open()).then_some(PublicationFault::ObjectionClosed)
    }
}

fn objector_faults(objector: &Objector) -> Vec<PublicationFault> {
    let blank = |text: &str| text.trim().is_empty();
    let mut faults = Vec::new();
    match objector {
        Objector::Anonymous => faults.push(PublicationFault::Anonymous),
        Objector::Named { name, contact } => {
            if blank(name) {
                faults.push(PublicationFault::Anonymous);
            }
            if blank(contact) {
                faults.push(PublicationFault::ContactMissing);
            }
        }
        Objector::Sealed { organisation, code, contact, sealed } => {
            if blank(organisation) {
                faults.push(PublicationFault::OrganisationMissing);
            }
            faults.extend(OrganisationCode::parse(code).err().map(PublicationFault::OrganisationCode));
            if blank(contact) {
                faults.push(PublicationFault::ContactMissing);
            }
            if sealed.is_none() {
                faults.push(PublicationFault::SealMissing);
            }
        }
    }
    faults
}

fn text_fault(text: &str) -> Option<PublicationFault> {
    let (characters, max) = (character_count(text), OBJECTION_CHARACTERS_MAX);
    match characters {
        0 => Some(PublicationFault::TextMissing),
        _ => (characters > max).then_some(PublicationFault::TextTooLong { characters, max }),
    }
}

#[cfg(test)]
pub(super) mod tests;
