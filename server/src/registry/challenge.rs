//! The token that registries want even for what is public:
//! <https://distribution.github.io/distribution/spec/auth/token/>

/// What a registry said when it answered 401.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    realm: String,
    service: Option<String>,
}

impl Challenge {
    /// Reads `Bearer realm="…",service="…",scope="…"`; `None` for other schemes.
    pub(super) fn parse(header: &str) -> Option<Self> {
        let (scheme, parameters) = header.trim().split_once(' ')?;
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
        Some(Self { realm: realm?, service })
    }

    /// Where to ask for a token to read `path`.
    pub(super) fn url(&self, path: &str) -> String {
        let Ok(mut url) = reqwest::Url::parse(&self.realm) else { return self.realm.clone() };
        {
            let mut query = url.query_pairs_mut();
            if let Some(service) = &self.service {
                query.append_pair("service", service);
            }
            query.append_pair("scope", &format!("repository:{path}:pull"));
        }
        url.into()
    }
}

/// The token in an answer.
pub(super) fn token(body: &[u8]) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_slice(body).ok()?;
    let token = answer.get("token").or_else(|| answer.get("access_token"))?.as_str()?;
    token.bytes().all(|b| b.is_ascii_graphic()).then(|| token.to_owned())
}
