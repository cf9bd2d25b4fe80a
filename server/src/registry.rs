//! Image registries: what digest does a reference mean now? A release is pinned to it, so that a tag that is moved
//! later changes nothing that runs, and a rollback brings back the very same image.
//!
//! The reference is a tenant's input, and Longshore's server fetches it: [`egress`] says where it will not go. Whoever has an
//! account at the registry is named by a [`Login`], which goes to that registry and to where it sends for tokens, and nowhere
//! else.
//! Protocol: <https://github.com/opencontainers/distribution-spec/blob/main/spec.md>

mod challenge;
mod egress;
mod reference;

use std::{sync::Arc, time::Duration};

use app::{i18n::Text, text};
use reqwest::{Method, Response, StatusCode, header};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use self::{
    challenge::Challenge,
    egress::Egress,
    reference::{Reference, endpoint},
};

/// What manifests Longshore can take: an image or an index of images, of OCI and of Docker.
const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";
/// How long one question may take, redirects and tokens included.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The most tags of a repository.
pub const MAX_TAGS: usize = 1000;
/// The most parts in which a registry may tell them.
const MAX_PARTS: usize = 20;
/// The most bytes of a manifest or token that are read.
const MAX_BODY: usize = 4 << 20;

/// Why a registry did not tell a digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// The registry answers and has no such image.
    #[error("the registry has no such image")]
    NotFound,
    /// The registry wants an account, or another one.
    #[error("the registry wants an account that may read it")]
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
                "The registry does not show this image. Add an account that may read it under Registries; nodes pull with it, too.",
                "镜像仓库不允许读取该镜像。请在“镜像仓库”中添加可读取的账号，节点也将使用该账号拉取。"
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

/// An account at a registry.
#[derive(Clone)]
pub struct Login {
    /// Its name.
    pub username: String,
    /// Its password, or a token that stands for it.
    pub password: Zeroizing<String>,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("username", &self.username).finish_non_exhaustive()
    }
}

/// How a request says who asks.
#[derive(Clone, Copy)]
enum Proof<'a> {
    Nobody,
    Token(&'a str),
    Login(&'a Login),
}

/// The registry that an image is pulled from: `name` or `name:port`, in lower case.
pub fn host_of(image: &str) -> String {
    Reference::parse(image).host.to_ascii_lowercase()
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
    pub async fn digest(&self, image: &str, login: Option<&Login>) -> Result<String, RegistryError> {
        let reference = Reference::parse(image);
        if let Some(digest) = reference.digest {
            return Ok(digest.to_owned());
        }
        let question = self.question(&reference, login);
        let path = format!("/manifests/{}", reference.tag);
        let answer = question.ask(Method::HEAD, &path).await?;
        if let Some(digest) = header_text(&answer, "docker-content-digest").filter(|d| is_digest(d)) {
            return Ok(digest);
        }
        // Old registries do not say it; it is the hash of the manifest itself.
        let answer = question.ask(Method::GET, &path).await?;
        Ok(hash(&body(answer).await?))
    }

    /// The digest of an image that its registry has. Unlike for [`Self::digest`], also one that is named by its digest is
    /// looked for.
    pub async fn look_up(&self, image: &str, login: Option<&Login>) -> Result<String, RegistryError> {
        let reference = Reference::parse(image);
        let Some(digest) = reference.digest else { return self.digest(image, login).await };
        self.question(&reference, login).ask(Method::HEAD, &format!("/manifests/{digest}")).await?;
        Ok(digest.to_owned())
    }

    /// The tags of an image's repository, as the registry orders them; the first [`MAX_TAGS`] when there are more.
    pub async fn tags(&self, image: &str, login: Option<&Login>) -> Result<Vec<String>, RegistryError> {
        let reference = Reference::parse(image);
        let question = self.question(&reference, login);
        let mut tags = Vec::new();
        let mut next = Some(format!("/tags/list?n={MAX_TAGS}"));
        for _ in 0..MAX_PARTS {
            let Some(path) = next.take() else { break };
            let answer = question.ask(Method::GET, &path).await?;
            next = header_text(&answer, header::LINK.as_str()).and_then(|link| next_part(&link, &reference.path));
            let unclear = |e: serde_json::Error| RegistryError::Unavailable(e.to_string());
            let list: TagList = serde_json::from_slice(&body(answer).await?).map_err(unclear)?;
            tags.extend(list.tags.unwrap_or_default());
            if tags.len() >= MAX_TAGS {
                break;
            }
        }
        tags.truncate(MAX_TAGS);
        Ok(tags)
    }

    /// Whether a registry knows an account. Fails with [`RegistryError::Denied`] when it does not.
    pub async fn check(&self, host: &str, login: &Login) -> Result<(), RegistryError> {
        let question = Question { login: Some(login), ..self.question_at(host, String::new()) };
        // A registry that lets everybody in says nothing of the account.
        question.ask(Method::GET, "").await.map(drop)
    }

    fn question<'a>(&'a self, reference: &Reference<'_>, login: Option<&'a Login>) -> Question<'a> {
        let path = &reference.path;
        Question { scope: Some(path.clone()), login, ..self.question_at(reference.host, path.clone()) }
    }

    fn question_at(&self, host: &str, path: String) -> Question<'_> {
        let plain = self.egress.is_listed(host);
        let scheme = if plain { "http" } else { "https" };
        Question {
            registry: self,
            base: format!("{scheme}://{}/v2/{path}", endpoint(host)),
            scope: None,
            login: None,
            plain,
        }
    }

    async fn send(&self, method: Method, url: &str, plain: bool, proof: Proof<'_>) -> Result<Response, RegistryError> {
        let url = reqwest::Url::parse(url).map_err(|e| RegistryError::Unavailable(e.to_string()))?;
        self.egress.check(&url, plain)?;
        let client = if plain && url.scheme() == "http" { &self.plain } else { &self.secure };
        let request = client.request(method, url).header(header::ACCEPT, ACCEPT);
        let request = match proof {
            Proof::Nobody => request,
            Proof::Token(token) => request.bearer_auth(token),
            Proof::Login(login) => request.basic_auth(&login.username, Some(login.password.as_str())),
        };
        request.send().await.map_err(|e| {
            let words = chain(&e);
            if words.contains(egress::REFUSED) { RegistryError::Refused } else { RegistryError::Unavailable(words) }
        })
    }
}

/// A question to one registry about one repository, or about the registry as a whole.
struct Question<'a> {
    registry: &'a Registry,
    base: String,
    scope: Option<String>,
    login: Option<&'a Login>,
    plain: bool,
}

impl Question<'_> {
    /// Asks, with a token or the account itself, whichever the registry wants.
    async fn ask(&self, method: Method, path: &str) -> Result<Response, RegistryError> {
        let url = format!("{}{path}", self.base);
        let answer = self.registry.send(method.clone(), &url, self.plain, Proof::Nobody).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return checked(answer);
        }
        let challenge = header_text(&answer, header::WWW_AUTHENTICATE.as_str())
            .and_then(|c| Challenge::parse(&c))
            .ok_or(RegistryError::Denied)?;
        let asker = self.login.map_or(Proof::Nobody, Proof::Login);
        let Some(service) = challenge.url(self.scope.as_deref()) else {
            let login = self.login.ok_or(RegistryError::Denied)?;
            return checked(self.registry.send(method, &url, self.plain, Proof::Login(login)).await?);
        };
        let answer = self.registry.send(Method::GET, &service, self.plain, asker).await?;
        let answer = if answer.status().is_success() { answer } else { return Err(RegistryError::Denied) };
        let token = challenge::token(&body(answer).await?).ok_or(RegistryError::Denied)?;
        checked(self.registry.send(method, &url, self.plain, Proof::Token(&token)).await?)
    }
}

/// Where the next part of a list is, below the repository's path: `</v2/shop/web/tags/list?last=1&n=100>; rel="next"`. Another
/// place than that of the same list is not gone to.
fn next_part(link: &str, path: &str) -> Option<String> {
    let (target, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
    let query = target.strip_prefix(&format!("/v2/{path}/tags/list?"))?;
    rest.contains("next").then(|| format!("/tags/list?{query}"))
}

/// What a registry answers about tags.
#[derive(serde::Deserialize)]
struct TagList {
    tags: Option<Vec<String>>,
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
