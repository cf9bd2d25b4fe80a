//! Clusters: connections, the watch index, reads and writes. `kube` stops here.
//!
//! [`fleet`] holds the connected clusters. Each has an [`index`], filled by [`watch`] from slim structs
//! ([`wire`]), which answers lists, sums and views from memory; [`objects`] are the calls that do go to the
//! cluster. This room knows nothing of the database, of accounts or of HTTP.

mod app_view;
pub mod certificate;
pub mod check;
pub mod client;
mod events;
pub mod fault;
pub mod fleet;
pub mod index;
mod intern;
pub mod kinds;
pub mod kubeconfig;
#[cfg(test)]
mod names_tests;
pub mod objects;
mod of_apps;
mod passed_on;
mod pods;
pub mod query;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod room_tests;
mod rows;
mod runs;
mod scaling;
#[cfg(test)]
mod tests;
mod usage;
pub mod views;
mod watch;
mod wire;
mod wire_jobs;
mod wire_scaling;
mod workloads;
