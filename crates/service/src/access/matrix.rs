//! The access matrix, printed: role × action × whose it is × state.

use std::fmt::Write as _;

use jiebang_domain::shared::{Language, Region};
use jiebang_store::OrganisationRow;

use super::{Access, Action, Actor, Decision, Resource, Role};

const OWN: &str = "own";
const OTHER: &str = "other";
const STATES: [&str; 4] = ["draft", "submitted", "reopened", "withdrawn"];

/// Actions of one kind of resource, and the situations that a decision can depend on: whose it is, in which state.
struct Room {
    name: &'static str,
    actions: Vec<Action>,
    situations: Vec<(&'static str, &'static str, Resource)>,
}

impl Access {
    /// The whole matrix as a text table, for people to read and for a test to compare.
    pub fn matrix(&self) -> String {
        let mut text = String::from(
            "Access matrix: made from crates/service/src/access/policies.cedar, compared by its test.\n\
             yes = allowed; 403 = seen but not allowed; 404 = as if it were not there; login = log in first.\n\
             Own is the actor's organisation, region or account; what the rules of an act say comes on top.\n",
        );
        for room in rooms() {
            self.print(&mut text, &room);
        }
        text.push_str("\n# Policies\n\n");
        for (id, reason) in self.reasons() {
            let _ = writeln!(text, "{id}: {reason}");
        }
        text
    }

    fn print(&self, text: &mut String, room: &Room) {
        let _ = write!(text, "\n# {}\n\n{:<20}{:<18}{:<37}anyone", room.name, "action", "whose", "state");
        for role in Role::ALL {
            let _ = write!(text, "  {}", role.id());
        }
        text.push('\n');
        for action in &room.actions {
            let mut lines: Vec<(&str, Vec<&str>, Vec<Decision>)> = Vec::new();
            for (whose, state, resource) in &room.situations {
                let cells = self.cells(*action, resource);
                match lines.iter_mut().find(|(of, _, same)| *of == *whose && *same == cells) {
                    Some((_, states, _)) => states.push(state),
                    None => lines.push((whose, vec![state], cells)),
                }
            }
            for (whose, states, cells) in lines {
                print_line(text, *action, whose, &states.join(" "), &cells);
            }
        }
    }

    /// The decisions for nobody and for each role.
    fn cells(&self, action: Action, resource: &Resource) -> Vec<Decision> {
        let mut cells = vec![self.decide(None, action, resource)];
        cells.extend(Role::ALL.map(|role| self.decide(Some(&sample(role)), action, resource)));
        cells
    }
}

fn print_line(text: &mut String, action: Action, whose: &str, state: &str, cells: &[Decision]) {
    let mut line = format!("{:<20}{whose:<18}{state:<37}", action.id());
    let widths = std::iter::once("anyone".len()).chain(Role::ALL.map(|role| role.id().len()));
    for (cell, width) in cells.iter().zip(widths) {
        let word = match cell {
            Decision::Allow => "yes",
            Decision::Forbidden => "403",
            Decision::NotFound => "404",
            Decision::LoginRequired => "login",
        };
        let _ = write!(line, "{word:<width$}  ");
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

fn rooms() -> Vec<Room> {
    use Action::{
        AnswerObjection, ApproveOverrun, AssignExperts, BeginApplication, ChangeAccount, ChangeOrganisation,
        CheckForms, DecideChange, EnterMeasurement, FileObjection, ImportExperts, InviteColleague, LiftCap,
        MoveDemoClock, PlanEvaluation, PublishCall, PublishList, RankApplications, ReadAccount, ReadCall,
        ReadColleagues, ReadDesk, ReadEvents, ReadExperts, ReadOrganisation, ReadRace, ReadSelection,
        ReadSheet, ReadStatus, ReadTeam, ReportProgress, RuleVerdict, SignList, WriteSheet,
    };
    let organisation = |id: &str| Resource::Organisation { id: id.to_owned() };
    let account = |id: &str| Resource::Account { id: id.to_owned() };
    let call = |published| Resource::Call { id: "call".to_owned(), published };
    vec![
        Room {
            name: "Call",
            actions: vec![
                ReadCall,
                BeginApplication,
                ReadSelection,
                CheckForms,
                AssignExperts,
                LiftCap,
                PublishList,
                FileObjection,
                AnswerObjection,
                ReadRace,
            ],
            situations: vec![("", "published", call(true)), ("", "unpublished", call(false))],
        },
        Room { name: "Application", actions: application_actions(), situations: application_situations() },
        Room {
            name: "Desk",
            actions: vec![ReadDesk, RankApplications, SignList, ApproveOverrun],
            situations: desk_situations(),
        },
        Room { name: "Score sheet", actions: vec![ReadSheet, WriteSheet], situations: sheet_situations() },
        Room {
            name: "Team",
            actions: vec![
                ReadTeam,
                ReportProgress,
                DecideChange,
                PlanEvaluation,
                EnterMeasurement,
                RuleVerdict,
            ],
            situations: team_situations(),
        },
        Room {
            name: "Organisation",
            actions: vec![ReadOrganisation, ChangeOrganisation, ReadColleagues, InviteColleague, ReadEvents],
            situations: vec![("own", "", organisation(OWN)), ("other", "", organisation(OTHER))],
        },
        Room {
            name: "Account",
            actions: vec![ReadAccount, ChangeAccount],
            situations: vec![("own", "", account(OWN)), ("other", "", account(OTHER))],
        },
        Room {
            name: "Installation",
            actions: vec![PublishCall, ReadExperts, ImportExperts, ReadEvents, ReadStatus, MoveDemoClock],
            situations: vec![("", "", Resource::System)],
        },
    ]
}

fn desk_situations() -> Vec<(&'static str, &'static str, Resource)> {
    let desk = |(whose, code)| {
        let region = Region::parse(code)?;
        Some((whose, "", Resource::Desk { call_id: "call".to_owned(), region }))
    };
    [("own region", "11"), ("other region", "31")].into_iter().filter_map(desk).collect()
}

fn sheet_situations() -> Vec<(&'static str, &'static str, Resource)> {
    let sheet = |(whose, owner, submitted): (&'static str, Option<&str>, bool)| {
        let owner = owner.map(str::to_owned);
        let state = if submitted { "submitted" } else { "draft" };
        (whose, state, Resource::Sheet { application_id: "application".to_owned(), owner, submitted })
    };
    [
        ("own", Some(OWN), false),
        ("own", Some(OWN), true),
        ("other", Some(OTHER), false),
        ("other", Some(OTHER), true),
        ("conflict", None, false),
        ("conflict", None, true),
    ]
    .map(sheet)
    .into()
}

fn team_situations() -> Vec<(&'static str, &'static str, Resource)> {
    let team = |(whose, organisation_id, region): (&'static str, &str, &str)| {
        let (application_id, organisation_id) = ("application".to_owned(), organisation_id.to_owned());
        (whose, "", Resource::Team { application_id, organisation_id, region: Region::parse(region) })
    };
    [("own organisation", OWN, "31"), ("own region", OTHER, "11"), ("neither", OTHER, "31")].map(team).into()
}

fn application_actions() -> Vec<Action> {
    use Action::{
        AssessApplication, AttachFile, EditApplication, ReadApplication, ReadDraft, ReadEvents, ReadFile,
        ReadReceipt, ReopenApplication, ReturnApplication, SubmitApplication, WithdrawApplication,
    };
    vec![
        ReadApplication,
        ReadDraft,
        EditApplication,
        SubmitApplication,
        ReopenApplication,
        WithdrawApplication,
        AttachFile,
        ReadFile,
        ReadReceipt,
        AssessApplication,
        ReturnApplication,
        ReadEvents,
    ]
}

fn application_situations() -> Vec<(&'static str, &'static str, Resource)> {
    let region = |code| Region::parse(code);
    let mut situations = Vec::new();
    for (whose, organisation, region, reviewer) in [
        ("own organisation", OWN, region("31"), None),
        ("own region", OTHER, region("11"), None),
        ("to score", OTHER, region("31"), Some(OWN)),
        ("neither", OTHER, region("31"), None),
    ] {
        for state in STATES {
            let application = Resource::Application {
                id: "application".to_owned(),
                organisation_id: organisation.to_owned(),
                call_id: "call".to_owned(),
                state: state.to_owned(),
                region,
                reviewer: reviewer.map(str::to_owned),
            };
            situations.push((whose, state, application));
        }
    }
    situations
}

/// A person of this role, with the organisation or region that the role has.
fn sample(role: Role) -> Actor {
    Actor {
        account_id: OWN.to_owned(),
        name: String::new(),
        username: String::new(),
        role,
        organisation: role.has_organisation().then(|| OrganisationRow {
            id: OWN.to_owned(),
            code: String::new(),
            name: String::new(),
            kind: String::new(),
            region: "31".to_owned(),
            legal_representative: String::new(),
            mainland: true,
            legal_person: true,
            address: String::new(),
            created_at: 0,
        }),
        region: if role.has_region() { Region::parse("11") } else { None },
        language: Language::Zh,
        scopes: None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::access::{Scope, Scopes};
    use Decision::{Allow, Forbidden, LoginRequired, NotFound};

    /// `UPDATE_ACCESS_MATRIX=1 cargo test -p jiebang-service access` writes the file anew.
    #[test]
    fn the_printed_matrix_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/access-matrix.txt");
        let matrix = Access::new().unwrap().matrix();
        if std::env::var_os("UPDATE_ACCESS_MATRIX").is_some() {
            std::fs::write(&path, &matrix).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(written == matrix, "docs/access-matrix.txt differs; see this test for how to write it anew");
    }

    #[test]
    fn every_action_stands_in_the_matrix() {
        for action in Action::ALL {
            assert!(rooms().iter().any(|room| room.actions.contains(&action)), "{}", action.id());
        }
    }

    /// Everybody there could be: each role with its own ties, without them, and with those it should not have.
    fn everybody() -> Vec<Option<Actor>> {
        let organisation = sample(Role::Applicant).organisation;
        let region = Region::parse("11");
        let mut all = vec![None];
        for role in Role::ALL {
            for organisation in [None, organisation.clone()] {
                for region in [None, region] {
                    all.push(Some(Actor { organisation: organisation.clone(), region, ..sample(role) }));
                }
            }
        }
        all
    }

    /// What the policies should say, written a second time without them.
    fn permitted(actor: Option<&Actor>, action: Action, resource: &Resource) -> bool {
        use Action as A;
        use Role as R;
        let role = actor.map(|actor| actor.role);
        let is = |roles: &[Role]| role.is_some_and(|role| roles.contains(&role));
        let own =
            |id: &str| actor.and_then(|actor| actor.organisation.as_ref()).is_some_and(|own| own.id == id);
        match resource {
            Resource::Call { published, .. } => match action {
                A::ReadCall => *published || is(&[R::ProgrammeOffice, R::Auditor]),
                A::ReadSelection => is(&[R::ProgrammeOffice, R::Secretariat, R::Auditor]),
                A::ReadRace => is(&[R::ProgrammeOffice, R::Secretariat, R::Auditor, R::EvaluationBody]),
                A::CheckForms | A::AssignExperts => is(&[R::Secretariat]),
                A::LiftCap | A::PublishList | A::AnswerObjection => is(&[R::ProgrammeOffice]),
                A::FileObjection => *published,
                A::BeginApplication => {
                    *published
                        && is(&[R::Applicant])
                        && actor.is_some_and(|actor| actor.organisation.is_some())
                }
                _ => false,
            },
            Resource::Application { organisation_id, state, region, reviewer, .. } => {
                let led = is(&[R::Applicant]) && own(organisation_id);
                let desk = is(&[R::IndustryAuthority, R::DrugRegulator])
                    && region.is_some()
                    && actor.is_some_and(|actor| actor.region == *region);
                let scores = is(&[R::Expert]) && actor.map(|actor| &actor.account_id) == reviewer.as_ref();
                let officer = is(&[R::ProgrammeOffice, R::Secretariat]) || desk || scores;
                match action {
                    A::ReadDraft => led || is(&[R::Auditor]),
                    A::ReadApplication | A::ReadFile | A::ReadReceipt => {
                        led || is(&[R::Auditor]) || (officer && (state == "submitted" || state == "reopened"))
                    }
                    A::ReadEvents => led || is(&[R::Auditor]),
                    A::AssessApplication | A::ReturnApplication => {
                        desk && (state == "submitted" || state == "reopened")
                    }
                    A::EditApplication
                    | A::SubmitApplication
                    | A::ReopenApplication
                    | A::WithdrawApplication
                    | A::AttachFile => led,
                    _ => false,
                }
            }
            Resource::Desk { region, .. } => {
                let authority = is(&[R::IndustryAuthority, R::DrugRegulator])
                    && actor.is_some_and(|actor| actor.region == Some(*region));
                match action {
                    A::ReadDesk => authority || is(&[R::ProgrammeOffice, R::Secretariat, R::Auditor]),
                    A::RankApplications | A::SignList => authority,
                    A::ApproveOverrun => is(&[R::ProgrammeOffice]),
                    _ => false,
                }
            }
            Resource::Sheet { owner, submitted, .. } => {
                let own = is(&[R::Expert]) && actor.map(|actor| &actor.account_id) == owner.as_ref();
                match action {
                    A::WriteSheet => own,
                    A::ReadSheet => {
                        own || (*submitted && is(&[R::ProgrammeOffice, R::Secretariat, R::Auditor]))
                    }
                    _ => false,
                }
            }
            Resource::Team { organisation_id, region, .. } => {
                let led = is(&[R::Applicant]) && own(organisation_id);
                let authority = is(&[R::IndustryAuthority, R::DrugRegulator])
                    && region.is_some()
                    && actor.is_some_and(|actor| actor.region == *region);
                let officer = is(&[R::ProgrammeOffice, R::Secretariat, R::Auditor, R::EvaluationBody]);
                match action {
                    A::ReadTeam => led || authority || officer,
                    A::ReportProgress => led,
                    A::DecideChange | A::RuleVerdict => is(&[R::ProgrammeOffice]),
                    A::PlanEvaluation => is(&[R::Secretariat, R::EvaluationBody]),
                    A::EnterMeasurement => is(&[R::EvaluationBody]),
                    _ => false,
                }
            }
            Resource::Organisation { id } => {
                let member = is(&[R::Applicant, R::Partner]) && own(id);
                match action {
                    A::ReadOrganisation => member || is(&[R::ProgrammeOffice, R::Secretariat, R::Auditor]),
                    A::ChangeOrganisation | A::ReadColleagues | A::InviteColleague => member,
                    A::ReadEvents => is(&[R::Auditor]),
                    _ => false,
                }
            }
            Resource::Account { id } => {
                matches!(action, A::ReadAccount | A::ChangeAccount)
                    && actor.is_some_and(|actor| actor.account_id == *id)
            }
            Resource::System => match action {
                A::PublishCall => is(&[R::ProgrammeOffice]),
                A::ReadExperts => is(&[R::ProgrammeOffice, R::Secretariat, R::Auditor]),
                A::ImportExperts => is(&[R::Secretariat]),
                A::ReadEvents => is(&[R::Auditor]),
                A::ReadStatus => is(&[R::Operator]),
                A::MoveDemoClock => true,
                _ => false,
            },
        }
    }

    #[test]
    fn each_decision_is_the_one_meant() {
        let access = Access::new().unwrap();
        let mut resources: Vec<Resource> =
            rooms().into_iter().flat_map(|room| room.situations).map(|(_, _, resource)| resource).collect();
        let without_region = resources.iter().cloned().filter_map(|resource| match resource {
            Resource::Application { id, organisation_id, call_id, state, reviewer, .. } => {
                let region = None;
                Some(Resource::Application { id, organisation_id, call_id, state, region, reviewer })
            }
            _ => None,
        });
        resources.extend(without_region.collect::<Vec<_>>());
        let mut count = 0;
        for actor in everybody() {
            for resource in &resources {
                for action in Action::ALL {
                    let allowed = permitted(actor.as_ref(), action, resource);
                    let seen = [
                        Action::ReadCall,
                        Action::ReadApplication,
                        Action::ReadReceipt,
                        Action::ReadDesk,
                        Action::ReadSheet,
                        Action::ReadTeam,
                        Action::ReadOrganisation,
                        Action::ReadAccount,
                    ]
                    .into_iter()
                    .any(|read| permitted(actor.as_ref(), read, resource));
                    let expected = match (&actor, resource) {
                        _ if allowed => Allow,
                        (None, Resource::Call { published: false, .. }) => NotFound,
                        (None, _) => LoginRequired,
                        (_, Resource::System) => Forbidden,
                        _ if seen => Forbidden,
                        _ => NotFound,
                    };
                    let found = access.decide(actor.as_ref(), action, resource);
                    assert_eq!(found, expected, "{actor:?} {action:?} {resource:?}");
                    assert_eq!(access.allows(actor.as_ref(), action, resource), allowed);
                    count += 1;
                }
            }
        }
        assert_eq!(count, 41 * (34 + 16) * 45);
    }

    #[test]
    fn what_is_secret_looks_as_if_it_were_not_there() {
        let access = Access::new().unwrap();
        for actor in everybody() {
            for (_, _, resource) in application_situations() {
                let found = access.decide(actor.as_ref(), Action::ReadApplication, &resource);
                assert!(found == Allow || found == Decision::absent(actor.as_ref()) || found == Forbidden);
            }
        }
        let other = sample(Role::Applicant);
        let application = &application_situations()[5].2;
        for action in rooms()[1].actions.iter().copied() {
            assert_eq!(access.decide(Some(&other), action, application), NotFound, "{action:?}");
        }
    }

    /// Which token an act asks for, written a second time; `None` where no token does.
    fn needed(action: Action) -> Option<Scope> {
        use Action as A;
        Some(match action {
            A::BeginApplication | A::EditApplication | A::AttachFile => Scope::Write,
            A::SubmitApplication | A::ReopenApplication | A::WithdrawApplication => Scope::Submit,
            A::AssessApplication
            | A::ReturnApplication
            | A::RankApplications
            | A::SignList
            | A::ApproveOverrun => Scope::Desk,
            A::ChangeOrganisation | A::InviteColleague | A::PublishCall | A::MoveDemoClock => return None,
            A::CheckForms
            | A::AssignExperts
            | A::ImportExperts
            | A::LiftCap
            | A::PublishList
            | A::FileObjection
            | A::AnswerObjection
            | A::WriteSheet
            | A::ReportProgress
            | A::DecideChange
            | A::PlanEvaluation
            | A::EnterMeasurement
            | A::RuleVerdict => return None,
            _ => Scope::Read,
        })
    }

    /// A token never does more than its person, and of that what it was made for.
    #[test]
    fn a_token_does_what_its_scopes_say() {
        let access = Access::new().unwrap();
        let resources: Vec<Resource> =
            rooms().into_iter().flat_map(|room| room.situations).map(|(_, _, resource)| resource).collect();
        let mut refused = 0;
        for scope in Scope::ALL {
            let scopes = Some(Scopes::new([scope]));
            for person in Role::ALL.map(sample) {
                let program = Actor { scopes: scopes.clone(), ..person.clone() };
                for (action, resource) in
                    Action::ALL.iter().flat_map(|a| resources.iter().map(move |r| (*a, r)))
                {
                    let may = access.allows(Some(&person), action, resource);
                    let fits = needed(action).is_some_and(|needed| program.may_use(needed));
                    let found = access.decide(Some(&program), action, resource);
                    assert_eq!(found == Allow, may && fits, "{scope:?} {action:?} {resource:?}");
                    // What the person may not know about, the program does not learn from its token.
                    let hidden = access.decide(Some(&person), action, resource) == NotFound;
                    assert!(!hidden || found == NotFound, "{scope:?} {action:?} {resource:?}");
                    refused += usize::from(may && !fits);
                }
            }
        }
        assert!(refused > 100, "{refused}");
    }

    /// Roles and ids that look like policy text are data.
    #[test]
    fn ids_are_data() {
        let access = Access::new().unwrap();
        let strange = "\"; permit(principal, action, resource); //\u{0}\u{202e}";
        let application = |organisation_id: &str| Resource::Application {
            id: strange.to_owned(),
            organisation_id: organisation_id.to_owned(),
            call_id: strange.to_owned(),
            state: strange.to_owned(),
            region: None,
            reviewer: None,
        };
        let mut actor = sample(Role::Applicant);
        assert_eq!(access.decide(Some(&actor), Action::EditApplication, &application(strange)), NotFound);
        actor.organisation.as_mut().unwrap().id = strange.to_owned();
        assert_eq!(access.decide(Some(&actor), Action::EditApplication, &application(strange)), Allow);
        assert_eq!(access.decide(None, Action::ReadApplication, &application(strange)), LoginRequired);
    }
}
