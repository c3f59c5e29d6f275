import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from './acknowledge.ts';
import type { Response } from './response/response.ts';
import type { RuleFile } from './response/rules.ts';
import { type Callable, ROLE_PATH } from './task-function.ts';
import { Workflow } from './workflow.ts';

/** Properties of a `Canary`. */
export interface CanaryProps {
  /** A response of the kind `CANARY_KIND`. */
  readonly response: Response;
  /** The functions of the response. `Notify` is one whose messages nobody on call receives. */
  readonly functions: Readonly<Record<string, Callable>>;
  /** The time between two synthetic findings. */
  readonly everyMinutes: number;
  /** The longest time that a plan may take. */
  readonly withinMinutes: number;
  /** The prefix of the name of the state machine. */
  readonly prefix?: string;
  /** The account of the pipeline that runs `make smoke` [default: there is none]. */
  readonly pipelineAccount?: string;
  readonly logRetention?: logs.RetentionDays;
  readonly encryptionKey?: kms.IKey;
}

/** The kind of response that can answer the canary's finding: leaked credentials of a role. */
export const CANARY_KIND = 'role-containment';

/** The source of its events. EventBridge refuses `aws.…` from anybody but AWS, so the canary cannot pose as GuardDuty. */
export const CANARY_SOURCE = 'redress.canary';

/** The type and the instance of its findings. */
const CANARY_TYPE = 'UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS';
const INSTANCE = 'i-0123456789abcdef0';

/** The namespace and the name of its metric: 1 for each completed plan. */
export const CANARY_METRIC = { namespace: 'Redress', metricName: 'CanaryPlans' } as const;

/**
 * Proves that Redress answers findings: a schedule sends a finding about a role of the canary's own through the bus, a rule
 * starts a lane that can only plan, and each completed plan is counted. It has no code of its own.
 *
 * The lane is the deployed workflow with the deployed functions, except for two things. Its messages go to a topic of its
 * own. And it does not wait for Security Hub, which does not have the canary's finding.
 */
export class Canary extends Construct {
  readonly workflow: Workflow;
  /** The role in its findings. It may do nothing. */
  readonly role: iam.Role;
  readonly metric: cloudwatch.Metric;
  readonly alarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: CanaryProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.role = new iam.Role(this, 'Leaked', {
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
      description: 'The role in the findings of the canary. It may do nothing, and nothing uses it.',
      path: '/redress-canary/',
      roleName: Canary.machineName(props.prefix),
    });
    this.workflow = new Workflow(this, 'Lane', {
      response: props.response,
      functions: props.functions,
      name: Canary.machineName(props.prefix),
      definition: lane(props.response.definition),
      // Whatever its input says, an execution of the lane can only plan.
      values: { Mode: 'plan' },
      buses: [],
      ...(props.logRetention !== undefined && { logRetention: props.logRetention }),
      ...(props.encryptionKey && { encryptionKey: props.encryptionKey }),
    });
    this.workflow.addRule(ruleOf(stack, this.role), { id: 'Canary' });
    this.send(props.everyMinutes, stack);
    this.metric = this.count();
    this.alarm = this.missed(props);
    if (props.pipelineAccount !== undefined) {
      this.smoke(props.pipelineAccount, props);
    }
  }

  /** The response that the canary uses: the first of the kind. */
  static responseOf(responses: readonly Response[]): Response | undefined {
    return responses.find((response) => response.kind === CANARY_KIND);
  }

  /** The name of the alarm. */
  static alarmName(prefix = ''): string {
    return `${Canary.machineName(prefix)}-missed`;
  }

  /** The name of the lane's state machine. */
  static machineName(prefix = ''): string {
    return `${prefix}redress-canary`;
  }

  /** The name of the role in which a pipeline runs `make smoke`. */
  static smokeRoleName(prefix = ''): string {
    return `${prefix}redress-smoke`;
  }

  /** The role for `make smoke`, which sends a finding of the canary and follows its execution. */
  private smoke(pipelineAccount: string, { prefix, encryptionKey }: CanaryProps): void {
    const stack = Stack.of(this);
    const machine = Canary.machineName(prefix);
    const states = (resource: string, resourceName: string) =>
      stack.formatArn({ service: 'states', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    const role = new iam.Role(this, 'Smoke', {
      assumedBy: new iam.AccountPrincipal(pipelineAccount).withConditions({
        ArnLike: { 'aws:PrincipalArn': `arn:${stack.partition}:iam::${pipelineAccount}:role/RedressPipeline-Smoke*` },
      }),
      description: 'Sends a finding of the canary for the pipeline, and follows its execution.',
      path: ROLE_PATH,
      roleName: Canary.smokeRoleName(prefix),
      inlinePolicies: {
        smoke: new iam.PolicyDocument({
          statements: [
            sending(stack),
            new iam.PolicyStatement({ actions: ['iam:GetRole'], resources: [this.role.roleArn] }),
            new iam.PolicyStatement({
              actions: ['states:ListExecutions'],
              resources: [states('stateMachine', machine)],
            }),
            new iam.PolicyStatement({
              actions: ['states:DescribeExecution'],
              resources: [states('execution', `${machine}:*`)],
            }),
            ...(encryptionKey
              ? [
                  new iam.PolicyStatement({
                    actions: ['kms:Decrypt'],
                    resources: [encryptionKey.keyArn],
                    conditions: { StringEquals: { 'kms:ViaService': `states.${stack.region}.${stack.urlSuffix}` } },
                  }),
                ]
              : []),
          ],
        }),
      },
    });
    acknowledgeWildcards(role, {
      reason: "It reads the executions of the canary's lane, which have names of their own.",
    });
  }

  private send(everyMinutes: number, stack: Stack): void {
    const sender = new iam.Role(this, 'Sender', {
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
      description: 'Puts the findings of the canary on the bus, with the source of the canary only.',
      path: ROLE_PATH,
      inlinePolicies: {
        send: new iam.PolicyDocument({ statements: [sending(stack)] }),
      },
    });
    new scheduler.CfnSchedule(this, 'Schedule', {
      description: 'Sends a finding of the canary.',
      scheduleExpression: everyMinutes === 1 ? 'rate(1 minute)' : `rate(${everyMinutes} minutes)`,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: busArn(stack),
        roleArn: sender.roleArn,
        eventBridgeParameters: { source: CANARY_SOURCE, detailType: 'GuardDuty Finding' },
        input: stack.toJsonString(finding(stack, this.role)),
        retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 300 },
      },
    });
  }

  /**
   * Counts the executions that reach the end with a plan, in the log of the lane, which has the names of states and no data.
   * With a key of the customer the events of executions have no output, so that EventBridge could not tell plans from others.
   */
  private count(): cloudwatch.Metric {
    const { logGroup } = this.workflow;
    const metric = new logs.MetricFilter(this, 'Planned', {
      logGroup,
      filterPattern: logs.FilterPattern.literal(
        `{ $.type = "SucceedStateEntered" && $.details.name = ${JSON.stringify(PLANNED)} }`,
      ),
      metricNamespace: CANARY_METRIC.namespace,
      metricName: CANARY_METRIC.metricName,
      metricValue: '1',
    });
    return metric.metric({ statistic: 'Sum', period: Duration.minutes(5) });
  }

  private missed(props: CanaryProps): cloudwatch.Alarm {
    const periods = Math.ceil((props.everyMinutes + props.withinMinutes) / 5);
    return new cloudwatch.Alarm(this, 'Missed', {
      alarmName: Canary.alarmName(props.prefix),
      alarmDescription: `The canary has completed no plan for ${periods * 5} minutes: Redress would not have answered a finding. Look at the executions of ${Canary.machineName(props.prefix)}.`,
      metric: this.metric,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: periods,
      datapointsToAlarm: periods,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
  }
}

/** The state in which an execution ends that has planned and told the plan. */
const PLANNED = 'Planned';

/** The definition without the late writing to Security Hub: a refused write is not repeated at the end. */
export function lane(definition: string): string {
  const end = (JSON.parse(definition) as { States?: Record<string, { Type?: string }> }).States?.[PLANNED];
  if (end?.Type !== 'Succeed') {
    throw new Error(
      `the definition has no end \`${PLANNED}\`, by which \`lib/canary.ts\` counts the plans of the canary: name its state there`,
    );
  }
  let assigned = 0;
  const text = JSON.stringify(
    JSON.parse(definition, (key, value: unknown) => {
      if (key === 'unwritten' && value === true) {
        assigned += 1;
        return false;
      }
      return value;
    }),
    null,
    2,
  );
  if (assigned === 0) {
    throw new Error(
      'the definition assigns `unwritten` nowhere, so `lane` in `lib/canary.ts` cannot keep the canary from waiting for Security Hub',
    );
  }
  return text;
}

/** The beginning of the ids of its findings. No finding of GuardDuty has such an id. */
export const CANARY_ID = 'redress-canary-';

/**
 * The rule of the lane. It takes nothing but findings of the canary about its own role: whoever may put events could
 * otherwise start the lane with anything that looks like a finding of GuardDuty.
 */
function ruleOf(stack: Stack, role: iam.Role): RuleFile {
  const { account, region } = stack;
  return {
    id: 'finding',
    Description: 'A finding of the canary starts the lane that can only plan.',
    EventPattern: {
      source: [CANARY_SOURCE],
      'detail-type': ['GuardDuty Finding'],
      account: [account],
      region: [region],
      detail: {
        accountId: [account],
        region: [region],
        id: [{ prefix: CANARY_ID }],
        type: [CANARY_TYPE],
        resource: {
          resourceType: ['AccessKey'],
          accessKeyDetails: { userName: [role.roleName], principalId: [`${role.roleId}:${INSTANCE}`] },
        },
      },
    },
    Targets: [{ Id: 'workflow', Arn: '${StateMachine}' }],
  };
}

/** GuardDuty's finding about the canary's role. Each has an id of its own, or it would join the case of the last. */
export function finding(stack: Stack, role: iam.Role): Record<string, unknown> {
  const { partition, region, account } = stack;
  const id = `${CANARY_ID}<aws.scheduler.execution-id>`;
  const seen = '<aws.scheduler.scheduled-time>';
  return {
    schemaVersion: '2.0',
    accountId: account,
    region,
    partition,
    id,
    arn: `arn:${partition}:guardduty:${region}:${account}:detector/canary/finding/${id}`,
    type: CANARY_TYPE,
    title: 'The canary of Redress',
    severity: 1,
    resource: {
      resourceType: 'AccessKey',
      accessKeyDetails: {
        userType: 'AssumedRole',
        userName: role.roleName,
        principalId: `${role.roleId}:${INSTANCE}`,
      },
    },
    service: { serviceName: 'guardduty', archived: false, count: 1, eventFirstSeen: seen, eventLastSeen: seen },
  };
}

/** The permission to put events with the source of the canary on the bus, and no others. */
function sending(stack: Stack): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['events:PutEvents'],
    resources: [busArn(stack)],
    conditions: { StringEquals: { 'events:source': CANARY_SOURCE } },
  });
}

function busArn(stack: Stack): string {
  return stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
}
