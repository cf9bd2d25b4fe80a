//! A template's parameters put into its specification.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    AppSpec, Bound, MAX_PARAMETERS, Parameter, ParameterKind, SecretInput, SpecForm,
    check::is_label,
    lines::{MAX_VALUE, brief, variable_name},
};
use crate::{
    FieldError, UiError,
    i18n::Text,
    model::{Bytes, Checks, CpuMillis},
    text,
};

/// Before the name of a secret in a parameter's path.
const SECRETS: &str = "secrets.";
/// The most characters of a title, a hint, a choice or a path.
const MAX_WORDS: usize = 200;
/// The most bytes of a template's parameters, also with what aliases stand for.
const MAX_TEXT: usize = 64 * 1024;
/// The most characters of a parameter's name, and of a limit.
const MAX_NAME: usize = 40;
/// How long a value of a secret is that is made up, in characters.
const MADE_UP: u64 = 32;

/// Reads the parameters of a template, as YAML or JSON: a list.
///
/// # Errors
/// Fails naming `parameters`, with the line.
pub fn read_parameters(text: &str) -> Result<Vec<Parameter>, FieldError> {
    let wrong = |message: Text| FieldError { field: "parameters".to_owned(), message };
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    if text.len() > MAX_TEXT {
        return Err(wrong(text!("The parameters are larger than 64 KiB.", "参数超过 64 KiB。")));
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_nodes: 2000, max_total_scalar_bytes: MAX_TEXT },
    };
    let read: Result<Vec<Parameter>, _> = serde_saphyr::from_str_with_options(text, options);
    read.map_err(|error| wrong(Text::same(brief(&error.to_string(), 600))))
}

/// Tells `checks` what is wrong with a template's parameters: each has a place in the specification, and what stands there is
/// a value that it allows.
pub fn check_parameters(parameters: &[Parameter], spec: &AppSpec, checks: &mut Checks) {
    let mut fail = |message: Text| checks.fail("parameters", message);
    if parameters.len() > MAX_PARAMETERS {
        return fail(text!("At most {MAX_PARAMETERS} parameters.", "最多 {MAX_PARAMETERS} 个参数。"));
    }
    let whole = json!(spec);
    for (n, parameter) in parameters.iter().enumerate() {
        let Parameter { name, title, hint, path, kind, .. } = parameter;
        if !(variable_name(name) && name.len() <= MAX_NAME) {
            let name = brief(name, MAX_NAME);
            fail(text!(
                "“{name}” is no name: a letter, then letters, digits and underscores.",
                "“{name}”不是有效名称：以字母开头，只含字母、数字和下划线。"
            ));
            continue;
        }
        if parameters.iter().take(n).any(|other| other.name == *name || other.path == *path) {
            fail(text!("{name}: its name or its path stands twice.", "{name}：名称或路径重复。"));
        }
        let long = |text: &str| text.chars().count() > MAX_WORDS;
        if title.trim().is_empty() || [title, hint, path].into_iter().chain(&parameter.choices).any(|text| long(text)) {
            fail(text!(
                "{name}: a title is needed; and no text of it has more than {MAX_WORDS} characters.",
                "{name}：需要标题；各项文字最多 {MAX_WORDS} 个字符。"
            ));
            continue;
        }
        if (*kind == ParameterKind::Choice) == parameter.choices.is_empty() || parameter.choices.len() > 50 {
            fail(text!(
                "{name}: a choice has 1 to 50 choices, and nothing else has any.",
                "{name}：仅 choice 类型需要 choices，1 到 50 个。"
            ));
        }
        if let Err(why) = parameter.limits() {
            fail(why);
            continue;
        }
        match path.strip_prefix(SECRETS) {
            Some(secret) if (*kind == ParameterKind::Secret) && spec.secrets().contains(secret) => continue,
            Some(secret) => {
                fail(text!(
                    "{name}: no container takes a secret {secret}, or it is not of the kind secret.",
                    "{name}：没有容器使用密钥 {secret}，或类型不是 secret。"
                ));
                continue;
            }
            None if *kind == ParameterKind::Secret => {
                fail(text!("{name}: the path of a secret is secrets.NAME.", "{name}：密钥的路径为 secrets.名称。"));
                continue;
            }
            None => {}
        }
        match place(&whole, path) {
            None => fail(text!("{name}: the specification has no {path}.", "{name}：规格中没有 {path}。")),
            Some(there) => {
                let read = plain(there).map_or_else(|| Ok(parameter.example()), |default| parameter.read(&default));
                match read {
                    Err(Text { en, zh }) => fail(text!(
                        "{name}: what stands at {path} will not do. {en}",
                        "{name}：{path} 的默认值不符合要求。{zh}"
                    )),
                    Ok(value) if put(&whole, path, value.clone()).is_none() => {
                        fail(text!("{name}: {path} takes no value of that kind.", "{name}：{path} 不接受该类型的值。"));
                    }
                    Ok(_) => {}
                }
            }
        }
    }
}

/// What stands at the parameters' places, by their names; secrets have nothing.
pub fn defaults(parameters: &[Parameter], spec: &AppSpec) -> BTreeMap<String, String> {
    let whole = json!(spec);
    let open = |parameter: &&Parameter| parameter.kind != ParameterKind::Secret;
    let of = |parameter: &Parameter| {
        let there = place(&whole, &parameter.path).and_then(plain);
        (parameter.name.clone(), there.unwrap_or_default())
    };
    parameters.iter().filter(open).map(of).collect()
}

/// The specification of a form with the parameters of a `template` in their places. What is not given is as the form says; a
/// secret that is not given gets a value of `made_up`, of 32 characters.
///
/// # Errors
/// Fails naming the form's fields, and `values[NAME]` for a parameter.
pub fn fill(
    form: &SpecForm,
    template: &AppSpec,
    parameters: &[Parameter],
    values: &BTreeMap<String, String>,
    made_up: impl Fn() -> String,
) -> Result<(AppSpec, Vec<SecretInput>), UiError> {
    let (spec, mut secrets) = form.checked(true, false)?;
    let (mut whole, template) = (json!(spec), json!(template));
    let mut checks = Checks::default();
    let field = |name: &str| format!("values[{name}]");
    for name in values.keys().filter(|name| parameters.iter().all(|p| p.name != **name)).take(MAX_PARAMETERS) {
        checks.fail(&field(name), text!("The template asks for nothing of that name.", "模板没有此参数。"));
    }
    for parameter in parameters {
        let given = parameter.tidied(values.get(&parameter.name).map_or("", String::as_str));
        if let Some(name) = parameter.path.strip_prefix(SECRETS) {
            let has_value = secrets.iter().any(|secret| secret.name == name && !secret.keeps());
            if given.is_empty() && (has_value || !spec.secrets().contains(name)) {
                continue;
            }
            let value = if given.is_empty() { made_up() } else { given.to_owned() };
            if let Err(why) = parameter.read(&value) {
                checks.fail(&field(&parameter.name), why);
            }
            secrets.retain(|secret| secret.name != name);
            secrets.push(SecretInput { name: name.to_owned(), value: Some(value), from: None });
            continue;
        }
        if given.is_empty() {
            continue;
        }
        let filled = parameter.read(given).and_then(|value| {
            let gone = || text!("What it is about is not in the form any more.", "表单中已没有对应的内容。");
            is_about_the_same(&template, &whole, &parameter.path)
                .then(|| put(&whole, &parameter.path, value))
                .flatten()
                .ok_or_else(gone)
        });
        match filled {
            Ok(filled) => whole = filled,
            Err(why) => checks.fail(&field(&parameter.name), why),
        }
    }
    let spec = serde_json::from_value::<AppSpec>(whole).ok();
    if let Some(spec) = &spec {
        let mut found = Checks::default();
        spec.check(&mut found, false);
        super::parse::meet(spec, &secrets, &mut found);
        for error in found.into_errors() {
            let of_parameter = parameters.iter().find(|p| error.field == p.path);
            let FieldError { field: named, message } = match of_parameter {
                Some(parameter) => FieldError { field: field(&parameter.name), message: error.message },
                None => form.told(error),
            };
            checks.fail(&named, message);
        }
    }
    checks.finish(spec.map(|spec| (spec, secrets)))
}

impl Parameter {
    /// An answer without what surrounds it. What may have blanks at its ends keeps them.
    fn tidied<'a>(&self, given: &'a str) -> &'a str {
        let whole = matches!(self.kind, ParameterKind::Lines | ParameterKind::Secret);
        if whole && !given.trim().is_empty() { given } else { given.trim() }
    }

    /// A value of its kind, for a place where nothing stands yet.
    fn example(&self) -> Value {
        match self.kind {
            ParameterKind::Text | ParameterKind::Lines | ParameterKind::Secret => json!("x"),
            ParameterKind::Number => json!(1),
            ParameterKind::Cpu => json!("100m"),
            ParameterKind::Bytes => json!("1Gi"),
            ParameterKind::Command => json!(["x"]),
            ParameterKind::Choice => json!(self.choices.first()),
        }
    }

    /// Reads a value; fails with what is wrong with it.
    fn read(&self, given: &str) -> Result<Value, Text> {
        let (least, most) = self.limits()?;
        let within = |amount: u64| least.is_none_or(|least| amount >= least) && most.is_none_or(|most| amount <= most);
        let (measure, value) = match self.kind {
            ParameterKind::Text if given.contains(['\n', '\r']) => {
                return Err(text!("One line alone.", "只能填写一行。"));
            }
            ParameterKind::Text | ParameterKind::Lines | ParameterKind::Secret => {
                if given.len() > MAX_VALUE {
                    return Err(text!("It is longer than 32 KiB.", "超过 32 KiB。"));
                }
                let kept = given.replace("\r\n", "\n");
                (Some(kept.chars().count() as u64), json!(kept))
            }
            ParameterKind::Number => {
                let number = given.parse::<u32>().map_err(|_| text!("Write a whole number.", "请填写整数。"))?;
                (Some(number.into()), json!(number))
            }
            ParameterKind::Cpu | ParameterKind::Bytes => (self.amount(given), json!(given)),
            ParameterKind::Command => {
                let words = shlex::split(given)
                    .ok_or_else(|| text!("A quotation mark is open to the end.", "引号没有闭合。"))?;
                (Some(words.len() as u64), json!(words))
            }
            ParameterKind::Choice if self.choices.iter().any(|choice| choice == given) => return Ok(json!(given)),
            ParameterKind::Choice => return Err(text!("Choose one of the list.", "请从列表中选择。")),
        };
        let Some(measure) = measure else {
            return Err(match self.kind {
                ParameterKind::Cpu => text!("Write an amount of CPU, such as 250m.", "请填写 CPU 数量，如 250m。"),
                _ => text!("Write an amount of bytes, such as 1Gi.", "请填写字节数量，如 1Gi。"),
            });
        };
        if within(measure) {
            return Ok(value);
        }
        let shown = |limit: &Option<Bound>| limit.as_ref().map_or_else(|| "…".to_owned(), ToString::to_string);
        let (min, max) = (shown(&self.min), shown(&self.max));
        Err(match self.kind {
            ParameterKind::Text | ParameterKind::Lines | ParameterKind::Secret => {
                text!("From {min} to {max} characters.", "长度为 {min} 到 {max} 个字符。")
            }
            _ => text!("From {min} to {max}.", "范围为 {min} 到 {max}。"),
        })
    }

    fn amount(&self, given: &str) -> Option<u64> {
        match self.kind {
            ParameterKind::Cpu => CpuMillis::parse(given).map(|cpu| cpu.0),
            ParameterKind::Bytes => Bytes::parse(given).map(|bytes| bytes.0),
            _ => given.parse().ok(),
        }
    }

    /// Its limits, as numbers.
    fn limits(&self) -> Result<(Option<u64>, Option<u64>), Text> {
        let name = &self.name;
        let limit = |limit: &Option<Bound>| match limit.as_ref().map(ToString::to_string) {
            None => Ok(None),
            Some(limit) => self.amount(&limit).filter(|_| limit.len() <= MAX_NAME).map(Some).ok_or_else(|| {
                let limit = brief(&limit, MAX_NAME);
                text!("{name}: “{limit}” is no limit of its kind.", "{name}：“{limit}”不是该类型的有效界限。")
            }),
        };
        let (min, max) = (limit(&self.min)?, limit(&self.max)?);
        if min.zip(max).is_some_and(|(min, max)| min > max) {
            return Err(text!("{name}: its least is more than its most.", "{name}：最小值大于最大值。"));
        }
        let made_up = min.is_none_or(|min| min <= MADE_UP) && max.is_none_or(|max| max >= MADE_UP);
        if self.kind == ParameterKind::Secret && !made_up {
            return Err(text!(
                "{name}: {MADE_UP} characters have to be allowed, for so long is a value that is made up.",
                "{name}：须允许 {MADE_UP} 个字符，自动生成的值为此长度。"
            ));
        }
        Ok((min, max))
    }
}

/// The steps of a path: names, and numbers of lists.
fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (name, mut rest) = part.split_once('[').map_or((part, ""), |(name, rest)| (name, rest));
        let named = is_label(&name.replace('_', "-").to_ascii_lowercase()) || variable_name(name);
        if !named || steps.len() > 12 {
            return None;
        }
        steps.push(Step::Name(name));
        while !rest.is_empty() {
            let (number, after) = rest.split_once(']')?;
            steps.push(Step::Number(number.parse().ok()?));
            rest = match after {
                "" => "",
                more => more.strip_prefix('[')?,
            };
        }
    }
    Some(steps)
}

enum Step<'a> {
    Name(&'a str),
    Number(usize),
}

/// What stands at a path; null where there is nothing yet of what could be there.
fn place<'a>(whole: &'a Value, path: &str) -> Option<&'a Value> {
    let steps = steps(path)?;
    let (last, before) = steps.split_last()?;
    let mut there = whole;
    for step in before {
        there = match step {
            Step::Name(name) => there.get(name)?,
            Step::Number(number) => there.get(number)?,
        };
    }
    match last {
        Step::Name(name) => Some(there.as_object()?.get(*name).unwrap_or(&Value::Null)),
        Step::Number(number) => there.get(number),
    }
}

fn place_mut<'a>(whole: &'a mut Value, steps: &[Step<'_>]) -> Option<&'a mut Value> {
    let (last, before) = steps.split_last()?;
    let mut there = whole;
    for step in before {
        there = match step {
            Step::Name(name) => there.get_mut(name)?,
            Step::Number(number) => there.get_mut(number)?,
        };
    }
    match last {
        Step::Name(name) => Some(there.as_object_mut()?.entry(*name).or_insert(Value::Null)),
        Step::Number(number) => there.get_mut(number),
    }
}

/// A specification with a value at a path; `None` when there it cannot be. A number goes where text is wanted, too.
fn put(whole: &Value, path: &str, value: Value) -> Option<Value> {
    let steps = steps(path)?;
    let with = |value: Value| {
        let mut whole = whole.clone();
        *place_mut(&mut whole, &steps)? = value;
        AppSpec::deserialize(&whole).is_ok().then_some(whole)
    };
    let text = value.is_number().then(|| Value::String(value.to_string()));
    with(value).or_else(|| with(text?))
}

/// Whether a path leads to the same thing in both: the parts of lists on its way are called the same.
fn is_about_the_same(template: &Value, whole: &Value, path: &str) -> bool {
    let key = |part: &Value| part.get("path").or_else(|| part.get("name")).cloned();
    let (mut one, mut other) = (template, whole);
    for step in steps(path).unwrap_or_default() {
        let next = match step {
            Step::Name(name) => (one.get(name), other.get(name)),
            Step::Number(number) => (one.get(number), other.get(number)),
        };
        let (Some(a), Some(b)) = next else { return true };
        if matches!(step, Step::Number(_)) && key(a) != key(b) {
            return false;
        }
        (one, other) = (a, b);
    }
    true
}

/// A plain value as text; nothing for what is none.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(words) => shlex::try_join(words.iter().filter_map(Value::as_str)).ok(),
        _ => None,
    }
}

#[cfg(test)]
#[path = "filling_tests.rs"]
mod tests;
