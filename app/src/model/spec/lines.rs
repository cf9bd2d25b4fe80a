//! Values that a form holds as text: a number, or one value a line.

use std::collections::BTreeMap;

use super::{
    MAX_VARIABLES,
    form::{SecretInput, shared_secret},
};
use crate::{FieldError, i18n::Text, model::ResourceName, text};

/// The most bytes of a variable's value.
pub(super) const MAX_VALUE: usize = 32 * 1024;

pub(super) fn fail<T>(field: &str, message: Text) -> Result<T, FieldError> {
    Err(FieldError { field: field.to_owned(), message })
}

/// So many characters of a text at most, for what an error repeats of it.
pub(super) fn brief(text: &str, most: usize) -> String {
    match text.char_indices().nth(most).and_then(|(end, _)| text.get(..end)) {
        Some(beginning) => format!("{beginning}…"),
        None => text.to_owned(),
    }
}

pub(super) fn number(field: &str, value: &str, min: u32, max: u32) -> Result<u32, FieldError> {
    match value.trim().parse::<u32>() {
        Ok(n) if (min..=max).contains(&n) => Ok(n),
        _ => fail(field, text!("Write a whole number from {min} to {max}.", "请填写 {min} 到 {max} 之间的整数。")),
    }
}

/// Whether a name can be an environment variable's: letters, digits and underscores, no digit first.
pub(super) fn variable_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.as_bytes()[0].is_ascii_digit()
}

/// Non-empty lines that are not comments, numbered from 1, each with a checked, unrepeated name.
fn named_lines(field: &str, text: &str) -> Result<Vec<(String, Option<String>)>, FieldError> {
    let mut seen: Vec<(String, Option<String>)> = Vec::new();
    for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.trim_start().starts_with('#'))
    {
        let n = i + 1;
        let (name, value) =
            line.split_once('=').map_or((line.trim(), None), |(k, v)| (k.trim(), Some(v.trim_end_matches('\r'))));
        if !variable_name(name) {
            return fail(
                field,
                text!(
                    "Line {n}: a name has letters, digits and underscores and does not start with a digit.",
                    "第 {n} 行：名称只能包含字母、数字和下划线，且不能以数字开头。"
                ),
            );
        }
        if seen.iter().any(|(k, _)| k == name) {
            return fail(field, text!("Line {n}: {name} stands twice.", "第 {n} 行：{name} 重复。"));
        }
        if value.is_some_and(|v| v.len() > MAX_VALUE) {
            return fail(
                field,
                text!("Line {n}: the value of {name} is longer than 32 KiB.", "第 {n} 行：{name} 的值超过 32 KiB。"),
            );
        }
        if seen.len() == MAX_VARIABLES {
            return fail(field, text!("More than {MAX_VARIABLES} lines.", "超过 {MAX_VARIABLES} 行。"));
        }
        seen.push((name.to_owned(), value.map(str::to_owned)));
    }
    Ok(seen)
}

pub(super) fn variables(field: &str, text: &str) -> Result<BTreeMap<String, String>, FieldError> {
    named_lines(field, text)?
        .into_iter()
        .map(|(name, value)| match value {
            Some(value) => Ok((name, value)),
            None => fail(field, text!("{name} has no value: write {name}=value.", "{name} 没有值：请写成 {name}=值。")),
        })
        .collect()
}

/// Lines of secrets: `NAME=value`, `NAME` for the value before, or `NAME from SECRET` for one of the namespace.
pub(super) fn secret_lines(field: &str, text: &str) -> Result<Vec<SecretInput>, FieldError> {
    let mut sources = BTreeMap::new();
    let mut plain = String::with_capacity(text.len());
    for line in text.lines() {
        if let Some((name, secret)) = shared_secret(line) {
            sources.insert(name.to_owned(), ResourceName::parse(field, secret)?);
            plain.push_str(name);
        } else {
            plain.push_str(line);
        }
        plain.push('\n');
    }
    let inputs = named_lines(field, &plain)?.into_iter().map(|(name, value)| {
        let from = if value.is_none() { sources.remove(&name) } else { None };
        SecretInput { name, value, from }
    });
    Ok(inputs.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_a_value_or_comes_from_the_namespace_or_stays() {
        let text = "TOKEN=a from b\nKEPT\n# PASSWORD from nobody\nPASSWORD  from  db-password\r\n";
        let read: Vec<_> = secret_lines("secrets", text)
            .expect("lines")
            .into_iter()
            .map(|input| (input.name, input.value, input.from.map(|from| from.to_string())))
            .collect();
        assert_eq!(
            read,
            [
                ("TOKEN".into(), Some("a from b".into()), None),
                ("KEPT".into(), None, None),
                ("PASSWORD".into(), None, Some("db-password".into())),
            ]
        );
        for wrong in ["A from Not_A_Name", "A from", "A into b", "A from b c", "A from b\nA"] {
            assert!(secret_lines("secrets", wrong).is_err(), "{wrong}");
        }
    }
}
