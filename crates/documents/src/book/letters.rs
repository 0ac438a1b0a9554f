//! Evidence list, declarations and who signs them.

use jiebang_domain::application::EvidenceFile;
use jiebang_domain::call::{Declaration, Evidence, Signer};
use jiebang_domain::shared::{Language, Text};

use super::Scene;
use super::view::{Block, Cell, Column, GridRow, Part, SignatureLine, Wording};

/// Characters of a file's hash that are printed.
const HASH_SHOWN: usize = 16;
/// Fields of the contact, which letters name.
const CONTACT: [&str; 3] = ["contact.name", "contact.phone", "contact.mobile"];

/// The evidence that the call asks for, with the files that were attached.
pub(super) fn evidence(scene: &Scene<'_>) -> Block {
    let column = |zh, en, share| Column::new(scene.word(zh, en), share);
    let asked = scene.book.call.evidence.iter().filter(|evidence| {
        evidence.when.as_ref().is_none_or(|when| when.holds(&scene.facts).unwrap_or(true))
    });
    let rows = asked.map(|evidence| {
        let files = scene.book.draft.evidence.iter().filter(|file| file.evidence == evidence.id);
        let files: Vec<String> = files.map(|file| file_line(scene, evidence, file)).collect();
        let none =
            if evidence.if_any { scene.word("无", "None") } else { scene.word("未附", "Not attached") };
        let files = if files.is_empty() { none.to_owned() } else { files.join("\n") };
        vec![Cell::text(&evidence.number), Cell::text(&demand(scene, evidence)), Cell::text(&files)]
    });
    Block::Table {
        columns: vec![
            column("序号", "No.", None),
            column("证明材料", "Evidence", Some(5)),
            column("文件（大小，SHA-256前16位）", "Files (size, first 16 digits of SHA-256)", Some(6)),
        ],
        rows: rows.collect(),
    }
}

fn demand(scene: &Scene<'_>, evidence: &Evidence) -> String {
    let mut lines = vec![scene.text(&evidence.name)];
    if let Some(hint) = &evidence.hint {
        let hint = scene.text(hint);
        lines.push(match scene.book.language {
            Language::Zh => format!("（{hint}）"),
            Language::En => format!("({hint})"),
        });
    }
    if let Some(by) = &evidence.sealed_by {
        lines.push(match scene.book.language {
            Language::Zh => format!("（{}盖章）", by.zh),
            Language::En => format!("(sealed by: {})", by.get(Language::En).to_lowercase()),
        });
    }
    if evidence.if_any {
        lines.push(scene.word("（如有）", "(if any)").to_owned());
    }
    lines.join("\n")
}

fn file_line(scene: &Scene<'_>, evidence: &Evidence, file: &EvidenceFile) -> String {
    let hash: String = file.sha256.chars().take(HASH_SHOWN).collect();
    let whose = match (evidence.per_member, file.member) {
        (false, _) => String::new(),
        (true, 0) => scene.word("牵头单位：", "Lead: ").to_owned(),
        (true, member) => {
            format!("{}{member}{}", scene.word("联合单位", "Partner "), scene.word("：", ": "))
        }
    };
    let (open, close) = (scene.word("（", " ("), scene.word("）", ")"));
    format!("{whose}{}{open}{}, {hash}{close}", file.name, size(file.size_bytes))
}

fn size(bytes: u64) -> String {
    match bytes {
        0..=1_023 => format!("{bytes} B"),
        1_024..=1_048_575 => format!("{} KiB", bytes.div_ceil(1_024)),
        _ => format!("{}.{} MiB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

/// A declaration on a page of its own, to be signed and sealed.
pub(super) fn letter(scene: &Scene<'_>, declaration: &Declaration, title: String) -> Part {
    let block = Block::Letter {
        wording: wording(scene, declaration),
        signature: signature(scene, declaration),
        sealed: declaration.sealed,
    };
    Part { letter: true, ..Part::new(title, true, vec![block]) }
}

/// A declaration as a box of the form.
pub(super) fn boxed(scene: &Scene<'_>, declaration: &Declaration) -> GridRow {
    GridRow::Signed {
        label: scene.text(&declaration.title),
        wording: wording(scene, declaration),
        signature: signature(scene, declaration),
        sealed: declaration.sealed,
    }
}

fn wording(scene: &Scene<'_>, declaration: &Declaration) -> Wording {
    let say = |texts: &[Text]| texts.iter().map(|text| scene.text(text)).collect();
    Wording {
        opening: say(&declaration.opening),
        items: say(&declaration.items),
        closing: say(&declaration.closing),
    }
}

fn signature(scene: &Scene<'_>, declaration: &Declaration) -> Vec<SignatureLine> {
    let line = |label: &str, value: &str| SignatureLine { label: label.to_owned(), value: value.to_owned() };
    let given = scene.book.draft.declarations.get(&declaration.id);
    let mut lines = Vec::new();
    if declaration.signer == Signer::LegalRepresentative {
        let labels = [scene.word("联系人：", "Contact:"), scene.word("联系电话：", "Telephone:")];
        let [name, phone, mobile] = CONTACT.map(|field| scene.book.draft.content.text(field));
        let phones = [phone, mobile].into_iter().filter(|number| !number.is_empty());
        let phones: Vec<&str> = phones.collect();
        lines.push(line(labels[0], name));
        lines.push(line(labels[1], &phones.join(scene.word("，", ", "))));
    }
    let role = match declaration.signer {
        Signer::Principal => scene.word("负责人（签字或盖章）：", "Person in charge (signature or seal):"),
        Signer::LegalRepresentative => {
            scene.word("法定代表人（签字）：", "Legal representative (signature):")
        }
    };
    lines.push(line(role, ""));
    let accepted = given.filter(|signature| signature.accepted);
    let confirmed =
        accepted.map_or(scene.word("未确认", "not confirmed"), |signature| signature.signer.as_str());
    lines.push(line(scene.word("网上确认：", "Confirmed online by:"), confirmed));
    if declaration.sealed {
        lines.push(line(
            scene.word("单位（公章）：", "Organisation (seal):"),
            &scene.book.draft.applicant.name,
        ));
    }
    lines.push(line(scene.word("日期：", "Date:"), scene.word("　　年　　月　　日", "")));
    lines
}
