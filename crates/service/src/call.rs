//! Calls: which are known, which are published, in which version.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use jiebang_callfile::explain::{Explanation, explain};
use jiebang_callfile::{Library, ONCE_PASSED, Reading};
use jiebang_domain::call::{Actor as Clocked, Call};
use jiebang_domain::shared::{Holidays, Text};
use jiebang_store::{CallRow, StoreError};
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::access::{Action, Actor, Resource};
use crate::{Service, ServiceError, Store, ledger};

/// A call in one version, ready for use (榜单).
#[derive(Debug)]
pub struct LoadedCall {
    /// The call.
    pub call: Call,
    /// The call in plain words.
    pub explanation: Explanation,
    /// SHA-256 of its sources, hexadecimal.
    pub version: String,
    /// Something depends on how many applications an organisation leads.
    pub counts_led: bool,
    /// The call file and the shared files it extends, by name.
    pub sources: BTreeMap<String, String>,
}

/// Where a call stands on the clock (阶段).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Applicants may apply.
    Open,
    /// Applicants have closed, recommenders have not.
    Recommending,
    /// All clocks have run out.
    Closed,
    /// Published without a clock.
    Timeless,
}

impl Stage {
    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Recommending => "recommending",
            Self::Closed => "closed",
            Self::Timeless => "timeless",
        }
    }

    /// The stage of a call at an instant.
    pub fn of(call: &Call, at: Timestamp) -> Self {
        let before = |actor| call.deadline(actor).map(|deadline| at < deadline.at);
        match (before(Clocked::Applicant), before(Clocked::Recommender)) {
            (None, None) => Self::Timeless,
            (Some(true), _) => Self::Open,
            (_, Some(true)) => Self::Recommending,
            _ => Self::Closed,
        }
    }
}

/// A published call on the bulletin board.
#[derive(Clone, Debug)]
pub struct CallCard {
    /// The call.
    pub call: Arc<LoadedCall>,
    /// When it was published.
    pub published_at: Timestamp,
    /// Stage now.
    pub stage: Stage,
}

/// A version of a published call (修订).
#[derive(Clone, Debug)]
pub struct CallVersion {
    /// The call in this version.
    pub call: Arc<LoadedCall>,
    /// When it was published.
    pub published_at: Timestamp,
}

#[derive(Debug, Default)]
struct Published {
    versions: HashMap<(String, String), Arc<LoadedCall>>,
    history: BTreeMap<String, Vec<(i64, String)>>,
    latest: BTreeMap<String, (String, i64)>,
}

impl Published {
    fn add(&mut self, call: Arc<LoadedCall>, at: i64) {
        let (id, version) = (call.call.id.clone(), call.version.clone());
        let history = self.history.entry(id.clone()).or_default();
        if self.versions.insert((id.clone(), version.clone()), call).is_some() {
            return;
        }
        history.push((at, version));
        history.sort();
        if let Some((at, version)) = history.last() {
            self.latest.insert(id, (version.clone(), *at));
        }
    }
}

/// The calls in memory.
#[derive(Debug)]
pub(crate) struct Calls {
    known: BTreeMap<String, Arc<LoadedCall>>,
    kinds: Vec<(String, Text)>,
    /// Days off and working days, for notices in working days.
    pub(crate) holidays: Holidays,
    /// Plans that stand beside calls, by call, as files.
    plans: BTreeMap<String, String>,
    published: RwLock<Published>,
    publications: AtomicU64,
}

impl Calls {
    pub(crate) async fn load(library: &Library, store: &Store) -> Result<Self, ServiceError> {
        let mut known = BTreeMap::new();
        for id in library.ids() {
            if let Some((text, folder)) = library.call(&id)
                && let Some(loaded) = load(&text, folder.as_deref(), library)
            {
                // The id is the file's, whatever its folder is called; the operator's own file comes before an embedded one.
                if folder.is_some() || !known.contains_key(&loaded.call.id) {
                    known.insert(loaded.call.id.clone(), Arc::new(loaded));
                }
            }
        }
        let holidays = jiebang_callfile::holidays(library).map_err(|faults| {
            let words: Vec<String> = faults.iter().map(|fault| fault.message.en.clone()).collect();
            ServiceError::Internal(format!("holidays: {}", words.join("; ")))
        })?;
        let calls = Self {
            holidays,
            plans: known.keys().filter_map(|id| Some((id.clone(), library.plan(id)?.0))).collect(),
            known,
            kinds: jiebang_callfile::organisation_kinds(library),
            published: RwLock::default(),
            publications: AtomicU64::new(0),
        };
        calls.take_in(store).await?;
        Ok(calls)
    }

    /// Takes in the versions that are published and not yet in memory: applications may be bound to any of them.
    pub(crate) async fn take_in(&self, store: &Store) -> Result<(), ServiceError> {
        let rows: Vec<CallRow> =
            store.read::<_, StoreError>(Box::new(|rows| Box::pin(async move { rows.calls().await }))).await?;
        for row in rows {
            if self.version(&row.id, &row.version).is_some() {
                continue;
            }
            let loaded = match self.known.get(&row.id).filter(|loaded| loaded.version == row.version) {
                Some(loaded) => loaded.clone(),
                None => Arc::new(from_row(&row)?),
            };
            self.add(loaded, row.published_at);
        }
        Ok(())
    }

    /// How many versions of calls are in memory.
    pub(crate) fn count(&self) -> i64 {
        let published = self.published.read().unwrap_or_else(PoisonError::into_inner);
        i64::try_from(published.versions.len()).unwrap_or(i64::MAX)
    }

    /// Kinds of organisation that one can register as.
    pub(crate) fn organisation_kinds(&self) -> &[(String, Text)] {
        &self.kinds
    }

    /// A published call in its latest version, and when that was published.
    pub(crate) fn latest(&self, id: &str) -> Option<(Arc<LoadedCall>, i64)> {
        let published = self.published.read().unwrap_or_else(PoisonError::into_inner);
        let (version, at) = published.latest.get(id)?;
        published.versions.get(&(id.to_owned(), version.clone())).map(|call| (call.clone(), *at))
    }

    pub(crate) fn version(&self, id: &str, version: &str) -> Option<Arc<LoadedCall>> {
        let published = self.published.read().unwrap_or_else(PoisonError::into_inner);
        published.versions.get(&(id.to_owned(), version.to_owned())).cloned()
    }

    fn add(&self, call: Arc<LoadedCall>, at: i64) {
        self.published.write().unwrap_or_else(PoisonError::into_inner).add(call, at);
        self.publications.fetch_add(1, Ordering::Release);
    }
}

fn load(text: &str, folder: Option<&std::path::Path>, library: &Library) -> Option<LoadedCall> {
    let reading = jiebang_callfile::read(text, folder, library);
    if !reading.errors.is_empty() {
        return None;
    }
    loaded(reading, text, folder, library)
}

fn loaded(
    reading: Reading,
    text: &str,
    folder: Option<&std::path::Path>,
    library: &Library,
) -> Option<LoadedCall> {
    let document = reading.document?;
    let call = reading.call?;
    let mut sources = BTreeMap::from([("call".to_owned(), text.to_owned())]);
    for name in &document.extends {
        sources.insert(format!("shared/{name}"), library.shared(name, folder)?);
    }
    let canonical = serde_jcs::to_string(&sources).ok()?;
    let version = hex::encode(Sha256::digest(canonical.as_bytes()));
    Some(LoadedCall {
        explanation: explain(&document, &call),
        counts_led: call.counts_led(),
        call,
        version,
        sources,
    })
}

/// A published call, under which applications may stand: what the check has learned to refuse since does not take it away.
/// A call from its files by name, as they were published.
pub(crate) fn call_of_sources(sources: &BTreeMap<String, String>) -> Option<Call> {
    let sources = serde_json::to_string(sources).ok()?;
    let row = CallRow { id: String::new(), version: String::new(), sources, published_at: 0 };
    from_row(&row).ok().map(|loaded| loaded.call)
}

fn from_row(row: &CallRow) -> Result<LoadedCall, ServiceError> {
    let broken = || ServiceError::Internal(format!("published call {} can no longer be read", row.id));
    let sources: BTreeMap<String, String> = serde_json::from_str(&row.sources).map_err(|_| broken())?;
    let text = sources.get("call").ok_or_else(broken)?.clone();
    let kept = sources
        .iter()
        .filter_map(|(name, text)| Some((name.strip_prefix("shared/")?.to_owned(), text.clone())))
        .collect();
    let library = Library { calls: None, kept };
    let reading = jiebang_callfile::read(&text, None, &library);
    if reading.errors.iter().any(|error| !ONCE_PASSED.contains(&error.code)) {
        return Err(broken());
    }
    loaded(reading, &text, None, &library).ok_or_else(broken)
}

impl Service {
    /// Published calls, newest first, with their stage now.
    pub fn board(&self) -> Vec<CallCard> {
        let now = self.clock.now();
        let published = self.calls.published.read().unwrap_or_else(PoisonError::into_inner);
        let mut cards: Vec<CallCard> = published
            .latest
            .iter()
            .filter_map(|(id, (version, at))| {
                let call = published.versions.get(&(id.clone(), version.clone()))?.clone();
                let published_at = Timestamp::from_microsecond(*at).ok()?;
                Some(CallCard { stage: Stage::of(&call.call, now), call, published_at })
            })
            .collect();
        cards.sort_by_key(|card| (card.stage, std::cmp::Reverse(card.published_at)));
        cards
    }

    /// A published call in its latest version.
    ///
    /// # Errors
    /// `NotFound` when it is not published.
    pub fn call(&self, id: &str) -> Result<CallCard, ServiceError> {
        let (call, at) = self.calls.latest(id).ok_or(ServiceError::NotFound)?;
        let published_at = Timestamp::from_microsecond(at).map_err(|_| ServiceError::NotFound)?;
        Ok(CallCard { stage: Stage::of(&call.call, self.clock.now()), call, published_at })
    }

    /// Versions of a call that were published, the oldest first.
    pub fn call_versions(&self, id: &str) -> Vec<CallVersion> {
        let published = self.calls.published.read().unwrap_or_else(PoisonError::into_inner);
        let history = published.history.get(id).into_iter().flatten();
        history
            .filter_map(|(at, version)| {
                let call = published.versions.get(&(id.to_owned(), version.clone()))?.clone();
                Some(CallVersion { call, published_at: Timestamp::from_microsecond(*at).ok()? })
            })
            .collect()
    }

    /// Takes in what other servers on the same database have published.
    ///
    /// # Errors
    /// When the store does not answer, or a published call cannot be read.
    pub async fn follow_publications(&self) -> Result<(), ServiceError> {
        if !self.store.is_shared() {
            return Ok(());
        }
        let count = self
            .store
            .read::<_, StoreError>(Box::new(|rows| Box::pin(async move { rows.count_calls().await })))
            .await?;
        self.follow_to(count).await
    }

    /// Takes in what was published, if there are so many versions and fewer in memory.
    pub(crate) async fn follow_to(&self, count: i64) -> Result<(), ServiceError> {
        if count == self.calls.count() { Ok(()) } else { self.calls.take_in(&self.store).await }
    }

    /// How many publications there have been since the start; what pages of calls show depends on it and on the clock only.
    pub fn publications(&self) -> u64 {
        self.calls.publications.load(Ordering::Acquire)
    }

    /// Kinds of organisation that one can register as: id and name.
    pub fn organisation_kinds(&self) -> &[(String, Text)] {
        self.calls.organisation_kinds()
    }

    /// Calls of the library that are sound, published or not; nothing outside a demo.
    pub fn known_calls_for_demo(&self) -> Vec<Arc<LoadedCall>> {
        if self.clock.is_demo() { self.calls.known.values().cloned().collect() } else { Vec::new() }
    }

    /// The version that an application is bound to.
    pub(crate) fn bound_call(&self, id: &str, version: &str) -> Result<Arc<LoadedCall>, ServiceError> {
        self.calls
            .version(id, version)
            .ok_or_else(|| ServiceError::Internal(format!("call {id} in version {version} is not loaded")))
    }

    /// Calls of the library that are sound, published or not, for the programme office.
    ///
    /// # Errors
    /// When the actor may not publish calls.
    pub fn known_calls(&self, actor: &Actor) -> Result<Vec<(Arc<LoadedCall>, bool)>, ServiceError> {
        self.access.require(Some(actor), Action::PublishCall, &Resource::System)?;
        let published =
            |id: &str, version: &str| self.calls.latest(id).is_some_and(|(call, _)| call.version == version);
        Ok(self
            .calls
            .known
            .values()
            .map(|call| (call.clone(), published(&call.call.id, &call.version)))
            .collect())
    }

    /// The plan that stands beside a call, as a file, for the programme office to publish.
    ///
    /// # Errors
    /// When the actor may not publish calls.
    pub fn known_plan(&self, actor: &Actor, id: &str) -> Result<Option<String>, ServiceError> {
        self.access.require(Some(actor), Action::PublishCall, &Resource::System)?;
        Ok(self.calls.plans.get(id).cloned())
    }

    /// Publishes a call of the library. A call with blanks cannot be published.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, or `Invalid` with one finding for each blank.
    pub async fn publish(&self, actor: &Actor, id: &str) -> Result<(), ServiceError> {
        self.access.require(Some(actor), Action::PublishCall, &Resource::System)?;
        let call = self.calls.known.get(id).cloned().ok_or(ServiceError::NotFound)?;
        self.publish_at(Some(actor.account_id.clone()), call, self.clock.now()).await
    }

    /// Publishes a call of the library as of an instant; for seasons that are loaded.
    ///
    /// # Errors
    /// As [`Service::publish`].
    pub async fn publish_for_demo(&self, id: &str, at: Timestamp) -> Result<(), ServiceError> {
        let call = self.calls.known.get(id).cloned().ok_or(ServiceError::NotFound)?;
        self.publish_at(None, call, at).await
    }

    async fn publish_at(
        &self,
        account_id: Option<String>,
        call: Arc<LoadedCall>,
        at: Timestamp,
    ) -> Result<(), ServiceError> {
        if let Some((key, why)) = call.call.blanks.first() {
            return Err(ServiceError::field(
                "blank",
                key,
                Text::new(format!("{key} 留空：{}", why.zh), format!("{key} is blank: {}", why.en)),
                Text::new("补上后再发布", "Set it, then publish"),
            ));
        }
        let at = at.as_microsecond();
        let row = CallRow {
            id: call.call.id.clone(),
            version: call.version.clone(),
            sources: serde_json::to_string(&call.sources)
                .map_err(|error| ServiceError::Internal(error.to_string()))?,
            published_at: at,
        };
        let event =
            ledger::event("call_published", &row.id, account_id, &json!({ "version": row.version }), at);
        let done: Result<(), ServiceError> = self
            .store
            .act(Box::new(move |rows| {
                Box::pin(async move {
                    rows.add_call(&row).await?;
                    rows.add_event(&event).await?;
                    Ok(())
                })
            }))
            .await;
        match done {
            Ok(()) => self.calls.add(call, at),
            // The version is published already: nothing to do.
            Err(ServiceError::Store(StoreError::Duplicate(_))) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of a call of the house in which `from` reads `to`.
    fn published(from: &str, to: &str) -> CallRow {
        let library = Library::default();
        let id = "sichuan-2025-3-medical-chain";
        let text = library.call(id).unwrap().0;
        assert!(text.contains(from), "{from}");
        let mut sources = BTreeMap::from([("call".to_owned(), text.replacen(from, to, 1))]);
        let extended = jiebang_callfile::read(&text, None, &library).document.unwrap().extends;
        for name in extended {
            sources.insert(format!("shared/{name}"), library.shared(&name, None).unwrap());
        }
        let sources = serde_json::to_string(&sources).unwrap();
        CallRow { id: id.to_owned(), version: String::new(), sources, published_at: 0 }
    }

    #[test]
    fn what_was_published_before_the_check_grew_stricter_is_still_read() {
        let per = "counts = \"funding\"\nper = \"application\"";
        let row = published(per, "counts = \"funding\"\nper = \"organisation\"");
        let call = from_row(&row).unwrap().call;
        assert_eq!(call.limits[0].per, "organisation");
        assert!(from_row(&published("\"Contacts\"]", "\" \"]")).is_ok());
        // What could never be published, or leaves something out, is still refused.
        assert!(from_row(&published("counts = \"funding\"", "counts = \"fundings\"")).is_err());
    }
}
