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
    let (_dir, path) = file("listen = \"0.0.0.0:9000\"\nsession-hours = 24\ninsecure-registry = [\"a:5000\", \"b\"]\n");
    let config = read(&["--config", &path, "--session-hours", "48"]).expect("valid");
    assert_eq!(config.listen.port(), 9000);
    assert_eq!(config.limits.session_hours, 48);
    assert_eq!(config.insecure_registry, ["a:5000", "b"]);
}

#[test]
fn a_trusted_proxy_is_an_address_or_a_network() {
    let config = read(&["--trusted-proxy", "10.0.0.1,fd00::/8"]).expect("valid");
    assert_eq!(config.trusted_proxy.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.1/32", "fd00::/8"]);
    let refused = read(&["--trusted-proxy", "nginx"]).expect_err("no address");
    assert!(refused.contains("write an address or a network"), "{refused}");
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
