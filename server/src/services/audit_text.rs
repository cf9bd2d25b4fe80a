//! The audit trail as text: how an export writes an entry, and how people write points in time. Pure.

use app::{FieldError, UiError, model::Millis, text};
use jiff::{Timestamp, civil, tz::TimeZone};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::database::audit::Stored;

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Comma-separated values (RFC 4180), with a head.
    Csv,
    /// JSON Lines: one object a line.
    Json,
}

impl Format {
    /// Reads a value of the query. Fails naming the field.
    pub fn parse(text: &str) -> Result<Self, UiError> {
        match text.trim() {
            "csv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            _ => Err(UiError::invalid_field("format", text!("Write csv or json.", "请填写 csv 或 json。"))),
        }
    }

    /// Its name in the address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    /// What comes before the first entry.
    pub const fn head(self) -> &'static str {
        match self {
            Self::Csv => concat!(
                "sequence,time,acting,actor,actor_id,token,tenant,action,object,outcome,detail,before,after,address,",
                "request_id,hash\r\n"
            ),
            Self::Json => "",
        }
    }

    /// One entry with its line's end.
    pub fn line(self, entry: &Stored) -> String {
        match self {
            Self::Csv => csv(entry),
            Self::Json => json(entry),
        }
    }
}

fn csv(entry: &Stored) -> String {
    let row = &entry.row;
    let or_empty = |id: Option<String>| id.unwrap_or_default();
    let fields = [
        row.sequence.to_string(),
        time(row.at),
        word(&row.acting),
        row.actor_name.clone(),
        or_empty(row.actor.map(|id| id.to_string())),
        or_empty(row.token.clone()),
        or_empty(row.tenant.map(|id| id.to_string())),
        row.action.clone(),
        row.object.clone(),
        word(&row.outcome),
        row.detail.clone(),
        or_empty(entry.before.clone()),
        or_empty(entry.after.clone()),
        row.address.clone(),
        row.request_id.clone(),
        entry.hash.clone(),
    ];
    let mut line = fields.map(|field| cell(&field)).join(",");
    line.push_str("\r\n");
    line
}

/// A field. Spreadsheets take one that begins like a formula for one, and would carry out what a stranger wrote; an
/// apostrophe makes it words.
fn cell(field: &str) -> String {
    let formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let quoted = field.contains(['"', ',', '\r', '\n']);
    let words = if formula { format!("'{field}") } else { field.to_owned() };
    if quoted { format!("\"{}\"", words.replace('"', "\"\"")) } else { words }
}

#[derive(Serialize)]
struct Line<'a> {
    time: String,
    #[serde(flatten)]
    row: &'a app::model::AuditRow,
    before: Option<Box<RawValue>>,
    after: Option<Box<RawValue>>,
    hash: &'a str,
}

fn json(entry: &Stored) -> String {
    let raw = |side: &Option<String>| side.clone().and_then(|text| RawValue::from_string(text).ok());
    let (before, after) = (raw(&entry.before), raw(&entry.after));
    let line = Line { time: time(entry.row.at), row: &entry.row, before, after, hash: &entry.hash };
    let mut text = serde_json::to_string(&line).unwrap_or_default();
    text.push('\n');
    text
}

fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// As machines read it, in UTC.
fn time(at: Millis) -> String {
    Timestamp::from_millisecond(at).map(|t| format!("{t:.3}")).unwrap_or_default()
}

/// Reads a point in time: a date, a time, or so long ago. With `end`, a date means the moment at which it is over. Times
/// without a zone are UTC. Fails naming the field.
pub fn moment(field: &str, text: &str, now: Millis, end: bool) -> Result<Millis, FieldError> {
    let text = text.trim();
    read_moment(text, now, end).ok_or_else(|| FieldError {
        field: field.to_owned(),
        message: text!(
            "Write a date (2026-11-24), a time (2026-11-24T02:10:11Z), or so long ago (45m, 24h, 7d).",
            "请填写日期（2026-11-24）、时间（2026-11-24T02:10:11Z）或时长（45m、24h、7d）。"
        ),
    })
}

fn read_moment(text: &str, now: Millis, end: bool) -> Option<Millis> {
    let utc = |time: civil::DateTime| Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond());
    if !text.is_ascii() {
        return None;
    }
    if let Some((n, unit)) = text.split_at_checked(text.len().saturating_sub(1))
        && let Ok(n) = n.parse::<u32>()
        && let Some(minutes) = match unit {
            "m" => Some(1),
            "h" => Some(60),
            "d" => Some(24 * 60),
            _ => None,
        }
    {
        return Some(now.saturating_sub(i64::from(n) * minutes * 60_000));
    }
    if text.len() == 10 {
        let date: civil::Date = text.parse().ok()?;
        let date = if end { date.tomorrow().ok()? } else { date };
        return utc(date.at(0, 0, 0, 0));
    }
    match text.parse::<Timestamp>() {
        Ok(time) => Some(time.as_millisecond()),
        Err(_) => utc(text.parse().ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_never_formulas() {
        for (field, written) in [
            ("app/web", "app/web"),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("=1,\"2\"", "\"'=1,\"\"2\"\"\""),
            ("two\r\nlines", "\"two\r\nlines\""),
            ("", ""),
        ] {
            assert_eq!(cell(field), written);
        }
    }

    #[test]
    fn points_in_time_are_read_as_people_write_them() {
        let now = 1_800_000_000_000;
        let read = |text, end| read_moment(text, now, end);
        assert_eq!(read("24h", false), Some(now - 86_400_000));
        assert_eq!(read("1d", true), Some(now - 86_400_000));
        assert_eq!(read("45m", false), Some(now - 2_700_000));
        assert_eq!(read("1970-01-02", false), Some(86_400_000));
        assert_eq!(read("1970-01-02", true), Some(2 * 86_400_000), "a date means to its end");
        assert_eq!(read("1970-01-01T00:00:01Z", false), Some(1_000));
        assert_eq!(read("1970-01-01T01:00:01+01:00", false), Some(1_000));
        assert_eq!(read("1970-01-01T00:01", false), Some(60_000));
        for wrong in ["", "yesterday", "7", "7w", "2026-13-01", "-5m", "港", "99999999999d"] {
            assert_eq!(read(wrong, false), None, "{wrong}");
        }
        let refused = moment("since", "soon", now, false).expect_err("no time");
        assert_eq!(refused.field, "since");
    }
}
