//! What holds of every specification, and of what it becomes.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use app::model::{AppId, AppSpec, Source, SpecForm, TenantId, document};
use proptest::{prop_assert, prop_assert_eq, test_runner::TestCaseError};
use serde_json::{Value, json};

use super::{
    APP_LABEL, KINDS, MANAGED_BY, NAME_LABEL, RELEASE_LABEL, Subject, TENANT_LABEL, any_spec::specs, choices::for_all,
    release, wrong_patches,
};

/// The kinds of which each release has one, with the path of its pods' labels.
const OF_RELEASE: [(&str, &str); 4] = [
    ("Deployment", "/spec/template/metadata/labels"),
    ("StatefulSet", "/spec/template/metadata/labels"),
    ("Job", "/spec/template/metadata/labels"),
    ("CronJob", "/spec/jobTemplate/spec/template/metadata/labels"),
];

fn failed(why: impl std::fmt::Debug) -> TestCaseError {
    TestCaseError::fail(format!("{why:?}"))
}

/// The specification that somebody who writes a document gets; values of secrets go beside it.
fn taken(document: &str, secrets: &str) -> Result<AppSpec, TestCaseError> {
    let form = SpecForm {
        source: Source::Document,
        document: document.to_owned(),
        secrets: secrets.to_owned(),
        ..SpecForm::default()
    };
    let (spec, inputs) = form.parse().map_err(|error| failed((error, document)))?;
    prop_assert_eq!(inputs.len(), spec.secrets().len());
    Ok(spec)
}

fn values(spec: &AppSpec) -> String {
    spec.secrets().into_iter().map(|name| format!("{name}=value\n")).collect()
}

/// What comes of a release that goes on with the pods of an earlier one.
fn of_release<T>(spec: &AppSpec, look: impl FnOnce(&Subject<'_>) -> T) -> T {
    let secrets: Vec<_> = spec.secrets().into_iter().map(|name| (name.to_owned(), "0123456789".to_owned())).collect();
    let digests = spec.images().into_iter().map(|image| (image.to_owned(), "sha256:abc".to_owned())).collect();
    look(&Subject {
        tenant: TenantId(uuid::Uuid::from_u128(1)),
        app: AppId(uuid::Uuid::from_u128(2)),
        name: "web",
        namespace: "shop",
        release: 7,
        pods: 5,
        spec,
        digests: &digests,
        secrets: &secrets,
    })
}

#[test]
fn a_specification_comes_back_from_its_record_and_from_its_document() {
    for_all(specs(), |spec| {
        let json = json!(spec).to_string();
        prop_assert_eq!(&serde_json::from_str::<AppSpec>(&json).map_err(failed)?, &spec);
        let kept = json!(spec.kept()).to_string();
        prop_assert_eq!(&AppSpec::from_kept(&kept).map_err(failed)?, &spec);
        let document = document::write(&spec);
        let read = document::read(&document).map_err(|error| failed((error, &document)))?;
        prop_assert_eq!(&read, &spec, "{}", document);
        prop_assert_eq!(document::write(&read), document);
        Ok(())
    });
}

#[test]
fn what_is_valid_is_taken_as_it_is() {
    for_all(specs(), |spec| {
        let once = taken(&document::write(&spec), &values(&spec))?;
        prop_assert_eq!(&once, &spec);
        let SpecForm { document, secrets, .. } = SpecForm::of_spec(&once);
        prop_assert_eq!(&taken(&document, &secrets)?, &spec);
        Ok(())
    });
}

#[test]
fn fields_that_nobody_touches_change_nothing() {
    for_all(specs(), |mut spec| {
        // With autoscaling the field of the replicas is its least, and what is left out of how it is run is filled in.
        spec.replicas = spec.autoscaling.as_ref().map_or(spec.replicas, |scaling| scaling.min);
        spec.job = spec.runs_to_end().then(|| spec.run());
        // A field has one variable a line, and files have the line ends of Unix.
        let main = &mut spec.containers[0];
        for value in main.env.values_mut() {
            *value = value.replace(['\r', '\n'], " ");
        }
        for file in main.files.iter_mut().take(1) {
            file.content = file.content.replace("\r\n", "\n");
        }
        let (again, _) = SpecForm::of_spec(&spec).parse().map_err(failed)?;
        prop_assert_eq!(&again, &spec);
        Ok(())
    });
}

#[test]
fn the_same_is_rendered_every_time_and_in_whatever_order_it_is_said() {
    for_all(specs(), |spec| {
        let bytes = |spec: &AppSpec| serde_json::to_vec(&of_release(spec, release)).map_err(failed);
        let first = bytes(&spec)?;
        prop_assert_eq!(&first, &bytes(&spec)?);
        let backwards: AppSpec = serde_json::from_str(&backwards(&json!(spec))).map_err(failed)?;
        prop_assert_eq!(&first, &bytes(&backwards)?);
        let mut otherwise = spec.clone();
        for container in otherwise.containers.iter_mut().chain(&mut otherwise.init_containers) {
            container.secrets.reverse();
        }
        let otherwise = taken(&document::write(&otherwise), &values(&spec))?;
        prop_assert_eq!(&first, &bytes(&otherwise)?);
        Ok(())
    });
}

/// The same JSON with the keys of each of its objects in the opposite order.
fn backwards(value: &Value) -> String {
    let list = |parts: Vec<String>| parts.join(",");
    match value {
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| format!("{}:{}", json!(name), backwards(value));
            format!("{{{}}}", list(fields.iter().rev().map(field).collect()))
        }
        Value::Array(parts) => format!("[{}]", list(parts.iter().map(backwards).collect())),
        plain => plain.to_string(),
    }
}

#[test]
fn each_object_is_one_and_says_whose_it_is() {
    for_all(specs(), |spec| {
        let (objects, wrong) = of_release(&spec, |subject| (release(subject), wrong_patches(subject)));
        prop_assert!(wrong.is_empty(), "patches that cannot be applied: {wrong:?}");
        let own = BTreeMap::from([
            (MANAGED_BY.0, MANAGED_BY.1.to_owned()),
            (NAME_LABEL, "web".to_owned()),
            (TENANT_LABEL, uuid::Uuid::from_u128(1).to_string()),
            (APP_LABEL, uuid::Uuid::from_u128(2).to_string()),
        ]);
        let mut seen = BTreeSet::new();
        let mut workloads = 0;
        for object in &objects {
            let (kind, metadata) = (object["kind"].as_str().unwrap_or_default(), &object["metadata"]);
            let name = metadata["name"].as_str().unwrap_or_default();
            prop_assert!(!name.is_empty() && name.len() <= 63, "{object}");
            prop_assert!(KINDS.iter().any(|(version, k)| object["apiVersion"] == *version && kind == *k), "{object}");
            prop_assert_eq!(&metadata["namespace"], "shop");
            prop_assert!(seen.insert((kind, name)), "{kind} {name} is there twice");
            for (label, value) in &own {
                prop_assert_eq!(&metadata["labels"][*label], value.as_str(), "{} of {} {}", label, kind, name);
            }
            let Some((_, pods)) = OF_RELEASE.iter().find(|(of_release, _)| kind == *of_release) else {
                prop_assert!(metadata["labels"][RELEASE_LABEL].is_null(), "{kind} {name} outlives its release");
                continue;
            };
            workloads += 1;
            prop_assert_eq!(&metadata["labels"][RELEASE_LABEL], "7");
            let labels = object.pointer(pods).cloned().unwrap_or_default();
            prop_assert_eq!(&labels[RELEASE_LABEL], "5", "the release whose pods they are");
            prop_assert_eq!(&labels[APP_LABEL], own[APP_LABEL].as_str());
        }
        prop_assert_eq!(workloads, 1, "one thing makes pods");
        Ok(())
    });
}

#[test]
fn everything_that_a_specification_has_is_said_by_some() {
    let said = RefCell::new(BTreeSet::new());
    for_all(specs(), |spec| {
        keys(&json!(spec), &mut said.borrow_mut());
        Ok(())
    });
    let mut due = BTreeSet::new();
    properties(&schemars::schema_for!(AppSpec).to_value(), &mut due);
    assert!(due.len() > 70, "{due:?}");
    // What is kept is of the first form, and does not say so.
    due.remove("schema");
    let missing: Vec<_> = due.difference(&said.borrow()).cloned().collect();
    assert!(missing.is_empty(), "nobody says {missing:?}");
}

/// All keys of all objects in a value.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                found.insert(name.clone());
                keys(value, found);
            }
        }
        Value::Array(parts) => {
            for part in parts {
                keys(part, found);
            }
        }
        _ => {}
    }
}

/// The names of all properties of which a schema speaks.
fn properties(schema: &Value, found: &mut BTreeSet<String>) {
    let below: Vec<&Value> = match schema {
        Value::Object(fields) => {
            let named = fields.get("properties").and_then(Value::as_object);
            found.extend(named.into_iter().flatten().map(|(name, _)| name.clone()));
            fields.values().collect()
        }
        Value::Array(parts) => parts.iter().collect(),
        _ => Vec::new(),
    };
    for part in below {
        properties(part, found);
    }
}
