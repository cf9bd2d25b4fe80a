//! Roles: named sets of permissions. The built-in ones are the same for everybody; a tenant makes others of its own.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Checks, Level, Millis, Permission, PermissionSet, ResourceName, RoleId, TenantId};
use crate::{FieldError, UiError, i18n::Text, text};

/// A built-in role. The table of permissions per role is in docs/permissions.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the platform: clusters, nodes, tenants. Belongs to no tenant.
    PlatformAdmin,
    /// Reads everything of the platform and changes nothing. Belongs to no tenant.
    PlatformAuditor,
    /// A tenant's main account, one a tenant: everything within it, and its accounts and their rights.
    Owner,
    /// Everything within the tenant but deleting accounts and changing rights.
    Administrator,
    /// Publishes, upgrades, rolls back and deletes applications of the tenant.
    Developer,
    /// Keeps applications running: rolls back, scales and restarts them, and publishes nothing new.
    Operator,
    /// Reads applications, namespaces and templates of the tenant and changes nothing.
    Viewer,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::PlatformAdmin,
        Self::PlatformAuditor,
        Self::Owner,
        Self::Administrator,
        Self::Developer,
        Self::Operator,
        Self::Viewer,
    ];

    /// The name in the database, the API and forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlatformAdmin => "platform_admin",
            Self::PlatformAuditor => "platform_auditor",
            Self::Owner => "owner",
            Self::Administrator => "administrator",
            Self::Developer => "developer",
            Self::Operator => "operator",
            Self::Viewer => "viewer",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == name)
    }

    /// Whether it is one of the platform's own people.
    pub const fn of_platform(self) -> bool {
        matches!(self, Self::PlatformAdmin | Self::PlatformAuditor)
    }

    /// The name for people.
    pub fn title(self) -> Text {
        match self {
            Self::PlatformAdmin => text!("Platform administrator", "平台管理员"),
            Self::PlatformAuditor => text!("Platform auditor", "平台审计员"),
            Self::Owner => text!("Owner", "主账号"),
            Self::Administrator => text!("Administrator", "管理员"),
            Self::Developer => text!("Developer", "开发者"),
            Self::Operator => text!("Operator", "运维人员"),
            Self::Viewer => text!("Viewer", "只读成员"),
        }
    }

    /// What it is for, in a sentence.
    pub fn about(self) -> Text {
        match self {
            Self::PlatformAdmin => {
                text!("Runs the platform: clusters, nodes, tenants.", "管理平台：集群、节点和租户。")
            }
            Self::PlatformAuditor => {
                text!("Reads everything of the platform and changes nothing.", "可查看平台的全部内容，不能修改。")
            }
            Self::Owner => {
                text!(
                    "The main account: everything, accounts and rights included.",
                    "主账号：拥有全部权限，包括账号和授权管理。"
                )
            }
            Self::Administrator => {
                text!("Everything but deleting accounts and changing rights.", "除删除账号和修改授权外的全部权限。")
            }
            Self::Developer => {
                text!("Publishes, rolls back and deletes apps.", "发布、回滚和删除应用。")
            }
            Self::Operator => {
                text!(
                    "Rolls back, scales and restarts apps; publishes nothing new.",
                    "可回滚、伸缩和重启应用，不能发布新版本。"
                )
            }
            Self::Viewer => {
                text!("Reads apps, namespaces and templates.", "查看应用、命名空间和模板。")
            }
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which role a binding gives. In texts the name of a built-in role, or the id of a custom one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RoleRef {
    /// A built-in one.
    BuiltIn(Role),
    /// A tenant's own.
    Custom(RoleId),
}

impl RoleRef {
    /// Reads the name of a built-in role, or the id of a custom one.
    pub fn parse(value: &str) -> Option<Self> {
        let value = value.trim();
        Role::parse(value).map(Self::BuiltIn).or_else(|| value.parse().ok().map(Self::Custom))
    }
}

impl fmt::Display for RoleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(role) => role.fmt(f),
            Self::Custom(id) => id.fmt(f),
        }
    }
}

impl Serialize for RoleRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RoleRef {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a built-in role's name or a role's id"))
    }
}

/// The form of a custom role. Pages send each ticked permission by its name, scripts a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct RoleForm {
    /// Lower-case letters, digits and hyphens, 40 at most; unique within the tenant.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Names from the catalogue.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// The version that was changed, when one was.
    #[serde(default)]
    pub version: Option<i64>,
}

/// The most characters of a description.
const MAX_DESCRIPTION: usize = 200;

/// Checks the name of a tenant's own role: a resource's name, and none of a built-in role.
pub fn role_name(field: &str, value: &str) -> Result<ResourceName, FieldError> {
    let name = ResourceName::parse(field, value)?;
    if Role::parse(&name.as_str().replace('-', "_")).is_some() {
        let message = text!("This is a built-in role's name; choose another.", "这是内置角色的名称，请另选一个。");
        return Err(FieldError { field: field.to_owned(), message });
    }
    Ok(name)
}

/// What a role's description may be.
pub fn role_description_rule() -> Text {
    text!("At most {MAX_DESCRIPTION} characters.", "最多 {MAX_DESCRIPTION} 个字符。")
}

/// Checks what a role is for: nothing, or at most 200 characters; trimmed.
pub fn role_description(field: &str, value: &str) -> Result<String, FieldError> {
    let value = value.trim();
    if value.chars().count() > MAX_DESCRIPTION {
        let message = text!(
            "The description is longer than {MAX_DESCRIPTION} characters.",
            "说明超过 {MAX_DESCRIPTION} 个字符。"
        );
        return Err(FieldError { field: field.to_owned(), message });
    }
    Ok(value.to_owned())
}

impl RoleForm {
    /// Name, description and permissions, or every field's error.
    pub fn parse(&self) -> Result<(ResourceName, String, PermissionSet), UiError> {
        let mut checks = Checks::default();
        let name = checks.take(role_name("name", &self.name));
        let description = checks.take(role_description("description", &self.description));
        let mut set = PermissionSet::EMPTY;
        for wanted in &self.permissions {
            match Permission::parse(wanted.trim()) {
                None => {
                    let shown: String = wanted.chars().take(40).collect();
                    checks.fail("permissions", text!("There is no permission “{shown}”.", "没有权限“{shown}”。"));
                }
                Some(p) if p.level() == Level::Platform || p.is_reserved() => checks.fail(
                    "permissions",
                    text!("The permission {p} cannot be given by a role of a tenant.", "权限 {p} 不能由租户角色授予。"),
                ),
                Some(p) => set = set.with(p),
            }
        }
        if self.permissions.is_empty() {
            checks.fail("permissions", text!("Choose at least one permission.", "请至少选择一项权限。"));
        }
        checks.finish(name.zip(description).map(|(name, description)| (name, description, set)))
    }
}

/// A role in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct RoleRow {
    /// The built-in name or the custom role's id.
    pub role: RoleRef,
    /// Its name for people.
    pub title: Text,
    /// What it is for.
    pub about: Text,
    /// Whose it is; `None` for built-in ones.
    pub tenant: Option<TenantId>,
    /// What it allows.
    pub permissions: PermissionSet,
    /// How many bindings give it within the tenant.
    pub bindings: u64,
    /// Its version, for changes; 0 for built-in ones.
    pub version: i64,
    /// When it was last changed; 0 for built-in ones.
    pub updated_at: Millis,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(permissions: &[&str]) -> RoleForm {
        RoleForm {
            name: "releaser".into(),
            permissions: permissions.iter().map(|&p| p.into()).collect(),
            ..RoleForm::default()
        }
    }

    #[test]
    fn a_custom_role_is_made_from_what_a_tenant_may_give() {
        let (_, _, set) = form(&["app.read", "app.publish"]).parse().expect("valid");
        assert_eq!(set.iter().count(), 2);
        for wrong in [&["app.fly"][..], &["tenant.manage"], &["access.manage"], &["account.delete"], &[]] {
            assert_eq!(form(wrong).parse().expect_err("refused").fields[0].field, "permissions", "{wrong:?}");
        }
        let built_in = RoleForm { name: "platform-admin".into(), ..form(&["app.read"]) };
        assert_eq!(built_in.parse().expect_err("refused").fields[0].field, "name");
    }

    #[test]
    fn a_role_is_meant_by_name_or_id() {
        assert_eq!(RoleRef::parse("owner"), Some(RoleRef::BuiltIn(Role::Owner)));
        let id = "018bcfe5-6800-7000-8000-000000000001";
        assert_eq!(RoleRef::parse(id).map(|r| r.to_string()).as_deref(), Some(id));
        assert_eq!(RoleRef::parse("emperor"), None);
    }
}
