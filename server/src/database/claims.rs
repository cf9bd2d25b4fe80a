//! Claims: what one process is at work on and no other may begin, while there is no row of its own to lock yet. A claim
//! is over when its time is: whoever was killed does not hold it for ever.

use app::model::Millis;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use uuid::Uuid;

use super::{Database, Result, portable::insert_unless_exists};
use crate::auth::context::OpContext;

mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "claims")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub what: String,
        pub holder: Uuid,
        pub holds_until: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// Something claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    what: String,
    holder: Uuid,
}

/// Claims something for some time, in milliseconds; `None` while somebody else holds it. `what` has at most 128
/// characters.
pub async fn take(db: &Database, ctx: &OpContext, what: String, time: Millis) -> Result<Option<Claim>> {
    let (now, holder) = (ctx.now(), ctx.clock().uuid());
    let until = now.saturating_add(time);
    let row = entity::ActiveModel { what: Set(what.clone()), holder: Set(holder), holds_until: Set(until) };
    if insert_unless_exists(db.read(), row).await? {
        return Ok(Some(Claim { what, holder }));
    }
    let taken_over = Entity::update_many()
        .col_expr(Column::Holder, Expr::value(holder))
        .col_expr(Column::HoldsUntil, Expr::value(until))
        .filter(Column::What.eq(what.as_str()))
        .filter(Column::HoldsUntil.lte(now))
        .exec(db.read())
        .await?;
    Ok((taken_over.rows_affected == 1).then_some(Claim { what, holder }))
}

/// Lets a claim go; nothing happens when it is another's by now.
pub async fn let_go(db: &Database, claim: &Claim) -> Result<()> {
    Entity::delete_many()
        .filter(Column::What.eq(claim.what.as_str()))
        .filter(Column::Holder.eq(claim.holder))
        .exec(db.read())
        .await?;
    Ok(())
}
