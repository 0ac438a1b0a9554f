//! The third column: what the call must answer.

use std::fmt;

use jiebang_domain::call::{Period, Span, Strength, period_ends};
use jiebang_domain::shared::{Finding, Severity};
use jiff::civil::Date;

use crate::judge::Given;
use crate::table::spans;

/// What stands for “not one finding”.
const PASSES: &str = "通过";
/// What stands for a field that the form asks.
const APPLIES: &str = "applies";
/// What stands for one that it does not ask.
const DOES_NOT_APPLY: &str = "does not apply";
/// Marks behind a clause, with what they mean.
const MARKS: [(&str, Severity); 2] = [("（原则上）", Severity::InPrinciple), ("（提示）", Severity::Warning)];

/// What a call must answer (结果).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Exactly these findings in any order; none where nothing may be found.
    Findings(Vec<Expected>),
    /// When the work period ends.
    Ends(End),
    /// Label or hint hold this text.
    Contains(String),
    /// The form asks the field, or not.
    Applies(bool),
}

/// The end of a period (期满).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Last day.
    pub on: Date,
    /// The period may end earlier: 不超过, 以内.
    pub latest: bool,
    /// 原则上.
    pub in_principle: bool,
}

impl End {
    /// The end of a period that starts on `from`.
    pub fn of(period: &Period, from: Date) -> Option<Self> {
        period_ends(period, from).map(|on| Self {
            on,
            latest: period.span != Span::Exactly,
            in_principle: period.strength == Strength::InPrinciple,
        })
    }

    /// Reads `2028-11-04` or `by 2028-11-04`.
    fn parse(text: &str, in_principle: bool) -> Option<Self> {
        let (latest, day) = text.strip_prefix("by ").map_or((false, text), |day| (true, day));
        day.parse().ok().map(|on| Self { on, latest, in_principle })
    }
}

impl fmt::Display for End {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = if self.latest { "by " } else { "" };
        let mark = if self.in_principle { MARKS[0].0 } else { "" };
        write!(formatter, "`ends {by}{}`{mark}", self.on)
    }
}

/// A finding that is expected.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expected {
    /// Code.
    pub code: String,
    /// Clause; empty for the operator's rules.
    pub clause: String,
    /// Weight.
    pub severity: Severity,
}

impl Expected {
    /// What a finding must be expected as.
    pub fn of(finding: &Finding) -> Self {
        let clause = finding.clause.as_ref().map(|clause| clause.as_str().to_owned()).unwrap_or_default();
        Self { code: finding.code.clone(), clause, severity: finding.severity }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = MARKS.iter().find(|(_, severity)| *severity == self.severity).map_or("", |(mark, _)| mark);
        write!(formatter, "`{}` {}{mark}", self.code, self.clause)
    }
}

impl Answer {
    /// Reads an answer.
    pub(crate) fn parse(cell: &str) -> Result<Self, String> {
        if cell == PASSES {
            return Ok(Self::Findings(Vec::new()));
        }
        let (around, codes) = spans(cell).ok_or("a code span of the answer is not closed")?;
        match (around.split_first(), codes.as_slice()) {
            (_, []) => Err(format!("the answer is neither {PASSES} nor a code span: “{cell}”")),
            (Some((before, _)), _) if !before.is_empty() => {
                Err(format!("“{before}” stands before the answer"))
            }
            (Some((_, behind)), [only]) if only.contains(' ') || only == APPLIES => Self::said(only, behind),
            (Some((_, behind)), codes) => {
                let mut all = codes
                    .iter()
                    .zip(behind)
                    .map(|(code, rest)| expected(code, rest))
                    .collect::<Result<Vec<_>, _>>()?;
                all.sort();
                Ok(Self::Findings(all))
            }
            (None, _) => Err("the answer is empty".to_owned()),
        }
    }

    fn said(span: &str, behind: &[String]) -> Result<Self, String> {
        let in_principle = behind.iter().all(|text| text == MARKS[0].0);
        let stray = behind.iter().find(|text| !text.is_empty());
        if let Some(stray) = stray.filter(|_| !(in_principle && span.starts_with("ends "))) {
            return Err(format!("“{stray}” stands behind the answer"));
        }
        match span.split_once(' ') {
            None => Ok(Self::Applies(true)),
            Some(_) if span == DOES_NOT_APPLY => Ok(Self::Applies(false)),
            Some(("ends", day)) => {
                End::parse(day, in_principle).map(Self::Ends).ok_or_else(|| format!("“{day}” is not a date"))
            }
            Some(("contains", text)) if !text.trim().is_empty() => Ok(Self::Contains(text.to_owned())),
            _ => Err(format!("unknown answer `{span}`")),
        }
    }

    /// Whether the call answers as it must.
    pub fn is_met_by(&self, given: &Given) -> bool {
        match (self, given) {
            (Self::Findings(expected), Given::Findings(found)) => {
                let mut found: Vec<Expected> = found.iter().map(Expected::of).collect();
                found.sort();
                *expected == found
            }
            (Self::Ends(day), Given::Ends(end)) => *end == Some(*day),
            (Self::Applies(wanted), Given::Applies(applies)) => wanted == applies,
            (Self::Contains(text), Given::Shown(shown)) => shown.iter().any(|shown| shown.contains(text)),
            _ => false,
        }
    }
}

fn expected(code: &str, rest: &str) -> Result<Expected, String> {
    let plain =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
    if code.is_empty() || !code.chars().all(plain) {
        return Err(format!("`{code}` is not the code of a finding"));
    }
    let (clause, severity) = MARKS
        .iter()
        .find_map(|(mark, severity)| rest.strip_suffix(mark).map(|clause| (clause.trim(), *severity)))
        .unwrap_or((rest, Severity::Refusal));
    if clause.contains(char::is_whitespace) {
        return Err(format!("“{clause}” is not one clause"));
    }
    Ok(Expected { code: code.to_owned(), clause: clause.to_owned(), severity })
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Findings(expected) if expected.is_empty() => formatter.write_str(PASSES),
            Self::Findings(expected) => {
                let all: Vec<String> = expected.iter().map(Expected::to_string).collect();
                formatter.write_str(&all.join(" "))
            }
            Self::Ends(end) => end.fmt(formatter),
            Self::Applies(true) => write!(formatter, "`{APPLIES}`"),
            Self::Applies(false) => write!(formatter, "`{DOES_NOT_APPLY}`"),
            Self::Contains(text) => write!(formatter, "`contains {text}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_with_clause_and_weight() {
        let answer = Answer::parse("`winner_cap_exceeded` 三(五)（原则上） `field_blank`").expect("readable");
        assert_eq!(answer.to_string(), "`field_blank`  `winner_cap_exceeded` 三(五)（原则上）");
        assert_eq!(Answer::parse("通过"), Ok(Answer::Findings(Vec::new())));
        assert_eq!(Answer::parse("`contains 3年内 a`"), Ok(Answer::Contains("3年内 a".to_owned())));
        for ends in ["`ends 2028-11-04`", "`ends by 2028-11-04`", "`ends by 2028-11-04`（原则上）"] {
            assert_eq!(Answer::parse(ends).expect("readable").to_string(), ends);
        }
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for cell in [
            "",
            "pass",
            "通过 `x` 1",
            "`x",
            "`Ends 2028-11-04`",
            "`ends soon`",
            "`ends 2028-11-04` 三",
            "`X` 1",
            "`x` 1 2",
        ] {
            assert!(Answer::parse(cell).is_err(), "{cell}");
        }
    }
}
