//! What a page shows in the place of what cannot be had: cause, next step, request id.

use leptos::prelude::*;
use leptos_router::{components::Redirect, hooks::use_location};

use crate::{
    ErrorKind, UiError,
    components::{Button, ErrorView},
    pages::address::sign_in,
    t,
};

/// An error in the place of what was asked for. Whoever is signed out goes to sign in, and comes back.
#[component]
pub fn Failure(
    /// What went wrong.
    error: UiError,
    /// Whether it stands for the whole page, and so carries its heading.
    #[prop(optional)]
    page: bool,
    /// Tries again.
    #[prop(optional, into)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    match error.kind {
        ErrorKind::SignedOut => {
            let location = use_location();
            let path = sign_in(&location.pathname.get_untracked(), &location.search.get_untracked());
            view! { <Redirect path /> }.into_any()
        }
        ErrorKind::PasswordChangeRequired => view! { <Redirect path="/password" /> }.into_any(),
        ErrorKind::SecondFactorRequired => view! { <Redirect path="/second-factor" /> }.into_any(),
        // Another try would find the same.
        ErrorKind::NotFound | ErrorKind::Forbidden => view! { <ErrorView error page /> }.into_any(),
        _ => view! {
            <ErrorView error page>
                {retry
                    .map(|retry| {
                        view! {
                            <Button icon="refresh-cw" on_press=move |_| retry.run(())>
                                {t!("Try again", "重试")}
                            </Button>
                        }
                    })}
            </ErrorView>
        }
        .into_any(),
    }
}
