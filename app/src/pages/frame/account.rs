//! The account's menu: who one is, theme, language, and the way out.

use leptos::{form::ActionForm, prelude::*};
use leptos_router::hooks::use_location;

use super::Overlays;
use crate::{
    api::session::SignOut,
    components::{Icon, Keys, Menu, MenuButton, MenuHeading, MenuLink},
    i18n::Lang,
    model::Viewer,
    t,
};

/// The first letters of the name's first and last word.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|w| w.chars().next());
    words.next().into_iter().chain(words.next_back()).collect()
}

/// Path and query of the page, to come back to after a form.
fn here() -> Signal<String> {
    let location = use_location();
    Signal::derive(move || {
        let (path, search) = (location.pathname.get(), location.search.get());
        if search.is_empty() { path } else { format!("{path}?{search}") }
    })
}

/// The button with the initials, and the menu that it opens.
#[component]
pub(super) fn AccountMenu() -> impl IntoView {
    let viewer = expect_context::<Viewer>();
    let overlays = expect_context::<Overlays>();
    let sign_out = ServerAction::<SignOut>::new();
    let initials = initials(&viewer.display_name);
    let role = viewer.roles_here();
    let place = match &viewer.tenant_name {
        Some(tenant) => format!("{role} · {tenant}"),
        None => role,
    };
    let who = format!("{} ({})", viewer.display_name, viewer.username);
    view! {
        <Menu
            id="account-menu"
            label=t!("Account", "账号")
            icon="circle-user"
            class="button button-plain button-icon"
            face=move || view! { <span class="avatar" data-initials=initials.clone() aria-hidden="true"></span> }
        >
            <MenuHeading>{who} <br /> {place}</MenuHeading>
            <hr />
            <MenuHeading>{t!("Theme", "外观")}</MenuHeading>
            <ThemeForm />
            <MenuHeading>{t!("Language", "语言")}</MenuHeading>
            <LanguageForm />
            <hr />
            <MenuLink href="/settings" icon="settings">
                {t!("Settings", "设置")}
            </MenuLink>
            <MenuLink href="/settings/rights" icon="lock">
                {t!("What you may do", "我的权限")}
            </MenuLink>
            <MenuButton icon="keyboard" on_press=move |_| overlays.keys.set(true)>
                {t!("Keys", "快捷键")}
                <Keys keys="?" />
            </MenuButton>
            <ActionForm action=sign_out>
                <MenuButton icon="log-out">{t!("Sign out", "退出登录")}</MenuButton>
            </ActionForm>
        </Menu>
    }
}

/// Light, dark, or as the system says. Plain: the page is loaded anew, so that nothing flashes.
#[component]
pub(crate) fn ThemeForm() -> impl IntoView {
    let next = here();
    let choice = |value: &'static str, icon: &'static str, title: &'static str| {
        view! {
            <button class="menu-item" type="submit" name="theme" value=value>
                <Icon name=icon />
                {title}
                // Shown by the style sheet beside the theme that the document has.
                <span class="theme-in-use">
                    <Icon name="check" />
                    <span class="visually-hidden">{t!("in use", "使用中")}</span>
                </span>
            </button>
        }
    };
    view! {
        <form method="post" action="/settings/theme">
            <input type="hidden" name="next" value=move || next.get() />
            {choice("system", "monitor", t!("As the system", "跟随系统"))}
            {choice("light", "sun", t!("Light", "浅色"))}
            {choice("dark", "moon", t!("Dark", "深色"))}
        </form>
    }
}

/// One button for each language, named in that language.
#[component]
pub(crate) fn LanguageForm() -> impl IntoView {
    let next = here();
    let choice = |value: &'static str, lang: Lang, title: &'static str| {
        let now = Lang::current() == lang;
        view! {
            <button
                class="menu-item"
                type="submit"
                name="lang"
                value=value
                lang=lang.tag()
                aria-current=now.then_some("true")
            >
                <Icon name="languages" />
                {title}
            </button>
        }
    };
    view! {
        <form method="post" action="/settings/language">
            <input type="hidden" name="next" value=move || next.get() />
            {choice("en", Lang::En, "English")}
            {choice("zh", Lang::Zh, "简体中文")}
        </form>
    }
}

/// The other language, at the foot of the pages before the door.
#[component]
pub(crate) fn GateFoot() -> impl IntoView {
    let next = here();
    let other = Lang::current().pick(("zh", Lang::Zh, "简体中文"), ("en", Lang::En, "English"));
    let (value, lang, title) = other;
    view! {
        <form method="post" action="/settings/language">
            <input type="hidden" name="next" value=move || next.get() />
            <button class="button-link" type="submit" name="lang" value=value lang=lang.tag()>
                {title}
            </button>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn takes_initials_of_any_name() {
        assert_eq!(initials("Ada Lovelace King"), "AK");
        assert_eq!(initials("王小明"), "王");
        assert_eq!(initials("  "), "");
    }
}
