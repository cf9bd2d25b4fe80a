//! Which role may do what: the one table. docs/permissions.md is rendered from it, and a test fails when the
//! page is stale.

use app::model::{Permission, Role};

/// Whether a role holds a permission. The permissions of a tenant's roles end at the tenant's edge.
pub const fn allows(role: Role, permission: Permission) -> bool {
    use Permission as P;
    match permission {
        P::TenantManage | P::ClusterManage | P::NodeRead => matches!(role, Role::PlatformAdmin),
        P::AccountRead | P::AccountManage | P::NamespaceManage | P::AuditRead => {
            matches!(role, Role::PlatformAdmin | Role::Owner)
        }
        P::TemplateManage | P::AppPublish | P::AppRollback | P::AppDelete => {
            matches!(role, Role::PlatformAdmin | Role::Owner | Role::Developer)
        }
        P::ClusterRead | P::NamespaceRead | P::TemplateRead | P::AppRead => true,
    }
}

/// The permissions of a role.
pub fn permissions(role: Role) -> Vec<Permission> {
    Permission::ALL.into_iter().filter(|p| allows(role, *p)).collect()
}

/// Whether somebody of the role `own` may give the role `wanted`: never one that allows more than the own.
pub fn may_give(own: Role, wanted: Role) -> bool {
    Permission::ALL.into_iter().all(|p| allows(own, p) || !allows(wanted, p))
}

/// The table as a page of the documentation.
pub fn page() -> String {
    let mut page = String::from(
        "# Permissions\n\nWhat each role may do. A tenant's roles end at the tenant's edge: what belongs to another \
         tenant does not\nexist for them. Nobody gives a role that allows more than their own.\n\n| permission |",
    );
    for role in Role::ALL {
        page.extend([" ", &role.title().en, " |"]);
    }
    page.push_str("\n| --- |");
    page.push_str(&" :-: |".repeat(Role::ALL.len()));
    for permission in Permission::ALL {
        page.extend(["\n| `", permission.as_str(), "` |"]);
        for role in Role::ALL {
            page.push_str(if allows(role, permission) { " ✓ |" } else { " |" });
        }
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

    #[test]
    fn nobody_gives_more_than_they_have() {
        use Role::{Developer, Owner, PlatformAdmin, Viewer};
        for (own, wanted, may) in [
            (PlatformAdmin, PlatformAdmin, true),
            (PlatformAdmin, Owner, true),
            (Owner, PlatformAdmin, false),
            (Owner, Owner, true),
            (Owner, Viewer, true),
            (Developer, Owner, false),
            (Viewer, Developer, false),
        ] {
            assert_eq!(may_give(own, wanted), may, "{own} gives {wanted}");
        }
    }
}
