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

/// A file attached as evidence (证明材料文件).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceFile {
    /// Evidence id of the call.
    pub evidence: String,
    /// Member that it belongs to, the lead being 0.
    pub member: u32,
    /// Name.
    pub name: String,
    /// Bytes.
    pub size_bytes: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// Everything that the rules look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Lead organisation.
    pub applicant: Organisation,
    /// Applications that it already leads under this call, this one not counted.
    pub led_before: u32,
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

    /// The promises of an indicator field.
    pub fn promises(&self, id: &str) -> Option<&BTreeMap<String, Promise>> {
        match self.0.get(id) {
            Some(Value::Promises(promises)) => Some(promises),
            _ => None,
        }
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
