//! The three laws of every response: whatever fails, the resource is restored or a human was told; restoring twice is
//! restoring once; each task twice is the task once.

mod account;
mod credential_exfiltration;
mod fault;
mod law;
