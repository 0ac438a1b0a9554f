//! What the forms of the page ask for.

use std::collections::BTreeMap;

use jiebang_domain::evaluation::{PlanItem, Waiver};
use jiebang_service::{
    Actor, EnterMeasurement, EvaluationView, RuleVerdict, SaveEvaluationPlan, ServiceError, VoidMeasurement,
};

use super::forms::{LOCK, MEASURE, PLAN, RULE, VOID};
use crate::Site;
use crate::form::Form;
use crate::recommendation::{ACT, reload, unknown_act};

/// Inputs of an indicator of the plan.
const PLANNED: [&str; 5] = ["method", "laboratory", "confirmed", "approver", "waiver"];
/// Inputs of a measured value.
const VALUES: [&str; 4] = ["value", "low", "high", "unit"];

/// Carries out what a form asks for.
///
/// # Errors
/// As the use case; `Forbidden` for who can do nothing here.
pub(super) async fn done(site: &Site, actor: &Actor, id: &str, form: &Form) -> Result<(), ServiceError> {
    let view = site.service.evaluation(Some(actor), id).await?;
    let number = |name: &str| form.get(name).parse::<i64>().map_err(|_| reload(name));
    let service = &site.service;
    match form.get(ACT) {
        PLAN => {
            let sent = plan(&view, form, number("revision")?)?;
            service.save_evaluation_plan(actor, sent).await.map(drop)
        }
        LOCK => service.lock_evaluation_plan(actor, id, number("revision")?).await,
        MEASURE => {
            let sent = measurement(id, form, number("seen")?)?;
            service.enter_measurement(actor, sent).await.map(drop)
        }
        VOID => {
            form.only(&[ACT, "seen", "void", "void_reason"])?;
            let (item, number_of) = form.get("void").rsplit_once('#').ok_or_else(|| reload("void"))?;
            let sent = VoidMeasurement {
                application: id.to_owned(),
                item: item.to_owned(),
                number: number_of.parse().map_err(|_| reload("void"))?,
                seen: number("seen")?,
                reason: form.get("void_reason").to_owned(),
            };
            service.void_measurement(actor, sent).await
        }
        RULE => {
            form.only(&[ACT, "key", "seen", "ruled", "verdict", "reason"])?;
            let sent = RuleVerdict {
                application: id.to_owned(),
                item: form.get("ruled").to_owned(),
                seen: number("seen")?,
                verdict: form.get("verdict").to_owned(),
                reason: form.get("reason").to_owned(),
                key: key(form),
            };
            service.rule_verdict(actor, sent).await.map(drop)
        }
        _ if !(view.may_plan || view.may_measure || view.may_rule) => Err(ServiceError::Forbidden),
        _ => Err(unknown_act()),
    }
}

fn key(form: &Form) -> Option<String> {
    form.some("key").map(|key| key.chars().take(128).collect())
}

fn plan(view: &EvaluationView, form: &Form, revision: i64) -> Result<SaveEvaluationPlan, ServiceError> {
    let names: Vec<String> = view
        .lines
        .iter()
        .flat_map(|line| PLANNED.map(|part| format!("{part}.{}", line.id)))
        .chain([ACT, "key", "revision"].map(str::to_owned))
        .collect();
    form.only(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
    let mut items = BTreeMap::new();
    for line in &view.lines {
        let planned = planned(form, &line.id);
        if planned != PlanItem::default() {
            items.insert(line.id.clone(), planned);
        }
    }
    Ok(SaveEvaluationPlan { application: view.application.clone(), revision, items, key: key(form) })
}

/// How an indicator is evaluated, as it was typed.
pub(super) fn planned(form: &Form, item: &str) -> PlanItem {
    let part = |name: &str| form.get(&format!("{name}.{item}")).trim().replace("\r\n", "\n");
    let waiver = Waiver { approver: part("approver"), reason: part("waiver") };
    let waived = !(waiver.approver.is_empty() && waiver.reason.is_empty());
    PlanItem {
        confirmed: part("confirmed"),
        laboratory: part("laboratory"),
        method: part("method"),
        waiver: waived.then_some(waiver),
    }
}

fn measurement(id: &str, form: &Form, seen: i64) -> Result<EnterMeasurement, ServiceError> {
    let known = [
        ACT,
        "key",
        "seen",
        "item",
        "samples",
        "uncertainty",
        "measured_on",
        "laboratory",
        "evidence_name",
        "evidence_sha256",
    ];
    form.only(&known.into_iter().chain(VALUES).collect::<Vec<_>>())?;
    let text = |name: &str| form.get(name).to_owned();
    let mut typed: BTreeMap<String, String> =
        VALUES.iter().filter_map(|name| Some(((*name).to_owned(), form.some(name)?.to_owned()))).collect();
    // One box takes a number, axes, a name, yes or no.
    if let Some(value) = typed.get("value").cloned() {
        typed.insert("axes".to_owned(), value);
    }
    Ok(EnterMeasurement {
        application: id.to_owned(),
        item: text("item"),
        seen,
        typed,
        samples: text("samples"),
        uncertainty: text("uncertainty"),
        measured_on: text("measured_on"),
        laboratory: text("laboratory"),
        evidence_sha256: text("evidence_sha256"),
        evidence_name: text("evidence_name"),
        key: key(form),
    })
}
