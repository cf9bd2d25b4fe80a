//! Which role may do what: the one table. docs/permissions.md is rendered from it, and a test fails when the
//! page is stale.

use app::model::{Level, Permission, PermissionSet, Role};

/// Whether a built-in role holds a permission. The permissions of a tenant's roles end at the tenant's edge.
pub const fn allows(role: Role, permission: Permission) -> bool {
    use Permission as P;
    use Role as R;
    match permission {
        P::TenantRead | P::NodeRead | P::IdentityProviderRead => {
            matches!(role, R::PlatformAdmin | R::PlatformAuditor)
        }
        P::TenantManage
        | P::PlatformManage
        | P::ClusterManage
        | P::NodeDrain
        | P::IdentityProviderManage
        | P::AppPatch => matches!(role, R::PlatformAdmin),
        P::TenantSettings | P::AccountDelete | P::AccessManage => matches!(role, R::PlatformAdmin | R::Owner),
        P::AccountRead | P::AuditRead => {
            matches!(role, R::PlatformAdmin | R::PlatformAuditor | R::Owner | R::Administrator)
        }
        P::AccountManage | P::NamespaceManage | P::TokenManage | P::RegistryManage => {
            matches!(role, R::PlatformAdmin | R::Owner | R::Administrator)
        }
        P::TemplateManage | P::AppPublish | P::AppDelete | P::SecretWrite => {
            matches!(role, R::PlatformAdmin | R::Owner | R::Administrator | R::Developer)
        }
        P::AppRollback | P::AppOperate | P::PodExec => {
            matches!(role, R::PlatformAdmin | R::Owner | R::Administrator | R::Developer | R::Operator)
        }
        P::ClusterRead | P::NamespaceRead | P::TemplateRead | P::RegistryRead | P::AppRead => true,
    }
}

/// The permissions of a built-in role.
pub fn permissions(role: Role) -> PermissionSet {
    Permission::ALL.into_iter().filter(|p| allows(role, *p)).collect()
}

/// The table as a page of the documentation.
pub fn page() -> String {
    let mut page = String::from(
        "# Permissions\n\nWhat each built-in role may do where it is given: on the platform, or on a tenant, a cluster, \
         a namespace or one\napplication. What belongs to another tenant does not exist for a tenant's people. A tenant \
         makes roles of its own\nfrom the permissions below but those marked ★, which stay with the main account, and those \
         of the platform (☆).\nNobody gives a role that allows more than they may do in that place themselves.\n\n| permission | allows |",
    );
    for role in Role::ALL {
        page.extend([" ", &role.title().en, " |"]);
    }
    page.push_str("\n| --- | --- |");
    page.push_str(&" :-: |".repeat(Role::ALL.len()));
    for permission in Permission::ALL {
        let mark = match (permission.is_reserved(), permission.level()) {
            (true, _) => " ★",
            (_, Level::Platform) => " ☆",
            _ => "",
        };
        page.extend(["\n| `", permission.as_str(), "`", mark, " | ", &permission.title().en, " |"]);
        for role in Role::ALL {
            page.push_str(if allows(role, permission) { " ✓ |" } else { " |" });
        }
    }
    let later = Permission::ALL.into_iter().filter(|p| p.is_for_later()).map(|p| format!("`{p}`"));
    let later = later.collect::<Vec<_>>().join(" and ");
    if !later.is_empty() {
        page.extend(["\n\n", &later, " are for what Longshore cannot do yet; they allow nothing today."]);
    }
    page.push_str("\n\nThis page is rendered from `server/src/auth/policy.rs`; ");
    page.push_str("`UPDATE_DOCS=1 cargo test -p longshore-server policy` writes it anew.\n");
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/permissions.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, page()).expect("written");
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == page(), "docs/permissions.md is stale: UPDATE_DOCS=1 cargo test -p longshore-server policy");
    }

    /// As a permission is asked for when it is enforced, this fails until it is no longer called one for later.
    #[test]
    fn nothing_asks_for_what_is_for_later() {
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        let mut read = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("auth/policy.rs") {
                    let text = std::fs::read_to_string(&path).expect("a source");
                    read += 1;
                    for permission in Permission::ALL.into_iter().filter(|p| p.is_for_later()) {
                        let asked = text.contains(&format!("Permission::{permission:?}"));
                        assert!(!asked, "{} asks for {permission}", path.display());
                    }
                }
            }
        }
        assert!(read > 100, "{read} sources are too few");
    }

    #[test]
    fn a_tenants_roles_have_nothing_of_the_platform() {
        for permission in Permission::ALL.into_iter().filter(|p| p.level() == Level::Platform) {
            for role in Role::ALL.into_iter().filter(|r| !r.of_platform()) {
                assert!(!allows(role, permission), "{role} has {permission}");
            }
        }
    }

    #[test]
    fn what_is_reserved_stays_with_the_main_account() {
        for permission in Permission::ALL.into_iter().filter(|p| p.is_reserved()) {
            for role in [Role::Administrator, Role::Developer, Role::Operator, Role::Viewer, Role::PlatformAuditor] {
                assert!(!allows(role, permission), "{role} has {permission}");
            }
        }
    }
}
