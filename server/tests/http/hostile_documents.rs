//! Specifications that no honest person writes: cut off, garbled, deep, huge, full of aliases, of the wrong kinds. Each
//! is answered with the objects that it stands for or with what is wrong in it, and never with a fault of Longshore's.
//!
//! Also a fuzzer: `LONGSHORE_FUZZ_DOCUMENTS=100000 LONGSHORE_FUZZ_SEED=7 cargo test … hostile` tries as many
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

use crate::support::{Reply, Site};

/// They say together most of what documents can say; the first one is of a service.
pub const HONEST: [&str; 3] =
    [include_str!("honest.yaml"), include_str!("honest_stateful.yaml"), include_str!("honest_cron_job.yaml")];

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

pub fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(&WORDS[..]).prop_map(str::to_owned),
        1 => "\\PC{0,40}",
        1 => any::<i64>().prop_map(|n| n.to_string()),
        1 => (1_usize..5000).prop_map(|n| "x".repeat(n)),
    ]
}

/// Puts a word in the place of a part of one of these texts.
pub fn spliced(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    (select(of), any::<Index>(), 0_usize..40, word()).prop_map(|(honest, at, length, word)| {
        let text: Vec<char> = honest.chars().collect();
        let from = at.index(text.len());
        let to = (from + length).min(text.len());
        text[..from].iter().chain(&word.chars().collect::<Vec<_>>()).chain(&text[to..]).collect()
    })
}

/// Changes one line of one of these texts: its value, its depth, its place, how often it stands there.
pub fn relined(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    (select(of), any::<Index>(), any::<Index>(), 0..5, word()).prop_map(|(honest, at, to, how, word)| {
        let mut lines: Vec<String> = honest.lines().map(str::to_owned).collect();
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

/// Puts something else in the place of any part of a document's tree.
fn regrafted() -> impl Strategy<Value = String> {
    (select(&HONEST[..]), any::<Index>(), graft()).prop_map(|(honest, at, other)| {
        let spec = form(honest.to_owned()).parse().expect("an honest document").0;
        grafted(json!(spec), at, other)
    })
}

/// What may be put in the place of something else.
pub fn graft() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[[[]]]])),
        any::<i64>().prop_map(|n| json!(n)),
        any::<f64>().prop_map(|n| json!(n)),
        word().prop_map(|w| json!(w)),
        (1_usize..400).prop_map(|n| json!(vec![json!({ "name": "a", "image": "b" }); n])),
    ]
}

/// The text of a tree with something else in the place of a part.
pub fn grafted(mut whole: Value, at: Index, other: Value) -> String {
    let paths = paths(&whole);
    *whole.pointer_mut(&paths[at.index(paths.len())]).expect("a part") = other;
    whole.to_string()
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
        (1_usize..1_200_000).prop_map(|n| format!("{}\n# {}", HONEST[0], "x".repeat(n))),
        (1_usize..50_000).prop_map(|n| format!("containers:\n{}", "  - { name: a, image: b }\n".repeat(n))),
        (1_usize..60_000).prop_map(|n| (0..n).map(|k| format!("k{k}: {k}\n")).collect()),
    ]
}

fn document() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => spliced(&HONEST),
        4 => relined(&HONEST),
        4 => regrafted(),
        2 => monstrous(),
        1 => "(?s).{0,300}",
        1 => "[-a-z:{}\\[\\]&*!|>'\"#%@, \n]{0,300}",
    ]
}

/// A form of a document, with a value of the one secret that honest ones take.
pub fn form(document: String) -> SpecForm {
    SpecForm { source: Source::Document, document, secrets: "TOKEN=value".to_owned(), ..SpecForm::default() }
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// How many are tried.
pub fn how_many() -> u64 {
    setting("LONGSHORE_FUZZ_DOCUMENTS", 600)
}

/// What draws them, by the seed.
pub fn runner() -> TestRunner {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&setting("LONGSHORE_FUZZ_SEED", 1).to_be_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    TestRunner::new_with_rng(Config::default(), rng)
}

/// What came of those that were tried.
#[derive(Debug, Default)]
pub struct Tally {
    pub taken: u32,
    pub refused: u32,
}

impl Tally {
    /// Counts an answer, which takes what was sent or names what is wrong with it; `sent` tells what that was.
    pub fn note(&mut self, reply: &Reply, sent: impl Fn() -> String) {
        let told = || format!("{} {:.300}\n{:.2000}", reply.status, reply.body, sent());
        match reply.status {
            StatusCode::OK | StatusCode::CREATED => self.taken += 1,
            StatusCode::UNPROCESSABLE_ENTITY => {
                let errors = reply.json()["errors"].as_array().cloned().unwrap_or_default();
                assert!(!errors.is_empty(), "nothing is named: {}", told());
                assert!(errors.iter().all(|e| e["field"] != "" && e["detail"] != ""), "{}", told());
                assert!(reply.body.len() < 64 * 1024, "an answer of {} bytes: {}", reply.body.len(), told());
                self.refused += 1;
            }
            StatusCode::PAYLOAD_TOO_LARGE => self.refused += 1,
            _ => panic!("{}", told()),
        }
    }
}

#[tokio::test]
async fn honest_documents_are_taken() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    for (n, document) in HONEST.into_iter().enumerate() {
        let spec = json!(form(document.to_owned()));
        let form = json!({ "name": format!("honest-{n}"), "description": "", "spec": spec });
        let reply = admin.post("/api/v1/templates", form).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{document}\n{}", reply.body);
        renders(document.to_owned());
    }
}

#[tokio::test]
async fn hostile_documents_are_answered() {
    let site = Site::start().await;
    // Anybody but the platform's administrators would be refused for the patches alone.
    let mut admin = site.admin().await;
    let mut runner = runner();
    let mut tally = Tally::default();
    for number in 0..how_many() {
        let document = document().new_tree(&mut runner).expect("a document").current();
        let spec = json!(form(document.clone()));
        for (path, body) in [
            ("/api/v1/apps/specification", spec.clone()),
            ("/api/v1/apps/specification/look", spec.clone()),
            // What is well-formed goes nowhere: there is no such namespace.
            ("/api/v1/apps/fit", json!({ "namespace": "", "app": "", "spec": spec.clone() })),
            ("/api/v1/templates", json!({ "name": format!("t{number}"), "description": "", "spec": spec })),
        ] {
            let reply = admin.post(path, body).await;
            tally.note(&reply, || format!("number {number} at {path}:\n{document}"));
        }
        renders(document);
    }
    assert!(tally.taken > 25 && tally.refused > 300, "{tally:?}: they are not what they are for");
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
