//! What differs between two releases, section by section: what changed is open, what did not is folded.

use leptos::prelude::*;

use crate::{
    components::{DiffView, Note, RelativeTime, State, StateBadge},
    model::{DiffSection, ReleaseRow},
    pages::words,
    t, tf,
};

/// The sections that differ, and those that do not.
fn parted(sections: Vec<DiffSection>) -> (Vec<DiffSection>, Vec<DiffSection>) {
    sections.into_iter().partition(|s| s.changed)
}

/// The parts of a difference.
#[component]
pub fn Difference(
    /// What the left side is.
    left: String,
    /// What the right side is.
    right: String,
    /// The parts.
    sections: Vec<DiffSection>,
) -> impl IntoView {
    let (changed, same) = parted(sections);
    let nothing = changed.is_empty();
    let changed = changed
        .into_iter()
        .map(move |section| {
            view! {
                <section class="section" aria-label=section.title.here()>
                    <div class="section-head">
                        <h2>{section.title.here()}</h2>
                    </div>
                    <DiffView left=left.clone() right=right.clone() lines=section.lines />
                </section>
            }
        })
        .collect_view();
    let unchanged = (!same.is_empty()).then(|| {
        let titles = same.iter().map(|s| s.title.here()).collect::<Vec<_>>().join(t!(", ", "、"));
        view! {
            <section class="section" aria-label=t!("Unchanged", "未变")>
                <details>
                    <summary>{tf!("Unchanged: {titles}", "未变：{titles}")}</summary>
                    <div class="stack">
                        {same
                            .into_iter()
                            .filter(|s| !s.lines.is_empty())
                            .map(|s| {
                                let title = s.title.here();
                                view! { <DiffView left=title.clone() right=title lines=s.lines /> }
                            })
                            .collect_view()}
                    </div>
                </details>
            </section>
        }
    });
    let note = nothing.then(|| {
        view! {
            <Note state=State::Idle title=t!("Nothing differs", "没有差异")>
                {t!("Image, settings and secrets are the same in both.", "两者的镜像、设置和密钥相同。")}
            </Note>
        }
    });
    view! {
        {note}
        {changed}
        {unchanged}
    }
}

/// A release in a line: number, what came of it, when, who, why.
#[component]
pub fn ReleaseLine(
    /// What it stands for: "runs now".
    label: &'static str,
    /// The release.
    release: ReleaseRow,
) -> impl IntoView {
    let why = if release.reason.is_empty() { String::new() } else { format!(", “{}”", release.reason) };
    view! {
        <span>
            <span>
                <span class="muted">{label}</span>
                " "
                <strong class="num">{release.number}</strong>
                " "
                <StateBadge state=State::from(release.state) word=words::release_state(release.state).to_owned() />
                " · "
                <RelativeTime at=release.created_at />
                " · "
                {release.actor_name}
                {why}
            </span>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Text;

    #[test]
    fn what_changed_comes_first() {
        let section = |title: &str, changed| DiffSection { title: Text::same(title), changed, lines: Vec::new() };
        let (changed, same) = parted(vec![section("image", false), section("env", true), section("secrets", false)]);
        assert_eq!(changed.iter().map(|s| s.title.en.as_str()).collect::<Vec<_>>(), ["env"]);
        assert_eq!(same.iter().map(|s| s.title.en.as_str()).collect::<Vec<_>>(), ["image", "secrets"]);
    }
}
