//! The discovery document of a provider, and what Longshore needs to find in it.

use openidconnect::{
    JsonWebKeySet,
    core::{CoreJsonWebKey, CoreJwsSigningAlgorithm as Alg},
};
use serde::Deserialize;

use super::{Fault, fetch::Fetch, may_ask};

/// What a discovery document lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It is another issuer's.
    Issuer,
    /// An endpoint is missing or may not be asked: its name in the document.
    Endpoint(&'static str),
    /// The provider does not know the authorization code flow.
    Code,
    /// The provider does not know PKCE with S256.
    Pkce,
    /// It signs with nothing that Longshore can check.
    Algorithms,
    /// It takes secrets in no way that Longshore knows.
    Secret,
    /// It has no key that Longshore can check with.
    Keys,
}

/// How the secret is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretGoes {
    /// In the head, by HTTP's basic scheme.
    Head,
    /// In the body.
    Body,
}

/// A document that has all that is needed.
#[derive(Clone, Debug)]
pub struct Document {
    /// Where people are sent.
    pub authorization_endpoint: String,
    /// Where codes are exchanged.
    pub token_endpoint: String,
    /// Where the keys are.
    jwks_uri: String,
    /// Where further claims are, if anywhere.
    pub userinfo_endpoint: Option<String>,
    /// How it signs, of what Longshore can check.
    pub algorithms: Vec<Alg>,
    /// How it takes the secret.
    pub secret: SecretGoes,
    /// Whether its answers name it (RFC 9207).
    pub names_itself: bool,
}

/// As it is sent.
#[derive(Deserialize)]
struct Sent {
    issuer: String,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    jwks_uri: Option<String>,
    userinfo_endpoint: Option<String>,
    response_types_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// The signatures that can be checked, by public keys alone. The ID token's own words do not decide between them: a key
/// has its kind.
const ALGORITHMS: [(&str, Alg); 9] = [
    ("RS256", Alg::RsaSsaPkcs1V15Sha256),
    ("RS384", Alg::RsaSsaPkcs1V15Sha384),
    ("RS512", Alg::RsaSsaPkcs1V15Sha512),
    ("PS256", Alg::RsaSsaPssSha256),
    ("PS384", Alg::RsaSsaPssSha384),
    ("PS512", Alg::RsaSsaPssSha512),
    ("ES256", Alg::EcdsaP256Sha256),
    ("ES384", Alg::EcdsaP384Sha384),
    ("EdDSA", Alg::EdDsa),
];

impl Document {
    /// Asks an issuer for its document.
    pub(super) async fn fetch(fetch: &Fetch, issuer: &str) -> Result<Self, Fault> {
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let sent: Sent = fetch.json(&url, None).await?;
        Self::check(issuer, sent).map_err(Fault::Document)
    }

    /// The keys that it names.
    pub(super) async fn fetch_keys(&self, fetch: &Fetch) -> Result<Vec<CoreJsonWebKey>, Fault> {
        let keys: JsonWebKeySet<CoreJsonWebKey> = fetch.json(&self.jwks_uri, None).await?;
        if keys.keys().is_empty() { Err(Fault::Document(Wrong::Keys)) } else { Ok(keys.keys().clone()) }
    }

    fn check(issuer: &str, sent: Sent) -> Result<Self, Wrong> {
        if sent.issuer != issuer {
            return Err(Wrong::Issuer);
        }
        let endpoint = |name, url: Option<String>| url.filter(|url| may_ask(issuer, url)).ok_or(Wrong::Endpoint(name));
        let has = |list: &Option<Vec<String>>, name| list.as_ref().is_none_or(|l| l.iter().any(|v| v == name));
        let authorization_endpoint = endpoint("authorization_endpoint", sent.authorization_endpoint)?;
        let token_endpoint = endpoint("token_endpoint", sent.token_endpoint)?;
        let jwks_uri = endpoint("jwks_uri", sent.jwks_uri)?;
        let userinfo_endpoint = match sent.userinfo_endpoint {
            Some(url) => Some(endpoint("userinfo_endpoint", Some(url))?),
            None => None,
        };
        if !has(&sent.response_types_supported, "code") {
            return Err(Wrong::Code);
        }
        // Many that know it do not say so; who says something has to name it.
        if !has(&sent.code_challenge_methods_supported, "S256") {
            return Err(Wrong::Pkce);
        }
        let offered = sent.id_token_signing_alg_values_supported.unwrap_or_default();
        let algorithms = known_algorithms(offered.iter().map(String::as_str));
        if algorithms.is_empty() {
            return Err(Wrong::Algorithms);
        }
        // The head is the default (OpenID Connect Discovery, section 3).
        let secret = match &sent.token_endpoint_auth_methods_supported {
            methods if has(methods, "client_secret_basic") => SecretGoes::Head,
            methods if has(methods, "client_secret_post") => SecretGoes::Body,
            _ => return Err(Wrong::Secret),
        };
        Ok(Self {
            authorization_endpoint,
            token_endpoint,
            jwks_uri,
            userinfo_endpoint,
            algorithms,
            secret,
            names_itself: sent.authorization_response_iss_parameter_supported,
        })
    }

    /// The names of the signatures.
    pub fn algorithm_names(&self) -> Vec<String> {
        let named = ALGORITHMS.iter().filter(|(_, alg)| self.algorithms.contains(alg));
        named.map(|(name, _)| (*name).to_owned()).collect()
    }
}

fn known_algorithms<'a>(offered: impl Iterator<Item = &'a str>) -> Vec<Alg> {
    offered.filter_map(|name| ALGORITHMS.iter().find(|(n, _)| *n == name).map(|(_, alg)| alg.clone())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://login.example";

    fn document() -> Value {
        json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://login.example/auth",
            "token_endpoint": "https://login.example/token",
            "jwks_uri": "https://login.example/jwks",
            "response_types_supported": ["code", "id_token"],
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["none", "HS256", "ES256", "RS256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_post"],
        })
    }

    fn checked(change: impl FnOnce(&mut Value)) -> Result<Document, Wrong> {
        let mut sent = document();
        change(&mut sent);
        Document::check(ISSUER, serde_json::from_value(sent).expect("readable"))
    }

    #[test]
    fn a_document_has_all_that_is_needed() {
        let good = checked(|_| {}).expect("good");
        assert_eq!(good.algorithm_names(), ["RS256", "ES256"]);
        assert_eq!((good.secret, good.names_itself), (SecretGoes::Body, false));
        let silent = checked(|d| d["token_endpoint_auth_methods_supported"] = Value::Null).expect("good");
        assert_eq!(silent.secret, SecretGoes::Head);
    }

    #[test]
    fn what_is_missing_is_named() {
        for (field, value, wrong) in [
            ("issuer", json!("https://login.example/"), Wrong::Issuer),
            ("authorization_endpoint", json!("http://login.example/auth"), Wrong::Endpoint("authorization_endpoint")),
            ("token_endpoint", Value::Null, Wrong::Endpoint("token_endpoint")),
            ("jwks_uri", json!("http://127.0.0.1/jwks"), Wrong::Endpoint("jwks_uri")),
            ("userinfo_endpoint", json!("file:///etc/passwd"), Wrong::Endpoint("userinfo_endpoint")),
            ("response_types_supported", json!(["id_token"]), Wrong::Code),
            ("code_challenge_methods_supported", json!(["plain"]), Wrong::Pkce),
            ("id_token_signing_alg_values_supported", json!(["none", "HS256"]), Wrong::Algorithms),
            ("token_endpoint_auth_methods_supported", json!(["private_key_jwt"]), Wrong::Secret),
        ] {
            assert_eq!(checked(|d| d[field] = value).err(), Some(wrong), "{field}");
        }
    }
}
