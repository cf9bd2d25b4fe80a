//! A file whose contents go into a text area: read in the browser, it is sent nowhere by itself.

use leptos::{html, oco::Oco, prelude::*};

use super::{FieldFrame, field::described_by};
#[cfg(feature = "hydrate")]
use crate::t;
use crate::tf;

/// Chooses a file and puts what it says in the place of what is typed below it. One that is too large, or that is no text,
/// leaves that as it is and says so. It needs a script, and is not shown without.
#[component]
pub fn FileInto(
    /// The id of the field; it posts nothing.
    id: &'static str,
    /// What it is.
    #[prop(into)]
    label: Oco<'static, str>,
    /// What is typed.
    into: RwSignal<String>,
    /// The most bytes of the file.
    most: usize,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let wrong = RwSignal::new(None::<String>);
    let kib = most / 1024;
    let hint = tf!(
        "Its text takes the place of what stands below; at most {kib} KiB.",
        "文件内容将替换下方内容，最大 {kib} KiB。"
    );
    let described = described_by(id, hint.clone().into(), wrong.into());
    view! {
        <div class="needs-script">
            <FieldFrame id label hint error=wrong optional=true>
                <input
                    class="input"
                    type="file"
                    id=id
                    node_ref=input
                    aria-invalid=move || wrong.with(Option::is_some).then_some("true")
                    aria-describedby=described
                    // The same file, once it was mended, is another choice.
                    on:click=move |_| forget(input)
                    on:change=move |_| read(input, into, wrong, most)
                />
            </FieldFrame>
        </div>
    }
}

#[cfg(feature = "hydrate")]
fn forget(input: NodeRef<html::Input>) {
    if let Some(input) = input.get_untracked() {
        input.set_value("");
    }
}

#[cfg(not(feature = "hydrate"))]
fn forget(_: NodeRef<html::Input>) {}

/// Reads what was chosen; says in `wrong` why it is not taken.
#[cfg(feature = "hydrate")]
fn read(input: NodeRef<html::Input>, into: RwSignal<String>, wrong: RwSignal<Option<String>>, most: usize) {
    use leptos::task::spawn_local;
    use wasm_bindgen_futures::JsFuture;

    let Some(file) = input.get_untracked().and_then(|i| i.files()).and_then(|files| files.get(0)) else { return };
    wrong.set(None);
    #[expect(clippy::cast_precision_loss, reason = "sizes of files that are taken are small")]
    if file.size() > most as f64 {
        wrong.set(Some(too_large(most)));
        return;
    }
    spawn_local(async move {
        let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
        match text.filter(|text| is_text(text)) {
            Some(text) => drop(into.try_set(text)),
            None => drop(wrong.try_set(Some(no_text()))),
        }
    });
}

#[cfg(not(feature = "hydrate"))]
fn read(_: NodeRef<html::Input>, _: RwSignal<String>, _: RwSignal<Option<String>>, _: usize) {}

/// Whether what was read as UTF-8 is text: bytes that are not stand as U+FFFD in it.
#[cfg(any(feature = "hydrate", test))]
fn is_text(read: &str) -> bool {
    !read.contains(['\u{fffd}', '\0'])
}

#[cfg(any(feature = "hydrate", test))]
fn too_large(most: usize) -> String {
    let kib = most / 1024;
    tf!("The file is larger than {kib} KiB. Choose a smaller one.", "文件超过 {kib} KiB，请选择较小的文件。")
}

#[cfg(feature = "hydrate")]
fn no_text() -> String {
    t!("The file is not text in UTF-8. Choose another one.", "文件不是 UTF-8 文本，请选择其他文件。").to_owned()
}

#[cfg(test)]
mod tests {
    use super::{is_text, too_large};

    #[test]
    fn only_text_is_taken() {
        assert!(is_text("mode: first\n"));
        assert!(is_text("模式：一"));
        assert!(!is_text(&String::from_utf8_lossy(&[0x50, 0xff, 0x4b])));
        assert!(!is_text("a\0b"));
    }

    #[test]
    fn the_most_is_said() {
        assert!(too_large(256 * 1024).contains("256 KiB"));
    }
}
