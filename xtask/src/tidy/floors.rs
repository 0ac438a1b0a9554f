//! Arrows: crates depend only on lower floors, rooms of the domain only on rooms to their left.

use super::{Fault, File, House};

/// Floors from the bottom. A crate depends on crates of lower floors only.
const FLOORS: [&[&str]; 8] = [
    &["domain", "ledger"],
    &["store"],
    &["callfile", "documents", "matching", "store-postgres", "store-sqlite", "validation"],
    &["cases"],
    &["service"],
    &["web"],
    &["server"],
    &["testkit", "xtask"],
];

/// Rooms of the domain from the left.
const ROOMS: [&str; 9] = [
    "shared",
    "identity",
    "call",
    "application",
    "recommendation",
    "selection",
    "race",
    "evaluation",
    "publication",
];

/// What a floor must not know, by packages that would let it know.
const FORBIDDEN: [(&str, &[&str]); 4] = [
    ("domain", &["axum", "hyper", "http", "sqlx", "tokio", "toml", "reqwest", "rand"]),
    ("callfile", &["axum", "hyper", "http", "sqlx", "tokio"]),
    ("store", &["axum", "hyper", "http", "toml"]),
    ("service", &["axum", "hyper", "askama"]),
];

/// The crate that a manifest belongs to.
fn crate_of(file: &File) -> Option<&str> {
    let folder = file.path.strip_suffix("/Cargo.toml")?;
    Some(folder.strip_prefix("crates/").unwrap_or(folder)).filter(|name| !name.contains('/'))
}

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&name))
}

/// Packages under `[dependencies]` and `[build-dependencies]`, with their lines.
fn dependencies_of(file: &File) -> Vec<(usize, String)> {
    let mut counts = false;
    let mut found = Vec::new();
    for (nth, line) in file.text.lines().enumerate() {
        let line = line.trim();
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            counts = section.ends_with("dependencies") && !section.ends_with("dev-dependencies");
        } else if counts
            && let Some(name) =
                line.split(['=', '.', ' ']).next().filter(|name| !name.is_empty() && !name.starts_with('#'))
        {
            found.push((nth + 1, name.to_owned()));
        }
    }
    found
}

/// Crates that depend on their own floor or a higher one.
pub(crate) fn dependencies(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in &house.files {
        let Some(name) = crate_of(file) else { continue };
        let Some(own) = floor(name) else {
            faults.push(
                file.fault(1, format!("{name} stands on no floor; give it one in xtask/src/tidy/floors.rs")),
            );
            continue;
        };
        for (line, dependency) in dependencies_of(file) {
            let Some(below) = dependency.strip_prefix("jiebang-") else { continue };
            if floor(below).is_none_or(|below| below >= own) {
                faults.push(
                    file.fault(
                        line,
                        format!("{name} may not depend on {below}: dependencies point down only"),
                    ),
                );
            }
        }
    }
    faults
}

/// Packages that would let a floor know what it must not know.
pub(crate) fn forbidden_below(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in &house.files {
        let Some((name, forbidden)) =
            crate_of(file).and_then(|name| FORBIDDEN.iter().find(|(floor, _)| *floor == name))
        else {
            continue;
        };
        for (line, dependency) in dependencies_of(file) {
            if forbidden.contains(&dependency.as_str()) {
                faults.push(file.fault(line, format!("{name} must not know {dependency}")));
            }
        }
    }
    faults
}

/// Rooms of the domain that read a room to their right.
pub(crate) fn rooms(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in house.files.iter().filter(|file| file.is_rust()) {
        let Some(room) =
            file.path.strip_prefix("crates/domain/src/").and_then(|path| path.split(['/', '.']).next())
        else {
            continue;
        };
        let Some(own) = ROOMS.iter().position(|known| *known == room) else {
            if room != "lib" {
                faults.push(file.fault(1, format!("{room} is no room of the domain")));
            }
            continue;
        };
        for (nth, line) in file.code.lines().enumerate() {
            for right in ROOMS.iter().skip(own + 1).filter(|right| reads(line, right)) {
                faults.push(
                    file.fault(nth + 1, format!("{room} may not read {right}, which lies to its right")),
                );
            }
        }
    }
    faults
}

fn reads(line: &str, room: &str) -> bool {
    let path = format!("crate::{room}");
    line.match_indices(&path).any(|(at, _)| {
        let behind = line[at + path.len()..].chars().next();
        behind.is_none_or(|character| !character.is_alphanumeric() && character != '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house(path: &str, text: &str) -> House {
        let file = File { path: path.to_owned(), text: text.to_owned(), code: text.to_owned() };
        House { files: vec![file], calls: Vec::new() }
    }

    #[test]
    fn dependencies_point_down() {
        let upward = "[dependencies]\njiebang-web.workspace = true\njiebang-domain.workspace = true\n[dev-dependencies]\njiebang-testkit.workspace = true\n";
        let faults = dependencies(&house("crates/service/Cargo.toml", upward));
        assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [2]);
        assert_eq!(dependencies(&house("crates/attic/Cargo.toml", "")).len(), 1);
        assert_eq!(
            forbidden_below(&house("crates/domain/Cargo.toml", "[dependencies]\ntokio = \"1\"\n")).len(),
            1
        );
    }

    #[test]
    fn rooms_read_to_the_left() {
        let text = "use crate::shared::Text;\nuse crate::application::Draft;\nuse crate::call_x::Y;\n";
        let faults = rooms(&house("crates/domain/src/call/model.rs", text));
        assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [2]);
        assert_eq!(rooms(&house("crates/domain/src/identity/mod.rs", "crate::call::X")).len(), 1);
    }
}
