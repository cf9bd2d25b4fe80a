//! Image registries: the accounts by which images are checked and pulled.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use crate::{
    UiError,
    api::registries::{CreateRegistry, list_registries},
    components::{
        Button, ButtonKind, Cell, Column, DataTable, Empty, FormErrors, LinkButton, NameCell, PageHeader, RelativeTime,
        TextField,
    },
    model::{Permission, RegistryRow},
    pages::{
        form::{field, last_error},
        named::NamedList,
        parts::{linked, may},
    },
    t,
};

/// The registries.
#[component]
pub fn RegistriesPage() -> impl IntoView {
    let actions = move || {
        may(Permission::RegistryManage).then(|| {
            view! {
                <LinkButton href="/registries/new" kind=ButtonKind::Primary icon="plus">
                    {t!("Add a registry", "添加镜像仓库")}
                </LinkButton>
            }
        })
    };
    view! {
        <Title text=t!("Image registries", "镜像仓库") />
        <div class="page">
            <PageHeader title=t!("Image registries", "镜像仓库") actions />
            <p class="page-lead">
                {t!(
                    "Images that are not public need an account. It is used to look up what a tag means, and by the nodes to pull.",
                    "非公开镜像需要账号，用于查询标签对应的摘要，以及节点拉取镜像。",
                )}
            </p>
            <NamedList label=t!("Image registries", "镜像仓库") fetch=list_registries rows=table empty=first_step columns=4 />
        </div>
    }
}

fn first_step() -> impl IntoView {
    view! {
        <Empty
            icon="box"
            title=t!("No registries yet", "还没有镜像仓库")
            text=t!("Public images need none. Add the registry of your own images with an account that may read them.", "公开镜像无需添加。请添加您自己的镜像仓库及可读取的账号。")
        />
    }
}

/// Whose a registry is.
pub fn whose(row: &RegistryRow) -> &'static str {
    if row.tenant.is_some() { t!("the tenant", "本租户") } else { t!("everybody", "所有租户") }
}

fn table(rows: Vec<RegistryRow>) -> impl IntoView {
    let rows = rows
        .into_iter()
        .map(|row| {
            let whose = whose(&row);
            view! {
                <tr role="row">
                    <NameCell href=format!("/registries/{}", row.id)>
                        {row.name} <span class="cell-sub">{row.host}</span>
                    </NameCell>
                    <Cell label=t!("Account", "账号")>
                        <code>{row.username}</code>
                    </Cell>
                    <Cell label=t!("For", "适用范围")>{whose}</Cell>
                    <Cell label=t!("Changed", "更新于")>
                        <RelativeTime at=row.updated_at />
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable
            caption=t!("Image registries", "镜像仓库")
            columns=vec![
                Column::new(t!("Name", "名称")),
                Column::new(t!("Account", "账号")),
                Column::new(t!("For", "适用范围")),
                Column::new(t!("Changed", "更新于")),
            ]
        >
            {rows}
        </DataTable>
    }
}

/// The fields of a registry's form.
#[component]
pub fn RegistryFields(
    /// Its name at first.
    #[prop(optional, into)]
    name: String,
    /// Its address at first.
    #[prop(optional, into)]
    host: String,
    /// Its account at first.
    #[prop(optional, into)]
    username: String,
    /// There is a password already, which stays when none is given.
    #[prop(optional)]
    kept: bool,
    /// What is wrong.
    error: Signal<Option<UiError>>,
) -> impl IntoView {
    let hint = if kept {
        t!("Leave it empty to keep the one there is.", "留空则保留现有密码。")
    } else {
        t!(
            "Better a token that may only read. It is kept encrypted and never shown again.",
            "建议使用只读令牌。加密保存，不再显示。"
        )
    };
    view! {
        <TextField
            name="form[name]"
            label=t!("Name", "名称")
            value=name
            error=field(error, &["name"])
            placeholder="harbour"
            hint=t!("Lower-case letters, digits, hyphens", "小写字母、数字和连字符")
            mono=true
        />
        <TextField
            name="form[host]"
            label=t!("Address", "地址")
            value=host
            error=field(error, &["host"])
            placeholder="registry.example.org"
            hint=t!("As it stands before an image's path, with a port when it is not 443.", "镜像路径之前的地址；端口不是 443 时请注明。")
            mono=true
        />
        <TextField
            name="form[username]"
            label=t!("Account", "账号")
            value=username
            error=field(error, &["username"])
            mono=true
        />
        <TextField
            name="form[password]"
            label=t!("Password or token", "密码或令牌")
            kind="password"
            error=field(error, &["password"])
            hint=hint
            autocomplete="new-password"
            optional=kept
        />
    }
}

/// Adds a registry.
#[component]
pub fn NewRegistryPage() -> impl IntoView {
    let create = ServerAction::<CreateRegistry>::new();
    let error = last_error(create.value());
    view! {
        <Title text=t!("Add a registry", "添加镜像仓库") />
        <div class="page page-narrow">
            <PageHeader title=t!("Add a registry", "添加镜像仓库") />
            <ActionForm action=create>
                <div class="form">
                    <FormErrors error=linked(error, false) />
                    <RegistryFields error />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary icon="check" busy=create.pending()>
                            {t!("Check and add", "检查并添加")}
                        </Button>
                        <LinkButton href="/registries" kind=ButtonKind::Plain>
                            {t!("Cancel", "取消")}
                        </LinkButton>
                    </div>
                </div>
            </ActionForm>
        </div>
    }
}
