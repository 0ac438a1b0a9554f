//! A call in plain words and as JSON, whole, for a lawyer to read against the notice.

mod conditions;
mod counts;
mod form;
mod identity;
mod provisions;
mod recommendation;
mod tasks;
mod writer;

use jiebang_domain::call::Call;
use jiebang_domain::shared::{Language, Text};
use serde::Serialize;

pub use counts::Counts;
pub use form::{CoverEntry, CoverLine, DeclarationEntry, EvidenceEntry, FieldEntry, SectionEntry};
pub use identity::{Definition, Identity, OtherNumber};
pub use provisions::{CalendarEntry, ChoiceEntry, RuleEntry, UncoveredClause};
pub use recommendation::{ColumnEntry, NoteEntry, RecommendationEntry, RegionEntry};
pub use tasks::{IndicatorEntry, ItemEntry, ListEntry, ListItemEntry, NamedList, NodeEntry};

use crate::document::Document;
use writer::Writer;

/// `call explain` as JSON.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// Id.
    pub id: String,
    /// Title.
    pub title: Text,
    /// Document number.
    pub document_number: Option<String>,
    /// Issuers.
    pub issuers: Vec<Text>,
    /// The rest of what identifies the notice.
    pub identity: Identity,
    /// Nothing is left blank.
    pub publishable: bool,
    /// Keys left blank.
    pub blanks: Vec<String>,
    /// Definitions of terms.
    pub definitions: Vec<Definition>,
    /// Deadlines.
    pub calendar: Vec<CalendarEntry>,
    /// The task tree, parents before children.
    pub tasks: Vec<NodeEntry>,
    /// Targets of the whole programme.
    pub programme_targets: Vec<ItemEntry>,
    /// Lists that fields choose from.
    pub lists: Vec<ListEntry>,
    /// The application form.
    pub form: Vec<SectionEntry>,
    /// Evidence to attach.
    pub evidence: Vec<EvidenceEntry>,
    /// Declarations to sign.
    pub declarations: Vec<DeclarationEntry>,
    /// Cover.
    pub cover: Option<CoverEntry>,
    /// Recommendation by regional authorities.
    pub recommendation: Option<RecommendationEntry>,
    /// Rules in words.
    pub rules: Vec<RuleEntry>,
    /// Contradictions and gaps, settled.
    pub choices: Vec<ChoiceEntry>,
    /// Counts of what the file holds.
    pub counts: Counts,
    /// Clauses without a rule, with the reason.
    pub uncovered_clauses: Vec<UncoveredClause>,
}

/// Explains a call as far as it could be made.
pub fn explain(document: &Document, call: &Call) -> Explanation {
    Explanation {
        id: call.id.clone(),
        title: call.title.clone(),
        document_number: call.document_number.clone(),
        issuers: call.issuers.clone(),
        identity: identity::identity(call),
        publishable: call.is_publishable(),
        blanks: call.blanks.iter().map(|(key, _)| key.clone()).collect(),
        definitions: identity::definitions(call),
        calendar: provisions::calendar(call),
        tasks: tasks::tasks(call),
        programme_targets: tasks::items(&call.programme_targets),
        lists: tasks::lists(call),
        form: form::form(call),
        evidence: form::evidence(call),
        declarations: form::declarations(call),
        cover: form::cover(call),
        recommendation: recommendation::recommendation(call),
        rules: provisions::rules(call),
        choices: provisions::choices(call),
        counts: counts::counts(document),
        uncovered_clauses: provisions::uncovered_clauses(call),
    }
}

impl Explanation {
    /// The same in plain words.
    pub fn words(&self, call: &Call, language: Language) -> String {
        let mut out = Writer::new(language);
        out.line(0, self.title.get(language));
        out.line(0, &self.id);
        out.fact(0, ("文号", "Document number"), self.document_number.as_deref().unwrap_or_default());
        let issuers = out.texts(&self.issuers);
        out.fact(0, ("发布单位", "Issued by"), &issuers);
        self.identity.write(&mut out);
        if !self.publishable {
            out.fact(0, ("不能发布，留空", "Not publishable, blank"), &self.blanks.join(", "));
        }
        identity::write_definitions(&self.definitions, &mut out);
        provisions::write_calendar(call, &mut out);
        tasks::write_tasks(&self.tasks, &mut out);
        if !self.programme_targets.is_empty() {
            out.heading("总体目标", "Targets of the programme");
            tasks::write_items(&self.programme_targets, 1, &mut out);
        }
        tasks::write_lists(&self.lists, &mut out);
        form::write_form(&self.form, &mut out);
        form::write_evidence(&self.evidence, &mut out);
        form::write_declarations(&self.declarations, &mut out);
        form::write_cover(self.cover.as_ref(), &mut out);
        if let Some(recommendation) = &self.recommendation {
            recommendation.write(&mut out);
        }
        provisions::write_rules(&self.rules, &mut out);
        provisions::write_choices(&self.choices, &mut out);
        provisions::write_uncovered(&self.uncovered_clauses, &mut out);
        out.finish()
    }
}
