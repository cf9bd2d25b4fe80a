//! Rolling back: the whole difference first, with whether it fits and what the cluster says to it, then one button whose
//! words say what it does.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use crate::{
    api::apps::{RollBackApp, get_app, preview_rollback},
    components::{Button, ButtonKind, FitResult, FormErrors, LinkButton, Note, PageHeader, Section, State, StateMark},
    i18n::Text,
    load::Load,
    model::{AppId, AppRow, FitAnswer, RehearsalOutcome, RehearsedObject, RollbackPreview},
    pages::{
        difference::{Difference, ReleaseLine},
        form::last_error,
        parts::{page_to_come, segment, shown},
        patched::PatchedObjects,
        reason::ReasonField,
    },
    t, tf,
};

/// Rolls an application back.
#[component]
pub fn RollbackPage() -> impl IntoView {
    let id = segment::<AppId>("id");
    let release = segment::<u32>("n");
    let app = Load::new(move || id.get(), |id| async move { get_app(id?).await });
    let preview = Load::new(
        move || (id.get(), release.get()),
        |(id, release)| async move { preview_rollback(id?, release?).await },
    );
    let retry = move || {
        app.refetch();
        preview.refetch();
    };
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                let both = match (app.await, preview.await) {
                    (Ok(app), Ok(preview)) => Ok((app.row, preview)),
                    (Err(error), _) | (_, Err(error)) => Err(error),
                };
                shown(both, true, retry, |(app, preview)| view! { <Previewed app preview /> })
            })}
        </Transition>
    }
}

#[component]
fn Previewed(app: AppRow, preview: RollbackPreview) -> impl IntoView {
    let (id, name) = (app.id, app.name);
    let RollbackPreview { left, right, sections, patched, unpinned, fit, rehearsal, unasked } = preview;
    let n = right.number;
    let title = tf!("Roll back {name} to {n}", "将 {name} 回滚到 {n}");
    let back = ServerAction::<RollBackApp>::new();
    let error = last_error(back.value());
    let left_name = tf!("runs now: release {}", "当前运行：版本 {}", left.number);
    let right_name = tf!("will run: as release {n}", "将运行：与版本 {n} 相同");
    view! {
        <Title text=title.clone() />
        <div class="page">
            <PageHeader
                title
                actions=move || {
                    view! {
                        <Button kind=ButtonKind::Primary icon="undo-2" form="rollback" busy=back.pending()>
                            {tf!("Roll back to {n}", "回滚到 {n}")}
                        </Button>
                    }
                }
                facts=move || {
                    view! {
                        <a href=format!("/apps/{id}?tab=releases")>{name.clone()}</a>
                        <ReleaseLine label=t!("runs now", "当前") release=left.clone() />
                        <ReleaseLine label=t!("will run again", "将恢复") release=right.clone() />
                    }
                }
            />
            <p class="page-lead">
                {t!(
                    "A new release is made whose image, settings and secrets are those of the old one. Pods change over one by one; the app keeps serving.",
                    "将产生一个新的发布，其镜像、设置和密钥与旧发布相同。Pod 逐个替换，应用持续提供服务。",
                )}
            </p>
            <ActionForm action=back attr:id="rollback">
                <div class="form">
                    <FormErrors error />
                    <input type="hidden" name="id" value=id.to_string() />
                    <input type="hidden" name="release" value=n />
                    <ReasonField name="reason" error example=t!("checkout broke", "结账出错") />
                </div>
            </ActionForm>
            <Unpinned images=unpinned />
            <Beforehand fit rehearsal unasked />
            <PatchedObjects patched />
            <Difference left=left_name right=right_name sections />
            <div class="form-actions">
                <LinkButton href=format!("/apps/{id}") kind=ButtonKind::Plain>
                    {t!("Leave it as it is", "保持现状")}
                </LinkButton>
            </div>
        </div>
    }
}

/// What need not be the same again, since it was kept by its tag alone.
#[component]
fn Unpinned(images: Vec<String>) -> impl IntoView {
    (!images.is_empty()).then(|| {
        let images = images.into_iter().map(|image| view! { <li class="mono">{image}</li> }).collect_view();
        view! {
            <Note
                state=State::Unknown
                title=t!("An image need not be the same again", "镜像不一定与当时相同")
            >
                <p>
                    {t!(
                        "When that release was made, no registry told what these tags stood for. They may stand for something else now.",
                        "发布当时镜像仓库未提供这些标签对应的摘要，它们现在可能指向其他内容。",
                    )}
                </p>
                <ul>{images}</ul>
            </Note>
        }
    })
}

/// Whether it fits, and what the cluster says to it. Nothing of that keeps anybody from rolling back.
#[component]
fn Beforehand(fit: Option<FitAnswer>, rehearsal: Option<Vec<RehearsedObject>>, unasked: Option<Text>) -> impl IntoView {
    let fit = fit.map(|answer| view! { <FitResult answer /> });
    let rehearsal = rehearsal.map(|objects| view! { <Rehearsal objects /> });
    let unasked = unasked.map(|why| {
        view! {
            <Note state=State::Unknown title=t!("The cluster was not asked", "未能询问集群")>
                <p>{why.here()}</p>
                <p>
                    {t!(
                        "The difference below is known without it. Whether this fits, and whether the cluster would take it, is found out when it is done.",
                        "下方的差异无需集群即可得知；能否放得下、集群是否接受，将在回滚时得知。",
                    )}
                </p>
            </Note>
        }
    });
    view! {
        <Section title=t!("What the cluster says", "集群的答复")>
            <div class="stack">{unasked} {fit} {rehearsal}</div>
        </Section>
    }
}

/// What the cluster says to each object, open at once unless it would take all.
#[component]
fn Rehearsal(objects: Vec<RehearsedObject>) -> impl IntoView {
    let overall = worst(&objects);
    let (n, refused) = (objects.len(), count(&objects, RehearsalOutcome::Refused));
    let summary = match overall {
        RehearsalOutcome::Accepted => {
            tf!("Dry run: the cluster would take all objects ({n})", "试运行：集群接受全部对象（{n}）")
        }
        RehearsalOutcome::Refused => tf!(
            "Dry run: the cluster refuses {refused} of {n}; the rollback would fail and change nothing",
            "试运行：集群拒绝 {n} 个对象中的 {refused} 个；回滚会失败，且不做任何更改"
        ),
        RehearsalOutcome::Unsaid => {
            let unsaid = count(&objects, RehearsalOutcome::Unsaid);
            tf!(
                "Dry run: what the cluster says to {unsaid} of {n} is found out when it is done",
                "试运行：{n} 个对象中有 {unsaid} 个要到执行时才知道集群是否接受"
            )
        }
    };
    let each = objects
        .into_iter()
        .map(|said| {
            let state = state_of(said.outcome);
            let words = match said.why {
                Some(why) => format!("{}: {}", said.object, why.here()),
                None => said.object,
            };
            view! {
                <li class="fit-check" data-state=state.key()>
                    <StateMark state />
                    <span>{words}</span>
                </li>
            }
        })
        .collect_view();
    let (state, open) = (state_of(overall), overall != RehearsalOutcome::Accepted);
    view! {
        <details class="fit" data-state=state.key() open=open>
            <summary>
                <StateMark state />
                <span>{summary}</span>
            </summary>
            <div class="fit-body">
                <ul>{each}</ul>
            </div>
        </details>
    }
}

fn state_of(outcome: RehearsalOutcome) -> State {
    match outcome {
        RehearsalOutcome::Accepted => State::Serving,
        RehearsalOutcome::Refused => State::Failed,
        RehearsalOutcome::Unsaid => State::Unknown,
    }
}

fn count(objects: &[RehearsedObject], outcome: RehearsalOutcome) -> usize {
    objects.iter().filter(|said| said.outcome == outcome).count()
}

/// What is said of all of them: one refusal is enough for a rollback to fail.
fn worst(objects: &[RehearsedObject]) -> RehearsalOutcome {
    [RehearsalOutcome::Refused, RehearsalOutcome::Unsaid]
        .into_iter()
        .find(|outcome| count(objects, *outcome) > 0)
        .unwrap_or(RehearsalOutcome::Accepted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_refusal_outweighs_what_is_not_said_and_what_is_accepted() {
        use RehearsalOutcome::{Accepted, Refused, Unsaid};
        let said = |outcomes: &[RehearsalOutcome]| {
            let object = |outcome: &RehearsalOutcome| RehearsedObject {
                object: "Deployment web".to_owned(),
                outcome: *outcome,
                why: None,
            };
            worst(&outcomes.iter().map(object).collect::<Vec<_>>())
        };
        assert_eq!(said(&[Accepted, Unsaid, Refused]), Refused);
        assert_eq!(said(&[Accepted, Unsaid]), Unsaid);
        assert_eq!(said(&[Accepted]), Accepted);
        assert_eq!(said(&[]), Accepted);
    }
}
