import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from './acknowledge.ts';
import { changes, conditionsOf, type Statement, type Task } from './task.ts';
import { fill, onlyPlaceholder } from './text.ts';

/** The path of every role of Redress. The manifest denies changes to roles below it, so a response cannot contain them. */
export const ROLE_PATH = '/redress/';

/** The names of the response roles, the same in each member account: for the tasks that look, and for those that act. */
export const RESPONSE_ROLE = 'redress-response';
export const ACTING_RESPONSE_ROLE = 'redress-response-act';

/** A function that a definition or a rule can name. */
export interface Callable {
  readonly task: Task;
  readonly functionName: string;
  readonly arn: string;
}

/** Properties of a `TaskFunction`. */
export interface TaskFunctionProps {
  /** The task, as the manifest describes it. */
  readonly task: Task;
  /** The package with the executable of all tasks: see `packaged` in `package.ts`. */
  readonly code: lambda.Code;
  readonly architecture: lambda.Architecture;
  /** The name of the function; the role is `redress-<name>` [default: the name of the task]. */
  readonly functionName?: string;
  /** How many invocations may run at once if the task changes something [default: 0, which reserves none]. */
  readonly reservedConcurrency?: number;
  /** Environment variables, by name. The task gets those that it declares. */
  readonly environment: Readonly<Record<string, string>>;
  /** The ARNs for the placeholders of the manifest's resources. */
  readonly resources: Readonly<Record<string, readonly string[]>>;
  /** How long logs are kept [default: 90 days]. */
  readonly logRetention?: logs.RetentionDays;
  /** A key for its logs and for the data that it reads and writes [default: keys of AWS]. */
  readonly encryptionKey?: kms.IKey;
}

/** The name of the role of a function. */
export function roleName(functionName: string): string {
  return `redress-${functionName}`;
}

/** The name of the log group of a function. */
export function taskLogGroup(functionName: string): string {
  return `/aws/lambda/${functionName}`;
}

/**
 * A task as a Lambda function, with a role that allows the manifest's statements and writing its own log. Nothing else.
 *
 * The role has the statements of the manifest in the same order; PERMISSIONS.md has them with their reasons. No construct
 * adds to them: the function gets a role that is complete.
 */
export class TaskFunction extends Construct implements iam.IGrantable, Callable {
  readonly function: lambda.Function;
  readonly functionName: string;
  readonly role: iam.Role;
  readonly logGroup: logs.LogGroup;
  readonly task: Task;
  readonly grantPrincipal: iam.IPrincipal;

  constructor(scope: Construct, id: string, props: TaskFunctionProps) {
    super(scope, id);
    this.task = props.task;
    const { task } = props;
    const functionName = props.functionName ?? task.name;
    this.functionName = functionName;
    this.logGroup = new logs.LogGroup(this, 'Log', {
      logGroupName: taskLogGroup(functionName),
      retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(props.encryptionKey && { encryptionKey: props.encryptionKey }),
    });
    const statements = task.iam.flatMap((statement) => policyStatement(this, statement, props.resources));
    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: task.summary,
      path: ROLE_PATH,
      roleName: roleName(functionName),
      inlinePolicies: {
        // A task that calls nothing has no policy: IAM takes none without statements.
        ...(statements.length > 0 && { task: policy(statements) }),
        log: policy([
          new iam.PolicyStatement({
            actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            resources: [this.logGroup.logGroupArn],
          }),
        ]),
        ...(props.encryptionKey && { key: keyPolicy(this, task, props.encryptionKey) }),
      },
    });
    this.grantPrincipal = this.role;
    this.function = new lambda.Function(this, 'Function', {
      functionName,
      description: task.summary,
      runtime: lambda.Runtime.PROVIDED_AL2023,
      architecture: props.architecture,
      code: props.code,
      // One executable holds all tasks. It reads the handler from the environment variable `_HANDLER`.
      handler: task.name,
      memorySize: task.memoryMiB,
      timeout: Duration.seconds(task.timeoutSeconds),
      environment: environmentOf(task, props.environment),
      // An immutable copy, so that a later `grant…` of another construct cannot add to the manifest's statements.
      role: this.role.withoutPolicyUpdates(),
      logGroup: this.logGroup,
      ...(changes(task) && props.reservedConcurrency
        ? { reservedConcurrentExecutions: props.reservedConcurrency }
        : {}),
      ...(props.encryptionKey && { environmentEncryption: props.encryptionKey }),
    });
    acknowledgeWildcards(this.role, {
      reason: `The statements of \`${task.name}\` in \`tasks/manifest.json\`, each with its reason: the role, policy or instance of a finding is known only when the finding comes. Denials for Redress's own, service-linked and Identity Center's roles are beside them; the task acts only on the record of its case.`,
    });
  }

  get arn(): string {
    return this.function.functionArn;
  }

  /** Lets somebody invoke it. */
  grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return this.function.grantInvoke(grantee);
  }
}

/** The variables that a task declares: all that it requires, and those of its settings that have a value. */
function environmentOf(task: Task, environment: Readonly<Record<string, string>>): Record<string, string> {
  const missing = task.environment.filter((name) => !environment[name]);
  if (missing.length > 0) {
    throw new Error(
      `\`${task.name}\` requires ${missing.map((name) => `\`${name}\``).join(', ')} in its environment, and \`lib/stacks/base.ts\` has no value`,
    );
  }
  const settings = (task.settings ?? []).map((setting) => setting.name).filter((name) => environment[name]);
  return Object.fromEntries([...task.environment, ...settings].map((name) => [name, environment[name]!]));
}

/** A document that keeps its statements apart, so that an auditor finds each of them in the manifest. */
function policy(statements: iam.PolicyStatement[]): iam.PolicyDocument {
  return new iam.PolicyDocument({ statements, minimize: false });
}

/** A statement of the manifest as one of IAM's; none if this installation has none of its resources. */
function policyStatement(
  scope: Construct,
  statement: Statement,
  resources: Readonly<Record<string, readonly string[]>>,
): iam.PolicyStatement[] {
  const about = statement.resources.flatMap((resource) => resourcesOf(scope, resource, resources));
  const conditions = conditionsOf(statement, resources);
  if (about.length === 0 || conditions === undefined) {
    return [];
  }
  return [
    new iam.PolicyStatement({
      effect: statement.effect === 'Allow' ? iam.Effect.ALLOW : iam.Effect.DENY,
      actions: [...statement.actions],
      resources: about,
      conditions,
    }),
  ];
}

function resourcesOf(scope: Construct, resource: string, known: Readonly<Record<string, readonly string[]>>): string[] {
  const whole = onlyPlaceholder(resource);
  if (whole !== undefined && known[whole]) {
    return [...known[whole]];
  }
  const { partition, account, region } = Stack.of(scope);
  return [fill(resource, { Partition: partition, Account: account, Region: region })];
}

/** A task that reads or writes encrypted data must be able to use the key, through the services that hold the data. */
function keyPolicy(scope: Construct, task: Task, key: kms.IKey): iam.PolicyDocument {
  const services = new Set(task.iam.flatMap((statement) => statement.actions.map((action) => action.split(':')[0]!)));
  const stack = Stack.of(scope);
  const through = ['dynamodb', 'sns', 'states'].filter((service) => services.has(service));
  return policy([
    new iam.PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [key.keyArn],
      conditions: {
        StringEquals: {
          'kms:ViaService': [...through, 'lambda'].map((name) => `${name}.${stack.region}.${stack.urlSuffix}`),
        },
      },
    }),
  ]);
}
