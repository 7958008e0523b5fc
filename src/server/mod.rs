//! The composition root: wires the domains together, listens, and keeps the process in order.
