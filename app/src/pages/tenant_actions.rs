//! What may be done with a tenant: suspended, resumed, deleted.

use leptos::{form::ActionForm, prelude::*};

use crate::{
    api::accounts::{DeleteTenant, ResumeTenant, SuspendTenant},
    components::{Button, ButtonKind, FormErrors, LinkButton, Note, RelativeTime, Section, State, TextArea},
    model::{Belongings, FirstNames, Suspension, TenantId, TenantRow},
    pages::{
        deletion::DeletionFields,
        form::{field, last_error, when_done, whole},
    },
    t, tf,
};

/// How a tenant stands, as one of the six states with its word.
pub fn tenant_state(row: &TenantRow) -> (State, &'static str) {
    match row {
        TenantRow { deletion: Some(_), .. } => (State::Rolling, t!("being deleted", "正在删除")),
        TenantRow { suspended: Some(_), .. } => (State::Idle, t!("suspended", "已暂停")),
        _ => (State::Serving, t!("active", "正常")),
    }
}

/// That the tenant's people are kept out, since when and why; or that it is being deleted.
#[component]
pub fn TenantNote(
    /// The tenant.
    tenant: TenantRow,
) -> impl IntoView {
    match (tenant.deletion, tenant.suspended) {
        (Some(operation), _) => Some(
            view! {
                <Note state=State::Rolling title=t!("It is being deleted", "正在删除")>
                    <p>{t!("Its people are kept out, and nothing is made in it any more.", "其成员无法登录，也不能再创建任何内容。")}</p>
                    <LinkButton href=format!("/operations/{operation}") small=true>
                        {t!("How far it is", "查看进度")}
                    </LinkButton>
                </Note>
            }
            .into_any(),
        ),
        (None, Some(Suspension { at, reason })) => Some(
            view! {
                <Note state=State::Idle title=t!("Its people are kept out; its apps run on", "其成员无法登录，应用仍在运行")>
                    <p>
                        {t!("Suspended", "暂停于")} " " <RelativeTime at />
                        {t!(", because: ", "，原因：")} <span class="prose">{reason}</span>
                    </p>
                </Note>
            }
            .into_any(),
        ),
        (None, None) => None,
    }
}

/// What is not to be done by mistake.
#[component]
pub fn TenantDanger(
    /// The tenant.
    tenant: TenantRow,
    /// Something was done.
    changed: Callback<()>,
) -> impl IntoView {
    let (id, suspended) = (tenant.id, tenant.suspended.is_some());
    tenant.deletion.is_none().then(|| {
        view! {
            <Section title=t!("Sensitive actions", "重要操作")>
                <div class="stack">
                    {if suspended {
                        view! { <Resume id changed /> }.into_any()
                    } else {
                        view! { <Suspend id changed /> }.into_any()
                    }} <Delete tenant />
                </div>
            </Section>
        }
    })
}

#[component]
fn Suspend(id: TenantId, changed: Callback<()>) -> impl IntoView {
    let suspend = ServerAction::<SuspendTenant>::new();
    let error = last_error(suspend.value());
    when_done(suspend.value(), changed);
    view! {
        <details>
            <summary class="button button-warn">{t!("Suspend the tenant", "暂停租户")}</summary>
            <ActionForm action=suspend>
                <div class="form">
                    <p class="prose">
                        {t!(
                            "Its people are signed out at once and cannot sign in. Its apps run on, and nothing is lost.",
                            "其成员会立即退出且无法登录。应用继续运行，数据不会丢失。"
                        )}
                    </p>
                    <FormErrors error=whole(error) />
                    <input type="hidden" name="id" value=id.to_string() />
                    <TextArea
                        name="form[reason]"
                        label=t!("Reason", "原因")
                        rows=3
                        hint=t!("For the platform's people; the tenant does not see it.", "仅平台人员可见，租户看不到。")
                            .to_owned()
                        error=field(error, &["reason"])
                    />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Danger icon="pause" busy=suspend.pending()>
                            {t!("Suspend", "暂停")}
                        </Button>
                    </div>
                </div>
            </ActionForm>
        </details>
    }
}

#[component]
fn Resume(id: TenantId, changed: Callback<()>) -> impl IntoView {
    let resume = ServerAction::<ResumeTenant>::new();
    let error = last_error(resume.value());
    when_done(resume.value(), changed);
    view! {
        <ActionForm action=resume>
            <FormErrors error />
            <input type="hidden" name="id" value=id.to_string() />
            <p class="prose">{t!("Its people may sign in again.", "其成员可以重新登录。")}</p>
            <Button icon="play" busy=resume.pending()>
                {t!("Resume the tenant", "恢复租户")}
            </Button>
        </ActionForm>
    }
}

/// The end of a tenant; it has to be empty.
#[component]
fn Delete(tenant: TenantRow) -> impl IntoView {
    let delete = ServerAction::<DeleteTenant>::new();
    let error = last_error(delete.value());
    let TenantRow { id, name, namespaces, apps, accounts, belongings, .. } = tenant;
    if namespaces > 0 || apps > 0 {
        return view! {
            <Note
                state=State::Idle
                title=tf!(
                    "It cannot be deleted: it has {namespaces} namespaces and {apps} apps",
                    "无法删除：仍有 {namespaces} 个命名空间和 {apps} 个应用"
                )
            >
                <p>{t!("Delete those first; then the tenant can go.", "请先删除它们，然后才能删除租户。")}</p>
                <LinkButton href="/namespaces" small=true>
                    {t!("Show namespaces", "查看命名空间")}
                </LinkButton>
            </Note>
        }
        .into_any();
    }
    view! {
        <details>
            <summary class="button button-warn">{t!("Delete the tenant", "删除租户")}</summary>
            <GoesWithIt belongings=belongings.unwrap_or_default() />
            <ActionForm action=delete>
                    <DeletionFields
                        id=id.to_string()
                        name
                        about=tf!(
                            "Its {accounts} accounts are signed out at once and go with the roles they were given, their sessions and tokens. What they did stays in the audit trail. This cannot be undone.",
                            "其 {accounts} 个账号会立即退出，并连同所获角色、会话和令牌一并删除。操作记录仍保留在审计中。此操作无法撤销。"
                        )
                        error
                        pending=delete.pending()
                    />
                </ActionForm>
        </details>
    }
    .into_any()
}

/// What nobody would miss until it is gone.
#[component]
fn GoesWithIt(belongings: Belongings) -> impl IntoView {
    if belongings.is_empty() {
        let nothing = t!(
            "It has no roles, templates, registries, identity providers or links of its own.",
            "该租户没有自己的角色、模板、镜像仓库、身份提供商或链接。"
        );
        return view! { <p class="prose">{nothing}</p> }.into_any();
    }
    let lines = lines(&belongings).into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
    view! {
        <p class="prose">{t!("What goes with it:", "会一并删除的内容：")}</p>
        <ul class="stack">{lines}</ul>
    }
    .into_any()
}

/// A line for each kind of thing that there is any of.
fn lines(belongings: &Belongings) -> Vec<String> {
    let Belongings { roles, templates, registries, identity_providers, links } = belongings;
    let mut lines = Vec::new();
    for (of, what) in [
        (roles, t!("Roles", "角色")),
        (templates, t!("Templates", "模板")),
        (registries, t!("Image registries, with their passwords", "镜像仓库及其密码")),
        (identity_providers, t!("Identity providers", "身份提供商")),
    ] {
        if of.count > 0 {
            let (count, names) = (of.count, names(of));
            lines.push(tf!("{what} ({count}): {names}", "{what}（{count}）：{names}"));
        }
    }
    if *links > 0 {
        lines.push(tf!("Links that can still be used ({links})", "仍可使用的链接（{links}）"));
    }
    lines
}

/// The first names, and how many more there are.
fn names(of: &FirstNames) -> String {
    let listed = of.first.join(t!(", ", "、"));
    let listed_here = u64::try_from(of.first.len()).unwrap_or(u64::MAX);
    match of.count.saturating_sub(listed_here) {
        0 => listed,
        more => tf!("{listed} and {more} more", "{listed}，另有 {more} 个"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_is_named_kind_by_kind() {
        let few =
            |count, first: &[&str]| FirstNames { count, first: first.iter().map(|name| (*name).to_owned()).collect() };
        let all =
            Belongings { roles: few(7, &["a", "b"]), registries: few(1, &["hub"]), links: 2, ..Belongings::default() };
        assert_eq!(
            lines(&all),
            [
                "Roles (7): a, b and 5 more",
                "Image registries, with their passwords (1): hub",
                "Links that can still be used (2)"
            ]
        );
        assert!(lines(&Belongings::default()).is_empty() && Belongings::default().is_empty() && !all.is_empty());
    }
}
