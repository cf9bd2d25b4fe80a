//! The HTTP client of one cluster: every call has a time limit, and goes out as who it is for.

use std::time::Duration;

use app::model::TenantId;
use http::{Method, Request, header};

use super::{fault::ClusterError, kubeconfig::Credentials};

/// Who a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Longshore itself, with the kubeconfig's own rights.
    Platform,
    /// A tenant: Kubernetes checks the call against the tenant's rights by impersonation.
    Tenant(TenantId),
}

/// The group that all tenants' users are in.
pub const TENANTS_GROUP: &str = "longshore:tenants";

/// The user that a tenant's calls are made as.
pub fn tenant_user(tenant: TenantId) -> String {
    format!("longshore:tenant:{tenant}")
}

/// How long a call may take.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a page of a large list may take.
pub(crate) const LIST_TIMEOUT: Duration = Duration::from_secs(60);

/// A client for one cluster.
#[derive(Clone)]
pub struct Client {
    inner: kube::Client,
    server: String,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Client {
    /// A client with a kubeconfig's credentials. Connects to nothing yet; fails when a certificate or key cannot
    /// be read.
    pub async fn new(credentials: &Credentials) -> Result<Self, ClusterError> {
        let bad = |e: &dyn std::fmt::Display| ClusterError::Invalid {
            message: e.to_string(),
            field: Some("kubeconfig".to_owned()),
        };
        let mut config =
            kube::Config::from_custom_kubeconfig(credentials.kubeconfig(), &kube::config::KubeConfigOptions::default())
                .await
                .map_err(|e| bad(&e))?;
        // A POST that is sent again after 503 could have been done twice; those who call decide.
        config.default_retry = false;
        config.connect_timeout = Some(Duration::from_secs(5));
        config.write_timeout = Some(CALL_TIMEOUT);
        let server = config.cluster_url.to_string();
        let inner = kube::Client::try_from(config).map_err(|e| bad(&e))?;
        Ok(Self { inner, server: server.trim_end_matches('/').to_owned() })
    }

    /// The API server's address.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// One call; the answer's text. Fails with what the cluster said, or when `limit` has passed.
    pub(crate) async fn call(
        &self,
        who: &Identity,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
        limit: Duration,
    ) -> Result<String, ClusterError> {
        let mut request = Request::builder().method(method).uri(path).header(header::ACCEPT, "application/json");
        if let Identity::Tenant(tenant) = who {
            request =
                request.header("impersonate-user", tenant_user(*tenant)).header("impersonate-group", TENANTS_GROUP);
        }
        let bytes = match body {
            Some((kind, bytes)) => {
                request = request.header(header::CONTENT_TYPE, kind);
                bytes
            }
            None => Vec::new(),
        };
        let request = request.body(bytes).map_err(|e| ClusterError::Other(e.to_string()))?;
        self.send(request, limit).await
    }

    /// A read whose answer is not compressed: packing hundreds of megabytes costs the API server more than it
    /// saves on the networks where clusters and their managers live.
    pub(crate) async fn read_plain(&self, path: &str, limit: Duration) -> Result<String, ClusterError> {
        let request = Request::get(path)
            .header(header::ACCEPT, "application/json")
            .header(header::ACCEPT_ENCODING, "identity")
            .body(Vec::new())
            .map_err(|e| ClusterError::Other(e.to_string()))?;
        self.send(request, limit).await
    }

    async fn send(&self, request: Request<Vec<u8>>, limit: Duration) -> Result<String, ClusterError> {
        match tokio::time::timeout(limit, self.inner.request_text(request)).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(ClusterError::Unreachable(format!("no answer within {} s", limit.as_secs()))),
        }
    }

    /// The client of the library, for watches.
    pub(crate) fn raw(&self) -> &kube::Client {
        &self.inner
    }
}
