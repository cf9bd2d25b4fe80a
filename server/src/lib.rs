//! Longshore's server. The rooms, from the outside in (docs/architecture.md draws them):
//!
//! * [`http`] speaks HTTP: pages, server functions, REST, streams, health. It calls the door and nothing else.
//! * [`services`] implements `app::service`: the only room that joins the database and the clusters.
//! * [`auth`] decides who somebody is and what they may do.
//! * [`operations`] carries out durable work; [`render`] turns specifications into Kubernetes objects.
//! * [`captcha`] draws and speaks what machines have trouble with; pure.
//! * [`database`], [`redis_store`], [`kubernetes`], [`registry`] and [`openid`] are adapters; none of them knows another.
//! * [`measures`] is what Longshore measures of itself; every room may count there.
//! * [`commands`] is what the binary does besides serving.
//! * [`boot`] wires the parts together, and is the only place that does.

pub mod auth;
pub mod boot;
pub mod captcha;
pub mod clock;
pub mod commands;
pub mod config;
pub mod database;
mod fail_point;
pub mod http;
pub mod kubernetes;
pub mod measures;
pub mod metrics;
pub mod openid;
pub mod operations;
pub mod redis_store;
pub mod registry;
pub mod render;
pub mod services;

#[cfg(test)]
#[path = "../tests/support/scratch.rs"]
mod scratch;
