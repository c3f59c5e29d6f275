import { Duration, type IResolvable, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from './acknowledge.ts';
import { startsEvery } from './starts-every.ts';
import { ROLE_PATH } from './task-function.ts';
import { workflowLogGroup } from './workflow.ts';

/** A rule as it was deployed. */
export interface CheckedRule {
  readonly name: string;
  /** The name of its bus [default: the default bus]. */
  readonly bus?: string;
  /** As EventBridge has it. */
  readonly pattern: object;
  /** All of its targets. */
  readonly targets: readonly DeployedTarget[] | IResolvable;
  /** A recorded event that it must match [default: there is none]. */
  readonly example?: object;
}

/** A target as `ListTargetsByRule` returns it, without its id. */
export interface DeployedTarget {
  readonly Arn: string;
  readonly RoleArn?: string;
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: object;
  readonly DeadLetterConfig?: object;
  readonly RetryPolicy?: object;
}

/** Properties of a `RuleCheck`. */
export interface RuleCheckProps {
  readonly rules: readonly CheckedRule[];
  /** The prefix of the name of the state machine. */
  readonly prefix?: string;
  readonly logRetention?: logs.RetentionDays;
}

const EVERY_MINUTES = 5;
/** A deployment changes rules in one stack and what is checked in another one. */
const PERIODS = 3;

/**
 * Compares rules with what was deployed, every few minutes, and has EventBridge test the pattern that it holds with a recorded
 * event: no service can be made to send an event of each sort, and EventBridge refuses `aws.…` from anybody else. A rule that is
 * switched off, deleted or changed cannot report it: CloudTrail delivers the call when the rule does not match any more. So
 * nobody waits for a report: the alarm sounds if no comparison has succeeded for a while, whatever the reason, also if the check
 * itself is gone. It has no code of its own.
 */
export class RuleCheck extends Construct {
  readonly alarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: RuleCheckProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const name = RuleCheck.machineName(props.prefix);
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
      description: `Runs ${name}: reads rules and their targets.`,
      path: ROLE_PATH,
      inlinePolicies: {
        read: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({
              actions: ['events:DescribeRule', 'events:ListTargetsByRule'],
              resources: [stack.formatArn({ service: 'events', resource: 'rule', resourceName: '*' })],
            }),
            // It has no resource, and changes nothing. Source: Service Authorization Reference, EventBridge.
            new iam.PolicyStatement({ actions: ['events:TestEventPattern'], resources: ['*'] }),
          ],
        }),
      },
    });
    acknowledgeWildcards(role, {
      reason: 'It only reads rules, whose names CloudFormation chooses, and has their patterns tested.',
    });
    const machine = new sfn.StateMachine(this, 'StateMachine', {
      stateMachineName: name,
      stateMachineType: sfn.StateMachineType.EXPRESS,
      definitionBody: sfn.DefinitionBody.fromString(stack.toJsonString(definition(props.rules))),
      role,
      tracingEnabled: true,
      logs: {
        destination: new logs.LogGroup(this, 'Log', {
          logGroupName: workflowLogGroup(name),
          retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: sfn.LogLevel.ALL,
        includeExecutionData: false,
      },
    });
    acknowledgeWildcards(role, {
      only: ['Resource::*'],
      reason: 'Log delivery and X-Ray of Step Functions have no resource.',
    });
    startsEvery(this, machine, {
      description: 'Starts the check of the rules of Redress.',
      schedule: `rate(${EVERY_MINUTES} minutes)`,
      triedFor: Duration.minutes(4),
    });
    this.alarm = new cloudwatch.Alarm(this, 'Silent', {
      alarmDescription: `No check of the rules of Redress has succeeded for ${EVERY_MINUTES * PERIODS} minutes: a rule was switched off, deleted or changed, or the check itself. Nobody may hear of findings, or of changes of Redress. Look at the executions of ${name}.`,
      metric: machine.metricSucceeded({ statistic: 'Sum', period: Duration.minutes(EVERY_MINUTES) }),
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: PERIODS,
      datapointsToAlarm: PERIODS,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
  }

  /** The name of the state machine. */
  static machineName(prefix = ''): string {
    return `${prefix}redress-rules`;
  }

  /** A rule of the same stack. */
  static of(
    rule: events.Rule,
    pattern: events.EventPattern,
    { bus, example }: Pick<CheckedRule, 'bus' | 'example'> = {},
  ): CheckedRule {
    const { detailType, ...rest } = pattern;
    return {
      name: rule.ruleName,
      ...(bus !== undefined && { bus }),
      ...(example && { example }),
      pattern: { ...rest, 'detail-type': detailType },
      targets: Lazy.uncachedAny({ produce: (context) => asReturned(context.resolve(targetsOf(rule))) }),
    };
  }
}

const RETRY = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 2, MaxAttempts: 3, BackoffRate: 2 }];

/**
 * Whether a rule is on, has its pattern and no schedule, and has exactly its targets: one that somebody added may use what the
 * event says, and one whose input, role or dead-letter queue somebody changed may deliver nothing, or something else.
 *
 * The fields compared are those that decide what is delivered, how, and what becomes of the rest. A service may return what is
 * empty or has its default value, or leave it out, so both sides are brought into one form. Defaults: EventBridge API,
 * "RetryPolicy". A rule has no more targets than one page holds, so a second page is a target too many.
 */
export const IS_AS_DEPLOYED = [
  '($form := function($t) { {',
  "'Arn': $t.Arn,",
  "'RoleArn': $t.RoleArn ? $t.RoleArn,",
  "'Input': $t.Input ? $t.Input,",
  "'InputPath': $t.InputPath ? $t.InputPath,",
  "'Template': $t.InputTransformer.InputTemplate ? $t.InputTransformer.InputTemplate,",
  "'Paths': $t.InputTransformer.InputPathsMap ? $t.InputTransformer.InputPathsMap : {},",
  "'DeadLetters': $t.DeadLetterConfig.Arn ? $t.DeadLetterConfig.Arn,",
  "'Attempts': $type($t.RetryPolicy.MaximumRetryAttempts) = 'number' ? $t.RetryPolicy.MaximumRetryAttempts : 185,",
  "'Age': $type($t.RetryPolicy.MaximumEventAgeInSeconds) = 'number' ? $t.RetryPolicy.MaximumEventAgeInSeconds : 86400",
  '} };',
  '$wanted := [$map($states.input.Targets, function($target) { $form($target) })];',
  '$found := [$map($states.input.Found.Targets, function($target) { $form($target) })];',
  '$missing := $filter($wanted, function($target) {',
  '$count($filter($found, function($other) { $other = $target })) = 0 });',
  "$states.input.Rule.State = 'ENABLED'",
  'and ($states.input.Rule.ScheduleExpression ? false : true)',
  'and $parse($states.input.Rule.EventPattern) = $states.input.Pattern',
  'and ($states.input.Found.NextToken ? false : true)',
  'and $count($found) = $count($wanted) and $count($missing) = 0)',
].join(' ');

/** The targets of a rule that CDK makes, which are complete only when the template is made. */
function targetsOf(rule: events.Rule): unknown {
  return (rule.node.defaultChild as events.CfnRule).targets;
}

/**
 * Targets as CDK has them (`roleArn`), as `ListTargetsByRule` returns them. The names in `InputPathsMap` are chosen, and a
 * reference stays the object that CDK made: it marks them.
 */
function asReturned(targets: readonly Record<string, unknown>[]): object[] {
  const renamed = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Object.keys(value).some((name) => /^(Ref|Fn::.*)$/.test(name))) {
      return value;
    }
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
        name === 'inputPathsMap' ? inner : renamed(inner),
      ]),
    );
  };
  return targets.map(({ id: _, ...target }) => renamed(target) as object);
}

function definition(rules: readonly CheckedRule[]): object {
  const read = (comment: string, call: string, about: string, result: string, next: string) => ({
    Type: 'Task',
    Comment: comment,
    Resource: `arn:aws:states:::aws-sdk:eventbridge:${call}`,
    Arguments: { [about]: '{% $states.input.Name %}', EventBusName: '{% $states.input.EventBusName %}' },
    Output: `{% $merge([$states.input, {'${result}': $states.result}]) %}`,
    TimeoutSeconds: 30,
    Retry: RETRY,
    Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Changed' }],
    Next: next,
  });
  return {
    Comment: 'Compares the rules of Redress with what was deployed. It fails if one is different.',
    QueryLanguage: 'JSONata',
    TimeoutSeconds: 240,
    StartAt: 'Check each rule',
    States: {
      'Check each rule': {
        Type: 'Map',
        Comment: 'Each rule, with what it must have.',
        Items: rules.map(({ name, bus, pattern, targets, example }) => ({
          Name: name,
          EventBusName: bus ?? 'default',
          Pattern: pattern,
          Targets: targets,
          ...(example && { Event: example }),
        })),
        MaxConcurrency: 5,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'INLINE' },
          StartAt: 'Read the rule',
          States: {
            'Read the rule': read('Its state and its pattern.', 'describeRule', 'Name', 'Rule', 'Read its targets'),
            'Read its targets': read('Its targets.', 'listTargetsByRule', 'Rule', 'Found', 'Is it as deployed?'),
            'Is it as deployed?': {
              Type: 'Choice',
              Comment: 'A rule that is off, matches other events or has other targets is not.',
              Choices: [{ Condition: `{% ${IS_AS_DEPLOYED} %}`, Next: 'Is there an example?' }],
              Default: 'Changed',
            },
            'Is there an example?': {
              Type: 'Choice',
              Comment: 'Each rule of a response has a recorded event that it must match.',
              Choices: [{ Condition: '{% $exists($states.input.Event) %}', Next: 'Test its pattern' }],
              Default: 'As deployed',
            },
            'Test its pattern': {
              Type: 'Task',
              Comment: 'EventBridge says whether the pattern that it has matches the example.',
              Resource: 'arn:aws:states:::aws-sdk:eventbridge:testEventPattern',
              Arguments: {
                EventPattern: '{% $states.input.Rule.EventPattern %}',
                Event: '{% $string($states.input.Event) %}',
              },
              Output: { Matches: '{% $states.result.Result = true %}' },
              TimeoutSeconds: 30,
              Retry: RETRY,
              Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Changed' }],
              Next: 'Does it match?',
            },
            'Does it match?': {
              Type: 'Choice',
              Comment: 'A rule that does not match its example misses such events.',
              Choices: [{ Condition: '{% $states.input.Matches %}', Next: 'As deployed' }],
              Default: 'Changed',
            },
            'As deployed': { Type: 'Pass', Comment: 'Nothing to tell.', Output: {}, End: true },
            Changed: {
              Type: 'Fail',
              Comment: 'The execution fails, and the alarm misses it.',
              Error: 'RuleChanged',
              Cause: 'A rule is not as it was deployed, or cannot be read.',
            },
          },
        },
        Output: {},
        End: true,
      },
    },
  };
}
