//! The frame around every page: left rail, top line, main; on a phone a bottom bar. And the gate before it.

use leptos::{oco::Oco, prelude::*};

use super::{Icon, Keys};
use crate::t;

/// A place to go to from anywhere.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its path; it is current when the page's path is this or lies below it.
    pub href: String,
    /// Its words.
    pub label: Oco<'static, str>,
    /// Its icon.
    pub icon: &'static str,
    /// The keys that lead there: `"g a"`.
    pub keys: Option<&'static str>,
}

impl Place {
    /// A place.
    pub fn new(href: impl Into<String>, label: impl Into<Oco<'static, str>>, icon: &'static str) -> Self {
        Self { href: href.into(), label: label.into(), icon, keys: None }
    }

    /// With the keys that lead there.
    #[must_use]
    pub const fn keys(mut self, keys: &'static str) -> Self {
        self.keys = Some(keys);
        self
    }

    fn is_current(&self, path: &str) -> bool {
        match path.strip_prefix(self.href.as_str()) {
            Some("") => true,
            // The first page is not above all others.
            Some(rest) => self.href.len() > 1 && rest.starts_with('/'),
            None => false,
        }
    }
}

/// A step of where the reader is: platform, tenant, namespace, app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeStep {
    /// Its words.
    pub label: String,
    /// Its page.
    pub href: String,
}

/// The mark: the signal flag L, quartered.
#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <svg
            class="brand-mark"
            viewBox="0 0 20 20"
            aria-hidden="true"
            inner_html=r#"<path class="brand-a" d="M0 3a3 3 0 0 1 3-3h7v10H0z"></path><path class="brand-b" d="M10 0h7a3 3 0 0 1 3 3v7H10z"></path><path class="brand-b" d="M0 10h10v10H3a3 3 0 0 1-3-3z"></path><path class="brand-a" d="M10 10h10v7a3 3 0 0 1-3 3h-7z"></path>"#
        ></svg>
    }
}

fn rail_list(places: Vec<Place>, path: Signal<String>) -> impl IntoView {
    let links = places
        .into_iter()
        .map(|place| {
            let (label, icon, href, keys) = (place.label.clone(), place.icon, place.href.clone(), place.keys);
            let title = label.clone();
            view! {
                <li>
                    <a
                        class="rail-link"
                        href=href
                        title=title
                        aria-keyshortcuts=keys
                        aria-current=move || path.with(|p| place.is_current(p)).then_some("page")
                    >
                        <Icon name=icon />
                        <span class="rail-text">{label}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="rail-list">{links}</ul> }
}

fn bottom_list(places: Vec<Place>, path: Signal<String>) -> impl IntoView {
    let links = places
        .into_iter()
        .map(|place| {
            let (label, icon, href) = (place.label.clone(), place.icon, place.href.clone());
            view! {
                <li>
                    <a
                        class="bottombar-link"
                        href=href
                        aria-current=move || path.with(|p| place.is_current(p)).then_some("page")
                    >
                        <Icon name=icon />
                        {label}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! { <ul>{links}</ul> }
}

/// The frame. Everything in it comes from the page's root, so that it knows nothing of who is signed in.
#[component]
pub fn Frame(
    /// The path of the page, for the current place.
    #[prop(into)]
    path: Signal<String>,
    /// The rail's groups: (heading, or empty; places).
    groups: Vec<(Oco<'static, str>, Vec<Place>)>,
    /// The five places of the bottom bar.
    bottom: Vec<Place>,
    /// Where the reader is, outermost first.
    #[prop(into)]
    scope: Signal<Vec<ScopeStep>>,
    /// The page above this one, for thumbs; `None` at the top.
    #[prop(into)]
    up: Signal<Option<String>>,
    /// The search was pressed: opens the palette.
    #[prop(into)]
    on_search: Callback<()>,
    /// At the end of the top line: bell, account.
    #[prop(optional, into)]
    tools: Option<ViewFn>,
    /// At the foot of the rail.
    #[prop(optional, into)]
    foot: Option<ViewFn>,
    /// Banners over the page.
    #[prop(optional, into)]
    banners: Option<ViewFn>,
    /// The page.
    children: Children,
) -> impl IntoView {
    let groups = groups
        .into_iter()
        .filter(|(_, places)| !places.is_empty())
        .map(|(heading, places)| {
            let heading = (!heading.is_empty()).then(|| view! { <p class="rail-heading">{heading}</p> });
            view! { <div>{heading}{rail_list(places, path)}</div> }
        })
        .collect_view();
    let up = move || {
        up.get().map(|href| {
            view! {
                <li class="scope-back">
                    <a class="button button-plain button-icon" href=href aria-label=t!("Up", "返回上级")>
                        <Icon name="chevron-left" />
                    </a>
                </li>
            }
        })
    };
    let steps = move || {
        scope
            .get()
            .into_iter()
            .map(|step| {
                let href = step.href.clone();
                view! {
                    <li>
                        <a
                            class="scope-item"
                            href=step.href
                            aria-current=move || path.with(|path| *path == href).then_some("page")
                        >
                            <span>{step.label}</span>
                        </a>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <a class="skip-link" href="#main">{t!("Skip to the page", "跳到主要内容")}</a>
        <div class="shell">
            <nav class="rail" aria-label=t!("Main", "主导航")>
                <a class="rail-brand" href="/">
                    <Brand />
                    <span class="rail-text">"Longshore"</span>
                </a>
                {groups}
                {foot.map(|foot| view! { <div class="rail-foot">{foot.run()}</div> })}
            </nav>
            <header class="topline">
                <nav aria-label=t!("Where you are", "当前位置")>
                    <ol class="scope">{up}{steps}</ol>
                </nav>
                <div class="topline-tools">
                    <button
                        type="button"
                        class="topline-search"
                        aria-keyshortcuts="Control+K Meta+K"
                        on:click=move |_| on_search.run(())
                    >
                        <Icon name="search" />
                        <span>{t!("Search or jump to", "搜索或跳转")}</span>
                        <Keys keys="Ctrl K" />
                    </button>
                    {tools.map(|tools| tools.run())}
                </div>
            </header>
            <main class="main" id="main" tabindex="-1">
                {banners.map(|banners| banners.run())}
                {children()}
            </main>
            <nav class="bottombar" aria-label=t!("Places", "常用位置")>{bottom_list(bottom, path)}</nav>
        </div>
    }
}

/// The page before there is a session: one narrow column under the mark.
#[component]
pub fn Gate(
    /// Under the column: language, theme.
    #[prop(optional, into)]
    foot: Option<ViewFn>,
    /// Room for more than a password.
    #[prop(optional)]
    wide: bool,
    /// The heading and the form.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="gate">
            <main class=if wide { "gate-main gate-wide" } else { "gate-main" } id="main">
                <p class="gate-brand"><Brand />"Longshore"</p>
                {children()}
            </main>
            {foot.map(|foot| view! { <footer class="gate-foot">{foot.run()}</footer> })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_place_is_current_for_all_that_lies_below_it() {
        let apps = Place::new("/apps", "Apps", "boxes");
        assert!(apps.is_current("/apps"));
        assert!(apps.is_current("/apps/7/releases"));
        assert!(!apps.is_current("/applications"));
        assert!(!apps.is_current("/"));
        let home = Place::new("/", "Overview", "layout-dashboard");
        assert!(home.is_current("/"));
        assert!(!home.is_current("/apps"));
    }
}
