//! Gives a cluster another kubeconfig, in the place of one that ends or has too many rights.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Redirect;

use crate::{
    UiError,
    api::clusters::{ReplaceKubeconfig, get_cluster},
    components::{
        Button, ButtonKind, Fact, Facts, FileInto, FormErrors, LinkButton, PageHeader, TextArea,
        time::{iso, use_clock},
    },
    load::Load,
    model::{ClusterId, ClusterRow, MAX_KUBECONFIG_BYTES},
    pages::{
        form::{field, last_error, whole},
        parts::{page_to_come, segment, shown},
    },
    t, tf,
};

/// The form that replaces a cluster's kubeconfig.
#[component]
pub fn ClusterKubeconfigPage() -> impl IntoView {
    let id = segment::<ClusterId>("id");
    let cluster = Load::new(move || id.get(), |id| async move { get_cluster(id?).await });
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                let row = cluster.await.map(|overview| overview.cluster);
                shown(row, true, move || cluster.refetch(), |row| view! { <Replace row /> })
            })}
        </Transition>
    }
}

#[component]
fn Replace(row: ClusterRow) -> impl IntoView {
    let ClusterRow { id, name, server, credentials_end, revision, .. } = row;
    let kubeconfig = RwSignal::new(String::new());
    let replace = ServerAction::<ReplaceKubeconfig>::new();
    let error = last_error(replace.value());
    let done = move || matches!(replace.value().get(), Some(Ok(_)));
    let title = tf!("Another kubeconfig for {name}", "更换 {name} 的 kubeconfig");
    // Before the page lives, the server says that something is missing.
    let clock = use_clock();
    let blocked = Signal::derive(move || clock.is_local() && kubeconfig.with(|k| k.trim().is_empty()));
    view! {
        <Title text=title.clone() />
        {move || done().then(|| view! { <Redirect path=format!("/clusters/{id}") /> })}
        <div class="page page-narrow">
            <PageHeader title />
            <p class="page-lead">
                {t!(
                    "It has to lead to the same cluster, which is checked with everything else before it takes the place of the old one. What is shown and what runs goes on.",
                    "新的 kubeconfig 必须指向同一集群。Longshore 会先完成全部检查，再用它替换旧的；页面显示和运行中的应用不受影响。"
                )}
            </p>
            <Facts>
                <Fact name=t!("Address", "地址")>
                    <span class="mono">{server}</span>
                </Fact>
                <Fact name=t!("Good until", "有效期至")>{until(credentials_end)}</Fact>
            </Facts>
            <ActionForm action=replace>
                <div class="form">
                    <FormErrors error=whole(error) />
                    <input type="hidden" name="id" value=id.to_string() />
                    <input type="hidden" name="form[version]" value=revision.to_string() />
                    <KubeconfigFields bind=kubeconfig error />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary icon="check" busy=replace.pending() disabled=blocked>
                            {t!("Check and replace", "检查并替换")}
                        </Button>
                        <LinkButton href=format!("/clusters/{id}")>{t!("Cancel", "取消")}</LinkButton>
                    </div>
                </div>
            </ActionForm>
        </div>
    }
}

/// Until when a kubeconfig is good, to the day.
pub fn until(end: Option<i64>) -> String {
    match end {
        Some(end) => iso(end).chars().take(10).collect(),
        None => t!("it does not say", "未注明").to_owned(),
    }
}

/// The kubeconfig, from a file or pasted.
#[component]
pub fn KubeconfigFields(
    /// What is typed.
    bind: RwSignal<String>,
    /// The action's error.
    error: Signal<Option<UiError>>,
) -> impl IntoView {
    view! {
        <FileInto id="kubeconfig-file" label=t!("From a file", "从文件读取") into=bind most=MAX_KUBECONFIG_BYTES />
        <TextArea
            name="form[kubeconfig]"
            label="Kubeconfig"
            bind
            code=true
            rows=12
            hint=t!(
                "With a certificate or a token in it. Plug-ins that run programs (exec, auth-provider) are refused.",
                "需内含证书或令牌。不接受会运行外部程序的插件（exec、auth-provider）。"
            )
                .to_owned()
            error=field(error, &["kubeconfig"])
        />
    }
}
