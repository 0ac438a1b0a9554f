//! What stands against an act of publication, typed, and how it is told.

use jiff::civil::Date;

use super::VersionReason;
use crate::call::Source;
use crate::shared::{CodeError, DeadlineError, Finding, MissingYear, Severity, Text};

/// One fault that a rule of publication found (问题).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicationFault {
    /// Working days cannot be counted.
    HolidaysMissing(MissingYear),
    /// A day lies outside the calendar.
    Unreckonable(DeadlineError),
    /// A public notice of no working day.
    NoticeEmpty,
    /// The notice has not begun.
    NoticeNotBegun {
        /// Its first day.
        first: Date,
    },
    /// The notice is over.
    NoticeOver {
        /// Its last day.
        last: Date,
    },
    /// The notice still runs.
    NoticeRunning {
        /// Its last day.
        last: Date,
    },
    /// Objections that nobody has answered.
    ObjectionsOpen {
        /// Their numbers.
        numbers: Vec<String>,
    },
    /// Neither a name nor a seal.
    Anonymous,
    /// A person who objects gives no way to reach them, or an organisation none.
    ContactMissing,
    /// An organisation objects without its name.
    OrganisationMissing,
    /// The organisation's code is none.
    OrganisationCode(CodeError),
    /// An organisation objects without a sealed paper.
    SealMissing,
    /// No facts and no reason.
    TextMissing,
    /// More than an objection may hold.
    TextTooLong {
        /// Characters given.
        characters: usize,
        /// Most characters.
        max: usize,
    },
    /// It objects to an entry that the list does not have.
    EntryUnknown {
        /// The application named.
        application: String,
    },
    /// The objection was answered or taken back.
    ObjectionClosed,
    /// The answer says nothing.
    AnswerMissing,
    /// The first version gives another reason, or a later one says it is the first.
    ReasonOutOfPlace {
        /// Version that it would be.
        version: u32,
        /// The reason given.
        reason: VersionReason,
    },
    /// A later version without a note why.
    NoteMissing,
    /// An upheld objection is the reason, and none is named or it was not upheld.
    ObjectionNotUpheld {
        /// Its number; empty where none is named.
        number: String,
    },
    /// Nothing differs from the version that counts.
    VersionUnchanged,
    /// A withdrawal that adds or changes entries.
    WithdrawalAdds,
    /// An entry stands twice.
    EntryRepeats {
        /// Its application.
        application: String,
    },
    /// The list is final and would go back to public notice without need.
    BackToNotice,
}

/// Why an act is refused (拒绝): everything that stands against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// All faults.
    pub faults: Vec<PublicationFault>,
}

impl Refusal {
    /// A refusal where there is any fault; every fault of this room refuses.
    pub(super) fn of(faults: Vec<PublicationFault>) -> Result<(), Self> {
        if faults.is_empty() { Ok(()) } else { Err(Self { faults }) }
    }

    /// All faults as findings with the source of the rule.
    pub fn findings(&self, source: &Source) -> Vec<Finding> {
        self.faults.iter().map(|fault| fault.finding(source)).collect()
    }
}

impl PublicationFault {
    /// Stable name of the fault.
    pub fn code(&self) -> &'static str {
        match self {
            Self::HolidaysMissing(_) => "holiday_year_missing",
            Self::Unreckonable(_) => "notice_unreckonable",
            Self::NoticeEmpty => "notice_empty",
            Self::NoticeNotBegun { .. } => "notice_not_begun",
            Self::NoticeOver { .. } => "notice_over",
            Self::NoticeRunning { .. } => "notice_running",
            Self::ObjectionsOpen { .. } => "objections_open",
            Self::Anonymous => "objection_anonymous",
            Self::ContactMissing => "objection_contact_missing",
            Self::OrganisationMissing => "objection_organisation_missing",
            Self::OrganisationCode(_) => "objection_organisation_code",
            Self::SealMissing => "objection_seal_missing",
            Self::TextMissing => "objection_text_missing",
            Self::TextTooLong { .. } => "objection_text_too_long",
            Self::EntryUnknown { .. } => "objection_entry_unknown",
            Self::ObjectionClosed => "objection_closed",
            Self::AnswerMissing => "objection_answer_missing",
            Self::ReasonOutOfPlace { .. } => "version_reason_out_of_place",
            Self::NoteMissing => "version_note_missing",
            Self::ObjectionNotUpheld { .. } => "version_objection_not_upheld",
            Self::VersionUnchanged => "version_unchanged",
            Self::WithdrawalAdds => "version_withdrawal_adds",
            Self::EntryRepeats { .. } => "list_entry_repeats",
            Self::BackToNotice => "version_back_to_notice",
        }
    }

    /// The fault as a finding, with the clause or the operator's plan that the rule comes from.
    pub fn finding(&self, source: &Source) -> Finding {
        let (message, remedy) = self.words();
        let field = match self {
            Self::Anonymous => Some("objector"),
            Self::ContactMissing => Some("contact"),
            Self::OrganisationMissing => Some("organisation"),
            Self::OrganisationCode(_) => Some("code"),
            Self::SealMissing => Some("sealed"),
            Self::TextMissing | Self::TextTooLong { .. } => Some("text"),
            Self::EntryUnknown { .. } => Some("application"),
            Self::AnswerMissing => Some("answer"),
            Self::ReasonOutOfPlace { .. } => Some("reason"),
            Self::NoteMissing => Some("note"),
            Self::ObjectionNotUpheld { .. } => Some("objection"),
            _ => None,
        };
        Finding {
            code: self.code().to_owned(),
            severity: Severity::Refusal,
            clause: source.clause().cloned(),
            field: field.map(str::to_owned),
            message,
            remedy,
        }
    }

    /// What is wrong, with the value, and what would put it right.
    fn words(&self) -> (Text, Text) {
        match self {
            Self::HolidaysMissing(missing) => {
                let finding = missing.finding();
                (finding.message, finding.remedy)
            }
            Self::Unreckonable(error) => {
                (error.message(), Text::new("核对公布日期", "Check the day of publication"))
            }
            Self::NoticeEmpty => (
                Text::new("公示期为0个工作日", "The public notice has 0 working days"),
                Text::new("公示期至少1个工作日", "Give it one working day at least"),
            ),
            Self::NoticeNotBegun { first } => (
                Text::new(format!("公示自{first}开始"), format!("The public notice begins on {first}")),
                Text::new("公示开始后提出", "Object when it has begun"),
            ),
            Self::NoticeOver { last } => (
                Text::new(
                    format!("公示已于{last} 24:00结束"),
                    format!("The public notice ended at 24:00 on {last}"),
                ),
                Text::new(
                    "公示期外的问题请向主办单位反映",
                    "Outside the notice, write to the programme office",
                ),
            ),
            Self::NoticeRunning { last } => (
                Text::new(
                    format!("公示到{last} 24:00结束"),
                    format!("The public notice runs until 24:00 on {last}"),
                ),
                Text::new("公示结束后再公布最终名单", "Publish the final list afterwards"),
            ),
            Self::ObjectionsOpen { numbers } => (
                Text::new(
                    format!("{}件异议没有答复：{}", numbers.len(), numbers.join("、")),
                    format!("Objections not answered: {}", numbers.join(", ")),
                ),
                Text::new("逐件答复后再公布最终名单", "Answer each of them, then publish the final list"),
            ),
            Self::ReasonOutOfPlace { .. }
            | Self::NoteMissing
            | Self::ObjectionNotUpheld { .. }
            | Self::VersionUnchanged
            | Self::WithdrawalAdds
            | Self::EntryRepeats { .. }
            | Self::BackToNotice => self.version_words(),
            _ => self.objection_words(),
        }
    }

    fn objection_words(&self) -> (Text, Text) {
        match self {
            Self::Anonymous => (
                Text::new("匿名异议不予受理", "An anonymous objection is not taken"),
                Text::new(
                    "个人写明真实姓名和联系方式，单位加盖公章",
                    "A person gives name and contact, an organisation its seal",
                ),
            ),
            Self::ContactMissing => (
                Text::new("没有联系方式", "There is no contact"),
                Text::new(
                    "填写电话或邮箱，以便核实和答复",
                    "Give a telephone number or an e-mail address for the answer",
                ),
            ),
            Self::OrganisationMissing => (
                Text::new("没有单位名称", "The name of the organisation is missing"),
                Text::new("填写单位全称", "Give its full name"),
            ),
            Self::OrganisationCode(error) => (error.message(), error.remedy()),
            Self::SealMissing => (
                Text::new("没有盖章的书面材料", "There is no sealed paper"),
                Text::new("上传加盖公章的材料", "Attach the paper with the seal"),
            ),
            Self::TextMissing => (
                Text::new("没有写明异议", "The objection says nothing"),
                Text::new("写明事实和理由", "Give facts and reasons"),
            ),
            Self::TextTooLong { characters, max } => (
                Text::new(
                    format!("异议有{characters}字，上限为{max}字"),
                    format!("The objection has {characters} characters, at most {max}"),
                ),
                Text::new("写要点，细节作为材料上传", "Write the main points; attach the details"),
            ),
            Self::EntryUnknown { application } => (
                Text::new(
                    format!("名单中没有{application}"),
                    format!("{application} does not stand on the list"),
                ),
                Text::new("从名单中选择，或对整个名单提出", "Choose an entry, or object to the whole list"),
            ),
            Self::ObjectionClosed => (
                Text::new("该异议已答复或已撤回", "The objection was answered or taken back"),
                Text::new("如有新的事实，公示期内另行提出", "With new facts, object again within the notice"),
            ),
            _ => (
                Text::new("没有写明答复", "The answer says nothing"),
                Text::new("写明核实情况和处理结果", "Say what was found and what follows"),
            ),
        }
    }

    fn version_words(&self) -> (Text, Text) {
        match self {
            Self::ReasonOutOfPlace { version, reason } => {
                let name = reason.name();
                (
                    Text::new(
                        format!("第{version}版的原因不能是“{}”", name.zh),
                        format!("The reason of version {version} cannot be “{}”", name.en),
                    ),
                    Text::new(
                        "第1版为首次公布，以后各版写明变更原因",
                        "Version 1 is the first publication; later ones say what changed",
                    ),
                )
            }
            Self::NoteMissing => (
                Text::new("没有说明为什么变更名单", "It is not said why the list changes"),
                Text::new("写明变更的事实和依据", "Write the facts and the basis"),
            ),
            Self::ObjectionNotUpheld { number } if number.is_empty() => (
                Text::new("没有写明是哪一件异议", "The objection is not named"),
                Text::new("选择已成立的异议", "Choose one that was upheld"),
            ),
            Self::ObjectionNotUpheld { number } => (
                Text::new(format!("异议{number}没有成立"), format!("Objection {number} was not upheld")),
                Text::new("选择已成立的异议，或改写原因", "Choose one that was upheld, or another reason"),
            ),
            Self::VersionUnchanged => (
                Text::new("与现行版本没有不同", "Nothing differs from the version that counts"),
                Text::new("不必公布新版", "There is nothing to publish"),
            ),
            Self::WithdrawalAdds => (
                Text::new(
                    "退出只能减少名单，本版有增加或改动",
                    "A withdrawal only takes out; this version adds or changes",
                ),
                Text::new(
                    "只移出退出的单位，其他改动另行更正",
                    "Take out who withdrew; correct the rest by itself",
                ),
            ),
            Self::EntryRepeats { application } => (
                Text::new(
                    format!("{application}在名单中出现两次"),
                    format!("{application} stands on the list twice"),
                ),
                Text::new("只留一次", "Keep it once"),
            ),
            _ => (
                Text::new(
                    "名单已是最终名单，没有增加单位，不必再公示",
                    "The list is final and nobody is added: it needs no further notice",
                ),
                Text::new("作为最终名单公布", "Publish it as final"),
            ),
        }
    }
}
