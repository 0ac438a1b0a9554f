//! The roles of people.

use jiebang_domain::shared::Text;

/// What somebody is in the programme (角色).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Issues calls, runs selection, publishes lists (主办单位).
    ProgrammeOffice,
    /// Checks forms, holds sessions, helps (支撑单位).
    Secretariat,
    /// Applies for an organisation that leads (牵头申报单位).
    Applicant,
    /// Takes part for an organisation that does not lead (联合申报单位).
    Partner,
    /// Recommends for the industry department of a region (工业和信息化主管部门).
    IndustryAuthority,
    /// Recommends for the drug regulator of a region (药品监督管理部门).
    DrugRegulator,
    /// Reviews (评审专家).
    Expert,
    /// Tests and measures (测评机构).
    EvaluationBody,
    /// Supervises: reads everything, changes nothing (监督).
    Auditor,
    /// Runs the installation (运维).
    Operator,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 10] = [
        Self::ProgrammeOffice,
        Self::Secretariat,
        Self::Applicant,
        Self::Partner,
        Self::IndustryAuthority,
        Self::DrugRegulator,
        Self::Expert,
        Self::EvaluationBody,
        Self::Auditor,
        Self::Operator,
    ];

    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::ProgrammeOffice => "programme_office",
            Self::Secretariat => "secretariat",
            Self::Applicant => "applicant",
            Self::Partner => "partner",
            Self::IndustryAuthority => "industry_authority",
            Self::DrugRegulator => "drug_regulator",
            Self::Expert => "expert",
            Self::EvaluationBody => "evaluation_body",
            Self::Auditor => "auditor",
            Self::Operator => "operator",
        }
    }

    /// The role of an id.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.id() == id)
    }

    /// Name.
    pub fn name(self) -> Text {
        match self {
            Self::ProgrammeOffice => Text::new("主办单位", "Programme office"),
            Self::Secretariat => Text::new("支撑单位", "Secretariat"),
            Self::Applicant => Text::new("申报单位", "Applicant"),
            Self::Partner => Text::new("联合申报单位", "Partner"),
            Self::IndustryAuthority => Text::new("工业和信息化主管部门", "Industry authority"),
            Self::DrugRegulator => Text::new("药品监督管理部门", "Drug regulator"),
            Self::Expert => Text::new("评审专家", "Expert"),
            Self::EvaluationBody => Text::new("测评机构", "Evaluation body"),
            Self::Auditor => Text::new("监督", "Auditor"),
            Self::Operator => Text::new("运维", "Operator"),
        }
    }

    /// Its people act for an organisation.
    pub fn has_organisation(self) -> bool {
        matches!(self, Self::Applicant | Self::Partner)
    }

    /// Its people act for a region.
    pub fn has_region(self) -> bool {
        matches!(self, Self::IndustryAuthority | Self::DrugRegulator)
    }

    /// Its people work at the desk of a region, or watch all desks.
    pub fn has_desk(self) -> bool {
        self.has_region() || matches!(self, Self::ProgrammeOffice | Self::Secretariat | Self::Auditor)
    }
}
