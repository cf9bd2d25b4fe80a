//! The REST endpoints around signing in: the second step, captchas, one's own second factor, and what a tenant asks of
//! its people.

use app::{UiError, model::*};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};

use super::{
    Caller, HttpState, OwnHead, Person,
    problem::{Json, Path, Problem, language},
    rest::{Created, Reply, made, reply},
    version::{IfMatch, TaggedReply, tagged},
};

/// `POST /session/code`: the second step.
pub async fn create_session_by_code(
    State(state): State<HttpState>,
    parts: Parts,
    Json(form): Json<CodeForm>,
) -> Result<Created<Viewer>, Problem> {
    made(state.door.0.second_factors().complete(&parts, form).await)
}

/// `POST /session/captcha`
pub async fn create_captcha(State(state): State<HttpState>, parts: Parts) -> Result<Created<Captcha>, Problem> {
    made(state.door.0.captchas().create(&parts).await)
}

/// `GET /session/captcha/{id}.png` and `.wav`
pub async fn get_captcha(
    State(state): State<HttpState>,
    Path(file): Path<String>,
    parts: Parts,
) -> Result<Response, Problem> {
    let captchas = state.door.0.captchas();
    let (kind, body) = match file.rsplit_once('.') {
        Some((id, "png")) => ("image/png", captchas.picture(&parts, id).await?),
        Some((id, "wav")) => ("audio/wav", captchas.sound(&parts, id, language(&parts.headers)).await?),
        _ => return Err(Problem(UiError::not_found())),
    };
    Ok(media(kind, body, &parts.headers))
}

/// A file that may be asked for in parts (RFC 9110, section 14), without which some browsers play no sound.
fn media(kind: &'static str, body: Vec<u8>, headers: &HeaderMap) -> Response {
    let whole = body.len();
    let part = headers.get(header::RANGE).and_then(|v| v.to_str().ok()).and_then(|range| span(range, whole));
    let mut response = match part {
        Some((first, last)) => (StatusCode::PARTIAL_CONTENT, body[first..=last].to_vec()).into_response(),
        None => body.into_response(),
    };
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    out.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Some((first, last)) = part
        && let Ok(range) = HeaderValue::from_str(&format!("bytes {first}-{last}/{whole}"))
    {
        out.insert(header::CONTENT_RANGE, range);
    }
    response
}

/// The first and last byte of a single range; `None` for anything else, which is answered with the whole.
fn span(range: &str, whole: usize) -> Option<(usize, usize)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let first: usize = first.parse().ok()?;
    let end = whole.checked_sub(1)?;
    let last = if last.is_empty() { end } else { last.parse::<usize>().ok()?.min(end) };
    (first <= last).then_some((first, last))
}

/// `POST /session/password/strength`
pub async fn judge_password(
    State(state): State<HttpState>,
    parts: Parts,
    Json(form): Json<StrengthForm>,
) -> Reply<Strength> {
    reply(state.door.0.judge_password(&parts, form).await)
}

/// `GET /session/second-factor`
pub async fn get_second_factor(State(state): State<HttpState>, OwnHead(parts): OwnHead) -> Reply<SecondFactor> {
    reply(state.door.0.second_factors().get(&parts).await)
}

/// `POST /session/second-factor`: begins an enrolment.
pub async fn begin_second_factor(
    State(state): State<HttpState>,
    OwnHead(parts): OwnHead,
    Json(form): Json<AgainForm>,
) -> Result<Created<Enrolment>, Problem> {
    made(state.door.0.second_factors().begin(&parts, form).await)
}

/// `PUT /session/second-factor`: puts the enrolment into use, and answers the recovery codes.
pub async fn confirm_second_factor(
    State(state): State<HttpState>,
    OwnHead(parts): OwnHead,
    Json(form): Json<CodeForm>,
) -> Reply<RecoveryCodes> {
    reply(state.door.0.second_factors().confirm(&parts, form).await)
}

/// `POST /session/second-factor/recovery-codes`
pub async fn renew_recovery_codes(
    State(state): State<HttpState>,
    OwnHead(parts): OwnHead,
    Json(form): Json<ProofForm>,
) -> Result<Created<RecoveryCodes>, Problem> {
    made(state.door.0.second_factors().renew_codes(&parts, form).await)
}

/// `POST /session/second-factor/removal`: a POST, since what proves it does not belong into an address.
pub async fn remove_second_factor(
    State(state): State<HttpState>,
    OwnHead(parts): OwnHead,
    Json(form): Json<ProofForm>,
) -> Result<StatusCode, Problem> {
    state.door.0.second_factors().remove(&parts, form).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /accounts/{id}/second-factor`: somebody else's, who has lost it.
pub async fn reset_second_factor(Person(s): Person, Path(id): Path<AccountId>) -> Result<StatusCode, Problem> {
    s.accounts().reset_second_factor(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /tenants/{id}/security`
pub async fn get_tenant_security(Caller(s): Caller, Path(id): Path<TenantId>) -> TaggedReply<TenantSecurity> {
    tagged(s.tenants().security(Some(id)).await)
}

/// `PUT /tenants/{id}/security`
pub async fn update_tenant_security(
    Person(s): Person,
    Path(id): Path<TenantId>,
    asked: IfMatch,
    Json(form): Json<TenantSecurity>,
) -> TaggedReply<TenantSecurity> {
    let form = TenantSecurity { version: asked.or(form.version)?, ..form };
    tagged(asked.held(s.tenants().change_security(Some(id), form).await))
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn a_single_range_is_cut_to_what_there_is() {
        for (range, expected) in [
            ("bytes=0-", Some((0, 99))),
            ("bytes=10-19", Some((10, 19))),
            ("bytes=90-1000", Some((90, 99))),
            ("bytes=100-", None),
            ("bytes=-5", None),
            ("bytes=1-2,4-5", None),
            ("items=1-2", None),
        ] {
            assert_eq!(span(range, 100), expected, "{range}");
        }
        assert_eq!(span("bytes=0-", 0), None);
    }
}
