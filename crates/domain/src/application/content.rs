//! What an application holds.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::identity::Organisation;
use crate::shared::Promise;

/// The values of the form by field path (申报内容).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Content(pub BTreeMap<String, Value>);

/// A row of a table by column.
pub type Row = BTreeMap<String, Value>;

/// Field of the partners (联合单位), one row each.
pub const PARTNERS: &str = "partners";
/// Column of a partner's number. It is given once and stays when rows are added, moved or taken out; files refer to it.
pub const MEMBER: &str = "member";

/// One value (栏目值).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Text, chosen id, number or date as written.
    Text(String),
    /// Yes or no.
    Boolean(bool),
    /// Rows of a table.
    Rows(Vec<Row>),
    /// Promises by item id.
    Promises(BTreeMap<String, Promise>),
}

/// A signed declaration (签署).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The declaration is accepted.
    pub accepted: bool,
    /// Who signs.
    pub signer: String,
}

/// A file attached as evidence (证明材料文件). Its fields stand in the order of their names, as in canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceFile {
    /// Evidence id of the call.
    pub evidence: String,
    /// Number of the member that it belongs to, the lead being 0.
    pub member: u32,
    /// Name.
    pub name: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size_bytes: u64,
}

/// Everything that the rules look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Lead organisation.
    pub applicant: Organisation,
    /// Applications that it already leads under this call, this one not counted.
    pub led_before: u32,
    /// Their names and numbers, as far as they are known: what may be withdrawn.
    pub led: Vec<String>,
    /// The form.
    pub content: Content,
    /// Declarations by id.
    pub declarations: BTreeMap<String, Signature>,
    /// Evidence.
    pub evidence: Vec<EvidenceFile>,
}

impl Content {
    /// The text of a field; empty when there is none.
    pub fn text(&self, id: &str) -> &str {
        match self.0.get(id) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The rows of a table.
    pub fn rows(&self, id: &str) -> &[Row] {
        match self.0.get(id) {
            Some(Value::Rows(rows)) => rows,
            _ => &[],
        }
    }

    /// Numbers of the members, the lead (0) first. A partner without a number has that of its place.
    pub fn members(&self) -> Vec<u32> {
        let places = 1..;
        let partners =
            self.rows(PARTNERS).iter().zip(places).map(|(row, place)| member(row).unwrap_or(place));
        std::iter::once(0).chain(partners).collect()
    }

    /// Takes the number from every partner that has become another unit: name and code are both other than `before` under that
    /// number. What was attached for the one is no evidence of the other.
    pub fn part_from(&mut self, before: &Self) {
        let said = |row: &Row, column: &str| match row.get(column) {
            Some(Value::Text(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            _ => None,
        };
        let known: BTreeMap<u32, &Row> =
            before.rows(PARTNERS).iter().filter_map(|row| Some((member(row)?, row))).collect();
        let Some(Value::Rows(rows)) = self.0.get_mut(PARTNERS) else { return };
        for row in rows {
            let other = |column: &str| {
                let was = member(row).and_then(|number| said(known.get(&number)?, column));
                was.is_some_and(|was| said(row, column).is_some_and(|now| now != was))
            };
            if other("name") && other("code") {
                row.remove(MEMBER);
            }
        }
    }

    /// Gives every partner without a number the next one above all that stand here and above `taken`.
    pub fn number_members(&mut self, taken: u32) {
        let Some(Value::Rows(rows)) = self.0.get_mut(PARTNERS) else { return };
        let last = rows.iter().filter_map(member).max().unwrap_or(0).max(taken);
        let unnumbered = rows.iter_mut().filter(|row| member(row).is_none());
        for (row, number) in unnumbered.zip(last.saturating_add(1)..) {
            row.insert(MEMBER.to_owned(), Value::Text(number.to_string()));
        }
    }

    /// The promises of an indicator field.
    pub fn promises(&self, id: &str) -> Option<&BTreeMap<String, Promise>> {
        match self.0.get(id) {
            Some(Value::Promises(promises)) => Some(promises),
            _ => None,
        }
    }
}

fn member(row: &Row) -> Option<u32> {
    match row.get(MEMBER) {
        Some(Value::Text(number)) => number.parse().ok().filter(|number| *number > 0),
        _ => None,
    }
}

impl Value {
    /// Whether nothing was filled in.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::Boolean(_) => false,
            Self::Rows(rows) => rows.is_empty(),
            Self::Promises(promises) => promises.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Content;

    fn partners(rows: &str) -> Content {
        serde_json::from_str(&format!(r#"{{"partners":[{rows}]}}"#)).unwrap()
    }

    /// Evidence is of a unit: another unit in the same row is another member, the same one with a corrected code is not.
    #[test]
    fn another_unit_in_a_row_is_another_member() {
        let before =
            partners(r#"{"member":"1","name":"甲","code":"A"},{"member":"2","name":"乙","code":"B"}"#);
        for (row, members) in [
            (r#"{"member":"1","name":"丙","code":"C"}"#, [0, 3]),
            (r#"{"member":"1","name":"甲","code":"C"}"#, [0, 1]),
            (r#"{"member":"1","name":"甲公司","code":"A"}"#, [0, 1]),
            (r#"{"member":"1","name":"丙","code":" "}"#, [0, 1]),
            (r#"{"member":"2","name":"丙","code":"C"}"#, [0, 3]),
        ] {
            let mut now = partners(row);
            now.part_from(&before);
            now.number_members(2);
            assert_eq!(now.members(), members, "{row}");
        }
    }
}
