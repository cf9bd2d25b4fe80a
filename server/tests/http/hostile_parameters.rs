//! Parameters of templates that no honest person writes: cut off, garbled, deep, larger than they look, of the wrong kinds, of
//! one name, with paths that lead nowhere. Each list is taken, and then shown, or refused with what is wrong in it.
//!
//! It is a fuzzer by the same settings as [`crate::hostile_documents`].

use app::model::read_parameters;
use http::StatusCode;
use proptest::{
    prelude::*,
    sample::{Index, select},
    strategy::ValueTree,
};
use serde_json::{Value, json};

use crate::{
    hostile_documents::{HONEST, Tally, form, graft, grafted, how_many, relined, runner, spliced, word},
    support::Site,
};

/// One of each kind, with places in the first of the honest documents.
const ASKED: [&str; 1] = [include_str!("honest_parameters.yaml")];

/// Where nothing is, where something else is than is meant, and what is no path.
const PATHS: [&str; 28] = [
    "",
    ".",
    "..",
    "[0]",
    "containers",
    "containers[",
    "containers[]",
    "containers[-1]",
    "containers[0]",
    "containers[0]x",
    "containers[0][0][0]",
    "containers[99999999999999999999]",
    "containers[0].env",
    "containers[0].env.NOBODY",
    "containers[0].env.GREETING.x",
    "containers[0].env.GREETING\u{0}",
    "containers[0].image",
    "kind",
    "schema",
    "secrets.",
    "secrets.TOKEN",
    "secrets.NOBODY",
    "replicas",
    "volumes[0].claim.size",
    "patches[0].operations[1].value",
    "routing.routes[0].host",
    "__proto__.constructor",
    "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p",
];

const KINDS: [&str; 9] = ["text", "lines", "number", "cpu", "bytes", "command", "choice", "secret", "nothing"];

/// Puts something else in the place of any part of the list's tree.
fn regrafted() -> impl Strategy<Value = String> {
    (any::<Index>(), graft()).prop_map(|(at, other)| {
        let asked = read_parameters(ASKED[0]).expect("honest parameters");
        grafted(json!(asked), at, other)
    })
}

/// Some parameters that are made up, often of one name or for one place.
fn made_up() -> impl Strategy<Value = String> {
    let bound = || {
        prop_oneof![
            3 => Just(Value::Null),
            1 => any::<i64>().prop_map(|n| json!(n)),
            1 => select(&["1", "1Gi", "250m", "-1", "lots", "18446744073709551616"][..]).prop_map(|limit| json!(limit)),
        ]
    };
    let name = prop_oneof![3 => select(&["a", "b", "c"][..]).prop_map(str::to_owned), 1 => word()];
    let choices = prop_oneof![Just(0_usize), Just(1_usize), 0_usize..60];
    let one = (name, word(), select(&KINDS[..]), select(&PATHS[..]), (bound(), bound()), choices).prop_map(
        |(name, title, kind, path, (min, max), choices)| {
            let choices = vec!["small"; choices];
            json!({ "name": name, "title": title, "kind": kind, "path": path, "min": min, "max": max, "choices": choices })
        },
    );
    prop::collection::vec(one, 1..25).prop_map(|all| json!(all).to_string())
}

/// Deep, large, or larger than it looks.
fn monstrous() -> impl Strategy<Value = String> {
    prop_oneof![
        (1_usize..20_000).prop_map(|n| "[".repeat(n)),
        (1_usize..20_000).prop_map(|n| "- ".repeat(n)),
        (1_usize..3_000).prop_map(|n| (0..n).map(|depth| format!("{}a:\n", " ".repeat(depth % 300))).collect()),
        (1_usize..3_000).prop_map(|n| format!("- &a {{ name: a, title: A, path: replicas }}\n{}", "- *a\n".repeat(n))),
        (2_usize..40, 2_usize..12).prop_map(|(levels, each)| {
            let aliases = |level: usize| vec![format!("*a{}", level - 1); each].join(", ");
            let first = "- &a0 [lol]\n".to_owned();
            (1..levels).fold(first, |text, level| format!("{text}- &a{level} [{}]\n", aliases(level)))
        }),
        (1_usize..70_000).prop_map(|n| format!("{}\n# {}", ASKED[0], "x".repeat(n))),
        (1_usize..70_000).prop_map(|n| format!("- {{ name: a, title: {}, path: replicas }}", "x".repeat(n))),
        (1_usize..70_000).prop_map(|n| format!("- {{ name: {}, title: A, path: replicas }}", "x".repeat(n))),
        (1_usize..70_000).prop_map(|n| format!("- {{ name: a, title: A, path: replicas, min: {} }}", "x".repeat(n))),
        (1_usize..2_000).prop_map(|n| (0..n).map(|k| format!("- {{ name: a{k}, title: A, path: p{k} }}\n")).collect()),
    ]
}

fn parameters() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => spliced(&ASKED),
        3 => relined(&ASKED),
        3 => regrafted(),
        3 => made_up(),
        2 => monstrous(),
        1 => "(?s).{0,300}",
        1 => "[-a-z:{}\\[\\]&*!|>'\"#%@, \n]{0,300}",
    ]
}

/// The form of a template that asks for these.
fn asking(name: &str, parameters: &str) -> Value {
    json!({ "name": name, "description": "", "spec": form(HONEST[0].to_owned()), "parameters": parameters })
}

#[tokio::test]
async fn hostile_parameters_are_answered() {
    let site = Site::start().await;
    // The document has patches, which are the platform's administrators' to write.
    let mut admin = site.admin().await;
    let honest = admin.post("/api/v1/templates", asking("honest", ASKED[0])).await;
    assert_eq!(honest.status, StatusCode::CREATED, "{}", honest.body);
    let mut runner = runner();
    let mut tally = Tally::default();
    for number in 0..how_many() {
        let parameters = parameters().new_tree(&mut runner).expect("parameters").current();
        let reply = admin.post("/api/v1/templates", asking(&format!("t{number}"), &parameters)).await;
        tally.note(&reply, || format!("number {number}:\n{parameters}"));
        if reply.status == StatusCode::CREATED {
            let id = reply.json()["id"].as_str().expect("an id").to_owned();
            let shown = admin.get(&format!("/api/v1/templates/{id}")).await;
            assert_eq!(shown.status, StatusCode::OK, "number {number}: {}\n{parameters:.2000}", shown.body);
        }
    }
    assert!(tally.taken > 20 && tally.refused > 200, "{tally:?}: they are not what they are for");
}
