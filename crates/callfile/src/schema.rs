//! The language as JSON Schema 2020-12, for editors and for [`crate::shape`].

use serde_json::{Value as Json, json};
use std::sync::OnceLock;

use crate::document::Document;

/// The schema; made once from the types of [`crate::document`].
pub fn schema() -> &'static Json {
    static SCHEMA: OnceLock<Json> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut schema = schemars::schema_for!(Document).to_value();
        schema["$id"] = json!("urn:jiebang:call-language:1");
        schema["title"] = json!("Jiebang call file");
        schema
    })
}
