//! Samples: complete applications, as TOML.

use std::collections::BTreeMap;

use jiebang_domain::application::{Content, Draft, EvidenceFile, Signature, Value};
use jiebang_domain::call::{Call, FieldKind};
use jiebang_domain::identity::Organisation;
use jiebang_domain::shared::Region;
use toml::{Table, Value as Toml};

use crate::value::{boolean, count, given, of_field, only, plain_text, promises, table};

/// A sample as it is written.
#[derive(Debug)]
pub(crate) struct Sample(Table);

/// Parts of a sample.
const PARTS: [&str; 5] = ["applicant", "form", "promise", "evidence", "declaration"];
/// Facts of the lead organisation.
const APPLICANT: [&str; 7] =
    ["name", "code", "kind", "region", "legal_person", "mainland", "legal_representative"];

impl Sample {
    /// Parses it; the error has a line.
    pub(crate) fn parse(text: &str) -> Result<Self, (usize, String)> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            (line, error.message().to_owned())
        })?;
        only(&table, &PARTS, "a sample").map_err(|message| (1, message))?;
        Ok(Self(table))
    }

    /// The application that it describes under a call.
    pub(crate) fn draft(&self, call: &Call) -> Result<Draft, String> {
        let part = |name: &str| self.0.get(name).map(|part| table(part, name)).transpose();
        let mut draft = Draft {
            applicant: applicant(given(&self.0, "applicant", "a sample")?)?,
            led_before: 0,
            led: Vec::new(),
            content: Content::default(),
            declarations: BTreeMap::new(),
            evidence: Vec::new(),
        };
        for (id, value) in part("form")?.into_iter().flatten() {
            let field = call.field(id).ok_or_else(|| format!("the form has no field {id}"))?;
            draft.content.0.insert(id.clone(), of_field(call, field, value)?);
        }
        if let Some(promised) = part("promise")? {
            let field = call.fields().find(|(_, field)| matches!(field.kind, FieldKind::Indicators));
            let (_, field) = field.ok_or("the form has no field for promises")?;
            draft.content.0.insert(field.id.clone(), Value::Promises(promises(call, promised)?));
        }
        for (id, value) in part("evidence")?.into_iter().flatten() {
            attach(call, &mut draft, id, value)?;
        }
        for (id, value) in part("declaration")?.into_iter().flatten() {
            sign(call, &mut draft, id, value)?;
        }
        Ok(draft)
    }
}

fn applicant(value: &Toml) -> Result<Organisation, String> {
    let facts = table(value, "applicant")?;
    only(facts, &APPLICANT, "applicant")?;
    let text = |key: &str| plain_text(given(facts, key, "applicant")?, key);
    let truth = |key: &str| boolean(given(facts, key, "applicant")?, key);
    Ok(Organisation {
        name: text("name")?,
        code: text("code")?,
        kind: text("kind")?,
        region: region(&text("region")?)?,
        legal_representative: text("legal_representative")?,
        mainland: truth("mainland")?,
        legal_person: truth("legal_person")?,
    })
}

pub(crate) fn region(code: &str) -> Result<Region, String> {
    Region::parse(code).ok_or_else(|| format!("there is no region {code}"))
}

/// Attaches `value` files; for evidence of each member one for each of so many members, the lead first.
pub(crate) fn attach(call: &Call, draft: &mut Draft, id: &str, value: &Toml) -> Result<(), String> {
    let evidence = call.evidence.iter().find(|evidence| evidence.id == id);
    let evidence = evidence.ok_or_else(|| format!("the call has no evidence {id}"))?;
    draft.evidence.retain(|file| file.evidence != id);
    let files = (0..count(value, id)?).map(|nth| EvidenceFile {
        evidence: id.to_owned(),
        member: if evidence.per_member { nth } else { 0 },
        name: "evidence.pdf".to_owned(),
        size_bytes: 1,
        sha256: "0".repeat(64),
    });
    draft.evidence.extend(files);
    Ok(())
}

/// Signs a declaration: whichever of `accepted` and `signer` is given.
pub(crate) fn sign(call: &Call, draft: &mut Draft, id: &str, value: &Toml) -> Result<(), String> {
    if !call.declarations.iter().any(|declaration| declaration.id == id) {
        return Err(format!("the call has no declaration {id}"));
    }
    let parts = table(value, id)?;
    only(parts, &["accepted", "signer"], id)?;
    let signature: &mut Signature = draft.declarations.entry(id.to_owned()).or_default();
    if let Some(accepted) = parts.get("accepted") {
        signature.accepted = boolean(accepted, "accepted")?;
    }
    if let Some(signer) = parts.get("signer") {
        signature.signer = plain_text(signer, "signer")?;
    }
    Ok(())
}
