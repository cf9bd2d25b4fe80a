//! What can go wrong with a cluster, and how it is told.

use std::error::Error as _;

use app::{i18n::Text, text};

/// Why a cluster could not be asked, or said no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// No answer: name not found, connection refused, time run out. `.0` is the cause for the log.
    #[error("the cluster does not answer: {0}")]
    Unreachable(String),
    /// The server's certificate is not signed by the authority that the kubeconfig names.
    #[error("the cluster's certificate is not signed by the authority of the kubeconfig")]
    WrongAuthority,
    /// The server's certificate is wrong in another way.
    #[error("the cluster's certificate is refused: {0}")]
    BadCertificate(String),
    /// The credentials are not accepted.
    #[error("the cluster does not accept the credentials")]
    Unauthorized,
    /// The credentials lack a right; `what` is the cluster's sentence.
    #[error("the cluster forbids it: {what}")]
    Forbidden {
        /// What the cluster said.
        what: String,
    },
    /// There is no such object.
    #[error("the object does not exist")]
    NotFound,
    /// The object has changed since, or is being deleted.
    #[error("the object is in conflict: {0}")]
    Conflict(String),
    /// An object of that name is there already.
    #[error("the object exists already")]
    AlreadyExists,
    /// The cluster refuses the object's content.
    #[error("the cluster refuses the object: {message}")]
    Invalid {
        /// What the cluster said.
        message: String,
        /// The object's field it is about, when it said so.
        field: Option<String>,
    },
    /// A namespace's quota is used up.
    #[error("the quota is exceeded: {message}")]
    Quota {
        /// What the cluster said.
        message: String,
    },
    /// The object or the answer is too large.
    #[error("too large")]
    TooLarge,
    /// The list or watch is too old to be continued (410); it must begin anew.
    #[error("the resource version is too old")]
    Expired,
    /// The cluster is overloaded, or shutting down (429, 503).
    #[error("the cluster is busy: {0}")]
    Busy(String),
    /// Anything else; for the log.
    #[error("the cluster answered with an error: {0}")]
    Other(String),
}

impl ClusterError {
    /// Whether the same call may succeed a little later without anybody doing anything.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Busy(_) | Self::Conflict(_) | Self::Expired | Self::Other(_))
    }

    /// Whether a dry run failed because somebody who has a say cannot be asked without doing it: an admission webhook with
    /// side effects (<https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#side-effects>).
    pub fn cannot_rehearse(&self) -> bool {
        matches!(self, Self::Invalid { message, .. } if message.contains("dry run"))
    }

    /// The sentence for people: what happened and what to do next.
    pub fn to_text(&self) -> Text {
        match self {
            Self::Unreachable(_) => text!(
                "The cluster does not answer. Check that its API server runs and can be reached from Longshore.",
                "集群没有响应。请检查其 API 服务器是否运行，以及 Longshore 能否访问它。"
            ),
            Self::WrongAuthority => text!(
                "The cluster's certificate is not signed by the authority in the kubeconfig. Take a kubeconfig of this very cluster.",
                "集群证书不是由 kubeconfig 中的证书颁发机构签发的。请使用该集群自己的 kubeconfig。"
            ),
            Self::BadCertificate(why) => text!(
                "The cluster's certificate is refused: {why}. Renew it, or use an address that it names.",
                "集群证书被拒绝：{why}。请更新证书，或使用证书中包含的地址。"
            ),
            Self::Unauthorized => text!(
                "The cluster does not accept the credentials of the kubeconfig. Make a new one, and give it to the cluster.",
                "集群不接受 kubeconfig 中的凭据。请生成新的 kubeconfig 并更换。"
            ),
            Self::Forbidden { what } => text!(
                "The cluster does not allow it: {what}. Ask the cluster's administrator for the right.",
                "集群不允许此操作：{what}。请联系集群管理员授予权限。"
            ),
            Self::NotFound => text!("The object is not there any more.", "该对象已不存在。"),
            Self::Conflict(what) => text!(
                "The object was changed by somebody else meanwhile: {what}. Try again.",
                "该对象已被他人修改：{what}。请重试。"
            ),
            Self::AlreadyExists => text!(
                "An object of that name is in the cluster already. Choose another name.",
                "集群中已有同名对象，请更换名称。"
            ),
            Self::Invalid { message, .. } => {
                text!("The cluster refuses this: {message}", "集群拒绝了此内容：{message}")
            }
            Self::Quota { message } => text!(
                "The namespace's quota is used up: {message}. Raise the quota or ask for less.",
                "命名空间配额不足：{message}。请提高配额或减少申请量。"
            ),
            Self::TooLarge => text!(
                "This is more than can be handled at once. Divide it, or remove what is not needed.",
                "内容过多，无法一次处理。请拆分，或移除不需要的部分。"
            ),
            Self::Expired | Self::Busy(_) => text!(
                "The cluster is too busy to answer. It is tried again.",
                "集群繁忙，暂时无法响应，系统会自动重试。"
            ),
            Self::Other(what) => {
                text!("The cluster answered with an error: {what}", "集群返回错误：{what}")
            }
        }
    }
}

impl From<kube::Error> for ClusterError {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => from_status(&status),
            kube::Error::SerdeError(e) => Self::Other(format!("it cannot be read: {e}")),
            other => from_chain(&other),
        }
    }
}

impl From<kube::core::Status> for ClusterError {
    fn from(status: kube::core::Status) -> Self {
        from_status(&status)
    }
}

fn from_status(status: &kube::core::Status) -> ClusterError {
    let message = status.message.clone();
    match (status.code, status.reason.as_str()) {
        (401, _) => ClusterError::Unauthorized,
        (403, _) if message.contains("exceeded quota") => ClusterError::Quota { message },
        (403, _) => ClusterError::Forbidden { what: message },
        (404, _) => ClusterError::NotFound,
        (409, "AlreadyExists") => ClusterError::AlreadyExists,
        (409, _) => ClusterError::Conflict(message),
        (410, _) => ClusterError::Expired,
        (413, _) => ClusterError::TooLarge,
        (400 | 422, _) => {
            let field = status
                .details
                .as_ref()
                .and_then(|d| d.causes.first())
                .map(|cause| cause.field.clone())
                .filter(|field| !field.is_empty());
            ClusterError::Invalid { message, field }
        }
        (429 | 503 | 504, _) => ClusterError::Busy(message),
        (code, _) => ClusterError::Other(format!("{code} {message}")),
    }
}

/// Looks for the cause at the end of an error's chain: a TLS fault is told apart from no answer.
fn from_chain(error: &kube::Error) -> ClusterError {
    let mut words = vec![error.to_string()];
    let mut at = error.source();
    while let Some(cause) = at {
        let tls = find_tls(cause);
        if let Some(tls) = tls {
            return from_tls(tls);
        }
        words.push(cause.to_string());
        at = cause.source();
    }
    words.dedup();
    ClusterError::Unreachable(words.join(": "))
}

/// A TLS error, also when it is wrapped in I/O errors, which hide what they wrap from `source`.
fn find_tls<'a>(mut error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    loop {
        match error.downcast_ref::<std::io::Error>() {
            Some(io) => error = io.get_ref()?,
            None => return error.downcast_ref(),
        }
    }
}

fn from_tls(error: &rustls::Error) -> ClusterError {
    use rustls::{AlertDescription, CertificateError};
    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            ClusterError::WrongAuthority
        }
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            ClusterError::BadCertificate("it has expired".to_owned())
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => ClusterError::BadCertificate("it does not name this address".to_owned()),
        rustls::Error::InvalidCertificate(other) => ClusterError::BadCertificate(format!("{other}")),
        rustls::Error::AlertReceived(
            AlertDescription::BadCertificate
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateRequired
            | AlertDescription::AccessDenied,
        ) => ClusterError::Unauthorized,
        other => ClusterError::Unreachable(other.to_string()),
    }
}
