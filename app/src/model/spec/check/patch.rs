//! What must hold of patches before it is known what they are applied to.

use crate::{
    model::{AppSpec, Checks, PatchVerb},
    text,
};

/// The kinds that may be patched. What is named by its content is not among them, nor what keeps others out.
const PATCHABLE: [&str; 8] =
    ["Deployment", "StatefulSet", "Job", "CronJob", "Service", "Ingress", "HTTPRoute", "HorizontalPodAutoscaler"];
/// The most patches.
const MAX_PATCHES: usize = 10;
/// The most operations of one.
const MAX_OPERATIONS: usize = 20;
/// The most bytes of all patches together, as JSON.
const MAX_BYTES: usize = 32 * 1024;

impl AppSpec {
    pub(super) fn check_patches(&self, checks: &mut Checks) {
        if self.patches.len() > MAX_PATCHES {
            checks.fail("patches", text!("At most {MAX_PATCHES} of them.", "最多 {MAX_PATCHES} 个。"));
        }
        if serde_json::to_vec(&self.patches).is_ok_and(|all| all.len() > MAX_BYTES) {
            let most = MAX_BYTES / 1024;
            checks.fail("patches", text!("Together they have at most {most} KiB.", "合计不超过 {most} KiB。"));
        }
        for (n, patch) in self.patches.iter().take(MAX_PATCHES).enumerate() {
            let place = format!("patches[{n}]");
            if !PATCHABLE.contains(&patch.kind.as_str()) {
                let kinds = PATCHABLE.join(", ");
                checks.fail(
                    &format!("{place}.kind"),
                    text!("What can be patched is one of: {kinds}.", "可以修补的对象类型：{kinds}。"),
                );
            }
            if !(1..=MAX_OPERATIONS).contains(&patch.operations.len()) {
                checks.fail(
                    &format!("{place}.operations"),
                    text!("Write 1 to {MAX_OPERATIONS} operations.", "请填写 1 到 {MAX_OPERATIONS} 个操作。"),
                );
            }
            for (m, operation) in patch.operations.iter().take(MAX_OPERATIONS).enumerate() {
                let place = format!("{place}.operations[{m}]");
                if !operation.path.starts_with('/') {
                    checks.fail(
                        &format!("{place}.path"),
                        text!(
                            "A path begins with a slash: /spec/template/spec/hostAliases.",
                            "路径以斜杠开头，如 /spec/template/spec/hostAliases。"
                        ),
                    );
                }
                let needs = operation.op != PatchVerb::Remove;
                if needs != operation.value.is_some() {
                    let op = operation.op.as_str();
                    let message = if needs {
                        text!("“{op}” needs a value.", "“{op}”需要 value。")
                    } else {
                        text!("“{op}” has no value.", "“{op}”没有 value。")
                    };
                    checks.fail(&format!("{place}.value"), message);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Source, SpecForm};

    fn wrong(patches: &str) -> Vec<String> {
        let document = format!("kind: worker\ncontainers: [{{ image: web }}]\npatches: {patches}");
        let form = SpecForm { source: Source::Document, document, ..SpecForm::default() };
        form.look().problems.into_iter().map(|problem| problem.place).collect()
    }

    #[test]
    fn patches_are_of_objects_that_may_be_patched_and_whole() {
        let add = "[{ kind: Deployment, operations: [{ op: add, path: /spec/paused, value: false }] }]";
        assert!(wrong(add).is_empty());
        for (patches, place) in [
            ("[{ kind: Secret, operations: [{ op: remove, path: /data }] }]", "patches[0].kind"),
            ("[{ kind: Deployment, operations: [] }]", "patches[0].operations"),
            ("[{ kind: Deployment, operations: [{ op: remove, path: spec }] }]", "patches[0].operations[0].path"),
            ("[{ kind: Deployment, operations: [{ op: add, path: /spec }] }]", "patches[0].operations[0].value"),
            (
                "[{ kind: Deployment, operations: [{ op: remove, path: /spec, value: 1 }] }]",
                "patches[0].operations[0].value",
            ),
        ] {
            assert_eq!(wrong(patches), [place], "{patches}");
        }
        let long = "x".repeat(33 * 1024);
        let long = format!("[{{ kind: Service, operations: [{{ op: add, path: /spec/x, value: {long} }}] }}]");
        assert_eq!(wrong(&long), ["patches"]);
    }
}
