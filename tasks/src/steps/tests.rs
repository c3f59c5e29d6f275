mod guardrails;
mod members;
mod permissions;
