//! The sheet of an application (核实意见): the questions of the call, its criteria of preference, what is said besides; as it is
//! stored, as it is typed, and both side by side.

use std::collections::BTreeMap;

use jiebang_domain::call::{Call, Rule};
use jiebang_domain::recommendation::{Answer, Assessment, questions};
use jiebang_domain::shared::{Finding, Language, Severity, Text};
use jiebang_service::{Assess, AssessmentView, DESK_TEXT_MAX};

use super::ACT;
use crate::form::Form;
use crate::views::{Choice, ClauseView, Field, ReviewRow};
use crate::words::{self, pick};

/// What the names of the answers begin with.
const ANSWER: &str = "answers.";
/// The name of the boxes of the criteria.
const PREFERENCE: &str = "preferences";

/// The sheet as a form.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) version: String,
    pub(super) revision: String,
    pub(super) questions: Vec<Question>,
    pub(super) fields: Vec<Field>,
}

/// A question with its clause.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) field: Field,
    pub(super) clause: Option<ClauseView>,
}

/// What a sheet says, as values of its form (核实意见的值).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Values {
    answers: BTreeMap<String, String>,
    preferences: Vec<String>,
    note: String,
    reason: String,
    remark: String,
}

impl Values {
    /// As it is stored; blank where nothing is.
    pub(super) fn stored(view: Option<&AssessmentView>) -> Self {
        let Some(Assessment { answers, preferences, note, reason, remark, .. }) =
            view.map(|view| &view.assessment)
        else {
            return Self::default();
        };
        Self {
            answers: answers.iter().map(|(code, answer)| (code.clone(), answer.id().to_owned())).collect(),
            preferences: preferences.iter().map(ToString::to_string).collect(),
            note: note.clone(),
            reason: reason.clone(),
            remark: remark.clone(),
        }
    }

    /// As it was typed.
    pub(super) fn typed(form: &Form) -> Self {
        let answers = form.0.iter().filter_map(|(name, value)| {
            name.strip_prefix(ANSWER).map(|code| (code.to_owned(), value.clone()))
        });
        let boxes = form.0.iter().filter(|(name, _)| name == PREFERENCE);
        let text = |name: &str| form.get(name).trim().replace("\r\n", "\n");
        Self {
            answers: answers.collect(),
            preferences: boxes.map(|(_, value)| value.clone()).collect(),
            note: text("note"),
            reason: text("reason"),
            remark: text("remark"),
        }
    }
}

/// The act that a form asks for.
///
/// # Errors
/// Findings on values that no page sends.
pub(super) fn read(form: &Form, application: &str) -> Result<Assess, Vec<Finding>> {
    let values = Values::typed(form);
    let mut faults = Vec::new();
    let mut fault = |code: &str, field: &str, message: Text| {
        faults.push(Finding {
            code: code.to_owned(),
            severity: Severity::Refusal,
            clause: None,
            field: Some(field.chars().take(80).collect()),
            message,
            remedy: Text::new("刷新页面后重新填写", "Reload the page and fill it in again"),
        });
    };
    let known = ["version", "revision", "note", "reason", "remark", PREFERENCE, ACT];
    for (name, _) in form.0.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
        if !name.starts_with(ANSWER) {
            let shown: String = name.chars().take(80).collect();
            let message =
                Text::new(format!("没有这个栏目：{shown}"), format!("There is no such field: {shown}"));
            fault("field_unknown", &shown, message);
        }
    }
    let unreadable = || Text::new("这一项的值不能识别", "The value of this is not known");
    let mut answers = BTreeMap::new();
    for (code, value) in &values.answers {
        match Answer::parse(value) {
            Some(answer) => drop(answers.insert(code.clone(), answer)),
            None => fault("choice_unknown", &format!("{ANSWER}{code}"), unreadable()),
        }
    }
    let mut preferences = Vec::new();
    for value in &values.preferences {
        match value.parse::<usize>() {
            Ok(place) if preferences.contains(&place) => {}
            Ok(place) => preferences.push(place),
            Err(_) => fault("choice_unknown", PREFERENCE, unreadable()),
        }
    }
    let number = |name: &str| form.get(name).parse::<i64>().ok().filter(|number| *number >= 0);
    let version = number("version").and_then(|version| u32::try_from(version).ok());
    let (Some(version), Some(revision)) = (version, number("revision")) else {
        fault("version_unreadable", "version", Text::new("版本号不能识别", "The version cannot be read"));
        return Err(faults);
    };
    if !faults.is_empty() {
        return Err(faults);
    }
    let Values { note, reason, remark, .. } = values;
    Ok(Assess {
        application: application.to_owned(),
        version,
        revision,
        answers,
        preferences,
        note,
        reason,
        remark,
    })
}

/// The form of a sheet.
pub(super) fn sheet(
    call: &Call,
    values: &Values,
    version: i64,
    revision: i64,
    findings: &[Finding],
    language: Language,
) -> Sheet {
    let mut fields = Vec::new();
    fields.extend(preferences(call, values, language));
    for (name, label, hint) in texts(call) {
        let value = match name {
            "note" => &values.note,
            "reason" => &values.reason,
            _ => &values.remark,
        };
        fields.push(
            Field::new("textarea", name, label.get(language))
                .value(value.clone())
                .hint(hint.get(language))
                .optional_if(name != "reason")
                .judged(findings, language),
        );
    }
    Sheet {
        version: version.to_string(),
        revision: revision.to_string(),
        questions: questions(call).map(|rule| question(call, rule, values, findings, language)).collect(),
        fields,
    }
}

fn question(call: &Call, rule: &Rule, values: &Values, findings: &[Finding], language: Language) -> Question {
    let answer = values.answers.get(&rule.code).cloned().unwrap_or_default();
    let choices = Answer::ALL.map(|of| (of.id().to_owned(), of.name().get(language).to_owned()));
    let field = Field::new("radios", &format!("{ANSWER}{}", rule.code), rule.text.get(language))
        .value(answer)
        .choices(choices)
        .judged(findings, language);
    Question { field, clause: rule.source.clause().map(|id| words::clause(call, id, language)) }
}

/// The call's criteria of preference as boxes; `None` where it has none.
fn preferences(call: &Call, values: &Values, language: Language) -> Option<Field> {
    let criteria = &call.recommendation.as_ref()?.preferences;
    let boxes = criteria.iter().enumerate().map(|(nth, criterion)| Choice {
        id: if nth == 0 { PREFERENCE.to_owned() } else { format!("{PREFERENCE}-{nth}") },
        value: nth.to_string(),
        label: criterion.get(language).to_owned(),
        chosen: values.preferences.contains(&nth.to_string()),
        ..Choice::default()
    });
    let label = pick(language, "优先条件（符合的勾选）", "Criteria of preference that are met");
    let field = Field { options: boxes.collect(), ..Field::new("checkboxes", PREFERENCE, label) };
    (!criteria.is_empty()).then_some(field)
}

/// The texts of a sheet: name, label, help. The table of a call has a column for notes, or has not.
fn texts(call: &Call) -> Vec<(&'static str, Text, Text)> {
    let column = |from: &str| {
        let columns = call.recommendation.iter().flat_map(|recommendation| &recommendation.columns);
        columns.into_iter().find(|(_, of)| of == from).map(|(label, _)| label.clone())
    };
    let mut texts = vec![(
        "note",
        Text::new("核实说明", "Note of verification"),
        Text::new(
            format!("怎样核实的、看了哪些材料。两部门可见，不超过 {DESK_TEXT_MAX} 个字符。"),
            format!(
                "How it was verified, on which material. Both departments read it; at most {DESK_TEXT_MAX} characters."
            ),
        ),
    )];
    let printed = Text::new("印在推荐表上。", "Printed in the table of recommendations.");
    if let Some(label) = column("reason") {
        texts.push(("reason", label, printed.clone()));
    }
    if let Some(label) = column("note") {
        texts.push(("remark", label, printed));
    }
    texts
}

/// What a sheet says, to be read.
pub(super) fn read_only(call: &Call, values: &Values, language: Language) -> Vec<ReviewRow> {
    rows(call, values, language)
        .into_iter()
        .map(|(key, value)| {
            let missing = value.is_empty();
            let value = if missing { pick(language, "未填", "Blank") } else { value };
            ReviewRow { key, value, missing, ..ReviewRow::default() }
        })
        .collect()
}

/// Labels and values of everything that a sheet holds.
fn rows(call: &Call, values: &Values, language: Language) -> Vec<(String, String)> {
    let mut rows: Vec<(String, String)> = questions(call)
        .map(|rule| {
            let answer = values.answers.get(&rule.code).and_then(|id| Answer::parse(id));
            let answer = answer.map(|answer| answer.name().get(language).to_owned());
            (rule.text.get(language).to_owned(), answer.unwrap_or_default())
        })
        .collect();
    if let Some(field) = preferences(call, values, language) {
        let met: Vec<&str> =
            field.options.iter().filter(|of| of.chosen).map(|of| of.label.as_str()).collect();
        rows.push((field.label, met.join(pick(language, "、", ", ").as_str())));
    }
    for (name, label, _) in texts(call) {
        let value = match name {
            "note" => &values.note,
            "reason" => &values.reason,
            _ => &values.remark,
        };
        rows.push((label.get(language).to_owned(), value.clone()));
    }
    rows
}

/// One thing that two people wrote differently.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) label: String,
    pub(super) theirs: String,
    pub(super) yours: String,
}

/// Where what is stored and what was typed differ.
pub(super) fn differences(
    call: &Call,
    stored: &Values,
    typed: &Values,
    language: Language,
) -> Vec<Difference> {
    let blank = |value: String| if value.is_empty() { pick(language, "未填", "Blank") } else { value };
    rows(call, stored, language)
        .into_iter()
        .zip(rows(call, typed, language))
        .filter(|((_, theirs), (_, yours))| theirs != yours)
        .map(|((label, theirs), (_, yours))| Difference { label, theirs: blank(theirs), yours: blank(yours) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Values, read};
    use crate::form::Form;

    #[test]
    fn what_no_page_sends_is_told_all_at_once() {
        let form = Form::parse(
            b"act=assess&version=1&revision=0&answers.a=met&answers.b=perhaps&preferences=x&preferences=1&preferences=1&odd=1",
        )
        .unwrap();
        let codes: Vec<String> = read(&form, "A").unwrap_err().into_iter().map(|of| of.code).collect();
        assert_eq!(codes, ["field_unknown", "choice_unknown", "choice_unknown"]);
        assert_eq!(Values::typed(&form).preferences, ["x", "1", "1"]);
        for form in ["version=1", "version=-1&revision=0", "version=1&revision=x", ""] {
            let faults = read(&Form::parse(form.as_bytes()).unwrap(), "A").unwrap_err();
            assert_eq!(faults.last().unwrap().code, "version_unreadable", "{form}");
        }
        let form = Form::parse(b"version=2&revision=3&preferences=1&preferences=1&note=+a%0D%0Ab+").unwrap();
        let sent = read(&form, "A").unwrap();
        assert_eq!(
            (sent.version, sent.revision, sent.preferences, sent.note.as_str()),
            (2, 3, vec![1], "a\nb")
        );
    }
}
