//! Evidence and declarations as inputs.

use jiebang_domain::call::{Call, Declaration, Signer};
use jiebang_domain::shared::{Language, Text};
use jiebang_service::{ApplicationView, EvidenceView, FileView as AttachedFile, MemberView};

use super::fields::{Inputs, options};
use super::{address_of, name_of};
use crate::views::{EvidenceItem, EvidenceSlot, Field, FileLink, Part, Wording};
use crate::words;

/// How a file stands in a list: kind, pages, size.
pub(crate) fn file_facts(file: &AttachedFile, language: Language) -> String {
    let kind = match file.media_type.as_str() {
        "application/pdf" => "PDF",
        "image/jpeg" => "JPEG",
        "image/png" => "PNG",
        other => other.rsplit('.').next().unwrap_or(other),
    };
    let size = words::size(file.size_bytes);
    match (file.pages, language) {
        (Some(pages), Language::Zh) => format!("{kind}，{pages} 页，{size}"),
        (Some(1), Language::En) => format!("{kind}, 1 page, {size}"),
        (Some(pages), Language::En) => format!("{kind}, {pages} pages, {size}"),
        (None, Language::Zh) => format!("{kind}，{size}"),
        (None, Language::En) => format!("{kind}, {size}"),
    }
}

/// Where a file is downloaded.
pub(crate) fn file_address(view: &ApplicationView, file: &AttachedFile) -> String {
    address_of(&view.summary.id, &format!("files/{}", file.id))
}

/// Who signs a declaration: the office, and the name of who holds it now.
pub(super) fn signer(
    view: &ApplicationView,
    declaration: &Declaration,
) -> (jiebang_domain::shared::Text, String) {
    use jiebang_domain::shared::Text;
    match declaration.signer {
        Signer::Principal => {
            (Text::new("负责人", "person in charge"), view.content.text("principal.name").trim().to_owned())
        }
        Signer::LegalRepresentative => {
            (Text::new("法定代表人", "legal representative"), view.legal_representative.trim().to_owned())
        }
    }
}

/// What a declaration says, with the names filled in.
pub(super) fn declared(view: &ApplicationView, declaration: &Declaration, language: Language) -> Wording {
    let call: &Call = &view.summary.call.call;
    let year = call.target_year.as_ref().map(|target| target.year.to_string()).unwrap_or_default();
    let task = name_of(&view.summary, language);
    let fill = [("task", task), ("target_year", year)];
    let say = |texts: &[Text]| texts.iter().map(|text| text.fill(&fill).get(language).to_owned()).collect();
    Wording {
        opening: say(&declaration.opening),
        items: say(&declaration.items),
        closing: say(&declaration.closing),
    }
}

impl Inputs<'_> {
    /// An item of evidence with a slot for each member.
    pub(super) fn evidence(&self, view: &ApplicationView, item: &EvidenceView) -> EvidenceItem {
        let path = format!("evidence.{}", item.id);
        let named = item.members.len() > 1;
        let slot = |(nth, member): (usize, &MemberView)| EvidenceSlot {
            id: format!("{path}.{}", member.number),
            member: if named { self.member(member, nth) } else { String::new() },
            files: self.files(view, item, |of| of == member.number),
            upload_value: format!("upload.{}.{}", item.id, member.number),
        };
        let mut slots: Vec<EvidenceSlot> = item.members.iter().enumerate().map(slot).collect();
        let orphans = self.files(view, item, |of| item.members.iter().all(|member| member.number != of));
        if !orphans.is_empty() {
            let member = self.pick("已不在联合体中的单位", "Units no longer in the consortium");
            slots.push(EvidenceSlot { member, files: orphans, ..EvidenceSlot::default() });
        }
        EvidenceItem {
            error: self.faults.of(&path),
            id: path,
            number: item.number.clone(),
            name: self.say(&item.name),
            note: item.hint.as_ref().map(|hint| self.say(hint)).unwrap_or_default(),
            optional: !item.needed,
            slots,
        }
    }

    fn member(&self, member: &MemberView, nth: usize) -> String {
        match (nth, member.name.trim(), self.language) {
            (0, name, Language::Zh) => format!("牵头单位：{name}"),
            (0, name, Language::En) => format!("Lead: {name}"),
            (nth, "", Language::Zh) => format!("联合单位 {nth}"),
            (nth, "", Language::En) => format!("Partner {nth}"),
            (nth, name, Language::Zh) => format!("联合单位 {nth}：{name}"),
            (nth, name, Language::En) => format!("Partner {nth}: {name}"),
        }
    }

    fn files(&self, view: &ApplicationView, item: &EvidenceView, of: impl Fn(i64) -> bool) -> Vec<FileLink> {
        let own = item.files.iter().filter(|file| of(file.member));
        own.map(|file| FileLink {
            href: file_address(view, file),
            name: file.name.clone(),
            facts: file_facts(file, self.language),
            remove_value: format!("detach.{}", file.id),
        })
        .collect()
    }

    /// A declaration with its acceptance and its signer.
    pub(super) fn declaration(&self, view: &ApplicationView, declaration: &Declaration) -> Part {
        let (who, name) = signer(view, declaration);
        let (accepted, signed) = (
            format!("declaration.{}.accepted", declaration.id),
            format!("declaration.{}.signer", declaration.id),
        );
        let mut accept = Field {
            id: accepted.clone(),
            error: self.faults.of(&accepted),
            ..Field::new("checkboxes", &accepted, self.pick("承诺", "Declaration"))
        };
        let agree = self.pick("已阅读，作出以上承诺", "I have read this and declare it");
        accept.options =
            options(&accepted, self.values.get(&accepted), [("yes".to_owned(), agree, String::new())]);
        let hint = if name.is_empty() {
            self.pick(&format!("由{}签署。", who.zh), &format!("The {} signs.", who.en))
        } else {
            self.pick(&format!("由{}签署：{name}。", who.zh), &format!("The {} signs: {name}.", who.en))
        };
        let sign = Field {
            id: signed.clone(),
            hint,
            error: self.faults.of(&signed),
            value: self.values.get(&signed).to_owned(),
            width: "14",
            ..Field::new("text", &signed, self.pick("签署人姓名", "Name of the signer"))
        };
        let note = if declaration.sealed {
            self.pick("纸质材料另须签字并加盖公章。", "On paper it is signed and sealed as well.")
        } else {
            String::new()
        };
        Part {
            title: self.say(&declaration.title),
            note,
            wording: declared(view, declaration, self.language),
            fields: vec![accept, sign],
            ..Part::default()
        }
    }
}
