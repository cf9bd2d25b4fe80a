//! When a cron job runs: the five fields that Kubernetes takes, and the times that they stand for.
//!
//! The dialect is that of Kubernetes' own controller, no wider: what it would refuse is refused here, with a reason.
//!
//! Source: <https://pkg.go.dev/github.com/robfig/cron/v3#hdr-CRON_Expression_Format>

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, DateTime},
    tz::{AmbiguousOffset, TimeZone},
};

use crate::{i18n::Text, text};

/// The most days that are looked through for a time: a 29th of February comes within eight years.
const MOST_DAYS: usize = 8 * 366;

/// By how much a clock is put back at most.
const MOST_PUT_BACK: SignedDuration = SignedDuration::from_hours(3);
/// How many times are looked at before the first of them is chosen: those of the hours that may be shown twice.
const MOST_A_DAY: usize = 6 * 60;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Times by the clock: of each field the numbers that it allows, as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether the day of the month, or of the week, says nothing; when both say something, either is enough.
    any_day: bool,
}

impl Schedule {
    /// Reads a schedule; fails with what is wrong with it.
    ///
    /// # Errors
    /// Fails when it has not five fields, or one of them says what it cannot.
    pub fn parse(text: &str) -> Result<Self, Text> {
        let text = text.trim();
        let spelled = match text {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            _ => text,
        };
        let fields: Vec<&str> = spelled.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(text!(
                "Write minute, hour, day, month and day of the week: “0 3 * * *” is every night at three; or @daily, @hourly.",
                "请依次填写分、时、日、月、星期，如“0 3 * * *”表示每天 3 点；或 @daily、@hourly。"
            ));
        };
        let (days, any) = numbers(day, 1, 31, &[])?;
        let (weekdays, any_weekday) = numbers(weekday, 0, 6, &WEEKDAYS)?;
        let schedule = Self {
            minutes: numbers(minute, 0, 59, &[])?.0,
            hours: numbers(hour, 0, 23, &[])?.0,
            days,
            months: numbers(month, 1, 12, &MONTHS)?.0,
            weekdays,
            any_day: any || any_weekday,
        };
        if schedule.next(Timestamp::UNIX_EPOCH, &TimeZone::UTC).is_none() {
            return Err(text!("There is no such day.", "不存在这样的日期。"));
        }
        Ok(schedule)
    }

    /// The first time after another; `None` when there is none within eight years. A time that the clock leaps over when it
    /// is put forward is left out; one that it shows twice comes twice.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let there = after.to_zoned(zone.clone()).datetime();
        // What the clock shows twice lies behind it, but not after it.
        let from = there.checked_sub(MOST_PUT_BACK).ok()?;
        let mut days = from.date().series(1.day()).take(MOST_DAYS).filter(|day| self.has(*day));
        days.find_map(|day| {
            let shown = self.times(day).filter(|time| *time >= from);
            // The first hour in which there is one is enough, and the hour that may be shown again.
            let times = shown.flat_map(|time| instants(time, zone)).filter(|time| *time > after);
            times.take(MOST_A_DAY).min()
        })
    }

    fn has(&self, day: Date) -> bool {
        let number = |n: i8| u32::try_from(n).unwrap_or(0);
        let by_month = is_set(self.days, number(day.day()));
        let by_week = is_set(self.weekdays, number(day.weekday().to_sunday_zero_offset()));
        let right = if self.any_day { by_month && by_week } else { by_month || by_week };
        right && is_set(self.months, number(day.month()))
    }

    fn times(&self, day: Date) -> impl Iterator<Item = DateTime> {
        let (hours, minutes) = (self.hours, self.minutes);
        let of_hour = move |hour: i8| (0..60_i8).map(move |minute| (hour, minute));
        (0..24_i8).flat_map(of_hour).filter_map(move |(hour, minute)| {
            let set = is_set(hours, u32::try_from(hour).ok()?) && is_set(minutes, u32::try_from(minute).ok()?);
            set.then(|| day.at(hour, minute, 0, 0))
        })
    }
}

/// When the clock shows a time: never when it leaps over it, twice when it is put back.
fn instants(time: DateTime, zone: &TimeZone) -> impl Iterator<Item = Timestamp> {
    let there = zone.to_ambiguous_timestamp(time);
    let leapt = matches!(there.offset(), AmbiguousOffset::Gap { .. });
    let twice = matches!(there.offset(), AmbiguousOffset::Fold { .. });
    let first = (!leapt).then(|| there.earlier().ok()).flatten();
    let again = twice.then(|| there.later().ok()).flatten();
    first.into_iter().chain(again)
}

const fn is_set(bits: u64, number: u32) -> bool {
    bits >> number & 1 == 1
}

/// The numbers of a field, as bits, and whether it says nothing: `*`, `1-5`, `*/15`, `mon,wed`.
fn numbers(field: &str, min: u32, max: u32, names: &[&str]) -> Result<(u64, bool), Text> {
    let (mut bits, mut any) = (0, false);
    for part in field.split(',') {
        let wrong = || {
            text!(
                "“{part}” is none of the numbers from {min} to {max}, nor a range of them such as {min}-{max} or */2.",
                "“{part}”不是 {min} 到 {max} 之间的数字，也不是 {min}-{max}、*/2 这样的范围。"
            )
        };
        let number = |word: &str| -> Option<u32> {
            let named = names.iter().position(|name| word.eq_ignore_ascii_case(name));
            let named = named.and_then(|n| u32::try_from(n).ok()).map(|n| n + min);
            let plain = || word.bytes().all(|b| b.is_ascii_digit()).then(|| word.parse().ok()).flatten();
            named.or_else(plain).filter(|n| (min..=max).contains(n))
        };
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                let step = step.parse::<u32>().ok().filter(|s| *s > 0 && step.bytes().all(|b| b.is_ascii_digit()));
                (range, Some(step.ok_or_else(wrong)?))
            }
            None => (part, None),
        };
        let all = matches!(range, "*" | "?");
        let (from, to) = match range.split_once('-') {
            _ if all => (min, max),
            Some((from, to)) => (number(from).ok_or_else(wrong)?, number(to).ok_or_else(wrong)?),
            None => {
                let from = number(range).ok_or_else(wrong)?;
                (from, if step.is_some() { max } else { from })
            }
        };
        if from > to {
            return Err(wrong());
        }
        any |= all && step.is_none_or(|step| step == 1);
        for n in (from..=to).step_by(step.unwrap_or(1) as usize) {
            bits |= 1 << n;
        }
    }
    Ok((bits, any))
}

/// The time zone of a name, with which Longshore comes; `None` for what is none.
pub fn time_zone(name: Option<&str>) -> Option<TimeZone> {
    match name {
        None => Some(TimeZone::UTC),
        // The controller's own, wherever that is.
        Some(name) if name.is_empty() || name.eq_ignore_ascii_case("local") => None,
        // As it is written: the cluster tells small letters from capitals.
        Some(name) => TimeZone::get(name).ok().filter(|zone| !zone.is_unknown() && zone.iana_name() == Some(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(schedule: &str, after: &str, zone: &str) -> String {
        let zone = time_zone(Some(zone)).expect("a time zone");
        let after: Timestamp = after.parse().expect("a time");
        Schedule::parse(schedule).expect("a schedule").next(after, &zone).expect("a time").to_string()
    }

    #[test]
    fn the_next_time_is_the_first_that_every_field_allows() {
        for (schedule, expected) in [
            ("0 3 * * *", "2026-03-01T03:00:00Z"),
            ("*/15 * * * *", "2026-02-28T22:45:00Z"),
            ("31 22 * * *", "2026-02-28T22:31:00Z"),
            ("30 22 * * *", "2026-03-01T22:30:00Z"),
            ("0 0 29 2 *", "2028-02-29T00:00:00Z"),
            ("5 4 * * mon-fri", "2026-03-02T04:05:00Z"),
            // Either of the two days is enough.
            ("0 0 13 * fri", "2026-03-06T00:00:00Z"),
            ("0 0 */31 * fri", "2026-03-01T00:00:00Z"),
            ("0 0 1/10 DEC ?", "2026-12-01T00:00:00Z"),
            ("@weekly", "2026-03-01T00:00:00Z"),
            ("@hourly", "2026-02-28T23:00:00Z"),
        ] {
            assert_eq!(next(schedule, "2026-02-28T22:30:10Z", "Etc/UTC"), expected, "{schedule}");
        }
    }

    #[test]
    fn a_clock_that_is_put_forward_leaps_over_a_run_and_one_that_is_put_back_repeats_it() {
        let berlin = |schedule, after| next(schedule, after, "Europe/Berlin");
        assert_eq!(berlin("30 2 * * *", "2026-03-28T12:00:00Z"), "2026-03-30T00:30:00Z");
        assert_eq!(berlin("30 2 * * *", "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00Z");
        assert_eq!(berlin("30 2 * * *", "2026-10-25T00:30:00Z"), "2026-10-25T01:30:00Z");
        assert_eq!(berlin("30 2 * * *", "2026-10-25T01:30:00Z"), "2026-10-26T01:30:00Z");
        assert_eq!(berlin("*/15 * * * *", "2026-10-25T00:45:00Z"), "2026-10-25T01:00:00Z");
        assert_eq!(berlin("*/15 * * * *", "2026-10-25T00:10:00Z"), "2026-10-25T00:15:00Z");
        assert_eq!(berlin("@daily", "2026-10-25T00:10:00Z"), "2026-10-25T23:00:00Z");
    }

    #[test]
    fn what_the_cluster_would_refuse_is_refused() {
        let wrong = [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 7",
            "*/0 * * * *",
            "5-1 * * * *",
            "+5 * * * *",
            "1,,2 * * * *",
            "a * * * *",
            "0 0 30 2 *",
            "@every 5m",
            "@Daily",
            "TZ=Etc/UTC 0 3 * * *",
            "0 0 L * *",
            "*/-1 * * * *",
        ];
        for schedule in wrong {
            assert!(Schedule::parse(schedule).is_err(), "{schedule}");
        }
        for zone in ["Local", "Mars/Olympus", "europe/berlin", "Etc/Unknown", ""] {
            assert!(time_zone(Some(zone)).is_none(), "{zone}");
        }
    }
}
