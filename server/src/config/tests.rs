//! How settings are read.

use super::*;

fn read(arguments: &[&str]) -> Result<Config, String> {
    let all: Vec<OsString> = std::iter::once("longshore").chain(arguments.iter().copied()).map(Into::into).collect();
    Config::read(all).map_err(|e| e.to_string())
}

fn file(content: &str) -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("longshore.toml");
    std::fs::write(&path, content).expect("written");
    let path = path.display().to_string();
    (dir, path)
}

#[test]
fn the_command_is_well_formed() {
    Config::command().debug_assert();
    settings().debug_assert();
}

#[test]
fn a_file_gives_defaults_and_flags_win() {
    let (_dir, path) =
        file("listen = \"0.0.0.0:9000\"\nsession-hours = 24\ninsecure-registry = [\"a:5000\", \"b.test\"]\n");
    let config = read(&["--config", &path, "--session-hours", "48"]).expect("valid");
    assert_eq!(config.listen.port(), 9000);
    assert_eq!(config.limits.session_hours, 48);
    assert_eq!(config.insecure_registry, ["a:5000", "b.test"]);
}

#[test]
fn a_trusted_proxy_is_an_address_or_a_network() {
    let config = read(&["--trusted-proxy", "10.0.0.1,fd00::/8"]).expect("valid");
    assert_eq!(config.trusted_proxy.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.1/32", "fd00::/8"]);
    let refused = read(&["--trusted-proxy", "nginx"]).expect_err("no address");
    assert!(refused.contains("write an address or a network"), "{refused}");
}

#[test]
fn a_domain_that_would_match_nothing_or_everything_is_refused() {
    let config = read(&["--app-domain", "Apps.Example.org., shop.test", "--app-domain", "lan"]).expect("valid");
    assert_eq!(config.app_domain, ["apps.example.org", "shop.test", "lan"]);
    assert!(read(&[]).expect("valid").app_domain.is_empty());
    let long = ["abcdefghi"; 26].join(".");
    for wrong in [
        "",
        ".",
        " ",
        "a.test,",
        "https://x",
        "x.test/apps",
        "x.test:80",
        "*.x.test",
        "x..test",
        "x-.test",
        "10.0.0.1",
        long.as_str(),
    ] {
        let error = read(&["--app-domain", wrong]).expect_err(wrong);
        assert!(error.contains("--app-domain") && error.contains("apps.example.org"), "{wrong}: {error}");
        let named = wrong.rsplit(',').next().unwrap_or_default();
        assert!(named.is_empty() || error.contains(named), "{wrong}: {error}");
    }
    let (_dir, path) = file("app-domain = \".\"\n");
    let error = read(&["--config", &path]).expect_err("refused");
    assert!(error.contains("app-domain") && error.contains("'.'"), "{error}");
}

#[test]
fn a_registry_that_would_match_nothing_is_refused() {
    let config = read(&["--insecure-registry", "Registry.Test, 10.0.0.1:5000,localhost,lab:5000"]).expect("valid");
    assert_eq!(config.insecure_registry, ["registry.test", "10.0.0.1:5000", "localhost", "lab:5000"]);
    for wrong in
        ["", "http://registry.test", "registry.test/team", "lab", "lab:", "lab:0", "lab:99999", "a b:80", ":80"]
    {
        let error = read(&["--insecure-registry", wrong]).expect_err(wrong);
        assert!(
            error.contains("--insecure-registry") && error.contains("registry.example.org:5000"),
            "{wrong}: {error}"
        );
        assert!(error.contains(wrong), "{wrong}: {error}");
    }
}

/// A value of a setting that has no default.
fn sample(name: &str) -> &'static str {
    match name {
        "app-domain" => "apps.test",
        "database-url" => "sqlite:///longshore.db",
        "encryption-key-file" => "/keys/longshore",
        "insecure-registry" => "registry.test:5000",
        "metrics-listen" => "127.0.0.1:9000",
        "public-url" => "https://cloud.test",
        "redis-url" => "redis://127.0.0.1/",
        "trusted-proxy" => "10.0.0.0/8",
        other => panic!("{other} is new: give this test a value for it"),
    }
}

#[test]
fn every_setting_is_explained_and_is_a_flag_a_variable_and_a_line_of_the_file() {
    let all = settings();
    assert!(all.get_arguments().count() > 15, "the settings are found");
    for setting in all.get_arguments() {
        let name = setting.get_long().expect("a flag");
        let about = setting.get_help().map(ToString::to_string).unwrap_or_default();
        assert!(about.len() > 10, "--{name} is not explained: {about:?}");
        let variable = format!("LONGSHORE_{}", name.replace('-', "_").to_ascii_uppercase());
        assert_eq!(setting.get_env().and_then(|v| v.to_str()), Some(&*variable), "--{name}");
        if name == "config" {
            continue;
        }
        let default = setting.get_default_values().first().map(|value| value.to_string_lossy().into_owned());
        let value = default.unwrap_or_else(|| sample(name).to_owned());
        let (_dir, path) = file(&format!("{name} = \"{value}\"\n"));
        let command = with_file(settings(), Path::new(&path)).expect("a line of the file");
        let read = command.try_get_matches_from(["longshore"]).expect("a value that is allowed");
        let id = setting.get_id().as_str();
        let got: Vec<_> = read.get_raw(id).expect("a value").map(|v| v.to_string_lossy().into_owned()).collect();
        assert_eq!(got, [value], "{name} in the file");
    }
}

#[test]
fn the_database_is_a_file_unless_told_and_its_password_is_never_shown() {
    let config = read(&["--data-dir", "/data"]).expect("valid");
    assert_eq!(config.database_url().to_string(), "sqlite:///data/longshore.db");
    let config = read(&["--database-url", "postgres://ls:s3cret@db.test/longshore"]).expect("valid");
    assert_eq!(config.database_url().to_string(), "postgres://ls:***@db.test/longshore");
    assert!(!format!("{config:?}").contains("s3cret"));
    let (_dir, path) = file("database-url = \"mysql://ls:s3cret@db.test/longshore\"\n");
    let config = read(&["--config", &path]).expect("valid");
    assert_eq!(config.database_url().to_string(), "mysql://ls:***@db.test/longshore");
    let help = read(&["--config", &path, "--help"]).expect_err("help is no configuration");
    assert!(help.contains("LONGSHORE_DATABASE_URL") && !help.contains("s3cret"), "{help}");
    let error = read(&["--database-url", "postgres://ls:s3cret@db.test"]).expect_err("refused");
    assert!(error.contains("--database-url") && error.contains("ls:***@db.test"), "{error}");
    assert!(error.contains("sqlite:///") && !error.contains("s3cret"), "{error}");
}

#[test]
fn the_password_of_redis_is_shown_nowhere() {
    let secret = "redis://:hidden@127.0.0.1/";
    let config = read(&["--redis-url", secret]).expect("valid");
    assert_eq!(config.redis_url.as_ref().map(RedisUrl::reveal), Some(secret));
    assert!(!format!("{config:?}").contains("hidden"));
    let (_dir, path) = file(&format!("redis-url = \"{secret}\"\n"));
    let help = read(&["--config", &path, "--help"]).expect_err("the help");
    assert!(help.contains("--redis-url") && !help.contains("hidden"), "{help}");
}

#[test]
fn settings_stand_before_and_behind_a_subcommand() {
    let (_dir, path) = file("data-dir = \"from-the-file\"\n");
    for (arguments, folder) in [
        (&["--data-dir", "here", "audit", "verify"][..], "here"),
        (&["audit", "verify", "--data-dir", "here"], "here"),
        (&["audit", "--data-dir", "here", "export", "--format", "json", "--since", "7d"], "here"),
        (&["audit", "verify", "--config", &path], "from-the-file"),
    ] {
        let config = read(arguments).expect("valid");
        assert_eq!(config.data_dir, PathBuf::from(folder), "{arguments:?}");
        assert!(config.command.is_some(), "{arguments:?}");
    }
    assert!(read(&[]).expect("valid").command.is_none(), "without one, it serves");
    assert!(read(&["audit"]).is_err() && read(&["audit", "export", "--format", "xml"]).is_err());
}

#[test]
fn a_wrong_value_is_named_with_what_is_allowed() {
    let error = read(&["--listen", "here"]).expect_err("refused");
    assert!(error.contains("'here'") && error.contains("--listen") && error.contains("127.0.0.1:8080"), "{error}");
    let (_dir, path) = file("session-hours = 0\n");
    let error = read(&["--config", &path]).expect_err("refused");
    assert!(error.contains("session-hours") && error.contains('0') && error.contains("8760"), "{error}");
    let (_dir, path) = file("sesion-hours = 1\n");
    let error = read(&["--config", &path]).expect_err("refused");
    assert!(error.contains("no setting “sesion-hours”") && error.contains("session-hours"), "{error}");
    assert!(read(&["--public-url", "ftp://x"]).is_err());
    assert!(read(&["--config", "/nowhere/at.all"]).expect_err("refused").contains("cannot be read"));
}

#[test]
fn people_use_the_public_address_or_that_of_their_own_machine() {
    let address = |arguments: &[&str]| read(arguments).expect("valid").address_for_people();
    assert_eq!(address(&[]).as_deref(), Some("http://127.0.0.1:8080"));
    assert_eq!(address(&["--listen", "0.0.0.0:80"]), None);
    let public = ["--listen", "0.0.0.0:80", "--public-url", "https://cloud.example.org/"];
    assert_eq!(address(&public).as_deref(), Some("https://cloud.example.org"));
}
