//! The head of a cluster's pages: its name and state, and the tabs between them.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    api::clusters::list_clusters,
    components::{PageHeader, RelativeTime, State, StateBadge, Tab, Tabs},
    drawn::drawn,
    load::Load,
    model::{ClusterRow, Permission, Viewer},
    pages::words,
    t,
};

/// The cluster's id in the address.
pub fn cluster_id() -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|p| p.get_str("id").unwrap_or_default().to_owned()))
}

/// The tabs of a cluster, of those that the viewer may see.
pub fn cluster_tabs(id: &str, current: &'static str) -> impl IntoView + use<> {
    let viewer = expect_context::<Viewer>();
    let mut tabs = vec![Tab::new("overview", t!("Overview", "概览"), format!("/clusters/{id}"))];
    if viewer.may(Permission::NodeRead) {
        tabs.push(Tab::new("nodes", t!("Nodes", "节点"), format!("/clusters/{id}/nodes")));
    }
    tabs.push(Tab::new("pods", t!("Pods", "Pod"), format!("/clusters/{id}/pods")));
    view! { <Tabs label=t!("Parts of the cluster", "集群内容") tabs current=current.to_owned() /> }
}

/// The head with what is known of the cluster.
pub fn cluster_header(row: Signal<ClusterRow>, current: &'static str) -> impl IntoView {
    let id = row.with_untracked(|r| r.id.to_string());
    let state = Signal::derive(move || State::from(row.with(|r| r.state)));
    let word = Signal::derive(move || words::cluster_state(row.with(|r| r.state)).to_owned());
    let since = Signal::derive(move || row.with(|r| r.since));
    view! {
        <PageHeader
            title=Signal::derive(move || row.with(|r| r.name.clone()))
            state=move || view! { <StateBadge state word tint=true /> }
            since=move || view! { {t!("for", "已持续")} " " <RelativeTime at=since short=true /> }
            facts=move || {
                view! {
                    <span>
                        "Kubernetes " {move || row.with(|r| r.version.clone())}
                    </span>
                    {move || {
                        row.with(|r| r.problem.clone()).map(|problem| view! { <span>{problem.here()}</span> })
                    }}
                }
            }
        >
            {cluster_tabs(&id, current)}
        </PageHeader>
    }
}

/// The head of a page of a cluster that shows something else: it asks for the cluster's row by itself.
#[component]
pub fn ClusterHead(
    /// The cluster's id in the address.
    id: Memo<String>,
    /// The key of the tab.
    current: &'static str,
) -> impl IntoView {
    let clusters = Load::new(move || id.get(), |_| list_clusters());
    view! {
        <Transition fallback=move || head_alone(id.get_untracked(), t!("Cluster", "集群"), current)>
            {move || Suspend::new(async move {
                let id = id.get_untracked();
                // What is wrong with the cluster is said where its rows would stand.
                let row = clusters.await.unwrap_or_default().into_iter().find(|c| c.id.to_string() == id);
                match row {
                    Some(row) => drawn(cluster_header(Signal::stored(row), current)),
                    None => head_alone(id, t!("Cluster", "集群"), current).into_any(),
                }
            })}
        </Transition>
    }
}

fn head_alone(id: String, title: &'static str, current: &'static str) -> impl IntoView {
    view! { <PageHeader title=title.to_owned()>{cluster_tabs(&id, current)}</PageHeader> }
}
