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
    repeat::{self, Heed},
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
    if let Some(heed) = repeat::heed(&endpoint.method, &endpoint.path) {
        let about = match heed {
            Heed::Answer | Heed::Newcomer => "A key of the sender's choice: what is sent again with it is done once.",
            Heed::Secret => {
                "A key of the sender's choice: what is sent again with it is done once. The answer shows a secret and is not \
                 given again: 409 names what was made."
            }
        };
        let key = schemars::json_schema!({
            "type": "string",
            "description": about,
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

    /// Changes that are meant for no version, each with the reason.
    const FOR_ANY_VERSION: [(&str, &str); 8] = [
        ("/api/v1/accounts/{id}/disabled", "a switch: whatever was, it is on afterwards"),
        ("/api/v1/accounts/{id}/password", "nobody reads a password, and so none is changed from what was read"),
        ("/api/v1/session/code/passkey", "a ceremony, which is good for one answer"),
        ("/api/v1/session/passkey", "a ceremony, which is good for one answer"),
        ("/api/v1/session/passkeys", "a ceremony, which is good for one answer"),
        ("/api/v1/session/password", "it names the password that it replaces"),
        ("/api/v1/session/second-factor", "it confirms what the same session has begun"),
        ("/api/v1/tenants/{id}/suspended", "a switch, refused where it is on already"),
    ];

    #[test]
    fn whatever_is_changed_can_be_changed_from_the_version_that_was_read() {
        let (mut without, mut untagged) = (Vec::new(), Vec::new());
        let document = &*DOCUMENT;
        for (path, methods) in document["paths"].as_object().expect("paths") {
            let Some(put) = methods.get("put") else { continue };
            let mut parameters = put["parameters"].as_array().into_iter().flatten();
            if !parameters.any(|p| p["in"] == "header" && p["name"] == "If-Match") {
                without.push(path.as_str());
            } else if let Some(get) = methods.get("get")
                && get["responses"]["200"]["headers"]["ETag"].is_null()
            {
                untagged.push(path.as_str());
            }
        }
        without.sort_unstable();
        let listed: Vec<_> = FOR_ANY_VERSION.iter().map(|(path, _)| *path).collect();
        assert_eq!(without, listed, "heed If-Match (version.rs), or say here why there is no need");
        assert!(untagged.is_empty(), "their ETag is not told: {untagged:?}");
    }

    #[test]
    fn no_answer_with_a_secret_is_kept() {
        let secrets =
            ["MadeToken", "MadeLink", "Enrolment", "RecoveryCodes"].map(|n| format!("#/components/schemas/{n}"));
        let mut found = HashSet::new();
        for Endpoint { method, path, .. } in endpoints() {
            let responses = &DOCUMENT["paths"][&path][method.as_str().to_lowercase()]["responses"];
            let mut to = HashSet::new();
            references(responses, &mut to);
            let shown: Vec<_> = secrets.iter().filter(|secret| to.contains(*secret)).collect();
            if method == http::Method::POST && !shown.is_empty() {
                assert_eq!(repeat::heed(&method, &path), Some(Heed::Secret), "{path}");
                found.extend(shown);
            }
        }
        assert_eq!(found.len(), secrets.len(), "{found:?}");
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
