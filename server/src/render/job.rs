//! What runs to its end: a Job for each release of a job, a CronJob for what runs by a schedule.
//!
//! Pods of a run that failed stay as they ended, to be looked at, until the run itself goes; another is made in their place. A
//! pod that a drained node takes with it is no failure.
//!
//! Source: <https://kubernetes.io/docs/concepts/workloads/controllers/job/>

use std::collections::BTreeMap;

use app::model::{JobSettings, Overlap};
use k8s_openapi::{
    api::batch::v1::{
        CronJob, CronJobSpec, Job, JobSpec, JobTemplateSpec, PodFailurePolicy, PodFailurePolicyOnPodConditionsPattern,
        PodFailurePolicyRule,
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use serde_json::{Value, json as value};

use super::{Subject, int, json, workload::template};

/// The kind of a run: API version, kind.
pub const JOB: (&str, &str) = ("batch/v1", "Job");
/// The kind of what begins runs by a schedule.
pub const CRON_JOB: (&str, &str) = ("batch/v1", "CronJob");

/// The annotation that says who began a run by hand.
pub const STARTED_BY: &str = "longshore.dev/started-by";

/// The run of a release: its name ends in the release's number, for the pods of a Job can never change.
pub fn job(subject: &Subject<'_>) -> Value {
    json(&Job {
        metadata: ObjectMeta {
            name: Some(format!("{}-{}", subject.name, subject.release)),
            ..subject.metadata(subject.release_labels())
        },
        spec: Some(run(subject, &subject.spec.run())),
        ..Job::default()
    })
}

/// What begins runs by a schedule.
pub fn cron_job(subject: &Subject<'_>) -> Value {
    let settings = subject.spec.run();
    json(&CronJob {
        metadata: subject.metadata(subject.release_labels()),
        spec: CronJobSpec {
            schedule: settings.schedule.clone().unwrap_or_default(),
            time_zone: Some(settings.zone().to_owned()),
            suspend: Some(settings.paused),
            concurrency_policy: Some(
                match settings.overlap {
                    Overlap::Skip => "Forbid",
                    Overlap::Allow => "Allow",
                    Overlap::Replace => "Replace",
                }
                .into(),
            ),
            starting_deadline_seconds: Some(settings.late_seconds.into()),
            successful_jobs_history_limit: Some(int(settings.kept_runs)),
            failed_jobs_history_limit: Some(int(settings.kept_runs)),
            job_template: JobTemplateSpec {
                metadata: Some(ObjectMeta { labels: Some(subject.release_labels()), ..ObjectMeta::default() }),
                spec: Some(run(subject, &settings)),
            },
        },
        ..CronJob::default()
    })
}

fn run(subject: &Subject<'_>, settings: &JobSettings) -> JobSpec {
    let mut template = template(subject);
    if let Some(pod) = template.spec.as_mut() {
        pod.restart_policy = Some("Never".into());
    }
    let drained = PodFailurePolicyRule {
        action: "Ignore".into(),
        on_pod_conditions: Some(vec![PodFailurePolicyOnPodConditionsPattern {
            type_: "DisruptionTarget".into(),
            status: Some("True".into()),
        }]),
        ..PodFailurePolicyRule::default()
    };
    JobSpec {
        parallelism: Some(int(subject.spec.replicas)),
        completions: Some(int(settings.completions.unwrap_or(subject.spec.replicas))),
        backoff_limit: Some(int(settings.retries)),
        active_deadline_seconds: Some(settings.timeout_seconds.into()),
        pod_failure_policy: Some(PodFailurePolicy { rules: vec![drained] }),
        template,
        ..JobSpec::default()
    }
}

/// A run of a cron job that a person begins: what its schedule would begin, under a name of its own. It goes with the cron job,
/// and counts among the runs that are kept.
///
/// It does not hold up the CronJob's deletion, for which more rights are needed where owners are guarded; whoever deletes the
/// application waits for both.
///
/// `cron` is the CronJob as the cluster has it; `None` when that is not one.
pub fn run_now(cron: &Value, suffix: &str, by: &str) -> Option<Value> {
    let word = |at: &str| cron.pointer(at).and_then(Value::as_str);
    let (name, uid, namespace) = (word("/metadata/name")?, word("/metadata/uid")?, word("/metadata/namespace")?);
    let template = cron.pointer("/spec/jobTemplate")?;
    let annotations = BTreeMap::from([("cronjob.kubernetes.io/instantiate", "manual"), (STARTED_BY, by)]);
    Some(value!({
        "apiVersion": JOB.0,
        "kind": JOB.1,
        "metadata": {
            "name": format!("{name}-now-{suffix}"),
            "namespace": namespace,
            "labels": template.pointer("/metadata/labels")?,
            "annotations": annotations,
            "ownerReferences": [{
                "apiVersion": CRON_JOB.0,
                "kind": CRON_JOB.1,
                "name": name,
                "uid": uid,
                "controller": true,
            }],
        },
        "spec": template.pointer("/spec")?,
    }))
}
