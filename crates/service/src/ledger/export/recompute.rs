//! Computes published lists again from an export alone, by the pure rules that made them.
//!
//! ```text
//! events, each under the signed head ─▶ which record, plan, call and sheets count
//! contents, each under its digest ────▶ Record ─select─▶ entries ─▶ the list as a file ─▶ its digest against the ledger's
//! ```

use std::collections::{BTreeMap, BTreeSet};

use jiebang_callfile::read_plan;
use jiebang_domain::call::Call;
use jiebang_domain::publication::{
    ListEntry, ListFile, Record, RecordedEntrant, RecordedSheet, Roster, VersionReason, VersionStage,
    label_of,
};
use jiebang_domain::selection::{Override, Plan};
use jiebang_domain::shared::{Digest, Finding, Number, Text};
use jiebang_ledger::VerifierKey;
use jiebang_ledger::checkpoint::Checkpoint;
use jiebang_ledger::export::{Opened, Whole};
use serde::Deserialize;

use super::ExportHead;
use crate::call::call_of_sources;
use crate::ledger::sha256;
use crate::ledger::words::{refutation_words, unreadable_words};
use crate::selection::SheetContent;

/// What a computation has found (重算结果).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recomputed {
    /// Versions of lists that the ledger names.
    pub lists: u32,
    /// Those that were computed and are the same, bit for bit.
    pub equal: u32,
    /// What differs or does not hold.
    pub differences: Vec<Text>,
}

/// A computation as far as it has read the events (重算).
pub struct Recompute {
    stated: ExportHead,
    head: Checkpoint,
    calls: BTreeSet<String>,
    plans: BTreeSet<String>,
    /// Submitted sheets: label of the application and digest.
    sheets: BTreeSet<(String, String)>,
    lists: Vec<PublishedFacts>,
    differences: Vec<Text>,
}

/// What the ledger says of a published list.
struct PublishedFacts {
    position: u64,
    facts: ListFacts,
    /// Caps that were lifted until then, by group and class.
    lifted: BTreeMap<(String, String), Override>,
}

#[derive(Deserialize)]
struct ListFacts {
    stage: String,
    version: u32,
    kind: VersionStage,
    reason: VersionReason,
    note: String,
    objection: Option<String>,
    taken_out: Vec<String>,
    content_sha256: Digest,
    record_sha256: Digest,
    roster_sha256: Digest,
}

#[derive(Deserialize)]
struct LiftFacts {
    stage: String,
    group: String,
    class: String,
    cap: u32,
    reason: String,
}

/// Contents of an export by digest; `None` where one is not there.
pub type Contents<'c> = dyn Fn(&str) -> Option<String> + 'c;

impl Recompute {
    /// Begins with the text of `export.json`. Without a key the signature stays unproven.
    ///
    /// # Errors
    /// Why the text cannot be read, or does not hold under the key.
    pub fn begin(text: &str, key: Option<&VerifierKey>) -> Result<Self, Text> {
        let stated: ExportHead = serde_json::from_str(text).map_err(|error| {
            Text::new(
                format!("不是导出说明（{error}）"),
                format!("this is not the head of an export ({error})"),
            )
        })?;
        let head = match key {
            Some(key) => Checkpoint::open(&stated.checkpoint, key),
            None => Checkpoint::read(&stated.checkpoint),
        };
        let head = head.ok_or_else(|| {
            Text::new(
                "签名检查点不是这把公钥签的，或读不出",
                "the signed head is not by this key, or cannot be read",
            )
        })?;
        Ok(Self {
            stated,
            head,
            calls: BTreeSet::new(),
            plans: BTreeSet::new(),
            sheets: BTreeSet::new(),
            lists: Vec::new(),
            differences: Vec::new(),
        })
    }

    /// Takes a line of the events.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn event(&mut self, line: &str, lifted: &mut Lifted) -> Result<(), Text> {
        let opened = match Opened::check(line, &self.head).map_err(|found| unreadable_words(&found))? {
            Ok(opened) => opened,
            Err(why) => {
                self.differences.push(refutation_words(why));
                return Ok(());
            }
        };
        let Opened::Whole(Whole { event, facts, position, .. }) = opened else { return Ok(()) };
        let fact = |name: &str| facts.get(name).and_then(|fact| fact.as_str()).unwrap_or_default().to_owned();
        match event.kind.as_str() {
            "call_published" => drop(self.calls.insert(fact("version"))),
            "plan_published" => drop(self.plans.insert(fact("content_sha256"))),
            "sheet_submitted" => {
                let label = label_of(&event.subject, &fact("stage"));
                self.sheets.insert((label, fact("content_sha256")));
            }
            "cap_lifted" => {
                if let Ok(lift) = serde_json::from_value::<LiftFacts>(facts.into()) {
                    let LiftFacts { stage, group, class, cap, reason } = lift;
                    let approver = event.by.unwrap_or_default();
                    let given =
                        Override { group: group.clone(), class: class.clone(), cap, reason, approver };
                    lifted.0.entry(stage).or_default().insert((group, class), given);
                }
            }
            "list_published" => match serde_json::from_value::<ListFacts>(facts.into()) {
                Ok(facts) => {
                    let lifted = lifted.0.get(&facts.stage).cloned().unwrap_or_default();
                    self.lists.push(PublishedFacts { position, facts, lifted });
                }
                Err(error) => self.differences.push(Text::new(
                    format!("账本第 {position} 条的名单事实读不出：{error}"),
                    format!("the facts of the list in entry {position} cannot be read: {error}"),
                )),
            },
            _ => {}
        }
        Ok(())
    }

    /// Computes every list again. `listed` is the roster of what is listed, which a public export brings.
    pub fn run(self, contents: &Contents<'_>, listed: Option<&Roster>) -> Recomputed {
        let mut found = Recomputed { differences: self.differences.clone(), ..Recomputed::default() };
        for published in &self.lists {
            found.lists += 1;
            let before = found.differences.len();
            let place = published.place();
            match self.computed(published, contents, listed) {
                Ok(differences) => {
                    found.differences.extend(differences.iter().map(|text| placed(&place, text)))
                }
                Err(text) => found.differences.push(placed(&place, &text)),
            }
            found.equal += u32::from(found.differences.len() == before);
        }
        found
    }

    fn computed(
        &self,
        published: &PublishedFacts,
        contents: &Contents<'_>,
        listed: Option<&Roster>,
    ) -> Result<Vec<Text>, Text> {
        let facts = &published.facts;
        let record: Record = parsed(&content(contents, facts.record_sha256.as_str(), "底稿", "record")?)?;
        let call = self.call(&record, contents)?;
        let plan = self.plan(&record, &call, contents)?;
        let mut differences = overrides_differ(&record, &published.lifted);
        if !self.stated.public {
            differences.extend(self.sheets_differ(&record, contents));
        }
        let stage = plan.stage(&record.stage).ok_or_else(|| {
            Text::new(
                format!("方案中没有阶段 {}", record.stage),
                format!("the plan has no stage {}", record.stage),
            )
        })?;
        let selection = record.select(&call, stage).map_err(|findings| joined(&findings))?;
        let roster: Roster = match listed.filter(|_| self.stated.public) {
            Some(listed) => listed.clone(),
            None => parsed(&content(contents, facts.roster_sha256.as_str(), "对照表", "roster")?)?,
        };
        let entry = |(label, class): (&str, &str)| {
            let line = roster.0.get(label).ok_or_else(|| {
                Text::new(format!("对照表中没有 {label}"), format!("the roster has no {label}"))
            })?;
            Ok::<_, Text>(ListEntry {
                label: label.to_owned(),
                application: line.application.clone(),
                number: line.number.clone(),
                unit: line.unit.clone(),
                task: line.task.clone(),
                class: class.to_owned(),
            })
        };
        let follows = record.listed(stage, &selection, &facts.taken_out);
        let entries = follows.into_iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        let list = facts.list(&self.stated.call, entries);
        let text =
            serde_jcs::to_string(&list).map_err(|error| Text::new(error.to_string(), error.to_string()))?;
        let stands = contents(facts.content_sha256.as_str());
        if let Some(stands) = &stands {
            differences.extend(list_differs(&list, stands, facts.content_sha256.as_str()));
        }
        if sha256(text.as_bytes()) != facts.content_sha256.as_str() {
            differences.push(Text::new(
                "重算的名单与账本记载的名单摘要不符",
                "the list computed again has another digest than the ledger states",
            ));
        }
        Ok(differences)
    }

    fn call(&self, record: &Record, contents: &Contents<'_>) -> Result<Call, Text> {
        let version = &record.call_version;
        if !self.calls.contains(version) {
            return Err(Text::new(
                format!("账本里没有发布过版本 {version} 的榜单"),
                format!("the ledger publishes no version {version} of the call"),
            ));
        }
        let sources: BTreeMap<String, String> = parsed(&content(contents, version, "榜单", "call")?)?;
        call_of_sources(&sources).ok_or_else(|| Text::new("榜单读不出", "the call cannot be read"))
    }

    fn plan(&self, record: &Record, call: &Call, contents: &Contents<'_>) -> Result<Plan, Text> {
        let digest = record.plan_sha256.as_str();
        if !self.plans.contains(digest) {
            return Err(Text::new(
                format!("账本里没有发布过方案 {digest}"),
                format!("the ledger publishes no plan {digest}"),
            ));
        }
        let text = content(contents, digest, "方案", "plan")?;
        read_plan(&text, call).sound_plan().map_err(|_| Text::new("方案读不出", "the plan cannot be read"))
    }

    /// Sheets of the record that no event of their application names, or that say something else.
    fn sheets_differ(&self, record: &Record, contents: &Contents<'_>) -> Vec<Text> {
        let mut differences = Vec::new();
        for RecordedEntrant { label, sheets, .. } in &record.entrants {
            for sheet in sheets {
                let digest = sheet.sha256.as_str();
                if !self.sheets.contains(&(label.clone(), digest.to_owned())) {
                    differences.push(Text::new(
                        format!("{label} 的评分表 {digest} 不在账本中"),
                        format!("the ledger does not have the sheet {digest} of {label}"),
                    ));
                }
                if !contents(digest).is_some_and(|text| says(&text, sheet, digest)) {
                    differences.push(Text::new(
                        format!("{label} 的评分表 {digest} 与底稿不一致，或不在导出中"),
                        format!("the sheet {digest} of {label} is not what the record says, or is missing"),
                    ));
                }
            }
        }
        differences
    }
}

/// Caps that were lifted so far, by stage, group and class.
#[derive(Default)]
pub struct Lifted(BTreeMap<String, BTreeMap<(String, String), Override>>);

impl PublishedFacts {
    fn place(&self) -> Text {
        let ListFacts { stage, version, .. } = &self.facts;
        let position = self.position;
        Text::new(
            format!("名单 {stage} 第 {version} 版（账本第 {position} 条）"),
            format!("list {stage}, version {version} (entry {position} of the ledger)"),
        )
    }
}

impl ListFacts {
    fn list(&self, call: &str, entries: Vec<ListEntry>) -> ListFile {
        ListFile {
            call: call.to_owned(),
            stage: self.stage.clone(),
            version: self.version,
            kind: self.kind,
            reason: self.reason,
            note: self.note.clone(),
            objection: self.objection.clone(),
            record_sha256: self.record_sha256.clone(),
            roster_sha256: self.roster_sha256.clone(),
            taken_out: self.taken_out.clone(),
            entries,
        }
    }
}

fn placed(place: &Text, text: &Text) -> Text {
    Text::new(format!("{}：{}", place.zh, text.zh), format!("{}: {}", place.en, text.en))
}

fn joined(findings: &[Finding]) -> Text {
    let join = |of: fn(&Finding) -> &str, by: &str| findings.iter().map(of).collect::<Vec<_>>().join(by);
    Text::new(join(|finding| &finding.message.zh, "；"), join(|finding| &finding.message.en, "; "))
}

/// A content, once its bytes are what its name says.
fn content(contents: &Contents<'_>, digest: &str, zh: &str, en: &str) -> Result<String, Text> {
    let text = contents(digest).ok_or_else(|| {
        Text::new(format!("导出中没有{zh} {digest}"), format!("the export lacks the {en} {digest}"))
    })?;
    if sha256(text.as_bytes()) == digest {
        return Ok(text);
    }
    Err(Text::new(
        format!("{zh}被改动过，不是 {digest}"),
        format!("the {en} was altered and is not {digest}"),
    ))
}

fn parsed<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, Text> {
    serde_json::from_str(text).map_err(|error| {
        Text::new(format!("内容读不出：{error}"), format!("a content cannot be read: {error}"))
    })
}

/// Whether a submitted sheet says what the record has of it.
fn says(text: &str, sheet: &RecordedSheet, digest: &str) -> bool {
    let Ok(content) = serde_json::from_str::<SheetContent>(text) else { return false };
    let typed = content.scores.iter().filter(|(_, typed)| !typed.trim().is_empty());
    let scores: BTreeMap<String, Number> =
        typed.filter_map(|(id, typed)| Some((id.clone(), Number::parse(typed.trim()).ok()?))).collect();
    sha256(text.as_bytes()) == digest && scores == sheet.scores && content.vetoes == sheet.vetoes
}

/// Lifted caps of the record that the ledger does not have, and the other way round.
fn overrides_differ(record: &Record, lifted: &BTreeMap<(String, String), Override>) -> Vec<Text> {
    let key = |of: &Override| (of.group.clone(), of.class.clone());
    let own: BTreeMap<(String, String), &Override> =
        record.overrides.iter().map(|of| (key(of), of)).collect();
    let keys: BTreeSet<&(String, String)> = own.keys().chain(lifted.keys()).collect();
    keys.into_iter()
        .filter(|key| own.get(*key).copied() != lifted.get(*key))
        .map(|(group, class)| {
            Text::new(
                format!("{group} 的 {class} 名额与账本记载的突破不一致"),
                format!("places of {class} in {group} are not as the ledger says they were lifted"),
            )
        })
        .collect()
}

/// What differs between the list that follows and the one that stands in the export.
fn list_differs(follows: &ListFile, stands: &str, digest: &str) -> Vec<Text> {
    if sha256(stands.as_bytes()) == digest {
        return Vec::new();
    }
    let Ok(stands) = serde_json::from_str::<ListFile>(stands) else {
        return vec![Text::new("导出中的名单文件读不出", "the list file of the export cannot be read")];
    };
    let differences = jiebang_domain::publication::differences(&follows.entries, &stands.entries);
    let mut told = vec![Text::new("导出中的名单文件被改动过", "the list file of the export was altered")];
    told.extend(differences.into_iter().map(|difference| {
        use jiebang_domain::publication::Difference::{Added, Changed, TakenOut};
        match difference {
            Added(entry) => Text::new(
                format!("文件多出 {} {}", entry.number, entry.unit),
                format!("the file has {} {} besides", entry.number, entry.unit),
            ),
            TakenOut(entry) => Text::new(
                format!("文件缺少 {} {}", entry.number, entry.unit),
                format!("the file lacks {} {}", entry.number, entry.unit),
            ),
            Changed(own, _) => Text::new(
                format!("文件中 {} {} 有改动", own.number, own.unit),
                format!("the file changes {} {}", own.number, own.unit),
            ),
        }
    }));
    told
}
