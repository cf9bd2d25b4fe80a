//! A difference: left what runs, right what will. Two columns where there is room, one where there is not.

use leptos::{oco::Oco, prelude::*};

use crate::{
    model::{DiffLine, DiffTag},
    t, tf,
};

/// Unchanged lines in a row from which on the middle of them is folded.
const FOLD_FROM: usize = 10;
/// Unchanged lines that stay visible at either end of a fold.
const CONTEXT: usize = 3;

/// A run of lines: unchanged ones, which are the same on both sides, or what was taken out against what came
/// in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Block {
    Same(Vec<String>),
    Folded(Vec<String>),
    Changed { old: Vec<String>, new: Vec<String> },
}

/// Joins lines to blocks, so that a change stands beside what it replaces.
fn blocks(lines: &[DiffLine]) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    for line in lines {
        let text = line.text.clone();
        match (line.tag, out.last_mut()) {
            (DiffTag::Same, Some(Block::Same(same))) => same.push(text),
            (DiffTag::Same, _) => out.push(Block::Same(vec![text])),
            (DiffTag::Removed, Some(Block::Changed { old, .. })) => old.push(text),
            (DiffTag::Added, Some(Block::Changed { new, .. })) => new.push(text),
            (DiffTag::Removed, _) => out.push(Block::Changed { old: vec![text], new: Vec::new() }),
            (DiffTag::Added, _) => out.push(Block::Changed { old: Vec::new(), new: vec![text] }),
        }
    }
    out.into_iter().flat_map(fold).collect()
}

/// Folds the middle of a long unchanged run.
fn fold(block: Block) -> Vec<Block> {
    match block {
        Block::Same(mut lines) if lines.len() >= FOLD_FROM => {
            let tail = lines.split_off(lines.len() - CONTEXT);
            let middle = lines.split_off(CONTEXT);
            vec![Block::Same(lines), Block::Folded(middle), Block::Same(tail)]
        }
        other => vec![other],
    }
}

/// What differs within two lines that stand against each other: the shared beginning, the two middles, the
/// shared end. Cuts between characters and, where it can, between words.
fn emphasis<'a>(old: &'a str, new: &'a str) -> (&'a str, &'a str, &'a str, &'a str) {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let shared: usize = old.chars().zip(new.chars()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
    // Back to the beginning of the word that differs.
    let start = old[..shared].trim_end_matches(word).len();
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let shared: usize =
        old_rest.chars().rev().zip(new_rest.chars().rev()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
    let tail = &old_rest[old_rest.len() - shared..];
    let end = tail.trim_start_matches(word).len();
    let (old_end, new_end) = (old_rest.len() - end, new_rest.len() - end);
    (&old[..start], &old_rest[..old_end], &new_rest[..new_end], &old_rest[old_end..])
}

/// A line with the part that differs marked.
fn marked(before: &str, changed: &str, after: &str) -> AnyView {
    let (before, changed, after) = (before.to_owned(), changed.to_owned(), after.to_owned());
    let changed = (!changed.is_empty()).then(|| view! { <mark>{changed}</mark> });
    view! { <code>{before}{changed}{after}</code> }.into_any()
}

fn line(sign: &'static str, word: Option<&'static str>, code: AnyView) -> impl IntoView {
    view! {
        <div class="diff-line">
            <span class="diff-sign" aria-hidden="true">{sign}</span>
            {word.map(|word| view! { <span class="visually-hidden">{word}</span> })}
            {code}
        </div>
    }
}

fn plain(text: &str) -> AnyView {
    marked(text, "", "")
}

fn same(lines: &[String]) -> impl IntoView {
    let side = || lines.iter().map(|text| line("", None, plain(text))).collect_view();
    // The left copy is for the eye: read once is enough.
    view! {
        <div class="diff-block">
            <div class="diff-side diff-old" aria-hidden="true">{side()}</div>
            <div class="diff-side diff-new">{side()}</div>
        </div>
    }
}

fn changed(old: &[String], new: &[String]) -> impl IntoView {
    let pair = |i: usize| match (old.get(i), new.get(i)) {
        (Some(old), Some(new)) => Some(emphasis(old, new)),
        _ => None,
    };
    let left = old
        .iter()
        .enumerate()
        .map(|(i, text)| {
            let code = pair(i).map_or_else(|| plain(text), |(before, out, _, after)| marked(before, out, after));
            line("−", Some(t!("removed: ", "移除：")), code)
        })
        .collect_view();
    let right = new
        .iter()
        .enumerate()
        .map(|(i, text)| {
            let code = pair(i).map_or_else(|| plain(text), |(before, _, into, after)| marked(before, into, after));
            line("+", Some(t!("added: ", "新增：")), code)
        })
        .collect_view();
    view! {
        <div class="diff-block" data-change="true">
            <div class="diff-side diff-old" data-empty=old.is_empty()>{left}</div>
            <div class="diff-side diff-new" data-empty=new.is_empty()>{right}</div>
        </div>
    }
}

/// A difference with the names of its two sides.
#[component]
pub fn DiffView(
    /// What the left side is: what runs.
    #[prop(into)]
    left: Oco<'static, str>,
    /// What the right side is: what will run.
    #[prop(into)]
    right: Oco<'static, str>,
    /// The lines.
    #[prop(into)]
    lines: Signal<Vec<DiffLine>>,
    /// One column, also where two would fit.
    #[prop(optional, into)]
    unified: Signal<bool>,
) -> impl IntoView {
    let body = move || {
        lines
            .with(|lines| blocks(lines))
            .into_iter()
            .map(|block| match block {
                Block::Same(lines) => same(&lines).into_any(),
                Block::Changed { old, new } => changed(&old, &new).into_any(),
                Block::Folded(lines) => {
                    let n = lines.len();
                    view! {
                        <details class="diff-fold">
                            <summary>{tf!("{n} unchanged lines", "{n} 行未变")}</summary>
                            {same(&lines)}
                        </details>
                    }
                    .into_any()
                }
            })
            .collect_view()
    };
    let nothing = move || {
        lines
            .with(|lines| lines.iter().all(|l| l.tag == DiffTag::Same))
            .then(|| view! { <p class="diff-same">{t!("Nothing differs here.", "此处没有差异。")}</p> })
    };
    let label = format!("{left} → {right}");
    view! {
        <div class="diff" role="group" aria-label=label data-view=move || unified.get().then_some("unified")>
            <div class="diff-head">
                <span>{left}</span>
                <span>{right}</span>
            </div>
            {nothing}
            {body}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<DiffLine> {
        text.lines()
            .map(|l| {
                let (tag, text) = match l.split_at(1) {
                    ("-", rest) => (DiffTag::Removed, rest),
                    ("+", rest) => (DiffTag::Added, rest),
                    (_, rest) => (DiffTag::Same, rest),
                };
                DiffLine { tag, text: text.to_owned() }
            })
            .collect()
    }

    #[test]
    fn a_change_stands_beside_what_it_replaces() {
        let got = blocks(&lines(" a\n-b\n-c\n+B\n d\n+e"));
        let s = |v: &[&str]| v.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            got,
            [
                Block::Same(s(&["a"])),
                Block::Changed { old: s(&["b", "c"]), new: s(&["B"]) },
                Block::Same(s(&["d"])),
                Block::Changed { old: Vec::new(), new: s(&["e"]) },
            ]
        );
    }

    #[test]
    fn a_long_unchanged_run_is_folded_in_its_middle() {
        let run = |n: usize| (0..n).map(|n| DiffLine { tag: DiffTag::Same, text: n.to_string() }).collect::<Vec<_>>();
        let got = blocks(&run(12));
        assert!(matches!(&got[..], [Block::Same(a), Block::Folded(b), Block::Same(c)]
            if a.len() == 3 && b.len() == 6 && c.len() == 3 && c[2] == "11"));
        assert_eq!(blocks(&run(9)).len(), 1);
    }

    #[test]
    fn marks_the_words_that_differ() {
        assert_eq!(emphasis("image: web:1.4.2", "image: web:1.4.10"), ("image: web:1.4.", "2", "10", ""));
        assert_eq!(emphasis("timeout: 2s", "timeout: 20s"), ("timeout: ", "2s", "20s", ""));
        assert_eq!(emphasis("a b c", "a x c"), ("a ", "b", "x", " c"));
        assert_eq!(emphasis("aa", "aaa"), ("", "aa", "aaa", ""));
        assert_eq!(emphasis("名称：甲", "名称：乙丙"), ("名称：", "甲", "乙丙", ""));
        assert_eq!(emphasis("", "x"), ("", "", "x", ""));
        assert_eq!(emphasis("x - x", "x - x - x"), ("x - ", "x", "x - x", ""));
    }
}
