//! The policies at work.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::str::FromStr;

use cedar_policy::{
    ActionConstraint, Authorizer, Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy,
    PolicySet, Request, RestrictedExpression, Schema, ValidationMode, Validator,
};

use super::{Action, Actor, Decision, Resource, Role};
use crate::ServiceError;

const SCHEMA: &str = include_str!("schema.cedarschema");
const POLICIES: &str = include_str!("policies.cedar");

/// The decision point (权限裁定).
pub struct Access {
    authorizer: Authorizer,
    policies: PolicySet,
    actions: HashMap<Action, Indexed>,
    roles: HashMap<Role, EntityUid>,
    types: Types,
    visitor: EntityUid,
    system: EntityUid,
}

/// An action, the policies that can apply to it (all others are left out before the question is asked), and who and what it is for:
/// known from the schema once, instead of checking every question against it.
struct Indexed {
    uid: EntityUid,
    policies: PolicySet,
    principals: HashSet<EntityTypeName>,
    resources: HashSet<EntityTypeName>,
}

/// Names of entity types, parsed once.
struct Types {
    account: EntityTypeName,
    organisation: EntityTypeName,
    call: EntityTypeName,
    application: EntityTypeName,
    desk: EntityTypeName,
    sheet: EntityTypeName,
    team: EntityTypeName,
}

impl fmt::Debug for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Access")
            .field("policies", &self.policies.num_of_policies())
            .finish_non_exhaustive()
    }
}

impl Access {
    /// Reads the policies and checks them against their schema.
    ///
    /// # Errors
    /// `Internal` when a policy cannot be read, does not fit the schema or lacks an id or a reason.
    pub fn new() -> Result<Self, ServiceError> {
        let (schema, policies) = read_policies(POLICIES)?;
        let type_name = |name| EntityTypeName::from_str(name).map_err(fault);
        let single = |name| Ok::<_, ServiceError>(uid(&type_name(name)?, "it"));
        let (action, role) = (type_name("Action")?, type_name("Role")?);
        let mut actions = HashMap::new();
        for one in Action::ALL {
            let uid = uid(&action, one.id());
            let policies = PolicySet::from_policies(applying(&policies, &uid)).map_err(fault)?;
            let principals = schema.principals_for_action(&uid).into_iter().flatten().cloned().collect();
            let resources = schema.resources_for_action(&uid).into_iter().flatten().cloned().collect();
            actions.insert(one, Indexed { uid, policies, principals, resources });
        }
        Ok(Self {
            authorizer: Authorizer::new(),
            policies,
            actions,
            roles: Role::ALL.into_iter().map(|one| (one, uid(&role, one.id()))).collect(),
            types: Types {
                account: type_name("Account")?,
                organisation: type_name("Organisation")?,
                call: type_name("Call")?,
                application: type_name("Application")?,
                desk: type_name("Desk")?,
                sheet: type_name("Sheet")?,
                team: type_name("Team")?,
            },
            visitor: single("Visitor")?,
            system: single("System")?,
        })
    }

    /// Decides. `None` stands for somebody who is not logged in.
    pub fn decide(&self, actor: Option<&Actor>, action: Action, resource: &Resource) -> Decision {
        let Ok(asked) = self.asked(actor, resource) else {
            tracing::error!(action = action.id(), "no access decision could be made");
            return Decision::Forbidden;
        };
        if self.permits(&asked, action) {
            return Decision::Allow;
        }
        match (actor, resource) {
            // A call is public or it is not there; a login form would say that it is.
            (None, Resource::Call { .. }) if !self.permits(&asked, Action::ReadCall) => Decision::NotFound,
            (None, _) => Decision::LoginRequired,
            (Some(_), _) if self.sees(&asked, action, resource) => Decision::Forbidden,
            (Some(_), _) => Decision::NotFound,
        }
    }

    /// Whether somebody who was refused `refused` may know that the resource exists: whoever may read anything of it may do
    /// the one act that is asked here.
    fn sees(&self, asked: &Asked, refused: Action, resource: &Resource) -> bool {
        let least = match resource {
            Resource::Call { .. } => Action::ReadCall,
            Resource::Application { .. } => Action::ReadReceipt,
            Resource::Desk { .. } => Action::ReadDesk,
            Resource::Sheet { .. } => Action::ReadSheet,
            Resource::Team { .. } => Action::ReadTeam,
            Resource::Organisation { .. } => Action::ReadOrganisation,
            Resource::Account { .. } => Action::ReadAccount,
            Resource::System => return true,
        };
        least != refused && self.permits(asked, least)
    }

    /// Whether the decision is yes.
    pub fn allows(&self, actor: Option<&Actor>, action: Action, resource: &Resource) -> bool {
        self.decide(actor, action, resource) == Decision::Allow
    }

    /// Goes on only if the decision is yes.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden` or `LoginRequired`.
    pub fn require(
        &self,
        actor: Option<&Actor>,
        action: Action,
        resource: &Resource,
    ) -> Result<(), ServiceError> {
        self.decide(actor, action, resource).result()
    }

    /// Id and reason of every policy, in the order of ids.
    pub fn reasons(&self) -> Vec<(&str, &str)> {
        let mut reasons: Vec<_> = self
            .policies
            .policies()
            .filter_map(|policy| Some((policy.annotation("id")?, policy.annotation("reason")?)))
            .collect();
        reasons.sort_unstable();
        reasons
    }

    fn permits(&self, asked: &Asked, action: Action) -> bool {
        let Some(action) = self.actions.get(&action) else { return false };
        let fits = action.principals.contains(asked.principal.type_name())
            && action.resources.contains(asked.resource.type_name());
        // An action that does not fit the resource: nobody may do that.
        if !fits {
            return false;
        }
        let (principal, resource) = (asked.principal.clone(), asked.resource.clone());
        let request = Request::new(principal, action.uid.clone(), resource, Context::empty(), None);
        request.is_ok_and(|request| {
            let response = self.authorizer.is_authorized(&request, &action.policies, &asked.entities);
            response.decision() == cedar_policy::Decision::Allow
        })
    }

    /// Actor and resource as the policies see them.
    fn asked(&self, actor: Option<&Actor>, resource: &Resource) -> Result<Asked, ServiceError> {
        let mut entities = Vec::with_capacity(2);
        let principal = match actor {
            None => self.visitor.clone(),
            Some(actor) => {
                let account = self.account(actor)?;
                let principal = account.uid();
                entities.push(account);
                principal
            }
        };
        let resource = match resource {
            Resource::System => self.system.clone(),
            Resource::Organisation { id } => uid(&self.types.organisation, id),
            Resource::Account { id } => uid(&self.types.account, id),
            Resource::Desk { call_id, region } => {
                let desk = uid(&self.types.desk, &format!("{call_id} {}", region.code()));
                let attributes = HashMap::from([("region".to_owned(), text(region.code()))]);
                entities.push(Entity::new(desk.clone(), attributes, HashSet::new()).map_err(fault)?);
                desk
            }
            Resource::Call { id, published } => {
                let call = uid(&self.types.call, id);
                let attributes =
                    HashMap::from([("published".to_owned(), RestrictedExpression::new_bool(*published))]);
                entities.push(Entity::new(call.clone(), attributes, HashSet::new()).map_err(fault)?);
                call
            }
            Resource::Application { id, organisation_id, call_id: _, state, region, reviewer } => {
                let application = uid(&self.types.application, id);
                let organisation = uid(&self.types.organisation, organisation_id);
                let mut attributes = HashMap::from([
                    ("organisation".to_owned(), RestrictedExpression::new_entity_uid(organisation)),
                    ("state".to_owned(), RestrictedExpression::new_string(state.clone())),
                ]);
                if let Some(region) = region {
                    attributes.insert("region".to_owned(), text(region.code()));
                }
                if let Some(reviewer) = reviewer {
                    attributes.insert("reviewer".to_owned(), self.account_reference(reviewer));
                }
                entities.push(Entity::new(application.clone(), attributes, HashSet::new()).map_err(fault)?);
                application
            }
            Resource::Sheet { application_id, owner, submitted } => {
                let sheet = uid(&self.types.sheet, application_id);
                let submitted = RestrictedExpression::new_bool(*submitted);
                let mut attributes = HashMap::from([("submitted".to_owned(), submitted)]);
                if let Some(owner) = owner {
                    attributes.insert("owner".to_owned(), self.account_reference(owner));
                }
                entities.push(Entity::new(sheet.clone(), attributes, HashSet::new()).map_err(fault)?);
                sheet
            }
            Resource::Team { application_id, organisation_id, region } => {
                let team = uid(&self.types.team, application_id);
                let organisation = uid(&self.types.organisation, organisation_id);
                let organisation = RestrictedExpression::new_entity_uid(organisation);
                let mut attributes = HashMap::from([("organisation".to_owned(), organisation)]);
                if let Some(region) = region {
                    attributes.insert("region".to_owned(), text(region.code()));
                }
                entities.push(Entity::new(team.clone(), attributes, HashSet::new()).map_err(fault)?);
                team
            }
        };
        let entities = Entities::from_entities(entities, None).map_err(fault)?;
        Ok(Asked { principal, resource, entities })
    }

    fn account_reference(&self, id: &str) -> RestrictedExpression {
        RestrictedExpression::new_entity_uid(uid(&self.types.account, id))
    }

    fn account(&self, actor: &Actor) -> Result<Entity, ServiceError> {
        let mut attributes = HashMap::new();
        if let Some(organisation) = &actor.organisation {
            let organisation = uid(&self.types.organisation, &organisation.id);
            attributes.insert("organisation".to_owned(), RestrictedExpression::new_entity_uid(organisation));
        }
        if let Some(region) = actor.region {
            attributes.insert("region".to_owned(), text(region.code()));
        }
        if let Some(scopes) = &actor.scopes {
            attributes.insert("scopes".to_owned(), RestrictedExpression::new_set(scopes.ids().map(text)));
        }
        let roles = self.roles.get(&actor.role).cloned().into_iter().collect();
        Entity::new(uid(&self.types.account, &actor.account_id), attributes, roles).map_err(fault)
    }
}

/// A question without its action.
struct Asked {
    principal: EntityUid,
    resource: EntityUid,
    entities: Entities,
}

fn uid(type_name: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(type_name.clone(), EntityId::new(id))
}

fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

fn fault(error: impl fmt::Display) -> ServiceError {
    ServiceError::Internal(format!("access: {error}"))
}

/// Reads policies, checks them strictly, and asks an id and a reason of each.
fn read_policies(text: &str) -> Result<(Schema, PolicySet), ServiceError> {
    let (schema, _) = Schema::from_cedarschema_str(SCHEMA).map_err(fault)?;
    let policies = PolicySet::from_str(text).map_err(fault)?;
    let checked = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
    let faults: Vec<String> = checked
        .validation_errors()
        .map(ToString::to_string)
        .chain(checked.validation_warnings().map(ToString::to_string))
        .chain(
            policies
                .policies()
                .filter(|policy| !explains_itself(policy))
                .map(|policy| format!("no id or reason: {policy}")),
        )
        .collect();
    if faults.is_empty() { Ok((schema, policies)) } else { Err(fault(faults.join("; "))) }
}

/// The policies whose head lets this action through. Actions have no groups, so nothing else can match.
fn applying(policies: &PolicySet, action: &EntityUid) -> Vec<Policy> {
    let applies = |policy: &&Policy| match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(one) => one == *action,
        ActionConstraint::In(all) => all.contains(action),
    };
    policies.policies().filter(applies).cloned().collect()
}

fn explains_itself(policy: &Policy) -> bool {
    ["id", "reason"].iter().all(|key| policy.annotation(key).is_some_and(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::read_policies;

    #[test]
    fn faulty_policies_stop_the_start() {
        for (policies, word) in [
            (
                "permit (principal, action == Action::\"ReadCall\", resource) when { resource.publishd };",
                "publishd",
            ),
            (
                "@id(\"x\") @reason(\"y\") permit (principal in Role::\"aplicant\", action, resource);",
                "aplicant",
            ),
            (
                "@id(\"x\") @reason(\"y\") permit (principal, action == Action::\"ReadCal\", resource);",
                "ReadCal",
            ),
            (
                "@id(\"x\") @reason(\"y\") permit (principal, action == Action::\"EditApplication\", resource) \
              when { principal.organisation == resource.organisation };",
                "organisation",
            ),
            ("@id(\"x\") permit (principal, action == Action::\"ReadCall\", resource);", "reason"),
            ("permit (principal", "access"),
        ] {
            let error = read_policies(policies).unwrap_err().to_string();
            assert!(error.contains(word), "{policies}\n{error}");
        }
    }
}
