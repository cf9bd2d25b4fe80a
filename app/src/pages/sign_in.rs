//! Signing in. The form works before any script has come.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::session::SignIn,
    components::{Button, ButtonKind, Gate, TextField, field::FormErrors},
    pages::{
        form::{field, last_error, whole},
        frame::GateFoot,
    },
    t,
};

/// The sign-in page; `next` in the address says where to go afterwards.
#[component]
pub fn SignInPage() -> impl IntoView {
    let sign_in = ServerAction::<SignIn>::new();
    let query = use_query_map();
    let next = Memo::new(move |_| query.with(|q| q.get_str("next").map(ToOwned::to_owned)));
    let error = last_error(sign_in.value());
    view! {
        <Title text=t!("Sign in", "登录") />
        <Gate foot=|| view! { <GateFoot /> }>
            <h1>{t!("Sign in", "登录")}</h1>
            {move || {
                next.get()
                    .map(|_| {
                        view! {
                            <p class="muted">{t!("Then it goes on where you were.", "登录后将回到之前的页面。")}</p>
                        }
                    })
            }}
            <ActionForm action=sign_in>
                <div class="form">
                    <FormErrors error=whole(error) />
                    {move || next.get().map(|next| view! { <input type="hidden" name="next" value=next /> })}
                    <TextField
                        name="form[username]"
                        label=t!("User name", "用户名")
                        autocomplete="username"
                        autofocus=true
                        error=field(error, &["username"])
                    />
                    <TextField
                        name="form[password]"
                        label=t!("Password", "密码")
                        kind="password"
                        autocomplete="current-password"
                        error=field(error, &["password"])
                    />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary busy=sign_in.pending()>
                            {t!("Sign in", "登录")}
                        </Button>
                    </div>
                </div>
            </ActionForm>
        </Gate>
    }
}
