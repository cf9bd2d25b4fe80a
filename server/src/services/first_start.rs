//! What a start looks after before anybody signs in: the administrator's account with a one-time password, and which
//! hashes of passwords are from before the cost was changed.

use zeroize::Zeroizing;

use super::Parts;
use crate::{
    auth::{context::OpContext, passwords::PasswordError},
    clock::Clock,
    database::{DatabaseError, accounts::PasswordHash},
};

/// The first administrator's name.
pub const ADMINISTRATOR: &str = "admin";

/// Letters and digits that nobody takes for another. There are 32, so that a byte's five bits choose one.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// How many former costs are looked for; more than are taken into account.
const MOST_COSTS: usize = 8;

/// Why the first start failed.
#[derive(Debug, thiserror::Error)]
pub enum FirstStartError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The password could not be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
}

/// Makes the account `admin` when there is no account, and answers its one-time password, which is nowhere else.
/// As long as nobody has signed in with one, each start makes another: the first may have been overlooked.
pub async fn first_start(parts: &Parts) -> Result<Option<String>, FirstStartError> {
    let ctx = OpContext::system(parts.clock.clone());
    learn_former_hashes(parts, &ctx).await?;
    if !parts.db.awaits_first_administrator(&ctx, ADMINISTRATOR).await? {
        return Ok(None);
    }
    let password = one_time_password(&parts.clock);
    let hash = PasswordHash(parts.passwords.hash(&password).await?);
    let made = parts.db.make_first_administrator(&ctx, ADMINISTRATOR, hash).await?;
    Ok(made.then(|| password.to_string()))
}

/// Has each check of a password take the work of those that were hashed at another cost, as long as there are some: else
/// it would show who has not signed in since.
async fn learn_former_hashes(parts: &Parts, ctx: &OpContext) -> Result<(), FirstStartError> {
    let passwords = &parts.passwords;
    for _ in 0..MOST_COSTS {
        let Some(PasswordHash(other)) = parts.db.find_other_hash(ctx, &passwords.beginnings()?).await? else { break };
        if !passwords.learn(&other) {
            break;
        }
    }
    Ok(())
}

/// A password of 100 random bits in five groups.
fn one_time_password(clock: &Clock) -> Zeroizing<String> {
    let random = Zeroizing::new(clock.random::<20>());
    let mut password = Zeroizing::new(String::with_capacity(24));
    for (i, byte) in random.iter().enumerate() {
        if i > 0 && i % 4 == 0 {
            password.push('-');
        }
        password.push(char::from(ALPHABET[usize::from(byte & 31)]));
    }
    password
}
