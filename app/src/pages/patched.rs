//! What patches changed of a release's objects: said of each, for it is nothing that a specification's own words say.

use leptos::prelude::*;

use crate::{
    components::{CodeBlock, Section},
    model::Patched,
    t, tf,
};

/// The patched objects with what was changed of them; nothing without patches.
#[component]
pub fn PatchedObjects(
    /// What was patched.
    patched: Vec<Patched>,
) -> impl IntoView {
    let any = !patched.is_empty();
    let each = patched
        .into_iter()
        .map(|patched| {
            let says = line(&patched);
            let operations = serde_json::to_string_pretty(&patched.patch.operations).unwrap_or_default();
            view! {
                <details>
                    <summary>{says}</summary>
                    <CodeBlock label=t!("The patch (JSON Patch)", "补丁（JSON Patch）") text=operations />
                </details>
            }
        })
        .collect_view();
    any.then(|| {
        view! {
            <Section title=t!("Patched by administrators", "管理员补丁")>
                <div class="stack">{each}</div>
            </Section>
        }
    })
}

/// Which objects, by how much, and by whose leave.
fn line(patched: &Patched) -> String {
    let objects =
        if patched.objects.is_empty() { patched.patch.kind.clone() } else { patched.objects.join(t!(", ", "、")) };
    let said = match patched.patch.operations.len() {
        1 => tf!("Patched: {objects} — 1 operation", "已打补丁：{objects} — 1 个操作"),
        n => tf!("Patched: {objects} — {n} operations", "已打补丁：{objects} — {n} 个操作"),
    };
    match &patched.approved {
        Some(approved) => {
            let approved = approved.here();
            tf!("{said}, {approved}", "{said}，{approved}")
        }
        None => said,
    }
}

#[cfg(test)]
mod tests {
    use super::line;
    use crate::{
        i18n::Text,
        model::{Patch, PatchOperation, PatchVerb, Patched},
    };

    #[test]
    fn a_line_names_the_objects_the_operations_and_who_approved_them() {
        let remove = PatchOperation { op: PatchVerb::Remove, path: "/spec/paused".into(), value: None };
        let patch = Patch { kind: "Deployment".into(), operations: vec![remove.clone(), remove.clone()] };
        let two = Patched {
            objects: vec!["Deployment web".into()],
            patch,
            approved: Some(Text::same("approved by admin in release 2")),
        };
        assert_eq!(line(&two), "Patched: Deployment web — 2 operations, approved by admin in release 2");
        let patch = Patch { kind: "Service".into(), operations: vec![remove] };
        let one = Patched { objects: Vec::new(), patch, approved: None };
        assert_eq!(line(&one), "Patched: Service — 1 operation");
    }
}
