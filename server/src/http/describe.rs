//! What an endpoint takes and answers, as its function's own types say it: whoever changes a function changes the API's
//! description with it. docs/decisions/openapi.md says why it is done here.

use axum::extract::{RawQuery, State};
use http::{StatusCode, request::Parts};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{
    AnyHead, Caller, OwnHead, Person,
    problem::{Json, Path, Problem, Query},
    rest::{Accepted, Created},
    version::{IfMatch, Tagged},
};

/// Tells what an endpoint takes and answers.
pub type Describe = fn(&mut Operation<'_>);

/// An endpoint's description in the making (OpenAPI 3.1, section 4.8.10).
#[derive(Debug)]
pub struct Operation<'a> {
    schemas: &'a mut SchemaGenerator,
    /// The names of the parameters in the path.
    places: Vec<String>,
    parameters: Vec<Value>,
    body: Option<Value>,
    responses: Map<String, Value>,
    signed_in: SignedIn,
}

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SignedIn {
    /// Anybody.
    Nobody,
    /// Whoever has a session or a token.
    Anyhow,
    /// Whoever has a session.
    BySession,
}

impl<'a> Operation<'a> {
    /// For the endpoint at that path: `/api/v1/apps/{id}`.
    pub(super) fn new(path: &str, schemas: &'a mut SchemaGenerator) -> Self {
        let places = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let places = places.map(ToOwned::to_owned).collect();
        Self { schemas, places, parameters: Vec::new(), body: None, responses: Map::new(), signed_in: SignedIn::Nobody }
    }

    /// As JSON.
    pub(super) fn finish(self) -> Map<String, Value> {
        let mut operation = Map::new();
        if !self.parameters.is_empty() {
            operation.insert("parameters".to_owned(), self.parameters.into());
        }
        if let Some(body) = self.body {
            operation.insert("requestBody".to_owned(), body);
        }
        operation.insert("responses".to_owned(), self.responses.into());
        match self.signed_in {
            SignedIn::Nobody => _ = operation.insert("security".to_owned(), json!([])),
            SignedIn::BySession => _ = operation.insert("security".to_owned(), json!([{ "session": [] }])),
            // As the whole document says.
            SignedIn::Anyhow => {}
        }
        operation
    }

    /// Adds a parameter in `place` (`path`, `query` or `header`). What is known of the schema moves up where it belongs.
    pub(super) fn parameter(&mut self, place: &str, name: &str, required: bool, schema: Schema) {
        let mut schema = Value::from(schema);
        let about = schema.as_object_mut().and_then(|s| s.remove("description"));
        let mut parameter = json!({ "name": name, "in": place, "required": required, "schema": schema });
        if let Some((about, parameter)) = about.zip(parameter.as_object_mut()) {
            parameter.insert("description".to_owned(), about);
        }
        self.parameters.push(parameter);
    }

    /// Adds an answer.
    pub(super) fn response(&mut self, status: StatusCode, answer: Value) {
        self.responses.insert(status.as_str().to_owned(), answer);
    }

    fn json<T: JsonSchema>(&mut self) -> Value {
        json!({ "application/json": { "schema": self.schemas.subschema_for::<T>() } })
    }

    fn answers<T: JsonSchema>(&mut self, status: StatusCode) {
        let content = self.json::<T>();
        let about = status.canonical_reason().unwrap_or_default();
        self.response(status, json!({ "description": about, "content": content }));
    }

    /// The schema itself, where a reference stands for it.
    fn resolved(&self, schema: &Schema) -> Value {
        let schema = Value::from(schema.clone());
        let name = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.rsplit('/').next());
        name.and_then(|name| self.schemas.definitions().get(name)).cloned().unwrap_or(schema)
    }
}

/// What an endpoint's function takes.
pub trait Input {
    /// Adds it to the description; most of it is not of the caller's making.
    fn describe(_operation: &mut Operation<'_>) {}
}

impl<S> Input for State<S> {}
impl Input for Parts {}
impl Input for RawQuery {}

impl Input for Caller {
    fn describe(operation: &mut Operation<'_>) {
        operation.signed_in = SignedIn::Anyhow;
        operation.response(StatusCode::UNAUTHORIZED, problem("Nobody is signed in."));
    }
}

impl Input for AnyHead {
    fn describe(operation: &mut Operation<'_>) {
        Caller::describe(operation);
    }
}

impl Input for Person {
    fn describe(operation: &mut Operation<'_>) {
        OwnHead::describe(operation);
    }
}

impl Input for OwnHead {
    fn describe(operation: &mut Operation<'_>) {
        operation.signed_in = SignedIn::BySession;
        operation.response(StatusCode::UNAUTHORIZED, problem("Nobody is signed in."));
    }
}

impl<T: JsonSchema> Input for Json<T> {
    fn describe(operation: &mut Operation<'_>) {
        let content = operation.json::<T>();
        operation.body = Some(json!({ "required": true, "content": content }));
    }
}

impl<T: JsonSchema> Input for Query<T> {
    fn describe(operation: &mut Operation<'_>) {
        let schema = operation.schemas.subschema_for::<T>();
        let schema = operation.resolved(&schema);
        let needed: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for (name, value) in schema["properties"].as_object().into_iter().flatten() {
            // The path has it already.
            if operation.places.iter().any(|place| place == name) {
                continue;
            }
            let value = Schema::try_from(value.clone()).unwrap_or_default();
            operation.parameter("query", name, needed.contains(&name.as_str()), value);
        }
    }
}

impl<T: JsonSchema> Input for Path<T> {
    fn describe(operation: &mut Operation<'_>) {
        let schema = operation.schemas.subschema_for::<T>();
        let places = operation.places.clone();
        let several = Value::from(schema.clone())["prefixItems"].as_array().cloned().unwrap_or_default();
        for (i, place) in places.iter().enumerate() {
            let one =
                several.get(i).and_then(|one| Schema::try_from(one.clone()).ok()).unwrap_or_else(|| schema.clone());
            operation.parameter("path", place, true, one);
        }
        operation.response(StatusCode::NOT_FOUND, problem("There is no such thing, or one may not see it."));
    }
}

impl Input for IfMatch {
    fn describe(operation: &mut Operation<'_>) {
        let schema = schemars::json_schema!({
            "type": "string",
            "description": "The `ETag` of the version that the change is meant for.",
            "examples": ["\"3\""],
        });
        operation.parameter("header", "If-Match", false, schema);
        operation.response(StatusCode::PRECONDITION_FAILED, problem("It has another version by now."));
    }
}

/// What an endpoint's function answers.
pub trait Output {
    /// Adds it to the description.
    fn describe(operation: &mut Operation<'_>);
}

impl<T: Output> Output for Result<T, Problem> {
    fn describe(operation: &mut Operation<'_>) {
        T::describe(operation);
        operation.responses.insert("default".to_owned(), problem("What stands in the way."));
    }
}

impl<T: JsonSchema> Output for axum::Json<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<T>(StatusCode::OK);
    }
}

impl<T: JsonSchema> Output for Created<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<T>(StatusCode::CREATED);
    }
}

impl<T: JsonSchema> Output for Accepted<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<T>(StatusCode::ACCEPTED);
    }
}

impl<T: JsonSchema> Output for Tagged<T> {
    fn describe(operation: &mut Operation<'_>) {
        let content = operation.json::<T>();
        let tag = json!({ "description": "The version, for `If-Match`.", "schema": { "type": "string" } });
        operation
            .response(StatusCode::OK, json!({ "description": "OK", "headers": { "ETag": tag }, "content": content }));
    }
}

/// The functions that answer with a status alone do so when there is nothing to say.
impl Output for StatusCode {
    fn describe(operation: &mut Operation<'_>) {
        operation.response(Self::NO_CONTENT, json!({ "description": "Done." }));
    }
}

/// A function whose endpoint can be described. `I` is what it takes.
pub trait Described<I> {
    /// Tells what it takes and answers.
    fn describe(operation: &mut Operation<'_>);
}

macro_rules! described {
    ($(($($input:ident),*)),* $(,)?) => {$(
        impl<F, A, O, $($input),*> Described<($($input,)*)> for F
        where
            F: FnOnce($($input),*) -> A,
            A: Future<Output = O>,
            O: Output,
            $($input: Input),*
        {
            fn describe(operation: &mut Operation<'_>) {
                $($input::describe(operation);)*
                O::describe(operation);
            }
        }
    )*};
}

described!((), (I1), (I1, I2), (I1, I2, I3), (I1, I2, I3, I4), (I1, I2, I3, I4, I5));

/// An answer that is a problem.
fn problem(about: &str) -> Value {
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    json!({ "description": about, "content": { "application/problem+json": { "schema": schema } } })
}
