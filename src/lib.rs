//! Junctionbox: a self-hosted appliance that holds the connections of many customers to their business systems.
//! The floors, from the top: server and cli; api, dashboard and portal; health, proxy, webhooks, notifications, oauth and
//! backup; credits, connections and applications; upstream; systems; customers, instance and links; access; vault; alarms;
//! audit and events; store; base. A module uses only what stands below it (`config` is read by server and cli alone).

pub mod access;
pub mod alarms;
pub mod api;
pub mod applications;
pub mod audit;
pub mod backup;
pub mod base;
pub mod cli;
pub mod config;
pub mod connections;
pub mod credits;
pub mod customers;
pub mod dashboard;
pub mod events;
pub mod health;
pub mod instance;
pub mod links;
pub mod notifications;
pub mod oauth;
pub mod portal;
pub mod proxy;
pub mod server;
pub mod store;
pub mod systems;
pub mod upstream;
pub mod vault;
pub mod webhooks;
