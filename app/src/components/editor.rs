//! A real editor over a text area that holds a document: its script is fetched when one is shown, and until then, or where
//! it cannot be had, the text area is what it is.

use leptos::prelude::*;

use crate::model::SpecProblem;

/// Where the browser finds what a specification may say.
pub const SPEC_SCHEMA: &str = "/api/v1/apps/specification/schema";

/// Puts an editor over the text area of that id. What is typed there stands in the text area, which tells of it as if it
/// had been typed into it.
#[component]
pub fn Editor(
    /// The text area's id.
    area: &'static str,
    /// What the text area holds, so that what the page sets is shown.
    text: RwSignal<String>,
    /// What is wrong with it, shown at its place.
    problems: Signal<Vec<SpecProblem>>,
    /// The address of the JSON Schema of what it may say.
    schema: &'static str,
) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    browser::attach(area, text, problems, schema);
    #[cfg(not(feature = "hydrate"))]
    let _ = (area, text, problems, schema);
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::{prelude::*, task::spawn_local};
    use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

    use crate::{i18n::Lang, model::SpecProblem};

    #[wasm_bindgen(inline_js = "export const fetchModule = (address) => import(address);")]
    extern "C" {
        #[wasm_bindgen(catch, js_name = fetchModule)]
        async fn fetch_module(address: &str) -> Result<JsValue, JsValue>;
    }

    #[wasm_bindgen]
    extern "C" {
        /// The script, as a module.
        type Module;
        #[wasm_bindgen(method, structural, catch)]
        async fn open(this: &Module, area: &web_sys::Element, options: &JsValue) -> Result<JsValue, JsValue>;

        /// An editor.
        type Handle;
        #[wasm_bindgen(method, structural, js_name = setText)]
        fn set_text(this: &Handle, text: &str);
        #[wasm_bindgen(method, structural, js_name = setProblems)]
        fn set_problems(this: &Handle, problems: &JsValue);
        #[wasm_bindgen(method, structural)]
        fn destroy(this: &Handle);
    }

    pub(super) fn attach(
        id: &'static str,
        text: RwSignal<String>,
        problems: Signal<Vec<SpecProblem>>,
        schema: &'static str,
    ) {
        let editor = StoredValue::new_local(None::<Handle>);
        let there = RwSignal::new(false);
        Effect::new(move || {
            let lang = Lang::current();
            spawn_local(async move {
                // Without its script the text area does.
                let Some(handle) = open(id, schema, lang).await else { return };
                // Where the page was left meanwhile, its text area is gone as well.
                editor.try_set_value(Some(handle));
                there.try_set(true);
            });
        });
        Effect::new(move || {
            let text = text.get();
            if there.get() {
                editor.with_value(|editor| editor.iter().for_each(|editor| editor.set_text(&text)));
            }
        });
        Effect::new(move || {
            let problems = json(&problems.get().iter().map(Mark::from).collect::<Vec<_>>());
            if there.get() {
                editor.with_value(|editor| editor.iter().for_each(|editor| editor.set_problems(&problems)));
            }
        });
        on_cleanup(move || {
            if let Some(Some(editor)) = editor.try_update_value(Option::take) {
                editor.destroy();
            }
        });
    }

    async fn open(id: &str, schema: &str, lang: Lang) -> Option<Handle> {
        let document = document();
        let area = document.get_element_by_id(id)?;
        let address = document.document_element()?.get_attribute("data-editor").filter(|a| !a.is_empty())?;
        let module: Module = fetch_module(&address).await.ok()?.into();
        let options = json(&Options { schema, lang: lang.tag() });
        Some(module.open(&area, &options).await.ok()?.into())
    }

    fn json(value: &impl serde::Serialize) -> JsValue {
        let text = serde_json::to_string(value).unwrap_or_default();
        js_sys::JSON::parse(&text).unwrap_or(JsValue::NULL)
    }

    #[derive(serde::Serialize)]
    struct Options<'a> {
        schema: &'a str,
        lang: &'a str,
    }

    /// A problem as the script takes it.
    #[derive(serde::Serialize)]
    struct Mark<'a> {
        path: &'a str,
        line: Option<u32>,
        column: Option<u32>,
        message: String,
    }

    impl<'a> From<&'a SpecProblem> for Mark<'a> {
        fn from(problem: &'a SpecProblem) -> Self {
            let SpecProblem { place, line, column, message } = problem;
            Self { path: place, line: *line, column: *column, message: message.here() }
        }
    }
}
