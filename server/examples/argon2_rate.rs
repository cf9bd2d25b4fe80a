//! How many passwords this machine can hash a second with Argon2id alone: what sign-ins are measured against by
//! `end2end/load/sessions.mjs`. Prints one number.
//!
//!   cargo run --release -p longshore-server --example argon2_rate -- MEMORY_KIB PASSES SECONDS

use std::{
    error::Error,
    thread,
    time::{Duration, Instant},
};

use argon2::{Algorithm, Argon2, Block, Params, Version};

fn main() -> Result<(), Box<dyn Error>> {
    let numbers = std::env::args().skip(1).map(|a| a.parse()).collect::<Result<Vec<u32>, _>>()?;
    let [memory_kib, passes, seconds] = numbers[..] else {
        return Err("usage: argon2_rate MEMORY_KIB PASSES SECONDS".into());
    };
    let params = Params::new(memory_kib, passes, 1, None).map_err(|e| e.to_string())?;
    let (began, lasts) = (Instant::now(), Duration::from_secs(seconds.into()));
    // As many as the server checks at a time, when the machine has so many cores.
    let at_once = thread::available_parallelism()?.get().min(4);
    let hashed = thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once).map(|_| scope.spawn(|| hash(&params, began, lasts))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or_default()).sum::<u32>()
    });
    println!("{:.2}", f64::from(hashed) / began.elapsed().as_secs_f64());
    Ok(())
}

/// Hashes until the time is over, in the same memory; answers how often. A hash that fails ends it.
fn hash(params: &Params, began: Instant, lasts: Duration) -> u32 {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let (mut hashed, mut out, mut memory) = (0, [0; 32], vec![Block::new(); params.block_count()]);
    let (password, salt) = (b"correct horse battery staple", b"sixteen bytes ok");
    while began.elapsed() < lasts {
        if argon2.hash_password_into_with_memory(password, salt, &mut out, &mut memory).is_err() {
            break;
        }
        hashed += 1;
    }
    hashed
}
