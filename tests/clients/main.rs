//! What others speak to the engine with: the AWS CLI, boto3 and aws-sdk-sfn.

mod aws_sdk;
mod command_line;
mod coverage;
mod process;
mod sdk;
mod toy;
mod transcript;
mod wire;
mod with_aws;
