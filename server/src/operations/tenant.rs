//! The steps that remove a tenant which owns nothing in any cluster any more. Its people were kept out when the
//! operation was begun; what they did stays in the audit trail. Each step takes away what is there, so that one which
//! was cut off is run again.

use super::{
    removal::FORGET,
    work::{StepError, Work},
};
use crate::database::operation_work::{Effect, StepEnd};

pub(super) const PEOPLE: &str = "people";
pub(super) const BELONGINGS: &str = "belongings";
/// The steps, in order. No account is ever left without its tenant, so the tenant itself is last.
pub(super) const STEPS: [&str; 3] = [PEOPLE, BELONGINGS, FORGET];

/// Runs the present step of a tenant's removal.
pub(super) async fn step(work: &Work<'_>) -> Result<StepEnd, StepError> {
    let tenant = work.operation().tenant;
    match work.operation().step.as_str() {
        PEOPLE => loop {
            work.still_mine().await?;
            if !work.db().remove_some_accounts(work.ctx(), tenant).await? {
                return Ok(StepEnd::Done(Effect::None));
            }
        },
        BELONGINGS => {
            work.still_mine().await?;
            work.db().remove_belongings(work.ctx(), tenant).await?;
            Ok(StepEnd::Done(Effect::None))
        }
        _ => Ok(StepEnd::Done(Effect::TenantGone)),
    }
}
