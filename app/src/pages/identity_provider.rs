//! One identity provider: how it stands, where it sends people back to, its form, and its deletion.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Redirect;

use crate::{
    api::{
        access::list_roles,
        identity::{CheckProvider, DeleteProvider, UpdateProvider, get_provider},
    },
    components::{
        Button, ButtonKind, Copyable, Fact, Facts, FormErrors, Note, PageHeader, RelativeTime, Section, State,
        StateBadge,
    },
    load::Load,
    model::{Permission, ProviderCheck, ProviderDetail, ProviderId, RoleRow},
    pages::{
        deletion::DeletionFields,
        form::{last_error, went_well, when_done},
        identity_provider_form::ProviderFields,
        identity_providers::{provider_state, whose},
        parts::{may, page_to_come, segment, shown},
    },
    t, tf,
};

/// One provider.
#[component]
pub fn ProviderPage() -> impl IntoView {
    let id = segment::<ProviderId>("id");
    let provider = Load::new(
        move || id.get(),
        |id| async move {
            let detail = get_provider(id?).await?;
            let roles = list_roles(detail.row.tenant).await?;
            Ok((detail, roles))
        },
    );
    let changed = Callback::new(move |()| provider.refetch());
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(
                    provider.await,
                    true,
                    move || provider.refetch(),
                    move |(detail, roles): (ProviderDetail, Vec<RoleRow>)| view! { <Whole detail roles changed /> },
                )
            })}
        </Transition>
    }
}

#[component]
fn Whole(detail: ProviderDetail, roles: Vec<RoleRow>, changed: Callback<()>) -> impl IntoView {
    let row = detail.row.clone();
    let (state, word) = provider_state(&row);
    let (created, people) = (row.created_at, row.people);
    let manages = may(Permission::IdentityProviderManage);
    let known = match people {
        1 => t!("1 account is known by it", "已关联 1 个账号").to_owned(),
        n => tf!("{n} accounts are known by it", "已关联 {n} 个账号"),
    };
    let (id, slug, redirect) = (row.id, row.slug.clone(), detail.redirect_uri.clone());
    let address = format!("/sign-in?provider={slug}");
    let (shown_address, issuer, client_id, whose) =
        (address.clone(), row.issuer.clone(), detail.client_id.clone(), whose(&row));
    view! {
        <Title text=row.name.clone() />
        <div class="page">
            <PageHeader
                title=row.name.clone()
                state=move || view! { <StateBadge state word=word.to_owned() tint=true /> }
                since=move || view! { {t!("made", "创建于")} " " <RelativeTime at=created /> }
                facts=move || view! { <span>{known.clone()}</span> }
            />
            <Section title=t!("At the provider", "在身份提供商处登记")>
                <Facts>
                    <Fact name=t!("Redirect URI", "重定向 URI")>
                        <Copyable text=redirect />
                    </Fact>
                    <Fact name=t!("Issuer", "签发者")>
                        <span class="mono">{issuer}</span>
                    </Fact>
                    <Fact name=t!("Client ID", "客户端 ID")>
                        <span class="mono">{client_id}</span>
                    </Fact>
                    <Fact name=t!("Whose people", "适用范围")>{whose}</Fact>
                    <Fact name=t!("Sign-in page for its people", "专用登录页")>
                        <a href=address>{shown_address}</a>
                    </Fact>
                </Facts>
                {manages.then(|| view! { <Check id /> })}
            </Section>
            {if manages {
                view! {
                    <Edit detail roles changed />
                    <Delete id slug />
                }
                    .into_any()
            } else {
                view! { <RulesOf detail roles /> }.into_any()
            }}
        </div>
    }
}

/// Asks the provider again.
#[component]
fn Check(id: ProviderId) -> impl IntoView {
    let check = ServerAction::<CheckProvider>::new();
    let error = last_error(check.value());
    let found = move || check.value().with(|v| v.as_ref().and_then(|v| v.as_ref().ok().cloned()));
    view! {
        <div class="stack">
            <FormErrors error />
            {move || found().map(|found| view! { <Found found /> })}
            <ActionForm action=check>
                <input type="hidden" name="id" value=id.to_string() />
                <Button icon="refresh-cw" busy=check.pending()>
                    {t!("Check it again", "重新检查")}
                </Button>
            </ActionForm>
        </div>
    }
}

#[component]
fn Found(found: ProviderCheck) -> impl IntoView {
    let ProviderCheck { problem, authorization_endpoint, algorithms, keys } = found;
    if let Some(problem) = problem {
        return view! {
            <Note state=State::Failed title=t!("Nobody can sign in by it just now", "当前无法通过它登录")>
                <p>{problem.here()}</p>
            </Note>
        }
        .into_any();
    }
    let signs = algorithms.join(", ");
    let words = match keys {
        1 => tf!("It signs with {signs} and has one key.", "签名算法：{signs}；1 个密钥。"),
        _ => tf!("It signs with {signs} and has {keys} keys.", "签名算法：{signs}；{keys} 个密钥。"),
    };
    view! {
        <Note state=State::Serving title=t!("All that is needed is there", "满足全部要求")>
            <p>
                {t!("People are sent to", "登录时前往")} " " <span class="mono">{authorization_endpoint}</span>
            </p>
            <p>{words}</p>
        </Note>
    }
    .into_any()
}

#[component]
fn Edit(detail: ProviderDetail, roles: Vec<RoleRow>, changed: Callback<()>) -> impl IntoView {
    let save = ServerAction::<UpdateProvider>::new();
    let error = last_error(save.value());
    when_done(save.value(), changed);
    let (id, version) = (detail.row.id, detail.row.version);
    let (actor, updated_at) = (detail.actor_name.clone(), detail.updated_at);
    view! {
        <Section title=t!("Settings", "设置")>
            <ActionForm action=save>
                <div class="form">
                    <input type="hidden" name="id" value=id.to_string() />
                    <input type="hidden" name="form[version]" value=version.to_string() />
                    <ProviderFields error detail=Some(detail) roles />
                    <p class="muted">
                        {tf!("Last changed by {actor}", "最近由 {actor} 修改于")} " " <RelativeTime at=updated_at />
                    </p>
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary busy=save.pending()>
                            {t!("Check and save", "检查并保存")}
                        </Button>
                    </div>
                </div>
            </ActionForm>
        </Section>
    }
}

/// The rules, for those who only look.
#[component]
fn RulesOf(detail: ProviderDetail, roles: Vec<RoleRow>) -> impl IntoView {
    let title = move |name: &str| {
        let known = roles.iter().find(|role| role.role.to_string() == name);
        known.map_or_else(|| name.to_owned(), |role| role.title.here())
    };
    let everybody: Vec<String> = detail.default_roles.iter().map(|role| title(&role.to_string())).collect();
    let everybody = if everybody.is_empty() { t!("none", "无").to_owned() } else { everybody.join(", ") };
    let rules = detail
        .rules
        .into_iter()
        .map(|rule| {
            let role = title(&rule.role);
            view! { <Fact name=format!("{} = {}", rule.claim, rule.value)>{role}</Fact> }
        })
        .collect_view();
    view! {
        <Section title=t!("Roles by claims", "按声明授予角色")>
            <Facts>
                {rules}
                <Fact name=t!("Everybody who comes by it", "所有登录成员")>{everybody}</Fact>
            </Facts>
        </Section>
    }
}

#[component]
fn Delete(id: ProviderId, slug: String) -> impl IntoView {
    let delete = ServerAction::<DeleteProvider>::new();
    let error = last_error(delete.value());
    let gone = went_well(delete.value());
    view! {
        {move || gone.get().then(|| view! { <Redirect path="/identity-providers" /> })}
        <Section title=t!("Delete", "删除")>
            <details>
                <summary class="button button-warn">{t!("Delete the provider", "删除身份提供商")}</summary>
                <ActionForm action=delete>
                    <DeletionFields
                        id=id.to_string()
                        name=slug
                        about=t!(
                            "Sessions that it has opened end at once, and the roles that come from it go. The accounts stay; whoever has no password needs a link for one.",
                            "通过它建立的登录会话立即结束，由它授予的角色会被收回。账号保留；没有密码的成员需要重设密码的链接。"
                        )
                        error
                        pending=delete.pending()
                    />
                </ActionForm>
            </details>
        </Section>
    }
}
