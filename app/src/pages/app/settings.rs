//! What one seldom does to an application: see where it is from, and delete it.

use leptos::prelude::*;

use crate::{
    components::{ButtonKind, Copyable, Fact, Facts, LinkButton, RelativeTime, Section},
    model::{AppDetail, Permission},
    pages::parts::may,
    t,
};

/// The settings.
#[component]
pub(super) fn SettingsTab(app: ReadSignal<AppDetail>) -> impl IntoView {
    let app = app.get_untracked();
    let id = app.row.id;
    let template = app.releases.first().and_then(|r| r.template.clone());
    let from = template.map_or_else(|| t!("none", "无").to_owned(), |(name, version)| format!("{name} v{version}"));
    view! {
        <Section title=t!("About", "关于")>
            <Facts>
                <Fact name=t!("Id", "编号")>
                    <Copyable text=id.to_string() />
                </Fact>
                <Fact name=t!("Tenant", "租户")>{app.row.tenant_name}</Fact>
                <Fact name=t!("Namespace", "命名空间")>
                    <a href=format!("/namespaces/{}", app.row.namespace)>{app.row.namespace_name}</a>
                </Fact>
                <Fact name=t!("Cluster", "集群")>{app.row.cluster_name}</Fact>
                <Fact name=t!("Template", "模板")>{from}</Fact>
                <Fact name=t!("Made", "创建于")>
                    <RelativeTime at=app.created_at />
                </Fact>
            </Facts>
        </Section>
        {may(Permission::AppDelete)
            .then(|| {
                view! {
                    <Section title=t!("Delete", "删除")>
                        <div class="stack">
                            <p class="prose">
                                {t!(
                                    "Removes everything the app owns in its cluster. What exactly goes is shown first.",
                                    "移除该应用在集群中的全部对象。删除前会先列出具体内容。",
                                )}
                            </p>
                            <div class="row">
                                <LinkButton href=format!("/apps/{id}/delete") kind=ButtonKind::Warn icon="trash-2">
                                    {t!("Show what would go", "查看将被删除的内容")}
                                </LinkButton>
                            </div>
                        </div>
                    </Section>
                }
            })}
    }
}
