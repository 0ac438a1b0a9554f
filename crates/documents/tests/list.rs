//! Published lists and certificates.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::io::Read;

use common::{ADDRESS, at, codes_of, folder, fonts, frozen, page_text_of, text_of};
use jiebang_callfile::{Library, read};
use jiebang_documents::{
    CertificatePaper, PublishedListPaper, certificate, published_list, published_list_workbook,
};
use jiebang_domain::publication::{Certificate, ListEntry, ListFile, VersionReason, VersionStage};
use jiebang_domain::shared::{Digest, Language, Text};

const CALL: &str = "miit-2021-ai-devices";

fn file(entries: usize) -> ListFile {
    let task = folder(CALL).call.tasks().next().unwrap().id.clone();
    let digest = Digest::parse(&"a".repeat(64)).unwrap();
    ListFile {
        call: CALL.to_owned(),
        stage: "shortlist".to_owned(),
        version: 2,
        kind: VersionStage::Notice,
        reason: VersionReason::Correction,
        note: "改正一处单位名称 #panic() =1+1".to_owned(),
        objection: None,
        record_sha256: digest.clone(),
        roster_sha256: digest,
        taken_out: Vec::new(),
        entries: (0..entries)
            .map(|nth| ListEntry {
                label: format!("{nth:012x}"),
                application: format!("a{nth}"),
                number: format!("JB-2021-{nth:05}"),
                unit: format!("示例医疗科技（{nth}）有限公司=HYPERLINK(\"x\")"),
                task: task.clone(),
                class: if nth % 3 == 0 { "challenger" } else { "potential" }.to_owned(),
            })
            .collect(),
    }
}

#[test]
fn a_list_is_set_class_by_class_and_its_code_leads_to_the_record() {
    let call = folder(CALL).call;
    let library = Library::default();
    let plan = read(&library.plan(CALL).unwrap().0, None, &library).sound_plan().unwrap();
    for (language, words) in [
        (Language::Zh, ["揭榜单位（20项）", "潜力单位（40项）", "公示至2022-08-12", "更正："]),
        (Language::En, ["Challenger(20)", "Teamwithpotential(40)", "until2022-08-12", "Correction:"]),
    ] {
        let file = file(60);
        let paper = PublishedListPaper {
            call: &call,
            stage: plan.stage("shortlist").unwrap(),
            file: &file,
            notice_until: Some("2022-08-12".parse().unwrap()),
            language,
            frozen: frozen(),
            at: at(),
        };
        let made = published_list(&fonts(), &paper).unwrap();
        let text = text_of(&made);
        for word in words.iter().chain(&["JB-2021-00059", "HYPERLINK"]) {
            assert!(text.contains(word), "{word}: {text}");
        }
        assert_eq!(codes_of(&made, 1), [ADDRESS]);
        assert!(page_text_of(&made, 1).contains("JB-2021-00000"));
        assert!(made.pages > 1 && made.bytes == published_list(&fonts(), &paper).unwrap().bytes);
        common::keep(&format!("list-{}", language.tag()), &made.bytes);
        let workbook = published_list_workbook(&paper).unwrap();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(workbook)).unwrap();
        let mut sheet = String::new();
        archive.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
        assert!(!sheet.contains("<f>") && sheet.contains("r=\"E64\""), "{sheet}");
    }
}

#[test]
fn a_certificate_states_what_the_list_says() {
    let call = folder(CALL).call;
    let stated = Certificate::parse(&format!(
        "JBC1|JB-2021-00001-V2|示例医院|智能诊断|优胜单位|{CALL}/winners|2|{}",
        "b".repeat(64)
    ))
    .unwrap();
    for language in [Language::Zh, Language::En] {
        let made = certificate(
            &fonts(),
            &CertificatePaper {
                call: &call,
                certificate: &stated,
                class: &Text::new("优胜单位", "Winner"),
                task: &Text::new("智能诊断", "Diagnosis"),
                language,
                address: ADDRESS,
                at: at(),
            },
        )
        .unwrap();
        let text = text_of(&made);
        assert!(text.contains("示例医院") && text.contains("JB-2021-00001-V2"), "{text}");
        assert_eq!((made.pages, codes_of(&made, 1)), (1, vec![ADDRESS.to_owned()]));
        common::keep(&format!("certificate-{}", language.tag()), &made.bytes);
    }
}
