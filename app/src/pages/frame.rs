//! The frame around every page behind the door: who is signed in, where one can go, what runs, the command palette
//! and the keys.
//!
//! Pages find the [`Viewer`] in their context.

use leptos::{prelude::*, wasm_bindgen::JsCast, web_sys};
use leptos_router::{
    components::{Outlet, Redirect},
    hooks::use_location,
};

use crate::{
    UiError,
    api::session::current_viewer,
    components::{
        self, Banner, Frame as Layout, Icon, ScopeStep, State,
        toast::{ToastRegion, provide_toasts},
    },
    live::{Connection, connection},
    load::Load,
    model::Viewer,
    pages::{
        address::{self, within},
        failure::Failure,
    },
    t,
};

mod account;
mod bell;
mod keys;
mod palette;
mod places;

use account::AccountMenu;
pub(crate) use account::{GateFoot, LanguageForm, ThemeForm};
use bell::Bell;
use keys::KeysDialog;
use palette::FramePalette;
use places::{Place, bottom, places, settings};

/// What of the frame lies over the page.
#[derive(Clone, Copy, Debug)]
struct Overlays {
    /// The palette is open.
    palette: RwSignal<bool>,
    /// The list of keys is open.
    keys: RwSignal<bool>,
}

/// Who is signed in: `None` when it has to be asked for first.
type Known = Option<Result<Option<Viewer>, UiError>>;

/// What the server knew when it rendered the page; in the browser, what came with the page while it comes alive.
fn known() -> Known {
    #[cfg(feature = "ssr")]
    let known = || use_context::<crate::api::KnownViewer>().map(|known| known.0);
    #[cfg(not(feature = "ssr"))]
    let known = || None;
    SharedValue::<Known>::new(known).into_inner()
}

/// The frame. Whoever is signed out is sent to the sign-in page and led back from there.
#[component]
pub fn Frame() -> impl IntoView {
    // Pages are not within a `Suspense` of the frame when they are rendered: on the server its contents would be
    // made several times, each time loading everything anew.
    match known() {
        Some(viewer) => inside(viewer, None),
        None => view! { <LateFrame /> }.into_any(),
    }
}

/// The frame of somebody who has just come through the gate: who it is has to be asked first.
#[component]
fn LateFrame() -> impl IntoView {
    let viewer = Load::new(|| (), |()| current_viewer());
    let retry = Callback::new(move |()| viewer.refetch());
    view! {
        <Suspense fallback=|| {
            view! { <div class="shell" aria-busy="true"></div> }
        }>{move || Suspend::new(async move { inside(viewer.await, Some(retry)) })}</Suspense>
    }
}

/// The page within its frame, or the way to where one has to go first.
fn inside(viewer: Result<Option<Viewer>, UiError>, retry: Option<Callback<()>>) -> AnyView {
    match viewer {
        Ok(Some(viewer)) if viewer.must_change_password => view! { <Redirect path="/password" /> }.into_any(),
        Ok(Some(viewer)) if viewer.must_add_second_factor => view! { <Redirect path="/second-factor" /> }.into_any(),
        Ok(Some(viewer)) => {
            provide_context::<Viewer>(viewer);
            view! { <Shell /> }.into_any()
        }
        Ok(None) => {
            let location = use_location();
            let path = address::sign_in(&location.pathname.get_untracked(), &location.search.get_untracked());
            view! { <Redirect path /> }.into_any()
        }
        Err(error) => match retry {
            Some(retry) => view! {
                <main class="page">
                    <Failure error page=true retry />
                </main>
            }
            .into_any(),
            None => view! {
                <main class="page">
                    <Failure error page=true />
                </main>
            }
            .into_any(),
        },
    }
}

#[component]
fn Shell() -> impl IntoView {
    let viewer = expect_context::<Viewer>();
    let overlays = Overlays { palette: RwSignal::new(false), keys: RwSignal::new(false) };
    provide_context(overlays);
    provide_toasts();

    let here = use_location().pathname;
    let path = Memo::new(move |_| here.with(|path| address::placed(path)));
    let all: Vec<Place> = places(&viewer).into_iter().chain([settings()]).collect();
    let top = viewer.tenant_name.clone().unwrap_or_else(|| t!("Platform", "平台").to_owned());
    let scope = {
        let all = all.clone();
        Memo::new(move |_| path.with(|path| scope(path, &top, &all)))
    };
    let up = Memo::new(move |_| here.with(|path| address::above(path)));
    // A link in a menu changes the page, not the document: the menu has to be closed by hand.
    Effect::watch(move || here.get(), |_, _, _| close_menus(), false);
    let (platform, work): (Vec<_>, Vec<_>) = places(&viewer).into_iter().partition(|p| p.platform);
    let link = |place: Place| components::Place::new(place.href, place.title, place.icon).keys(place.keys);
    let groups = vec![
        (t!("Work", "工作").into(), work.into_iter().map(link).collect()),
        (t!("Platform", "平台").into(), platform.into_iter().map(link).collect()),
    ];
    let bottom = bottom(&viewer).into_iter().map(link).collect();
    view! {
        <Layout
            path
            groups
            bottom
            scope
            up
            on_search=move |()| overlays.palette.set(true)
            tools=|| {
                view! {
                    <Bell />
                    <AccountMenu />
                }
            }
            banners=|| view! { <ConnectionBanner /> }
        >
            <Outlet />
        </Layout>
        <FramePalette />
        <KeysDialog />
        <ToastRegion />
    }
}

/// All places where one can go, for screens that have room for five of them.
#[component]
pub(crate) fn AllPlaces() -> impl IntoView {
    let viewer = expect_context::<Viewer>();
    let links = places(&viewer).into_iter().map(|place| {
        view! {
            <li>
                <a class="row" href=place.href>
                    <Icon name=place.icon />
                    {place.title}
                </a>
            </li>
        }
    });
    view! { <ul class="tiles">{links.collect_view()}</ul> }
}

/// Closes the menu that is open, if one is.
fn close_menus() {
    let open = document().query_selector(".menu:popover-open").ok().flatten();
    if let Some(menu) = open.and_then(|menu| menu.dyn_into::<web_sys::HtmlElement>().ok()) {
        // It can only fail when it has closed meanwhile.
        drop(menu.hide_popover());
    }
}

/// Where the reader is, outermost first: the platform or the tenant, the place, and what lies below it as long as
/// the address alone can name it.
fn scope(path: &str, top: &str, places: &[Place]) -> Vec<ScopeStep> {
    let mut steps = vec![ScopeStep { label: top.to_owned(), href: "/".to_owned() }];
    if let Some(place) = places.iter().find(|p| within(path, p.href)) {
        steps.push(ScopeStep { label: place.title.to_owned(), href: place.href.to_owned() });
    }
    steps
}

/// Says that what is shown may be old, for as long as it is so.
#[component]
fn ConnectionBanner() -> impl IntoView {
    let connection = connection();
    let location = use_location();
    let back = move || address::sign_in(&location.pathname.get(), &location.search.get());
    let words = Memo::new(move |_| match connection.get() {
        Connection::SignedOut => Some((
            State::Degraded,
            t!(
                "You have been signed out. What you see is from before; what you typed stays until you leave the page.",
                "您已退出登录。当前显示的是之前的内容；离开页面前，已输入的内容会保留。"
            ),
        )),
        Connection::Lost => Some((
            State::Degraded,
            t!(
                "The connection is lost. What you see is from before; the page catches up by itself.",
                "连接已断开。当前显示的是断开前的内容，恢复后会自动更新。"
            ),
        )),
        Connection::Stale => Some((
            State::Unknown,
            t!(
                "The cluster does not answer. What you see is the last that was known of it.",
                "集群没有响应，当前显示的是最后一次获取到的内容。"
            ),
        )),
        Connection::Connecting | Connection::Live => None,
    });
    view! {
        <div aria-live="polite">
            {move || {
                words
                    .get()
                    .map(|(state, text)| {
                        let out = connection.get_untracked() == Connection::SignedOut;
                        view! {
                            <Banner state text=text.to_owned()>
                                {out.then(|| view! { <a href=back>{t!("Sign in again", "重新登录")}</a> })}
                            </Banner>
                        }
                    })
            }}
        </div>
    }
}
