//! What may be done with an account: edited, given a new first password, disabled, made the main one, deleted.

use leptos::{form::ActionForm, prelude::*};
use leptos_router::components::Redirect;

use crate::{
    api::{
        accounts::{DeleteAccount, HandOver, ResetPassword, SetAccountDisabled, UpdateAccount},
        links::CreateLink,
    },
    components::{Button, ButtonKind, CheckedField, FormErrors, Note, Section, State, TextField},
    model::{AccountActions, AccountId, AccountRow, FieldRule, StrengthForm, TenantId},
    pages::{
        deletion::DeletionFields,
        form::{field, last_error, went_well, when_done, whole},
        link_parts::{MakeLink, OneLink, made_link},
        new_password::NewPasswordField,
    },
    t, tf,
};

/// Names and e-mail; one's own on the page of settings, another's on theirs.
#[component]
pub fn EditAccount(
    /// The account.
    row: AccountRow,
    /// It was changed.
    changed: Callback<()>,
) -> impl IntoView {
    let save = ServerAction::<UpdateAccount>::new();
    let error = last_error(save.value());
    when_done(save.value(), changed);
    view! {
        <Section title=t!("Profile", "资料")>
            <ActionForm action=save>
                <div class="form">
                    <FormErrors error=whole(error) />
                    <input type="hidden" name="id" value=row.id.to_string() />
                    <input type="hidden" name="form[version]" value=row.version.to_string() />
                    <CheckedField
                        name="form[display_name]"
                        label=t!("Name for people", "显示名称")
                        rule=FieldRule::DISPLAY_NAME
                        value=row.display_name
                        autocomplete="name"
                        error=field(error, &["display_name"])
                    />
                    <CheckedField
                        name="form[email]"
                        label=t!("E-mail", "邮箱")
                        rule=FieldRule::EMAIL
                        kind="email"
                        value=row.email
                        optional=true
                        autocomplete="email"
                        error=field(error, &["email"])
                    />
                    <div class="form-actions">
                        <Button busy=save.pending()>{t!("Save", "保存")}</Button>
                    </div>
                </div>
            </ActionForm>
        </Section>
    }
}

/// A new first password for somebody who has lost theirs.
#[component]
pub fn NewPassword(
    /// Whose.
    row: AccountRow,
    /// Its tenant.
    tenant: Option<TenantId>,
) -> impl IntoView {
    let AccountRow { id: account, username, display_name, .. } = row;
    let tenant = tenant.map(|id| id.to_string()).unwrap_or_default();
    let whose = Callback::new(move |()| StrengthForm {
        username: username.clone(),
        display_name: display_name.clone(),
        tenant: tenant.clone(),
        ..StrengthForm::default()
    });
    let reset = ServerAction::<ResetPassword>::new();
    let error = last_error(reset.value());
    let done = went_well(reset.value());
    view! {
        <Section title=t!("Password", "密码")>
            <ResetLink account />
            <details>
                <summary class="button">{t!("Give a new first password", "设置新的初始密码")}</summary>
                <ActionForm action=reset>
                    <div class="form">
                        <FormErrors error=whole(error) />
                        {move || {
                            done.get()
                                .then(|| {
                                    view! {
                                        <Note state=State::Serving title=t!("The password is set", "密码已设置")>
                                            {t!("All sessions of the account have ended.", "该账号的所有会话已结束。")}
                                        </Note>
                                    }
                                })
                        }}
                        <input type="hidden" name="id" value=account.to_string() />
                        <NewPasswordField
                            name="form[password]"
                            label=t!("First password", "初始密码")
                            hint=t!(
                                "It works once: its owner has to change it. All sessions of the account end.",
                                "仅首次登录有效，登录后必须修改。该账号的所有会话将结束。"
                            )
                            error=field(error, &["password"])
                            whose
                            readable=true
                        />
                        <div class="form-actions">
                            <Button kind=ButtonKind::Warn busy=reset.pending()>
                                {t!("Set the password", "设置密码")}
                            </Button>
                        </div>
                    </div>
                </ActionForm>
            </details>
        </Section>
    }
}

/// A link with which somebody who has lost the password chooses a new one.
#[component]
pub fn ResetLink(
    /// Whose.
    account: AccountId,
) -> impl IntoView {
    let create = ServerAction::<CreateLink>::new();
    let error = last_error(create.value());
    let made = made_link(create.value());
    view! {
        <ActionForm action=create>
            <div class="form">
                <p class="prose">
                    {t!(
                        "With a link, the account's owner chooses a new password that nobody else knows. Until it is used, the present one works.",
                        "通过链接，账号所有者可自行设置新密码，他人无从得知。链接使用之前，当前密码仍有效。"
                    )}
                </p>
                <FormErrors error />
                <OneLink made />
                <input type="hidden" name="form[kind]" value="reset" />
                <input type="hidden" name="form[account]" value=account.to_string() />
                <div class="form-actions">
                    <MakeLink busy=create.pending().into()>
                        {t!("Make a link for a new password", "创建设置新密码的链接")}
                    </MakeLink>
                </div>
            </div>
        </ActionForm>
    }
}

/// What is not to be done by mistake.
#[component]
pub fn Danger(
    /// The account.
    row: AccountRow,
    /// What whoever looks may do.
    may: AccountActions,
    /// The account's tenant.
    tenant: Option<TenantId>,
    /// Something was done.
    changed: Callback<()>,
) -> impl IntoView {
    let back = tenant.map_or_else(|| "/accounts".to_owned(), |id| format!("/tenants/{id}"));
    let own = use_context::<crate::model::Viewer>().is_some_and(|v| v.tenant == tenant);
    let back = if own { "/accounts".to_owned() } else { back };
    let (id, name) = (row.id, row.username);
    let disabled = row.disabled_at.is_some();
    (may.manage || may.hand_over || may.delete).then(|| {
        view! {
            <Section title=t!("Sensitive actions", "重要操作")>
                <div class="stack">
                    {may.manage.then(|| view! { <Disable id disabled changed /> })}
                    {may.hand_over.then(|| view! { <MakeMain id name=name.clone() changed /> })}
                    {may.delete.then(|| view! { <Delete id name=name.clone() back /> })}
                </div>
            </Section>
        }
    })
}

#[component]
fn Disable(id: AccountId, disabled: bool, changed: Callback<()>) -> impl IntoView {
    let set = ServerAction::<SetAccountDisabled>::new();
    let error = last_error(set.value());
    when_done(set.value(), changed);
    let (words, about) = if disabled {
        (t!("Enable the account", "启用账号"), t!("It may sign in again.", "该账号可以重新登录。"))
    } else {
        (
            t!("Disable the account", "停用账号"),
            t!(
                "It is signed out at once and cannot sign in. Nothing of it is lost.",
                "该账号会立即退出且无法登录，数据不会丢失。"
            ),
        )
    };
    view! {
        <ActionForm action=set>
            <FormErrors error />
            <input type="hidden" name="id" value=id.to_string() />
            <input type="hidden" name="disabled" value=(!disabled).to_string() />
            <p class="prose">{about}</p>
            <Button kind=if disabled { ButtonKind::Plain } else { ButtonKind::Warn } busy=set.pending()>
                {words}
            </Button>
        </ActionForm>
    }
}

#[component]
fn MakeMain(id: AccountId, name: String, changed: Callback<()>) -> impl IntoView {
    let make = ServerAction::<HandOver>::new();
    let error = last_error(make.value());
    when_done(make.value(), changed);
    view! {
        <details>
            <summary class="button button-warn">{t!("Make it the main account", "设为主账号")}</summary>
            <ActionForm action=make>
                <div class="form">
                    <p class="prose">
                        {t!(
                            "There is one main account. The present one becomes an administrator: it can no longer delete accounts or change rights.",
                            "每个租户只有一个主账号。当前主账号将变为管理员，不能再删除账号或修改授权。"
                        )}
                    </p>
                    <FormErrors error=whole(error) />
                    <input type="hidden" name="id" value=id.to_string() />
                    <TextField
                        name="confirm"
                        id="confirm-hand-over"
                        label=tf!("Type {name} to hand over", "输入 {name} 以确认移交")
                        mono=true
                        error=field(error, &["confirm"])
                    />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Danger busy=make.pending()>{t!("Hand over", "移交")}</Button>
                    </div>
                </div>
            </ActionForm>
        </details>
    }
}

#[component]
fn Delete(id: AccountId, name: String, back: String) -> impl IntoView {
    let delete = ServerAction::<DeleteAccount>::new();
    let error = last_error(delete.value());
    let gone = went_well(delete.value());
    view! {
        {move || gone.get().then(|| view! { <Redirect path=back.clone() /> })}
        <details>
            <summary class="button button-warn">{t!("Delete the account", "删除账号")}</summary>
            <ActionForm action=delete>
                    <DeletionFields
                        id=id.to_string()
                        name
                        about=t!(
                            "Its roles, sessions and tokens go with it. What it did stays in the audit trail. This cannot be undone.",
                            "其角色、会话和令牌会一并删除，操作记录仍保留在审计中。此操作无法撤销。"
                        )
                        error
                        pending=delete.pending()
                    />
                </ActionForm>
        </details>
    }
}
