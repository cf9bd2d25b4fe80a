//! Accounts: the people who sign in.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AccountId, Millis, TenantId};
use crate::text;

/// What an account may do, by name. The table of permissions per role is in docs/permissions.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the platform: clusters, nodes, tenants. Belongs to no tenant.
    PlatformAdmin,
    /// A tenant's main account: everything within the tenant, and its accounts.
    Owner,
    /// Publishes, upgrades, rolls back and deletes applications of the tenant.
    Developer,
    /// Reads everything of the tenant and changes nothing.
    Viewer,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::PlatformAdmin, Self::Owner, Self::Developer, Self::Viewer];

    /// The name in the database, the API and forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlatformAdmin => "platform_admin",
            Self::Owner => "owner",
            Self::Developer => "developer",
            Self::Viewer => "viewer",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == name)
    }

    /// The name for people.
    pub fn title(self) -> crate::i18n::Text {
        match self {
            Self::PlatformAdmin => text!("Platform administrator", "平台管理员"),
            Self::Owner => text!("Owner", "主账号"),
            Self::Developer => text!("Developer", "开发者"),
            Self::Viewer => text!("Viewer", "只读成员"),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that an account may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See and list tenants; make one.
    TenantManage,
    /// See the tenant's accounts.
    AccountRead,
    /// Make accounts within the tenant.
    AccountManage,
    /// See clusters and their capacity.
    ClusterRead,
    /// Connect and disconnect clusters.
    ClusterManage,
    /// See nodes.
    NodeRead,
    /// See namespaces.
    NamespaceRead,
    /// Make and delete namespaces and set their quotas.
    NamespaceManage,
    /// See templates.
    TemplateRead,
    /// Make and change templates.
    TemplateManage,
    /// See applications, releases, pods and events.
    AppRead,
    /// Publish and upgrade applications.
    AppPublish,
    /// Roll an application back.
    AppRollback,
    /// Delete an application.
    AppDelete,
    /// Read the audit trail.
    AuditRead,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::TenantManage,
        Self::AccountRead,
        Self::AccountManage,
        Self::ClusterRead,
        Self::ClusterManage,
        Self::NodeRead,
        Self::NamespaceRead,
        Self::NamespaceManage,
        Self::TemplateRead,
        Self::TemplateManage,
        Self::AppRead,
        Self::AppPublish,
        Self::AppRollback,
        Self::AppDelete,
        Self::AuditRead,
    ];

    /// The name in errors, documents and the API: `app.publish`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TenantManage => "tenant.manage",
            Self::AccountRead => "account.read",
            Self::AccountManage => "account.manage",
            Self::ClusterRead => "cluster.read",
            Self::ClusterManage => "cluster.manage",
            Self::NodeRead => "node.read",
            Self::NamespaceRead => "namespace.read",
            Self::NamespaceManage => "namespace.manage",
            Self::TemplateRead => "template.read",
            Self::TemplateManage => "template.manage",
            Self::AppRead => "app.read",
            Self::AppPublish => "app.publish",
            Self::AppRollback => "app.rollback",
            Self::AppDelete => "app.delete",
            Self::AuditRead => "audit.read",
        }
    }
}

/// Who is signed in, as pages need to know it. Showing or hiding by it is a courtesy; the services decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// The account.
    pub id: AccountId,
    /// The name it signs in with.
    pub username: String,
    /// The name for people.
    pub display_name: String,
    /// The tenant; `None` for accounts of the platform.
    pub tenant: Option<TenantId>,
    /// The tenant's name, when there is one.
    pub tenant_name: Option<String>,
    /// The role.
    pub role: Role,
    /// What the role allows.
    pub permissions: Vec<Permission>,
    /// The password must be changed before anything else.
    pub must_change_password: bool,
}

impl Viewer {
    /// Whether the account's role allows it.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
}

/// The sign-in form.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct SignInForm {
    /// The account's name.
    pub username: String,
    /// The password; never logged.
    pub password: String,
}

impl fmt::Debug for SignInForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInForm").field("username", &self.username).finish_non_exhaustive()
    }
}

/// The form that changes one's own password.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct PasswordForm {
    /// The present (or one-time) password.
    pub current: String,
    /// The new one.
    pub new: String,
    /// The new one again.
    pub repeat: String,
}

impl fmt::Debug for PasswordForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordForm").finish_non_exhaustive()
    }
}

/// The form that makes an account.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct NewAccount {
    /// The name to sign in with.
    pub username: String,
    /// The name for people.
    pub display_name: String,
    /// The role's name: `owner`, `developer` or `viewer`.
    pub role: String,
    /// The first password, to be changed at the first sign-in.
    pub password: String,
}

impl fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAccount").field("username", &self.username).field("role", &self.role).finish_non_exhaustive()
    }
}

/// An account in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    /// The account.
    pub id: AccountId,
    /// The name it signs in with.
    pub username: String,
    /// The name for people.
    pub display_name: String,
    /// The role.
    pub role: Role,
    /// When it was made.
    pub created_at: Millis,
    /// The last sign-in, if there was one.
    pub last_sign_in: Option<Millis>,
}
