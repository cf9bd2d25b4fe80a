//! An OpenID Connect provider on this machine that signs for real, and does everything wrong that it is told to. A real
//! provider is asked in `end2end/specs/openid.spec.mjs`; none does what is done here.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Form, Json, Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode, header};
use openidconnect::{
    AccessToken, AdditionalClaims, IdToken, IdTokenClaims, JsonWebKeyId, PkceCodeChallenge, PkceCodeVerifier,
    PrivateSigningKey,
    core::{
        CoreEdDsaPrivateSigningKey, CoreGenderClaim, CoreHmacKey, CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub const CLIENT: &str = "longshore";
pub const SECRET: &str = "the client's secret";
const ACCESS: &str = "an-access-token";

/// A key for tests alone.
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIPTa8302wHmGLfrfbDzFazVZicP3VHP+WyflMoChi5ud
-----END PRIVATE KEY-----
";

/// What the issuer does, for the test to change.
#[derive(Clone, Default)]
pub struct Conduct {
    /// Claims of the ID token, over the right ones; null takes one away.
    pub claims: Map<String, Value>,
    /// What the userinfo endpoint answers besides the subject.
    pub userinfo: Map<String, Value>,
    /// Over the discovery document.
    pub document: Map<String, Value>,
    /// The key's name in the keys and in tokens.
    pub kid: String,
    /// The key's name in tokens, when it is another.
    pub token_kid: Option<String>,
    /// The ID token's signature: `EdDSA`, `HS256` or `none`.
    pub alg: &'static str,
    /// Signs another token than it sends.
    pub forged: bool,
    /// Sends this in the place of keys.
    pub keys: Option<String>,
    /// How long the token endpoint takes.
    pub slow: Duration,
    /// What the token endpoint answers in the place of tokens.
    pub refuses: Option<(u16, Value)>,
    /// The token endpoint leads elsewhere.
    pub redirects: bool,
    /// What the time is to the issuer, in seconds.
    pub now: i64,
    /// How often keys were asked for.
    pub key_fetches: u32,
    /// Codes that were given: nonce, challenge.
    codes: HashMap<String, (String, String)>,
}

/// The issuer.
#[derive(Clone)]
pub struct Issuer {
    pub url: String,
    conduct: Arc<Mutex<Conduct>>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Others(Map<String, Value>);

impl AdditionalClaims for Others {}

type Token = IdToken<Others, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

impl Issuer {
    /// Begins to listen. `now` is the time in milliseconds.
    pub async fn start(now: i64) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let conduct = Conduct { kid: "one".into(), alg: "EdDSA", now: now / 1000, ..Conduct::default() };
        let issuer = Self { url, conduct: Arc::new(Mutex::new(conduct)) };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(document))
            .route("/jwks", get(keys))
            .route("/token", post(token))
            .route("/me", get(userinfo))
            .with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        issuer
    }

    /// What it does.
    pub fn conduct(&self) -> MutexGuard<'_, Conduct> {
        self.conduct.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does everything right again, for somebody with these claims.
    pub fn is_good(&self, claims: Value) {
        let mut conduct = self.conduct();
        let (now, codes, key_fetches) = (conduct.now, conduct.codes.clone(), conduct.key_fetches);
        let claims = claims.as_object().cloned().unwrap_or_default();
        let kid = conduct.kid.clone();
        *conduct = Conduct { claims, kid, alg: "EdDSA", now, codes, key_fetches, ..Conduct::default() };
    }

    /// Somebody has agreed, on the page that this address leads to. Answers the code and the state that the browser brings
    /// back.
    pub fn agree(&self, address: &str) -> (String, String) {
        let query = query(address);
        assert_eq!(query["client_id"], CLIENT);
        assert_eq!((query["response_type"].as_str(), query["code_challenge_method"].as_str()), ("code", "S256"));
        let mut conduct = self.conduct();
        let code = format!("secret-code-{}", conduct.codes.len());
        conduct.codes.insert(code.clone(), (query["nonce"].clone(), query["code_challenge"].clone()));
        (code, query["state"].clone())
    }
}

/// The values of an address's query.
pub fn query(address: &str) -> HashMap<String, String> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

async fn document(State(issuer): State<Issuer>) -> Json<Value> {
    let url = &issuer.url;
    let mut document = json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/auth"),
        "token_endpoint": format!("{url}/token"),
        "userinfo_endpoint": format!("{url}/me"),
        "jwks_uri": format!("{url}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA", "HS256", "none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    });
    for (name, value) in &issuer.conduct().document {
        document[name] = value.clone();
    }
    Json(document)
}

fn signing_key(kid: &str) -> CoreEdDsaPrivateSigningKey {
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(KEY, Some(JsonWebKeyId::new(kid.to_owned()))).expect("a key")
}

async fn keys(State(issuer): State<Issuer>) -> Response {
    let mut conduct = issuer.conduct();
    conduct.key_fetches += 1;
    match &conduct.keys {
        Some(keys) => keys.clone().into_response(),
        None => Json(json!({ "keys": [signing_key(&conduct.kid).as_verification_key()] })).into_response(),
    }
}

async fn userinfo(State(issuer): State<Issuer>, headers: HeaderMap) -> Response {
    if headers.get(header::AUTHORIZATION).is_none_or(|v| v != format!("Bearer {ACCESS}").as_str()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let conduct = issuer.conduct();
    let mut answer = json!({ "sub": conduct.claims.get("sub").cloned().unwrap_or_else(|| json!("1")) });
    for (name, value) in &conduct.userinfo {
        answer[name] = value.clone();
    }
    Json(answer).into_response()
}

#[derive(Deserialize)]
struct Exchange {
    code: String,
    code_verifier: String,
    redirect_uri: String,
}

async fn token(State(issuer): State<Issuer>, headers: HeaderMap, Form(form): Form<Exchange>) -> Response {
    let error = |status: StatusCode, error: &str| (status, Json(json!({ "error": error }))).into_response();
    // "longshore:the+client%27s+secret", as RFC 6749, section 2.3.1, has it.
    let right = "Basic bG9uZ3Nob3JlOnRoZStjbGllbnQlMjdzK3NlY3JldA==";
    if headers.get(header::AUTHORIZATION).is_none_or(|v| v != right) {
        return error(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let slow = issuer.conduct().slow;
    tokio::time::sleep(slow).await;
    let mut conduct = issuer.conduct();
    if let Some((status, body)) = &conduct.refuses {
        return (StatusCode::from_u16(*status).expect("a status"), Json(body.clone())).into_response();
    }
    if conduct.redirects {
        return Redirect::temporary("/jwks").into_response();
    }
    let Some((nonce, challenge)) = conduct.codes.remove(&form.code) else {
        return error(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    let verifier = PkceCodeVerifier::new(form.code_verifier);
    assert_eq!(PkceCodeChallenge::from_code_verifier_sha256(&verifier).as_str(), challenge);
    assert!(form.redirect_uri.starts_with("http://longshore.test/sign-in/with/"), "{}", form.redirect_uri);
    let token = id_token(&issuer.url, &nonce, &conduct);
    Json(json!({ "access_token": ACCESS, "token_type": "Bearer", "id_token": token })).into_response()
}

fn id_token(issuer: &str, nonce: &str, conduct: &Conduct) -> String {
    let mut claims = json!({
        "iss": issuer, "aud": [CLIENT], "sub": "1", "nonce": nonce, "iat": conduct.now, "exp": conduct.now + 300,
    });
    for (name, value) in &conduct.claims {
        claims[name] = value.clone();
    }
    claims.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    let right_hash = claims.get("at_hash").is_none();
    let claims: IdTokenClaims<Others, CoreGenderClaim> = serde_json::from_value(claims).expect("claims");
    let key = signing_key(conduct.token_kid.as_ref().unwrap_or(&conduct.kid));
    let access = AccessToken::new(ACCESS.to_owned());
    let (eddsa, hs256) = (CoreJwsSigningAlgorithm::EdDsa, CoreJwsSigningAlgorithm::HmacSha256);
    let signed = match conduct.alg {
        "HS256" => Token::new(claims, &CoreHmacKey::new(SECRET), hs256, None, None),
        _ => Token::new(claims, &key, eddsa, Some(&access).filter(|_| right_hash), None),
    };
    let text = signed.expect("signed").to_string();
    let parts: Vec<&str> = text.split('.').collect();
    match (conduct.alg, conduct.forged) {
        // {"alg":"none"}
        ("none", _) => format!("eyJhbGciOiJub25lIn0.{}.", parts[1]),
        (_, true) => {
            let mut other = conduct.clone();
            (other.forged, other.claims) =
                (false, json!({ "sub": "somebody else" }).as_object().expect("claims").clone());
            let other = id_token(issuer, nonce, &other);
            format!("{}.{}.{}", parts[0], other.split('.').nth(1).unwrap_or_default(), parts[2])
        }
        _ => text,
    }
}
