//! Every page and its path, in one readable list.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use crate::{
    components::provide_clock,
    lazy::Lazy,
    live::provide_live,
    pages::{
        app::AppPage,
        apps::AppsPage,
        clusters::ClustersPage,
        frame::Frame,
        home::HomePage,
        not_found::NotFoundPage,
        rooms::{Account, Administration, Clusters, People, Publishing, Releases},
        sign_in::SignInPage,
    },
};

// Everyday pages are in the first load; those of a room are fetched when somebody goes there.

/// Pages are sent whole: their first rows are in the HTML, and a refusal still decides the status.
const WHOLE: SsrMode = SsrMode::Async;

/// The application: the frame and the page that the path names.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_clock();
    provide_live();
    view! {
        <Title
            text="Longshore"
            formatter=|page: String| if page == "Longshore" { page } else { format!("{page} · Longshore") }
        />
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/sign-in") view=SignInPage ssr=WHOLE />
                <Route path=path!("/sign-in/code") view=Lazy(Account::SignInCode) ssr=WHOLE />
                <Route path=path!("/register") view=Lazy(Account::Register) ssr=WHOLE />
                <Route path=path!("/join") view=Lazy(Account::Join) ssr=WHOLE />
                <Route path=path!("/password") view=Lazy(Account::Password) ssr=WHOLE />
                <Route path=path!("/second-factor") view=Lazy(Account::SecondFactor) ssr=WHOLE />
                <ParentRoute path=path!("") view=Frame ssr=WHOLE>
                    <Route path=path!("/") view=HomePage ssr=WHOLE />

                    <Route path=path!("/apps") view=AppsPage ssr=WHOLE />
                    <Route path=path!("/apps/new") view=Lazy(Publishing::NewApp) ssr=WHOLE />
                    <Route path=path!("/apps/deleted") view=Lazy(Releases::DeletedApps) ssr=WHOLE />
                    <Route path=path!("/apps/:id") view=AppPage ssr=WHOLE />
                    <Route path=path!("/apps/:id/upgrade") view=Lazy(Publishing::Upgrade) ssr=WHOLE />
                    <Route path=path!("/apps/:id/releases") view=Lazy(Releases::History) ssr=WHOLE />
                    <Route path=path!("/apps/:id/releases/:n") view=Lazy(Releases::Release) ssr=WHOLE />
                    <Route path=path!("/apps/:id/usage") view=Lazy(Releases::Usage) ssr=WHOLE />
                    <Route path=path!("/apps/:id/compare/:left/:right") view=Lazy(Releases::Compare) ssr=WHOLE />
                    <Route path=path!("/apps/:id/rollback/:n") view=Lazy(Releases::Rollback) ssr=WHOLE />
                    <Route path=path!("/apps/:id/scale") view=Lazy(Releases::Scale) ssr=WHOLE />
                    <Route path=path!("/apps/:id/restart") view=Lazy(Releases::Restart) ssr=WHOLE />
                    <Route path=path!("/apps/:id/run") view=Lazy(Releases::Run) ssr=WHOLE />
                    <Route path=path!("/apps/:id/drift") view=Lazy(Releases::Drift) ssr=WHOLE />
                    <Route path=path!("/apps/:id/abort/:n") view=Lazy(Releases::Abort) ssr=WHOLE />
                    <Route path=path!("/apps/:id/delete") view=Lazy(Releases::DeleteApp) ssr=WHOLE />

                    <Route path=path!("/clusters") view=ClustersPage ssr=WHOLE />
                    <Route path=path!("/clusters/new") view=Lazy(Clusters::ConnectCluster) ssr=WHOLE />
                    <Route path=path!("/clusters/:id") view=Lazy(Clusters::Cluster) ssr=WHOLE />
                    <Route path=path!("/clusters/:id/kubeconfig") view=Lazy(Clusters::ClusterKubeconfig) ssr=WHOLE />
                    <Route path=path!("/clusters/:id/metrics") view=Lazy(Clusters::ClusterMetrics) ssr=WHOLE />
                    <Route path=path!("/clusters/:id/nodes") view=Lazy(Clusters::Nodes) ssr=WHOLE />
                    <Route path=path!("/clusters/:id/nodes/:name") view=Lazy(Clusters::Node) ssr=WHOLE />
                    <Route path=path!("/clusters/:id/pods") view=Lazy(Clusters::Pods) ssr=WHOLE />

                    <Route path=path!("/namespaces") view=Lazy(Administration::Namespaces) ssr=WHOLE />
                    <Route path=path!("/namespaces/new") view=Lazy(Administration::NewNamespace) ssr=WHOLE />
                    <Route path=path!("/namespaces/:id/import/:name") view=Lazy(Administration::Import) ssr=WHOLE />
                    <Route path=path!("/namespaces/:id/secrets") view=Lazy(Administration::Secrets) ssr=WHOLE />
                    <Route path=path!("/namespaces/:id") view=Lazy(Administration::Namespace) ssr=WHOLE />
                    <Route path=path!("/secrets/:id") view=Lazy(Administration::Secret) ssr=WHOLE />

                    <Route path=path!("/registries") view=Lazy(Publishing::Registries) ssr=WHOLE />
                    <Route path=path!("/registries/new") view=Lazy(Publishing::NewRegistry) ssr=WHOLE />
                    <Route path=path!("/registries/:id") view=Lazy(Publishing::Registry) ssr=WHOLE />
                    <Route path=path!("/templates") view=Lazy(Publishing::Templates) ssr=WHOLE />
                    <Route path=path!("/templates/new") view=Lazy(Publishing::NewTemplate) ssr=WHOLE />
                    <Route path=path!("/templates/:id") view=Lazy(Publishing::Template) ssr=WHOLE />
                    <Route path=path!("/templates/:id/versions") view=Lazy(Publishing::TemplateVersions) ssr=WHOLE />
                    <Route
                        path=path!("/templates/:id/compare/:left/:right")
                        view=Lazy(Publishing::CompareTemplate)
                        ssr=WHOLE
                    />

                    <Route path=path!("/operations") view=Lazy(Releases::Operations) ssr=WHOLE />
                    <Route path=path!("/operations/:id") view=Lazy(Releases::Operation) ssr=WHOLE />

                    <Route path=path!("/tenants") view=Lazy(People::Tenants) ssr=WHOLE />
                    <Route path=path!("/tenants/new") view=Lazy(People::NewTenant) ssr=WHOLE />
                    <Route path=path!("/tenants/:id") view=Lazy(People::Tenant) ssr=WHOLE />
                    <Route path=path!("/tenants/:id/accounts/new") view=Lazy(People::NewAccount) ssr=WHOLE />
                    <Route path=path!("/tenants/:id/accounts/invite") view=Lazy(People::Invite) ssr=WHOLE />

                    <Route path=path!("/accounts") view=Lazy(People::Accounts) ssr=WHOLE />
                    <Route path=path!("/accounts/new") view=Lazy(People::NewAccount) ssr=WHOLE />
                    <Route
                        path=path!("/accounts/new-service")
                        view=Lazy(People::NewServiceAccount)
                        ssr=WHOLE
                    />
                    <Route path=path!("/accounts/invite") view=Lazy(People::Invite) ssr=WHOLE />
                    <Route path=path!("/accounts/:id") view=Lazy(People::Account) ssr=WHOLE />
                    <Route path=path!("/roles") view=Lazy(People::Roles) ssr=WHOLE />
                    <Route path=path!("/roles/new") view=Lazy(People::NewRole) ssr=WHOLE />
                    <Route path=path!("/roles/:id") view=Lazy(People::Role) ssr=WHOLE />
                    <Route path=path!("/access") view=Lazy(People::Access) ssr=WHOLE />

                    <Route path=path!("/identity-providers") view=Lazy(Administration::Providers) ssr=WHOLE />
                    <Route path=path!("/identity-providers/new") view=Lazy(Administration::NewProvider) ssr=WHOLE />
                    <Route path=path!("/identity-providers/:id") view=Lazy(Administration::Provider) ssr=WHOLE />
                    <Route path=path!("/platform") view=Lazy(Administration::Platform) ssr=WHOLE />
                    <Route path=path!("/audit") view=Lazy(Administration::Audit) ssr=WHOLE />
                    <Route path=path!("/audit/:sequence") view=Lazy(Administration::AuditEntry) ssr=WHOLE />
                    <Route path=path!("/settings") view=Lazy(Account::Settings) ssr=WHOLE />
                    <Route path=path!("/settings/security") view=Lazy(Account::Security) ssr=WHOLE />
                    <Route path=path!("/settings/sessions") view=Lazy(Account::Sessions) ssr=WHOLE />
                    <Route path=path!("/settings/identities") view=Lazy(Account::Identities) ssr=WHOLE />
                    <Route path=path!("/settings/rights") view=Lazy(People::Rights) ssr=WHOLE />
                    <Route path=path!("/settings/tokens") view=Lazy(People::Tokens) ssr=WHOLE />
                </ParentRoute>
            </Routes>
        </Router>
    }
}
