//! Kubeconfigs as people paste them: read, refused where they would have the server run programs or read files,
//! and cut to the one cluster and user that the current context names.

use app::{
    FieldError,
    i18n::Text,
    model::{MAX_KUBECONFIG_BYTES, Millis},
    text,
};
use kube::config::{AuthInfo, Kubeconfig};

use super::certificate;

/// Why a kubeconfig is refused, before anything is sent anywhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KubeconfigFault {
    /// Nothing was given.
    #[error("it is empty")]
    Empty,
    /// More than [`MAX_BYTES`].
    #[error("it is too large")]
    TooLarge,
    /// It is not YAML, or not a kubeconfig. The parser's words are not repeated: they may quote a secret.
    #[error("it is not a kubeconfig")]
    NotYaml,
    /// No current context; `.0` are the contexts it has.
    #[error("it has no current context")]
    NoContext(Vec<String>),
    /// The current context is not among the contexts, or names a cluster or user that is not there.
    #[error("{0} is named but not there")]
    Missing(String),
    /// The cluster has no address.
    #[error("the cluster has no server")]
    NoServer,
    /// The address is not `https`.
    #[error("the server's address is not https")]
    NotHttps(String),
    /// It would run a program on the server.
    #[error("it would run the program {0}")]
    Exec(String),
    /// It uses a plug-in for signing in.
    #[error("it uses the plug-in {0}")]
    AuthProvider(String),
    /// It points at a file; `.0` is the setting.
    #[error("{0} points at a file")]
    File(&'static str),
    /// The address carries a name or a password, and would be shown with it.
    #[error("the server's address carries a name or a password")]
    NamedAddress,
    /// It switches off the check of the server's certificate.
    #[error("it switches certificate checks off")]
    Insecure,
    /// It asks for a proxy.
    #[error("it asks for a proxy")]
    Proxy,
    /// It acts as somebody else, which Longshore does itself for each tenant.
    #[error("it impersonates")]
    Impersonates,
    /// It has neither certificate nor token nor password.
    #[error("it has no credentials")]
    NoCredentials,
    /// A certificate cannot be read; `.0` is the setting.
    #[error("{0} cannot be read")]
    BadData(&'static str),
    /// The client certificate's time is over; `.0` says since when.
    #[error("the client certificate expired at {0}")]
    Expired(String),
    /// The client certificate's time has not begun.
    #[error("the client certificate is valid only from {0}")]
    NotYet(String),
}

impl KubeconfigFault {
    /// As an error of the form's field.
    pub fn to_field(&self) -> FieldError {
        FieldError { field: "kubeconfig".to_owned(), message: self.to_text() }
    }

    fn to_text(&self) -> Text {
        match self {
            Self::Empty => text!("Paste a kubeconfig, or choose its file.", "请粘贴 kubeconfig 或选择文件。"),
            Self::TooLarge => text!(
                "The kubeconfig is larger than 256 KiB. Keep only the context that is needed: kubectl config view --minify --flatten.",
                "kubeconfig 超过 256 KiB。请只保留所需的上下文：kubectl config view --minify --flatten。"
            ),
            Self::NotYaml => text!(
                "This is not the YAML of a kubeconfig. Paste the whole file, from “apiVersion” on.",
                "内容不是有效的 kubeconfig YAML。请从 “apiVersion” 起粘贴整个文件。"
            ),
            Self::NoContext(contexts) if contexts.is_empty() => text!(
                "The kubeconfig has no context. Export one with kubectl config view --minify --flatten.",
                "kubeconfig 中没有上下文。请用 kubectl config view --minify --flatten 导出。"
            ),
            Self::NoContext(contexts) => {
                let list = contexts.join(", ");
                text!(
                    "The kubeconfig has no current context. Set “current-context” to one of: {list}.",
                    "kubeconfig 没有当前上下文。请将 “current-context” 设为以下之一：{list}。"
                )
            }
            Self::Missing(what) => text!(
                "The kubeconfig names the {what}, but does not contain it. Export it whole with --flatten.",
                "kubeconfig 引用了 {what}，但其中没有它。请用 --flatten 完整导出。"
            ),
            Self::NoServer => text!(
                "The cluster in the kubeconfig has no “server” address.",
                "kubeconfig 中的集群没有 “server” 地址。"
            ),
            Self::NamedAddress => text!(
                "The server's address carries a name or a password before the @. Remove them; credentials belong to the user.",
                "服务器地址在 @ 之前带有用户名或密码。请将其删除；凭据应写在 user 中。"
            ),
            Self::NotHttps(server) => text!(
                "The address {server} is not https://; credentials would travel in the clear.",
                "地址 {server} 不是 https://，凭据会以明文传输。"
            ),
            Self::Exec(program) => text!(
                "The kubeconfig gets its credentials by running the program “{program}”, which Longshore never does on its server. Use a service account's token instead.",
                "该 kubeconfig 通过运行程序 “{program}” 获取凭据，Longshore 不会在服务器上运行它。请改用服务账号的令牌。"
            ),
            Self::AuthProvider(name) => text!(
                "The kubeconfig signs in through the plug-in “{name}”, which would run code on the server. Use a service account's token instead.",
                "该 kubeconfig 通过插件 “{name}” 登录，会在服务器上运行代码。请改用服务账号的令牌。"
            ),
            Self::File(setting) => text!(
                "“{setting}” points at a file, which is on your machine and not on the server. Export with kubectl config view --raw --flatten.",
                "“{setting}” 指向一个文件，它在您的电脑上而不在服务器上。请用 kubectl config view --raw --flatten 导出。"
            ),
            Self::Insecure => text!(
                "The kubeconfig switches off the check of the cluster's certificate (insecure-skip-tls-verify); anybody between could read the credentials. Put the authority into certificate-authority-data.",
                "该 kubeconfig 关闭了证书校验（insecure-skip-tls-verify），中间人可窃取凭据。请填写 certificate-authority-data。"
            ),
            Self::Proxy => text!(
                "The kubeconfig asks for a proxy (proxy-url), which is not supported. Use an address that the server reaches directly.",
                "该 kubeconfig 要求使用代理（proxy-url），目前不支持。请使用服务器可直接访问的地址。"
            ),
            Self::Impersonates => text!(
                "The kubeconfig acts as another user (“as”). Longshore does that itself for each tenant; give it credentials of their own right.",
                "该 kubeconfig 以其他用户身份操作（“as”）。Longshore 会自行为各租户代理身份，请提供本身具有权限的凭据。"
            ),
            Self::NoCredentials => text!(
                "The user in the kubeconfig has no client certificate, token or password. Export with kubectl config view --raw --flatten.",
                "kubeconfig 中的用户没有客户端证书、令牌或密码。请用 kubectl config view --raw --flatten 导出。"
            ),
            Self::BadData(setting) => text!(
                "“{setting}” is damaged: it is not base64 of a PEM file. Copy the kubeconfig again.",
                "“{setting}” 已损坏：不是 PEM 文件的 base64 编码。请重新复制 kubeconfig。"
            ),
            Self::Expired(at) => text!(
                "The client certificate in the kubeconfig expired on {at}. Make a new kubeconfig.",
                "kubeconfig 中的客户端证书已于 {at} 过期，请生成新的 kubeconfig。"
            ),
            Self::NotYet(at) => text!(
                "The client certificate in the kubeconfig is valid only from {at}. Check the clocks.",
                "kubeconfig 中的客户端证书从 {at} 起才有效，请检查时钟。"
            ),
        }
    }
}

/// A kubeconfig that passed: one cluster, one user, no files, no programs.
#[derive(Clone)]
pub struct Credentials {
    kubeconfig: Kubeconfig,
    server: String,
    ends: Option<Millis>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Credentials {
    /// Reads and judges a kubeconfig at a point in time.
    pub fn parse(yaml: &str, now: Millis) -> Result<Self, KubeconfigFault> {
        Self::judge(yaml, Some(now))
    }

    /// Reads what [`Self::to_stored`] made. A certificate that has expired since is the cluster's to refuse, so
    /// that the cluster's state says so.
    pub fn from_stored(text: &str) -> Result<Self, KubeconfigFault> {
        Self::judge(text, None)
    }

    fn judge(yaml: &str, now: Option<Millis>) -> Result<Self, KubeconfigFault> {
        if yaml.trim().is_empty() {
            return Err(KubeconfigFault::Empty);
        }
        if yaml.len() > MAX_KUBECONFIG_BYTES {
            return Err(KubeconfigFault::TooLarge);
        }
        let mut all: Kubeconfig = serde_saphyr::from_str(yaml).map_err(|_| KubeconfigFault::NotYaml)?;
        if all.contexts.is_empty() && all.clusters.is_empty() {
            return Err(KubeconfigFault::NotYaml);
        }
        let names = || all.contexts.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
        let Some(current) = all.current_context.clone().filter(|c| !c.is_empty()) else {
            return Err(KubeconfigFault::NoContext(names()));
        };
        let context = all
            .contexts
            .iter()
            .find(|c| c.name == current)
            .and_then(|c| c.context.clone())
            .ok_or_else(|| KubeconfigFault::Missing(format!("context “{current}”")))?;
        all.contexts.retain(|c| c.name == current);
        all.clusters.retain(|c| c.name == context.cluster);
        let user = context.user.unwrap_or_default();
        all.auth_infos.retain(|u| u.name == user);
        all.extensions = None;
        all.preferences = None;
        all.other.clear();
        let cluster = all
            .clusters
            .first()
            .and_then(|c| c.cluster.as_ref())
            .ok_or_else(|| KubeconfigFault::Missing(format!("cluster “{}”", context.cluster)))?;
        let server = judge_cluster(cluster)?;
        let auth = all
            .auth_infos
            .first()
            .and_then(|u| u.auth_info.as_ref())
            .ok_or_else(|| KubeconfigFault::Missing(format!("user “{user}”")))?;
        judge_user(auth, now)?;
        let ends = ends(auth);
        Ok(Self { kubeconfig: all, server, ends })
    }

    /// The API server's address.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Until when they are good: the client certificate's end or the token's, whichever is first. `None` when neither says.
    pub fn ends(&self) -> Option<Millis> {
        self.ends
    }

    /// What is to be encrypted and kept: only what the current context needs. It is YAML that [`Self::parse`] reads.
    pub fn to_stored(&self) -> zeroize::Zeroizing<String> {
        zeroize::Zeroizing::new(serde_json::to_string(&self.kubeconfig).unwrap_or_default())
    }

    pub(crate) fn kubeconfig(&self) -> Kubeconfig {
        self.kubeconfig.clone()
    }
}

fn judge_cluster(cluster: &kube::config::Cluster) -> Result<String, KubeconfigFault> {
    let server = cluster.server.clone().filter(|s| !s.is_empty()).ok_or(KubeconfigFault::NoServer)?;
    let host = server.parse::<http::Uri>().ok().filter(|uri| uri.scheme_str() == Some("https") && uri.host().is_some());
    if host.is_none() {
        return Err(KubeconfigFault::NotHttps(server));
    }
    if server.parse::<http::Uri>().is_ok_and(|uri| uri.authority().is_some_and(|a| a.as_str().contains('@'))) {
        return Err(KubeconfigFault::NamedAddress);
    }
    if cluster.insecure_skip_tls_verify == Some(true) {
        return Err(KubeconfigFault::Insecure);
    }
    if cluster.certificate_authority.is_some() {
        return Err(KubeconfigFault::File("certificate-authority"));
    }
    if cluster.proxy_url.is_some() {
        return Err(KubeconfigFault::Proxy);
    }
    if let Some(data) = &cluster.certificate_authority_data {
        pem(data)
            .filter(|pem| certificate::validity(pem).is_some())
            .ok_or(KubeconfigFault::BadData("certificate-authority-data"))?;
    }
    Ok(server.trim_end_matches('/').to_owned())
}

fn judge_user(user: &AuthInfo, now: Option<Millis>) -> Result<(), KubeconfigFault> {
    if let Some(exec) = &user.exec {
        return Err(KubeconfigFault::Exec(exec.command.clone().unwrap_or_default()));
    }
    if let Some(provider) = &user.auth_provider {
        return Err(KubeconfigFault::AuthProvider(provider.name.clone()));
    }
    for (set, name) in [
        (user.token_file.is_some(), "tokenFile"),
        (user.client_certificate.is_some(), "client-certificate"),
        (user.client_key.is_some(), "client-key"),
    ] {
        if set {
            return Err(KubeconfigFault::File(name));
        }
    }
    if user.impersonate.is_some() || user.impersonate_groups.is_some() || user.impersonate_user_extra.is_some() {
        return Err(KubeconfigFault::Impersonates);
    }
    if let Some(data) = &user.client_certificate_data {
        let bad = KubeconfigFault::BadData("client-certificate-data");
        let validity = pem(data).and_then(|pem| certificate::validity(&pem)).ok_or(bad)?;
        if now.is_some_and(|now| validity.until < now) {
            return Err(KubeconfigFault::Expired(minute(validity.until)));
        }
        // A few minutes of difference between clocks are no reason to refuse.
        if now.is_some_and(|now| validity.from > now + 300_000) {
            return Err(KubeconfigFault::NotYet(minute(validity.from)));
        }
    }
    let certificate = user.client_certificate_data.is_some() && user.client_key_data.is_some();
    let password = user.username.is_some() && user.password.is_some();
    if !certificate && !password && user.token.is_none() {
        return Err(KubeconfigFault::NoCredentials);
    }
    Ok(())
}

/// A point in time as people are told it, to the minute.
pub(crate) fn minute(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at).map(|t| t.strftime("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default()
}

/// When the first of a user's credentials ends that says so.
fn ends(user: &AuthInfo) -> Option<Millis> {
    let certificate = user.client_certificate_data.as_deref().and_then(pem).and_then(|pem| certificate::validity(&pem));
    let all = serde_json::to_value(user).unwrap_or_default();
    let token = all.get("token").and_then(|token| token.as_str()).and_then(token_ends);
    certificate.map(|validity| validity.until).into_iter().chain(token).min()
}

/// The `exp` of a token that is a JSON Web Token (RFC 7519, section 4.1.4), as Kubernetes' service accounts have.
fn token_ends(token: &str) -> Option<Millis> {
    let claims = token.split('.').nth(1)?.replace('-', "+").replace('_', "/");
    let padded = format!("{claims}{}", &"==="[..(4 - claims.len() % 4) % 4]);
    let claims: serde_json::Value = serde_json::from_slice(&pem(&padded)?).ok()?;
    claims.get("exp")?.as_i64()?.checked_mul(1_000)
}

/// The bytes behind the base64 of a setting.
fn pem(data: &str) -> Option<Vec<u8>> {
    let joined: String = data.split_whitespace().collect();
    serde_json::from_value::<k8s_openapi::ByteString>(joined.into()).ok().map(|bytes| bytes.0)
}
