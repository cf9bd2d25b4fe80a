//! One's own passkeys: the list, adding one, and what can be done with each. What is asked for is in the address.
//! Everything but adding works before any script has come.

use leptos::{ev::SubmitEvent, form::ActionForm, prelude::*};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};

use crate::{
    UiError,
    api::passkeys::{RemovePasskey, RenamePasskey, add_passkey, begin_passkey, list_passkeys},
    components::{
        Button, ButtonKind, Cell, CheckedField, Column, DataTable, FormErrors, LinkButton, Note, RelativeTime,
        SkeletonText, TextField,
    },
    load::Load,
    model::{FieldRule, MAX_PASSKEYS, NewPasskey, PasskeyList, PasskeyRow},
    pages::{
        form::{done, field, last_error, whole},
        parts::shown,
    },
    t, tf, webauthn,
};

/// Everything that can be done with passkeys. The page holds it, since the second factor depends on them.
#[derive(Clone, Copy)]
pub struct PasskeyActions {
    /// The page's address.
    home: &'static str,
    add: Action<NewPasskey, Result<(), UiError>>,
    rename: ServerAction<RenamePasskey>,
    remove: ServerAction<RemovePasskey>,
}

impl PasskeyActions {
    /// For the page at this address.
    pub(super) fn new(home: &'static str) -> Self {
        let navigate = use_navigate();
        let add = Action::new(move |form: &NewPasskey| {
            let (form, navigate) = (form.clone(), navigate.clone());
            async move {
                add(form).await?;
                navigate(home, NavigateOptions { scroll: false, ..NavigateOptions::default() });
                Ok(())
            }
        });
        Self { home, add, rename: ServerAction::new(), remove: ServerAction::new() }
    }

    /// How many times something was done.
    pub(super) fn turn(self) -> usize {
        done(self.add.value(), self.add.version())
            + done(self.rename.value(), self.rename.version())
            + done(self.remove.value(), self.remove.version())
    }
}

/// Asks the server, then the browser, then gives the server what the browser has made.
async fn add(form: NewPasskey) -> Result<(), UiError> {
    // What is empty is not worth asking the browser for; the server says what is wrong with it.
    let request = begin_passkey(form).await?;
    let credential = webauthn::create(request.options.json()).await?;
    add_passkey(request.ceremony, credential).await
}

/// One's own passkeys, and what can be done with them now.
#[component]
pub(super) fn OwnPasskeys(
    /// Everything that can be done with them.
    actions: PasskeyActions,
) -> impl IntoView {
    let list = Load::new(move || actions.turn(), |_| list_passkeys());
    view! {
        <p class="prose">
            {t!(
                "A passkey is kept by your device, your password manager or a security key, and opens with a finger, a face or a PIN. It signs you in without the password, or as the second step after it, and does not work at false addresses.",
                "通行密钥保存在您的设备、密码管理器或安全密钥中，通过指纹、面容或 PIN 使用。它可以代替密码登录，也可以作为密码之后的第二步，并且在仿冒网站上无法使用。"
            )}
        </p>
        <Transition fallback=|| view! { <SkeletonText lines=3 /> }>
            {move || Suspend::new(async move {
                shown(list.await, false, move || list.refetch(), move |list| view! { <Passkeys list actions /> })
            })}
        </Transition>
    }
}

#[component]
fn Passkeys(list: PasskeyList, actions: PasskeyActions) -> impl IntoView {
    let PasskeyList { rows, hindrance } = list;
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(|q| (q.get("do"), q.get("passkey"))));
    let (full, home) = (rows.len() as u64 >= MAX_PASSKEYS, actions.home);
    let table = (!rows.is_empty()).then(|| passkey_table(&rows, home));
    let chosen = move |id: Option<&String>| rows.iter().find(|row| Some(&row.id.to_string()) == id).cloned();
    view! {
        {table}
        {move || {
            let (what, id) = asked.get();
            match (what.as_deref(), chosen(id.as_ref())) {
                (Some("rename-passkey"), Some(row)) => view! { <Rename row actions /> }.into_any(),
                (Some("remove-passkey"), Some(row)) => view! { <Remove row actions /> }.into_any(),
                _ => {
                    match &hindrance {
                        Some(why) => view! { <Note title=why.here() /> }.into_any(),
                        None if full => {
                            view! {
                                <p class="muted">
                                    {tf!(
                                        "An account has at most {MAX_PASSKEYS} passkeys. Remove one to add another.",
                                        "每个账号最多 {MAX_PASSKEYS} 个通行密钥。移除一个后才能再添加。"
                                    )}
                                </p>
                            }
                                .into_any()
                        }
                        None if what.as_deref() == Some("add-passkey") => view! { <Add actions /> }.into_any(),
                        None => {
                            view! {
                                <div class="form-actions">
                                    <LinkButton icon="key-round" href=format!("{home}?do=add-passkey")>
                                        {t!("Add a passkey", "添加通行密钥")}
                                    </LinkButton>
                                </div>
                            }
                                .into_any()
                        }
                    }
                }
            }
        }}
    }
}

fn passkey_table(rows: &[PasskeyRow], home: &'static str) -> impl IntoView + use<> {
    let columns = vec![
        Column::new(t!("Name", "名称")),
        Column::new(t!("Added", "添加时间")),
        Column::new(t!("Last used", "最近使用")),
        Column::new(""),
    ];
    let rows = rows.iter().map(|row| passkey_row(row.clone(), home)).collect_view();
    view! {
        <DataTable caption=t!("Passkeys", "通行密钥") columns>
            {rows}
        </DataTable>
    }
}

fn passkey_row(row: PasskeyRow, home: &'static str) -> impl IntoView {
    let PasskeyRow { id, name, created_at, used_at, elsewhere, .. } = row;
    let used = match used_at {
        Some(at) => view! { <RelativeTime at /> }.into_any(),
        None => view! { <span class="muted">{t!("never", "从未")}</span> }.into_any(),
    };
    let elsewhere = elsewhere.map(|site| {
        view! { <span class="cell-sub">{tf!("works at {site} alone", "仅可在 {site} 使用")}</span> }
    });
    let (renamed, removed) = (tf!(": {name}", "：{name}"), tf!(": {name}", "：{name}"));
    let link = move |what: &str| format!("{home}?do={what}&passkey={id}");
    view! {
        <tr role="row">
            <th scope="row" role="rowheader">
                {name}
                {elsewhere}
            </th>
            <Cell label=t!("Added", "添加时间")>
                <RelativeTime at=created_at />
            </Cell>
            <Cell label=t!("Last used", "最近使用")>{used}</Cell>
            <Cell label="" class="cell-actions">
                <LinkButton small=true href=link("rename-passkey")>
                    {t!("Rename", "重命名")}
                    <span class="visually-hidden">{renamed}</span>
                </LinkButton>
                <LinkButton small=true kind=ButtonKind::Warn href=link("remove-passkey")>
                    {t!("Remove", "移除")}
                    <span class="visually-hidden">{removed}</span>
                </LinkButton>
            </Cell>
        </tr>
    }
}

#[component]
fn Add(actions: PasskeyActions) -> impl IntoView {
    let add = actions.add;
    let error = last_error(add.value());
    let (name, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !add.pending().get_untracked() {
            add.dispatch(NewPasskey { name: name.get_untracked(), password: password.get_untracked() });
        }
    };
    view! {
        <form class="form needs-script" method="post" on:submit=submit>
            <FormErrors error=whole(error) />
            <CheckedField
                name="passkey[name]"
                label=t!("Name of the passkey", "通行密钥的名称")
                rule=FieldRule::DISPLAY_NAME
                about=t!("By which you know it again: where it is kept, such as “phone” or “blue key”.", "便于您辨认，例如保存的位置：“手机”或“蓝色密钥”。")
                bind=name
                autofocus=true
                error=field(error, &["name"])
            />
            <TextField
                name="passkey[password]"
                label=t!("Your password", "您的密码")
                kind="password"
                autocomplete="current-password"
                bind=password
                error=field(error, &["password"])
            />
            <div class="form-actions">
                <Button kind=ButtonKind::Primary busy=add.pending()>
                    {t!("Add the passkey", "添加通行密钥")}
                </Button>
                <LinkButton href=actions.home.to_owned()>{t!("Cancel", "取消")}</LinkButton>
            </div>
        </form>
    }
}

#[component]
fn Rename(row: PasskeyRow, actions: PasskeyActions) -> impl IntoView {
    let rename = actions.rename;
    let error = last_error(rename.value());
    view! {
        <ActionForm action=rename>
            <div class="form">
                <FormErrors error=whole(error) />
                <input type="hidden" name="id" value=row.id.to_string() />
                <input type="hidden" name="passkey[version]" value=row.version.to_string() />
                <CheckedField
                    name="passkey[name]"
                    label=t!("Name of the passkey", "通行密钥的名称")
                    rule=FieldRule::DISPLAY_NAME
                    value=row.name
                    autofocus=true
                    error=field(error, &["name"])
                />
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary busy=rename.pending()>
                        {t!("Rename", "重命名")}
                    </Button>
                    <LinkButton href=actions.home.to_owned()>{t!("Cancel", "取消")}</LinkButton>
                </div>
            </div>
        </ActionForm>
    }
}

#[component]
fn Remove(row: PasskeyRow, actions: PasskeyActions) -> impl IntoView {
    let remove = actions.remove;
    let error = last_error(remove.value());
    let name = row.name;
    view! {
        <p class="prose">
            {tf!(
                "“{name}” lets nobody in any more then. Delete it on the device, too, which Longshore cannot do.",
                "移除后，“{name}”将无法再用于登录。Longshore 无法删除设备上的副本，请您自行删除。"
            )}
        </p>
        <ActionForm action=remove>
            <div class="form">
                <FormErrors error=whole(error) />
                <input type="hidden" name="id" value=row.id.to_string() />
                <TextField
                    name="again[password]"
                    label=t!("Your password", "您的密码")
                    kind="password"
                    autocomplete="current-password"
                    error=field(error, &["password"])
                />
                <div class="form-actions">
                    <Button kind=ButtonKind::Danger busy=remove.pending()>
                        {t!("Remove the passkey", "移除通行密钥")}
                    </Button>
                    <LinkButton href=actions.home.to_owned()>{t!("Cancel", "取消")}</LinkButton>
                </div>
            </div>
        </ActionForm>
    }
}
