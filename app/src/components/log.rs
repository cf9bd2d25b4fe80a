//! Lines that a container wrote.

use leptos::{html, oco::Oco, prelude::*};

use super::time::iso;
use crate::model::Millis;

/// How loud a line is, when it says so itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogLevel {
    /// Nothing special.
    #[default]
    Plain,
    /// A warning.
    Warn,
    /// An error.
    Error,
}

impl LogLevel {
    /// Guesses from a line's first words, as common loggers write them.
    pub fn guess(text: &str) -> Self {
        let head: String = text.chars().take(80).collect::<String>().to_ascii_uppercase();
        let has = |words: &[&str]| head.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| words.contains(&word));
        if has(&["ERROR", "ERR", "FATAL", "PANIC", "CRITICAL"]) {
            Self::Error
        } else if has(&["WARN", "WARNING"]) {
            Self::Warn
        } else {
            Self::Plain
        }
    }

    const fn key(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Warn => Some("warn"),
            Self::Error => Some("error"),
        }
    }
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its place in the stream: unique, growing.
    pub number: u64,
    /// When it was written.
    pub at: Option<Millis>,
    /// The pod, and the container when it has several.
    pub source: String,
    /// The text.
    pub text: String,
}

/// The parts of a text that contain what is searched for, in any case of ASCII letters, and those between:
/// (matches, part).
fn split_matches<'a>(text: &'a str, search: &str) -> Vec<(bool, &'a str)> {
    if search.is_empty() {
        return vec![(false, text)];
    }
    // ASCII lower case keeps every byte's place.
    let (hay, needle) = (text.to_ascii_lowercase(), search.to_ascii_lowercase());
    let mut parts = Vec::new();
    let mut from = 0;
    for (at, found) in hay.match_indices(&needle) {
        if at > from {
            parts.push((false, &text[from..at]));
        }
        parts.push((true, &text[at..at + found.len()]));
        from = at + found.len();
    }
    if from < text.len() {
        parts.push((false, &text[from..]));
    }
    parts
}

/// A log that runs. It stays at its end while the reader is there, and stays where it is otherwise.
#[component]
pub fn LogView(
    /// What it is the log of, for screen readers.
    #[prop(into)]
    label: Oco<'static, str>,
    /// The lines; the page keeps them to a sensible number.
    #[prop(into)]
    lines: Signal<Vec<LogLine>>,
    /// What to mark.
    #[prop(optional, into)]
    search: Signal<String>,
    /// Long lines run on instead of breaking.
    #[prop(optional, into)]
    nowrap: Signal<bool>,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let at_end = StoredValue::new(true);
    Effect::new(move || {
        lines.track();
        if let (Some(log), true) = (node.get(), at_end.get_value()) {
            log.set_scroll_top(log.scroll_height());
        }
    });
    let watch_scroll = move |_| {
        if let Some(log) = node.get_untracked() {
            at_end.set_value(log.scroll_height() - log.scroll_top() - log.client_height() < 24);
        }
    };
    let row = move |line: LogLine| {
        let level = LogLevel::guess(&line.text).key();
        let time = line.at.map(iso).map(|at| {
            let clock = at.get(11..19).unwrap_or_default().to_owned();
            view! { <time datetime=at>{clock}</time> }
        });
        let parts = move || {
            let search = search.get();
            split_matches(&line.text, &search)
                .into_iter()
                .map(|(hit, part)| {
                    let part = part.to_owned();
                    if hit { view! { <mark>{part}</mark> }.into_any() } else { part.into_any() }
                })
                .collect_view()
        };
        view! {
            <div class="log-line" data-level=level>
                {time} <span class="log-source">{line.source}</span> <span class="log-text">{parts}</span>
            </div>
        }
    };
    view! {
        <div
            class="log"
            role="log"
            tabindex="0"
            aria-label=label
            data-nowrap=move || nowrap.get()
            node_ref=node
            on:scroll=watch_scroll
        >
            <For each=move || lines.get() key=|line| line.number children=row />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_searched_for() {
        assert_eq!(split_matches("GET /cart 200", "cart"), [(false, "GET /"), (true, "cart"), (false, " 200")]);
        assert_eq!(split_matches("Ab aB", "AB"), [(true, "Ab"), (false, " "), (true, "aB")]);
        assert_eq!(split_matches("订单 Ab", "订单"), [(true, "订单"), (false, " Ab")]);
        assert_eq!(split_matches("x", ""), [(false, "x")]);
        assert!(split_matches("", "x").is_empty());
    }

    #[test]
    fn guesses_the_level() {
        assert_eq!(LogLevel::guess("2026-11-24 ERROR connection refused"), LogLevel::Error);
        assert_eq!(LogLevel::guess("level=warn msg=slow"), LogLevel::Warn);
        assert_eq!(LogLevel::guess("GET /terror 200"), LogLevel::Plain);
    }
}
