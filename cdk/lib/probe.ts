import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from './acknowledge.ts';
import { definition, type Probed, probesOf } from './probe-definition.ts';
import { startsEvery } from './starts-every.ts';
import { type Workflow, workflowLogGroup } from './workflow.ts';

/** Properties of a `Probe`. */
export interface ProbeProps {
  readonly probed: readonly Probed[];
  /** The prefix of the name of the state machine. */
  readonly prefix?: string;
  readonly logRetention?: logs.RetentionDays;
  /** The key of the executions that it reads, and of its own. */
  readonly encryptionKey?: kms.IKey;
}

/** The path of its roles. It is not that of Redress: a role there that changes IAM is told as a misuse. */
const PATH = '/redress-canary/';

/**
 * Proves once a day that real events start the responses: it has GuardDuty make a sample finding, writes the trust policy of a
 * role of its own again, and waits until each response that must answer has an execution about it, which ended as it should.
 * Service, trail, bus, rule, target, role and the first steps are those of every other event. It has no code of its own.
 *
 * Its role can open no case about anything but its own role, and can hide nothing: it may not archive findings.
 */
export class Probe extends Construct {
  /** One sounds if a response was not started, and one if there was no success for two days, whatever the reason. */
  readonly alarms: readonly cloudwatch.Alarm[];

  constructor(scope: Construct, id: string, props: ProbeProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const name = Probe.machineName(props.prefix);
    const target = new iam.Role(this, 'Target', {
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
      description:
        'Its trust policy is written again every day, with no change. It may do nothing, and nothing uses it.',
      path: PATH,
      // The watch tells of changes of roles whose names begin with `redress-`.
      roleName: Probe.targetName(props.prefix),
    });
    const role = this.role(props, target, stack);
    const machine = new sfn.StateMachine(this, 'StateMachine', {
      stateMachineName: name,
      definitionBody: sfn.DefinitionBody.fromString(stack.toJsonString(definition(props.probed, machineArn(stack)))),
      role,
      tracingEnabled: true,
      // The history holds the input of other executions.
      ...(props.encryptionKey && {
        encryptionConfiguration: new sfn.CustomerManagedEncryptionConfiguration(props.encryptionKey),
      }),
      logs: {
        destination: new logs.LogGroup(this, 'Log', {
          logGroupName: workflowLogGroup(name),
          retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
          removalPolicy: RemovalPolicy.DESTROY,
          ...(props.encryptionKey && { encryptionKey: props.encryptionKey }),
        }),
        level: sfn.LogLevel.ALL,
        includeExecutionData: false,
      },
    });
    acknowledgeWildcards(role, {
      only: ['Resource::*'],
      reason: 'The calls of GuardDuty have no resource; log delivery and X-Ray of Step Functions have none either.',
    });
    startsEvery(this, machine, {
      description: 'Starts the probe of Redress.',
      schedule: 'rate(1 day)',
      triedFor: Duration.hours(1),
    });
    this.alarms = [this.failed(machine), this.silent(machine, name)];
  }

  /** The name of the state machine. */
  static machineName(prefix = ''): string {
    return `${prefix}redress-probe`;
  }

  /** The name of the role whose trust policy it writes. */
  static targetName(prefix = ''): string {
    return `canary-of-${prefix}redress`;
  }

  private role({ probed, encryptionKey }: ProbeProps, target: iam.Role, stack: Stack): iam.Role {
    const machines = [...new Set(probed.map(({ machine }) => machine))];
    const sources = probed.map(({ source }) => source);
    const states = (resource: string, names: readonly string[]) =>
      names.map((resourceName) =>
        stack.formatArn({ service: 'states', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME }),
      );
    const allow = (actions: string[], resources: string[], conditions?: iam.PolicyStatementProps['conditions']) =>
      new iam.PolicyStatement({ actions, resources, ...(conditions && { conditions }) });
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
      description: 'Makes real events for the rules of Redress, and reads the executions that they start.',
      path: PATH,
      inlinePolicies: {
        probe: new iam.PolicyDocument({
          statements: [
            ...(sources.includes('GuardDuty')
              ? // Neither has a resource. Source: Service Authorization Reference, GuardDuty.
                [allow(['guardduty:ListDetectors', 'guardduty:CreateSampleFindings'], ['*'])]
              : []),
            ...(sources.includes('CloudTrail') ? [allow(['iam:UpdateAssumeRolePolicy'], [target.roleArn])] : []),
            allow(['states:ListExecutions'], states('stateMachine', machines)),
            allow(
              ['states:DescribeExecution'],
              states(
                'execution',
                machines.map((machine) => `${machine}:*`),
              ),
            ),
            ...(encryptionKey
              ? [
                  allow(['kms:Decrypt'], [encryptionKey.keyArn], {
                    StringEquals: { 'kms:ViaService': `states.${stack.region}.${stack.urlSuffix}` },
                  }),
                ]
              : []),
          ],
        }),
      },
    });
    acknowledgeWildcards(role, {
      reason:
        'The calls of GuardDuty have no resource; executions have names of their own, and it reads those of the responses.',
    });
    return role;
  }

  private failed(machine: sfn.StateMachine): cloudwatch.Alarm {
    return new cloudwatch.Alarm(this, 'Failed', {
      alarmDescription:
        'A real event started no execution of a response, or one that ended otherwise than it should: the cause of the failed execution names the responses. GuardDuty or the trail may be off, a rule may miss such events, or a suppression rule may archive the sample.',
      metric: new cloudwatch.MathExpression({
        expression: 'failed + late + stopped',
        period: Duration.minutes(5),
        usingMetrics: {
          failed: machine.metricFailed(),
          late: machine.metricTimedOut(),
          stopped: machine.metricAborted(),
        },
      }),
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }

  private silent(machine: sfn.StateMachine, name: string): cloudwatch.Alarm {
    return new cloudwatch.Alarm(this, 'Silent', {
      alarmDescription: `No probe of Redress has succeeded for two days: real events may start nothing. Look at the executions of ${name}.`,
      metric: machine.metricSucceeded({ statistic: 'Sum', period: Duration.days(1) }),
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 2,
      datapointsToAlarm: 2,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
  }
}

/** What is probed of some workflows, as they are deployed. */
export function probedOf(workflows: readonly Workflow[], prefix?: string): Probed[] {
  return workflows.flatMap(({ name, response }) => probesOf(name, response, Probe.targetName(prefix)));
}

function machineArn(stack: Stack): (name: string) => string {
  return (resourceName) =>
    stack.formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
}
