//! How registries ask who one is, even for what is public: by an account
//! (<https://www.rfc-editor.org/rfc/rfc7617>), or by a token that another service gives
//! (<https://distribution.github.io/distribution/spec/auth/token/>).

/// What a registry said when it answered 401.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// It wants the account itself.
    Basic,
    /// It wants a token.
    Bearer {
        /// Where tokens are given.
        realm: String,
        /// For whom.
        service: Option<String>,
    },
}

impl Challenge {
    /// Reads `Bearer realm="…",service="…",scope="…"` or `Basic realm="…"`; `None` for other schemes.
    pub(super) fn parse(header: &str) -> Option<Self> {
        let header = header.trim();
        let (scheme, parameters) = header.split_once(' ').unwrap_or((header, ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let (mut realm, mut service) = (None, None);
        // Values are quoted and may hold commas.
        let mut rest = parameters;
        while let Some((name, after)) = rest.split_once("=\"") {
            let (value, after) = after.split_once('"')?;
            match name.trim_matches([',', ' ']).to_ascii_lowercase().as_str() {
                "realm" => realm = Some(value.to_owned()),
                "service" => service = Some(value.to_owned()),
                _ => {}
            }
            rest = after;
        }
        Some(Self::Bearer { realm: realm?, service })
    }

    /// Where to ask for a token, to read `path` when there is one; `None` when no token is wanted.
    pub(super) fn url(&self, path: Option<&str>) -> Option<String> {
        let Self::Bearer { realm, service } = self else { return None };
        let Ok(mut url) = reqwest::Url::parse(realm) else { return Some(realm.clone()) };
        {
            let mut query = url.query_pairs_mut();
            if let Some(service) = service {
                query.append_pair("service", service);
            }
            if let Some(path) = path {
                query.append_pair("scope", &format!("repository:{path}:pull"));
            }
        }
        Some(url.into())
    }
}

/// The token in an answer.
pub(super) fn token(body: &[u8]) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_slice(body).ok()?;
    let token = answer.get("token").or_else(|| answer.get("access_token"))?.as_str()?;
    token.bytes().all(|b| b.is_ascii_graphic()).then(|| token.to_owned())
}
