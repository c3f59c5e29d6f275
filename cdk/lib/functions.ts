/** The functions of an installation: their names, environment and resources are the same in every stack. */
import { Stack } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { Canary } from './canary.ts';
import { limitsOf, shareOfOne } from './config/limits.ts';
import type { Config } from './config/types.ts';
import { packaged } from './package.ts';
import type { CalledTask, Response } from './response/response.ts';
import { changes, type Task } from './task.ts';
import { ACTING_RESPONSE_ROLE, RESPONSE_ROLE, ROLE_PATH, roleName, TaskFunction } from './task-function.ts';

/** The parts of an installation that every stack with functions is made from. */
export interface Installation {
  readonly config: Config;
  readonly tasks: readonly Task[];
  /** The responses that the configuration names. */
  readonly responses: readonly Response[];
  /** The folder with the package. */
  readonly package: string;
  /** Whether the templates are only checked, so that the package may be missing. */
  readonly isOnlyChecked: boolean;
  /** The account of the pipeline, if there is one. */
  readonly pipelineAccount?: string;
}

/** The resources of the base stack that functions use. */
export interface SharedResources {
  readonly tableName: string;
  readonly tableArn: string;
  readonly topicArn: string;
  readonly escalationTopicArn: string | undefined;
  readonly key: kms.IKey | undefined;
  /** The address of a question's page, with `{id}` for its id. */
  readonly pageUrl: string | undefined;
}

/** Options of a function. */
export interface FunctionOptions {
  readonly id: string;
  /** Without the installation's prefix. */
  readonly name: string;
  /** The state machines that the task may call Step Functions about. */
  readonly machines: readonly string[];
  /** Resources that are other ones for this function. */
  readonly instead?: Partial<SharedResources>;
  /** The response whose limits apply [default: none has limits of its own]. */
  readonly response?: string;
}

/** The name of a function or a state machine in an installation. */
export function named(config: Config, name: string): string {
  return `${config.tasks.prefix ?? ''}${name}`;
}

/** The state machines of a response: its own, and the canary's lane if the canary uses it. */
export function machinesOf({ config, responses }: Installation, response: Response): string[] {
  const isOfCanary = config.canary && Canary.responseOf(responses) === response;
  return [named(config, response.name), ...(isOfCanary ? [Canary.machineName(config.tasks.prefix)] : [])];
}

/** The ARNs of the permissions boundaries that roles and users of an account must have. */
export function requiredBoundaries(
  { guardrails }: Config,
  { partition, account }: { partition: string; account: string },
): string[] {
  const arns = (guardrails.requiredBoundaries ?? []).map(({ policy }) =>
    policy.startsWith('arn:') ? policy : `arn:${partition}:iam::${account}:policy/${policy.replace(/^\/+/, '')}`,
  );
  return [...new Set(arns)];
}

/** The names of the roles that change something at home, one for each function whose task does. */
export function actingRoles({ config, tasks, responses }: Installation): string[] {
  const called = responses.flatMap((response) => response.tasks(tasks)).filter(({ task }) => changes(task));
  return [...new Set(called.map(({ functionName }) => roleName(named(config, functionName))))];
}

/** Makes the functions of one stack. */
export class Functions {
  private readonly code: lambda.Code;

  constructor(
    private readonly scope: Construct,
    private readonly installation: Installation,
    /** Read when a function is made: the page that its address comes from needs a function itself. */
    private readonly shared: () => SharedResources,
  ) {
    const { config, isOnlyChecked } = installation;
    this.code = packaged(installation.package, config.tasks.architecture, isOnlyChecked);
  }

  /** The function of a task. */
  add(task: Task, { id, name, machines, instead, response }: FunctionOptions): TaskFunction {
    const { tasks, retention } = this.installation.config;
    const shared = { ...this.shared(), ...instead };
    return new TaskFunction(this.scope, id, {
      task,
      code: this.code,
      architecture: tasks.architecture === 'arm64' ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64,
      functionName: named(this.installation.config, name),
      reservedConcurrency: tasks.reservedConcurrency,
      environment: { ...this.environment(shared), ...this.limits(response) },
      resources: this.resources(shared, machines),
      logRetention: retention.logDays,
      ...(shared.key && { encryptionKey: shared.key }),
    });
  }

  /** The ARN of a common task's function, which the base stack has. It is made of names, so that no stack exports it. */
  static arnOf(scope: Construct, config: Config, called: CalledTask): string {
    const { partition, region, account } = Stack.of(scope);
    return `arn:${partition}:lambda:${region}:${account}:function:${named(config, called.functionName)}`;
  }

  /** Every environment variable that a task can declare. */
  private environment({
    tableName,
    topicArn,
    escalationTopicArn,
    key,
    pageUrl,
  }: SharedResources): Record<string, string> {
    const { guardrails, approvals, members } = this.installation.config;
    return {
      CASE_TABLE: tableName,
      TOPIC_ARN: topicArn,
      ESCALATION_TOPIC_ARN: escalationTopicArn ?? '',
      TOKEN_KEY: key?.keyArn ?? '',
      EXECUTION_LINK: consoleLink(Stack.of(this.scope)),
      APPROVAL_URL: pageUrl ?? '',
      // The task requires a list. The responder's own roles are always protected.
      PROTECTED_ROLES: guardrails.protectedRoles.join(',') || `${ROLE_PATH}*`,
      RESPONDER_ROLES: `${ROLE_PATH}*`,
      ACTING_ROLES: actingRoles(this.installation)
        .map((name) => `${ROLE_PATH}${name}`)
        .join(','),
      KNOWN_ACCOUNTS: guardrails.knownAccounts.join(','),
      KNOWN_OIDC_OWNERS: (guardrails.knownOidcOwners ?? []).join(','),
      KNOWN_NETWORKS: (guardrails.knownNetworks ?? []).join(','),
      REQUIRED_BOUNDARIES: (guardrails.requiredBoundaries ?? [])
        .map(({ pattern, policy }) => `${pattern}=${policy}`)
        .join(','),
      APPROVERS: approvals.approvers.join(','),
      APPROVALS_NEEDED: String(approvals.needed),
      IDENTITY_CLAIM: approvals.page?.identityClaim ?? 'sub',
      SESSION_CLAIM: approvals.page?.sessionClaim ?? '',
      MEMBER_ACCOUNTS: this.memberAccounts().join(','),
      MEMBER_EXTERNAL_ID: this.memberAccounts().length > 0 ? members!.externalId : '',
    };
  }

  /** How many changes a response may make in an hour: in all accounts together, and in those with a limit of their own. */
  private limits(response: string | undefined): Record<string, string> {
    const { config } = this.installation;
    const own = response === undefined ? undefined : config.responses[response];
    const accounts = own === undefined ? [] : limitsOf(config, response!);
    const changesPerHour = own?.changesPerHour ?? config.guardrails.changesPerHour;
    const limited = accounts
      .filter(([, limits]) => limits.changesPerHour !== undefined)
      .map(([account, limits]) => `${account}=${limits.changesPerHour}`);
    // Of several accounts none uses up the limit of all.
    const others = this.memberAccounts().length > 0 ? [`*=${shareOfOne(changesPerHour)}`] : [];
    return {
      CHANGES_PER_HOUR: String(changesPerHour),
      ACCOUNT_CHANGES_PER_HOUR: [...limited, ...others].join(','),
    };
  }

  /** The ARNs for the placeholders of the manifest's resources. */
  private resources(
    { tableArn, topicArn, escalationTopicArn, key }: SharedResources,
    machines: readonly string[],
  ): Record<string, string[]> {
    const { partition, region, account } = Stack.of(this.scope);
    const arn = (type: string, rest: string) => `arn:${partition}:states:${region}:${account}:${type}:${rest}`;
    return {
      CaseTable: [tableArn],
      Topic: [topicArn],
      EscalationTopic: escalationTopicArn === undefined ? [] : [escalationTopicArn],
      TokenKey: key ? [key.keyArn] : [],
      Executions: machines.map((name) => arn('execution', `${name}:*`)),
      StateMachines: machines.map((name) => arn('stateMachine', name)),
      MemberRoles: this.memberRoles(RESPONSE_ROLE),
      ActingMemberRoles: this.memberRoles(ACTING_RESPONSE_ROLE),
      RequiredBoundaries: requiredBoundaries(this.installation.config, { partition, account }),
    };
  }

  private memberRoles(name: string): string[] {
    const { partition } = Stack.of(this.scope);
    return this.memberAccounts().map((member) => `arn:${partition}:iam::${member}:role${ROLE_PATH}${name}`);
  }

  /** The other accounts in which tasks look and act. */
  private memberAccounts(): string[] {
    return (this.installation.config.members?.accounts ?? []).map((member) => member.account);
  }
}

/** The page of an execution in the console, with `{execution}` for its ARN. */
function consoleLink(stack: Stack): string {
  const domain = stack.region.startsWith('cn-')
    ? 'console.amazonaws.cn'
    : stack.region.startsWith('us-gov-')
      ? 'console.amazonaws-us-gov.com'
      : 'console.aws.amazon.com';
  return `https://${stack.region}.${domain}/states/home?region=${stack.region}#/v2/executions/details/{execution}`;
}
