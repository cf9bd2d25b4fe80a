//! The last question before something goes for good.

use leptos::{oco::Oco, prelude::*};

use crate::{
    UiError,
    components::{Button, ButtonKind, FormErrors, TextField},
    pages::form::{field, whole},
    t, tf,
};

/// What stands in a form that deletes something: what goes with it, and its name, which has to be typed.
#[component]
pub fn DeletionFields(
    /// Its id.
    #[prop(into)]
    id: String,
    /// Its name.
    name: String,
    /// What goes with it.
    #[prop(into)]
    about: Oco<'static, str>,
    /// Why it was refused.
    #[prop(into)]
    error: Signal<Option<UiError>>,
    /// Whether it is on its way.
    #[prop(into)]
    pending: Signal<bool>,
) -> impl IntoView {
    view! {
        <div class="form">
            <p class="prose">{about}</p>
            <FormErrors error=whole(error) />
            <input type="hidden" name="id" value=id />
            <TextField
                name="confirm"
                label=tf!("Type {name} to delete it", "输入 {name} 以确认删除")
                mono=true
                error=field(error, &["confirm"])
            />
            <div class="form-actions">
                <Button kind=ButtonKind::Danger icon="trash-2" busy=pending>
                    {t!("Delete", "删除")}
                </Button>
            </div>
        </div>
    }
}
