//! Where one can go: the navigation, the palette and the keys share this one list.

use crate::{
    model::{Permission, Viewer},
    t,
};

/// A place of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Its path.
    pub href: &'static str,
    /// Its name.
    pub title: &'static str,
    /// The icon's name.
    pub icon: &'static str,
    /// The keys that lead there: `g a`.
    pub keys: &'static str,
    /// Whether it belongs to the platform rather than to somebody's daily work.
    pub platform: bool,
}

/// Something that one can begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// The page that begins it.
    pub href: &'static str,
    /// What it does.
    pub title: &'static str,
    /// The icon's name.
    pub icon: &'static str,
}

/// The places that the viewer may see.
pub(super) fn places(viewer: &Viewer) -> Vec<Place> {
    use Permission as P;
    let all = [
        (P::AppRead, "/apps", t!("Apps", "应用"), "box", "g a", false),
        (P::NamespaceRead, "/namespaces", t!("Namespaces", "命名空间"), "layers", "g n", false),
        (P::TemplateRead, "/templates", t!("Templates", "模板"), "file-text", "g t", false),
        (P::RegistryRead, "/registries", t!("Registries", "镜像仓库"), "boxes", "g r", false),
        (P::AppRead, "/operations", t!("Activity", "操作记录"), "activity", "g o", false),
        (P::ClusterRead, "/clusters", t!("Clusters", "集群"), "server", "g c", true),
        (P::TenantRead, "/tenants", t!("Tenants", "租户"), "building-2", "g e", true),
        (P::AccountRead, "/accounts", t!("Accounts", "账号"), "users", "g u", true),
        (P::AuditRead, "/audit", t!("Audit", "审计"), "scroll-text", "g l", true),
        (P::PlatformManage, "/platform", t!("Platform settings", "平台设置"), "ship", "g p", true),
    ];
    all.into_iter()
        .filter(|(needs, ..)| viewer.may(*needs))
        .map(|(_, href, title, icon, keys, platform)| Place { href, title, icon, keys, platform })
        .collect()
}

/// The one's own settings, which everybody has.
pub(super) fn settings() -> Place {
    Place { href: "/settings", title: t!("Settings", "设置"), icon: "settings", keys: "g s", platform: false }
}

/// What the viewer may begin.
pub(super) fn starts(viewer: &Viewer) -> Vec<Start> {
    use Permission as P;
    let all = [
        (P::AppPublish, "/apps/new", t!("Publish an app", "发布应用"), "rocket"),
        (P::ClusterManage, "/clusters/new", t!("Connect a cluster", "接入集群"), "plus"),
        (P::NamespaceManage, "/namespaces/new", t!("Make a namespace", "新建命名空间"), "plus"),
        (P::TemplateManage, "/templates/new", t!("Make a template", "新建模板"), "plus"),
        (P::TenantManage, "/tenants/new", t!("Make a tenant", "新建租户"), "plus"),
        (
            P::IdentityProviderManage,
            "/identity-providers/new",
            t!("Add an identity provider", "添加身份提供商"),
            "key-round",
        ),
        (P::AccountManage, "/accounts/new", t!("Add an account", "添加账号"), "user-plus"),
    ];
    all.into_iter()
        .filter(|(needs, ..)| viewer.may(*needs))
        .map(|(_, href, title, icon)| Start { href, title, icon })
        .collect()
}

/// The five places of the bar on a phone, the last of them oneself.
pub(super) fn bottom(viewer: &Viewer) -> Vec<Place> {
    let wanted = if viewer.tenant.is_none() {
        ["/clusters", "/apps", "/tenants", "/operations"]
    } else {
        ["/apps", "/namespaces", "/templates", "/operations"]
    };
    let places = places(viewer);
    wanted
        .into_iter()
        .filter_map(|href| places.iter().find(|p| p.href == href).copied())
        .chain([Place { title: t!("Me", "我的"), icon: "circle-user", ..settings() }])
        .collect()
}
