import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as actions from 'aws-cdk-lib/aws-codepipeline-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcards } from '../acknowledge.ts';
import { Canary } from '../canary.ts';
import type { PipelineConfig, Place } from '../config/types.ts';
import type { Architecture } from '../package.ts';
import { ROLE_PATH } from '../task-function.ts';

/** Properties of a `Pipeline`. */
export interface PipelineProps extends StackProps {
  readonly pipeline: PipelineConfig;
  /** The place that is deployed to before anybody is asked. */
  readonly staging: Place;
  readonly architecture: Architecture;
  /** The prefix of the names of functions and state machines [default: none]. */
  readonly prefix?: string;
  readonly logRetention?: logs.RetentionDays;
}

/** The qualifier of the bootstrap stack, unless the context sets another. Source: CDK, "Bootstrapping". */
const QUALIFIER = 'hnb659fds';

/** The wildcards that CDK grants to readers of the artifact bucket and its key. */
const READS = [
  'Action::s3:GetBucket*',
  'Action::s3:GetObject*',
  'Action::s3:List*',
  'Action::kms:GenerateDataKey*',
  'Action::kms:ReEncrypt*',
  'Resource::<ARTIFACTS.Arn>/*',
];
/** The wildcards that CDK grants to writers. */
const WRITES = [...READS, 'Action::s3:Abort*', 'Action::s3:DeleteObject*'];

/** The version of rustup, and the SHA-256 of its installer. Source: static.rust-lang.org, `rustup-init.sha256`. */
const RUSTUP = {
  version: '1.28.2',
  arm64: {
    target: 'aarch64-unknown-linux-gnu',
    sha256: 'e3853c5a252fca15252d07cb23a1bdd9377a8c6f3efa01531109281ae47f841c',
  },
  x86_64: {
    target: 'x86_64-unknown-linux-gnu',
    sha256: '20a06e644b0d9bd2fbdbfd52d42540bdde820ea7df86e92e533c073da0cdd43c',
  },
} as const;

/**
 * The tools that the entry points need and the images of CodeBuild lack, or have in several versions. The images are Amazon
 * Linux 2023, as Lambda's is, so a build has the right glibc. Source: CodeBuild, "Available runtimes".
 *
 * Nothing runs that is not pinned. The version of Rust is that of `rust-toolchain.toml`, which rustup reads.
 */
function install(architecture: Architecture) {
  const { target, sha256 } = RUSTUP[architecture];
  return {
    'runtime-versions': { nodejs: 20, python: 3.12 },
    commands: [
      `curl --proto =https --tlsv1.2 -sSf -o /tmp/rustup-init https://static.rust-lang.org/rustup/archive/${RUSTUP.version}/${target}/rustup-init`,
      `echo '${sha256}  /tmp/rustup-init' | sha256sum --check --strict`,
      'chmod +x /tmp/rustup-init && /tmp/rustup-init -y --no-modify-path --default-toolchain none',
      '. "$HOME/.cargo/env" && rustup toolchain install',
    ],
  };
}

/** The commands of CodeBuild, stage by stage. Each is an entry point of the Makefile, so that people can run it too. */
const COMMANDS = {
  Package: ['make package'],
  Test: ['make test'],
  Secrets: ['make check-secrets'],
  Policies: ['make check-cdk'],
  Deploy: ['make deploy YES=1'],
  Smoke: ['make smoke'],
} as const;

/** The projects that compile the AWS SDK. The package is an optimised build; the check of policies deploys to emulators. */
const COMPILE: readonly string[] = ['Package', 'Test', 'Policies'];

/**
 * Builds, checks and deploys a branch. A check that fails stops it: no later stage runs. Staging must answer the canary
 * with a plan before anybody is asked to approve production.
 *
 * A person who can change the branch, or this stack, can change Redress: protect both in the same way.
 */
export class Pipeline extends Stack {
  readonly pipeline: codepipeline.Pipeline;
  private readonly source = new codepipeline.Artifact('Source');
  private readonly packaged = new codepipeline.Artifact('Packaged');
  private readonly props: PipelineProps;
  private readonly key: kms.Key;
  private readonly bucket: s3.Bucket;

  constructor(scope: Construct, id: string, props: PipelineProps) {
    super(scope, id, props);
    this.props = props;
    this.key = new kms.Key(this, 'Key', {
      description: 'Encrypts the artifacts of the pipeline of Redress.',
      enableKeyRotation: true,
    });
    const bucket = new s3.Bucket(this, 'Artifacts', {
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [{ expiration: Duration.days(30) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.bucket = bucket;
    acknowledge(
      bucket,
      'S1',
      'It holds the artifacts of the pipeline for 30 days; CloudTrail records who deployed them.',
    );
    this.pipeline = new codepipeline.Pipeline(this, 'Pipeline', {
      pipelineName: 'redress',
      pipelineType: codepipeline.PipelineType.V2,
      artifactBucket: bucket,
      crossAccountKeys: false,
      // A later commit replaces an earlier one that waits.
      executionMode: codepipeline.ExecutionMode.SUPERSEDED,
    });
    const { connectionArn, repository, branch, production } = props.pipeline;
    const [owner, repo] = repository.split('/') as [string, string];
    // CDK grants the action by its older name; a connection whose ARN has the newer name needs the newer action.
    const source = new iam.Role(this, 'SourceRole', {
      assumedBy: new iam.ArnPrincipal(this.pipeline.role.roleArn),
      description: 'Reads the repository for the pipeline of Redress.',
    });
    source.addToPolicy(
      new iam.PolicyStatement({ actions: ['codeconnections:UseConnection'], resources: [connectionArn] }),
    );
    this.pipeline.addStage({
      stageName: 'Source',
      actions: [
        new actions.CodeStarConnectionsSourceAction({
          actionName: 'Source',
          connectionArn,
          owner,
          repo,
          branch,
          output: this.source,
          role: source,
          // A clone, since the checks read the commits.
          codeBuildCloneOutput: true,
        }),
      ],
    });
    acknowledgeWildcards(source, {
      only: WRITES.map((finding) => finding.replace('ARTIFACTS', logicalId(bucket))),
      reason:
        "CDK grants a source the objects of its pipeline's artifact bucket, and the use of that bucket's key: it writes the clone there.",
    });
    this.pipeline.addStage({
      stageName: 'Build',
      actions: [this.run('Package', { output: this.packaged })],
    });
    this.pipeline.addStage({
      stageName: 'Check',
      actions: [this.run('Test'), this.run('Secrets'), this.run('Policies', { input: this.packaged })],
    });
    this.pipeline.addStage({
      stageName: 'Staging',
      actions: [
        this.run('Deploy', { input: this.packaged, runOrder: 1, to: props.staging, as: 'DeployToStaging' }),
        this.run('Smoke', { input: this.packaged, runOrder: 2, to: props.staging, as: 'SmokeInStaging' }),
      ],
    });
    this.pipeline.addStage({
      stageName: 'Production',
      actions: [
        new actions.ManualApprovalAction({
          actionName: 'Approve',
          runOrder: 1,
          additionalInformation: 'Staging has answered the canary with a plan. Deploy to production?',
        }),
        this.run('Deploy', { input: this.packaged, runOrder: 2, to: production, as: 'DeployToProduction' }),
        this.run('Smoke', { input: this.packaged, runOrder: 3, to: production, as: 'SmokeInProduction' }),
      ],
    });
    acknowledgeWildcards(this.pipeline, {
      only: WRITES.map((finding) => finding.replace('ARTIFACTS', logicalId(bucket))),
      reason:
        "CDK grants a pipeline, and each of its actions, the objects of its own artifact bucket and the use of that bucket's key; a source connection writes there.",
    });
  }

  /** An action that runs one entry point of the Makefile. */
  private run(
    command: keyof typeof COMMANDS,
    more: {
      input?: codepipeline.Artifact;
      output?: codepipeline.Artifact;
      runOrder?: number;
      to?: Place;
      as?: string;
    } = {},
  ): actions.CodeBuildAction {
    const name = more.as ?? command;
    const project = new codebuild.PipelineProject(this, name, {
      projectName: `redress-${name}`,
      description: `${COMMANDS[command].join(' && ')}, for the pipeline of Redress.`,
      encryptionKey: this.key,
      // rustc needs several gigabytes for the largest crate of the AWS SDK.
      environment: {
        buildImage:
          this.props.architecture === 'arm64'
            ? codebuild.LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0
            : codebuild.LinuxBuildImage.AMAZON_LINUX_2023_5,
        computeType: COMPILE.includes(command) ? codebuild.ComputeType.LARGE : codebuild.ComputeType.SMALL,
      },
      timeout: Duration.hours(1),
      grantReportGroupPermissions: false,
      logging: {
        cloudWatch: {
          logGroup: new logs.LogGroup(this, `${name}Log`, {
            logGroupName: `/aws/codebuild/redress-${name}`,
            retention: this.props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
            removalPolicy: RemovalPolicy.DESTROY,
          }),
        },
      },
      buildSpec: codebuild.BuildSpec.fromObject({
        version: '0.2',
        env: { variables: more.to ? this.variables(more.to, command) : {} },
        phases: {
          install: install(this.props.architecture),
          build: { commands: ['. "$HOME/.cargo/env"', ...COMMANDS[command]] },
        },
        ...(more.output && {
          artifacts: { files: ['**/*'], 'exclude-paths': ['.git/**', 'target/release/**', 'target/*-linux-gnu/**'] },
        }),
      }),
    });
    const own = Stack.of(this).getLogicalId(project.node.defaultChild as codebuild.CfnProject);
    const { partition, region, account } = this;
    acknowledgeWildcards(project, {
      only: [
        ...(more.output ? WRITES : READS).map((finding) => finding.replace('ARTIFACTS', logicalId(this.bucket))),
        `Resource::arn:${partition}:logs:${region}:${account}:log-group:/aws/codebuild/<${own}>:*`,
      ],
      reason:
        "CDK grants a build the objects of the artifact bucket of its pipeline, the use of that bucket's key, and the streams of its own log.",
    });
    if (more.to) {
      this.mayDeploy(project, command, more.to);
    }
    if (!more.input) {
      // To clone; CDK grants the action by its older name only.
      project.addToRolePolicy(
        new iam.PolicyStatement({
          actions: ['codeconnections:UseConnection'],
          resources: [this.props.pipeline.connectionArn],
        }),
      );
    }
    return new actions.CodeBuildAction({
      actionName: name,
      project,
      input: more.input ?? this.source,
      ...(more.output && { outputs: [more.output] }),
      ...(more.runOrder !== undefined && { runOrder: more.runOrder }),
    });
  }

  /** The place that an entry point deploys to or looks at, and the role for it. */
  private variables(to: Place, command: keyof typeof COMMANDS): Record<string, string> {
    const place = { REDRESS_ACCOUNT: to.account ?? this.account, REDRESS_REGION: to.region };
    return command === 'Smoke' ? { ...place, PREFIX: this.props.prefix ?? '', SMOKE_ROLE: this.smokeRole(to) } : place;
  }

  private smokeRole(to: Place): string {
    return `arn:${this.partition}:iam::${to.account ?? this.account}:role${ROLE_PATH}${Canary.smokeRoleName(this.props.prefix)}`;
  }

  /** To deploy, CDK assumes the roles of the bootstrap stack; the smoke test has a role beside the canary. */
  private mayDeploy(project: codebuild.PipelineProject, command: keyof typeof COMMANDS, to: Place): void {
    const account = to.account ?? this.account;
    if (command === 'Deploy') {
      const qualifier = this.node.tryGetContext('@aws-cdk/core:bootstrapQualifier') ?? QUALIFIER;
      const roles = ['deploy', 'file-publishing', 'lookup'].map(
        (role) => `arn:${this.partition}:iam::${account}:role/cdk-${qualifier}-${role}-role-${account}-${to.region}`,
      );
      project.addToRolePolicy(new iam.PolicyStatement({ actions: ['sts:AssumeRole'], resources: roles }));
    } else {
      project.addToRolePolicy(
        new iam.PolicyStatement({ actions: ['sts:AssumeRole'], resources: [this.smokeRole(to)] }),
      );
    }
  }
}

function logicalId(bucket: s3.Bucket): string {
  return Stack.of(bucket).getLogicalId(bucket.node.defaultChild as s3.CfnBucket);
}
