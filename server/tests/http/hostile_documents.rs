//! Specifications that no honest person writes: cut off, garbled, deep, huge, full of aliases, of the wrong kinds. Each
//! is answered with the objects that it stands for or with what is wrong in it, and never with a fault of Longshore's.
//!
//! Also a fuzzer: `LONGSHORE_FUZZ_DOCUMENTS=100000 LONGSHORE_FUZZ_SEED=7 cargo test … hostile_documents` tries as many
//! others. What it finds is told with its number, which with the same seed gives the same document again.

use std::collections::{BTreeMap, BTreeSet};

use app::model::{AppId, Source, SpecForm, TenantId};
use http::StatusCode;
use proptest::{
    prelude::*,
    sample::{Index, select},
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};
use server::render::{self, Subject};

use crate::support::Site;

/// Says most of what a document can say.
const HONEST: &str = include_str!("honest.yaml");

/// Words that mean something to some reader of YAML, of numbers, of paths or of templates.
const WORDS: [&str; 44] = [
    "null",
    "~",
    "true",
    "-1",
    "0",
    "1e999",
    ".nan",
    "-.inf",
    "18446744073709551616",
    "0x7fffffffffffffff",
    "9999999999Gi",
    "-250m",
    "1.0000000000000001",
    "2024-01-01",
    "&a",
    "*a",
    "&a *a",
    "*nobody",
    "<<: *a",
    "!!binary aGVsbG8=",
    "!!python/object/apply:os.system",
    "!<tag:yaml.org,2002:map>",
    "{",
    "[",
    "]",
    "}",
    "'",
    "\"",
    "|",
    ">-\n",
    "? ",
    ": ",
    "- - - -",
    "---\n",
    "...\n",
    "%YAML 9.9\n",
    "\t",
    "\u{0}",
    "\u{202e}",
    "\u{feff}",
    "../../../etc/passwd",
    "$(id)",
    "${jndi:ldap://x}",
    "{{ .Values.x }}",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(&WORDS[..]).prop_map(str::to_owned),
        1 => "\\PC{0,40}",
        1 => any::<i64>().prop_map(|n| n.to_string()),
        1 => (1_usize..5000).prop_map(|n| "x".repeat(n)),
    ]
}

/// Puts a word in the place of a part of the document.
fn spliced() -> impl Strategy<Value = String> {
    (any::<Index>(), 0_usize..40, word()).prop_map(|(at, length, word)| {
        let text: Vec<char> = HONEST.chars().collect();
        let from = at.index(text.len());
        let to = (from + length).min(text.len());
        text[..from].iter().chain(&word.chars().collect::<Vec<_>>()).chain(&text[to..]).collect()
    })
}

/// Changes one line: its value, its depth, its place, how often it stands there.
fn relined() -> impl Strategy<Value = String> {
    (any::<Index>(), any::<Index>(), 0..5, word()).prop_map(|(at, to, how, word)| {
        let mut lines: Vec<String> = HONEST.lines().map(str::to_owned).collect();
        let (at, to) = (at.index(lines.len()), to.index(lines.len()));
        match how {
            0 => {
                let key = lines[at].split_once(':').map_or("", |(key, _)| key).to_owned();
                lines[at] = format!("{key}: {word}");
            }
            1 => lines[at].insert_str(0, "    "),
            2 => lines.swap(at, to),
            3 => {
                let line = lines[at].clone();
                lines.insert(to, line);
            }
            _ => lines.truncate(at),
        }
        lines.join("\n")
    })
}

/// Puts something else in the place of any part of the document's tree.
fn regrafted() -> impl Strategy<Value = String> {
    let other = prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[[[]]]])),
        any::<i64>().prop_map(|n| json!(n)),
        any::<f64>().prop_map(|n| json!(n)),
        word().prop_map(|w| json!(w)),
        (1_usize..400).prop_map(|n| json!(vec![json!({ "name": "a", "image": "b" }); n])),
    ];
    (any::<Index>(), other).prop_map(|(at, other)| {
        let form = form(HONEST.to_owned());
        let mut whole = json!(form.parse().expect("an honest document").0);
        let paths = paths(&whole);
        *whole.pointer_mut(&paths[at.index(paths.len())]).expect("a part") = other;
        whole.to_string()
    })
}

/// The JSON pointers of all parts of a value.
fn paths(value: &Value) -> Vec<String> {
    let below = |name: &str, value: &Value| {
        let name = name.replace('~', "~0").replace('/', "~1");
        paths(value).into_iter().map(move |path| format!("/{name}{path}")).collect::<Vec<_>>()
    };
    let mut all = vec![String::new()];
    match value {
        Value::Object(fields) => all.extend(fields.iter().flat_map(|(name, value)| below(name, value))),
        Value::Array(parts) => all.extend(parts.iter().enumerate().flat_map(|(n, value)| below(&n.to_string(), value))),
        _ => {}
    }
    all
}

/// Deep, large, or larger than it looks.
fn monstrous() -> impl Strategy<Value = String> {
    prop_oneof![
        (1_usize..20_000).prop_map(|n| "[".repeat(n)),
        (1_usize..20_000).prop_map(|n| format!("a: {}{}", "[".repeat(n), "]".repeat(n))),
        (1_usize..3_000).prop_map(|n| (0..n).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect()),
        (2_usize..40, 2_usize..12).prop_map(|(levels, each)| {
            let aliases = |level: usize| vec![format!("*a{}", level - 1); each].join(", ");
            let first = "x0: &a0 [lol]\n".to_owned();
            (1..levels).fold(first, |text, level| format!("{text}x{level}: &a{level} [{}]\n", aliases(level)))
        }),
        (2_usize..30).prop_map(|n| format!("a: &a {{ b: *a }}\n{}", "<<: *a\n".repeat(n))),
        (1_usize..1_200_000).prop_map(|n| format!("{HONEST}\n# {}", "x".repeat(n))),
        (1_usize..50_000).prop_map(|n| format!("containers:\n{}", "  - { name: a, image: b }\n".repeat(n))),
        (1_usize..60_000).prop_map(|n| (0..n).map(|k| format!("k{k}: {k}\n")).collect()),
    ]
}

fn document() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => spliced(),
        4 => relined(),
        4 => regrafted(),
        2 => monstrous(),
        1 => "(?s).{0,300}",
        1 => "[-a-z:{}\\[\\]&*!|>'\"#%@, \n]{0,300}",
    ]
}

fn form(document: String) -> SpecForm {
    SpecForm { source: Source::Document, document, secrets: "TOKEN=value".to_owned(), ..SpecForm::default() }
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

#[tokio::test]
async fn hostile_documents_are_answered() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&setting("LONGSHORE_FUZZ_SEED", 1).to_be_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let (mut taken, mut refused) = (0, 0);
    for number in 0..setting("LONGSHORE_FUZZ_DOCUMENTS", 600) {
        let document = document().new_tree(&mut runner).expect("a document").current();
        let spec = json!(form(document.clone()));
        for (path, body) in [
            ("/api/v1/apps/specification", spec.clone()),
            ("/api/v1/templates", json!({ "name": format!("t{number}"), "description": "", "spec": spec })),
        ] {
            let reply = owner.post(path, body).await;
            let told = || format!("number {number} at {path}: {} {:.300}\n{document:.2000}", reply.status, reply.body);
            match reply.status {
                StatusCode::OK | StatusCode::CREATED => taken += 1,
                StatusCode::UNPROCESSABLE_ENTITY => {
                    let errors = reply.json()["errors"].as_array().cloned().unwrap_or_default();
                    assert!(!errors.is_empty(), "nothing is named: {}", told());
                    assert!(errors.iter().all(|e| e["field"] != "" && e["message"] != ""), "{}", told());
                    assert!(reply.body.len() < 64 * 1024, "an answer of {} bytes: {}", reply.body.len(), told());
                    refused += 1;
                }
                StatusCode::PAYLOAD_TOO_LARGE => refused += 1,
                _ => panic!("{}", told()),
            }
        }
        renders(document);
    }
    assert!(taken > 50 && refused > 300, "{taken} were taken and {refused} refused: they are not what they are for");
}

/// What is taken is rendered: each object once.
fn renders(document: String) {
    let form = form(document);
    let Ok((spec, _)) = form.parse() else { return };
    let secrets: Vec<(String, String)> =
        spec.secrets().into_iter().map(|name| (name.to_owned(), "0123456789".to_owned())).collect();
    let objects = render::release(&Subject {
        tenant: TenantId(uuid::Uuid::nil()),
        app: AppId(uuid::Uuid::nil()),
        name: "web",
        namespace: "shop",
        release: 1,
        pods: 1,
        spec: &spec,
        digests: &BTreeMap::new(),
        secrets: &secrets,
    });
    let names: BTreeSet<String> = objects.iter().map(|o| format!("{} {}", o["kind"], o["metadata"]["name"])).collect();
    assert_eq!(names.len(), objects.len(), "{names:?}");
}
