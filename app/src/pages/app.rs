//! One application: what it is and how it is in the first line, then the rollout, the releases, the pods, the
//! configuration, and its end.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

use crate::{
    ErrorKind, UiError,
    api::apps::{get_app, get_app_record},
    components::{LinkButton, Note, PageHeader, State, Tab, Tabs},
    live,
    load::Load,
    model::{AppDetail, AppId, AppRecord, AppState, Topic, WorkloadKind},
    pages::{
        gone::{gone_note, releases_of},
        list::chosen,
        parts::{page_to_come, segment, shown},
    },
    t,
};

mod configuration;
mod header;
mod network;
mod overview;
mod pods;
mod releases;
mod runs;
mod scaling;
mod settings;
mod storage;

pub use configuration::{SecretNames, SpecFacts};
use header::AppHeader;
pub use header::abortable;
use network::NetworkTab;
use overview::Overview;
use pods::PodsTab;
use releases::ReleasesTab;
pub use releases::compared;
use runs::RunsTab;
use scaling::ScalingTab;
use settings::SettingsTab;
pub use storage::Disks;
use storage::StorageTab;

/// A part of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Overview,
    Runs,
    Pods,
    Scaling,
    Network,
    Storage,
    Releases,
    Configuration,
    Settings,
}

impl Part {
    const ALL: [Self; 9] = [
        Self::Overview,
        Self::Runs,
        Self::Pods,
        Self::Scaling,
        Self::Network,
        Self::Storage,
        Self::Releases,
        Self::Configuration,
        Self::Settings,
    ];

    /// Whether there is anything in it for an application.
    const fn is_of(self, app: &AppDetail) -> bool {
        let kind = app.row.kind;
        match self {
            Self::Runs => kind.runs_to_end(),
            Self::Scaling => app.scaling.is_some(),
            Self::Network => !kind.runs_to_end(),
            Self::Storage => matches!(kind, WorkloadKind::Stateful),
            _ => true,
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Runs => "runs",
            Self::Pods => "pods",
            Self::Scaling => "scaling",
            Self::Network => "network",
            Self::Storage => "storage",
            Self::Releases => "releases",
            Self::Configuration => "configuration",
            Self::Settings => "settings",
        }
    }

    /// The part that the address names; anything else is the first.
    fn parse(key: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|p| Some(p.key()) == key).unwrap_or(Self::Overview)
    }

    fn title(self) -> &'static str {
        match self {
            Self::Overview => t!("Overview", "概览"),
            Self::Runs => t!("Runs", "运行记录"),
            Self::Pods => t!("Pods", "Pod"),
            Self::Scaling => t!("Scaling", "伸缩"),
            Self::Network => t!("Network", "网络"),
            Self::Storage => t!("Storage", "存储"),
            Self::Releases => t!("Releases", "发布记录"),
            Self::Configuration => t!("Configuration", "配置"),
            Self::Settings => t!("Settings", "设置"),
        }
    }
}

/// What there is of an application.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Found {
    /// All of it.
    There(Box<AppDetail>),
    /// What stays of one that was deleted.
    Gone(AppRecord),
}

async fn find(id: AppId) -> Result<Found, UiError> {
    match get_app(id).await {
        Ok(app) => Ok(Found::There(Box::new(app))),
        Err(error) if error.kind == ErrorKind::NotFound => match get_app_record(id).await {
            Ok(record) if record.is_gone() => Ok(Found::Gone(record)),
            _ => Err(error),
        },
        Err(error) => Err(error),
    }
}

/// One application.
#[component]
pub fn AppPage() -> impl IntoView {
    let id = segment::<AppId>("id");
    let app = Load::new(move || id.get(), |id| async move { find(id?).await });
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(
                    app.await,
                    true,
                    move || app.refetch(),
                    |found| match found {
                        Found::There(app) => {
                            let app = *app;
                            view! { <Whole app /> }.into_any()
                        }
                        Found::Gone(app) => view! { <Gone app /> }.into_any(),
                    },
                )
            })}
        </Transition>
    }
}

/// Where an application was that is deleted.
#[component]
fn Gone(app: AppRecord) -> impl IntoView {
    let (note, releases) = (gone_note(&app), releases_of(&app));
    let name = app.name;
    view! {
        <Title text=name.clone() />
        <div class="page">
            <PageHeader
                title=name
                actions=move || {
                    view! { <LinkButton href=releases.clone()>{t!("Its releases", "发布记录")}</LinkButton> }
                }
                facts=move || view! { <a href="/apps/deleted">{t!("Deleted apps", "已删除的应用")}</a> }
            />
            {note}
        </div>
    }
}

#[component]
fn Whole(app: AppDetail) -> impl IntoView {
    let query = use_query_map();
    let id = app.row.id;
    let name = app.row.name.clone();
    let app = live::value(Topic::App(id), app);
    let part = Memo::new(move |_| Part::parse(query.with(|q| chosen(q, "tab")).as_deref()));
    let tabs = Part::ALL
        .into_iter()
        .filter(|part| app.with_untracked(|app| part.is_of(app)))
        .map(|part| {
            let href = match part {
                Part::Overview => format!("/apps/{id}"),
                _ => format!("/apps/{id}?tab={}", part.key()),
            };
            Tab::new(part.key(), part.title(), href)
        })
        .collect::<Vec<_>>();
    let deleting = Memo::new(move |_| app.with(|a| a.row.state == AppState::Deleting));
    view! {
        <Title text=name />
        <div class="page">
            <AppHeader app>
                <Tabs
                    label=t!("Parts of the app", "应用的各部分")
                    tabs
                    current=Signal::derive(move || part.get().key().to_owned())
                />
            </AppHeader>
            {move || {
                deleting
                    .get()
                    .then(|| {
                        view! {
                            <Note state=State::Rolling title=t!("This app is being deleted", "此应用正在删除")>
                                {t!("What it owned in the cluster goes; the audit trail stays.", "它在集群中的对象会被移除，审计记录会保留。")}
                            </Note>
                        }
                    })
            }}
            {move || match part.get() {
                Part::Overview => view! { <Overview app /> }.into_any(),
                Part::Runs => view! { <RunsTab app /> }.into_any(),
                Part::Pods => view! { <PodsTab app /> }.into_any(),
                Part::Scaling => view! { <ScalingTab app /> }.into_any(),
                Part::Network => view! { <NetworkTab app /> }.into_any(),
                Part::Storage => view! { <StorageTab app /> }.into_any(),
                Part::Releases => view! { <ReleasesTab app /> }.into_any(),
                Part::Configuration => view! { <configuration::ConfigurationTab app /> }.into_any(),
                Part::Settings => view! { <SettingsTab app /> }.into_any(),
            }}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::Part;

    #[test]
    fn every_part_has_its_own_address() {
        for part in Part::ALL {
            assert_eq!(Part::parse(Some(part.key())), part);
        }
        assert_eq!(Part::parse(None), Part::Overview);
        assert_eq!(Part::parse(Some("nonsense")), Part::Overview);
    }
}
