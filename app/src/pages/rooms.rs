//! The pages that are not part of the first load, grouped by what somebody does there: who opens one page of a room
//! is likely to open another, so each room is one piece of code. Everyday pages are not here but in
//! [`crate::routes`] alone.
//!
//! A new page is a variant and a line. A new room costs more than it saves unless it is large, since code that several
//! rooms use becomes a piece for each combination of them.

use leptos::{prelude::*, wasm_split::wasm_split};

use crate::{
    lazy::{NotLoaded, Room},
    pages::{
        abort::AbortPage,
        access::AccessPage,
        account::AccountPage,
        account_new::NewAccountPage,
        accounts::AccountsPage,
        apps_deleted::DeletedAppsPage,
        apps_new::NewAppPage,
        audit::{AuditEntryPage, AuditPage},
        cluster::ClusterPage,
        cluster_kubeconfig::ClusterKubeconfigPage,
        cluster_metrics::ClusterMetricsPage,
        cluster_new::ConnectClusterPage,
        compare::ComparePage,
        delete_app::DeleteAppPage,
        drift::DriftPage,
        history::HistoryPage,
        identities::IdentitiesPage,
        identity_provider::ProviderPage,
        identity_provider_new::NewProviderPage,
        identity_providers::ProvidersPage,
        import::ImportPage,
        invite::InvitePage,
        join::JoinPage,
        namespace::NamespacePage,
        namespace_new::NewNamespacePage,
        namespaces::NamespacesPage,
        node::NodePage,
        nodes::NodesPage,
        operation::OperationPage,
        operations::OperationsPage,
        password::PasswordPage,
        platform::PlatformPage,
        pods::PodsPage,
        register::RegisterPage,
        registries::{NewRegistryPage, RegistriesPage},
        registry::RegistryPage,
        release::ReleasePage,
        restart::RestartPage,
        rights::RightsPage,
        role::{NewRolePage, RolePage},
        roles::RolesPage,
        rollback::RollbackPage,
        run::RunPage,
        scale::ScalePage,
        second_factor::SecondFactorPage,
        secret::SecretPage,
        secrets::SecretsPage,
        security::SecurityPage,
        sessions::SessionsPage,
        settings::SettingsPage,
        sign_in_code::SignInCodePage,
        template::{NewTemplatePage, TemplatePage},
        template_versions::{CompareTemplatePage, TemplateVersionsPage},
        templates::TemplatesPage,
        tenant::TenantPage,
        tenant_new::NewTenantPage,
        tenants::TenantsPage,
        token_new::NewServiceAccountPage,
        tokens::TokensPage,
        upgrade::UpgradePage,
        usage::UsagePage,
    },
};

/// Fetches what the page that the server has rendered is made of, which has to be there before it is taken over. Fails
/// when it cannot be had; the page then stays as it is, and its links and forms work without us.
#[cfg(feature = "hydrate")]
pub async fn enter() -> Result<(), NotLoaded> {
    match crate::lazy::announced().as_deref() {
        Some(Publishing::NAME) => Publishing::load().await,
        Some(Releases::NAME) => Releases::load().await,
        Some(Clusters::NAME) => Clusters::load().await,
        Some(Administration::NAME) => Administration::load().await,
        Some(People::NAME) => People::load().await,
        Some(Account::NAME) => Account::load().await,
        _ => Ok(()),
    }
}

/// Publishing: the forms that describe an application, the templates that they begin with, and the registries of its images.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each is the page of that name")]
pub enum Publishing {
    NewApp,
    Upgrade,
    Templates,
    NewTemplate,
    Template,
    TemplateVersions,
    CompareTemplate,
    Registries,
    NewRegistry,
    Registry,
}

#[wasm_split(publishing, wasm_split_path = leptos::wasm_split, fallible, preload(load_publishing))]
fn publishing(page: Publishing) -> Result<AnyView, NotLoaded> {
    Ok(match page {
        Publishing::NewApp => NewAppPage().into_any(),
        Publishing::Upgrade => UpgradePage().into_any(),
        Publishing::Templates => TemplatesPage().into_any(),
        Publishing::NewTemplate => NewTemplatePage().into_any(),
        Publishing::Template => TemplatePage().into_any(),
        Publishing::TemplateVersions => TemplateVersionsPage().into_any(),
        Publishing::CompareTemplate => CompareTemplatePage().into_any(),
        Publishing::Registries => RegistriesPage().into_any(),
        Publishing::NewRegistry => NewRegistryPage().into_any(),
        Publishing::Registry => RegistryPage().into_any(),
    })
}

impl Room for Publishing {
    const NAME: &'static str = "publishing";

    async fn load() -> Result<(), NotLoaded> {
        load_publishing().await
    }

    async fn view(self) -> Result<AnyView, NotLoaded> {
        publishing(self).await
    }
}

/// Releases: what became of them, and what is done with those there are.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each is the page of that name")]
pub enum Releases {
    Release,
    History,
    DeletedApps,
    Usage,
    Compare,
    Rollback,
    Scale,
    Restart,
    Run,
    Drift,
    Abort,
    DeleteApp,
    Operations,
    Operation,
}

#[wasm_split(releases, wasm_split_path = leptos::wasm_split, fallible, preload(load_releases))]
fn releases(page: Releases) -> Result<AnyView, NotLoaded> {
    Ok(match page {
        Releases::Release => ReleasePage().into_any(),
        Releases::History => HistoryPage().into_any(),
        Releases::DeletedApps => DeletedAppsPage().into_any(),
        Releases::Usage => UsagePage().into_any(),
        Releases::Compare => ComparePage().into_any(),
        Releases::Rollback => RollbackPage().into_any(),
        Releases::Scale => ScalePage().into_any(),
        Releases::Restart => RestartPage().into_any(),
        Releases::Run => RunPage().into_any(),
        Releases::Drift => DriftPage().into_any(),
        Releases::Abort => AbortPage().into_any(),
        Releases::DeleteApp => DeleteAppPage().into_any(),
        Releases::Operations => OperationsPage().into_any(),
        Releases::Operation => OperationPage().into_any(),
    })
}

impl Room for Releases {
    const NAME: &'static str = "releases";

    async fn load() -> Result<(), NotLoaded> {
        load_releases().await
    }

    async fn view(self) -> Result<AnyView, NotLoaded> {
        releases(self).await
    }
}

/// Clusters: the machines, and what runs on them.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each is the page of that name")]
pub enum Clusters {
    ConnectCluster,
    Cluster,
    ClusterKubeconfig,
    ClusterMetrics,
    Nodes,
    Node,
    Pods,
}

#[wasm_split(clusters, wasm_split_path = leptos::wasm_split, fallible, preload(load_clusters))]
fn clusters(page: Clusters) -> Result<AnyView, NotLoaded> {
    Ok(match page {
        Clusters::ConnectCluster => ConnectClusterPage().into_any(),
        Clusters::Cluster => ClusterPage().into_any(),
        Clusters::ClusterKubeconfig => ClusterKubeconfigPage().into_any(),
        Clusters::ClusterMetrics => ClusterMetricsPage().into_any(),
        Clusters::Nodes => NodesPage().into_any(),
        Clusters::Node => NodePage().into_any(),
        Clusters::Pods => PodsPage().into_any(),
    })
}

impl Room for Clusters {
    const NAME: &'static str = "clusters";

    async fn load() -> Result<(), NotLoaded> {
        load_clusters().await
    }

    async fn view(self) -> Result<AnyView, NotLoaded> {
        clusters(self).await
    }
}

/// Administration: namespaces, the platform, who else may let people in, and what was done.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each is the page of that name")]
pub enum Administration {
    Namespaces,
    NewNamespace,
    Namespace,
    Secrets,
    Secret,
    Import,
    Platform,
    Providers,
    NewProvider,
    Provider,
    Audit,
    AuditEntry,
}

#[wasm_split(administration, wasm_split_path = leptos::wasm_split, fallible, preload(load_administration))]
fn administration(page: Administration) -> Result<AnyView, NotLoaded> {
    Ok(match page {
        Administration::Namespaces => NamespacesPage().into_any(),
        Administration::NewNamespace => NewNamespacePage().into_any(),
        Administration::Namespace => NamespacePage().into_any(),
        Administration::Secrets => SecretsPage().into_any(),
        Administration::Secret => SecretPage().into_any(),
        Administration::Import => ImportPage().into_any(),
        Administration::Platform => PlatformPage().into_any(),
        Administration::Providers => ProvidersPage().into_any(),
        Administration::NewProvider => NewProviderPage().into_any(),
        Administration::Provider => ProviderPage().into_any(),
        Administration::Audit => AuditPage().into_any(),
        Administration::AuditEntry => AuditEntryPage().into_any(),
    })
}

impl Room for Administration {
    const NAME: &'static str = "administration";

    async fn load() -> Result<(), NotLoaded> {
        load_administration().await
    }

    async fn view(self) -> Result<AnyView, NotLoaded> {
        administration(self).await
    }
}

/// Tenants, their people, and who may do what where.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each is the page of that name")]
pub enum People {
    Tenants,
    NewTenant,
    Tenant,
    Accounts,
    NewAccount,
    NewServiceAccount,
    Invite,
    Account,
    Roles,
    NewRole,
    Role,
    Access,
    Rights,
    Tokens,
}

#[wasm_split(people, wasm_split_path = leptos::wasm_split, fallible, preload(load_people))]
fn people(page: People) -> Result<AnyView, NotLoaded> {
    Ok(match page {
        People::Tenants => TenantsPage().into_any(),
        People::NewTenant => NewTenantPage().into_any(),
        People::Tenant => TenantPage().into_any(),
        People::Accounts => AccountsPage().into_any(),
        People::NewAccount => NewAccountPage().into_any(),
        People::NewServiceAccount => NewServiceAccountPage().into_any(),
        People::Invite => InvitePage().into_any(),
        People::Account => AccountPage().into_any(),
        People::Roles => RolesPage().into_any(),
        People::NewRole => NewRolePage().into_any(),
        People::Role => RolePage().into_any(),
        People::Access => AccessPage().into_any(),
        People::Rights => RightsPage().into_any(),
        People::Tokens => TokensPage().into_any(),
    })
}

impl Room for People {
    const NAME: &'static str = "people";

    async fn load() -> Result<(), NotLoaded> {
        load_people().await
    }

    async fn view(self) -> Result<AnyView, NotLoaded> {
        people(self).await
    }
}

/// One's own account, and how one comes by it.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each is the page of that name")]
pub enum Account {
    SignInCode,
    Password,
    SecondFactor,
    Settings,
    Security,
    Sessions,
    Identities,
    Register,
    Join,
}

#[wasm_split(account, wasm_split_path = leptos::wasm_split, fallible, preload(load_account))]
fn account(page: Account) -> Result<AnyView, NotLoaded> {
    Ok(match page {
        Account::SignInCode => SignInCodePage().into_any(),
        Account::Password => PasswordPage().into_any(),
        Account::SecondFactor => SecondFactorPage().into_any(),
        Account::Settings => SettingsPage().into_any(),
        Account::Security => SecurityPage().into_any(),
        Account::Sessions => SessionsPage().into_any(),
        Account::Identities => IdentitiesPage().into_any(),
        Account::Register => RegisterPage().into_any(),
        Account::Join => JoinPage().into_any(),
    })
}

impl Room for Account {
    const NAME: &'static str = "account";

    async fn load() -> Result<(), NotLoaded> {
        load_account().await
    }

    async fn view(self) -> Result<AnyView, NotLoaded> {
        account(self).await
    }
}
