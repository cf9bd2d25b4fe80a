//! The way in by an identity provider, on the sign-in page: plain links, which work before any script has come. `provider`
//! in the address names one that is not shown to everybody.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    UiError,
    api::identity::offered_providers,
    components::Icon,
    load::Load,
    model::{OfferedProvider, SignInOffer},
    pages::address::encode,
    t, tf,
};

/// What the page asks for: once, for what is said above the form and what is offered below.
#[derive(Clone, Copy)]
pub struct Offer(Load<Result<SignInOffer, UiError>>);

impl Offer {
    /// Asks for what the address names.
    pub fn of_page() -> Self {
        let query = use_query_map();
        let value = move |name: &str| query.with(|q| q.get_str(name).map(ToOwned::to_owned));
        Self(Load::new(
            move || (value("provider"), value("problem")),
            |(slug, problem)| offered_providers(slug, problem),
        ))
    }
}

/// Why one is here again.
#[component]
pub fn ProviderNotice(
    /// What the page asked for.
    offer: Offer,
) -> impl IntoView {
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let notice = offer.0.await.ok()?.notice?;
                Some(
                    view! {
                        <div class="form-errors" role="alert">
                            <p>{notice.here()}</p>
                        </div>
                    },
                )
            })}
        </Transition>
    }
}

/// A link for each provider.
#[component]
pub fn ProviderLinks(
    /// What the page asked for.
    offer: Offer,
    /// Where to go afterwards.
    next: Memo<Option<String>>,
) -> impl IntoView {
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let providers = offer.0.await.ok()?.providers;
                (!providers.is_empty())
                    .then(|| {
                        view! {
                            <nav class="stack" aria-label=t!("Other ways to sign in", "其他登录方式")>
                                {providers.into_iter().map(|provider| link(provider, next)).collect_view()}
                            </nav>
                        }
                    })
            })}
        </Transition>
    }
}

fn link(provider: OfferedProvider, next: Memo<Option<String>>) -> impl IntoView {
    let OfferedProvider { slug, name } = provider;
    let href = move || {
        let next = next.get().map(|next| format!("?next={}", encode(&next))).unwrap_or_default();
        format!("/sign-in/with/{}{next}", encode(&slug))
    };
    view! {
        <a class="button" rel="external" href=href>
            <Icon name="key-round" />
            {tf!("Sign in with {name}", "使用 {name} 登录")}
        </a>
    }
}
