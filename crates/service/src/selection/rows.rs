//! Rows of a workbook of experts, read cell by cell; what is wrong is told with its cell.

use std::collections::BTreeSet;

use jiebang_documents::{Row, Sheet, place_of};
use jiebang_domain::selection::{Employment, Party};
use jiebang_domain::shared::{Finding, OrganisationCode, Text};
use jiff::civil::Date;

use super::finding;
use crate::characters::is_unseen;

/// Headings of the columns, in both languages: number, name, fields, employers, account.
pub const EXPERT_COLUMNS: [(&str, &str); 5] = [
    ("编号", "Number"),
    ("姓名", "Name"),
    ("专业领域", "Fields"),
    ("任职单位", "Employers"),
    ("账号", "Account"),
];
/// Longest number, name, field or name of an employer, in characters.
const WORD_MAX: usize = 100;
/// Most fields or employers of one expert.
const PARTS_MAX: usize = 30;

/// An expert as a row says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) fields: Vec<String>,
    pub(super) employers: Vec<Employment>,
    pub(super) username: String,
}

/// Columns by place; `None` for one that the sheet does not have.
pub(super) struct Columns([Option<u32>; 5]);

impl Columns {
    /// Finds the columns.
    ///
    /// # Errors
    /// A finding on each that is missing; the account may be.
    pub(super) fn of(sheet: &Sheet) -> Result<Self, Vec<Finding>> {
        let found = EXPERT_COLUMNS.map(|(zh, en)| sheet.column(zh).or_else(|| sheet.column(en)));
        let missing = found.iter().zip(EXPERT_COLUMNS).take(4).filter(|(column, _)| column.is_none());
        let faults: Vec<Finding> = missing
            .map(|(_, (zh, en))| {
                finding(
                    "column_missing",
                    "file",
                    Text::new(format!("没有“{zh}”列"), format!("There is no column “{en}”")),
                    Text::new("按模板填写", "Fill in the template"),
                )
            })
            .collect();
        if faults.is_empty() { Ok(Self(found)) } else { Err(faults) }
    }

    fn text<'r>(&self, row: &'r Row, nth: usize) -> &'r str {
        row.text(self.0.get(nth).copied().flatten())
    }

    /// A finding on a cell.
    pub(super) fn fault(
        &self,
        row: &Row,
        nth: usize,
        message: (&str, &str),
        remedy: (&str, &str),
    ) -> Finding {
        let place = match self.0.get(nth).copied().flatten() {
            Some(column) => place_of(row.number.saturating_sub(1), column),
            None => row.number.to_string(),
        };
        let (zh, en) = EXPERT_COLUMNS.get(nth).copied().unwrap_or_default();
        finding(
            "cell_faulty",
            "file",
            Text::new(
                format!("第 {} 行“{zh}”（{place}）：{}", row.number, message.0),
                format!("Row {}, “{en}” ({place}): {}", row.number, message.1),
            ),
            Text::new(remedy.0, remedy.1),
        )
    }

    /// Reads a row.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(super) fn read(&self, row: &Row, seen: &mut BTreeSet<String>) -> Result<Read, Vec<Finding>> {
        let mut faults = Vec::new();
        let mut word = |nth: usize, needed: bool| {
            let text = self.text(row, nth).trim().to_owned();
            if let Some((message, remedy)) = word_fault(&text, needed) {
                faults.push(self.fault(row, nth, message, remedy));
            }
            text
        };
        let (code, name, username) = (word(0, true), word(1, true), word(4, false));
        if !code.is_empty() && !seen.insert(code.clone()) {
            let message = ("该编号在表中出现两次", "this number stands twice in the sheet");
            faults.push(self.fault(row, 0, message, ("每位专家只占一行", "One row for each expert")));
        }
        let fields = parts(self.text(row, 2), &['、', '；', ';', '\n', '，', ',']);
        if fields.len() > PARTS_MAX || fields.iter().any(|field| word_fault(field, true).is_some()) {
            let message =
                ("领域过多、过长或含控制符", "too many fields, or one too long or with unseen characters");
            faults.push(self.fault(row, 2, message, ("用顿号分隔，写明要点", "Separate them by semicolons")));
        }
        let mut employers = Vec::new();
        for part in parts(self.text(row, 3), &['；', ';', '\n']) {
            match employment(&part) {
                Ok(employment) => employers.push(employment),
                Err((zh, en)) => {
                    let message = (format!("“{part}”：{zh}"), format!("“{part}”: {en}"));
                    let remedy = (
                        "每个单位写作“信用代码，名称，起，止”，在职的不写止，单位之间用分号分隔",
                        "Write each as “credit code, name, from, until”, without an end while it lasts; separate them by semicolons",
                    );
                    faults.push(self.fault(row, 3, (&message.0, &message.1), remedy));
                }
            }
        }
        if employers.is_empty() && self.text(row, 3).trim().is_empty() || employers.len() > PARTS_MAX {
            let message = (
                "没有任职单位，或过多：无法判断回避",
                "no employer, or too many: conflicts could not be found",
            );
            faults.push(self.fault(
                row,
                3,
                message,
                ("填写现任和曾任单位", "Write present and former employers"),
            ));
        }
        if faults.is_empty() { Ok(Read { code, name, fields, employers, username }) } else { Err(faults) }
    }
}

type Words = (&'static str, &'static str);

fn word_fault(text: &str, needed: bool) -> Option<(Words, Words)> {
    if needed && text.is_empty() {
        return Some((("空着", "it is empty"), ("填写", "Fill it in")));
    }
    if text.chars().count() > WORD_MAX {
        return Some((("超过 100 个字符", "more than 100 characters"), ("缩短", "Make it shorter")));
    }
    let unseen = text.chars().any(is_unseen);
    unseen.then_some((("含不可见的控制符", "it holds invisible characters"), ("删去", "Delete them")))
}

fn parts(text: &str, separators: &[char]) -> Vec<String> {
    text.split(separators).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// `credit code, name, from, until`; the days may be left out.
fn employment(text: &str) -> Result<Employment, (String, String)> {
    let told = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
    let parts: Vec<&str> = text.split(['，', ',', '|']).map(str::trim).collect();
    let (code, name, days) = match parts.as_slice() {
        [code, name, days @ ..] if days.len() <= 2 => (*code, *name, days),
        _ => return Err(told("应有 2 至 4 项", "2 to 4 parts are expected")),
    };
    let code =
        OrganisationCode::parse(code).map_err(|_| told("信用代码有误", "the credit code is not right"))?;
    if let Some((message, _)) = word_fault(name, true) {
        return Err((format!("单位名称{}", message.0), format!("the name: {}", message.1)));
    }
    let day = |nth: usize| match days.get(nth).copied().unwrap_or_default() {
        "" | "至今" => Ok(None),
        day => day.parse::<Date>().map(Some).map_err(|_| {
            (format!("{day} 不是 2020-01-31 这样的日期"), format!("{day} is no date such as 2020-01-31"))
        }),
    };
    let (from, until) = (day(0)?, day(1)?);
    if from.zip(until).is_some_and(|(from, until)| until < from) {
        return Err(told("止早于起", "it ends before it begins"));
    }
    Ok(Employment { employer: Party { code, name: name.to_owned() }, from, until })
}

#[cfg(test)]
mod tests {
    use super::employment;

    #[test]
    fn an_employment_is_read_or_told() {
        let code = "91350100M000100Y43";
        let now = employment(&format!("{code}，示例单位"));
        let parts = ["2019-01-01", "2024-12-31"].join(",");
        match now {
            Ok(now) => assert!(now.from.is_none() && now.until.is_none() && now.employer.name == "示例单位"),
            Err(why) => panic!("{why:?}"),
        }
        let past = employment(&format!("{code},示例单位,{parts}")).unwrap();
        assert_eq!(past.until.unwrap().to_string(), "2024-12-31");
        for wrong in [
            "示例单位".to_owned(),
            format!("{code}x,示例单位"),
            format!("{code},"),
            format!("{code},示例单位,2019"),
            format!("{code},示例单位,2020-01-01,2019-01-01"),
            format!("{code},a,b,c,d"),
        ] {
            assert!(employment(&wrong).is_err(), "{wrong}");
        }
    }
}
