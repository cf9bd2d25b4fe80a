//! Keeping a release as it was recorded while it comes.
//!
//! Whoever may write into the cluster may do so in the middle of a release. What serves then would not be what its record
//! says, and nobody would know. So the cluster is compared with the record while the release is waited for, and once more at
//! its end. What others changed is put back once. Who changes it again has the last word, for two programs that undo each
//! other's work would never end; then the release says what differs. What the cluster refuses is asked for once, too: it is
//! told, and tried anew only when something else differs.

use app::{
    i18n::Text,
    model::{DriftChange, DriftedObject, Millis, WorkloadKind},
    text,
};
use serde_json::Value;
use tracing::warn;

use super::{
    release::{self, Target},
    work::{StepError, Work},
};
use crate::{
    database::operation_work::Outcome,
    kubernetes::{fault::ClusterError, fleet::Cluster, index::AppView, kinds::ObjectRef},
    render::{self, deviation::drifted},
};

/// How much time lies between two looks while a release comes, in milliseconds.
const BETWEEN_LOOKS: Millis = 10_000;
/// The most objects that are named, and the most fields of one.
const MOST_NAMED: usize = 3;

/// What a look has found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// The release may end: this is what the cluster holds of it.
    Ends(Outcome),
    /// Others had changed it, and it was put back just now.
    PutBack,
    /// It is waited for further.
    GoesOn,
}

/// What is known of others' changes.
#[derive(Debug)]
pub(super) struct Upkeep {
    looked: Millis,
    /// What was put back.
    put_back: Option<Text>,
    refused: Option<Refused>,
}

/// What the cluster has refused to have put back.
#[derive(Debug)]
struct Refused {
    differs: Vec<DriftedObject>,
    why: Text,
}

impl Upkeep {
    /// For a release that was just handed over.
    pub(super) fn new(now: Millis) -> Self {
        Self { looked: now, put_back: None, refused: None }
    }

    /// Whether it is time to look at a release that still comes.
    pub(super) fn is_due(&self, now: Millis) -> bool {
        self.put_back.is_none() && now >= self.looked + BETWEEN_LOOKS
    }

    /// What is told while a release is waited for: the reason, and what others changed that the cluster does not let be put
    /// back.
    pub(super) fn note(&self, reason: Text) -> Text {
        let Some(Refused { differs, why }) = &self.refused else { return reason };
        let Text { en, zh } = named(differs);
        let stays = text!(
            "Others changed it while it came, and the cluster refused to have it put back: {en}.",
            "发布期间被他人修改，集群拒绝恢复：{zh}。"
        );
        Text {
            en: format!("{} {} {}", reason.en, stays.en, why.en),
            zh: format!("{}{}{}", reason.zh, stays.zh, why.zh),
        }
    }

    /// Compares the cluster with the record, and puts back what others changed. `serves` says that the release does, by
    /// `view`.
    pub(super) async fn look(
        &mut self,
        work: &Work<'_>,
        target: &Target,
        cluster: &Cluster,
        view: Option<&AppView>,
        serves: bool,
    ) -> Result<Look, StepError> {
        // A run cannot be changed, and may have ended and be gone.
        if target.release.spec.kind == WorkloadKind::Job {
            return Ok(if serves { Look::Ends(Outcome::default()) } else { Look::GoesOn });
        }
        self.looked = work.ctx().now();
        let Found { differs, generation } = compare(work, cluster, &target.release.manifests).await?;
        if self.must_put_back(&differs) {
            let what = named(&differs);
            warn!(operation = %work.operation().id, what = what.en, "others changed a release that is on its way; it is put back");
            match Box::pin(release::put_back(work, target)).await {
                Ok(()) => {
                    self.put_back = Some(what);
                    return Ok(Look::PutBack);
                }
                // Pods that serve are not given up for what stands beside them: the release says what differs.
                Err(StepError::Refused(why)) if !work.is_settled() => {
                    warn!(operation = %work.operation().id, why = why.en, "it could not be put back yet");
                }
                Err(StepError::Failed(why) | StepError::Refused(why)) => {
                    warn!(operation = %work.operation().id, why = why.en, "it could not be put back");
                    self.refused = Some(Refused { differs: without_authors(&differs), why });
                }
                Err(other) => return Err(other),
            }
        }
        Ok(if serves && is_seen(view, generation) { Look::Ends(self.outcome(&differs)) } else { Look::GoesOn })
    }

    /// Whether what differs is to be put back. What was refused is forgotten as soon as something else differs, or nothing.
    fn must_put_back(&mut self, differs: &[DriftedObject]) -> bool {
        let now = without_authors(differs);
        // Some of it may have been put back before the rest was refused.
        let known = |refused: &Refused| !now.is_empty() && now.iter().all(|object| refused.differs.contains(object));
        self.refused = self.refused.take().filter(known).map(|Refused { why, .. }| Refused { differs: now, why });
        !differs.is_empty() && self.put_back.is_none() && self.refused.is_none()
    }

    fn outcome(&self, differs: &[DriftedObject]) -> Outcome {
        let said = match (&self.put_back, differs) {
            (None, []) => text!("The cluster holds what was recorded.", "集群与发布记录一致。"),
            (Some(Text { en, zh }), []) => text!(
                "Others changed it while it came. It was put back to what was recorded: {en}.",
                "发布期间被他人修改，已恢复为所记录的内容：{zh}。"
            ),
            (put_back, differs) => {
                let Text { en, zh } = named(differs);
                if put_back.is_some() {
                    text!(
                        "It was put back once while it came, and the cluster differs from the record again: {en}.",
                        "发布期间已恢复一次，但集群又与发布记录不一致：{zh}。"
                    )
                } else {
                    text!(
                        "Others changed it while it came, and it could not be put back: {en}.",
                        "发布期间被他人修改，且未能恢复：{zh}。"
                    )
                }
            }
        };
        Outcome { said: Some(said), changed: self.put_back.is_some() || !differs.is_empty() }
    }
}

/// What was found by comparing.
struct Found {
    differs: Vec<DriftedObject>,
    /// How often what makes the pods was changed, where there is such a thing.
    generation: Option<i64>,
}

/// Compares the cluster with a release's objects.
async fn compare(work: &Work<'_>, cluster: &Cluster, manifests: &[Value]) -> Result<Found, StepError> {
    let tenant = work.tenant();
    let who = &tenant;
    let asked = manifests.iter().map(|recorded| async move {
        Ok::<_, ClusterError>((recorded, cluster.get(who, &ObjectRef::of(recorded)?).await?))
    });
    let mut found = Found { differs: Vec::new(), generation: None };
    for (recorded, live) in futures::future::try_join_all(asked).await? {
        if render::is_workload(recorded) {
            found.generation = live.as_ref().and_then(|live| live["metadata"]["generation"].as_i64());
        }
        found.differs.extend(drifted(recorded, live.as_ref()));
    }
    Ok(found)
}

/// Whether the watch has told of what makes the pods as it is now. What it told before a change says nothing of that.
fn is_seen(view: Option<&AppView>, generation: Option<i64>) -> bool {
    let told = view.and_then(|view| view.workload.as_ref()).map(|workload| workload.generation);
    generation.is_none_or(|there| told.is_some_and(|told| told >= there))
}

/// What differs, whoever wrote it and when: the same value written once more is no other difference.
fn without_authors(differs: &[DriftedObject]) -> Vec<DriftedObject> {
    let change = |change: &DriftChange| DriftChange { manager: None, at: None, ..change.clone() };
    let object = |object: &DriftedObject| DriftedObject {
        changes: object.changes.iter().map(change).collect(),
        ..object.clone()
    };
    differs.iter().map(object).collect()
}

/// Names what differs.
fn named(differs: &[DriftedObject]) -> Text {
    let some: Vec<Text> = differs.iter().take(MOST_NAMED).map(one).collect();
    let more = differs.len().saturating_sub(MOST_NAMED);
    let each = |word: fn(&Text) -> &str, between: &str| some.iter().map(word).collect::<Vec<_>>().join(between);
    let (en, zh) = (each(|text| &text.en, "; "), each(|text| &text.zh, "；"));
    if more == 0 { Text { en, zh } } else { text!("{en}; and {more} more", "{zh}；另有 {more} 个") }
}

fn one(object: &DriftedObject) -> Text {
    let DriftedObject { kind, name, missing, changes } = object;
    if *missing {
        return text!("{kind} {name} was deleted", "{kind} {name} 已被删除");
    }
    let fields = changes.iter().take(MOST_NAMED).map(|change| change.path.as_str()).collect::<Vec<_>>().join(", ");
    let more = changes.len().saturating_sub(MOST_NAMED);
    if more == 0 {
        Text::same(format!("{kind} {name}: {fields}"))
    } else {
        text!("{kind} {name}: {fields} and {more} more", "{kind} {name}：{fields}，另有 {more} 处")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::index::WorkloadView;

    fn differs(kind: &str, fields: &[&str]) -> DriftedObject {
        let change = |path: &&str| DriftChange {
            path: (*path).to_owned(),
            recorded: None,
            live: Some("a secret thing".to_owned()),
            manager: None,
            at: None,
        };
        DriftedObject {
            kind: kind.to_owned(),
            name: "web".to_owned(),
            missing: fields.is_empty(),
            changes: fields.iter().map(change).collect(),
        }
    }

    #[test]
    fn it_is_looked_now_and_then_until_something_was_put_back() {
        let mut upkeep = Upkeep::new(1_000);
        assert!(!upkeep.is_due(10_999) && upkeep.is_due(11_000));
        upkeep.put_back = Some(Text::same("Deployment web: spec.replicas"));
        assert!(!upkeep.is_due(60_000), "it is not put back twice");
    }

    #[test]
    fn what_the_cluster_refused_is_tried_anew_only_when_something_else_differs() {
        let mut upkeep = Upkeep::new(0);
        let refuse = |upkeep: &mut Upkeep, differs: &[DriftedObject]| {
            upkeep.refused = Some(Refused { differs: without_authors(differs), why: Text::same("It is forbidden.") });
        };
        let told = |upkeep: &Upkeep| upkeep.note(Text::same("It waits."));
        let mut scaled = [differs("Deployment", &["spec.replicas"])];
        assert!(upkeep.must_put_back(&scaled) && told(&upkeep) == Text::same("It waits."));
        refuse(&mut upkeep, &scaled);
        assert!(!upkeep.must_put_back(&scaled) && upkeep.is_due(60_000), "it is looked at further");
        let note = told(&upkeep);
        assert!(note.en.starts_with("It waits. Others changed it"), "{note:?}");
        assert!(note.en.ends_with("put back: Deployment web: spec.replicas. It is forbidden."), "{note:?}");
        assert!(note.zh.contains("Deployment web: spec.replicas"), "{note:?}");

        for change in scaled.iter_mut().flat_map(|object| &mut object.changes) {
            (change.manager, change.at) = (Some("robot".to_owned()), Some(7));
        }
        assert!(!upkeep.must_put_back(&scaled), "the same was written once more");
        for change in scaled.iter_mut().flat_map(|object| &mut object.changes) {
            change.live = Some("another".to_owned());
        }
        assert!(upkeep.must_put_back(&scaled) && told(&upkeep) == Text::same("It waits."));
        let both = [differs("Service", &[]), differs("Deployment", &["spec.replicas"])];
        refuse(&mut upkeep, &scaled);
        assert!(upkeep.must_put_back(&both));
        refuse(&mut upkeep, &both);
        assert!(!upkeep.must_put_back(&both[..1]), "the rest of it was put back");
        let note = told(&upkeep);
        assert!(note.en.contains("Service web was deleted") && !note.en.contains("Deployment"), "{note:?}");
        assert!(
            !upkeep.must_put_back(&[]) && told(&upkeep) == Text::same("It waits."),
            "others have put it back themselves"
        );
        assert!(!upkeep.outcome(&[]).changed);
    }

    #[test]
    fn a_release_says_at_its_end_whether_it_is_as_it_was_recorded() {
        let mut upkeep = Upkeep::new(0);
        let untouched = upkeep.outcome(&[]);
        assert!(!untouched.changed);
        assert_eq!(untouched.said.expect("words").en, "The cluster holds what was recorded.");
        upkeep.put_back = Some(named(&[differs("Service", &[])]));
        let put_back = upkeep.outcome(&[]);
        assert!(put_back.changed);
        assert!(put_back.said.expect("words").en.ends_with("what was recorded: Service web was deleted."));
        let again = upkeep.outcome(&[differs("Deployment", &["spec.replicas"])]);
        assert!(again.changed);
        let said = again.said.expect("words");
        assert!(said.en.ends_with("differs from the record again: Deployment web: spec.replicas."), "{said:?}");
        assert!(said.zh.contains("Deployment web: spec.replicas"), "{said:?}");
    }

    #[test]
    fn few_are_named_and_no_values() {
        let fields = ["spec.a", "spec.b", "spec.c", "spec.d"];
        let all =
            [differs("Deployment", &fields), differs("Service", &[]), differs("Ingress", &[]), differs("Secret", &[])];
        let said = named(&all);
        assert_eq!(
            said.en,
            "Deployment web: spec.a, spec.b, spec.c and 1 more; Service web was deleted; Ingress web was deleted; and 1 more"
        );
        assert!(!format!("{said:?}").contains("secret thing"));
    }

    #[test]
    fn what_was_told_before_a_change_says_nothing_of_it() {
        let told = |generation| AppView {
            workload: Some(WorkloadView { generation, ..WorkloadView::default() }),
            ..AppView::default()
        };
        assert!(is_seen(Some(&told(3)), Some(3)) && is_seen(Some(&told(4)), Some(3)));
        assert!(!is_seen(Some(&told(2)), Some(3)) && !is_seen(None, Some(3)));
        assert!(is_seen(None, None), "a schedule makes no pods by itself");
    }
}
