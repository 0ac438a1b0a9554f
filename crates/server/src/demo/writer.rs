//! Carries out the acts of the season through the same use cases that people use.

use std::convert::Infallible;
use std::path::Path;

use bytes::Bytes;
use jiebang_callfile::Library;
use jiebang_cases::form_pairs;
use jiebang_domain::call::{Call, Section};
use jiebang_domain::shared::Language;
use jiebang_service::{
    Actor, AddUser, FILE_BYTES_MAX, RegisterOrganisation, Role, SaveSection, Service, ServiceError, Submit,
    Upload,
};
use jiff::Timestamp;
use toml::{Table, Value};

use super::desk;
use super::season::{Act, Fate, Fault, LoginRow, Plan, Story};

/// Accounts besides the applicants; the partner belongs to an organisation that is registered first.
pub async fn accounts(service: &Service, plan: &Plan) -> Result<(), ServiceError> {
    for login in &plan.season.login {
        let role = Role::parse(&login.role)
            .ok_or_else(|| ServiceError::Internal(format!("there is no role {}", login.role)))?;
        let organisation_code = match (&login.organisation, role.has_organisation()) {
            (Some(name), true) => Some(partner(service, plan, login, name).await?),
            _ => None,
        };
        let added = service
            .add_user(AddUser {
                username: login.username.clone(),
                password: plan.season.password.clone(),
                person_name: login.name.clone(),
                email: String::new(),
                role,
                region: login.region.clone().filter(|_| role.has_region()),
                organisation_code,
                language: Language::Zh,
            })
            .await;
        there_already(added.map(|_| ()))?;
    }
    Ok(())
}

/// Registers the organisation of a partner and returns its code.
async fn partner(
    service: &Service,
    plan: &Plan,
    login: &LoginRow,
    name: &str,
) -> Result<String, ServiceError> {
    let region = login.region.clone().unwrap_or_default();
    let code = jiebang_domain::shared::OrganisationCode::with_check(
        &format!("12{region}0000MA0PART01").chars().take(17).collect::<String>(),
    )
    .map(|code| code.to_string())
    .ok_or_else(|| ServiceError::Internal("the partner's code cannot be made".to_owned()))?;
    let registered = service
        .register(RegisterOrganisation {
            code: code.clone(),
            name: name.to_owned(),
            kind: "medical_institution".to_owned(),
            region,
            legal_representative: login.name.clone(),
            address: String::new(),
            mainland: Some(true),
            legal_person: Some(true),
            person_name: login.name.clone(),
            username: format!("{}-registrar", login.username),
            password: plan.season.password.clone(),
            email: String::new(),
            language: Language::Zh,
        })
        .await;
    there_already(registered.map(|_| ()))?;
    Ok(code)
}

/// A demo that was killed while it was loaded has some of its accounts already.
fn there_already(added: Result<(), ServiceError>) -> Result<(), ServiceError> {
    let taken = ["username_taken", "organisation_registered"];
    match added {
        Err(ServiceError::Invalid(findings))
            if findings.iter().all(|found| taken.contains(&found.code.as_str())) =>
        {
            Ok(())
        }
        other => other,
    }
}

/// `logins.csv`: who can log in at an instant; applicants who have not registered by then are left out.
pub fn write_logins(plan: &Plan, at: Timestamp, path: &Path) -> Result<(), ServiceError> {
    let mut out = String::from("role,region,organisation,username,password\n");
    let mut row = |cells: [&str; 5]| {
        let cells: Vec<String> = cells.iter().map(|cell| csv_cell(cell)).collect();
        out.push_str(&cells.join(","));
        out.push('\n');
    };
    let password = &plan.season.password;
    for login in &plan.season.login {
        let organisation = login.organisation.as_deref().unwrap_or("");
        row([&login.role, login.region.as_deref().unwrap_or(""), organisation, &login.username, password]);
    }
    let registered = |nth: usize| plan.acts.iter().any(|(when, act)| *act == Act::Write(nth) && *when <= at);
    for (_, story) in plan.stories.iter().enumerate().filter(|(nth, _)| registered(*nth)) {
        row(["applicant", story.region.code(), &story.organisation, &story.username, password]);
    }
    std::fs::write(path, out).map_err(|error| ServiceError::Internal(format!("{}: {error}", path.display())))
}

fn csv_cell(cell: &str) -> String {
    if cell.contains([',', '"', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// Carries out one act of the plan.
pub async fn carry_out(service: &Service, plan: &Plan, act: Act, at: Timestamp) -> Result<(), ServiceError> {
    match act {
        Act::Publish(nth) => match plan.season.publish.get(nth) {
            Some(publish) => service.publish_for_demo(&publish.call, at).await,
            None => Ok(()),
        },
        Act::Write(nth) => match plan.stories.get(nth) {
            Some(story) => write(service, plan, story).await,
            None => Ok(()),
        },
        Act::Submit(nth) => match plan.stories.get(nth) {
            Some(story) => {
                let (actor, id) = applicant(service, story).await?;
                let submit = Submit { application: id, seen: None, key: None, received_at: at };
                service.submit(&actor, submit).await.map(|_| ())
            }
            None => Ok(()),
        },
        Act::Desk(nth, act) => match plan.season.desk.get(nth) {
            Some(work) => desk::carry_out(service, plan, work, act).await,
            None => Ok(()),
        },
        Act::Change(nth) => match plan.stories.get(nth) {
            Some(story) => {
                let (actor, id) = applicant(service, story).await?;
                match story.fate {
                    Fate::Withdrawn => service.withdraw(&actor, &id).await,
                    _ => service.reopen(&actor, &id).await,
                }
            }
            None => Ok(()),
        },
    }
}

/// The account of a story and its application.
pub(super) async fn applicant(service: &Service, story: &Story) -> Result<(Actor, String), ServiceError> {
    let actor = service.actor_for_demo(&story.username).await?;
    let applications = service.own_applications(&actor, None, 50).await?;
    let mine = applications.into_iter().find(|application| application.call.call.id == story.call);
    mine.map(|application| (actor, application.id)).ok_or(ServiceError::NotFound)
}

async fn write(service: &Service, plan: &Plan, story: &Story) -> Result<(), ServiceError> {
    let samples = Library::default().samples(&story.call);
    let Some((_, text)) = samples.get(story.sample % samples.len().max(1)) else {
        return Err(ServiceError::Internal(format!("{} has no samples", story.call)));
    };
    let sample: Table = toml::from_str(text).map_err(|error| ServiceError::Internal(error.to_string()))?;
    register(service, plan, story, &sample).await?;
    let actor = service.actor_for_demo(&story.username).await?;
    let id = service.begin_application(&actor, &story.call, None).await?;
    let card = service.call(&story.call)?;
    let call = &card.call.call;
    let sections = match story.fate {
        Fate::Draft => call.sections.len().div_ceil(2),
        _ => call.sections.len(),
    };
    for section in call.sections.iter().take(sections) {
        let pairs = pairs_of(call, section, &sample, story, plan);
        if pairs.is_empty() {
            continue;
        }
        let view = service.application(Some(&actor), &id).await?;
        let revision =
            view.sections.iter().find(|known| known.id == section.id).map_or(0, |known| known.revision);
        let save = SaveSection { application: id.clone(), section: section.id.clone(), revision, pairs };
        service.save_section(&actor, save).await?;
    }
    if story.fate == Fate::Draft {
        return Ok(());
    }
    attach(service, &actor, &id, call, &sample, fault(plan, story)).await
}

fn fault<'p>(plan: &'p Plan, story: &Story) -> Option<&'p Fault> {
    match story.fate {
        Fate::Broken(nth) => plan.season.fault.get(nth),
        _ => None,
    }
}

async fn register(service: &Service, plan: &Plan, story: &Story, sample: &Table) -> Result<(), ServiceError> {
    let applicant = sample.get("applicant").and_then(Value::as_table);
    let kind =
        applicant.and_then(|applicant| applicant.get("kind")).and_then(Value::as_str).unwrap_or("enterprise");
    service
        .register(RegisterOrganisation {
            code: story.code.clone(),
            name: story.organisation.clone(),
            kind: kind.to_owned(),
            region: story.region.code().to_owned(),
            legal_representative: story.legal_representative.clone(),
            address: format!("{}示例路{}号", story.region.name().zh, story.code.len()),
            mainland: Some(true),
            legal_person: Some(true),
            person_name: story.contact.clone(),
            username: story.username.clone(),
            password: plan.season.password.clone(),
            email: format!("{}@example.com", story.username),
            language: Language::Zh,
        })
        .await
        .map(|_| ())
}

/// Form pairs of a section after the sample, with the story's own names and its fault.
fn pairs_of(
    call: &Call,
    section: &Section,
    sample: &Table,
    story: &Story,
    plan: &Plan,
) -> Vec<(String, String)> {
    let mut pairs = form_pairs(call, section, sample);
    let own = own_names(sample, story);
    for (path, value) in &mut pairs {
        // Two applications of one name under one task are one project.
        if path == "task_name" && !value.is_empty() {
            value.push_str(&format!("（{}）", story.mark));
        }
        for (from, to) in &own {
            if !from.is_empty() && value.contains(from.as_str()) {
                *value = value.replace(from.as_str(), to);
            }
        }
        if let Some(fault) = fault(plan, story) {
            spoil(call, fault, path, value);
        }
    }
    pairs
}

/// Names of the sample and what the story calls them.
fn own_names(sample: &Table, story: &Story) -> Vec<(String, String)> {
    let applicant = |key: &str| {
        let table = sample.get("applicant").and_then(Value::as_table);
        table.and_then(|table| table.get(key)).and_then(Value::as_str).unwrap_or("").to_owned()
    };
    let form = |key: &str| {
        let table = sample.get("form").and_then(Value::as_table);
        table.and_then(|table| table.get(key)).and_then(Value::as_str).unwrap_or("").to_owned()
    };
    vec![
        (applicant("name"), story.organisation.clone()),
        (applicant("code"), story.code.clone()),
        (applicant("legal_representative"), story.legal_representative.clone()),
        (form("principal.name"), story.principal.clone()),
        (form("contact.name"), story.contact.clone()),
    ]
}

fn spoil(call: &Call, fault: &Fault, path: &str, value: &mut String) {
    if fault.set.as_deref() == Some(path)
        && let Some(to) = &fault.to
    {
        value.clone_from(to);
    }
    if fault.blank.as_deref() == Some(path) {
        value.clear();
    }
    if fault.long.as_deref() == Some(path)
        && let Some(limit) = call.field(path).and_then(|field| field.limit.as_ref())
    {
        let most = usize::try_from(limit.max).unwrap_or(0) + fault.by.unwrap_or(1);
        let sentence = "研制进展顺利，各项指标按计划推进。";
        *value = sentence.chars().cycle().take(most).collect();
    }
}

/// A small PDF for each piece of evidence that the sample has.
async fn attach(
    service: &Service,
    actor: &Actor,
    id: &str,
    call: &Call,
    sample: &Table,
    fault: Option<&Fault>,
) -> Result<(), ServiceError> {
    let counts = sample.get("evidence").and_then(Value::as_table);
    let dropped = fault.is_some_and(|fault| fault.drop.is_some());
    for evidence in call.evidence.iter().skip(usize::from(dropped)) {
        let count =
            counts.and_then(|counts| counts.get(&evidence.id)).and_then(Value::as_integer).unwrap_or(0);
        for member in 0..u32::try_from(count).unwrap_or(0) {
            let name = format!("{}{}.pdf", evidence.number, evidence.name.zh);
            let stream =
                futures_util::stream::iter([Ok::<_, Infallible>(Bytes::from(pdf(&evidence.name.en)))]);
            let stored = service.files().put(&evidence.id, &name, stream, FILE_BYTES_MAX).await?;
            let upload = Upload {
                evidence: evidence.id.clone(),
                member: if evidence.per_member { member } else { 0 },
                name: stored.name.clone(),
                key: None,
            };
            service.attach_file(actor, id, upload, stored).await?;
        }
    }
    Ok(())
}

/// A one-page PDF with a line of ASCII text.
fn pdf(title: &str) -> Vec<u8> {
    let title: String =
        title.chars().filter(|character| character.is_ascii_alphanumeric() || *character == ' ').collect();
    let content = format!("BT /F1 18 Tf 72 760 Td (Demo evidence: {title}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = String::from("%PDF-1.4\n");
    let mut offsets = Vec::new();
    for (nth, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out += &format!("{} 0 obj\n{object}\nendobj\n", nth + 1);
    }
    let table = out.len();
    out += &format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for offset in offsets {
        out += &format!("{offset:010} 00000 n \n");
    }
    out += &format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1);
    out.into_bytes()
}
