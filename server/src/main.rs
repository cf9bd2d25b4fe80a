//! The `longshore` command: arguments, log, TLS provider, run; or one of its subcommands.

use std::{io::Write, process::ExitCode};

use server::{
    boot, commands,
    config::{Config, LogFormat},
};
use tracing_subscriber::EnvFilter;

/// Pages are rendered from many small strings on all cores at once, which is what this allocator is made for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let config = match Config::read(std::env::args_os().collect::<Vec<_>>()) {
        Ok(config) => config,
        Err(error) => error.exit(),
    };
    start_log(&config);
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        tracing::warn!("another TLS provider was installed first");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    if let Some(command) = &config.command {
        let mut out = std::io::BufWriter::new(std::io::stdout());
        let done = runtime.block_on(commands::run(&config, command, &mut out));
        return match done.and_then(|well| out.flush().map(|()| well).map_err(Into::into)) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                fail(&error);
                ExitCode::from(2)
            }
        };
    }
    match runtime.block_on(boot::run(config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Says on the terminal what went wrong, with its causes.
fn fail(error: &dyn std::error::Error) -> ExitCode {
    let mut line = format!("longshore: {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        line.push_str(": ");
        line.push_str(&inner.to_string());
        cause = inner.source();
    }
    eprintln!("{line}");
    ExitCode::FAILURE
}

fn start_log(config: &Config) {
    // A cookie that is none of ours is not worth a line for whoever sends it; a setting that names the crate has its way.
    let quieter = format!("tower_sessions=error,{}", config.log);
    let filter = EnvFilter::try_new(quieter).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}
