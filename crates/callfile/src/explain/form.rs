//! The application form: sections and fields, evidence, declarations, cover.

use jiebang_domain::call::{Call, Declaration, Entry, Evidence, Field, FieldKind, Section, Signer};
use jiebang_domain::shared::{ClauseId, Text};
use serde::Serialize;

use super::conditions::condition_words;
use super::writer::Writer;

/// A section of the form.
#[derive(Debug, Serialize)]
pub struct SectionEntry {
    /// Id.
    pub id: String,
    /// Heading.
    pub title: Text,
    /// Fields in order.
    pub fields: Vec<FieldEntry>,
    /// Clauses.
    pub clauses: Vec<ClauseId>,
}

/// A field of the form.
#[derive(Debug, Serialize)]
pub struct FieldEntry {
    /// Path.
    pub path: String,
    /// Type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Label.
    pub label: Text,
    /// Help.
    pub hint: Option<Text>,
    /// May not stay empty.
    pub required: bool,
    /// Applies only where this expression holds.
    pub when: Option<String>,
    /// The same in words.
    #[serde(skip)]
    condition: Option<Text>,
    /// Token that answers it.
    pub token: Option<String>,
    /// Filled from the account.
    pub prefill: Option<String>,
    /// List to choose from.
    pub list: Option<String>,
    /// Limit in 字.
    pub limit: Option<u32>,
    /// Columns of a table.
    pub columns: Vec<FieldEntry>,
    /// Clauses; none where the operator added it.
    pub clauses: Vec<ClauseId>,
}

/// Evidence to attach.
#[derive(Debug, Serialize)]
pub struct EvidenceEntry {
    /// Id.
    pub id: String,
    /// Printed number.
    pub number: String,
    /// What it proves.
    pub name: Text,
    /// Help.
    pub hint: Option<Text>,
    /// 如有.
    pub if_any: bool,
    /// Needed only where this expression holds.
    pub when: Option<String>,
    /// The same in words.
    #[serde(skip)]
    condition: Option<Text>,
    /// Once for each member.
    pub per_member: bool,
    /// Who seals it.
    pub sealed_by: Option<Text>,
    /// Clauses.
    pub clauses: Vec<ClauseId>,
}

/// A declaration.
#[derive(Debug, Serialize)]
pub struct DeclarationEntry {
    /// Id.
    pub id: String,
    /// Heading.
    pub title: Text,
    /// Paragraphs before the items.
    pub opening: Vec<Text>,
    /// Wording, item by item.
    pub items: Vec<Text>,
    /// Paragraphs after them.
    pub closing: Vec<Text>,
    /// `principal` or `legal_representative`.
    pub signer: &'static str,
    /// The seal is added.
    pub sealed: bool,
    /// Clauses.
    pub clauses: Vec<ClauseId>,
}

/// The cover.
#[derive(Debug, Serialize)]
pub struct CoverEntry {
    /// Lines.
    pub lines: Vec<CoverLine>,
    /// Clauses.
    pub clauses: Vec<ClauseId>,
}

/// A line of the cover.
#[derive(Debug, Serialize)]
pub struct CoverLine {
    /// Label.
    pub label: Text,
    /// Field that fills it.
    pub field: Option<String>,
    /// A seal is put here.
    pub sealed: bool,
}

pub(super) fn form(call: &Call) -> Vec<SectionEntry> {
    let of = |section: &Section| SectionEntry {
        id: section.id.clone(),
        title: section.title.clone(),
        fields: section
            .entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Field(field) => Some(field_entry(call, field)),
                Entry::Evidence | Entry::Declarations => None,
            })
            .collect(),
        clauses: section.source.clauses().to_vec(),
    };
    call.sections.iter().map(of).collect()
}

fn field_entry(call: &Call, field: &Field) -> FieldEntry {
    let (kind, list, columns) = match &field.kind {
        FieldKind::Text => ("text", None, None),
        FieldKind::LongText => ("long_text", None, None),
        FieldKind::Choice(list) => ("choice", Some(list.clone()), None),
        FieldKind::Task => ("choice", Some("@tasks".to_owned()), None),
        FieldKind::Boolean => ("boolean", None, None),
        FieldKind::Number => ("number", None, None),
        FieldKind::Date => ("date", None, None),
        FieldKind::Phone => ("phone", None, None),
        FieldKind::Mobile => ("mobile", None, None),
        FieldKind::Email => ("email", None, None),
        FieldKind::PostalCode => ("postal_code", None, None),
        FieldKind::OrganisationCode => ("organisation_code", None, None),
        FieldKind::Table(columns) => ("table", None, Some(columns)),
        FieldKind::WorkPlan(lanes) => ("work_plan", lanes.clone(), None),
        FieldKind::Indicators => ("indicators", None, None),
    };
    FieldEntry {
        path: field.id.clone(),
        kind,
        label: field.label.clone(),
        hint: field.hint.clone(),
        required: field.required,
        when: field.when.as_ref().map(|when| when.source().to_owned()),
        condition: field.when.as_ref().map(|when| condition_words(call, when.source())),
        token: field.token.clone(),
        prefill: field.prefill.clone(),
        list,
        limit: field.limit.as_ref().map(|limit| limit.max),
        columns: columns.into_iter().flatten().map(|field| field_entry(call, field)).collect(),
        clauses: field.source.clauses().to_vec(),
    }
}

pub(super) fn evidence(call: &Call) -> Vec<EvidenceEntry> {
    let of = |evidence: &Evidence| EvidenceEntry {
        id: evidence.id.clone(),
        number: evidence.number.clone(),
        name: evidence.name.clone(),
        hint: evidence.hint.clone(),
        if_any: evidence.if_any,
        when: evidence.when.as_ref().map(|when| when.source().to_owned()),
        condition: evidence.when.as_ref().map(|when| condition_words(call, when.source())),
        per_member: evidence.per_member,
        sealed_by: evidence.sealed_by.clone(),
        clauses: evidence.source.clauses().to_vec(),
    };
    call.evidence.iter().map(of).collect()
}

pub(super) fn declarations(call: &Call) -> Vec<DeclarationEntry> {
    let of = |declaration: &Declaration| DeclarationEntry {
        id: declaration.id.clone(),
        title: declaration.title.clone(),
        opening: declaration.opening.clone(),
        items: declaration.items.clone(),
        closing: declaration.closing.clone(),
        signer: match declaration.signer {
            Signer::Principal => "principal",
            Signer::LegalRepresentative => "legal_representative",
        },
        sealed: declaration.sealed,
        clauses: declaration.source.clauses().to_vec(),
    };
    call.declarations.iter().map(of).collect()
}

pub(super) fn cover(call: &Call) -> Option<CoverEntry> {
    call.cover.as_ref().map(|cover| CoverEntry {
        lines: cover
            .lines
            .iter()
            .map(|(label, field, sealed)| CoverLine {
                label: label.clone(),
                field: field.clone(),
                sealed: *sealed,
            })
            .collect(),
        clauses: cover.source.clauses().to_vec(),
    })
}

pub(super) fn write_form(form: &[SectionEntry], out: &mut Writer) {
    if !form.is_empty() {
        out.heading("申报表", "Application form");
    }
    for section in form {
        let line = format!("{}  {}", out.say(&section.title), out.clauses(&section.clauses));
        out.line(1, &line);
        for field in &section.fields {
            field.write(2, out);
        }
    }
}

impl FieldEntry {
    fn write(&self, depth: usize, out: &mut Writer) {
        let mut marks = vec![kind_words(self.kind, out).to_owned()];
        marks.push(
            if self.required { out.pick("必填", "required") } else { out.pick("选填", "optional") }
                .to_owned(),
        );
        if let Some(limit) = self.limit {
            marks.push(format!(
                "{}{limit}{}",
                out.pick("不超过", "at most "),
                out.pick("字", " characters (字)")
            ));
        }
        if let Some(token) = &self.token {
            marks.push(format!("{}“{token}”", out.pick("没有的填", "where none: ")));
        }
        let line = format!(
            "{} ({})  {}",
            out.say(&self.label),
            marks.join(out.pick("，", ", ")),
            out.clauses(&self.clauses)
        );
        out.line(depth, &line);
        if let Some(hint) = &self.hint {
            let hint = out.say(hint).to_owned();
            out.line(depth + 1, &hint);
        }
        let condition = self.condition.as_ref().map_or("", |words| out.say(words)).to_owned();
        out.fact(depth + 1, ("仅适用于", "Only where"), &condition);
        for column in &self.columns {
            column.write(depth + 1, out);
        }
    }
}

fn kind_words<'o>(kind: &str, out: &'o Writer) -> &'o str {
    match kind {
        "text" => out.pick("单行文字", "text"),
        "long_text" => out.pick("文字", "long text"),
        "choice" => out.pick("选择", "choice"),
        "boolean" => out.pick("是或否", "yes or no"),
        "number" => out.pick("数字", "number"),
        "date" => out.pick("日期", "date"),
        "phone" => out.pick("电话", "telephone"),
        "mobile" => out.pick("手机", "mobile telephone"),
        "email" => out.pick("电子邮箱", "e-mail"),
        "postal_code" => out.pick("邮政编码", "postal code"),
        "organisation_code" => out.pick("组织机构代码", "organisation code"),
        "table" => out.pick("表格", "table"),
        "work_plan" => out.pick("进度计划", "work plan"),
        _ => out.pick("指标承诺", "promised values"),
    }
}

pub(super) fn write_evidence(evidence: &[EvidenceEntry], out: &mut Writer) {
    if !evidence.is_empty() {
        out.heading("证明材料", "Evidence");
    }
    for one in evidence {
        let need = if one.if_any { out.pick("（如有）", " (if any)") } else { "" };
        let each = if one.per_member { out.pick("（每个成员）", " (each member)") } else { "" };
        let line =
            format!("{} {}{need}{each}  {}", one.number, out.say(&one.name), out.clauses(&one.clauses));
        out.line(1, &line);
        if let Some(hint) = &one.hint {
            let hint = out.say(hint).to_owned();
            out.line(2, &hint);
        }
        let sealed = one.sealed_by.as_ref().map(|by| out.say(by).to_owned()).unwrap_or_default();
        out.fact(2, ("盖章", "Sealed by"), &sealed);
        let condition = one.condition.as_ref().map_or("", |words| out.say(words)).to_owned();
        out.fact(2, ("仅适用于", "Only where"), &condition);
    }
}

pub(super) fn write_declarations(declarations: &[DeclarationEntry], out: &mut Writer) {
    if !declarations.is_empty() {
        out.heading("承诺", "Declarations");
    }
    for one in declarations {
        let line = format!("{}  {}", out.say(&one.title), out.clauses(&one.clauses));
        out.line(1, &line);
        let name = out.pick("〔任务名称〕", "[name of the task]");
        let marked = [("", &one.opening), ("· ", &one.items), ("", &one.closing)];
        for (mark, item) in
            marked.into_iter().flat_map(|(mark, all)| all.iter().map(move |item| (mark, item)))
        {
            let words = out.say(item).replace("{task}", name);
            out.line(2, &format!("{mark}{words}"));
        }
        let signer = match one.signer {
            "principal" => out.pick("负责人", "person in charge"),
            _ => out.pick("法定代表人", "legal representative"),
        };
        let seal = if one.sealed { out.pick("，加盖公章", ", with the seal") } else { "" };
        let signer = format!("{signer}{seal}");
        out.fact(2, ("签署", "Signed by"), &signer);
    }
}

pub(super) fn write_cover(cover: Option<&CoverEntry>, out: &mut Writer) {
    let Some(cover) = cover else { return };
    out.heading("封面", "Cover");
    for line in &cover.lines {
        let seal = if line.sealed { out.pick("（盖章）", " (seal)") } else { "" };
        let words = format!("{}{seal}  {}", out.say(&line.label), out.clauses(&cover.clauses));
        out.line(1, &words);
    }
}
