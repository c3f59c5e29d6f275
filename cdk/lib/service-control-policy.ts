/**
 * Service control policies that keep everybody but the deploying role from changing Redress, or from making it deaf. The watch
 * tells of such calls afterwards; these policies prevent them.
 */
import type { Stacks } from './app.ts';
import { KEY_ALIAS } from './key.ts';

/** What of an installation has names of its own. */
export interface Named {
  readonly partition: string;
  readonly functions: readonly string[];
  /** The names of the state machines of the responses, which begin the names of their rules and functions. */
  readonly machines: readonly string[];
  /** `tasks.prefix`, or an empty text. */
  readonly prefix: string;
}

/** What of some stacks has names of its own. */
export function namedIn({ base, responses }: Stacks, partition: string, prefix = ''): Named {
  return {
    partition,
    functions: [
      ...[...base.functions, ...responses.flatMap((stack) => stack.functions)].map(({ functionName }) => functionName),
      `${prefix}canary-notify`,
    ],
    prefix,
    machines: responses.map(({ workflow }) => workflow.name),
  };
}

/** A service control policy. */
export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** A statement that denies. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** Source: AWS Organizations quotas, "Maximum size of a policy document". */
export const LONGEST_POLICY = 5120;

/** The role that deploys, and the roles of a bootstrap stack of its own. Both are placeholders: change them to yours. */
export const DEPLOYERS = ['RedressDeployment', 'cdk-redress-*'];

/** The id of the API through which people answer: a placeholder, since AWS chooses it. */
export const API_ID = 'ID-OF-THE-API';

/** Calls of these services change something that Redress has, if they are about one of its resources. */
const CHANGES: Readonly<Record<string, readonly string[]>> = {
  apigateway: ['DELETE', 'PATCH', 'POST', 'PUT'],
  cloudformation: [
    ...['Cancel*', 'Continue*', 'Create*', 'Delete*', 'Execute*', 'RollbackStack', 'SetStackPolicy', 'Update*'],
  ],
  cloudwatch: ['Delete*', 'Disable*', 'Enable*', 'Put*', 'SetAlarmState', 'Tag*', 'Untag*'],
  events: [
    ...['DeleteEventBus', 'DeleteRule', 'Disable*', 'EnableRule', 'PutRule', 'PutTargets', 'RemoveTargets'],
    ...['Tag*', 'Untag*', 'UpdateEventBus'],
  ],
  lambda: [
    ...['AddPermission', 'Create*', 'Delete*', 'Disable*', 'Enable*', 'Publish*', 'Put*', 'Remove*', 'Tag*', 'Untag*'],
    'Update*',
  ],
  logs: [
    ...['AssociateKms*', 'Delete*', 'DisassociateKms*', 'PutData*', 'PutLogGroup*', 'PutMetric*', 'PutRetention*'],
    ...['PutSub*', 'PutTransformer', 'Tag*', 'Untag*'],
  ],
  scheduler: ['CreateSchedule', 'DeleteSchedule', 'UpdateSchedule'],
  sns: [
    ...['AddPermission', 'CreateTopic', 'DeleteTopic', 'PutData*', 'RemovePermission', 'Set*', 'Subscribe'],
    ...['Tag*', 'Unsubscribe', 'Untag*'],
  ],
  sqs: [
    ...['AddPermission', 'Cancel*', 'Change*', 'CreateQueue', 'Delete*', 'PurgeQueue', 'RemovePermission', 'Set*'],
    ...['Start*', 'Tag*', 'Untag*'],
  ],
  ssm: [
    ...['AddTags*', 'DeleteParameter*', 'DeleteResource*', 'Label*', 'PutParameter', 'PutResource*', 'RemoveTags*'],
    'Unlabel*',
  ],
  states: ['Create*', 'Delete*', 'Publish*', 'Redrive*', 'StopExecution', 'Tag*', 'Untag*', 'Update*'],
};

/** Calls that give away or take away what its roles may do. */
const OF_ROLES = [
  ...[
    'AttachRolePolicy',
    'CreatePolicy*',
    'CreateRole',
    'DeletePolicy*',
    'DeleteRole*',
    'DetachRolePolicy',
    'PassRole',
  ],
  ...['PutRole*', 'SetDefaultPolicyVersion', 'TagPolicy', 'TagRole', 'UntagPolicy', 'UntagRole'],
  ...['UpdateAssumeRolePolicy', 'UpdateRole*'],
].map((name) => `iam:${name}`);

const OF_CASES = [
  'BatchWriteItem',
  'Create*',
  'Delete*',
  'Disable*',
  'Enable*',
  'PartiQL*',
  'Put*',
  'Restore*',
  'Tag*',
  'Untag*',
  'Update*',
].map((name) => `dynamodb:${name}`);

const OF_KEY = [
  ...[
    'CancelKeyDeletion',
    'CreateAlias',
    'CreateGrant',
    'Delete*',
    'Disable*',
    'Enable*',
    'ImportKeyMaterial',
    'PutKeyPolicy',
  ],
  ...[
    'ReplicateKey',
    'RetireGrant',
    'RevokeGrant',
    'RotateKeyOnDemand',
    'ScheduleKeyDeletion',
    'Tag*',
    'Untag*',
    'Update*',
  ],
].map((name) => `kms:${name}`);

/** Calls that have no resource, so that they are denied whatever they are about. */
const WITHOUT_RESOURCE = ['events:PutPermission', 'events:RemovePermission', 'logs:DeleteResourcePolicy'];

/** Calls by which the services that Redress hears from report less, or nothing. */
const SILENCING: Readonly<Record<string, readonly string[]>> = {
  'access-analyzer': ['ApplyArchiveRule', 'CreateArchiveRule', 'Delete*', 'UpdateA*'],
  cloudtrail: ['Delete*', 'Deregister*', 'Put*', 'Stop*', 'Update*'],
  config: [
    ...['DeleteConfig*', 'DeleteConformancePack', 'DeleteDeliveryChannel', 'DeleteOrg*', 'DeleteServiceLinked*'],
    ...['DisassociateResourceTypes', 'PutConfigurationRecorder', 'StopConfigurationRecorder'],
  ],
  guardduty: [
    ...['CreateFilter', 'CreateIPSet', 'CreateTrusted*', 'Delete*', 'Disable*', 'Disassociate*', 'StopMonitoring*'],
    ...['UpdateD*', 'UpdateFilter', 'UpdateI*', 'UpdateM*', 'UpdateO*', 'UpdateP*', 'UpdateT*'],
  ],
  securityhub: [
    ...[
      'BatchDeleteA*',
      'BatchDisable*',
      'BatchUpdateA*',
      'BatchUpdateS*',
      'CreateA*',
      'DeleteA*',
      'DeleteC*',
      'DeleteF*',
    ],
    ...['DeleteM*', 'Disable*', 'Disassociate*', 'StartC*', 'UpdateA*', 'UpdateC*', 'UpdateF*', 'UpdateO*', 'UpdateS*'],
  ],
};

/** Changes of the resources of Redress: of what starts it, decides, acts, and tells people. */
function changesOfItsResources({ partition, functions, machines, prefix }: Named): Policy {
  const arn = (service: string, rest: string) => `arn:${partition}:${service}:*:*:${rest}`;
  // Rules, functions and logs of a response have its name at their beginning; common functions have names of their own.
  const common = functions.filter((name) => !machines.some((response) => name.startsWith(`${response}-`)));
  // A wildcard does not stand for the type of a resource.
  const machine = (name: string) => ['stateMachine', 'execution'].map((type) => arn('states', `${type}:${name}`));
  // Those of members have no prefix.
  const prefixes = [...new Set([prefix, ''])];
  return policy([
    denied(partition, 'ResourcesOfRedress', qualified(CHANGES), [
      `arn:${partition}:apigateway:*::/apis/${API_ID}*`,
      arn('cloudformation', 'stack/Redress*'),
      ...['alarm', 'alarm-mute-rule'].map((type) => arn('cloudwatch', `${type}:?edress*`)),
      ...(prefix === ''
        ? []
        : [arn('cloudwatch', `alarm:${prefix}redress*`), arn('events', `rule/${prefix}redress-*`)]),
      `arn:${partition}:cloudwatch::*:dashboard/Redress*`,
      ...['event-bus/redress', 'rule/?edress*'].map((name) => arn('events', name)),
      arn('logs', 'log-group:*redress*'),
      arn('scheduler', 'schedule/default/Redress*'),
      ...prefixes.map((begin) => arn('sns', `${begin}redress*`)),
      ...['*-undelivered', 'Redress*'].map((name) => arn('sqs', name)),
      arn('ssm', 'parameter/redress/*'),
      ...prefixes.flatMap((begin) => machine(`${begin}redress-*`)),
      ...common.flatMap((name) => [arn('lambda', `function:${name}`), arn('logs', `log-group:/aws/lambda/${name}*`)]),
      ...machines.flatMap((name) => [
        arn('events', `rule/${name}-*`),
        arn('lambda', `function:${name}-*`),
        arn('logs', `log-group:*/${name}*`),
        ...machine(`${name}*`),
      ]),
    ]),
  ]);
}

/** Changes of its roles, of its cases and its key, and forged metrics; and the ways to the deploying roles. */
function changesOfItsRoles({ partition }: Pick<Named, 'partition'>): Policy {
  const iam = (...names: string[]) => names.map((name) => `arn:${partition}:iam::*:${name}`);
  const ofKey = denied(partition, 'KeyOfRedress', OF_KEY, ['*']);
  const ofMetrics = denied(partition, 'MetricsOfRedress', ['cloudwatch:PutMetricData'], ['*']);
  return policy([
    denied(partition, 'RolesOfRedress', OF_ROLES, [
      // The trust policy of `canary-of-redress` is written every day, by the probe.
      ...iam('role/redress/*', 'role/redress-canary/?edress*', 'policy/redress/*'),
      ...iam(...DEPLOYERS.map((role) => `role/${role}`)),
    ]),
    // With a session of one of these, an attacker would deploy.
    denied(partition, 'SessionsOfDeployingRoles', ['sts:AssumeRole'], iam('role/cdk-redress-*')),
    // The packages that the next deployment would run.
    denied(partition, 'PackagesOfRedress', ['s3:Delete*', 's3:Put*'], [`arn:${partition}:s3:::cdk-redress-assets-*`]),
    denied(partition, 'CasesOfRedress', OF_CASES, [`arn:${partition}:dynamodb:*:*:table/Redress*`], ['redress/*']),
    { ...ofKey, Condition: { ...ofKey.Condition, 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [KEY_ALIAS] } } },
    { ...ofMetrics, Condition: { ...ofMetrics.Condition, StringEquals: { 'cloudwatch:namespace': ['Redress'] } } },
    denied(partition, 'WithoutResource', WITHOUT_RESOURCE, ['*']),
  ]);
}

/** Changes of the services that Redress hears from. */
function changesOfItsSources({ partition }: Pick<Named, 'partition'>): Policy {
  return policy([denied(partition, 'SourcesOfRedress', qualified(SILENCING), ['*'])]);
}

/** All of them, by the names of their files. */
export function policiesFor(named: Named): Readonly<Record<string, Policy>> {
  return {
    resources: changesOfItsResources(named),
    roles: changesOfItsRoles(named),
    sources: changesOfItsSources(named),
  };
}

const policy = (statements: readonly Statement[]): Policy => ({ Version: '2012-10-17', Statement: statements });

const qualified = (calls: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(calls).flatMap(([service, names]) => names.map((name) => `${service}:${name}`));

/** Denied to everybody but the deploying roles, and these. Services are not subject to such policies. */
function denied(
  partition: string,
  sid: string,
  actions: readonly string[],
  resources: readonly string[],
  roles: readonly string[] = [],
): Statement {
  const but = [...DEPLOYERS, ...roles].map((role) => `arn:${partition}:iam::*:role/${role}`);
  return {
    Sid: sid,
    Effect: 'Deny',
    Action: actions,
    Resource: resources,
    Condition: { ArnNotLike: { 'aws:PrincipalArn': but } },
  };
}

/** A policy as a file: as short as it is still readable, since some ways to save it count blanks. */
export function written(policy: Policy): string {
  const statements = policy.Statement.map((statement) => {
    const members = Object.entries(statement).map(([name, value]) => ` ${JSON.stringify(name)}: ${shortened(value)}`);
    return `{\n${members.join(',\n')}\n}`;
  });
  return `{"Version": "${policy.Version}", "Statement": [\n${statements.join(',\n')}\n]}\n`;
}

/** A value on lines of about 120 characters. */
function shortened(value: unknown): string {
  if (!Array.isArray(value) || value.length < 2) {
    return JSON.stringify(value);
  }
  const lines: string[] = [];
  for (const one of value.map((item) => JSON.stringify(item))) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + one.length < 116) {
      lines[lines.length - 1] = `${last},${one}`;
    } else {
      lines.push(one);
    }
  }
  return `[\n${lines.join(',\n')}]`;
}
