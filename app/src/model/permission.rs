//! The catalogue of permissions: everything that an account may be allowed to do, by name. It is fixed; roles choose
//! from it ([`super::role`]), bindings say where ([`super::access`]).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{i18n::Text, text};

/// The widest place at which a permission means anything. A binding on a narrower place gives it there alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The whole platform: only its own people can hold it.
    Platform,
    /// A tenant with everything in it.
    Tenant,
}

/// The catalogue, once: variant, name, level, whether a custom role may have it, and its words.
macro_rules! catalogue {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $level:ident, $reserved:literal, $en:literal, $zh:literal;)*) => {
        /// Something that an account may be allowed to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Permission {
            $($(#[$doc])* $variant,)*
        }

        impl Permission {
            /// All of them, in the order of the documentation.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// The name in errors, documents and the API: `app.publish`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Whose it can be.
            pub const fn level(self) -> Level {
                match self {
                    $(Self::$variant => Level::$level,)*
                }
            }

            /// Whether it stays with the main account (and the platform's administrators): no custom role has it.
            pub const fn is_reserved(self) -> bool {
                match self {
                    $(Self::$variant => $reserved,)*
                }
            }

            /// What it allows, for people.
            pub fn title(self) -> Text {
                match self {
                    $(Self::$variant => text!($en, $zh),)*
                }
            }
        }
    };
}

catalogue! {
    /// See all tenants.
    TenantRead = "tenant.read", Platform, false, "See all tenants", "查看所有租户";
    /// Make, suspend, resume and delete tenants.
    TenantManage = "tenant.manage", Platform, false, "Make, suspend and delete tenants", "创建、暂停和删除租户";
    /// Change the platform's settings.
    PlatformManage = "platform.manage", Platform, false, "Change the platform's settings", "修改平台设置";
    /// See identity providers.
    IdentityProviderRead = "identity_provider.read", Platform, false, "See identity providers", "查看身份提供商";
    /// Make, change and delete identity providers.
    IdentityProviderManage = "identity_provider.manage", Platform, false, "Make, change and delete identity providers", "创建、修改和删除身份提供商";
    /// Connect and disconnect clusters.
    ClusterManage = "cluster.manage", Platform, false, "Connect and disconnect clusters", "接入和断开集群";
    /// See nodes.
    NodeRead = "node.read", Platform, false, "See nodes", "查看节点";
    /// Cordon, drain and remove nodes.
    NodeDrain = "node.drain", Platform, false, "Cordon and drain nodes", "隔离和驱逐节点";
    /// Write patches of what applications' specifications become.
    AppPatch = "app.patch", Platform, false, "Patch what apps' specifications become", "修补由应用规格生成的对象";
    /// Change the tenant's own settings, and hand over its main account.
    TenantSettings = "tenant.settings", Tenant, true, "Change the tenant's settings", "修改租户设置";
    /// See accounts, roles and who may do what.
    AccountRead = "account.read", Tenant, false, "See accounts and what they may do", "查看账号及其权限";
    /// Make, edit, disable and enable sub-accounts.
    AccountManage = "account.manage", Tenant, false, "Make, edit and disable accounts", "创建、编辑和停用账号";
    /// Delete sub-accounts.
    AccountDelete = "account.delete", Tenant, true, "Delete accounts", "删除账号";
    /// Make roles, and give and take them.
    AccessManage = "access.manage", Tenant, true, "Give and take roles", "授予和收回角色";
    /// See clusters and their capacity.
    ClusterRead = "cluster.read", Tenant, false, "See clusters and their capacity", "查看集群及其容量";
    /// See namespaces.
    NamespaceRead = "namespace.read", Tenant, false, "See namespaces", "查看命名空间";
    /// Make and delete namespaces and set their quotas.
    NamespaceManage = "namespace.manage", Tenant, false, "Make, change and delete namespaces", "创建、更改和删除命名空间";
    /// See templates.
    TemplateRead = "template.read", Tenant, false, "See templates", "查看模板";
    /// Make and change templates.
    TemplateManage = "template.manage", Tenant, false, "Make and change templates", "创建和修改模板";
    /// See image registries, without passwords.
    RegistryRead = "registry.read", Tenant, false, "See image registries", "查看镜像仓库";
    /// Add, change and delete image registries.
    RegistryManage = "registry.manage", Tenant, false, "Add and change image registries", "添加和修改镜像仓库";
    /// See applications, releases, pods and events.
    AppRead = "app.read", Tenant, false, "See apps, releases and pods", "查看应用、发布和 Pod";
    /// Publish and upgrade applications.
    AppPublish = "app.publish", Tenant, false, "Publish and upgrade apps", "发布和升级应用";
    /// Roll an application back.
    AppRollback = "app.rollback", Tenant, false, "Roll apps back", "回滚应用";
    /// Change how many pods an application has, and make them anew.
    AppOperate = "app.operate", Tenant, false, "Scale and restart apps", "伸缩和重启应用";
    /// Delete an application.
    AppDelete = "app.delete", Tenant, false, "Delete apps", "删除应用";
    /// Give secrets their values.
    SecretWrite = "secret.write", Tenant, false, "Give secrets their values", "写入密钥的值";
    /// Run commands in a pod's containers.
    PodExec = "pod.exec", Tenant, false, "Run commands in pods", "在 Pod 中执行命令";
    /// Make service accounts and their tokens.
    TokenManage = "token.manage", Tenant, false, "Make service accounts and tokens", "创建服务账号和令牌";
    /// Read the audit trail.
    AuditRead = "audit.read", Tenant, false, "Read the audit trail", "查看审计记录";
}

impl Permission {
    /// The permission of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str() == name)
    }

    /// Whether it is for what Longshore cannot do yet: it can be given, and nothing asks for it.
    pub const fn is_for_later(self) -> bool {
        matches!(self, Self::NodeDrain | Self::PodExec)
    }

    const fn bit(self) -> u64 {
        1 << self as u32
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| de::Error::custom("there is no such permission"))
    }
}

/// Some permissions; on the wire the list of their names. Names that this version does not know are passed over: what
/// cannot be understood allows nothing.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct PermissionSet(u64);

impl PermissionSet {
    /// None.
    pub const EMPTY: Self = Self(0);

    /// With one more.
    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | permission.bit())
    }

    /// Those of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that both have.
    #[must_use]
    pub const fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those of the first that the other has not.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether it has the permission.
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, in the catalogue's order.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |p| self.has(*p))
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Debug for PermissionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Permission::as_str)).finish()
    }
}

impl Serialize for PermissionSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for PermissionSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        Ok(names.iter().filter_map(|name| Permission::parse(name)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lead_back() {
        for permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.as_str()), Some(permission));
        }
        const { assert!(Permission::ALL.len() <= 64, "a set is 64 bits") };
    }

    #[test]
    fn a_set_travels_as_names_and_forgets_what_it_does_not_know() {
        let set = PermissionSet::EMPTY.with(Permission::AppRead).with(Permission::AppPublish);
        let json = serde_json::to_string(&set).expect("JSON");
        assert_eq!(json, r#"["app.read","app.publish"]"#);
        assert_eq!(
            serde_json::from_str::<PermissionSet>(r#"["app.publish","app.read","app.fly"]"#).expect("read"),
            set
        );
        assert!(set.has(Permission::AppRead) && !set.has(Permission::AppDelete));
        assert_eq!(set.without(PermissionSet::EMPTY.with(Permission::AppRead)).iter().count(), 1);
    }
}
