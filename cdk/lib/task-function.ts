import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from './acknowledge.ts';
import { type Statement, type Task, changes, conditionsOf, fill } from './task.ts';

/** The path of every role of Redress. The manifest denies changes to roles below it, so none of them can be contained. */
export const ROLE_PATH = '/redress/';

/** The name of the response role, the same in each member account. The tasks know it by this name. */
export const RESPONSE_ROLE = 'redress-response';

/** Properties of a `TaskFunction`. */
export interface TaskFunctionProps {
  /** The task, as the manifest declares it. */
  readonly task: Task;
  /** What it runs: see `packaged` in `package.ts`. */
  readonly code: lambda.Code;
  readonly architecture: lambda.Architecture;
  /** The name of function and role [default: that of the task]. */
  readonly functionName?: string;
  /** How many invocations may run at once if the task changes something [default: 0, which reserves none]. */
  readonly reservedConcurrency?: number;
  /** Everything that tasks may find in their environment, by name. Of it each task gets what it declares. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the placeholders of the manifest's resources stand for; one placeholder may stand for several ARNs. */
  readonly resources: Readonly<Record<string, readonly string[]>>;
  /** How long logs are kept [default: 90 days]. */
  readonly logRetention?: logs.RetentionDays;
  /** A key for its logs and for what it reads and writes [default: keys of AWS]. */
  readonly encryptionKey?: kms.IKey;
}

/**
 * A task as a Lambda function, with a role that allows what the manifest says, and writing its own log. Nothing else.
 *
 * The statements stand in the role as they stand in the manifest, in the same order and with its reasons as descriptions
 * in the permission table of `README.md`. No construct adds to them: the function gets a role that is complete.
 */
export class TaskFunction extends Construct implements iam.IGrantable {
  readonly function: lambda.Function;
  readonly role: iam.Role;
  readonly logGroup: logs.LogGroup;
  readonly task: Task;
  readonly grantPrincipal: iam.IPrincipal;

  constructor(scope: Construct, id: string, props: TaskFunctionProps) {
    super(scope, id);
    this.task = props.task;
    const { task } = props;
    const functionName = props.functionName ?? task.name;
    this.logGroup = new logs.LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(props.encryptionKey && { encryptionKey: props.encryptionKey }),
    });
    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: task.summary,
      path: ROLE_PATH,
      roleName: `redress-${functionName}`,
      inlinePolicies: {
        task: policy(task.iam.flatMap((statement) => policyStatement(this, statement, props.resources))),
        log: policy([
          new iam.PolicyStatement({
            actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            resources: [this.logGroup.logGroupArn],
          }),
        ]),
        ...(props.encryptionKey && { key: keyPolicy(task, props.encryptionKey) }),
      },
    });
    this.grantPrincipal = this.role;
    this.function = new lambda.Function(this, 'Function', {
      functionName,
      description: task.summary,
      runtime: lambda.Runtime.PROVIDED_AL2023,
      architecture: props.architecture,
      code: props.code,
      handler: 'bootstrap',
      memorySize: task.memoryMiB,
      timeout: Duration.seconds(task.timeoutSeconds),
      environment: environmentOf(task, props.environment),
      // An immutable copy, so that nobody's later call (`grant…` of another construct) adds to what the manifest says.
      role: this.role.withoutPolicyUpdates(),
      logGroup: this.logGroup,
      ...(changes(task) && props.reservedConcurrency
        ? { reservedConcurrentExecutions: props.reservedConcurrency }
        : {}),
      ...(props.encryptionKey && { environmentEncryption: props.encryptionKey }),
    });
    acknowledgeWildcards(this.role, {
      reason: `What \`tasks/manifest.json\` says of \`${task.name}\`, with a reason for each statement: which role, policy or instance a finding is about is known only when it comes. Denials of Redress's own, service-linked and Identity Center's roles stand beside it; the task acts only on what was recorded for its case.`,
    });
  }

  /** Lets somebody invoke it. */
  grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return this.function.grantInvoke(grantee);
  }
}

/** What of the environment a task gets: all that it requires, and what it can be told. */
function environmentOf(task: Task, environment: Readonly<Record<string, string>>): Record<string, string> {
  const missing = task.environment.filter((name) => !environment[name]);
  if (missing.length > 0) {
    throw new Error(`\`${task.name}\` needs ${missing.map((name) => `\`${name}\``).join(', ')} in its environment`);
  }
  const settings = (task.settings ?? []).map((setting) => setting.name).filter((name) => environment[name]);
  return Object.fromEntries([...task.environment, ...settings].map((name) => [name, environment[name]!]));
}

/** A document that keeps its statements apart: an auditor finds each of them in the manifest. */
function policy(statements: iam.PolicyStatement[]): iam.PolicyDocument {
  return new iam.PolicyDocument({ statements, minimize: false });
}

/** A statement of the manifest as one of IAM's; none, if it is about something that this installation does not have. */
function policyStatement(
  scope: Construct,
  statement: Statement,
  resources: Readonly<Record<string, readonly string[]>>,
): iam.PolicyStatement[] {
  const about = statement.resources.flatMap((resource) => resourcesOf(scope, resource, resources));
  if (about.length === 0) {
    return [];
  }
  return [
    new iam.PolicyStatement({
      effect: statement.effect === 'Allow' ? iam.Effect.ALLOW : iam.Effect.DENY,
      actions: [...statement.actions],
      resources: about,
      conditions: conditionsOf(statement),
    }),
  ];
}

function resourcesOf(scope: Construct, resource: string, known: Readonly<Record<string, readonly string[]>>): string[] {
  const whole = /^\$\{(\w+)\}$/.exec(resource)?.[1];
  if (whole !== undefined && known[whole]) {
    return [...known[whole]];
  }
  const { partition, account, region } = Stack.of(scope);
  return [fill(resource, { Partition: partition, Account: account, Region: region })];
}

/** With a key of one's own, whoever reads or writes what it encrypts must be able to use it, through those services. */
function keyPolicy(task: Task, key: kms.IKey): iam.PolicyDocument {
  const services = new Set(task.iam.flatMap((statement) => statement.actions.map((action) => action.split(':')[0]!)));
  const stack = Stack.of(key);
  const through = ['dynamodb', 'sns'].filter((service) => services.has(service));
  return policy([
    new iam.PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [key.keyArn],
      conditions: {
        StringEquals: { 'kms:ViaService': [...through, 'lambda'].map((name) => `${name}.${stack.region}.${stack.urlSuffix}`) },
      },
    }),
  ]);
}
