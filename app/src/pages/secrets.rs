//! The secrets of a namespace, and the form that makes one.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use crate::{
    UiError,
    api::{
        namespaces::get_namespace,
        secrets::{CreateSecret, list_secrets},
    },
    components::{
        Button, ButtonKind, Cell, CheckedField, Column, DataTable, Empty, FileInto, FormErrors, PageHeader,
        RelativeTime, Section, SkeletonRows, TextArea,
    },
    load::Load,
    model::{FieldRule, MAX_SECRET_BYTES, NamespaceId, NamespaceRow, SecretRow},
    pages::{
        form::{field, last_error},
        parts::{linked, page_to_come, segment, shown},
    },
    t, tf,
};

/// The secrets of a namespace.
#[component]
pub fn SecretsPage() -> impl IntoView {
    let id = segment::<NamespaceId>("id");
    let namespace = Load::new(move || id.get(), |id| async move { get_namespace(id?).await });
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(namespace.await, true, move || namespace.refetch(), |row| view! { <Whole row /> })
            })}
        </Transition>
    }
}

#[component]
fn Whole(row: NamespaceRow) -> impl IntoView {
    let NamespaceRow { id, name, .. } = row;
    let title = tf!("Secrets of {name}", "{name} 的密钥");
    let all = Load::new(move || id, |id| async move { list_secrets(id).await });
    view! {
        <Title text=title.clone() />
        <div class="page page-narrow">
            <PageHeader
                title
                facts=move || view! { <a href=format!("/namespaces/{id}")>{name.clone()}</a> }
            />
            <p class="page-lead">
                {t!(
                    "Values that several apps here share. An app takes one by the line NAME from SECRET among its secrets; its releases keep the version that they were made with.",
                    "供此处多个应用共享的值。在应用的密钥中写一行“名称 from 密钥”即可使用；每个发布保留其创建时的版本。"
                )}
            </p>
            <Transition fallback=|| view! { <SkeletonRows rows=3 columns=3 /> }>
                {move || Suspend::new(async move {
                    shown(
                        all.await,
                        false,
                        move || all.refetch(),
                        move |list| {
                            view! {
                                {table(list.rows)}
                                {list.editable.then(|| view! { <NewSecretForm id /> })}
                            }
                        },
                    )
                })}
            </Transition>
        </div>
    }
}

fn table(rows: Vec<SecretRow>) -> AnyView {
    if rows.is_empty() {
        return view! {
            <Empty
                icon="key-round"
                title=t!("No secret is shared here yet", "此处还没有共享的密钥")
                text=t!(
                    "A password that two apps need is changed in one place, and you see who still runs with the old one.",
                    "多个应用共用的密码只需在一处修改，并可看到谁仍在使用旧值。"
                )
            />
        }
        .into_any();
    }
    let columns = vec![
        Column::new(t!("Name", "名称")),
        Column::new(t!("Version", "版本")).number(),
        Column::new(t!("Given", "更新于")),
        Column::new(t!("By", "更新者")),
    ];
    let row = |row: SecretRow| {
        view! {
            <tr role="row">
                <th scope="row" role="rowheader">
                    <a href=format!("/secrets/{}", row.id)>{row.name}</a>
                </th>
                <Cell label=t!("Version", "版本") class="num">
                    {row.version}
                </Cell>
                <Cell label=t!("Given", "更新于")>
                    <RelativeTime at=row.updated_at />
                </Cell>
                <Cell label=t!("By", "更新者")>{row.actor_name}</Cell>
            </tr>
        }
    };
    view! {
        <DataTable caption=t!("Secrets", "密钥") columns>
            {rows.into_iter().map(row).collect_view()}
        </DataTable>
    }
    .into_any()
}

#[component]
fn NewSecretForm(id: NamespaceId) -> impl IntoView {
    let create = ServerAction::<CreateSecret>::new();
    let error = last_error(create.value());
    let value = RwSignal::new(String::new());
    view! {
        <Section title=t!("Make a secret", "新建密钥")>
            <ActionForm action=create>
                <div class="form">
                    <FormErrors error=linked(error, false) />
                    <input type="hidden" name="namespace" value=id.to_string() />
                    <CheckedField
                        name="form[name]"
                        label=t!("Name", "名称")
                        rule=FieldRule::RESOURCE_NAME
                        about=t!("Such as db-password.", "如 db-password。")
                        mono=true
                        error=field(error, &["name"])
                    />
                    <ValueField bind=value error />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary icon="check" busy=create.pending()>
                            {t!("Make the secret", "新建密钥")}
                        </Button>
                    </div>
                </div>
            </ActionForm>
        </Section>
    }
}

/// The field for a value, which is never shown again.
#[component]
pub fn ValueField(
    /// What is typed.
    bind: RwSignal<String>,
    /// What is wrong.
    error: Signal<Option<UiError>>,
) -> impl IntoView {
    view! {
        <FileInto id="secret-file" label=t!("Value from a file", "从文件读取值") into=bind most=MAX_SECRET_BYTES />
        <TextArea
            name="form[value]"
            label=t!("Value", "值")
            bind
            error=field(error, &["value"])
            hint=t!("At most 32 KiB. It is kept encrypted and never shown again.", "最大 32 KiB。加密保存，不再显示。")
            rows=3
            code=true
        />
    }
}
