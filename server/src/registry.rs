//! Image registries: what digest does a reference mean now? A release is pinned to it, so that a tag that is moved
//! later changes nothing that runs, and a rollback brings back the very same image.
//!
//! The reference is a tenant's input, and Longshore's server fetches it: [`egress`] says where it will not go.
//! Protocol: <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>

mod challenge;
mod egress;
mod reference;

use std::{sync::Arc, time::Duration};

use app::{i18n::Text, text};
use reqwest::{Method, Response, StatusCode, header};
use sha2::{Digest, Sha256};

use self::{challenge::Challenge, egress::Egress, reference::Reference};

/// What manifests Longshore can take: an image or an index of images, of OCI and of Docker.
const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";
/// How long one question may take, redirects and tokens included.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The most bytes of a manifest or token that are read.
const MAX_BODY: usize = 4 << 20;

/// Why a registry did not tell a digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// The registry answers and has no such image.
    #[error("the registry has no such image")]
    NotFound,
    /// The registry asks for credentials, which Longshore does not have.
    #[error("the registry asks for credentials")]
    Denied,
    /// The address is one that Longshore's server does not ask on a tenant's behalf.
    #[error("the registry's address is not allowed")]
    Refused,
    /// No answer, or none that can be understood; `.0` is for the log.
    #[error("the registry cannot be asked: {0}")]
    Unavailable(String),
    /// The client cannot be made; `.0` is for the log.
    #[error("no client for registries: {0}")]
    Client(String),
}

impl RegistryError {
    /// The sentence for people.
    pub fn to_text(&self) -> Text {
        match self {
            Self::NotFound => text!(
                "The registry has no such image. Check its name and tag.",
                "镜像仓库中没有该镜像，请检查名称和标签。"
            ),
            Self::Denied => text!(
                "The registry asks for credentials, so the image was not checked. The nodes must be able to pull it.",
                "镜像仓库需要凭据，未能检查该镜像。请确保节点可以拉取。"
            ),
            Self::Refused => text!(
                "Longshore does not ask registries at this address, so the image was not checked.",
                "Longshore 不会访问该地址上的镜像仓库，因此未检查该镜像。"
            ),
            Self::Unavailable(_) | Self::Client(_) => text!(
                "The registry did not answer, so the image was not checked and is not pinned to a digest.",
                "镜像仓库没有响应，未检查该镜像，也未固定到摘要。"
            ),
        }
    }
}

/// Asks registries.
#[derive(Clone, Debug)]
pub struct Registry {
    egress: Arc<Egress>,
    secure: reqwest::Client,
    plain: reqwest::Client,
}

impl Registry {
    /// With the hosts (`name` or `name:port`) that are asked by plain HTTP and may be at any address, the machine's
    /// own among them. Fails when the machine has no usable TLS.
    pub fn new(insecure: &[String]) -> Result<Self, RegistryError> {
        let egress = Arc::new(Egress::new(insecure));
        let client = || {
            reqwest::Client::builder()
                .timeout(TIMEOUT)
                .connect_timeout(Duration::from_secs(3))
                .redirect(reqwest::redirect::Policy::none())
                .user_agent(concat!("longshore/", env!("CARGO_PKG_VERSION")))
        };
        let failed = |e: reqwest::Error| RegistryError::Client(chain(&e));
        Ok(Self {
            // A proxy would look names up itself, past the addresses that are refused here.
            secure: client().no_proxy().dns_resolver(Arc::clone(&egress)).https_only(true).build().map_err(failed)?,
            plain: client().no_proxy().build().map_err(failed)?,
            egress,
        })
    }

    /// The digest (`sha256:…`) that an image reference means now.
    pub async fn digest(&self, image: &str) -> Result<String, RegistryError> {
        let reference = Reference::parse(image);
        if let Some(digest) = reference.digest {
            return Ok(digest.to_owned());
        }
        let plain = self.egress.is_listed(reference.host);
        let scheme = if plain { "http" } else { "https" };
        let (host, path, tag) = (reference.host, &reference.path, reference.tag);
        let url = format!("{scheme}://{host}/v2/{path}/manifests/{tag}");
        let answer = self.ask(Method::HEAD, &url, plain, path).await?;
        if let Some(digest) = header_text(&answer, "docker-content-digest").filter(|d| is_digest(d)) {
            return Ok(digest);
        }
        // Old registries do not say it; it is the hash of the manifest itself.
        let answer = self.ask(Method::GET, &url, plain, path).await?;
        Ok(hash(&body(answer).await?))
    }

    /// Asks, with a token when the registry wants one for reading what is public.
    async fn ask(&self, method: Method, url: &str, plain: bool, path: &str) -> Result<Response, RegistryError> {
        let answer = self.send(method.clone(), url, plain, None).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return checked(answer);
        }
        let challenge = header_text(&answer, header::WWW_AUTHENTICATE.as_str())
            .and_then(|c| Challenge::parse(&c))
            .ok_or(RegistryError::Denied)?;
        let answer = self.send(Method::GET, &challenge.url(path), plain, None).await?;
        let answer = if answer.status().is_success() { answer } else { return Err(RegistryError::Denied) };
        let token = challenge::token(&body(answer).await?).ok_or(RegistryError::Denied)?;
        checked(self.send(method, url, plain, Some(&token)).await?)
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        plain: bool,
        token: Option<&str>,
    ) -> Result<Response, RegistryError> {
        let url = reqwest::Url::parse(url).map_err(|e| RegistryError::Unavailable(e.to_string()))?;
        self.egress.check(&url, plain)?;
        let client = if plain && url.scheme() == "http" { &self.plain } else { &self.secure };
        let mut request = client.request(method, url).header(header::ACCEPT, ACCEPT);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request.send().await.map_err(|e| {
            let words = chain(&e);
            if words.contains(egress::REFUSED) { RegistryError::Refused } else { RegistryError::Unavailable(words) }
        })
    }
}

fn checked(answer: Response) -> Result<Response, RegistryError> {
    match answer.status() {
        status if status.is_success() => Ok(answer),
        StatusCode::NOT_FOUND => Err(RegistryError::NotFound),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(RegistryError::Denied),
        status => Err(RegistryError::Unavailable(format!("status {status}"))),
    }
}

async fn body(mut answer: Response) -> Result<Vec<u8>, RegistryError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| RegistryError::Unavailable(chain(&e)))? {
        if bytes.len() + chunk.len() > MAX_BODY {
            return Err(RegistryError::Unavailable("the answer is too large".to_owned()));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn header_text(answer: &Response, name: &str) -> Option<String> {
    answer.headers().get(name)?.to_str().ok().map(str::to_owned)
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn hash(manifest: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(manifest).iter().fold("sha256:".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        words.push_str(": ");
        words.push_str(&source.to_string());
        cause = source.source();
    }
    words
}

#[cfg(test)]
mod tests;
