//! What others speak to the engine with: the AWS CLI and boto3.

mod aws;
mod command_line;
mod process;
mod rules;
mod sdk;
mod toy;
mod transcript;
mod wire;
