//! Patches of rendered objects: what a specification has no words for. They are applied last, and never change what an
//! object is called, whose it is, which pods it finds and how many there are, at which addresses it answers, nor with which
//! account its pods run.

use app::{
    FieldError,
    i18n::Text,
    model::{Patch, PatchOperation},
    text,
};
use serde_json::{Value, json};

/// What stays as it was rendered, of whatever kind. A release is found and told from others by it.
const KEPT: [&str; 16] = [
    "/apiVersion",
    "/kind",
    "/metadata/name",
    "/metadata/namespace",
    "/metadata/labels",
    "/spec/selector",
    "/spec/replicas",
    "/spec/scaleTargetRef",
    // Addresses are one application's, and hosts one tenant's.
    "/spec/rules",
    "/spec/tls",
    "/spec/hostnames",
    "/spec/template/metadata/labels",
    "/spec/template/spec/serviceAccountName",
    "/spec/template/spec/serviceAccount",
    "/spec/jobTemplate/spec/template/metadata/labels",
    "/spec/jobTemplate/spec/template/spec/serviceAccountName",
];

/// Applies a specification's patches. One that cannot be applied leaves its object as it was; the errors say where in the
/// document that one stands and why. A release is only made from a specification without errors.
pub fn patched(mut objects: Vec<Value>, patches: &[Patch]) -> (Vec<Value>, Vec<FieldError>) {
    let mut errors = Vec::new();
    for (n, patch) in patches.iter().enumerate() {
        let mut found = false;
        for object in objects.iter_mut().filter(|object| object["kind"] == patch.kind.as_str()) {
            found = true;
            match apply(object, &patch.operations) {
                Ok(changed) => *object = changed,
                Err((at, message)) => {
                    let field =
                        at.map_or_else(|| format!("patches[{n}]"), |at| format!("patches[{n}].operations[{at}]"));
                    errors.push(FieldError { field, message });
                }
            }
        }
        if !found {
            let kind = &patch.kind;
            errors.push(FieldError {
                field: format!("patches[{n}]"),
                message: text!("The specification makes no {kind}.", "该规格不会生成 {kind}。"),
            });
        }
    }
    (objects, errors)
}

/// The object as it is then, or which operation cannot be done and why.
fn apply(object: &Value, operations: &[PatchOperation]) -> Result<Value, (Option<usize>, Text)> {
    let mut changed = object.clone();
    for (at, operation) in operations.iter().enumerate() {
        let PatchOperation { op, path, value } = operation;
        let one = json!([{ "op": op.as_str(), "path": path, "value": value }]);
        let one: json_patch::Patch =
            serde_json::from_value(one).map_err(|error| (Some(at), Text::same(error.to_string())))?;
        json_patch::patch(&mut changed, &one).map_err(|error| {
            let why = error.kind.to_string();
            (Some(at), text!("It cannot be applied to what is made: {why}.", "无法应用于生成的对象：{why}。"))
        })?;
    }
    match KEPT.into_iter().find(|kept| object.pointer(kept) != changed.pointer(kept)) {
        Some(kept) => Err((None, text!("{kept} is not for a patch to change.", "不允许通过补丁修改 {kept}。"))),
        None => Ok(changed),
    }
}

#[cfg(test)]
mod tests {
    use app::model::PatchVerb;

    use super::*;

    fn patch(operations: Vec<PatchOperation>) -> Patch {
        Patch { kind: "Deployment".into(), operations }
    }

    fn operation(op: PatchVerb, path: &str, value: Option<Value>) -> PatchOperation {
        PatchOperation { op, path: path.into(), value }
    }

    fn deployment() -> Value {
        json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web", "labels": { "a": "b" } },
            "spec": { "selector": {}, "template": { "metadata": { "labels": {} }, "spec": { "containers": [{ "name": "app" }] } } } })
    }

    #[test]
    fn what_a_specification_cannot_say_is_put_into_the_object() {
        use PatchVerb::{Add, Remove, Replace, Test};
        let pod = "/spec/template/spec";
        let operations = vec![
            operation(Test, &format!("{pod}/containers/0/name"), Some(json!("app"))),
            operation(Add, &format!("{pod}/dnsPolicy"), Some(json!("Default"))),
            operation(Replace, &format!("{pod}/dnsPolicy"), Some(json!("None"))),
            operation(Add, &format!("{pod}/containers/-"), Some(json!({ "name": "more" }))),
            operation(Remove, &format!("{pod}/containers/0"), None),
        ];
        let service = json!({ "kind": "Service", "metadata": { "name": "web" } });
        let (objects, errors) = patched(vec![service.clone(), deployment()], &[patch(operations)]);
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(objects[0], service);
        let spec = objects[1].pointer(pod).expect("a pod");
        assert_eq!(*spec, json!({ "dnsPolicy": "None", "containers": [{ "name": "more" }] }));
    }

    #[test]
    fn a_patch_that_cannot_be_applied_changes_nothing_and_says_where_it_stands() {
        use PatchVerb::{Add, Remove, Replace, Test};
        let pod = |rest: &str| format!("/spec/template/spec/{rest}");
        for (op, path, value, field) in [
            (Remove, pod("hostAliases"), None, "patches[0].operations[0]"),
            (Test, "/kind".to_owned(), Some(json!("Service")), "patches[0].operations[0]"),
            (Replace, "/metadata/name".to_owned(), Some(json!("other")), "patches[0]"),
            (Add, pod("serviceAccountName"), Some(json!("longshore")), "patches[0]"),
            (Add, "/metadata/labels/x".to_owned(), Some(json!("y")), "patches[0]"),
            // A whole part that brings something along is none the better.
            (Replace, "/spec/template/spec".to_owned(), Some(json!({ "serviceAccountName": "x" })), "patches[0]"),
            (Remove, "/spec/selector".to_owned(), None, "patches[0]"),
        ] {
            let (objects, errors) = patched(vec![deployment()], &[patch(vec![operation(op, &path, value)])]);
            assert_eq!(objects, [deployment()], "{path}");
            assert_eq!(errors.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), [field], "{path}");
        }
        let other = Patch { kind: "Job".into(), ..patch(vec![operation(Remove, "/spec", None)]) };
        let (_, errors) = patched(vec![deployment()], &[other]);
        assert!(errors[0].message.en.contains("makes no Job"), "{errors:?}");
    }
}
