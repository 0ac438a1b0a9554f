//! All findings on a draft at once, each with its clause and a remedy.

use std::collections::BTreeMap;

use super::dates::{date, date_fault};
use super::facts::facts_of_rules;
use super::{Draft, PARTNERS, Row, Value, facts};
use crate::call::{
    Call, Check, Counted, Entry, Evidence, Expression, Facts, Field, FieldKind, Limit, Rule, Signer, Source,
    Undecided, add_money, count_findings, funding_finding, promise_finding, severity,
};
use crate::shared::{
    ClauseId, Finding, Number, OrganisationCode, Severity, Text, character_count, counted, is_picture,
};

/// Most rows of a table, whatever the call says.
pub const ROWS_MAX: usize = 100;
/// Most characters (code points) of one value, whatever the call says.
pub const VALUE_CHARACTERS_MAX: usize = 20_000;

/// Everything that is wrong with a draft under its call; deadlines are judged with the act, not here.
pub fn findings(call: &Call, draft: &Draft) -> Vec<Finding> {
    let facts = facts(call, draft);
    let mut all = Vec::new();
    for section in &call.sections {
        for entry in &section.entries {
            match entry {
                Entry::Field(field) => {
                    if applicable(field, &facts) {
                        all.extend(field_findings(call, field, draft.content.0.get(&field.id)));
                    }
                }
                Entry::Evidence => all.extend(evidence_findings(call, draft, &facts)),
                Entry::Declarations => all.extend(declaration_findings(call, draft)),
            }
        }
    }
    all.extend(indicator_findings(call, draft, &facts));
    all.extend(repeated_partners(call, draft));
    all.extend(counted_findings(call, draft));
    all.extend(money_findings(call, draft, &facts));
    let facts = facts_of_rules(call, draft, &facts);
    let of_rules: Vec<Finding> = call.rules.iter().filter_map(|rule| rule_finding(rule, &facts)).collect();
    // A rule that refuses what a blank field means says more than that the field is blank.
    let told = |blank: &Finding| {
        of_rules.iter().any(|rule| rule.severity == Severity::Refusal && rule.field == blank.field)
    };
    all.retain(|finding| finding.code != "field_blank" || !told(finding));
    all.extend(of_rules);
    all
}

/// Whether a field applies to the draft.
pub fn applicable(field: &Field, facts: &Facts<'_>) -> bool {
    field.when.as_ref().is_none_or(|when| when.holds(facts).unwrap_or(true))
}

/// Findings on one field's value.
pub fn field_findings(call: &Call, field: &Field, value: Option<&Value>) -> Vec<Finding> {
    if matches!(field.kind, FieldKind::Indicators) {
        return Vec::new();
    }
    let blank = value.is_none_or(Value::is_blank);
    if blank {
        return if field.required { vec![blank_finding(call, field, &field.id)] } else { Vec::new() };
    }
    match (&field.kind, value) {
        (FieldKind::Table(columns), Some(Value::Rows(rows))) => table_findings(call, field, columns, rows),
        (FieldKind::WorkPlan(lanes), Some(Value::Rows(rows))) => {
            plan_findings(call, field, lanes.as_deref(), rows)
        }
        (_, Some(Value::Text(text))) => text_findings(call, field, &field.id, text),
        _ => Vec::new(),
    }
}

fn table_findings(call: &Call, field: &Field, columns: &[Field], rows: &[Row]) -> Vec<Finding> {
    let mut all = Vec::new();
    for (nth, row) in rows.iter().enumerate() {
        for column in columns {
            let path = format!("{}.{}.{}", field.id, nth + 1, column.id);
            let value = row.get(&column.id);
            match value {
                Some(Value::Text(text)) if !text.trim().is_empty() => {
                    all.extend(text_findings_from(call, column, field, &path, text));
                }
                Some(Value::Boolean(_)) => {}
                _ if column.required => {
                    let mut finding = blank_finding(call, column, &path);
                    finding.message = blank_message(&column.label, Some(nth + 1));
                    all.push(finding);
                }
                _ => {}
            }
        }
    }
    all
}

/// Findings on a column's text, which cites the field of its table.
fn text_findings_from(call: &Call, column: &Field, field: &Field, path: &str, text: &str) -> Vec<Finding> {
    let mut all = text_findings(call, column, path, text);
    for finding in &mut all {
        if finding.code != "text_too_long" {
            finding.clause = field.source.clause().cloned();
        }
    }
    all
}

fn plan_findings(call: &Call, field: &Field, lanes: Option<&str>, rows: &[Row]) -> Vec<Finding> {
    let mut all = Vec::new();
    let cell = |row: &Row, column: &str| match row.get(column) {
        Some(Value::Text(text)) => text.trim().to_owned(),
        _ => String::new(),
    };
    let fault = |path: String, code: &str, message: Text, remedy: Text| Finding {
        code: code.to_owned(),
        severity: Severity::Refusal,
        clause: field.source.clause().cloned(),
        field: Some(path),
        message,
        remedy,
    };
    for (nth, row) in rows.iter().enumerate() {
        let path = |column: &str| format!("{}.{}.{column}", field.id, nth + 1);
        if cell(row, "what").is_empty() {
            let mut finding = blank_finding(call, field, &path("what"));
            finding.message = blank_message(&Text::new("阶段任务", "Phase"), Some(nth + 1));
            all.push(finding);
        }
        let lane = cell(row, "lane");
        if let Some(list) = lanes.and_then(|lanes| call.lists.get(lanes))
            && !list.items.iter().any(|item| item.id == lane)
        {
            all.push(fault(
                path("lane"),
                "choice_unknown",
                Text::new(format!("第{}行没有选择泳道", nth + 1), format!("Row {} names no lane", nth + 1)),
                Text::new("从列表中选择", "Choose one of the list"),
            ));
        }
        let dates: Vec<Option<jiff::civil::Date>> =
            ["from", "to"].map(|column| date(&cell(row, column))).to_vec();
        match dates.as_slice() {
            [Some(from), Some(to)] if from <= to => {}
            [Some(_), Some(_)] => all.push(fault(
                path("to"),
                "date_invalid",
                Text::new(
                    format!("第{}行的结束日期早于开始日期", nth + 1),
                    format!("Row {} ends before it begins", nth + 1),
                ),
                Text::new("改正日期", "Correct the dates"),
            )),
            _ => {
                // One finding for a row: the first date that is none.
                let first = ["from", "to"]
                    .into_iter()
                    .find_map(|column| Some((column, date_fault(&cell(row, column))?)));
                let Some((column, (message, remedy))) = first else { continue };
                let message = Text::new(
                    format!("第{}行：{}", nth + 1, message.zh),
                    format!("Row {}: {}", nth + 1, message.en),
                );
                all.push(fault(path(column), "date_invalid", message, remedy));
            }
        }
    }
    all
}

/// Findings on one text: its token, its length, its form.
fn text_findings(call: &Call, field: &Field, path: &str, text: &str) -> Vec<Finding> {
    if field.token.as_deref() == Some(text.trim()) {
        return Vec::new();
    }
    let mut all = Vec::new();
    if let Some(limit) = &field.limit {
        let count = character_count(text);
        let most = usize::try_from(limit.max).unwrap_or(usize::MAX);
        if count > most {
            all.push(Finding {
                code: "text_too_long".to_owned(),
                severity: Severity::Refusal,
                clause: limit.source.clause().cloned(),
                field: Some(path.to_owned()),
                message: Text::new(
                    format!("“{}”现有{count}字，上限{most}字", field.label.zh),
                    format!("“{}” has {count} characters (字); the limit is {most}", field.label.en),
                ),
                remedy: Text::new(
                    format!("删减{}字", count - most),
                    format!("Cut {}", counted(count - most, "character", "characters")),
                ),
            });
        }
    }
    if let Some((code, message, remedy)) = malformed(call, field, text.trim()) {
        all.push(Finding {
            code: code.to_owned(),
            severity: Severity::Refusal,
            clause: field.source.clause().cloned(),
            field: Some(path.to_owned()),
            message: Text::new(
                format!("“{}”：{}", field.label.zh, message.zh),
                format!("“{}”: {}", field.label.en, message.en),
            ),
            remedy,
        });
    }
    all
}

/// What is wrong with the form of a text: code, message, remedy.
fn malformed(call: &Call, field: &Field, text: &str) -> Option<(&'static str, Text, Text)> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    match &field.kind {
        FieldKind::Task => {
            let known = call.node(text).is_some_and(|node| node.leaf);
            (!known).then(|| {
                (
                    "choice_unknown",
                    Text::new(format!("“{text}”不在任务之中"), format!("“{text}” is not one of the tasks")),
                    Text::new("从所列任务中选择", "Choose one of the tasks listed"),
                )
            })
        }
        FieldKind::Choice(list) => {
            let known =
                call.lists.get(list).is_some_and(|list| list.items.iter().any(|item| item.id == text));
            (!known).then(|| {
                (
                    "choice_unknown",
                    Text::new(format!("“{text}”不在名单之中"), format!("“{text}” is not in the list")),
                    Text::new("从名单中选择", "Choose from the list"),
                )
            })
        }
        FieldKind::Text => picture(text),
        FieldKind::OrganisationCode => {
            OrganisationCode::parse(text).err().map(|error| ("code_invalid", error.message(), error.remedy()))
        }
        FieldKind::Number => {
            Number::parse(text).err().map(|error| ("number_invalid", error.message(), error.remedy()))
        }
        FieldKind::Date => date_fault(text).map(|(message, remedy)| ("date_invalid", message, remedy)),
        FieldKind::Email => (!is_email(text)).then(|| {
            (
                "email_invalid",
                Text::new(format!("“{text}”不是电子邮箱地址"), format!("“{text}” is not an e-mail address")),
                Text::new("按 name@example.cn 的形式填写", "Write it like name@example.cn"),
            )
        }),
        FieldKind::PostalCode => (text.len() != 6 || digits(text) != 6).then(|| {
            (
                "postal_code_invalid",
                Text::new(format!("“{text}”不是邮政编码"), format!("“{text}” is not a postal code")),
                Text::new("填写6位半角数字", "Write six half-width digits"),
            )
        }),
        FieldKind::Mobile | FieldKind::Phone => {
            let least = if matches!(field.kind, FieldKind::Mobile) { 11 } else { 7 };
            let plain =
                text.chars().all(|character| character.is_ascii_digit() || "+-() ".contains(character));
            (!plain || digits(text) < least || text.len() > 24).then(|| {
                (
                    "phone_invalid",
                    Text::new(format!("“{text}”不是电话号码"), format!("“{text}” is not a telephone number")),
                    Text::new(
                        format!("用半角数字填写，不少于{least}位"),
                        format!("Write at least {least} half-width digits"),
                    ),
                )
            })
        }
        _ => None,
    }
}

/// A picture in a line of text, as registrations refuse it too.
fn picture(text: &str) -> Option<(&'static str, Text, Text)> {
    text.chars().find(|character| is_picture(*character)).map(|character| {
        (
            "picture_character",
            Text::new(format!("“{character}”是图形符号"), format!("“{character}” is a picture")),
            Text::new("只用文字、数字和标点", "Use letters, digits and punctuation only"),
        )
    })
}

fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else { return false };
    let plain = |text: &str| !text.is_empty() && text.chars().all(|character| character.is_ascii_graphic());
    text.len() <= 254
        && plain(name)
        && plain(host)
        && !host.contains('@')
        && host.split('.').count() >= 2
        && host.split('.').all(|label| !label.is_empty())
}

fn blank_message(label: &Text, row: Option<usize>) -> Text {
    match row {
        None => Text::new(format!("“{}”没有填写", label.zh), format!("“{}” is blank", label.en)),
        Some(row) => Text::new(
            format!("第{row}行的“{}”没有填写", label.zh),
            format!("“{}” in row {row} is blank", label.en),
        ),
    }
}

/// A blank field: the clause that forbids blanks where the call has one, else the field's own.
fn blank_finding(call: &Call, field: &Field, path: &str) -> Finding {
    let own = || field.source.clause().cloned();
    let clause: Option<ClauseId> = match call.rule("field_blank") {
        Some(rule) if field.source != Source::Operator => rule.source.clause().cloned(),
        _ => own(),
    };
    let remedy = match &field.token {
        Some(token) => Text::new(
            format!("填写；没有的填“{token}”"),
            format!("Fill it in; where there is none, write “{token}”"),
        ),
        None => Text::new("填写此栏", "Fill it in"),
    };
    Finding {
        code: "field_blank".to_owned(),
        severity: Severity::Refusal,
        clause,
        field: Some(path.to_owned()),
        message: blank_message(&field.label, None),
        remedy,
    }
}

fn evidence_findings(call: &Call, draft: &Draft, facts: &Facts<'_>) -> Vec<Finding> {
    call.evidence.iter().filter_map(|evidence| evidence_finding(draft, facts, evidence)).collect()
}

fn evidence_finding(draft: &Draft, facts: &Facts<'_>, evidence: &Evidence) -> Option<Finding> {
    let needed =
        !evidence.if_any && evidence.when.as_ref().is_none_or(|when| when.holds(facts).unwrap_or(true));
    if !needed {
        return None;
    }
    let has = |member: &u32| {
        draft.evidence.iter().any(|file| file.evidence == evidence.id && file.member == *member)
    };
    let members = if evidence.per_member { draft.content.members() } else { vec![0] };
    let missing = members.iter().filter(|member| !has(member)).count();
    let members = members.len();
    if missing == 0 {
        return None;
    }
    let which = if evidence.per_member {
        Text::new(
            format!("，{members}个单位中缺{missing}个"),
            format!(
                ": {missing} of {} {}",
                counted(members, "unit", "units"),
                if missing == 1 { "lacks it" } else { "lack it" }
            ),
        )
    } else {
        Text::default()
    };
    Some(Finding {
        code: "evidence_missing".to_owned(),
        severity: Severity::Refusal,
        clause: evidence.source.clause().cloned(),
        field: Some(format!("evidence.{}", evidence.id)),
        message: Text::new(
            format!("缺少证明材料{}“{}”{}", evidence.number, evidence.name.zh, which.zh),
            format!("Evidence {} “{}” is missing{}", evidence.number, evidence.name.en, which.en),
        ),
        remedy: Text::new("上传 PDF、JPEG 或 PNG 文件", "Upload a PDF, JPEG or PNG file"),
    })
}

fn declaration_findings(call: &Call, draft: &Draft) -> Vec<Finding> {
    let mut all = Vec::new();
    for declaration in &call.declarations {
        let signature = draft.declarations.get(&declaration.id).cloned().unwrap_or_default();
        let (who, name) = match declaration.signer {
            Signer::Principal => {
                (Text::new("负责人", "person in charge"), draft.content.text("principal.name"))
            }
            Signer::LegalRepresentative => (
                Text::new("法定代表人", "legal representative"),
                draft.applicant.legal_representative.as_str(),
            ),
        };
        let fault = |code: &str, part: &str, message: Text, remedy: Text| Finding {
            code: code.to_owned(),
            severity: Severity::Refusal,
            clause: declaration.source.clause().cloned(),
            field: Some(format!("declaration.{}.{part}", declaration.id)),
            message,
            remedy,
        };
        let title = &declaration.title;
        if !signature.accepted || signature.signer.trim().is_empty() {
            all.push(fault(
                "declaration_missing",
                "accepted",
                Text::new(format!("“{}”没有签署", title.zh), format!("“{}” is not signed", title.en)),
                Text::new(format!("由{}阅读并签署", who.zh), format!("Let the {} read and sign it", who.en)),
            ));
        } else if signature.signer.trim() != name.trim() {
            all.push(fault(
                "signer_differs",
                "signer",
                Text::new(
                    format!("“{}”的签署人“{}”不是{}“{}”", title.zh, signature.signer, who.zh, name),
                    format!(
                        "“{}” is signed by “{}”, who is not the {} “{}”",
                        title.en, signature.signer, who.en, name
                    ),
                ),
                Text::new(format!("由{}签署", who.zh), format!("Let the {} sign", who.en)),
            ));
        }
    }
    all
}

/// Each item of the chosen task needs a promise that reaches its threshold.
fn indicator_findings(call: &Call, draft: &Draft, facts: &Facts<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    let items = call.items_of(draft.content.text("task"));
    let indicators = |field: &Field| matches!(field.kind, FieldKind::Indicators) && applicable(field, facts);
    for (_, field) in call.fields().filter(|(_, field)| indicators(field)) {
        let promises = draft.content.promises(&field.id);
        for item in &items {
            match promises.and_then(|promises| promises.get(&item.id)) {
                Some(promise) => all.extend(promise_finding(item, promise).map(|mut finding| {
                    finding.field = Some(format!("{}.{}", field.id, item.id));
                    finding
                })),
                None => {
                    let mut finding = blank_finding(call, field, &format!("{}.{}", field.id, item.id));
                    finding.message = Text::new(
                        format!("没有承诺“{}”", item.name.zh),
                        format!("Nothing is promised for “{}”", item.name.en),
                    );
                    all.push(finding);
                }
            }
        }
    }
    all
}

/// A unit that stands among the partners twice, under whichever form of its code.
fn repeated_partners(call: &Call, draft: &Draft) -> Vec<Finding> {
    let Some(field) = call.field(PARTNERS) else { return Vec::new() };
    let codes = draft.content.rows(PARTNERS).iter().map(|row| match row.get("code") {
        Some(Value::Text(code)) => OrganisationCode::parse(code).ok(),
        _ => None,
    });
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    let mut all = Vec::new();
    for (nth, code) in (1..).zip(codes) {
        let Some(code) = code else { continue };
        let before = *first.entry(code.organisation_part().to_owned()).or_insert(nth);
        if before < nth {
            all.push(Finding {
                code: "partner_repeated".to_owned(),
                severity: Severity::Refusal,
                clause: field.source.clause().cloned(),
                field: Some(format!("{PARTNERS}.{nth}.code")),
                message: Text::new(
                    format!("第{nth}行与第{before}行是同一单位"),
                    format!("Row {nth} is the same organisation as row {before}"),
                ),
                remedy: Text::new(
                    "每个单位只填一行；删去重复的一行",
                    "Give each organisation one row; delete the second",
                ),
            });
        }
    }
    all
}

fn counted_findings(call: &Call, draft: &Draft) -> Vec<Finding> {
    let partners = u32::try_from(draft.content.rows(PARTNERS).len()).unwrap_or(u32::MAX);
    let mut all = count_findings(call, Counted::Partners, partners, Some("partners"));
    all.extend(count_findings(call, Counted::Members, partners.saturating_add(1), Some("partners")));
    let led = draft.led_before.saturating_add(1);
    let too_many = count_findings(call, Counted::ApplicationsLed, led, None);
    all.extend(too_many.into_iter().map(|finding| with_names(finding, &draft.led)));
    all
}

/// Caps on money, each at the field that it is asked for in. What is blank or no number has its own finding.
fn money_findings(call: &Call, draft: &Draft, facts: &Facts<'_>) -> Vec<Finding> {
    let asked = |limit: &Limit| {
        let field = call.field(limit.field.as_deref()?).filter(|field| applicable(field, facts))?;
        funding_finding(call, limit, &Number::parse(draft.content.text(&field.id)).ok()?)
    };
    let mut all = Vec::new();
    call.limits_on(Counted::Funding).for_each(|limit| add_money(&mut all, asked(limit)));
    all
}

/// A cap on applications led names those that count already.
fn with_names(mut finding: Finding, led: &[String]) -> Finding {
    if !led.is_empty() {
        finding.message.zh += &format!("。已提交的有：{}", led.join("、"));
        finding.message.en += &format!(". Submitted already: {}", led.join(", "));
    }
    finding
}

fn rule_finding(rule: &Rule, facts: &Facts<'_>) -> Option<Finding> {
    let Check::Expression { when, require, message, remedy, field } = &rule.check else {
        return None;
    };
    // An expression that cannot be evaluated must not let a fault pass: it speaks. One that waits for an answer is silent; the answer
    // that is missing has its own finding.
    let judged = |expression: &Expression, else_: bool| match expression.holds(facts) {
        Ok(holds) => Some(holds),
        Err(Undecided::Unanswered) => None,
        Err(Undecided::Failed(_)) => Some(else_),
    };
    let applies = when.as_ref().map_or(Some(true), |when| judged(when, true))?;
    if !applies || judged(require, false)? {
        return None;
    }
    Some(Finding {
        code: rule.code.clone(),
        severity: severity(rule.strength),
        clause: rule.source.clause().cloned(),
        field: field.clone(),
        message: message.clone(),
        remedy: remedy.clone(),
    })
}
