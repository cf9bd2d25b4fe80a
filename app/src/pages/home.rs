//! The first page.

use leptos::prelude::*;
use leptos_router::components::Redirect;

use crate::model::Viewer;

/// Sends people to what they most likely want: those of the platform to its clusters, those of a tenant to its apps.
#[component]
pub fn HomePage() -> impl IntoView {
    let viewer = expect_context::<Viewer>();
    let path = if viewer.tenant.is_none() { "/clusters" } else { "/apps" };
    view! { <Redirect path /> }
}
