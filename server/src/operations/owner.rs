//! Who holds a lease: a process, named so that its successor on the same machine can tell that it is dead. Then a
//! restarted server goes on at once and need not wait until its predecessor's leases expire.
//!
//! A name is `HOST-PID-START`: a hash of the machine's boot and of the process id's namespace (two containers of one
//! machine never know of each other), the process id, and the tick at which the process began (ids are used again).
//! Where the kernel does not tell these, the name is random and nothing is known of others.

use sha2::{Digest, Sha256};

/// The name of this process. `random` is the name where the kernel does not tell.
pub(super) fn of_this_process(random: String) -> String {
    let pid = std::process::id();
    match (host(), began(pid)) {
        (Some(host), Some(began)) => format!("{host}-{pid}-{began}"),
        _ => random,
    }
}

/// Whether a name is that of a process of this machine that runs no more.
pub(super) fn is_dead(owner: &str) -> bool {
    let mut parts = owner.split('-');
    let (Some(at), Some(pid), Some(start), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let Ok(pid) = pid.parse::<u32>() else { return false };
    host().is_some_and(|here| here == at) && began(pid).is_none_or(|began| began != start)
}

fn host() -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = std::fs::read_link("/proc/self/ns/pid").ok()?;
    let mut hash = Sha256::new();
    hash.update(boot.trim());
    hash.update(namespace.to_string_lossy().as_bytes());
    let head: [u8; 8] = hash.finalize().first_chunk().copied()?;
    Some(format!("{:016x}", u64::from_be_bytes(head)))
}

/// When a process began, in ticks since boot: field 22 of `/proc/PID/stat` (proc(5)). The second field may hold
/// spaces and brackets, so counting begins behind its last one. A process that has ended and is not yet waited for
/// (`Z`, `X`) runs no more.
fn began(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let state = fields.next()?;
    (!matches!(state, "Z" | "X")).then_some(())?;
    fields.nth(18).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_dead_when_it_has_ended_or_another_has_its_id() {
        let own = of_this_process("random".into());
        assert_ne!(own, "random", "this test needs /proc");
        assert!(!is_dead(&own));
        let later = own.rsplit_once('-').map(|(front, _)| format!("{front}-1")).expect("three parts");
        assert!(is_dead(&later), "the id was used again");
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("a process");
        let host = own.split('-').next().expect("a host");
        let name = format!("{host}-{}-{}", child.id(), began(child.id()).expect("it runs"));
        assert!(!is_dead(&name));
        child.kill().expect("killed");
        child.wait().expect("waited");
        assert!(is_dead(&name));
    }

    #[test]
    fn nothing_is_known_of_other_machines() {
        for other in ["", "0000000000000000-1-1", "0192f0c1-2a3b-7c4d-8e5f-0123456789ab", "a-b-c", "a-1"] {
            assert!(!is_dead(other), "{other}");
        }
    }
}
