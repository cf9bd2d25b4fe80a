//! API tokens: how they are written, what is kept of them, and what none of them may do.
//!
//! A token is a prefix that says whose it is (`lsp_` a person's, `lss_` a service account's), 256 random bits in 43
//! characters, and six characters that check what stands before them. So a scanner of leaked secrets finds one without
//! asking anybody, and a mistyped one is told from a revoked one. The alphabet is that of letters and digits alone: a
//! double click selects the whole.

use std::{fmt, sync::Arc};

use app::model::{Access, AccountKind, Limit, Millis, Viewer};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::revocations::SessionKey;
use crate::clock::Clock;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 62^43 is more than 2^256.
const RANDOM: usize = 43;
/// 62^6 is more than 2^32.
const CHECK: usize = 6;
const PREFIX: usize = 4;

/// What a request carries behind `Authorization: Bearer`. Put among the request's extensions where tokens are taken,
/// and nowhere else.
#[derive(Clone)]
pub struct Bearer(pub Arc<Zeroizing<String>>);

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer")
    }
}

/// A new token: shown once, its hash is kept.
pub struct Secret(Zeroizing<String>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// Makes one for an account of that kind.
    pub fn new(clock: &Clock, kind: AccountKind) -> Self {
        let random: Zeroizing<[u8; 32]> = Zeroizing::new(clock.random());
        let mut text = String::with_capacity(PREFIX + RANDOM + CHECK);
        text.push_str(prefix(kind));
        push_base62(&mut text, *random, RANDOM);
        let check = check_of(&text);
        text.push_str(&check);
        Self(Zeroizing::new(text))
    }

    /// The token itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn hash(&self) -> SessionKey {
        hash(&self.0)
    }

    /// The last characters, to know it again by.
    pub fn ending(&self) -> &str {
        &self.0[self.0.len() - 4..]
    }
}

/// The hash of a token that somebody sent; `None` when it is none, mistyped or cut off.
pub fn read(text: &str) -> Option<SessionKey> {
    let known = [AccountKind::Person, AccountKind::Service].iter().any(|kind| text.starts_with(prefix(*kind)));
    if !known || text.len() != PREFIX + RANDOM + CHECK || !text[PREFIX..].bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let (body, check) = text.split_at(PREFIX + RANDOM);
    (check_of(body) == check).then(|| hash(text))
}

const fn prefix(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Person => "lsp_",
        AccountKind::Service => "lss_",
    }
}

fn hash(text: &str) -> SessionKey {
    SessionKey(Sha256::digest(text.as_bytes()).into())
}

/// The first four bytes of the SHA-256 of what stands before.
fn check_of(body: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(body.as_bytes()).into();
    let mut check = String::with_capacity(CHECK);
    push_base62(&mut check, [digest[0], digest[1], digest[2], digest[3]], CHECK);
    check
}

/// A number of big-endian bytes in so many digits.
fn push_base62<const N: usize>(out: &mut String, mut number: [u8; N], digits: usize) {
    let mut reversed = Zeroizing::new(Vec::with_capacity(digits));
    for _ in 0..digits {
        let mut rest = 0_u32;
        for byte in &mut number {
            let value = rest << 8 | u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or_default();
            rest = value % 62;
        }
        reversed.push(ALPHABET[rest as usize]);
    }
    out.extend(reversed.iter().rev().map(|digit| char::from(*digit)));
}

/// The token that acts in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInUse {
    /// Its name.
    pub name: String,
    /// What it leaves of what its account may do.
    pub limit: Limit,
    /// From when on it is refused.
    pub expires_at: Millis,
}

impl TokenInUse {
    /// The account as the token may be it: what it may do now, and of that what the token is for.
    pub fn narrow(&self, mut viewer: Viewer, access: &Access) -> (Viewer, Arc<Access>) {
        let access = Access { limit: Some(self.limit.clone()), ..access.clone() };
        viewer.permissions = access.anywhere();
        (viewer, Arc::new(access))
    }
}

/// What no token does, whatever its account may do and whatever it is for: else a token that leaks could make itself
/// at home. This is the whole list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonOnly {
    /// Signs in.
    SignIn,
    /// Lists the account's sessions.
    ListSessions,
    /// Ends a session, one's own or another of one's account.
    EndSession,
    /// Changes the account's password or another thing that it signs in with.
    ChangePassword,
    /// Adds, changes or removes the account's own second factor.
    ChangeSecondFactor,
    /// Removes another account's second factor.
    ResetSecondFactor,
    /// Says whether a tenant's people need a second factor.
    ChangeTenantSecurity,
    /// Gives another account a new first password.
    ResetPassword,
    /// Changes the account's own names and e-mail.
    ChangeProfile,
    /// Hands over the main account.
    HandOver,
    /// Lists tokens, and what one can be made for.
    ListTokens,
    /// Makes a token.
    MakeToken,
    /// Revokes a token.
    RevokeToken,
    /// Makes a service account.
    MakeServiceAccount,
    /// Makes an account of a person, with a password that the maker knows.
    MakeAccount,
    /// Makes a tenant with its main account.
    MakeTenant,
    /// Gives an account a role.
    GiveRole,
    /// Makes a link by which somebody comes in.
    MakeLink,
    /// Makes, changes, checks and deletes identity providers, by which people sign in.
    ChangeIdentityProvider,
    /// Links the account with an identity provider, or ends that.
    LinkIdentity,
}

impl PersonOnly {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::SignIn,
        Self::ListSessions,
        Self::EndSession,
        Self::ChangePassword,
        Self::ChangeSecondFactor,
        Self::ResetSecondFactor,
        Self::ChangeTenantSecurity,
        Self::ResetPassword,
        Self::ChangeProfile,
        Self::HandOver,
        Self::ListTokens,
        Self::MakeToken,
        Self::RevokeToken,
        Self::MakeServiceAccount,
        Self::MakeAccount,
        Self::MakeTenant,
        Self::GiveRole,
        Self::MakeLink,
        Self::ChangeIdentityProvider,
        Self::LinkIdentity,
    ];

    /// The action in the audit trail.
    pub const fn action(self) -> &'static str {
        match self {
            Self::SignIn => "session.sign_in",
            Self::ListSessions => "session.list",
            Self::EndSession => "session.sign_out",
            Self::ChangePassword => "account.change_password",
            Self::ChangeSecondFactor => "second_factor.change",
            Self::ResetSecondFactor => "second_factor.reset",
            Self::ChangeTenantSecurity => "tenant.change_security",
            Self::ResetPassword => "account.reset_password",
            Self::ChangeProfile => "account.update",
            Self::HandOver => "tenant.hand_over",
            Self::ListTokens => "token.list",
            Self::MakeToken => "token.create",
            Self::RevokeToken => "token.revoke",
            Self::MakeServiceAccount | Self::MakeAccount => "account.create",
            Self::MakeTenant => "tenant.create",
            Self::GiveRole => "access.bind",
            Self::MakeLink => "link.create",
            Self::ChangeIdentityProvider => "identity_provider.update",
            Self::LinkIdentity => "identity.link",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(kind: AccountKind) -> Secret {
        Secret::new(&Clock::system(), kind)
    }

    #[test]
    fn a_token_is_read_as_it_was_made_and_not_otherwise() {
        for (kind, start) in [(AccountKind::Person, "lsp_"), (AccountKind::Service, "lss_")] {
            let secret = secret(kind);
            let text = secret.as_str();
            assert!(text.starts_with(start) && text.len() == 53, "{} characters", text.len());
            assert_eq!(read(text), Some(secret.hash()));
            for at in 0..text.len() {
                let mut wrong = text.as_bytes().to_vec();
                wrong[at] = if wrong[at] == b'a' { b'b' } else { b'a' };
                assert_eq!(read(std::str::from_utf8(&wrong).expect("text")), None, "character {at}");
            }
            for wrong in [&text[..52], &format!("{text}a"), &format!(" {text}"), "", "lsp_", &"é".repeat(30)] {
                assert_eq!(read(wrong), None, "{wrong}");
            }
        }
    }

    #[test]
    fn tokens_differ_and_do_not_print_themselves() {
        let (one, two) = (secret(AccountKind::Person), secret(AccountKind::Person));
        assert_ne!(one.as_str(), two.as_str());
        assert_eq!(format!("{one:?} {:?}", Bearer(Arc::new(Zeroizing::new("lsp_x".into())))), "Secret Bearer");
    }

    #[test]
    fn numbers_are_written_in_all_their_digits() {
        let written = |bytes: [u8; 4], digits| {
            let mut out = String::new();
            push_base62(&mut out, bytes, digits);
            out
        };
        assert_eq!(written([0, 0, 0, 0], 6), "000000");
        assert_eq!(written([0, 0, 0, 61], 2), "0z");
        assert_eq!(written([0, 0, 0, 62], 2), "10");
        assert_eq!(written([255; 4], 6), {
            let mut n = u64::from(u32::MAX);
            let mut digits = Vec::new();
            while n > 0 {
                digits.push(char::from(ALPHABET[usize::try_from(n % 62).expect("small")]));
                n /= 62;
            }
            digits.into_iter().rev().collect::<String>()
        });
        let mut widest = String::new();
        push_base62(&mut widest, [255; 32], RANDOM);
        assert!(widest.len() == RANDOM && !widest.starts_with('0'), "the bits fill the digits");
    }
}
