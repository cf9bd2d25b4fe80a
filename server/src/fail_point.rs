//! A fail point for tests: `LONGSHORE_CRASH_AFTER=<name>` kills the process, as a power cut would, where the code reaches
//! the point of that name. Builds for production do not look at the variable.

/// Dies here when the environment says so.
#[cfg(debug_assertions)]
pub(crate) fn reached(name: &str) {
    let Ok(wanted) = std::env::var("LONGSHORE_CRASH_AFTER") else { return };
    if wanted == name {
        tracing::warn!(wanted, "killing myself");
        let _ = std::process::Command::new("kill").args(["-KILL", &std::process::id().to_string()]).status();
        loop {
            std::thread::park();
        }
    }
}

#[cfg(not(debug_assertions))]
pub(crate) fn reached(_name: &str) {}
