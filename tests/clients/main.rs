//! What others speak to the engine with: the AWS CLI and boto3.
