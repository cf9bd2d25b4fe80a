//! What runs to its end.

use super::{super::*, fields, form, wrongs};

/// What runs by a schedule, as a form.
fn nightly() -> SpecForm {
    SpecForm {
        port: String::new(),
        runs: "schedule".into(),
        schedule: "0 3 * * mon-fri".into(),
        time_zone: "Europe/Berlin".into(),
        command: "backup --to '/var/lib/a b'".into(),
        ..form()
    }
}

#[test]
fn what_runs_to_its_end_comes_back_from_its_specification() {
    let (spec, _) = nightly().parse().expect("valid");
    assert_eq!((spec.kind, spec.containers[0].command.len()), (WorkloadKind::CronJob, 3));
    let said = SpecForm::from_spec(&spec);
    let same =
        |form: &SpecForm| (form.runs.clone(), form.schedule.clone(), form.time_zone.clone(), form.command.clone());
    assert_eq!(same(&said), same(&nightly()));
    let whole = document::read(&document::write(&spec)).expect("a document");
    assert_eq!(whole, spec);

    // What the fields do not show stays, and what a schedule alone has goes with it.
    let mut kept = SpecForm::of_spec(&spec);
    kept.document = kept.document.replace("job:", "job:\n  late_seconds: 60").replace("retries: 3", "retries: 7");
    let spec = kept.parse().expect("valid").0;
    let run = spec.run();
    assert_eq!((run.retries, run.late_seconds), (7, 60), "{}", kept.document);
    let once =
        SpecForm { runs: "once".into(), schedule: String::new(), time_zone: String::new(), ..SpecForm::of_spec(&spec) };
    let spec = once.parse().expect("valid").0;
    assert_eq!((spec.kind, spec.run().retries, spec.run().late_seconds), (WorkloadKind::Job, 7, 300));
    let on = SpecForm { runs: String::new(), ..SpecForm::of_spec(&spec) }.parse().expect("valid").0;
    assert_eq!((on.kind, on.job), (WorkloadKind::Worker, None));
}

#[test]
fn what_runs_to_its_end_serves_nobody_and_says_when_it_runs() {
    let wrong = |form: SpecForm| {
        let error = form.parse().expect_err("wrong");
        fields(&error).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(wrong(SpecForm { schedule: String::new(), ..nightly() }), ["schedule"]);
    assert_eq!(wrong(SpecForm { schedule: "61 * * * *".into(), ..nightly() }), ["schedule"]);
    assert_eq!(wrong(SpecForm { time_zone: "Mars/Olympus".into(), ..nightly() }), ["time_zone"]);
    assert_eq!(wrong(SpecForm { command: "sh -c 'open".into(), ..nightly() }), ["command"]);
    assert_eq!(wrong(SpecForm { replicas: "0".into(), ..nightly() }), ["replicas"]);
    assert_eq!(
        wrong(SpecForm { runs: "sometimes".into(), schedule: String::new(), time_zone: String::new(), ..nightly() }),
        ["runs"]
    );
    assert_eq!(wrong(SpecForm { runs: String::new(), time_zone: String::new(), ..nightly() }), ["schedule"]);
    let serves =
        SpecForm { port: "80".into(), routes: "https://a.example.org".into(), max_replicas: "3".into(), ..nightly() };
    let told = wrong(serves);
    for field in ["port", "routes", "max_replicas"] {
        assert!(told.iter().any(|f| f == field), "{field} in {told:?}");
    }
    let said = |text: &str| wrongs(&format!("containers: [{{ image: a:1 }}]\n{text}"));
    assert!(said("kind: cron_job").contains("job.schedule: Say when"));
    assert!(said("kind: job\njob: { schedule: '@daily' }").contains("job.schedule: A job runs once"));
    assert!(said("kind: worker\njob: { retries: 1 }").contains("job: How it is run"));
    assert!(
        said("kind: job\nreplicas: 4\njob: { completions: 2 }")
            .contains("job.completions: Write a whole number from 4")
    );
    assert!(said("kind: job\ndisruption: { max_unavailable: 1 }").contains("disruption: "));
    assert!(said("kind: job\njob: { kept_runs: 99, timeout_seconds: 0 }").contains("job.kept_runs"));
}
