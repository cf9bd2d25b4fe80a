//! Whether an account in a list has a second factor, and the way to take it from somebody who has lost it.

use leptos::{form::ActionForm, prelude::*};

use crate::{
    api::second_factor::ResetSecondFactor,
    components::{Button, ButtonKind, Dialog, FormErrors},
    model::{AccountRow, Permission, Viewer},
    pages::form::{last_error, went_well},
    t, tf,
};

/// In use or not, with a button that opens the question.
#[component]
pub fn SecondFactorCell(
    /// The account.
    row: AccountRow,
) -> impl IntoView {
    let viewer = use_context::<Viewer>();
    // Nobody in the tenant is above its main account.
    let manages =
        viewer.is_some_and(|v| v.may(Permission::AccountManage) && v.id != row.id && (!row.main || v.tenant.is_none()));
    let reset = ServerAction::<ResetSecondFactor>::new();
    let done = went_well(reset.value());
    let (has, id) = (row.second_factor, row.id);
    let dialog = format!("reset-{id}");
    let username = row.username;
    move || {
        if !has || done.get() {
            return view! { <span class="muted">{t!("none", "未启用")}</span> }.into_any();
        }
        if !manages {
            return t!("in use", "已启用").into_any();
        }
        let error = last_error(reset.value());
        let title = tf!("Reset the second factor of {username}?", "重置 {username} 的两步验证？");
        view! {
            <span class="row">
                {t!("in use", "已启用")}
                <Button kind=ButtonKind::Warn small=true opens=dialog.clone()>
                    {t!("Reset", "重置")}
                </Button>
            </span>
            <Dialog id=dialog.clone() title>
                <div class="stack">
                    <p>
                        {t!(
                            "The account is signed out everywhere, and its password alone is enough to sign in again. Do this when somebody has lost phone and recovery codes, and only when you are sure that it is them who ask.",
                            "该账号将在所有设备上退出登录，之后仅凭密码即可登录。仅当对方丢失手机和恢复码、且您已确认其身份时，才应执行此操作。"
                        )}
                    </p>
                    <ActionForm action=reset>
                        <div class="form">
                            <FormErrors error=error />
                            <input type="hidden" name="id" value=id.to_string() />
                            <div class="form-actions">
                                <Button kind=ButtonKind::Danger busy=reset.pending()>
                                    {t!("Reset", "重置")}
                                </Button>
                            </div>
                        </div>
                    </ActionForm>
                </div>
            </Dialog>
        }
            .into_any()
    }
}
