//! Passkeys (Web Authentication, level 3): for which site they are made, what a browser is asked for, and whether its
//! answer counts. `webauthn_rs` stops here. docs/decisions/passkeys.md says why it is used, and how.
//!
//! Every passkey can be found without a name (discoverable) and verifies its user by itself (a PIN, a finger, a face):
//! so each can be used alone, and each use is worth two factors.

use app::{
    i18n::Text,
    model::{AccountId, Viewer, WebAuthn},
    text,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use url::{Host, Url};
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Webauthn, WebauthnBuilder, WebauthnError,
};
use webauthn_rs_proto::ResidentKeyRequirement;

use super::{context::OpContext, crypto::hex};

/// Why passkeys cannot work at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// There is no public address, and the request did not come by `localhost`.
    NoPublicUrl,
    /// The address is a number, which no passkey can be made for.
    Number(String),
    /// Browsers offer passkeys over TLS alone.
    NoTls(String),
}

impl Hindrance {
    /// What a person is told, with the way out.
    pub fn told(&self) -> Text {
        match self {
            Self::NoPublicUrl => text!(
                "Passkeys need to know the address of this Longshore. Its administrator sets it by --public-url (LONGSHORE_PUBLIC_URL).",
                "使用通行密钥需要先设置 Longshore 的访问地址，请管理员通过 --public-url（LONGSHORE_PUBLIC_URL）设置。"
            ),
            Self::Number(number) => text!(
                "Passkeys need a name in the address, and {number} is none. Set --public-url (LONGSHORE_PUBLIC_URL) to one with a name; on this machine, open http://localhost with the same port.",
                "通行密钥要求地址使用域名，而 {number} 不是域名。请将 --public-url（LONGSHORE_PUBLIC_URL）设为带域名的地址；在本机上可改用 http://localhost 加相同端口访问。"
            ),
            Self::NoTls(url) => text!(
                "Browsers use passkeys over https alone, and --public-url (LONGSHORE_PUBLIC_URL) is {url}.",
                "浏览器仅在 https 下支持通行密钥，而 --public-url（LONGSHORE_PUBLIC_URL）为 {url}。"
            ),
        }
    }
}

/// Finds the site that passkeys are for.
#[derive(Clone, Debug)]
pub struct Sites {
    public: Option<Url>,
}

impl Sites {
    /// With the address that people's browsers use, when it is configured.
    pub fn new(public_url: Option<&str>) -> Self {
        Self { public: public_url.and_then(|url| url.parse().ok()) }
    }

    /// Whether people's browsers find Longshore at a host.
    pub fn is_at(&self, host: &str) -> bool {
        self.public.as_ref().and_then(Url::host_str).is_some_and(|own| own.eq_ignore_ascii_case(host))
    }

    /// The site of a request with this `Host`, which counts when no address is configured and it is `localhost`.
    pub fn of(&self, host: Option<&str>) -> Result<Site, Hindrance> {
        if let Some(url) = &self.public {
            return match url.host() {
                Some(Host::Domain(name)) if url.scheme() == "https" || is_local(name) => {
                    Site::new(name, vec![url.clone()])
                }
                Some(Host::Domain(_)) => Err(Hindrance::NoTls(url.as_str().trim_end_matches('/').to_owned())),
                Some(number) => Err(Hindrance::Number(number.to_string())),
                None => Err(Hindrance::NoPublicUrl),
            };
        }
        let asked = ["http", "https"].map(|scheme| Url::parse(&format!("{scheme}://{}", host.unwrap_or_default())));
        let [Ok(plain), Ok(tls)] = asked else { return Err(Hindrance::NoPublicUrl) };
        match plain.host() {
            Some(Host::Domain(name)) if is_local(name) => Site::new(name, vec![plain.clone(), tls]),
            Some(number @ (Host::Ipv4(_) | Host::Ipv6(_))) => Err(Hindrance::Number(number.to_string())),
            _ => Err(Hindrance::NoPublicUrl),
        }
    }
}

/// Browsers trust what comes from the machine itself without TLS.
fn is_local(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// The site that passkeys are made for: a name, and the addresses that the browser may be at.
#[derive(Debug)]
pub struct Site {
    name: String,
    webauthn: Webauthn,
}

/// What a ceremony needs to know to check its answer.
#[derive(Debug, Serialize, Deserialize)]
pub enum Begun {
    /// A passkey is being added under a name.
    Adding(String, Box<PasskeyRegistration>),
    /// The second step of a sign-in.
    SecondStep(Box<PasskeyAuthentication>),
    /// A sign-in by a passkey alone.
    SignIn(Box<DiscoverableAuthentication>),
}

impl Begun {
    /// The kind of [`Begun::Adding`].
    pub const ADDING: &str = "passkey_add";
    /// The kind of [`Begun::SecondStep`].
    pub const SECOND_STEP: &str = "passkey_second";
    /// The kind of [`Begun::SignIn`].
    pub const SIGN_IN: &str = "passkey_alone";

    /// What it is for, as the database names it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Adding(..) => Self::ADDING,
            Self::SecondStep(_) => Self::SECOND_STEP,
            Self::SignIn(_) => Self::SIGN_IN,
        }
    }
}

/// A ceremony, with whoever may answer.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ceremony {
    /// The session that began it, by its key.
    pub session: String,
    /// Whose it is, with the account's credential at that time; nobody's when somebody signs in by a passkey alone.
    pub account: Option<(AccountId, Uuid)>,
    /// What the answer is checked by.
    pub begun: Begun,
}

/// Why an answer does not count. Its text is for the log and the audit trail.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The signature counter is not beyond the one that was last seen: there may be two of what should be one.
    #[error("the passkey's counter went back: it may have been copied")]
    CounterBack,
    /// The answer is not what was asked for, or not by the passkey.
    #[error("the passkey's answer was wrong: {0}")]
    Wrong(String),
    /// A request could not be made, or what was kept cannot be read.
    #[error("passkeys failed: {0}")]
    Failed(String),
}

impl From<WebauthnError> for Refusal {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::CredentialPossibleCompromise => Self::CounterBack,
            other => Self::Wrong(other.to_string()),
        }
    }
}

/// A passkey as it is kept.
#[derive(Clone, Debug)]
pub struct Key(Passkey);

impl Key {
    /// What [`Key::to_json`] gave.
    pub fn from_json(json: &str) -> Result<Self, Refusal> {
        serde_json::from_str(json).map(Self).map_err(failed)
    }

    /// To be kept.
    pub fn to_json(&self) -> Result<String, Refusal> {
        serde_json::to_string(&self.0).map_err(failed)
    }

    /// By which it is found.
    pub fn credential(&self) -> String {
        credential(self.0.cred_id())
    }
}

/// A use of a passkey that counts.
#[derive(Clone, Debug)]
pub struct Use {
    /// Its credential, as [`Key::credential`] says it.
    pub credential: String,
    /// The signature counter; 0 for what does not count.
    pub counter: u32,
    result: webauthn_rs::prelude::AuthenticationResult,
}

impl Use {
    /// The passkey as it is to be kept from now on.
    pub fn applied_to(&self, mut key: Key) -> Key {
        key.0.update_credential(&self.result);
        key
    }
}

/// The answer to a sign-in by a passkey alone, before anything is known of it.
#[derive(Debug)]
pub struct Claim {
    answer: PublicKeyCredential,
    /// The account that it says it is of.
    pub account: AccountId,
    /// The credential that it says it is by.
    pub credential: String,
}

impl Site {
    fn new(name: &str, origins: Vec<Url>) -> Result<Self, Hindrance> {
        let Some((first, others)) = origins.split_first() else { return Err(Hindrance::NoPublicUrl) };
        let built = WebauthnBuilder::new(name, first).and_then(|builder| {
            let builder = builder.rp_name("Longshore").timeout(TIMEOUT);
            others.iter().fold(builder, WebauthnBuilder::append_allowed_origin).build()
        });
        // It fails for a name that is not the address's own, which it is.
        let webauthn = built.map_err(|_| Hindrance::NoPublicUrl)?;
        Ok(Self { name: name.to_owned(), webauthn })
    }

    /// The name that passkeys are made for.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Begins to add a passkey to an account that has these already.
    pub fn begin_adding(&self, viewer: &Viewer, name: String, known: &[Key]) -> Result<(WebAuthn, Begun), Refusal> {
        let known = known.iter().map(|key| key.0.cred_id().clone()).collect();
        let (mut request, state) = self.webauthn.start_passkey_registration(
            viewer.id.0,
            &viewer.username,
            &viewer.display_name,
            Some(known),
        )?;
        // The library leaves it to the device whether it can be used without a name; here all can.
        if let Some(selection) = &mut request.public_key.authenticator_selection {
            selection.resident_key = Some(ResidentKeyRequirement::Required);
            selection.require_resident_key = true;
        }
        Ok((message(&request.public_key)?, Begun::Adding(name, Box::new(state))))
    }

    /// The passkey that the browser has made.
    pub fn add(&self, answer: &WebAuthn, state: &PasskeyRegistration) -> Result<Key, Refusal> {
        let answer: RegisterPublicKeyCredential = read(answer)?;
        Ok(self.webauthn.finish_passkey_registration(&answer, state).map(Key)?)
    }

    /// Begins the second step, by one of these passkeys.
    pub fn begin_second_step(&self, keys: &[Key]) -> Result<(WebAuthn, Begun), Refusal> {
        let keys: Vec<_> = keys.iter().map(|key| key.0.clone()).collect();
        let (request, state) = self.webauthn.start_passkey_authentication(&keys)?;
        Ok((message(&request.public_key)?, Begun::SecondStep(Box::new(state))))
    }

    /// Checks the answer of the second step.
    pub fn check_second_step(&self, answer: &WebAuthn, state: &PasskeyAuthentication) -> Result<Use, Refusal> {
        let answer: PublicKeyCredential = read(answer)?;
        let result = self.webauthn.finish_passkey_authentication(&answer, state)?;
        Ok(Use { credential: credential(result.cred_id()), counter: result.counter(), result })
    }

    /// Begins a sign-in by a passkey alone.
    pub fn begin_sign_in(&self) -> Result<(WebAuthn, Begun), Refusal> {
        let (request, state) = self.webauthn.start_discoverable_authentication()?;
        Ok((message(&request.public_key)?, Begun::SignIn(Box::new(state))))
    }

    /// What the answer to a sign-in by a passkey alone says of itself, which is not yet true.
    pub fn claim(&self, answer: &WebAuthn) -> Result<Claim, Refusal> {
        let answer: PublicKeyCredential = read(answer)?;
        let (account, id) = self.webauthn.identify_discoverable_authentication(&answer)?;
        let (account, credential) = (AccountId(account), credential(id));
        Ok(Claim { answer, account, credential })
    }

    /// Checks it by the passkey that it says it is by.
    pub fn check_sign_in(&self, claim: &Claim, state: DiscoverableAuthentication, key: &Key) -> Result<Use, Refusal> {
        let result = self.webauthn.finish_discoverable_authentication_v2(&claim.answer, state, &key.0)?;
        Ok(Use { credential: credential(result.cred_id()), counter: result.counter(), result })
    }
}

/// How long a browser may take, which is as long as a ceremony lives.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5 * 60);

/// An id for a new ceremony.
pub fn new_id(ctx: &OpContext) -> String {
    hex(&ctx.clock().random::<16>())
}

/// What is kept of a credential's id, by which it is found.
fn credential(id: &[u8]) -> String {
    hex(&Sha256::new().chain_update("longshore passkey").chain_update(id).finalize())
}

fn message(value: &impl Serialize) -> Result<WebAuthn, Refusal> {
    serde_json::to_string(value).and_then(WebAuthn::parse).map_err(failed)
}

fn read<T: DeserializeOwned>(answer: &WebAuthn) -> Result<T, Refusal> {
    serde_json::from_str(answer.json()).map_err(|e| Refusal::Wrong(format!("it cannot be read: {e}")))
}

fn failed(error: serde_json::Error) -> Refusal {
    Refusal::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(public: Option<&str>, host: &str) -> Result<String, Hindrance> {
        Sites::new(public).of(Some(host)).map(|site| site.name)
    }

    #[test]
    fn the_public_address_says_the_site() {
        assert_eq!(name(Some("https://cloud.example.org"), "10.0.0.1:8080").as_deref(), Ok("cloud.example.org"));
        assert_eq!(name(Some("http://localhost:8080"), "elsewhere").as_deref(), Ok("localhost"));
        assert_eq!(name(Some("https://192.0.2.1"), "localhost"), Err(Hindrance::Number("192.0.2.1".into())));
        let plain = "http://cloud.example.org";
        assert_eq!(name(Some(plain), "localhost"), Err(Hindrance::NoTls(plain.into())));
    }

    #[test]
    fn without_it_only_the_machine_itself_is_one() {
        assert_eq!(name(None, "localhost:8080").as_deref(), Ok("localhost"));
        assert_eq!(name(None, "127.0.0.1:8080"), Err(Hindrance::Number("127.0.0.1".into())));
        assert_eq!(name(None, "[::1]:8080"), Err(Hindrance::Number("[::1]".into())));
        for host in ["cloud.example.org", "localhost.example.org", "", "a b"] {
            assert_eq!(name(None, host), Err(Hindrance::NoPublicUrl), "{host}");
        }
        assert!(Hindrance::NoPublicUrl.told().en.contains("--public-url"));
    }
}
