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
    live::provide_live,
    pages::{
        account_new::NewAccountPage,
        accounts::AccountsPage,
        app::AppPage,
        apps::AppsPage,
        apps_new::NewAppPage,
        audit::AuditPage,
        cluster::ClusterPage,
        cluster_new::ConnectClusterPage,
        clusters::ClustersPage,
        compare::ComparePage,
        delete_app::DeleteAppPage,
        frame::Frame,
        home::HomePage,
        namespace::NamespacePage,
        namespace_new::NewNamespacePage,
        namespaces::NamespacesPage,
        node::NodePage,
        nodes::NodesPage,
        not_found::NotFoundPage,
        operation::OperationPage,
        operations::OperationsPage,
        password::PasswordPage,
        pods::PodsPage,
        release::ReleasePage,
        rollback::RollbackPage,
        settings::SettingsPage,
        sign_in::SignInPage,
        template::{NewTemplatePage, TemplatePage},
        templates::TemplatesPage,
        tenant::TenantPage,
        tenant_new::NewTenantPage,
        tenants::TenantsPage,
        upgrade::UpgradePage,
    },
};

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
                <Route path=path!("/password") view=PasswordPage ssr=WHOLE />
                <ParentRoute path=path!("") view=Frame ssr=WHOLE>
                    <Route path=path!("/") view=HomePage ssr=WHOLE />

                    <Route path=path!("/apps") view=AppsPage ssr=WHOLE />
                    <Route path=path!("/apps/new") view=NewAppPage ssr=WHOLE />
                    <Route path=path!("/apps/:id") view=AppPage ssr=WHOLE />
                    <Route path=path!("/apps/:id/upgrade") view=UpgradePage ssr=WHOLE />
                    <Route path=path!("/apps/:id/releases/:n") view=ReleasePage ssr=WHOLE />
                    <Route path=path!("/apps/:id/compare/:left/:right") view=ComparePage ssr=WHOLE />
                    <Route path=path!("/apps/:id/rollback/:n") view=RollbackPage ssr=WHOLE />
                    <Route path=path!("/apps/:id/delete") view=DeleteAppPage ssr=WHOLE />

                    <Route path=path!("/clusters") view=ClustersPage ssr=WHOLE />
                    <Route path=path!("/clusters/new") view=ConnectClusterPage ssr=WHOLE />
                    <Route path=path!("/clusters/:id") view=ClusterPage ssr=WHOLE />
                    <Route path=path!("/clusters/:id/nodes") view=NodesPage ssr=WHOLE />
                    <Route path=path!("/clusters/:id/nodes/:name") view=NodePage ssr=WHOLE />
                    <Route path=path!("/clusters/:id/pods") view=PodsPage ssr=WHOLE />

                    <Route path=path!("/namespaces") view=NamespacesPage ssr=WHOLE />
                    <Route path=path!("/namespaces/new") view=NewNamespacePage ssr=WHOLE />
                    <Route path=path!("/namespaces/:id") view=NamespacePage ssr=WHOLE />

                    <Route path=path!("/templates") view=TemplatesPage ssr=WHOLE />
                    <Route path=path!("/templates/new") view=NewTemplatePage ssr=WHOLE />
                    <Route path=path!("/templates/:id") view=TemplatePage ssr=WHOLE />

                    <Route path=path!("/operations") view=OperationsPage ssr=WHOLE />
                    <Route path=path!("/operations/:id") view=OperationPage ssr=WHOLE />

                    <Route path=path!("/tenants") view=TenantsPage ssr=WHOLE />
                    <Route path=path!("/tenants/new") view=NewTenantPage ssr=WHOLE />
                    <Route path=path!("/tenants/:id") view=TenantPage ssr=WHOLE />
                    <Route path=path!("/tenants/:id/accounts/new") view=NewAccountPage ssr=WHOLE />

                    <Route path=path!("/accounts") view=AccountsPage ssr=WHOLE />
                    <Route path=path!("/accounts/new") view=NewAccountPage ssr=WHOLE />

                    <Route path=path!("/audit") view=AuditPage ssr=WHOLE />
                    <Route path=path!("/settings") view=SettingsPage ssr=WHOLE />
                </ParentRoute>
            </Routes>
        </Router>
    }
}
