//! Where a link leads that was made for a person: to join, or to choose a new password. The form works before any
//! script has come.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    ErrorKind,
    api::links::{FollowLink, look_at_link},
    components::{Button, ButtonKind, CheckedField, FormErrors, Gate, SkeletonText},
    load::Load,
    model::{FieldRule, LinkKind, LinkToken, LinkView, StrengthForm},
    pages::{
        failure::Failure,
        form::{field, last_error, whole},
        frame::GateFoot,
        list::chosen,
        new_password::typed_into,
        register::Passwords,
    },
    t, tf,
};

/// The page; `token` in the address is the link's.
#[component]
pub fn JoinPage() -> impl IntoView {
    let query = use_query_map();
    let token = Memo::new(move |_| query.with(|q| chosen(q, "token")).unwrap_or_default());
    let link = Load::new(move || token.get(), |token| look_at_link(LinkToken { token }));
    view! {
        <Title text=t!("Your link", "链接") />
        <Gate foot=|| view! { <GateFoot /> }>
            <Transition fallback=|| view! { <SkeletonText lines=5 title=true /> }>
                {move || Suspend::new(async move {
                    match link.await {
                        Ok(link) => view! { <Form token=token.get_untracked() link /> }.into_any(),
                        Err(error) => {
                            let title = match error.kind {
                                ErrorKind::NotFound | ErrorKind::Conflict => {
                                    t!("This link leads nowhere", "链接无效")
                                }
                                _ => t!("Your link", "链接"),
                            };
                            view! {
                                <h1>{title}</h1>
                                <Failure error retry=move |()| link.refetch() />
                            }
                                .into_any()
                        }
                    }
                })}
            </Transition>
            <p>
                <a href="/sign-in">{t!("To the sign-in page", "前往登录页")}</a>
            </p>
        </Gate>
    }
}

#[component]
fn Form(token: String, link: LinkView) -> impl IntoView {
    let follow = ServerAction::<FollowLink>::new();
    let error = last_error(follow.value());
    let by = token.clone();
    let whose = Callback::new(move |()| StrengthForm {
        username: typed_into("form[username]"),
        display_name: typed_into("form[display_name]"),
        token: by.clone(),
        ..StrengthForm::default()
    });
    let LinkView { kind, tenant, username, actor_name, .. } = link;
    let joins = kind != LinkKind::Reset;
    let title = match (&tenant, joins) {
        (Some(tenant), true) => tf!("Join {tenant}", "加入 {tenant}"),
        (None, true) => t!("Join the platform's people", "加入平台").to_owned(),
        (_, false) => t!("Choose a new password", "设置新密码").to_owned(),
    };
    let (about, button) = if joins {
        (tf!("{actor_name} has invited you.", "{actor_name} 邀请了您。"), t!("Join", "加入"))
    } else {
        (
            t!("All sessions of the account end with it.", "设置后该账号的所有会话都会结束。").to_owned(),
            t!("Set the password", "设置密码"),
        )
    };
    let person = if joins {
        view! {
            <CheckedField
                name="form[username]"
                label=t!("User name", "用户名")
                rule=FieldRule::USERNAME
                about=t!("To sign in with.", "用于登录。")
                mono=true
                autofocus=true
                autocomplete="username"
                error=field(error, &["username"])
            />
            <CheckedField
                name="form[display_name]"
                label=t!("Your name", "您的姓名")
                rule=FieldRule::DISPLAY_NAME
                autocomplete="name"
                error=field(error, &["display_name"])
            />
            <CheckedField
                name="form[email]"
                label=t!("E-mail", "邮箱")
                rule=FieldRule::EMAIL
                kind="email"
                optional=true
                autocomplete="email"
                error=field(error, &["email"])
            />
        }
        .into_any()
    } else {
        let name = username.unwrap_or_default();
        view! {
            <p>{t!("Account", "账号")} " " <strong class="mono">{name.clone()}</strong></p>
            <input
                class="visually-hidden"
                type="text"
                autocomplete="username"
                value=name
                readonly
                tabindex="-1"
                aria-hidden="true"
            />
        }
        .into_any()
    };
    view! {
        <h1>{title}</h1>
        <p>{about}</p>
        <ActionForm action=follow>
            <div class="form">
                <FormErrors error=whole(error) />
                <input type="hidden" name="form[token]" value=token />
                {person}
                <Passwords
                    password="form[password]"
                    whose
                    password_error=field(error, &["password"])
                    repeat_error=field(error, &["repeat"])
                />
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary busy=follow.pending()>
                        {button}
                    </Button>
                </div>
            </div>
        </ActionForm>
    }
}
