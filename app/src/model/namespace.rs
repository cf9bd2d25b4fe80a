//! A tenant's share of a cluster.

use serde::{Deserialize, Serialize};

use super::{Bytes, ClusterId, CpuMillis, Millis, NamespaceId, ResourceName, TenantId};

/// The form that makes a namespace with its quota: flat strings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewNamespace {
    /// The cluster's id.
    pub cluster: String,
    /// The tenant's id; a tenant's own people may leave it empty.
    pub tenant: String,
    /// Lower-case letters, digits and hyphens, 40 at most; unique within the cluster.
    pub name: String,
    /// CPU that all its pods together may ask for: `4`, `500m`.
    pub cpu: String,
    /// Memory that all its pods together may ask for: `8Gi`.
    pub memory: String,
    /// How many pods it may have.
    pub pods: String,
    /// `yes` for one that the cluster has already, which is taken over with what runs in it; for the platform's people.
    #[serde(default)]
    pub existing: String,
}

/// What a namespace's pods may ask for, together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Quota {
    /// CPU requests.
    pub cpu: CpuMillis,
    /// Memory requests.
    pub memory: Bytes,
    /// Pods.
    pub pods: u32,
}

impl NewNamespace {
    /// The name and the quota, or every field's error.
    pub fn parse(&self) -> Result<(ResourceName, Quota), crate::UiError> {
        let mut checks = super::Checks::default();
        let name = checks.take(ResourceName::parse("name", &self.name));
        let quota = parse_quota(&mut checks, &self.cpu, &self.memory, &self.pods);
        checks.finish(name.zip(quota))
    }

    /// Whether the cluster has it already.
    ///
    /// # Errors
    /// Fails when it is neither `yes`, `no` nor empty.
    pub fn is_existing(&self) -> Result<bool, crate::UiError> {
        match self.existing.trim() {
            "" | "no" => Ok(false),
            "yes" => Ok(true),
            other => Err(crate::UiError::invalid_field(
                "existing",
                crate::text!("“{other}” is neither yes nor no.", "“{other}”既不是 yes 也不是 no。"),
            )),
        }
    }
}

/// The form that changes a namespace's quota: flat strings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct QuotaForm {
    /// CPU that all its pods together may ask for: `4`, `500m`.
    pub cpu: String,
    /// Memory that all its pods together may ask for: `8Gi`.
    pub memory: String,
    /// How many pods it may have.
    pub pods: String,
    /// The version that was read, when the change must not overwrite another.
    #[serde(default)]
    pub version: Option<i64>,
}

impl QuotaForm {
    /// The quota, or every field's error.
    pub fn parse(&self) -> Result<Quota, crate::UiError> {
        let mut checks = super::Checks::default();
        let quota = parse_quota(&mut checks, &self.cpu, &self.memory, &self.pods);
        checks.finish(quota)
    }
}

fn parse_quota(checks: &mut super::Checks, cpu: &str, memory: &str, pods: &str) -> Option<Quota> {
    let cpu = checks.take(CpuMillis::parse_field("cpu", cpu));
    let memory = checks.take(Bytes::parse_field("memory", memory));
    let pods = match pods.trim().parse::<u32>() {
        Ok(pods @ 1..=10_000) => Some(pods),
        _ => {
            checks.fail(
                "pods",
                crate::text!("Write a number of pods from 1 to 10,000.", "请填写 1 到 10,000 之间的 Pod 数量。"),
            );
            None
        }
    };
    Some(Quota { cpu: cpu?, memory: memory?, pods: pods? })
}

/// A namespace with its quota and what of it is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NamespaceRow {
    /// The namespace.
    pub id: NamespaceId,
    /// Its name in Longshore and in the cluster.
    pub name: String,
    /// The cluster.
    pub cluster: ClusterId,
    /// The cluster's name.
    pub cluster_name: String,
    /// The tenant.
    pub tenant: TenantId,
    /// The tenant's name.
    pub tenant_name: String,
    /// Its quota.
    pub quota: Quota,
    /// What its pods take of it: CPU that they have asked for, the most memory that they may use, and their number.
    pub used: Quota,
    /// Counts the changes of the quota, from 1.
    pub version: i64,
    /// Whether the cluster has not been handed the newest quota, or the newest accounts at registries, yet.
    pub waiting: bool,
    /// How many applications it has.
    pub apps: u64,
    /// When it was made.
    pub created_at: Millis,
}
