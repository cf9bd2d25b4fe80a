//! Says that there is no such page.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::{Gate, LinkButton},
    pages::frame::GateFoot,
    t,
};

/// Where an address leads nowhere.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <Title text=t!("Not found", "页面不存在") />
        <Gate foot=|| view! { <GateFoot /> }>
            <h1>{t!("There is no such page", "页面不存在")}</h1>
            <p>
                {t!(
                    "The address may be mistyped, or what stood here has been deleted.",
                    "地址可能有误，或该内容已被删除。"
                )}
            </p>
            <p>
                <LinkButton href="/".to_owned()>{t!("To the first page", "回到首页")}</LinkButton>
            </p>
        </Gate>
    }
}
