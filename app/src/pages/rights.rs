//! What one may do oneself, and why: one's roles with where they hold, and for any of those places what follows from them.
//! Everybody may look, also whoever may read no accounts.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::{access::list_own_scopes, accounts::get_account},
    components::{PageHeader, Section, SkeletonRows},
    load::Load,
    model::{AccountDetail, ScopeChoices, Viewer},
    pages::{account_roles::RolesOf, explanation::Explanation, parts::shown, pick::PlacesOf},
    t,
};

/// One's own rights.
#[component]
pub fn RightsPage() -> impl IntoView {
    let account = expect_context::<Viewer>().id;
    let rights =
        Load::new(|| (), move |()| async move { Ok((get_account(account).await?, list_own_scopes(None).await?)) });
    let changed = Callback::new(move |()| rights.refetch());
    view! {
        <Title text=t!("What you may do", "我的权限") />
        <div class="page">
            <PageHeader title=t!("What you may do", "我的权限") />
            <p class="page-lead">
                {t!(
                    "A role holds in its place and in everything below it. What you may do in one place is what all roles that reach it allow together.",
                    "角色在其范围及下级对象中有效。在某个范围内，您的权限是所有覆盖该范围的角色的权限之和。"
                )}
            </p>
            <Transition fallback=|| view! { <SkeletonRows rows=6 columns=3 /> }>
                {move || Suspend::new(async move {
                    shown(
                        rights.await,
                        false,
                        move || rights.refetch(),
                        move |(detail, places)| view! { <Rights detail places changed /> },
                    )
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Rights(detail: AccountDetail, places: ScopeChoices, changed: Callback<()>) -> impl IntoView {
    let account = detail.row.id;
    // Without a role there is no place to ask about.
    let asks = !places.rows.is_empty();
    view! {
        <Section title=t!("Your roles", "我的角色")>
            <RolesOf account bindings=detail.bindings takes=false changed own=true />
        </Section>
        {asks.then(|| view! { <Explanation account of=PlacesOf::Oneself places /> })}
    }
}
