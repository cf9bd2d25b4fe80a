//! The way to a provider and back: where a browser is sent, what its code is exchanged for, and what of the ID token is
//! checked before anything is believed.

use app::model::Millis;
use chrono::DateTime;
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalClaims, AuthType, AuthUrl, AuthenticationFlow, AuthorizationCode,
    ClaimsVerificationError, Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields, EndpointNotSet,
    EndpointSet, IdToken, IdTokenFields, IdTokenVerifier, IssuerUrl, JsonWebKeySet, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, SignatureVerificationError,
    StandardErrorResponse, StandardTokenResponse, TokenResponse, TokenUrl,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreResponseType, CoreRevocableToken,
        CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Fault, Known, OpenId, Party, attempt::Attempt, claims::Claims, document::SecretGoes};
use crate::{auth::crypto::hex, clock::Clock};

/// Clocks differ by as much.
const SKEW: Millis = 60_000;
/// The most characters of a subject (OpenID Connect Core, section 2).
const MAX_SUBJECT: usize = 255;

/// All claims that the standard does not know.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Others(Map<String, Value>);

impl AdditionalClaims for Others {}

type Fields = IdTokenFields<
    Others,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<Fields, CoreTokenType>;
type Token = IdToken<Others, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
type Relying = Client<
    Others,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
    EndpointNotSet,
>;

/// Somebody of whom a provider has said who they are.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Who: the same for ever, and never another's.
    pub subject: String,
    /// What else is said.
    pub claims: Claims,
}

impl OpenId {
    /// The address at the provider to which a browser is sent with what it has begun. Asks the provider when nothing of it
    /// is remembered.
    pub async fn address(&self, party: &Party, attempt: &Attempt, now: Millis) -> Result<String, Fault> {
        let known = self.known(party, now).await?;
        let verifier = PkceCodeVerifier::new(attempt.verifier.clone());
        let (state, nonce) = (CsrfToken::new(attempt.state.clone()), Nonce::new(attempt.nonce.clone()));
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let relying = relying(party, &known)?;
        let mut request = relying
            .authorize_url(flow, move || state, move || nonce)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        for scope in ["profile", "email"].into_iter().chain(party.scopes.iter().map(String::as_str)) {
            request = request.add_scope(Scope::new(scope.to_owned()));
        }
        Ok(request.url().0.to_string())
    }

    /// Exchanges a code, and answers whom the ID token speaks of when every check of it holds.
    pub async fn exchange(
        &self,
        party: &Party,
        attempt: &Attempt,
        code: String,
        now: Millis,
    ) -> Result<Answered, Fault> {
        let known = self.known(party, now).await?;
        let tokens: Tokens = relying(party, &known)?
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier.clone()))
            .request_async(&self.fetch)
            .await
            .map_err(|error| match error {
                RequestTokenError::Request(fault) => fault,
                RequestTokenError::ServerResponse(_) => Fault::Refused,
                RequestTokenError::Parse(..) | RequestTokenError::Other(_) => Fault::Unreadable,
            })?;
        let token = tokens.id_token().ok_or(Fault::Token("presence"))?;
        let nonce = Nonce::new(attempt.nonce.clone());
        let signed = match verified(party, &known, token, &nonce, tokens.access_token(), now) {
            // The provider may have new keys.
            Err(Fault::Token(KEY)) => {
                let known = self.renewed(party, now).await?;
                verified(party, &known, token, &nonce, tokens.access_token(), now)?
            }
            other => other?,
        };
        let subject = signed.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
        if subject.is_empty()
            || subject.len() > MAX_SUBJECT
            || !subject.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
        {
            return Err(Fault::Token("subject"));
        }
        let more = self.userinfo(&known, &subject, tokens.access_token()).await?;
        Ok(Answered { subject, claims: Claims::new(signed, more) })
    }

    /// Whether the provider knows the client: it is asked for the tokens of a code that nobody has. What it says of the code
    /// does not matter. Fails with `UnknownClient`.
    pub async fn try_client(&self, party: &Party, known: &Known, clock: &Clock) -> Result<(), Fault> {
        let random = || hex(&clock.random::<32>());
        let answer = relying(party, known)?
            .exchange_code(AuthorizationCode::new(random()))
            .set_pkce_verifier(PkceCodeVerifier::new(random()))
            .request_async(&self.fetch)
            .await;
        match answer {
            Err(RequestTokenError::ServerResponse(told)) => match told.error() {
                CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient => {
                    Err(Fault::UnknownClient)
                }
                _ => Ok(()),
            },
            Err(RequestTokenError::Request(fault)) => Err(fault),
            // Not as the standard has it, but whether people can sign in it does not say.
            _ => Ok(()),
        }
    }

    /// What the provider says besides the ID token, of the same person.
    async fn userinfo(&self, known: &Known, subject: &str, token: &AccessToken) -> Result<Map<String, Value>, Fault> {
        let Some(url) = &known.document.userinfo_endpoint else { return Ok(Map::new()) };
        let more: Map<String, Value> = self.fetch.json(url, Some(token.secret())).await?;
        // Another person's claims must not be taken for this one's (OpenID Connect Core, section 5.3.2).
        if more.get("sub").and_then(Value::as_str) == Some(subject) { Ok(more) } else { Err(Fault::Token("subject")) }
    }
}

/// The check of the key by which a token is signed.
const KEY: &str = "key";

fn relying(party: &Party, known: &Known) -> Result<Relying, Fault> {
    let bad = |_| Fault::Unreadable;
    let goes = match known.document.secret {
        SecretGoes::Head => AuthType::BasicAuth,
        SecretGoes::Body => AuthType::RequestBody,
    };
    let issuer = IssuerUrl::new(party.issuer.clone()).map_err(bad)?;
    Ok(Client::new(ClientId::new(party.client_id.clone()), issuer, JsonWebKeySet::new(Vec::new()))
        .set_client_secret(ClientSecret::new(party.secret.to_string()))
        .set_auth_uri(AuthUrl::new(known.document.authorization_endpoint.clone()).map_err(bad)?)
        .set_token_uri(TokenUrl::new(known.document.token_endpoint.clone()).map_err(bad)?)
        .set_auth_type(goes)
        .set_redirect_uri(RedirectUrl::new(party.redirect_uri.clone()).map_err(bad)?))
}

/// The claims of an ID token after its signature, issuer, audience, nonce and times were checked, and that the access
/// token belongs to it.
fn verified(
    party: &Party,
    known: &Known,
    token: &Token,
    nonce: &Nonce,
    access: &AccessToken,
    now: Millis,
) -> Result<Map<String, Value>, Fault> {
    let issuer = IssuerUrl::new(party.issuer.clone()).map_err(|_| Fault::Unreadable)?;
    let at = |millis: Millis| DateTime::from_timestamp_millis(millis).unwrap_or_default();
    // Without the secret: a token that is signed with it would be one that whoever knows it can make.
    let verifier = IdTokenVerifier::<CoreJsonWebKey>::new_public_client(
        ClientId::new(party.client_id.clone()),
        issuer,
        JsonWebKeySet::new(known.keys.clone()),
    )
    .set_allowed_algs(known.document.algorithms.clone())
    .set_time_fn(move || at(now - SKEW))
    .set_issue_time_verifier_fn(move |issued| if issued <= at(now + SKEW) { Ok(()) } else { Err(String::new()) });
    let claims = token.claims(&verifier, nonce).map_err(|e| Fault::Token(failed(&e)))?;
    if let Some(expected) = claims.access_token_hash() {
        let alg = token.signing_alg().map_err(|_| Fault::Token("signature"))?;
        let key = token.signing_key(&verifier).map_err(|_| Fault::Token(KEY))?;
        let hash = AccessTokenHash::from_token(access, alg, key).map_err(|_| Fault::Token("access token"))?;
        if hash != *expected {
            return Err(Fault::Token("access token"));
        }
    }
    match serde_json::to_value(claims) {
        Ok(Value::Object(claims)) => Ok(claims),
        _ => Err(Fault::Unreadable),
    }
}

/// Which check an ID token fails. The errors' own words have the token's values in them.
fn failed(error: &ClaimsVerificationError) -> &'static str {
    match error {
        ClaimsVerificationError::Expired(_) => "times",
        ClaimsVerificationError::InvalidAudience(_) => "audience",
        ClaimsVerificationError::InvalidIssuer(_) => "issuer",
        ClaimsVerificationError::InvalidNonce(_) => "nonce",
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => KEY,
        ClaimsVerificationError::SignatureVerification(_) => "signature",
        _ => "claims",
    }
}
