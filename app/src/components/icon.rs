//! One of the icons that `style/icons.json` names.

use leptos::prelude::*;

use crate::assets::icon_sprite;

/// An icon out of the sprite, 16 px, in the colour of the text around it. It is always an ornament: the
/// words stand beside it, or in the `aria-label` of the control that holds it.
///
/// A new name has to be added to `style/icons.json`; a test looks for those that were forgotten.
#[component]
pub fn Icon(
    /// The icon's name, as in lucide.
    name: &'static str,
) -> impl IntoView {
    let html = format!("<use href=\"{}#{name}\"></use>", icon_sprite());
    view! { <svg class="icon" aria-hidden="true" inner_html=html></svg> }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    /// The names after `icon="`, `Icon name="` and `icon: "` in a source.
    fn names_in(source: &str, names: &mut BTreeSet<String>) {
        for before in ["<Icon name=\"", "icon=\"", "icon: \""] {
            for rest in source.split(before).skip(1) {
                if let Some((name, _)) = rest.split_once('"') {
                    names.insert(name.to_owned());
                }
            }
        }
    }

    fn walk(folder: &Path, names: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).expect("the folder is there").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, names);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("components/icon.rs") {
                names_in(&fs::read_to_string(&path).expect("sources are text"), names);
            }
        }
    }

    #[test]
    fn every_icon_is_in_the_sprite() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let sprite = fs::read_to_string(root.join("../style/icons.json")).expect("the list of icons is there");
        let sprite: BTreeSet<String> = serde_json::from_str(&sprite).expect("the list of icons is JSON");
        let mut used = BTreeSet::new();
        walk(&root.join("src"), &mut used);
        assert!(used.contains("search"), "the names are found");
        let missing: Vec<_> = used.difference(&sprite).collect();
        assert!(missing.is_empty(), "not in style/icons.json: {missing:?}");
    }
}
