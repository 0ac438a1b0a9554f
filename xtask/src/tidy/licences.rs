//! Licences of everything that is built in, as `cargo metadata` gives them. `deny.toml` says the same for cargo-deny.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;

use super::Fault;

/// Licences that the product may be built with.
const ALLOWED: [&str; 17] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "NCSA",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

/// Locked packages for this machine whose licence is not allowed.
pub(crate) fn refused(root: &Path) -> Result<Vec<Fault>, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // What this machine builds is here already; packages of other platforms are not, and are left to cargo-deny.
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", &host()?])
        .current_dir(root)
        .output()?;
    if !output.status.success() {
        return Err(format!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let metadata: Json = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    let faults = packages.iter().filter_map(|package| {
        let (name, version) = (package["name"].as_str()?, package["version"].as_str()?);
        let licence = package["license"].as_str().unwrap_or_default();
        let message = format!("{name} {version} is under “{licence}”, which deny.toml does not allow");
        (!is_allowed(licence)).then(|| Fault { file: "Cargo.lock".to_owned(), line: 1, message })
    });
    Ok(faults.collect::<BTreeSet<_>>().into_iter().collect())
}

/// The platform that the compiler runs on.
fn host() -> Result<String, Box<dyn Error>> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output()?;
    let said = String::from_utf8(output.stdout)?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc does not name its host")?.to_owned())
}

/// Whether a licence expression can be met with allowed licences alone: one of `OR`, all of `AND`.
fn is_allowed(expression: &str) -> bool {
    // `/` is the old way to write OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let allowed = alternatives(&words, &mut at);
    allowed && at == words.len()
}

fn alternatives(words: &[&str], at: &mut usize) -> bool {
    let mut allowed = together(words, at);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        allowed |= together(words, at);
    }
    allowed
}

fn together(words: &[&str], at: &mut usize) -> bool {
    let mut allowed = one(words, at);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        allowed &= one(words, at);
    }
    allowed
}

fn one(words: &[&str], at: &mut usize) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let allowed = alternatives(words, at);
        *at += 1;
        return allowed;
    }
    match (words.get(*at), words.get(*at + 1)) {
        (Some(&"WITH"), Some(exception)) => {
            *at += 2;
            ALLOWED.contains(&format!("{word} WITH {exception}").as_str())
        }
        _ => ALLOWED.contains(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_met_with_allowed_licences() {
        for allowed in [
            "MIT",
            "MIT OR Apache-2.0",
            "MIT/Apache-2.0",
            "(MIT OR GPL-3.0-only) AND Unicode-3.0",
            "LGPL-2.1-or-later OR MIT",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0-only",
        ] {
            assert!(is_allowed(allowed), "{allowed}");
        }
        for refused in [
            "",
            "GPL-3.0-only",
            "AGPL-3.0",
            "MIT AND LGPL-2.1-only",
            "(MIT OR ISC) AND GPL-2.0",
            "MIT ISC",
            "Apache-2.0 WITH Other",
        ] {
            assert!(!is_allowed(refused), "{refused}");
        }
    }

    /// What cargo-deny allows and what is allowed here are the same.
    #[test]
    fn deny_toml_allows_the_same() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deny.toml");
        let deny: toml::Table = std::fs::read_to_string(path).expect("deny.toml").parse().expect("TOML");
        let allowed: BTreeSet<&str> = deny["licenses"]["allow"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(toml::Value::as_str)
            .collect();
        assert_eq!(allowed, ALLOWED.into_iter().collect());
    }
}
