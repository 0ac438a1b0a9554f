//! One operation as the document describes it. Each room tells what its routes take and answer beside their handlers; the types that
//! handlers read and write make the schemas.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use jiebang_service::Scope;

use super::body::KEY_BYTES_MAX;
use super::problem::{KIND, ProblemShape};

/// Makes the schema of a type.
type Describe = fn(&mut SchemaGenerator) -> Schema;
/// A media type, and what stands in it.
type Content = (&'static str, Describe);

/// What an operation takes and answers (操作).
pub(super) struct Operation {
    /// In lower case.
    pub(super) method: &'static str,
    /// Address with `{names}`.
    pub(super) path: &'static str,
    id: &'static str,
    summary: &'static str,
    scope: Option<Scope>,
    parameters: Vec<Value>,
    body: Option<(&'static str, bool, Describe)>,
    answers: Vec<(u16, &'static str, Option<Content>)>,
    problems: Vec<u16>,
}

impl Operation {
    /// An operation of a token that has this scope; `None` where none is asked for.
    pub(super) fn new(
        (method, path): (&'static str, &'static str),
        id: &'static str,
        summary: &'static str,
        scope: Option<Scope>,
    ) -> Self {
        let mut problems = vec![500, 503];
        if scope.is_some() {
            problems.extend([401, 403]);
        } else {
            // A token that is sent in vain is refused everywhere.
            problems.push(401);
        }
        if method != "get" {
            problems.push(429);
        }
        let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let parameters: Vec<Value> = names.map(in_path).collect();
        if !parameters.is_empty() {
            problems.push(404);
        }
        Self { method, path, id, summary, scope, parameters, body: None, answers: Vec::new(), problems }
    }

    /// Takes a JSON body.
    pub(super) fn takes<T: JsonSchema>(mut self) -> Self {
        self.body = Some(("application/json", true, |generator| generator.subschema_for::<T>()));
        self.problems.extend([400, 413, 415, 422]);
        self
    }

    /// Takes a JSON body that may be left out.
    pub(super) fn may_take<T: JsonSchema>(self) -> Self {
        let mut taking = self.takes::<T>();
        if let Some((_, required, _)) = &mut taking.body {
            *required = false;
        }
        taking
    }

    /// Takes a form with a file.
    pub(super) fn takes_file<T: JsonSchema>(mut self) -> Self {
        self.body = Some(("multipart/form-data", true, |generator| generator.subschema_for::<T>()));
        self.problems.extend([400, 413, 415, 422]);
        self
    }

    /// May be repeated with its key.
    pub(super) fn once(mut self) -> Self {
        self.parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "Makes a repeated request the same request: it is answered as before and done once. Another request \
                            with the same key is refused (422).",
            "schema": { "type": "string", "minLength": 1, "maxLength": KEY_BYTES_MAX, "pattern": "^[!-~]+$" },
        }));
        self.problems.extend([400, 422]);
        self
    }

    /// Says which version it goes out from.
    pub(super) fn versioned(mut self) -> Self {
        self.parameters.push(json!({
            "name": "If-Match",
            "in": "header",
            "required": false,
            "description": "The ETag that was seen; or give version in the body. One of the two is needed (428).",
            "schema": { "type": "string", "pattern": "^\"[0-9]{1,15}\"$" },
        }));
        self.problems.extend([400, 409, 428]);
        self
    }

    /// Takes a value of the query.
    pub(super) fn query(mut self, name: &str, description: &str, schema: Value) -> Self {
        self.parameters.push(json!({
            "name": name, "in": "query", "required": false, "description": description, "schema": schema,
        }));
        self.problems.push(400);
        self
    }

    /// Answers JSON of this type.
    pub(super) fn answers<T: JsonSchema>(mut self, status: u16, description: &'static str) -> Self {
        let describe: Describe = |generator| generator.subschema_for::<T>();
        self.answers.push((status, description, Some(("application/json", describe))));
        self
    }

    /// Answers with a file of one of these types.
    pub(super) fn answers_file(mut self, kinds: [&'static str; 3], description: &'static str) -> Self {
        let bytes: Describe = |_| schemars::json_schema!({});
        self.answers.extend(kinds.map(|kind| (200, description, Some((kind, bytes)))));
        self
    }

    /// Answers with nothing.
    pub(super) fn done(mut self, description: &'static str) -> Self {
        self.answers.push((204, description, None));
        self
    }

    /// May also be refused with these statuses.
    pub(super) fn or(mut self, problems: &[u16]) -> Self {
        self.problems.extend(problems);
        self
    }

    /// As the document says it.
    pub(super) fn described(&self, generator: &mut SchemaGenerator) -> Value {
        let mut described = json!({
            "operationId": self.id,
            "summary": self.summary,
            "tags": [self.path.split('/').nth(3).unwrap_or_default()],
            "parameters": self.parameters,
            "responses": self.responses(generator),
            "security": match self.scope {
                Some(scope) => json!([{ "token": [scope.id()] }]),
                None => json!([]),
            },
        });
        if let Some((kind, required, describe)) = &self.body {
            let schema = describe(generator);
            described["requestBody"] =
                json!({ "required": required, "content": { *kind: { "schema": schema } } });
        }
        described
    }

    fn responses(&self, generator: &mut SchemaGenerator) -> Value {
        let mut responses = Map::new();
        for (status, description, content) in &self.answers {
            let answer =
                responses.entry(status.to_string()).or_insert_with(|| json!({ "description": description }));
            if let Some((kind, describe)) = content {
                answer["content"][*kind] = json!({ "schema": describe(generator) });
            }
        }
        let mut problems = self.problems.clone();
        problems.sort_unstable();
        problems.dedup();
        let problem = generator.subschema_for::<ProblemShape>();
        for status in problems {
            let content = json!({ KIND: { "schema": problem } });
            responses
                .insert(status.to_string(), json!({ "description": meaning(status), "content": content }));
        }
        Value::Object(responses)
    }
}

fn in_path(name: &str) -> Value {
    let (description, schema) = match name {
        "id" => ("Id.", json!({ "type": "string", "minLength": 1, "maxLength": 100 })),
        "call" => ("Id of the call.", json!({ "type": "string", "minLength": 1, "maxLength": 100 })),
        "region" => (
            "Code of the region that recommends.",
            json!({ "type": "string", "pattern": "^[0-9]{2}([0-9]{4})?$" }),
        ),
        "number" => ("Number of the receipt.", json!({ "type": "string", "minLength": 1, "maxLength": 100 })),
        "file" => ("Id of the file.", json!({ "type": "string", "minLength": 1, "maxLength": 100 })),
        "member" => (
            "Number of the member, the lead being 0.",
            json!({ "type": "integer", "minimum": 1, "maximum": 1_000_000 }),
        ),
        "version" => ("Version, from 1.", json!({ "type": "integer", "minimum": 1, "maximum": 1_000_000 })),
        _ => ("Part of the address.", json!({ "type": "string" })),
    };
    json!({ "name": name, "in": "path", "required": true, "description": description, "schema": schema })
}

/// What a status means throughout.
fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request cannot be read; the finding says where.",
        401 => "No token, or one that is not valid.",
        403 => "The token, or its account, may not do this.",
        404 => "It is not there, or not this account's business.",
        409 => {
            "It is too late, the state does not allow it, or somebody else changed it first: then with both states."
        }
        410 => "What it said was erased by law.",
        413 => "The body is too large.",
        415 => "The body is of another type.",
        422 => {
            "What was sent is not accepted; findings say all of it. Or the key belongs to another request."
        }
        428 => "The version that was seen is missing.",
        429 => "Too many requests; Retry-After says when to go on.",
        500 => "A fault of ours.",
        507 => "There is no room to keep it.",
        _ => "The service cannot do this now.",
    }
}
