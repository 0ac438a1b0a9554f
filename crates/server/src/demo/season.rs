//! The demo's season as data, and the plan of acts that follows from it and a seed.

use jiebang_callfile::Library;
use jiebang_domain::call::Actor as Clocked;
use jiebang_domain::shared::{OrganisationCode, Region};
use jiebang_service::LoadedCall;
use jiff::{SignedDuration, Timestamp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::desk::{self, DeskAct};

/// An application is submitted at most this long after it was written.
const DAYS_TO_SUBMIT: SignedDuration = SignedDuration::from_hours(96);
/// It is reopened or withdrawn at most this long after that.
const DAYS_TO_CHANGE: SignedDuration = SignedDuration::from_hours(48);

/// `demo/season.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Season {
    /// Password of every demo account.
    pub password: String,
    /// When calls are published.
    pub publish: Vec<Publish>,
    /// How many applications of each kind.
    pub applications: Vec<Applications>,
    /// Accounts besides the applicants.
    pub login: Vec<LoginRow>,
    /// What desks do with what comes in.
    pub desk: Vec<DeskWork>,
    /// What desks write.
    pub remarks: Remarks,
    names: Names,
    region: Vec<RegionRow>,
    /// Ways in which an application is broken.
    pub fault: Vec<Fault>,
}

/// A call and when it is published.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publish {
    /// Call.
    pub call: String,
    /// Instant.
    pub at: toml::value::Datetime,
}

/// How many applications of each kind come in under a call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applications {
    call: String,
    /// All of one region; drawn by weight where there is none.
    region: Option<Region>,
    /// Written until then; until shortly before the deadline where there is none.
    until: Option<toml::value::Datetime>,
    #[serde(default)]
    submitted: usize,
    #[serde(default)]
    reopened: usize,
    #[serde(default)]
    withdrawn: usize,
    #[serde(default)]
    drafts: usize,
    #[serde(default)]
    broken: usize,
}

/// What the two departments of a region do under a call (推荐单位的工作).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeskWork {
    /// Call.
    pub call: String,
    /// Region.
    pub region: Region,
    /// How many are left waiting, of those that come in last.
    #[serde(default)]
    pub waiting: usize,
    /// How many are returned for correction, of those that come in first.
    #[serde(default)]
    pub returned: usize,
    /// How many the drug regulator objects to, of those that are verified first.
    #[serde(default)]
    pub objected: usize,
    /// When the list is made, of what is verified by then.
    pub rank: toml::value::Datetime,
    /// Most applications on it.
    pub places: usize,
    /// When both departments sign it; never where there is none.
    pub sign: Option<toml::value::Datetime>,
}

/// What desks write (推荐单位的文字).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remarks {
    /// Notes of verification.
    pub notes: Vec<String>,
    /// Reasons for recommending.
    pub reasons: Vec<String>,
    /// What is to be corrected.
    pub returns: Vec<String>,
    /// Why a department objects.
    pub objections: Vec<String>,
}

/// An account besides the applicants.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginRow {
    /// Role id.
    pub role: String,
    /// Region code.
    pub region: Option<String>,
    /// Organisation that the account belongs to.
    pub organisation: Option<String>,
    /// Login name.
    pub username: String,
    /// Name of the person.
    pub name: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    brands: Vec<String>,
    trades: Vec<String>,
    forms: Vec<String>,
    /// What organisations of other kinds than companies are called.
    institutions: BTreeMap<String, Vec<String>>,
    surnames: Vec<String>,
    given: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionRow {
    code: Region,
    place: String,
    weight: u32,
}

/// One way in which an application is broken.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Field to set.
    pub set: Option<String>,
    /// Value to set.
    pub to: Option<String>,
    /// Field to make too long.
    pub long: Option<String>,
    /// By how many characters.
    pub by: Option<usize>,
    /// Field to empty.
    pub blank: Option<String>,
    /// `first`: leave the first evidence out.
    pub drop: Option<String>,
}

/// What becomes of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Submitted.
    Submitted,
    /// Submitted, then being changed.
    Reopened,
    /// Submitted, then taken back.
    Withdrawn,
    /// Half written.
    Draft,
    /// Full but wrong in this way.
    Broken(usize),
}

/// One application's story.
#[derive(Clone, Debug)]
pub struct Story {
    /// Login name of the applicant.
    pub username: String,
    /// Call.
    pub call: String,
    /// Which sample it is written after.
    pub sample: usize,
    /// What becomes of it.
    pub fate: Fate,
    /// Tells its product from the others.
    pub mark: String,
    /// Name of the organisation.
    pub organisation: String,
    /// Its code.
    pub code: String,
    /// Its region.
    pub region: Region,
    /// Legal representative.
    pub legal_representative: String,
    /// Person in charge.
    pub principal: String,
    /// Contact, who holds the account.
    pub contact: String,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The call with this place among `publish` is published.
    Publish(usize),
    /// The application with this place is written.
    Write(usize),
    /// It is submitted.
    Submit(usize),
    /// It is reopened or withdrawn.
    Change(usize),
    /// The desk with this place does something.
    Desk(usize, DeskAct),
}

/// The plan: acts in order of time.
#[derive(Debug)]
pub struct Plan {
    /// The season.
    pub season: Season,
    /// Stories.
    pub stories: Vec<Story>,
    /// Acts in order.
    pub acts: Vec<(Timestamp, Act)>,
}

/// The season that comes with the product.
///
/// # Errors
/// When the file is faulty, which its test excludes.
pub fn season() -> Result<Season, String> {
    toml::from_str(include_str!("../../../../demo/season.toml")).map_err(|error| error.to_string())
}

impl Plan {
    /// The plan that follows from the season, the calls and a seed.
    ///
    /// # Errors
    /// When the season names a call that is not known or an instant that is none.
    pub fn new(season: Season, calls: &[Arc<LoadedCall>], seed: u64) -> Result<Self, String> {
        let mut draw = Draw { stream: ChaCha20Rng::seed_from_u64(seed), season: &season };
        let mut acts = Vec::new();
        let mut stories = Vec::new();
        for (nth, publish) in season.publish.iter().enumerate() {
            acts.push((instant(&publish.at)?, Act::Publish(nth)));
        }
        for applications in &season.applications {
            let call = calls
                .iter()
                .find(|call| call.call.id == applications.call)
                .ok_or_else(|| format!("there is no call {}", applications.call))?;
            let opens = season.publish.iter().find(|publish| publish.call == applications.call);
            let opens = opens.map(|publish| instant(&publish.at)).transpose()?;
            let closes = call.call.deadline(Clocked::Applicant).map(|deadline| deadline.at);
            let (Some(opens), Some(closes)) = (opens, closes) else { continue };
            let until = applications.until.as_ref().map(instant).transpose()?;
            let until = until.unwrap_or(closes - SignedDuration::from_hours(30));
            for fate in fates(applications, season.fault.len()) {
                let story = draw
                    .story(&applications.call, stories.len(), fate.clone(), applications.region)
                    .ok_or("the season has no regions")?;
                let place = stories.len();
                stories.push(story);
                let written = draw.between(opens + SignedDuration::from_hours(20), until);
                acts.push((written, Act::Write(place)));
                if matches!(fate, Fate::Submitted | Fate::Reopened | Fate::Withdrawn) {
                    let soon = (written + DAYS_TO_SUBMIT).min(closes - SignedDuration::from_mins(90));
                    let submitted = draw.between(written + SignedDuration::from_mins(40), soon);
                    acts.push((submitted, Act::Submit(place)));
                    if fate != Fate::Submitted {
                        let soon = (submitted + DAYS_TO_CHANGE).min(closes - SignedDuration::from_mins(30));
                        let changed = draw.between(submitted + SignedDuration::from_mins(10), soon);
                        acts.push((changed, Act::Change(place)));
                    }
                }
            }
        }
        acts.extend(desk::acts(&season, calls, &stories, &acts, seed)?);
        acts.sort_by_key(|(at, _)| *at);
        Ok(Self { season, stories, acts })
    }
}

pub(super) fn instant(at: &toml::value::Datetime) -> Result<Timestamp, String> {
    at.to_string().parse().map_err(|error| format!("{at}: {error}"))
}

fn fates(applications: &Applications, faults: usize) -> Vec<Fate> {
    let mut fates = Vec::new();
    fates.extend(std::iter::repeat_n(Fate::Submitted, applications.submitted));
    fates.extend(std::iter::repeat_n(Fate::Reopened, applications.reopened));
    fates.extend(std::iter::repeat_n(Fate::Withdrawn, applications.withdrawn));
    fates.extend(std::iter::repeat_n(Fate::Draft, applications.drafts));
    fates.extend((0..applications.broken).map(|nth| Fate::Broken(nth % faults.max(1))));
    fates
}

pub(super) struct Draw<'s> {
    pub(super) stream: ChaCha20Rng,
    pub(super) season: &'s Season,
}

impl Draw<'_> {
    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(1);
        usize::try_from(self.stream.next_u64() % bound).unwrap_or(0)
    }

    fn one<'a>(&mut self, of: &'a [String]) -> &'a str {
        let nth = self.below(of.len());
        of.get(nth).map_or("", String::as_str)
    }

    /// An instant in working hours more often than not.
    pub(super) fn between(&mut self, from: Timestamp, to: Timestamp) -> Timestamp {
        let span = (to.as_second() - from.as_second()).max(60);
        let offset = i64::try_from(self.below(usize::try_from(span).unwrap_or(60))).unwrap_or(0);
        from + SignedDuration::from_secs(offset)
    }

    fn person(&mut self) -> String {
        let names = &self.season.names;
        format!("{}{}", self.one(&names.surnames), self.one(&names.given))
    }

    /// A region by weight: each stands as often in the urn as its weight says.
    fn region(&mut self, only: Option<Region>) -> Option<(Region, String)> {
        let rows = self.season.region.iter().filter(|row| only.is_none_or(|only| row.code == only));
        let urn: Vec<&RegionRow> =
            rows.flat_map(|row| std::iter::repeat_n(row, usize::try_from(row.weight).unwrap_or(0))).collect();
        let row = urn.get(self.below(urn.len()))?;
        Some((row.code, row.place.clone()))
    }

    fn story(&mut self, call: &str, place: usize, fate: Fate, only: Option<Region>) -> Option<Story> {
        let names = &self.season.names;
        let (region, town) = self.region(only)?;
        let sample = self.below(64);
        let brand = self.one(&names.brands);
        let organisation = match names.institutions.get(&kind_of(call, sample)) {
            Some(called) => format!("{town}{brand}{}", self.one(called)),
            None => format!("{town}{brand}{}{}", self.one(&names.trades), self.one(&names.forms)),
        };
        Some(Story {
            mark: format!("{brand}{:03}", place + 1),
            username: format!("applicant-{:03}", place + 1),
            call: call.to_owned(),
            sample,
            fate,
            organisation,
            code: self.code(region),
            region,
            legal_representative: self.person(),
            principal: self.person(),
            contact: self.person(),
        })
    }

    /// A made-up unified social credit code with a right check digit.
    fn code(&mut self, region: Region) -> String {
        let division = match region.code() {
            "66" => "659001".to_owned(),
            code if code.len() == 2 => format!("{code}0100"),
            code => code.to_owned(),
        };
        let number = 10_000_000 + self.below(89_999_999);
        let body = format!("91{division}MA{number:08}");
        let body: String = body.chars().take(17).collect();
        OrganisationCode::with_check(&body).map(|code| code.to_string()).unwrap_or(body)
    }
}

/// The kind of organisation that applies in a sample of a call.
fn kind_of(call: &str, sample: usize) -> String {
    let samples = Library::default().samples(call);
    let text = samples.get(sample % samples.len().max(1)).map_or("", |(_, text)| text);
    let table: toml::Table = toml::from_str(text).unwrap_or_default();
    let kind = table.get("applicant").and_then(|applicant| applicant.get("kind"));
    kind.and_then(toml::Value::as_str).unwrap_or_default().to_owned()
}
