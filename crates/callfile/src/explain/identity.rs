//! What a notice says of itself, and the words that it defines.

use jiebang_domain::call::{Call, CallKind};
use jiebang_domain::shared::{ClauseId, Text};
use serde::Serialize;

use super::writer::Writer;

/// Everything that identifies the notice, besides title, number and issuers.
#[derive(Debug, Serialize)]
pub struct Identity {
    /// `challenge`, `guideline`, `action_plan` or `prize`.
    pub kind: &'static str,
    /// Year.
    pub year: u16,
    /// Batch.
    pub batch: Option<u16>,
    /// Other document numbers that copies carry.
    pub document_number_history: Vec<OtherNumber>,
    /// To whom it is addressed.
    pub addressees: Option<Text>,
    /// The issuer's own portal.
    pub portal: Option<String>,
    /// Stated basis.
    pub basis: Option<Text>,
    /// Disclosure attribute.
    pub disclosure: Option<Text>,
    /// Zone of printed dates.
    pub zone: String,
}

/// Another document number.
#[derive(Debug, Serialize)]
pub struct OtherNumber {
    /// The number.
    pub number: String,
    /// Where it is seen.
    pub note: Text,
}

/// A defined term.
#[derive(Debug, Serialize)]
pub struct Definition {
    /// Term.
    pub name: Text,
    /// Meaning.
    pub text: Text,
    /// Clauses.
    pub clauses: Vec<ClauseId>,
}

pub(super) fn identity(call: &Call) -> Identity {
    Identity {
        kind: match call.kind {
            CallKind::Challenge => "challenge",
            CallKind::Guideline => "guideline",
            CallKind::ActionPlan => "action_plan",
            CallKind::Prize => "prize",
        },
        year: call.year,
        batch: call.batch,
        document_number_history: call
            .document_number_history
            .iter()
            .map(|(number, note)| OtherNumber { number: number.clone(), note: note.clone() })
            .collect(),
        addressees: call.addressees.clone(),
        portal: call.portal.clone(),
        basis: call.basis.clone(),
        disclosure: call.disclosure.clone(),
        zone: call.zone.iana_name().unwrap_or("UTC").to_owned(),
    }
}

pub(super) fn definitions(call: &Call) -> Vec<Definition> {
    let of = |term: &jiebang_domain::call::Term| Definition {
        name: term.name.clone(),
        text: term.text.clone(),
        clauses: term.source.clauses().to_vec(),
    };
    call.terms.iter().map(of).collect()
}

impl Identity {
    pub(super) fn write(&self, out: &mut Writer) {
        let kind = match self.kind {
            "challenge" => out.pick("揭榜挂帅", "open competition"),
            "guideline" => out.pick("申报指南", "guideline"),
            "action_plan" => out.pick("实施方案", "action plan"),
            _ => out.pick("奖项", "prize"),
        };
        out.fact(0, ("类别", "Kind"), kind);
        out.fact(0, ("年份", "Year"), &self.year.to_string());
        if let Some(batch) = self.batch {
            out.fact(0, ("批次", "Batch"), &batch.to_string());
        }
        for other in &self.document_number_history {
            let value = format!("{} ({})", other.number, out.say(&other.note));
            out.fact(0, ("另见文号", "Also numbered"), &value);
        }
        let facts = [
            (("主送", "Addressed to"), &self.addressees),
            (("依据", "Basis"), &self.basis),
            (("信息公开", "Disclosure"), &self.disclosure),
        ];
        for (label, text) in facts {
            let value = text.as_ref().map(|text| out.say(text).to_owned()).unwrap_or_default();
            out.fact(0, label, &value);
        }
        out.fact(0, ("通知指定平台", "Portal of the issuer"), self.portal.as_deref().unwrap_or_default());
        out.fact(0, ("日期所在时区", "Zone of dates"), &self.zone);
    }
}

pub(super) fn write_definitions(definitions: &[Definition], out: &mut Writer) {
    if !definitions.is_empty() {
        out.heading("定义", "Definitions");
    }
    for term in definitions {
        let clauses = out.clauses(&term.clauses);
        let line =
            format!("{}{}{}  {clauses}", out.say(&term.name), out.pick("：", ": "), out.say(&term.text));
        out.line(1, &line);
    }
}
