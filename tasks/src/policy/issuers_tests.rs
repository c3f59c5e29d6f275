use super::*;
use crate::policy::construct::{Demand, text};
use crate::policy::knowledge::knowledge;
use crate::policy::matching::Effort;

const SENTINEL: &str = "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d/";

/// Whether a stranger can have a token with which a pattern fits.
fn open(issuer: &str, claim: &str, pattern: &str) -> bool {
    let issuer = knowledge().unwrap().issuers.find(issuer).unwrap();
    let whose = Whose::Strangers;
    let forms = Demand { patterns: issuer.forms(claim, &[pattern], whose), fits: true };
    let listed = Demand { patterns: vec![Pattern::like(pattern.chars())], fits: true };
    let built = text(&[forms, listed], &Effort::default());
    let mut tokens = issuer.tokens(claim).into_iter().chain(built);
    !issuer.is_barred(claim, pattern, whose) && tokens.any(|token| Glob::resource(pattern).matches(&token))
}

#[test]
fn a_stranger_can_have_some_tokens_and_not_others() {
    let github = "token.actions.githubusercontent.com";
    for (issuer, claim, pattern, expected) in [
        (github, "sub", "repo:octo-org/octo-repo:*", false),
        (github, "sub", "repo:octo-org/*", false),
        (github, "sub", "repo:octo-org*", true),
        (github, "sub", "repo:octo-org*/*", true),
        (github, "sub", "repo:*", true),
        (github, "sub", "*", true),
        (github, "sub", "repo:*/octo-repo:*", true),
        (github, "sub", "repo:*/octo-repo:ref:refs/heads/main", true),
        (github, "sub", "repo:octo-org@284008417/octo-repo@1236816811:ref:refs/heads/main", false),
        // A branch can have such a name.
        (github, "sub", "repo:*@284008417/*", true),
        (github, "sub", "environment:production", true),
        (github, "sub", "ref:refs/heads/main", true),
        (github, "sub", "workflow:deploy:*", true),
        (github, "sub", "environment:production:repository_owner:octo-org", false),
        (github, "sub", "environment:*:repository_owner:octo-org", true),
        (github, "sub", "repository_owner:octo-org:environment:production", false),
        (github, "sub", "repository_owner_id:284008417", false),
        (github, "sub", "repository_owner_id:*", true),
        (github, "repository", "octo-org/*", false),
        (github, "repository", "octo-org*", true),
        (github, "repository", "*/octo-repo", true),
        (github, "repository_owner", "octo-org", false),
        (github, "repository_owner_id", "284008417", false),
        (github, "enterprise_id", "1234", false),
        (github, "job_workflow_ref", "octo-org/workflows/.github/workflows/deploy.yml@*", false),
        (github, "ref", "refs/heads/main", true),
        (github, "actor", "dependabot[bot]", true),
        (github, "actor_id", "49699333", true),
        (github, "sub", "enterprise:acme:repo:*", false),
        (github, "sub", "enterprise:*:repo:acme/app:*", true),
        ("token.actions.githubusercontent.com/acme", "actor", "octocat", true),
        ("app.eu.terraform.io", "sub", "organization:acme:*", false),
        ("app.eu.terraform.io", "sub", "organization:*", true),
        ("accounts.google.com", "aud", "32555940559.apps.googleusercontent.com", true),
        ("accounts.google.com", "azp", "32555940559.apps.googleusercontent.com", true),
        ("accounts.google.com", "email", "*-compute@developer.gserviceaccount.com", true),
        ("accounts.google.com", "email", "12-compute@developer.gserviceaccount.com", false),
        ("accounts.google.com", "email", "*.iam.gserviceaccount.com", true),
        ("accounts.google.com", "email", "*@acme.iam.gserviceaccount.com", false),
        ("accounts.google.com", "email", "*@appspot.gserviceaccount.com", true),
        ("accounts.google.com", "email", "*@googlemail.com", true),
        ("accounts.google.com", "email", "*.com", true),
        ("accounts.google.com", "email", "*@acme.com", false),
        (SENTINEL, "aud", "api://1462b192-27f7-4cb9-8523-0f4ecb54b47e", true),
        (SENTINEL, "sub", "d6a4a0e2-95c3-4ae6-93f2-4dca8c8b5a4a", true),
        (SENTINEL, "sts:RoleSessionName", "MicrosoftSentinel_0b4d", false),
        (SENTINEL, "sts:RoleSessionName", "MicrosoftSentinel_*", true),
        ("login.microsoftonline.com/common/v2.0", "aud", "api://AzureADTokenExchange", true),
        ("login.microsoftonline.com/common/v2.0", "aud", "1a2b3c4d-0000-4000-8000-123456789abc", false),
        ("api.gitpod.io/idp", "aud", "sts.amazonaws.com", true),
        ("api.gitpod.io/idp", "sub", "https://github.com/acme/app", false),
        ("api.gitpod.io/idp", "sub", "https://github.com/*", true),
        (
            "rh-oidc.s3.us-east-1.amazonaws.com/22ejnvnnturfmt6km08idd0nt4hekbn7",
            "sub",
            "system:serviceaccount:*",
            true,
        ),
        (
            "rh-oidc.s3.us-east-1.amazonaws.com/22ejnvnnturfmt6km08idd0nt4hekbn7",
            "sub",
            "system:serviceaccount:t1:op",
            false,
        ),
        (github, "environment", "production", true),
        (github, "aud", "sts.amazonaws.com", true),
        ("gitlab.com", "sub", "project_path:my-group/*:ref_type:branch:ref:main", false),
        ("gitlab.com", "sub", "project_path:*:ref_type:branch:ref:main", true),
        ("gitlab.com", "namespace_id", "42", false),
        ("app.terraform.io", "sub", "organization:acme:project:*:workspace:*:run_phase:*", false),
        ("app.terraform.io", "sub", "organization:*:project:p:workspace:prod:run_phase:apply", true),
        // A star may stand for several parts.
        ("app.terraform.io", "sub", "organization:*:workspace:prod:run_phase:apply", true),
        ("app.terraform.io", "sub", "*:workspace:prod:*", true),
        ("app.terraform.io", "sub", "organization:acme:*:run_phase:apply", false),
        ("oidc.vercel.com", "sub", "owner:*:environment:production", true),
        ("oidc.vercel.com", "sub", "owner:acme:*", false),
        ("oidc.vercel.com", "aud", "https://vercel.com/acme", false),
        ("oidc.vercel.com", "sub", "owner:*:project:site:environment:production", true),
        ("oidc.codefresh.io", "sub", "account:5a1b:pipeline:*", false),
        ("oidc.codefresh.io", "sub", "account:*:pipeline:77:initiator:*", true),
        ("oidc.codefresh.io", "sub", "account:*", true),
        ("accounts.google.com", "aud", "1-a.apps.googleusercontent.com", false),
        ("cognito-identity.amazonaws.com", "amr", "authenticated", true),
        ("cognito-identity.amazonaws.com", "aud", "eu-central-1:1", false),
        ("cognito-identity.amazonaws.com", "aud", "eu-west-1:*", true),
        ("cognito-identity-us-gov.amazonaws.com", "aud", "us-gov-west-1:*", true),
        ("cognito-identity.cn-north-1.amazonaws.com.cn", "amr", "authenticated", true),
        ("oidc.eks.eu-central-1.amazonaws.com/id/ABC", "sub", "system:serviceaccount:default:app", false),
        ("oidc.eks.eu-central-1.amazonaws.com/id/ABC", "sub", "system:serviceaccount:*:app", true),
        ("oidc.circleci.com/org/1", "sub", "org/1/project/7/user/*", false),
        ("oidc.vercel.com/acme", "sub", "owner:acme:project:site:environment:production", false),
    ] {
        let open = open(issuer, claim, pattern);
        assert_eq!(open, expected, "{issuer} {claim} {pattern}");
    }
}

#[test]
fn every_issuer_has_a_source() {
    for issuer in knowledge().unwrap().issuers.all() {
        assert!(issuer.source.starts_with("https://") && !issuer.claims.is_empty(), "{issuer:?}");
    }
}
