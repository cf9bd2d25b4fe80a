//! The API's reference for people: the description of the endpoints as a page of our own, which needs no script.

use leptos::prelude::*;
use serde_json::Value;

use crate::{assets::Assets, i18n::Lang, shell::Theme, t};

/// The methods in the order in which people look for them.
const METHODS: [&str; 4] = ["get", "post", "put", "delete"];

/// The page for a description (OpenAPI 3.1), as HTML.
pub fn page(document: &Value, lang: Lang, theme: Theme, assets: &Assets) -> String {
    let owner = Owner::new();
    let html = owner.with(|| {
        provide_context(lang);
        whole(document, lang, theme, assets).to_html()
    });
    owner.cleanup();
    format!("<!DOCTYPE html>{html}")
}

fn whole(document: &Value, lang: Lang, theme: Theme, assets: &Assets) -> impl IntoView + use<> {
    let nouns = by_noun(document);
    let contents = nouns.iter().map(|(noun, _)| {
        view! {
            <li>
                <a href=format!("#{noun}")>{noun.clone()}</a>
            </li>
        }
    });
    let contents = contents.collect_view();
    let nouns = nouns.into_iter().map(|(noun, operations)| {
        let id = noun.clone();
        view! {
            <section class="section" id=id>
                <div class="section-head"><h2>{noun}</h2></div>
                {operations}
            </section>
        }
    });
    let nouns = nouns.collect_view();
    let schemas = fields(&document["components"]["schemas"]);
    let schemas = schemas.map(|(name, schema)| schema_part(name, schema)).collect_view();
    let title = t!("API reference", "API 参考");
    view! {
        <html lang=lang.tag() data-theme=theme.0>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=assets.0.css.clone() />
                <title>{title} " · Longshore"</title>
            </head>
            <body>
                <main class="page reference" id="main">
                    <header class="page-header">
                        <h1>{title}</h1>
                    </header>
                    <p class="page-lead">
                        {t!(
                            "Everything that the pages can do, scripts can do with a token.",
                            "页面能做的一切，脚本都可以凭令牌完成。",
                        )} " "
                        <a href="/settings/tokens">{t!("Your tokens", "我的令牌")}</a> " · "
                        <a href="/api/v1/openapi.json">"OpenAPI 3.1"</a> " · " <a href="/">"Longshore"</a>
                    </p>
                    <nav aria-label=t!("Nouns", "资源")>
                        <ul class="tiles">{contents}</ul>
                    </nav>
                    {nouns}
                    <section class="section" id="schemas">
                        <div class="section-head"><h2>{t!("What is sent and answered", "请求与响应的结构")}</h2></div>
                        {schemas}
                    </section>
                </main>
            </body>
        </html>
    }
}

/// The endpoints of each noun, in the order of their paths.
fn by_noun(document: &Value) -> Vec<(String, Vec<AnyView>)> {
    let mut nouns: Vec<(String, Vec<AnyView>)> = Vec::new();
    for (path, methods) in fields(&document["paths"]) {
        for method in METHODS {
            let operation = &methods[method];
            let Some(noun) = operation["tags"][0].as_str() else { continue };
            let part = operation_part(path, method, operation);
            match nouns.iter_mut().find(|(name, _)| name == noun) {
                Some((_, parts)) => parts.push(part),
                None => nouns.push((noun.to_owned(), vec![part])),
            }
        }
    }
    nouns
}

fn operation_part(path: &str, method: &str, operation: &Value) -> AnyView {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let parameters = parameters.iter().map(|parameter| {
        let needed = parameter["required"] == true;
        row(
            &word(&parameter["name"]),
            &word(&parameter["in"]),
            needed,
            &parameter["schema"],
            &word(&parameter["description"]),
        )
    });
    let parameters: Vec<_> = parameters.collect();
    let parameters = (!parameters.is_empty()).then(|| table(t!("Parameters", "参数"), parameters));
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    let body = (!body.is_null()).then(|| view! { <p>{t!("Body: ", "请求正文：")} {kind(body)}</p> });
    let open = operation["security"].as_array().is_some_and(Vec::is_empty);
    let open = open.then(|| view! { <p class="muted">{t!("Nobody need be signed in.", "无需登录。")}</p> });
    let answers = fields(&operation["responses"]).map(|(status, answer)| {
        let schema = fields(&answer["content"]).next().map(|(_, content)| kind(&content["schema"]));
        view! {
            <li>
                <code>{status.to_owned()}</code>
                " "
                {word(&answer["description"])}
                " "
                {schema}
            </li>
        }
    });
    let answers = answers.collect_view();
    let (method, path) = (method.to_uppercase(), path.to_owned());
    view! {
        <details id=word(&operation["operationId"])>
            <summary>
                <code>{method} " " {path}</code>
                <span class="muted">{word(&operation["summary"])}</span>
            </summary>
            {open}
            {parameters}
            {body}
            <ul class="plain">{answers}</ul>
        </details>
    }
    .into_any()
}

fn schema_part(name: &str, schema: &Value) -> AnyView {
    let about = prose(schema["description"].as_str().unwrap_or_default());
    let needed: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let rows = fields(&schema["properties"]).map(|(field, schema)| {
        let about = schema["description"].as_str().unwrap_or_default();
        row(field, "", needed.contains(&field), schema, about)
    });
    let rows: Vec<_> = rows.collect();
    let what =
        if rows.is_empty() { view! { <p>{kind(schema)}</p> }.into_any() } else { table(t!("Fields", "字段"), rows) };
    let (id, name) = (format!("schema-{name}"), name.to_owned());
    view! {
        <details id=id>
            <summary>
                <code>{name}</code>
            </summary>
            <p>{about}</p>
            {what}
        </details>
    }
    .into_any()
}

fn table(caption: &'static str, rows: Vec<AnyView>) -> AnyView {
    view! {
        <div class="table-wrap">
            <table class="table">
                <caption class="visually-hidden">{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">{t!("Name", "名称")}</th>
                        <th scope="col">{t!("Kind", "类型")}</th>
                        <th scope="col">{t!("Meaning", "说明")}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(name: &str, place: &str, needed: bool, schema: &Value, about: &str) -> AnyView {
    let needed = needed.then(|| t!("needed", "必填"));
    let place =
        [Some(place), needed].into_iter().flatten().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" · ");
    let name = name.to_owned();
    view! {
        <tr>
            <th scope="row">
                <code>{name}</code>
                <span class="cell-sub">{place}</span>
            </th>
            <td data-label=t!("Kind", "类型")>{kind(schema)}</td>
            <td data-label=t!("Meaning", "说明") class="cell-wide">
                {(!about.is_empty()).then(|| prose(about))}
            </td>
        </tr>
    }
    .into_any()
}

/// A schema in a few words; another schema is a link.
fn kind(schema: &Value) -> AnyView {
    if let Some(name) = schema["$ref"].as_str().and_then(|to| to.rsplit('/').next()) {
        let (to, name) = (format!("#schema-{name}"), name.to_owned());
        return view! {
            <a href=to>
                <code>{name}</code>
            </a>
        }
        .into_any();
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        if let Some(parts) = schema[key].as_array() {
            let parts = parts.iter().enumerate().map(|(i, part)| {
                let between = (i > 0).then_some(" | ");
                view! { {between} {kind(part)} }
            });
            return parts.collect_view().into_any();
        }
    }
    if schema["type"] == "array" || !schema["items"].is_null() {
        return view! { {t!("list of ", "列表：")} {kind(&schema["items"])} }.into_any();
    }
    let words = schema["enum"].as_array().map(|values| values.iter().filter_map(Value::as_str).collect::<Vec<_>>());
    if let Some(words) = words {
        return view! { <code>{words.join(" | ")}</code> }.into_any();
    }
    if let Some(word) = schema["const"].as_str() {
        return view! { <code>{word.to_owned()}</code> }.into_any();
    }
    let words = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | "),
        Value::String(kind) => kind.clone(),
        _ => "any".to_owned(),
    };
    view! { <code>{words}</code> }.into_any()
}

/// A sentence of the code, whose names stand between backticks and perhaps brackets.
fn prose(text: &str) -> AnyView {
    let text = text.replace("[`", "`").replace("`]", "`");
    let parts = text.split('`').enumerate().map(|(i, part)| {
        let part = part.to_owned();
        if i % 2 == 1 { view! { <code>{part}</code> }.into_any() } else { part.into_any() }
    });
    parts.collect_view().into_any()
}

fn fields(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}
