//! Checks of what people type about organisations and themselves: all findings at once, each at its field.

use jiebang_domain::shared::{
    Finding, OrganisationCode, Region, Severity, Text, character_count, counted, is_picture,
};

use super::requests::{ChangeOrganisation, RegisterOrganisation};
use crate::ServiceError;
use crate::characters::{is_format, is_full_width, is_unseen};

const NAME_CHARACTERS_MAX: usize = 100;
const PERSON_CHARACTERS_MAX: usize = 50;
const ADDRESS_CHARACTERS_MAX: usize = 200;
/// A run of Latin letters counts as one 字, so that the length in code points is bounded as well.
const CODE_POINTS_PER_CHARACTER_MAX: usize = 8;
const EMAIL_BYTES_MAX: usize = 254;
const USERNAME_CHARACTERS_MIN: usize = 3;
pub(super) const USERNAME_CHARACTERS_MAX: usize = 64;
const PASSWORD_CHARACTERS_MIN: usize = 10;
pub(super) const PASSWORD_CHARACTERS_MAX: usize = 200;

/// Findings so far.
#[derive(Debug, Default)]
pub(super) struct Checks {
    findings: Vec<Finding>,
}

/// What a person chose, cleaned.
pub(super) struct Person {
    pub(super) name: String,
    pub(super) username: String,
    pub(super) password: String,
    pub(super) email: String,
}

/// What a person typed.
pub(super) struct Typed<'a> {
    pub(super) person_name: &'a str,
    pub(super) username: &'a str,
    pub(super) password: &'a str,
    pub(super) email: &'a str,
}

impl From<&RegisterOrganisation> for ChangeOrganisation {
    fn from(sent: &RegisterOrganisation) -> Self {
        Self {
            name: sent.name.clone(),
            kind: sent.kind.clone(),
            region: sent.region.clone(),
            legal_representative: sent.legal_representative.clone(),
            address: sent.address.clone(),
            mainland: sent.mainland,
            legal_person: sent.legal_person,
        }
    }
}

impl Checks {
    /// Goes on only without findings.
    pub(super) fn finish(self) -> Result<(), ServiceError> {
        if self.findings.is_empty() { Ok(()) } else { Err(ServiceError::Invalid(self.findings)) }
    }

    pub(super) fn add(&mut self, code: &str, field: &str, message: Text, remedy: Text) {
        self.findings.push(Finding {
            code: code.to_owned(),
            severity: Severity::Refusal,
            clause: None,
            field: Some(field.to_owned()),
            message,
            remedy,
        });
    }

    /// The code of an organisation, in its one form.
    pub(super) fn code(&mut self, field: &str, text: &str) -> Option<OrganisationCode> {
        match OrganisationCode::parse(text) {
            Ok(code) => Some(code),
            Err(fault) => {
                let code = if text.trim().is_empty() { "field_blank" } else { "code_invalid" };
                self.add(code, field, fault.message(), fault.remedy());
                None
            }
        }
    }

    /// The data of an organisation, cleaned. Findings are in the order of the form.
    pub(super) fn organisation(
        &mut self,
        sent: &ChangeOrganisation,
        kinds: &[(String, Text)],
    ) -> ChangeOrganisation {
        let name = self.line("name", &Text::new("单位名称", "name"), &sent.name, NAME_CHARACTERS_MAX, true);
        if !kinds.iter().any(|(id, _)| *id == sent.kind) {
            self.add(
                if sent.kind.is_empty() { "field_blank" } else { "choice_unknown" },
                "kind",
                Text::new("没有选择单位性质", "No kind of organisation is chosen"),
                Text::new("从列表中选择一项", "Choose one from the list"),
            );
        }
        self.region("region", &sent.region);
        let legal_representative = self.line(
            "legal_representative",
            &Text::new("法定代表人", "legal representative"),
            &sent.legal_representative,
            PERSON_CHARACTERS_MAX,
            true,
        );
        let address = self.line(
            "address",
            &Text::new("单位地址", "address"),
            &sent.address,
            ADDRESS_CHARACTERS_MAX,
            false,
        );
        for (field, label, chosen) in [
            (
                "mainland",
                Text::new("在中华人民共和国境内注册", "Registered in mainland China"),
                sent.mainland,
            ),
            ("legal_person", Text::new("具有独立法人资格", "An independent legal person"), sent.legal_person),
        ] {
            if chosen.is_none() {
                let message = label.around("没有选择是否", "", "“", "” is not answered");
                self.add("field_blank", field, message, Text::new("选择“是”或“否”", "Choose yes or no"));
            }
        }
        let (kind, region) = (sent.kind.clone(), sent.region.clone());
        ChangeOrganisation { name, kind, region, legal_representative, address, ..*sent }
    }

    /// The region of a code.
    pub(super) fn region(&mut self, field: &str, code: &str) -> Option<Region> {
        let region = Region::parse(code);
        match &region {
            Some(_) => {}
            None if trimmed(code).is_empty() => self.add(
                "field_blank",
                field,
                Text::new("没有选择注册地", "No region of registration is chosen"),
                Text::new(
                    "从列表中选择省、自治区、直辖市、计划单列市或兵团",
                    "Choose a province, city or the Corps from the list",
                ),
            ),
            None => {
                let shown: String = code.chars().take(20).collect();
                self.add(
                    "region_unknown",
                    field,
                    Text::new(
                        format!("没有代码为“{shown}”的地区"),
                        format!("No region has the code “{shown}”"),
                    ),
                    Text::new(
                        "省、自治区、直辖市用两位代码，如11；计划单列市用六位，如440300；兵团用66",
                        "Two digits for a province, such as 11; six for a city with separate planning status, such as 440300; 66 for the Corps",
                    ),
                );
            }
        }
        region
    }

    /// Who the person is and how to log in.
    pub(super) fn person(&mut self, typed: &Typed<'_>) -> Person {
        let label = Text::new("姓名", "name of the person");
        let name = self.line("person_name", &label, typed.person_name, PERSON_CHARACTERS_MAX, true);
        let username = self.username(typed.username);
        self.password(typed.password, &username);
        let email = self.email(typed.email);
        Person { name, username, password: typed.password.to_owned(), email }
    }

    /// A single line of text: without white space around it, control characters or pictures, and not too long.
    fn line(
        &mut self,
        field: &str,
        label: &Text,
        text: &str,
        characters_max: usize,
        required: bool,
    ) -> String {
        let text = trimmed(text);
        if text.is_empty() {
            if required {
                self.add(
                    "field_blank",
                    field,
                    label.around("", "未填写", "The ", " is missing"),
                    label.around("填写", "", "Enter the ", ""),
                );
            }
            return String::new();
        }
        if let Some((position, character)) = find(text, is_unseen) {
            self.unseen_character(field, label, position, character);
        } else if let Some((position, character)) = find(text, is_picture) {
            self.add(
                "picture_character",
                field,
                label.around(
                    "",
                    &format!("第{position}个字符“{character}”是图形符号"),
                    &format!("Character {position} of the "),
                    &format!(", “{character}”, is a picture"),
                ),
                Text::new("只用文字、数字和标点", "Use letters, digits and punctuation only"),
            );
        }
        let (count, points) = (character_count(text), text.chars().count());
        if count > characters_max {
            self.add(
                "text_too_long",
                field,
                label.around(
                    "",
                    &format!("有{count}字，上限{characters_max}字"),
                    "The ",
                    &format!(" has {count} characters; the limit is {characters_max}"),
                ),
                Text::new("缩短后再填", "Shorten it"),
            );
        } else if points > characters_max * CODE_POINTS_PER_CHARACTER_MAX {
            self.add(
                "text_too_long",
                field,
                label.around("", "过长", "The ", " is too long"),
                Text::new("缩短后再填", "Shorten it"),
            );
        }
        text.to_owned()
    }

    /// The login name in its one form: lower case.
    fn username(&mut self, text: &str) -> String {
        let label = Text::new("用户名", "username");
        let username = username_form(text);
        let length = username.chars().count();
        if username.is_empty() {
            let message = Text::new("未填写用户名", "The username is missing");
            self.add("field_blank", "username", message, Text::new("填写用户名", "Enter a username"));
        } else if let Some((position, character)) = find(&username, is_full_width) {
            self.full_width(&label, "username", position, character);
        } else if let Some((position, character)) = find(&username, is_unseen) {
            self.unseen_character("username", &label, position, character);
        } else if let Some((position, character)) =
            find(&username, |character| !is_username_character(character))
        {
            self.add(
                "username_invalid",
                "username",
                Text::new(
                    format!("用户名第{position}个字符“{character}”不能使用"),
                    format!("Character {position} of the username, “{character}”, cannot be used"),
                ),
                Text::new("只用半角字母、数字和 . _ - @", "Use half-width letters, digits and . _ - @ only"),
            );
        } else if !(USERNAME_CHARACTERS_MIN..=USERNAME_CHARACTERS_MAX).contains(&length) {
            self.add(
                "username_invalid",
                "username",
                Text::new(
                    format!("用户名有{length}个字符"),
                    format!("The username has {}", counted(length, "character", "characters")),
                ),
                Text::new(
                    format!("用{USERNAME_CHARACTERS_MIN}至{USERNAME_CHARACTERS_MAX}个字符"),
                    format!("Use {USERNAME_CHARACTERS_MIN} to {USERNAME_CHARACTERS_MAX} characters"),
                ),
            );
        }
        username
    }

    /// A password: long enough, not the username. The message never repeats it.
    pub(super) fn password(&mut self, password: &str, username: &str) {
        let length = password.chars().count();
        let fault = if password.is_empty() {
            Some(("field_blank", Text::new("未填写密码", "The password is missing")))
        } else if length < PASSWORD_CHARACTERS_MIN {
            Some((
                "password_too_short",
                Text::new(
                    format!("密码只有{length}个字符"),
                    format!("The password has only {}", counted(length, "character", "characters")),
                ),
            ))
        } else if length > PASSWORD_CHARACTERS_MAX {
            Some((
                "password_too_long",
                Text::new(format!("密码有{length}个字符"), format!("The password has {length} characters")),
            ))
        } else if !username.is_empty() && password.to_lowercase().contains(username) {
            Some(("password_is_username", Text::new("密码中有用户名", "The password holds the username")))
        } else if is_guessed_first(password) {
            Some((
                "password_common",
                Text::new(
                    "密码太常见，最先被人猜到",
                    "The password is among the first that anybody would guess",
                ),
            ))
        } else if password.chars().any(is_unseen) {
            Some((
                "control_character",
                Text::new("密码中有看不见的控制字符", "The password holds an invisible control character"),
            ))
        } else {
            None
        };
        if let Some((code, message)) = fault {
            let remedy = Text::new(
                format!(
                    "用{PASSWORD_CHARACTERS_MIN}至{PASSWORD_CHARACTERS_MAX}个字符，不含用户名；几个不相干的词最好记"
                ),
                format!(
                    "Use {PASSWORD_CHARACTERS_MIN} to {PASSWORD_CHARACTERS_MAX} characters without the username; a few \
                     unrelated words are easy to remember"
                ),
            );
            self.add(code, "password", message, remedy);
        }
    }

    fn email(&mut self, text: &str) -> String {
        let text = trimmed(text);
        if let Some((position, character)) = find(text, is_full_width) {
            self.full_width(&Text::new("电子邮箱", "e-mail address"), "email", position, character);
        } else if !text.is_empty() && !is_email(text) {
            let shown: String = text.chars().filter(|character| !is_unseen(*character)).take(60).collect();
            self.add(
                "email_invalid",
                "email",
                Text::new(
                    format!("“{shown}”不是电子邮箱地址"),
                    format!("“{shown}” is not an e-mail address"),
                ),
                Text::new(
                    "按 name@example.org 的格式填写，或留空",
                    "Write it like name@example.org, or leave it empty",
                ),
            );
        }
        text.to_owned()
    }

    fn full_width(&mut self, label: &Text, field: &str, position: usize, character: char) {
        let plain = u32::from(character).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(' ');
        self.add(
            "full_width",
            field,
            label.around(
                "",
                &format!("第{position}个字符“{character}”是全角字符"),
                &format!("Character {position} of the "),
                &format!(", “{character}”, is full-width"),
            ),
            Text::new(format!("改用半角“{plain}”"), format!("Use the half-width “{plain}”")),
        );
    }

    fn unseen_character(&mut self, field: &str, label: &Text, position: usize, character: char) {
        let name = format!("U+{:04X}", u32::from(character));
        self.add(
            "control_character",
            field,
            label.around(
                "",
                &format!("第{position}个字符是看不见的控制字符（{name}）"),
                &format!("Character {position} of the "),
                &format!(" is an invisible control character ({name})"),
            ),
            Text::new("删去该字符，或重新输入", "Delete it, or type the text anew"),
        );
    }
}

/// A label with words around it in both languages.
trait Around {
    fn around(&self, zh_before: &str, zh_after: &str, en_before: &str, en_after: &str) -> Text;
}

impl Around for Text {
    fn around(&self, zh_before: &str, zh_after: &str, en_before: &str, en_after: &str) -> Text {
        Text::new(format!("{zh_before}{}{zh_after}", self.zh), format!("{en_before}{}{en_after}", self.en))
    }
}

/// The one form in which login names are stored and looked up.
pub(super) fn username_form(text: &str) -> String {
    trimmed(text).to_ascii_lowercase()
}

/// Without white space and invisible characters around it, which copying leaves there.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || is_format(character))
}

/// The first such character and its place, counted from 1.
fn find(text: &str, wanted: impl Fn(char) -> bool) -> Option<(usize, char)> {
    (1..).zip(text.chars()).find(|(_, character)| wanted(*character))
}

/// Rows of keys and characters that passwords run along.
const RUNS: [&str; 6] = [
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "qazwsxedcrfvtgbyhnujm",
];
/// What people choose besides, without its digits at both ends.
const COMMON: [&str; 16] = [
    "password",
    "passw0rd",
    "p@ssw0rd",
    "admin",
    "administrator",
    "root",
    "qwerty",
    "iloveyou",
    "welcome",
    "letmein",
    "changeme",
    "woaini",
    "abc",
    "a",
    "test",
    "mima",
];

/// A few characters repeated, a run along the keys, or a common word with digits around it.
fn is_guessed_first(password: &str) -> bool {
    let lower = password.to_lowercase();
    let characters: Vec<char> = lower.chars().collect();
    let repeats = (1..=characters.len() / 2)
        .any(|period| characters.iter().zip(characters.iter().skip(period)).all(|(one, later)| one == later));
    let backwards: String = characters.iter().rev().collect();
    let runs = RUNS.iter().any(|run| run.contains(&lower) || run.contains(&backwards));
    let signs = |character: char| character.is_ascii_digit() || "!@#$.*".contains(character);
    let word = lower.trim_matches(signs);
    repeats || runs || word.is_empty() || COMMON.contains(&word)
}

fn is_username_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || ".-_@".contains(character)
}

fn is_email(text: &str) -> bool {
    let plain = |character: char| character.is_ascii_graphic() && !"()<>,;:\\\"[]".contains(character);
    let host = |host: &str| {
        host.contains('.')
            && host.split('.').all(|label| {
                !label.is_empty()
                    && label.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
            })
    };
    text.len() <= EMAIL_BYTES_MAX
        && text.chars().all(plain)
        && text.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && host(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(check: impl FnOnce(&mut Checks)) -> Vec<(String, String)> {
        let mut checks = Checks::default();
        check(&mut checks);
        for finding in &checks.findings {
            for text in [&finding.message, &finding.remedy] {
                assert!(!text.zh.is_empty() && !text.en.is_empty());
            }
        }
        checks.findings.into_iter().map(|finding| (finding.field.unwrap(), finding.code)).collect()
    }

    fn line(text: &str) -> Vec<String> {
        let label = Text::new("名称", "name");
        found(|checks| drop(checks.line("name", &label, text, 5, true)))
            .into_iter()
            .map(|(_, code)| code)
            .collect()
    }

    #[test]
    fn passwords_that_everybody_tries_are_refused() {
        for password in [
            "1234567890",
            "0987654321",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "qwertyuiop",
            "1qaz2wsx3edc",
            "Password123!",
            "admin123456",
            "5201314520131",
            "1q2w3e4r5t",
            "abcdefghij",
        ] {
            assert!(is_guessed_first(password), "{password}");
        }
        for password in ["correct horse battery", "xiaoyuan-hehua", "Tr0ub4dor&3x", "我家门前有两棵枣树啊"]
        {
            assert!(!is_guessed_first(password), "{password}");
        }
    }

    #[test]
    fn lines_are_clean_and_short() {
        for text in ["揭榜单位甲", " 揭榜 ", "\u{feff}A-1 公司\u{200b}", "（中国）甲", "a b c d e"]
        {
            assert!(line(text).is_empty(), "{text}");
        }
        for (text, code) in [
            ("", "field_blank"),
            ("\u{3000} ", "field_blank"),
            ("\u{200b}", "field_blank"),
            ("揭榜单位甲乙", "text_too_long"),
            (&"a".repeat(41), "text_too_long"),
            ("揭\0榜", "control_character"),
            ("揭\n榜", "control_character"),
            ("甲\u{202e}乙", "control_character"),
            ("甲\u{200d}乙", "control_character"),
            ("甲🚀", "picture_character"),
            ("甲☀", "picture_character"),
        ] {
            assert_eq!(line(text), [code], "{text:?}");
        }
    }

    #[test]
    fn the_place_of_a_wrong_character_is_said() {
        let mut checks = Checks::default();
        checks.username("li１23");
        checks.line("name", &Text::new("名称", "name"), "甲\u{7}乙", 5, true);
        let [first, second] = &checks.findings[..] else { panic!() };
        assert_eq!(first.code, "full_width");
        assert!(first.message.zh.contains("第3个字符“１”是全角字符"), "{}", first.message.zh);
        assert!(first.remedy.en.contains("half-width “1”"));
        assert!(
            second.message.en.contains("Character 2 of the name") && second.message.en.contains("U+0007")
        );
    }

    #[test]
    fn usernames_are_plain() {
        let mut checks = Checks::default();
        assert_eq!(checks.username(" Li.Ming-2@example.org "), "li.ming-2@example.org");
        checks.finish().unwrap();
        for (text, code) in [
            ("", "field_blank"),
            ("ab", "username_invalid"),
            (&"a".repeat(65), "username_invalid"),
            ("李明明", "username_invalid"),
            ("li ming", "username_invalid"),
            ("ｌｉｍｉｎｇ", "full_width"),
            ("li\u{202e}ming", "control_character"),
        ] {
            assert_eq!(
                found(|checks| drop(checks.username(text))),
                [("username".to_owned(), code.to_owned())],
                "{text}"
            );
        }
    }

    #[test]
    fn passwords_are_long_and_not_the_name() {
        for (password, code) in [
            ("", "field_blank"),
            ("123456789", "password_too_short"),
            ("密码密码密码密码密", "password_too_short"),
            (&"x".repeat(201), "password_too_long"),
            ("LiMing.2025", "password_is_username"),
            ("correct\nhorse", "control_character"),
            ("密码密码密码密码密码", "password_common"),
        ] {
            let found = found(|checks| checks.password(password, "liming.2025"));
            assert_eq!(found, [("password".to_owned(), code.to_owned())], "{password}");
        }
        let long: String =
            (0..).flat_map(|nth| format!("词{nth}").chars().collect::<Vec<_>>()).take(200).collect();
        for password in ["correct horse", "没有人猜得到的密码串", &long] {
            assert!(found(|checks| checks.password(password, "liming")).is_empty());
        }
    }

    #[test]
    fn addresses_for_mail_look_like_them() {
        for text in ["", "a@b.cn", "li.ming+1@mail.example.org", " a@b.cn "] {
            assert!(found(|checks| drop(checks.email(text))).is_empty(), "{text}");
        }
        for text in
            ["a", "a@", "@b.cn", "a@b", "a@b..cn", "a b@c.cn", "a@b.cn\r\nBcc: x@y.cn", "<a@b.cn>", "a@@b.cn"]
        {
            let found = found(|checks| drop(checks.email(text)));
            assert_eq!(found, [("email".to_owned(), "email_invalid".to_owned())], "{text}");
        }
        assert_eq!(found(|checks| drop(checks.email("a＠b.cn")))[0].1, "full_width");
    }
}
