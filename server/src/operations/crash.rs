//! The fail points (`fail_point`) of operations: `<kind>:<step>`, after the step has done its work and before that is
//! recorded; `<kind>:<step>:recorded`, right after it was recorded.

use app::model::OperationKind;

/// When.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// The step has done its work; nothing is recorded.
    Done,
    /// Its end and the next step's beginning are recorded.
    Recorded,
}

/// Dies here when the environment says so.
#[cfg(debug_assertions)]
pub(super) fn point(kind: OperationKind, step: &str, moment: Moment) {
    crate::fail_point::reached(&name(kind, step, moment));
}

#[cfg(not(debug_assertions))]
pub(super) fn point(_kind: OperationKind, _step: &str, _moment: Moment) {}

#[cfg(debug_assertions)]
fn name(kind: OperationKind, step: &str, moment: Moment) -> String {
    let kind = match kind {
        OperationKind::Publish => "publish",
        OperationKind::RollBack => "roll_back",
        OperationKind::Scale => "scale",
        OperationKind::Restart => "restart",
        OperationKind::Import => "import",
        OperationKind::DeleteApp => "delete_app",
        OperationKind::DeleteNamespace => "delete_namespace",
        OperationKind::DeleteTenant => "delete_tenant",
    };
    match moment {
        Moment::Done => format!("{kind}:{step}"),
        Moment::Recorded => format!("{kind}:{step}:recorded"),
    }
}
