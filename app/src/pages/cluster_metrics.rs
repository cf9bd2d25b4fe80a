//! Names the Prometheus that a cluster's figures over time come from.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Redirect;

use crate::{
    api::clusters::{SetMetrics, get_cluster, get_metrics},
    components::{Button, ButtonKind, FormErrors, LinkButton, PageHeader, TextField},
    load::Load,
    model::{ClusterId, MetricsForm},
    pages::{
        form::{field, last_error, whole},
        parts::{page_to_come, segment, shown},
    },
    t, tf,
};

/// The form that names a cluster's source of figures.
#[component]
pub fn ClusterMetricsPage() -> impl IntoView {
    let id = segment::<ClusterId>("id");
    let source = Load::new(
        move || id.get(),
        |id| async move {
            let id = id?;
            let name = get_cluster(id).await?.cluster.name;
            Ok((id, name, get_metrics(id).await?))
        },
    );
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(source.await, true, move || source.refetch(), |(id, name, form)| {
                    view! { <Source id name form /> }
                })
            })}
        </Transition>
    }
}

#[component]
fn Source(id: ClusterId, name: String, form: MetricsForm) -> impl IntoView {
    let MetricsForm { service, version } = form;
    let written = RwSignal::new(service);
    let set = ServerAction::<SetMetrics>::new();
    let error = last_error(set.value());
    let done = move || matches!(set.value().get(), Some(Ok(_)));
    let title = tf!("Metrics source of {name}", "{name} 的指标来源");
    view! {
        <Title text=title.clone() />
        {move || done().then(|| view! { <Redirect path=format!("/clusters/{id}") /> })}
        <div class="page page-narrow">
            <PageHeader title />
            <p class="page-lead">
                {t!(
                    "A service in the cluster that answers as Prometheus does, and reads the kubelets' /metrics/cadvisor or /metrics/resource. Longshore asks it through the cluster's API server, so that it needs no address outside. Apps then show what each of their releases uses.",
                    "集群中兼容 Prometheus 接口、并采集 kubelet 的 /metrics/cadvisor 或 /metrics/resource 的服务。Longshore 通过集群的 API 服务器访问它，无需对外地址。之后应用页面会显示各发布的用量。"
                )}
            </p>
            <ActionForm action=set>
                <div class="form">
                    <FormErrors error=whole(error) />
                    <input type="hidden" name="id" value=id.to_string() />
                    {version
                        .map(|version| {
                            view! { <input type="hidden" name="form[version]" value=version.to_string() /> }
                        })}
                    <TextField
                        name="form[service]"
                        label=t!("Service", "服务")
                        bind=written
                        mono=true
                        optional=true
                        placeholder="monitoring/prometheus-operated:9090"
                        hint=t!(
                            "Namespace/service:port; https: before it where it speaks TLS, a path behind it where it has one. Empty for none.",
                            "命名空间/服务:端口；使用 TLS 时在前面加 https:，有路径前缀时写在后面。留空表示不使用。"
                        )
                        error=field(error, &["service"])
                    />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary icon="check" busy=set.pending()>
                            {t!("Check and keep", "检查并保存")}
                        </Button>
                        <LinkButton href=format!("/clusters/{id}")>{t!("Cancel", "取消")}</LinkButton>
                    </div>
                </div>
            </ActionForm>
        </div>
    }
}
