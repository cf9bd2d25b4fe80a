//! Templates' parameters, put into their places.

use super::{
    super::{ConfigFile, Exposure, Source},
    *,
};

const MADE_UP_HERE: &str = "made up, of thirty-two characters";

const PARAMETERS: &str = "
- { name: database, title: Database, path: 'containers[0].env.DATABASE', min: 1, max: 10 }
- { name: size, title: Disk, kind: bytes, path: 'volumes[0].claim.size', min: 1Gi, max: 10Gi }
- { name: replicas, title: Pods, kind: number, path: replicas, min: 1, max: 3 }
- { name: tier, title: Tier, kind: choice, path: 'containers[0].env.TIER', choices: [small, large] }
- { name: password, title: Password, kind: secret, path: secrets.PASSWORD, min: 8 }
- { name: command, title: Command, kind: command, path: 'containers[0].command' }
- { name: reach, title: Reached from, kind: choice, path: exposure, choices: [cluster, node_port] }
";

fn template() -> (SpecForm, Vec<Parameter>) {
    let document = "
kind: stateful
containers:
  - image: db:1
    ports: [{ port: 5432 }]
    env: { DATABASE: app, TIER: small }
    secrets: [PASSWORD]
    mounts: [{ volume: data, path: /data }]
volumes: [{ name: data, claim: { size: 1Gi } }]
";
    let form = SpecForm {
        source: Source::Document,
        document: document.into(),
        secrets: "PASSWORD".into(),
        ..SpecForm::default()
    };
    let (spec, _) = form.parse_template().expect("a template");
    (SpecForm::of_spec(&spec), read_parameters(PARAMETERS).expect("parameters"))
}

fn filled(values: &[(&str, &str)]) -> Result<(AppSpec, Vec<SecretInput>), crate::UiError> {
    let (form, parameters) = template();
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let template = form.parse_template().expect("a template").0;
    fill(&form, &template, &parameters, &values, || MADE_UP_HERE.to_owned())
}

#[test]
fn answers_go_where_the_template_says_and_the_rest_stays() {
    let (form, parameters) = template();
    let mut checks = Checks::default();
    let spec = form.parse_template().expect("a template").0;
    check_parameters(&parameters, &spec, &mut checks);
    assert!(checks.finish(Some(())).is_ok());
    let known = defaults(&parameters, &spec);
    assert_eq!((known["database"].as_str(), known["replicas"].as_str(), known["size"].as_str()), ("app", "1", "1Gi"));
    assert_eq!((known["command"].as_str(), known.contains_key("password")), ("", false));

    let (spec, secrets) = filled(&[
        ("database", "shop"),
        ("size", "4Gi"),
        ("replicas", "2"),
        ("tier", "large"),
        ("password", "a long one"),
        ("command", "serve --name 'a b'"),
        ("reach", "node_port"),
    ])
    .expect("filled");
    let main = &spec.containers[0];
    assert_eq!((main.env["DATABASE"].as_str(), main.env["TIER"].as_str()), ("shop", "large"));
    assert_eq!((spec.replicas, spec.claims().next().map(|(_, claim)| claim.size)), (2, Some(Bytes(4 << 30))));
    assert_eq!((main.command.len(), spec.exposure), (3, Exposure::NodePort));
    assert_eq!(secrets, [SecretInput { name: "PASSWORD".into(), value: Some("a long one".into()), from: None }]);

    let (spec, secrets) = filled(&[("database", "  ")]).expect("defaults");
    assert_eq!((spec.containers[0].env["DATABASE"].as_str(), spec.replicas), ("app", 1));
    assert_eq!(secrets[0].value.as_deref(), Some(MADE_UP_HERE));
}

#[test]
fn wrong_answers_are_told_beside_the_question() {
    let wrong = |values: &[(&str, &str)]| {
        let error = filled(values).expect_err("wrong");
        error.fields.iter().map(|field| field.field.clone()).collect::<Vec<_>>()
    };
    assert_eq!(wrong(&[("database", "much too long a name")]), ["values[database]"]);
    assert_eq!(wrong(&[("database", "two\nlines")]), ["values[database]"]);
    assert_eq!(wrong(&[("size", "lots")]), ["values[size]"]);
    assert_eq!(wrong(&[("size", "11Gi")]), ["values[size]"]);
    assert_eq!(wrong(&[("replicas", "0")]), ["values[replicas]"]);
    assert_eq!(wrong(&[("replicas", "two")]), ["values[replicas]"]);
    assert_eq!(wrong(&[("tier", "huge")]), ["values[tier]"]);
    assert_eq!(wrong(&[("password", "short")]), ["values[password]"]);
    assert_eq!(wrong(&[("command", "sh -c 'open")]), ["values[command]"]);
    assert_eq!(wrong(&[("colour", "red")]), ["values[colour]"]);
    assert_eq!(wrong(&[("size", "?"), ("tier", "?")]), ["values[size]", "values[tier]"]);
}

#[test]
fn what_the_specification_itself_forbids_is_told_beside_the_question_too() {
    let (form, mut parameters) = template();
    parameters.retain(|p| p.name == "replicas");
    parameters[0].max = None;
    let values = BTreeMap::from([("replicas".to_owned(), "100000".to_owned())]);
    let template = form.parse_template().expect("a template").0;
    let error = fill(&form, &template, &parameters, &values, String::new).expect_err("too many");
    assert!(error.fields.iter().any(|f| f.field == "values[replicas]"), "{error:?}");
}

#[test]
fn a_parameter_has_a_place_and_a_default_that_it_allows() {
    let (form, _) = template();
    let spec = form.parse_template().expect("a template").0;
    let told = |text: &str| -> String {
        let parameters = match read_parameters(text) {
            Ok(parameters) => parameters,
            Err(error) => return error.message.en,
        };
        let mut checks = Checks::default();
        check_parameters(&parameters, &spec, &mut checks);
        checks.into_errors().into_iter().map(|error| error.message.en).collect::<Vec<_>>().join("\n")
    };
    for (text, said) in [
        ("- { name: a, title: A, path: 'containers[7].image' }", "has no containers[7].image"),
        ("- { name: a, title: A, path: '../secret' }", "has no ../secret"),
        ("- { name: a, title: A, path: 'containers[0' }", "has no containers[0"),
        ("- { name: a, title: A, path: 'containers[0]x' }", "has no"),
        ("- { name: a, title: A, path: replicas, kind: number, min: 2 }", "will not do"),
        ("- { name: a, title: A, path: image, colour: red }", "colour"),
        ("- { name: 1a, title: A, path: replicas }", "is no name"),
        ("- { name: a, title: \"\", path: replicas, kind: number }", "a title is needed"),
        ("- { name: a, title: A, path: 'containers[0].env.TIER', kind: choice }", "1 to 50 choices"),
        ("- { name: a, title: A, path: replicas, kind: number, choices: [x] }", "1 to 50 choices"),
        ("- { name: a, title: A, path: secrets.OTHER, kind: secret }", "no container takes a secret OTHER"),
        ("- { name: a, title: A, path: secrets.PASSWORD }", "not of the kind secret"),
        ("- { name: a, title: A, path: replicas, kind: secret }", "secrets.NAME"),
        ("- { name: a, title: A, path: replicas, kind: number, max: lots }", "no limit of its kind"),
        (
            "- { name: a, title: A, path: replicas, kind: number }\n- { name: b, title: B, path: replicas, kind: number }",
            "stands twice",
        ),
        ("- { name: a, title: A, path: replicas, kind: choice, choices: [one, two] }", "will not do"),
        ("- { name: a, title: A, path: 'containers[0].imagee' }", "takes no value of that kind"),
        ("- { name: a, title: A, path: 'containers[0].tty', kind: number }", "takes no value of that kind"),
        ("- { name: a, title: A, path: replicas, kind: number, min: 3, max: 2 }", "least is more than its most"),
        ("- { name: a, title: A, path: secrets.PASSWORD, kind: secret, min: 40 }", "32 characters have to be allowed"),
        ("name: a", "sequence"),
    ] {
        let words = told(text);
        assert!(words.contains(said), "{text}: {words}");
    }
    let many: String = (0..30).map(|n| format!("- {{ name: a{n}, title: A, path: p{n} }}\n")).collect();
    assert!(told(&many).contains("At most 20 parameters"));
    // What is wrong and long is not repeated whole.
    let long = "x".repeat(60_000);
    for text in [
        format!("- {{ name: {long}, title: A, path: replicas }}"),
        format!("- {{ name: a, title: A, path: replicas, kind: number, max: {long} }}"),
        format!("- {{ name: a, title: A, path: replicas, kind: number, max: '{}9' }}", "0".repeat(60_000)),
        format!("- {{ name: a, title: A, path: replicas, kind: {long} }}"),
        format!("- {{ name: a, title: A, path: replicas, {long}: 1 }}"),
    ] {
        assert!((1..2000).contains(&told(&text).len()), "{:.100}", told(&text));
    }
}

#[test]
fn an_answer_does_not_go_to_what_has_taken_the_place_of_another() {
    let (form, _) = template();
    let spec = form.parse_template().expect("a template").0;
    let parameters =
        read_parameters("- { name: page, title: Page, kind: lines, path: 'containers[0].files[0].content' }")
            .expect("YAML");
    let file = |path: &str| ConfigFile { path: path.into(), content: "a".into() };
    let mut with_files = spec.clone();
    with_files.containers[0].files = vec![file("/etc/a/one"), file("/etc/b/two")];
    let mut edited = with_files.clone();
    edited.containers[0].files.remove(0);
    let values = BTreeMap::from([("page".to_owned(), "  indented\nlast\n".to_owned())]);
    let made_up = || MADE_UP_HERE.to_owned();
    let of = |spec: &AppSpec| {
        fill(
            &SpecForm { secrets: "PASSWORD=x".into(), ..SpecForm::of_spec(spec) },
            &with_files,
            &parameters,
            &values,
            made_up,
        )
    };
    let filled = of(&with_files).expect("filled").0;
    assert_eq!(filled.containers[0].files[0].content, "  indented\nlast\n", "as it was typed");
    assert_eq!(of(&edited).expect_err("another file").fields[0].field, "values[page]");
}

#[test]
fn a_number_goes_where_text_is_wanted() {
    let (form, _) = template();
    let spec = form.parse_template().expect("a template").0;
    let parameters =
        read_parameters("- { name: port, title: Port, kind: number, path: 'containers[0].env.TIER' }").expect("YAML");
    let form = SpecForm { secrets: "PASSWORD=x".into(), ..form };
    let values = BTreeMap::from([("port".to_owned(), "8080".to_owned())]);
    let filled = fill(&form, &spec, &parameters, &values, String::new).expect("filled").0;
    assert_eq!(filled.containers[0].env["TIER"], "8080");
}
