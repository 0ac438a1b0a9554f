//! Certificates (证书) and the string in their QR code.

use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

use super::{ListVersion, VersionStage};
use crate::shared::{Digest, Text};

/// Most characters of the number of a certificate.
pub const CERTIFICATE_NUMBER_MAX: usize = 40;
/// Most characters of another field.
const FIELD_CHARACTERS_MAX: usize = 300;
/// What a verification string begins with: kind and version of its form.
const MARK: &str = "JBC1";
/// Fields after the mark.
const FIELDS: usize = 7;

/// What a certificate states (证书事实).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Its number: letters, digits and hyphens.
    pub number: String,
    /// Unit, as on the list.
    pub unit: String,
    /// Task.
    pub task: String,
    /// Result class.
    pub class: String,
    /// Id of the list.
    pub list: String,
    /// Version of the list.
    pub version: u32,
    /// Digest of that version.
    pub digest: Digest,
}

/// Why there is no certificate, or a string is none (证书有误).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CertificateError {
    /// The string begins otherwise.
    #[error("the text is no verification string of a certificate")]
    NotOurs,
    /// A field is missing, faulty or too long.
    #[error("the field {0} of the certificate is faulty")]
    Field(&'static str),
    /// The version is under public notice only.
    #[error("version {0} of the list is not final")]
    NotFinal(u32),
    /// The application does not stand on the version.
    #[error("{0} does not stand on the list")]
    NotListed(String),
}

impl Certificate {
    /// The certificate of an entry of a final version. Task and class are printed by name, so they are given.
    ///
    /// # Errors
    /// The version is not final, the application does not stand on it, or a field is empty, too long or not printable.
    pub fn of(
        number: &str,
        application: &str,
        (task, class): (&str, &str),
        list: &str,
        version: &ListVersion,
    ) -> Result<Self, CertificateError> {
        if version.stage != VersionStage::Final {
            return Err(CertificateError::NotFinal(version.version));
        }
        let entry = version.entries.iter().find(|entry| entry.application == application);
        let entry = entry.ok_or_else(|| CertificateError::NotListed(application.to_owned()))?;
        let certificate = Self {
            number: number.to_owned(),
            unit: entry.unit.clone(),
            task: task.to_owned(),
            class: class.to_owned(),
            list: list.to_owned(),
            version: version.version,
            digest: version.digest.clone(),
        };
        certificate.checked()
    }

    /// Reads a verification string.
    ///
    /// # Errors
    /// The text is none, or one of its fields is faulty.
    pub fn parse(text: &str) -> Result<Self, CertificateError> {
        let mut parts = text.trim().split('|');
        if parts.next() != Some(MARK) {
            return Err(CertificateError::NotOurs);
        }
        let fields: Vec<&str> = parts.take(FIELDS + 1).collect();
        let [number, unit, task, class, list, version, digest] = fields[..] else {
            return Err(CertificateError::NotOurs);
        };
        let read = |text: &str, name| unescaped(text).ok_or(CertificateError::Field(name));
        let plain = version.parse::<u32>().ok().filter(|parsed| parsed.to_string() == version);
        let certificate = Self {
            number: read(number, "number")?,
            unit: read(unit, "unit")?,
            task: read(task, "task")?,
            class: read(class, "class")?,
            list: read(list, "list")?,
            version: plain.ok_or(CertificateError::Field("version"))?,
            digest: Digest::parse(digest).map_err(|_| CertificateError::Field("digest"))?,
        };
        certificate.checked()
    }

    fn checked(self) -> Result<Self, CertificateError> {
        let number = &self.number;
        let signs = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if number.is_empty() || number.len() > CERTIFICATE_NUMBER_MAX || !number.bytes().all(signs) {
            return Err(CertificateError::Field("number"));
        }
        let fields =
            [("unit", &self.unit), ("task", &self.task), ("class", &self.class), ("list", &self.list)];
        let faulty = |text: &str| {
            text.trim().is_empty()
                || text.chars().count() > FIELD_CHARACTERS_MAX
                || text.chars().any(char::is_control)
        };
        let fault = fields.into_iter().find(|(_, text)| faulty(text)).map(|(name, _)| name);
        match fault {
            Some(name) => Err(CertificateError::Field(name)),
            None if self.version == 0 => Err(CertificateError::Field("version")),
            None => Ok(self),
        }
    }
}

/// The verification string: one certificate has one string.
impl fmt::Display for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [number, unit, task, class, list] =
            [&self.number, &self.unit, &self.task, &self.class, &self.list].map(|text| escaped(text));
        let (version, digest) = (self.version, &self.digest);
        write!(formatter, "{MARK}|{number}|{unit}|{task}|{class}|{list}|{version}|{digest}")
    }
}

impl CertificateError {
    /// What is wrong.
    pub fn message(&self) -> Text {
        match self {
            Self::NotOurs => {
                Text::new("这不是证书的验证码", "This is no verification string of a certificate")
            }
            Self::Field(name) => Text::new(
                format!("证书的{name}一项缺失、有误或过长"),
                format!("The field {name} of the certificate is missing, faulty or too long"),
            ),
            Self::NotFinal(version) => Text::new(
                format!("名单第{version}版还在公示"),
                format!("Version {version} of the list is under public notice"),
            ),
            Self::NotListed(application) => Text::new(
                format!("{application}不在名单上"),
                format!("{application} does not stand on the list"),
            ),
        }
    }

    /// What would put it right.
    pub fn remedy(&self) -> Text {
        match self {
            Self::NotOurs => Text::new("扫描证书上的二维码", "Scan the QR code of the certificate"),
            Self::Field(_) => Text::new("核对证书原件", "Check the original of the certificate"),
            Self::NotFinal(_) => Text::new("公布最终名单后再发证", "Publish the final list first"),
            Self::NotListed(_) => Text::new("从最终名单中选择", "Choose an entry of the final list"),
        }
    }
}

/// `%` and `|` as `%25` and `%7C`.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('|', "%7C")
}

/// The reverse; `None` where a `%` stands for anything else.
fn unescaped(text: &str) -> Option<String> {
    let mut rest = text;
    let mut plain = String::new();
    while let Some((before, after)) = rest.split_once('%') {
        plain.push_str(before);
        let (sign, after) = match after.strip_prefix("25") {
            Some(after) => ('%', after),
            None => ('|', after.strip_prefix("7C")?),
        };
        plain.push(sign);
        rest = after;
    }
    plain.push_str(rest);
    Some(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Certificate, CertificateError};
    use crate::publication::list::tests::{entry, final_version};
    use crate::shared::Digest;

    fn certificate() -> Certificate {
        let version = final_version(vec![entry("a", "winner")]);
        Certificate::of("JB-2027-0001", "a", ("膝关节|假体", "优胜"), "winners", &version).unwrap()
    }

    #[test]
    fn a_certificate_states_what_the_final_list_says() {
        let found = certificate();
        assert_eq!((found.unit.as_str(), found.version), ("单位a", 1));
        let text = found.to_string();
        assert_eq!(text, format!("JBC1|JB-2027-0001|单位a|膝关节%7C假体|优胜|winners|1|{}", "a".repeat(64)));
        assert_eq!(Certificate::parse(&text), Ok(found));
    }

    #[test]
    fn what_is_not_listed_or_not_final_gets_none() {
        let mut version = final_version(vec![entry("a", "winner")]);
        let of = |number: &str, application: &str, version: &_| {
            Certificate::of(number, application, ("t", "c"), "winners", version)
        };
        assert_eq!(of("n", "b", &version), Err(CertificateError::NotListed("b".to_owned())));
        for number in ["", "号", "a b", &"1".repeat(41)] {
            assert_eq!(of(number, "a", &version), Err(CertificateError::Field("number")), "{number}");
        }
        version.stage = crate::publication::VersionStage::Notice;
        let error = of("n", "a", &version).unwrap_err();
        assert_eq!(error, CertificateError::NotFinal(1));
        assert!(error.message().zh.contains("公示") && !error.remedy().en.is_empty());
    }

    #[test]
    fn other_strings_are_refused() {
        let text = certificate().to_string();
        for (wrong, error) in [
            (String::new(), CertificateError::NotOurs),
            (text.replace("JBC1", "JBC2"), CertificateError::NotOurs),
            (format!("{text}|x"), CertificateError::NotOurs),
            (text.replace("|1|", "|01|"), CertificateError::Field("version")),
            (text.replace("|1|", "|0|"), CertificateError::Field("version")),
            (text.replace("%7C", "%7D"), CertificateError::Field("task")),
            (text.replace("单位a", " "), CertificateError::Field("unit")),
            (text.to_uppercase(), CertificateError::Field("digest")),
        ] {
            assert_eq!(Certificate::parse(&wrong), Err(error), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn strings_lead_back_to_their_certificate(unit in "[^\\p{C}]{1,40}", task in "[%|a2C57]{1,20}", version in 1u32..) {
            prop_assume!(!unit.trim().is_empty());
            let found = Certificate { unit, task, version, ..certificate() };
            prop_assert_eq!(Certificate::parse(&found.to_string()), Ok(found));
        }

        #[test]
        fn any_text_is_answered(text in "(JBC1)?[|a-f0-9%]{0,120}") {
            if let Ok(found) = Certificate::parse(&text) {
                prop_assert_eq!(Digest::parse(found.digest.as_str()), Ok(found.digest.clone()));
            }
        }
    }
}
