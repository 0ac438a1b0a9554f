//! Where shared files and calls are found: beside the call, in the operator's folder, embedded in the binary.

use rust_embed::RustEmbed;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Largest file that is read, in bytes.
pub const FILE_BYTES_MAX: u64 = 1 << 20;

/// The calls that come with the product.
#[derive(RustEmbed)]
#[folder = "../../calls"]
#[include = "*.toml"]
struct Embedded;

/// Finds shared files by name.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// The operator's folder of calls (`--calls`).
    pub calls: Option<PathBuf>,
    /// Shared files by name that were kept with a published call; they come before all others.
    pub kept: BTreeMap<String, String>,
}

impl Library {
    /// The text of a shared file, looked up beside the call, then in the operator's folder, then among the embedded ones.
    pub fn shared(&self, name: &str, call_folder: Option<&Path>) -> Option<String> {
        let plain = |character: char| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
        };
        if name.is_empty() || !name.chars().all(plain) {
            return None;
        }
        if let Some(kept) = self.kept.get(name) {
            return Some(kept.clone());
        }
        let file = format!("{name}.toml");
        let mut places: Vec<PathBuf> = Vec::new();
        if let Some(folder) = call_folder {
            places.push(folder.join(&file));
            places.push(folder.join("shared").join(&file));
            places.push(folder.join("..").join("shared").join(&file));
        }
        if let Some(calls) = &self.calls {
            places.push(calls.join("shared").join(&file));
        }
        places.iter().find_map(|place| read_small(place)).or_else(|| embedded(&format!("shared/{file}")))
    }

    /// Ids of the embedded calls and of the operator's own, in order.
    pub fn ids(&self) -> Vec<String> {
        let mut ids: Vec<String> =
            Embedded::iter().filter_map(|path| path.strip_suffix("/call.toml").map(str::to_owned)).collect();
        let own = self.calls.as_ref().and_then(|calls| std::fs::read_dir(calls).ok());
        for entry in own.into_iter().flatten().flatten() {
            if entry.path().join("call.toml").is_file() {
                ids.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        ids.sort();
        ids.dedup();
        ids
    }

    /// Sample applications that come with an embedded call: name and text.
    pub fn samples(&self, id: &str) -> Vec<(String, String)> {
        let folder = format!("{id}/cases/");
        Embedded::iter()
            .filter_map(|path| {
                let name = path.strip_prefix(&folder)?.strip_suffix(".toml")?.to_owned();
                Some((name, embedded(&path)?))
            })
            .collect()
    }

    /// The text of a call by id, and the folder it stands in when it is not embedded.
    pub fn call(&self, id: &str) -> Option<(String, Option<PathBuf>)> {
        let own = self.calls.as_ref().map(|calls| calls.join(id));
        if let Some(folder) = own
            && self.ids().iter().any(|known| known == id)
            && let Some(text) = read_small(&folder.join("call.toml"))
        {
            return Some((text, Some(folder)));
        }
        embedded(&format!("{id}/call.toml")).map(|text| (text, None))
    }

    /// The text of the plan of a call by its id, and the folder it stands in when it is not embedded.
    pub fn plan(&self, id: &str) -> Option<(String, Option<PathBuf>)> {
        let own = self.calls.as_ref().map(|calls| calls.join(id));
        if let Some(folder) = own
            && self.ids().iter().any(|known| known == id)
            && folder.join("call.toml").is_file()
        {
            return read_small(&folder.join("plan.toml")).map(|text| (text, Some(folder)));
        }
        embedded(&format!("{id}/plan.toml")).map(|text| (text, None))
    }

    /// The text of the call in a folder.
    pub(crate) fn beside(&self, folder: &Path) -> Option<String> {
        read_small(&folder.join("call.toml"))
    }
}

fn read_small(path: &Path) -> Option<String> {
    let size = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?.len();
    (size <= FILE_BYTES_MAX).then(|| std::fs::read_to_string(path).ok()).flatten()
}

fn embedded(path: &str) -> Option<String> {
    Embedded::get(path).and_then(|file| String::from_utf8(file.data.into_owned()).ok())
}
