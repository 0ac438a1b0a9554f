//! Who recommends, how, and with which table.

use jiebang_domain::call::Call;
use jiebang_domain::shared::{ClauseId, Region, Text};
use serde::Serialize;

use super::writer::Writer;

/// Recommendation by regional authorities.
#[derive(Debug, Serialize)]
pub struct RecommendationEntry {
    /// Regions that recommend.
    pub regions: Vec<RegionEntry>,
    /// Kinds of region that recommend.
    pub admits: Vec<&'static str>,
    /// Departments that sign together.
    pub departments: Vec<Text>,
    /// They preselect.
    pub preselects: bool,
    /// Columns of the table, with what fills them.
    pub columns: Vec<ColumnEntry>,
    /// Printed notes.
    pub notes: Vec<NoteEntry>,
    /// Criteria of preference.
    pub preferences: Vec<Text>,
    /// Clauses.
    pub clauses: Vec<ClauseId>,
}

/// A region.
#[derive(Debug, Serialize)]
pub struct RegionEntry {
    /// Code.
    pub code: &'static str,
    /// Name.
    pub name: Text,
}

/// A column of the recommendation table.
#[derive(Debug, Serialize)]
pub struct ColumnEntry {
    /// Heading.
    pub label: Text,
    /// What fills it.
    pub from: String,
}

/// A printed note.
#[derive(Debug, Serialize)]
pub struct NoteEntry {
    /// The note.
    pub text: Text,
    /// Clauses.
    pub clauses: Vec<ClauseId>,
}

pub(super) fn recommendation(call: &Call) -> Option<RecommendationEntry> {
    let recommendation = call.recommendation.as_ref()?;
    let admitted = |region: &Region| recommendation.admits.contains(&region.kind());
    Some(RecommendationEntry {
        regions: Region::all()
            .filter(admitted)
            .map(|region| RegionEntry { code: region.code(), name: region.name() })
            .collect(),
        admits: recommendation.admits.iter().map(|kind| kind.id()).collect(),
        departments: recommendation.departments.clone(),
        preselects: recommendation.preselects,
        columns: recommendation
            .columns
            .iter()
            .map(|(label, from)| ColumnEntry { label: label.clone(), from: from.clone() })
            .collect(),
        notes: recommendation
            .notes
            .iter()
            .map(|note| NoteEntry { text: note.text.clone(), clauses: note.source.clauses().to_vec() })
            .collect(),
        preferences: recommendation.preferences.clone(),
        clauses: recommendation.source.clauses().to_vec(),
    })
}

impl RecommendationEntry {
    pub(super) fn write(&self, out: &mut Writer) {
        out.heading("推荐", "Recommendation");
        let clauses = out.clauses(&self.clauses);
        let departments = format!("{}  {clauses}", out.texts(&self.departments));
        out.fact(1, ("推荐部门", "Departments"), &departments);
        let regions = out.texts(self.regions.iter().map(|region| &region.name));
        let count = self.regions.len();
        let regions = format!("{count}{}{regions}", out.pick("个：", ": "));
        out.fact(1, ("推荐地区", "Regions that recommend"), &regions);
        if self.preselects {
            out.line(1, out.pick("审核材料并遴选", "They verify the material and preselect"));
        }
        let preferences = out.texts(&self.preferences);
        out.fact(1, ("优先推荐", "Preferred"), &preferences);
        let columns = out.texts(self.columns.iter().map(|column| &column.label));
        let columns = format!("{}{}{columns}", self.columns.len(), out.pick("栏：", ": "));
        out.fact(1, ("推荐表", "Columns of the table"), &columns);
        for note in &self.notes {
            let line = format!("{}  {}", out.say(&note.text), out.clauses(&note.clauses));
            out.fact(1, ("表注", "Note"), &line);
        }
    }
}
