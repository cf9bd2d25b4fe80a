//! The API's description (OpenAPI 3.1), made from the list of endpoints and their functions' types.

use std::{collections::BTreeMap, sync::LazyLock};

use app::{
    i18n::Lang,
    reference,
    shell::{THEME_COOKIE, Theme},
};
use axum::{
    extract::State,
    response::{Html, IntoResponse, Redirect, Response},
};
use http::{HeaderValue, StatusCode, header, request::Parts};
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    Caller, HttpState,
    describe::{Operation, Output},
    problem::{cookie, language},
    repeat,
    router::{Endpoint, endpoints},
};

/// Our own style sheet and typeface, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; frame-ancestors 'none'";

/// Made once: it depends on nothing but the program.
static DOCUMENT: LazyLock<Value> = LazyLock::new(document);

/// `GET /openapi.json`
pub async fn get_document(_caller: Caller) -> Document {
    Document
}

/// `GET /reference`: the description as a page, for whoever is signed in.
pub async fn get_reference(State(state): State<HttpState>, parts: Parts) -> Response {
    if !matches!(state.door.0.viewer(&parts).await, Ok(Some(_))) {
        return Redirect::to("/sign-in?next=%2Freference").into_response();
    }
    let lang: Lang = language(&parts.headers);
    let theme = Theme::parse(cookie(&parts.headers, THEME_COOKIE).unwrap_or_default());
    let mut response = Html(reference::page(&DOCUMENT, lang, theme, &state.assets)).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The description on the wire.
#[derive(Debug)]
pub struct Document;

impl IntoResponse for Document {
    fn into_response(self) -> Response {
        static TEXT: LazyLock<String> = LazyLock::new(text);
        ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()
    }
}

impl Output for Document {
    fn describe(operation: &mut Operation<'_>) {
        let content = json!({ "application/json": { "schema": { "type": "object" } } });
        operation.response(StatusCode::OK, json!({ "description": "This description.", "content": content }));
    }
}

/// Files and streams, whose bodies are no JSON.
impl Output for Response {
    fn describe(operation: &mut Operation<'_>) {
        operation.response(StatusCode::OK, json!({ "description": "OK", "content": { "*/*": {} } }));
    }
}

// Here for their schema alone: `problem::render` writes them.
/// Problem details (RFC 9457).
#[derive(Serialize, JsonSchema)]
struct Problem {
    /// Always `about:blank`.
    r#type: String,
    /// The status in words.
    title: String,
    /// The status.
    status: u16,
    /// The class, for programs.
    kind: app::ErrorKind,
    /// What is wrong and the way out, for people, in the language that was asked for.
    detail: String,
    /// The fields that are wrong.
    #[serde(default)]
    errors: Vec<FieldProblem>,
    /// The request's id, under which the log has more.
    request_id: Option<String>,
}

/// What is wrong with a field.
#[derive(Serialize, JsonSchema)]
struct FieldProblem {
    /// The field's name, as in the request.
    field: String,
    /// What is wrong and the way out.
    detail: String,
}

/// The description as text.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&*DOCUMENT).unwrap_or_default();
    text.push('\n');
    text
}

fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| s.definitions_path = "/components/schemas".into());
    let mut schemas = settings.into_generator();
    schemas.subschema_for::<Problem>();
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for endpoint in endpoints() {
        let operation = operation(&endpoint, &mut schemas);
        paths.entry(endpoint.path).or_default().insert(endpoint.method.as_str().to_lowercase(), operation.into());
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Longshore",
            "version": "v1",
            "description": "Everything that the pages can do. docs/api.md says how to sign in and what errors mean.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }, { "session": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "session": { "type": "apiKey", "in": "cookie", "name": "longshore" },
            },
        },
    })
}

fn operation(endpoint: &Endpoint, schemas: &mut SchemaGenerator) -> Map<String, Value> {
    let mut operation = Operation::new(&endpoint.path, schemas);
    (endpoint.describe)(&mut operation);
    if repeat::heeds(&endpoint.method, &endpoint.path) {
        let key = schemars::json_schema!({
            "type": "string",
            "description": "A key of the sender's choice: what is sent again with it is done once.",
            "maxLength": 255,
        });
        operation.parameter("header", "Idempotency-Key", false, key);
    }
    let mut described = Map::new();
    let noun = endpoint.path.split('/').nth(3).unwrap_or_default().trim_end_matches(".json");
    described.insert("tags".to_owned(), json!([noun]));
    described.insert("operationId".to_owned(), endpoint.name.into());
    described.insert("summary".to_owned(), sentence(endpoint.name).into());
    described.append(&mut operation.finish());
    described
}

/// `list_tenant_accounts` as people write it.
fn sentence(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// `UPDATE_DOCS=1 cargo test -p longshore-server openapi` writes it anew.
    #[test]
    fn the_committed_description_is_this_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, text()).expect("written");
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(committed == text(), "docs/openapi.json is stale; the test's comment says how to write it anew");
    }

    fn references(value: &Value, into: &mut HashSet<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value.as_str() {
                        Some(to) if name == "$ref" => drop(into.insert(to.to_owned())),
                        _ => references(value, into),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, into)),
            _ => {}
        }
    }

    #[test]
    fn every_endpoint_has_a_name_of_its_own_and_every_reference_leads_somewhere() {
        let document = &*DOCUMENT;
        let mut names = HashSet::new();
        for endpoint in endpoints() {
            let operation = &document["paths"][&endpoint.path][endpoint.method.as_str().to_lowercase()];
            let name = operation["operationId"].as_str().expect("a name");
            assert!(names.insert(name.to_owned()), "{name} twice");
            let places = operation["parameters"].as_array().into_iter().flatten().filter(|p| p["in"] == "path");
            assert_eq!(places.count(), endpoint.path.matches('{').count(), "{name}");
        }
        let mut to = HashSet::new();
        references(document, &mut to);
        for to in to {
            let pointer = to.strip_prefix('#').expect("within the document");
            assert!(document.pointer(pointer).is_some(), "{to}");
        }
    }

    #[test]
    fn what_is_asked_and_answered_is_described() {
        let document = &*DOCUMENT;
        let put = &document["paths"]["/api/v1/roles/{id}"]["put"];
        let body = &put["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        assert_eq!(body, "#/components/schemas/RoleForm");
        let headers: Vec<_> = put["parameters"].as_array().expect("some").iter().map(|p| p["name"].clone()).collect();
        assert_eq!(headers, ["id", "If-Match"]);
        assert_eq!(
            put["responses"]["200"]["content"]["application/json"]["schema"]["$ref"],
            "#/components/schemas/RoleRow"
        );
        assert!(put["responses"]["412"].is_object());
        assert_eq!(document["paths"]["/api/v1/session"]["post"]["security"], json!([]));
        assert_eq!(sentence("list_roles"), "List roles");
    }
}
