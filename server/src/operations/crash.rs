//! A fail point for tests: `LONGSHORE_CRASH_AFTER=<kind>:<step>` kills the process, as a power cut would, after the
//! step has done its work and before that is recorded; `<kind>:<step>:recorded`, right after it was recorded. Builds
//! for production do not look at the variable.

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
    let Ok(wanted) = std::env::var("LONGSHORE_CRASH_AFTER") else { return };
    if wanted == name(kind, step, moment) {
        tracing::warn!(wanted, "killing myself");
        let _ = std::process::Command::new("kill").args(["-KILL", &std::process::id().to_string()]).status();
        loop {
            std::thread::park();
        }
    }
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
