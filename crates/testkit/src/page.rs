//! A page as somebody without scripts reads it: words, links, forms with what they would send.

use std::collections::BTreeMap;

/// A piece of a page.
enum Piece<'p> {
    Open { tag: &'p str, attributes: BTreeMap<&'p str, String> },
    Close(&'p str),
    Words(&'p str),
}

/// A link (链接).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Address.
    pub href: String,
    /// Words.
    pub words: String,
}

/// What a control of a form is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlKind {
    /// A value that nobody sees.
    Hidden,
    /// A value that somebody types: a box, a text area.
    Typed,
    /// One of a group of radios or checkboxes.
    Choice,
    /// A list to choose from.
    Select,
    /// A file.
    File,
    /// A button that sends the form.
    Button,
}

/// A control of a form (控件).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// Kind.
    pub kind: ControlKind,
    /// Name that is sent.
    pub name: String,
    /// Value that is sent.
    pub value: String,
    /// It is sent as it stands.
    pub on: bool,
    /// Values that a list offers.
    pub options: Vec<String>,
}

/// A form with its values (表单).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Address that it is sent to.
    pub action: String,
    /// It is posted.
    pub posts: bool,
    /// It can carry files.
    pub multipart: bool,
    /// Controls in order.
    pub controls: Vec<Control>,
}

impl Form {
    /// Whether it offers a control of this name.
    pub fn offers(&self, name: &str) -> bool {
        self.controls.iter().any(|control| control.name == name && control.kind != ControlKind::Button)
    }

    /// The value that a name would be sent with.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.controls
            .iter()
            .find(|control| control.name == name && control.on)
            .map(|control| control.value.as_str())
    }

    /// Fills a control in, as a person can: a choice must be one that is offered.
    ///
    /// # Panics
    /// When the form offers no such control or choice: the test has failed.
    #[track_caller]
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        let mut offered = false;
        for control in self.controls.iter_mut().filter(|control| control.name == name) {
            match control.kind {
                ControlKind::Choice => {
                    control.on = control.value == value;
                    offered |= control.on;
                }
                ControlKind::Select => {
                    assert!(
                        control.options.iter().any(|option| option == value),
                        "{name} offers no “{value}”"
                    );
                    value.clone_into(&mut control.value);
                    offered = true;
                }
                ControlKind::Hidden | ControlKind::Typed => {
                    value.clone_into(&mut control.value);
                    offered = true;
                }
                ControlKind::File | ControlKind::Button => {}
            }
        }
        let names =
            || self.controls.iter().map(|control| control.name.as_str()).collect::<Vec<_>>().join(" ");
        assert!(offered, "the form to {} offers no {name} = “{value}”; it has {}", self.action, names());
        self
    }

    /// Fills in a box that is ticked or not; radios take `yes` and `no`.
    ///
    /// # Panics
    /// When the form offers no such control.
    #[track_caller]
    pub fn tick(&mut self, name: &str, on: bool) -> &mut Self {
        let choices = self.controls.iter().filter(|control| control.name == name).count();
        if choices > 1 {
            return self.set(name, if on { "yes" } else { "no" });
        }
        let boxed = self
            .controls
            .iter_mut()
            .find(|control| control.name == name && control.kind == ControlKind::Choice);
        boxed.unwrap_or_else(|| panic!("no box {name}")).on = on;
        self
    }

    /// What is sent without pressing a button of its own name, in order.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let sent = |control: &&Control| {
            control.on && !matches!(control.kind, ControlKind::File | ControlKind::Button)
        };
        self.controls
            .iter()
            .filter(sent)
            .map(|control| (control.name.clone(), control.value.clone()))
            .collect()
    }

    /// Names of the file controls.
    pub fn files(&self) -> Vec<&str> {
        let files = self.controls.iter().filter(|control| control.kind == ControlKind::File);
        files.map(|control| control.name.as_str()).collect()
    }
}

/// All forms of a page in order.
pub(crate) fn forms(html: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut open = false;
    // A text area, or the choice of a list, whose words are still to come.
    let mut area = false;
    for piece in Pieces(html) {
        match piece {
            Piece::Open { tag: "form", attributes } => {
                let attribute = |name| attributes.get(name).cloned().unwrap_or_default();
                open = true;
                forms.push(Form {
                    action: attribute("action"),
                    posts: attribute("method").eq_ignore_ascii_case("post"),
                    multipart: attribute("enctype") == "multipart/form-data",
                    controls: Vec::new(),
                });
            }
            Piece::Close("form") => open = false,
            Piece::Open { tag, attributes } if open => {
                let Some(form) = forms.last_mut() else { continue };
                area = tag == "textarea";
                match (tag, control(tag, &attributes)) {
                    (_, Some(control)) => form.controls.push(control),
                    ("option", None) => option(form, &attributes),
                    _ => {}
                }
            }
            Piece::Close("textarea") => area = false,
            Piece::Words(words) if open && area => {
                if let Some(control) = forms.last_mut().and_then(|form| form.controls.last_mut()) {
                    // Browsers drop the first line break of a text area.
                    control.value.push_str(&unescape(words.strip_prefix('\n').unwrap_or(words)));
                }
            }
            Piece::Close(_) | Piece::Open { .. } | Piece::Words(_) => {}
        }
    }
    forms
}

fn control(tag: &str, attributes: &BTreeMap<&str, String>) -> Option<Control> {
    let attribute = |name| attributes.get(name).cloned().unwrap_or_default();
    let kind = match (tag, attribute("type").as_str()) {
        ("textarea", _) => ControlKind::Typed,
        ("select", _) => ControlKind::Select,
        ("button", _) | ("input", "submit") => ControlKind::Button,
        ("input", "hidden") => ControlKind::Hidden,
        ("input", "radio" | "checkbox") => ControlKind::Choice,
        ("input", "file") => ControlKind::File,
        ("input", _) => ControlKind::Typed,
        _ => return None,
    };
    let name = attribute("name");
    if name.is_empty() || attributes.contains_key("disabled") {
        return None;
    }
    let on = kind != ControlKind::Choice || attributes.contains_key("checked");
    Some(Control { kind, name, value: attribute("value"), on, options: Vec::new() })
}

fn option(form: &mut Form, attributes: &BTreeMap<&str, String>) {
    let Some(select) = form.controls.last_mut().filter(|control| control.kind == ControlKind::Select) else {
        return;
    };
    let value = attributes.get("value").cloned().unwrap_or_default();
    if select.options.is_empty() || attributes.contains_key("selected") {
        select.value.clone_from(&value);
    }
    select.options.push(value);
}

/// All links of a page in order.
pub(crate) fn links(html: &str) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    let mut open = false;
    for piece in Pieces(html) {
        match piece {
            Piece::Open { tag: "a", attributes } => {
                open = true;
                links.push(Link {
                    href: attributes.get("href").cloned().unwrap_or_default(),
                    words: String::new(),
                });
            }
            Piece::Close("a") => open = false,
            Piece::Words(words) if open => {
                if let Some(link) = links.last_mut() {
                    link.words.push_str(unescape(words).trim());
                }
            }
            _ => {}
        }
    }
    links
}

/// The words of a page, with one space between pieces.
pub(crate) fn words(html: &str) -> String {
    let mut all = String::new();
    for piece in Pieces(html) {
        if let Piece::Words(words) = piece {
            for word in unescape(words).split_whitespace() {
                if !all.is_empty() {
                    all.push(' ');
                }
                all.push_str(word);
            }
        }
    }
    all
}

/// Ids of the elements of a page.
pub(crate) fn ids(html: &str) -> Vec<String> {
    Pieces(html)
        .filter_map(|piece| match piece {
            Piece::Open { attributes, .. } => attributes.get("id").cloned(),
            Piece::Close(_) | Piece::Words(_) => None,
        })
        .collect()
}

/// Splits a page into pieces. What is no tag is words.
struct Pieces<'p>(&'p str);

impl<'p> Iterator for Pieces<'p> {
    type Item = Piece<'p>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let text = self.0;
            if text.is_empty() {
                return None;
            }
            let Some(rest) = text.strip_prefix('<') else {
                let end = text.find('<').unwrap_or(text.len());
                self.0 = &text[end..];
                return Some(Piece::Words(&text[..end]));
            };
            if let Some(comment) = rest.strip_prefix("!--") {
                self.0 = comment.split_once("-->").map_or("", |(_, rest)| rest);
                continue;
            }
            if let Some(closing) = rest.strip_prefix('/') {
                let (tag, rest) = closing.split_once('>').unwrap_or((closing, ""));
                self.0 = rest;
                return Some(Piece::Close(tag.trim()));
            }
            let named = rest
                .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '!')
                .unwrap_or(rest.len());
            let (attributes, after) = attributes(&rest[named..]);
            self.0 = after;
            return Some(Piece::Open { tag: &rest[..named], attributes });
        }
    }
}

/// Attributes of a tag, and what follows the tag.
fn attributes(mut text: &str) -> (BTreeMap<&str, String>, &str) {
    let mut attributes = BTreeMap::new();
    loop {
        text = text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '/');
        if text.is_empty() {
            return (attributes, text);
        }
        if let Some(after) = text.strip_prefix('>') {
            return (attributes, after);
        }
        let end =
            text.find(|letter: char| letter.is_whitespace() || "=>/".contains(letter)).unwrap_or(text.len());
        let (name, rest) = text.split_at(end.max(1).min(text.len()));
        let Some(value) = rest.strip_prefix('=') else {
            attributes.insert(name, String::new());
            text = rest;
            continue;
        };
        let (value, rest) = match value.strip_prefix('"') {
            Some(value) => value.split_once('"').unwrap_or((value, "")),
            None => value.split_at(
                value.find(|letter: char| letter.is_whitespace() || letter == '>').unwrap_or(value.len()),
            ),
        };
        attributes.insert(name, unescape(value));
        text = rest;
    }
}

/// Undoes the escapes that templates write.
fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(place) = rest.find('&') {
        plain.push_str(&rest[..place]);
        rest = &rest[place..];
        match rest.split_once(';').and_then(|(entity, after)| Some((character(entity)?, after))) {
            Some((character, after)) => {
                plain.push(character);
                rest = after;
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "&amp" => Some('&'),
        "&lt" => Some('<'),
        "&gt" => Some('>'),
        "&quot" => Some('"'),
        "&nbsp" => Some('\u{a0}'),
        _ => {
            let number = entity.strip_prefix("&#")?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r##"<!doctype html><p>甲 &amp; 乙&#60;b&#62;</p><!-- <a href="no"> -->
<a class="x" href="/calls/1?a=1&amp;b=2#c">查 <b>看</b></a>
<form method="post" action="/x" enctype="multipart/form-data"><input type="hidden" name="version" value="3">
<input id="n" name="name" type="text" value="a &#34;b&#34;"><input name="kind" type="radio" value="1">
<input name="kind" type="radio" value="2" checked><input type="checkbox" name="box" value="yes">
<select name="list"><option value="">-</option><option value="l" selected>L</option></select>
<textarea name="long">
two
lines</textarea><input type="file" name="evidence.a.0"><button name="act" value="next">go</button></form><p id="end"></p>"##;

    #[test]
    fn forms_send_what_browsers_send() {
        let forms = forms(PAGE);
        let [form] = &forms[..] else { panic!("{forms:?}") };
        assert!(form.posts && form.multipart && form.action == "/x");
        let sent = form.pairs();
        let sent: Vec<(&str, &str)> =
            sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            sent,
            [("version", "3"), ("name", "a \"b\""), ("kind", "2"), ("list", "l"), ("long", "two\nlines")]
        );
        assert_eq!(form.files(), ["evidence.a.0"]);
        let mut form = form.clone();
        form.set("kind", "1").set("list", "").tick("box", true);
        assert_eq!(
            (form.value("kind"), form.value("list"), form.value("box")),
            (Some("1"), Some(""), Some("yes"))
        );
    }

    #[test]
    #[should_panic(expected = "offers no kind")]
    fn a_choice_that_is_not_offered_cannot_be_made() {
        forms(PAGE)[0].set("kind", "3");
    }

    #[test]
    fn words_and_links_are_read() {
        assert!(words(PAGE).starts_with("甲 & 乙<b>"), "{}", words(PAGE));
        assert_eq!(links(PAGE), [Link { href: "/calls/1?a=1&b=2#c".to_owned(), words: "查看".to_owned() }]);
        assert_eq!(ids(PAGE), ["n", "end"]);
    }
}
