//! Points in time as people say them, with the exact time on hover.

use leptos::prelude::*;

use crate::{i18n::Lang, model::Millis, t, tf};

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The page's clock. The server says what time it is, the browser starts from the same moment, so that both
/// render the same words; once the page lives, it ticks.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    now: RwSignal<Millis>,
    local: RwSignal<bool>,
}

impl Clock {
    /// Now; a view that reads it follows it.
    pub fn now(self) -> Millis {
        self.now.get()
    }

    /// Whether the browser has taken over: from then on, exact times are in its zone.
    pub fn is_local(self) -> bool {
        self.local.get()
    }

    fn start(now: Millis) -> Self {
        let clock = Self { now: RwSignal::new(now), local: RwSignal::new(false) };
        #[cfg(feature = "hydrate")]
        Effect::new(move || {
            clock.local.set(true);
            clock.now.set(browser_now());
            let tick =
                set_interval_with_handle(move || clock.now.set(browser_now()), std::time::Duration::from_secs(1));
            on_cleanup(move || {
                if let Ok(tick) = tick {
                    tick.clear();
                }
            });
        });
        clock
    }
}

#[cfg(feature = "hydrate")]
fn browser_now() -> Millis {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit for 280,000 years")]
    let now = js_sys::Date::now() as Millis;
    now
}

#[cfg(not(feature = "hydrate"))]
#[expect(clippy::disallowed_methods, reason = "words for the reader's eye; nothing is decided by it")]
fn server_now() -> Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// Puts the page's clock into context: call it once, in the root view, on the server and in the browser.
pub fn provide_clock() -> Clock {
    #[cfg(feature = "hydrate")]
    let now = SharedValue::new(browser_now).into_inner();
    #[cfg(not(feature = "hydrate"))]
    let now = SharedValue::new(server_now).into_inner();
    let clock = Clock::start(now);
    provide_context(clock);
    clock
}

/// The clock of the page.
pub fn use_clock() -> Clock {
    use_context::<Clock>().unwrap_or_else(provide_clock)
}

/// How long ago, in the largest unit that says it: `12 s ago`, `3 min ago`, `2 h ago`; what is to come: `in 5 d`. Within
/// seven seconds, or less than a minute ahead, as clocks differ, it is "just now".
pub fn ago(at: Millis, now: Millis) -> String {
    let past = now - at;
    if past <= -MINUTE {
        let rounded = |unit: i64| (unit / 2 - past) / unit;
        return match -past {
            ..HOUR => tf!("in {} min", "{} 分钟后", rounded(MINUTE)),
            HOUR..DAY => tf!("in {} h", "{} 小时后", rounded(HOUR)),
            _ => tf!("in {} d", "{} 天后", rounded(DAY)),
        };
    }
    if past < 7 * SECOND {
        return Lang::current().pick("just now", "刚刚").to_owned();
    }
    let (n, unit) = largest_unit(past);
    match unit {
        Unit::Second => tf!("{n} s ago", "{n} 秒前"),
        Unit::Minute => tf!("{n} min ago", "{n} 分钟前"),
        Unit::Hour => tf!("{n} h ago", "{n} 小时前"),
        Unit::Day => tf!("{n} d ago", "{n} 天前"),
    }
}

/// The length of a time: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `5 d`.
pub fn duration(length: Millis) -> String {
    let length = length.max(0);
    let (en, zh) = match length {
        0..10_000 => {
            let (whole, tenth) = (length / SECOND, length % SECOND / 100);
            (format!("{whole}.{tenth} s"), format!("{whole}.{tenth} 秒"))
        }
        10_000..MINUTE => (format!("{} s", length / SECOND), format!("{} 秒", length / SECOND)),
        MINUTE..HOUR => {
            let (m, s) = (length / MINUTE, length % MINUTE / SECOND);
            (format!("{m} min {s} s"), format!("{m} 分 {s} 秒"))
        }
        HOUR..DAY => {
            let (h, m) = (length / HOUR, length % HOUR / MINUTE);
            (format!("{h} h {m} min"), format!("{h} 小时 {m} 分"))
        }
        _ => (format!("{} d", length / DAY), format!("{} 天", length / DAY)),
    };
    Lang::current().pick(en, zh)
}

/// How old: one unit, without "ago", for narrow columns.
pub fn age(at: Millis, now: Millis) -> String {
    let (n, unit) = largest_unit((now - at).max(0));
    match unit {
        Unit::Second => tf!("{n} s", "{n} 秒"),
        Unit::Minute => tf!("{n} min", "{n} 分钟"),
        Unit::Hour => tf!("{n} h", "{n} 小时"),
        Unit::Day => tf!("{n} d", "{n} 天"),
    }
}

enum Unit {
    Second,
    Minute,
    Hour,
    Day,
}

fn largest_unit(length: i64) -> (i64, Unit) {
    match length {
        ..MINUTE => (length / SECOND, Unit::Second),
        MINUTE..HOUR => (length / MINUTE, Unit::Minute),
        HOUR..DAY => (length / HOUR, Unit::Hour),
        _ => (length / DAY, Unit::Day),
    }
}

/// As machines read it: `2026-11-24T02:10:11Z`.
pub fn iso(at: Millis) -> String {
    let (days, rest) = (at.div_euclid(DAY), at.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    let (h, m, s) = (rest / HOUR, rest % HOUR / MINUTE, rest % MINUTE / SECOND);
    format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}Z")
}

/// The date of a day counted from 1970-01-01, in the proleptic Gregorian calendar.
const fn civil(days: i64) -> (i64, i64, i64) {
    // Counted from 0000-03-01, so that the leap day is the last of its year.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + (month <= 2) as i64, month, day)
}

/// The exact time for the eye: in UTC from the server, in the reader's zone once the page lives.
fn exact(at: Millis, local: bool) -> String {
    #[cfg(feature = "hydrate")]
    if local {
        #[expect(clippy::cast_precision_loss, reason = "a date's milliseconds are far below 2^53")]
        let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at as f64));
        let options = js_sys::Object::new();
        for (key, value) in [("dateStyle", "medium"), ("timeStyle", "long")] {
            // Setting a property of a plain object cannot fail.
            drop(js_sys::Reflect::set(&options, &key.into(), &value.into()));
        }
        return date.to_locale_string(Lang::current().tag(), &options).into();
    }
    let _ = local;
    iso(at).replace('T', " ").replace('Z', " UTC")
}

/// A point in time: `3 min ago`, the exact time on hover, ticking.
#[component]
pub fn RelativeTime(
    /// When, in milliseconds since the epoch.
    #[prop(into)]
    at: Signal<Millis>,
    /// Just the age, for a column.
    #[prop(optional)]
    short: bool,
    /// It is to come by a clock that knows: its last minute is told as such.
    #[prop(optional)]
    due: bool,
) -> impl IntoView {
    let clock = use_clock();
    let text = Memo::new(move |_| match (at.get(), clock.now()) {
        (at, now) if short => age(at, now),
        (at, now) if due && (1..MINUTE).contains(&(at - now)) => t!("within a minute", "一分钟内").to_owned(),
        (at, now) => ago(at, now),
    });
    view! {
        <time datetime=move || iso(at.get()) title=move || exact(at.get(), clock.is_local())>
            {move || text.get()}
        </time>
    }
}

/// The time between two points, or from one until now while the other is open; ticking.
#[component]
pub fn Elapsed(
    /// When it began.
    #[prop(into)]
    from: Signal<Millis>,
    /// When it ended; open while it runs.
    #[prop(optional, into)]
    to: MaybeProp<Millis>,
) -> impl IntoView {
    let clock = use_clock();
    let text = Memo::new(move |_| {
        // The clock is read only while it matters, so that what has ended stays still.
        let end = to.get().unwrap_or_else(|| clock.now());
        duration(end - from.get())
    });
    view! { <span class="step-time">{move || text.get()}</span> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_long_ago() {
        let now = 1_800_000_000_000;
        for (past, words) in [
            (-5 * SECOND, "just now"),
            (0, "just now"),
            (12 * SECOND, "12 s ago"),
            (59 * SECOND + 999, "59 s ago"),
            (MINUTE, "1 min ago"),
            (HOUR - 1, "59 min ago"),
            (HOUR, "1 h ago"),
            (DAY, "1 d ago"),
            (400 * DAY, "400 d ago"),
            (-MINUTE, "in 1 min"),
            (-7 * DAY + 36 * SECOND, "in 7 d"),
            (-90 * MINUTE + 1, "in 1 h"),
        ] {
            assert_eq!(ago(now - past, now), words);
        }
        assert_eq!(age(now + 5, now), "0 s");
        assert_eq!(age(now - 3 * DAY, now), "3 d");
    }

    #[test]
    fn says_how_long() {
        assert_eq!(duration(430), "0.4 s");
        assert_eq!(duration(12_900), "12 s");
        assert_eq!(duration(185_000), "3 min 5 s");
        assert_eq!(duration(2 * HOUR + 10 * MINUTE), "2 h 10 min");
        assert_eq!(duration(-1), "0.0 s");
    }

    #[test]
    fn writes_dates() {
        assert_eq!(iso(0), "1970-01-01T00:00:00Z");
        assert_eq!(iso(-1000), "1969-12-31T23:59:59Z");
        assert_eq!(iso(951_782_400_000), "2000-02-29T00:00:00Z");
        assert_eq!(iso(1_795_486_211_000), "2026-11-24T02:10:11Z");
        assert_eq!(iso(4_102_444_799_000), "2099-12-31T23:59:59Z");
    }
}
