//! One image registry: its form, whether all nodes have the account, and its deletion.

use leptos::{either::Either, form::ActionForm, prelude::*};
use leptos_meta::Title;

use crate::{
    api::registries::{DeleteRegistry, UpdateRegistry, get_registry},
    components::{Button, ButtonKind, Fact, Facts, FormErrors, PageHeader, RelativeTime, Section, State, StateBadge},
    load::Load,
    model::{RegistryId, RegistryRow},
    pages::{
        deletion::DeletionFields,
        form::{last_error, when_done},
        parts::{asked_again, linked, not_handed_yet, page_to_come, segment, shown},
        registries::{RegistryFields, whose},
    },
    t, tf,
};

/// One registry.
#[component]
pub fn RegistryPage() -> impl IntoView {
    let id = segment::<RegistryId>("id");
    let registry = Load::new(move || id.get(), |id| async move { get_registry(id?).await });
    let changed = Callback::new(move |()| registry.refetch());
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(registry.await, true, move || registry.refetch(), move |row| view! { <Whole row changed /> })
            })}
        </Transition>
    }
}

#[component]
fn Whole(row: RegistryRow, changed: Callback<()>) -> impl IntoView {
    let (id, name, updated_at) = (row.id, row.name.clone(), row.updated_at);
    let whose = whose(&row);
    let waiting = still_waiting(&row);
    let state = move || {
        let state = move || if waiting.get() == 0 { State::Serving } else { State::Rolling };
        let word = move || match waiting.get() {
            0 => t!("every namespace has it", "所有命名空间均已更新").to_owned(),
            1 => t!("1 namespace waits", "1 个命名空间等待更新").to_owned(),
            n => tf!("{n} namespaces wait", "{n} 个命名空间等待更新"),
        };
        view! { <StateBadge state=Signal::derive(state) word=Signal::derive(move || Some(word())) tint=true /> }
    };
    let body = if row.editable {
        let name = row.name.clone();
        Either::Left(view! {
            <Edit row changed />
            <Delete id name />
        })
    } else {
        Either::Right(view! {
            <Facts>
                <Fact name=t!("Address", "地址")>
                    <span class="mono">{row.host}</span>
                </Fact>
                <Fact name=t!("For", "适用范围")>{whose}</Fact>
            </Facts>
        })
    };
    view! {
        <Title text=name.clone() />
        <div class="page page-narrow">
            <PageHeader
                title=name
                state
                since=move || view! { {t!("changed", "更新于")} " " <RelativeTime at=updated_at /> }
                facts=move || view! { <span>{tf!("for {whose}", "适用于{whose}")}</span> }
            />
            <Show when=move || { waiting.get() > 0 }>
                {not_handed_yet(t!("Some clusters have not been handed the newest yet", "部分集群尚未获得最新设置"))}
            </Show>
            {body}
        </div>
    }
}

/// How many namespaces wait for the newest accounts; asked again while there are any, apart from the form, in which somebody
/// may be typing.
fn still_waiting(row: &RegistryRow) -> Signal<u64> {
    let id = row.id;
    asked_again(
        row.waiting.unwrap_or_default(),
        |n| *n > 0,
        move || async move { get_registry(id).await.map(|row| row.waiting.unwrap_or_default()) },
    )
}

#[component]
fn Edit(row: RegistryRow, changed: Callback<()>) -> impl IntoView {
    let save = ServerAction::<UpdateRegistry>::new();
    let error = last_error(save.value());
    when_done(save.value(), changed);
    view! {
        <ActionForm action=save>
            <div class="form">
                <FormErrors error=linked(error, false) />
                <input type="hidden" name="id" value=row.id.to_string() />
                <input type="hidden" name="form[version]" value=row.version.to_string() />
                <RegistryFields name=row.name host=row.host username=row.username kept=true error />
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary icon="check" busy=save.pending()>
                        {t!("Check and save", "检查并保存")}
                    </Button>
                </div>
            </div>
        </ActionForm>
    }
}

#[component]
fn Delete(id: RegistryId, name: String) -> impl IntoView {
    let delete = ServerAction::<DeleteRegistry>::new();
    let error = last_error(delete.value());
    view! {
        <Section title=t!("Delete", "删除")>
            <details>
                <summary class="button button-warn">{t!("Delete the registry", "删除镜像仓库")}</summary>
                <ActionForm action=delete>
                    <DeletionFields
                        id=id.to_string()
                        name=name
                        about=t!(
                            "Pods that run go on. New ones cannot pull images that need this account.",
                            "正在运行的 Pod 不受影响；新的 Pod 将无法拉取需要此账号的镜像。"
                        )
                        error
                        pending=delete.pending()
                    />
                </ActionForm>
            </details>
        </Section>
    }
}
