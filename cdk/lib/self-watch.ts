/** The rules by which people hear of changes of Redress itself, and of its roles doing what they are not for. */
import { ArnFormat, Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { acknowledge } from './acknowledge.ts';
import type { Config } from './config/types.ts';
import { partitionOf } from './config/validate.ts';
import { type CheckedRule, RuleCheck } from './rule-check.ts';
import { type Base, CENTRAL_BUS } from './stacks/base.ts';
import type { ResponseStack } from './stacks/response.ts';
import { letAlarmsPublish, messageTopic, subscribe } from './topic.ts';
import {
  changesOfAnswers,
  changesOfFunctions,
  changesOfKey,
  changesOfMachines,
  changesOfMessages,
  changesOfRoles,
  changesOfRules,
} from './watch/changes.ts';
import { changesOfContainments, misuse, type WatchedFunction } from './watch/misuse.ts';
import { changesOfSources } from './watch/sources.ts';
import { apart, patternOf, told, type Watch } from './watch/watch.ts';

/** Properties of a `SelfWatch`. */
export interface SelfWatchProps {
  readonly base: Base;
  readonly responses: readonly ResponseStack[];
  /** The names of the state machines, the canary's among them. */
  readonly machines: readonly string[];
  /** The name of the probe's state machine [default: there is no probe]. */
  readonly probe?: string;
  /** The prefix of the names of functions and state machines. */
  readonly prefix?: string;
  readonly subscriptions: Config['subscriptions'];
  readonly logRetention?: logs.RetentionDays;
}

/** What is watched in every account and region, so that members and other regions forward its events. */
export function watchedEverywhere(
  functions: readonly WatchedFunction[],
  rules: readonly string[],
  { account, region }: { account: string; region: string },
  prefix?: string,
): Watch[] {
  const home = { account, partition: partitionOf(region) };
  return [
    ...changesOfContainments(functions, home),
    changesOfRoles(prefix),
    changesOfRules(rules),
    // Without these nobody would hear that a rule was changed.
    changesOfMachines('RuleChecks', [...new Set([RuleCheck.machineName(prefix), RuleCheck.machineName()])]),
    changesOfMessages(prefix),
    ...changesOfSources(),
    ...misuse(functions, home),
  ];
}

/** The watch in the home: rules of the default bus, and of the bus to which members and other regions forward. */
export class SelfWatch {
  /**
   * Who hears of a match. With a customer managed key it is a topic that the key does not encrypt: without the key the
   * ordinary topic takes no message, so nobody would hear that the key is gone.
   */
  readonly topic: sns.ITopic;
  /** Sounds if a rule of a response, or one of these here, is not as it was deployed. */
  readonly check: RuleCheck;
  private readonly rules: CheckedRule[] = [];

  constructor(
    private readonly stack: Stack,
    private readonly props: SelfWatchProps,
  ) {
    this.topic = props.base.encryptionKey ? this.plainTopic() : props.base.topic;
    const { base, responses, machines, prefix } = props;
    const functions = [...base.functions, ...responses.flatMap((stack) => stack.functions)];
    const here = [
      changesOfFunctions('CommonFunctions', [
        ...base.functions.map(({ functionName }) => functionName),
        `${prefix ?? ''}canary-notify`,
      ]),
      ...responses.map(({ response, workflow }) =>
        changesOfFunctions(`FunctionsOf-${response.name}`, [`${workflow.name}-`]),
      ),
      changesOfMachines('Machines', machines),
      ...(props.probe === undefined ? [] : [changesOfMachines('Probe', [props.probe])]),
      ...(base.page ? [changesOfAnswers(base.page.api.apiId)] : []),
      ...(base.encryptionKey ? [changesOfKey(base.encryptionKey.keyArn)] : []),
    ];
    const everywhere = watchedEverywhere(functions, machines, stack, prefix);
    const add = this.adding();
    for (const watch of [...here, ...everywhere]) {
      add(watch, `Watch-${watch.id}`);
    }
    if (base.centralBus) {
      const bus = events.EventBus.fromEventBusName(stack, 'CentralBus', CENTRAL_BUS);
      for (const watch of everywhere) {
        add(watch, `WatchElsewhere-${watch.id}`, bus);
      }
    }
    this.check = new RuleCheck(stack, 'RuleCheck', {
      rules: [...responses.flatMap(({ workflow }) => workflow.deployedRules(stack)), ...this.rules],
      ...(prefix !== undefined && { prefix }),
      ...(props.logRetention !== undefined && { logRetention: props.logRetention }),
    });
    this.check.alarm.addAlarmAction(new SnsAction(this.topic));
  }

  private plainTopic(): sns.Topic {
    const topic = messageTopic(this.stack, 'WatchTopic', {
      name: `${this.props.prefix ?? ''}redress-watch`,
      displayName: 'Changes of Redress itself',
    });
    subscribe(topic, this.props.subscriptions);
    letAlarmsPublish(topic);
    return topic;
  }

  /** Adds the rules of a watch: people are told of each match by itself, but of calls that a deployment makes in one message. */
  private adding(): (watch: Watch, id: string, eventBus?: events.IEventBus) => void {
    const queue = new sqs.Queue(this.stack, 'Untold', {
      retentionPeriod: Duration.days(14),
      enforceSSL: true,
      encryption: sqs.QueueEncryption.SQS_MANAGED,
    });
    acknowledge(queue, 'SQS3', 'It is the dead-letter queue of the rules that watch Redress itself.');
    const rule = (watch: Watch, id: string, target: events.IRuleTarget, eventBus?: events.IEventBus) => {
      const made = new events.Rule(this.stack, id, {
        description: watch.means.slice(0, 512),
        eventPattern: patternOf(watch),
        ...(eventBus && { eventBus }),
      });
      made.addTarget(target);
      const bus = eventBus === undefined ? undefined : CENTRAL_BUS;
      this.rules.push(RuleCheck.of(made, patternOf(watch), bus === undefined ? {} : { bus }));
    };
    const tell = (watch: Watch, id: string, eventBus?: events.IEventBus) => {
      const message = events.RuleTargetInput.fromText(told(watch));
      const target = new targets.SnsTopic(this.topic, { message, deadLetterQueue: queue });
      rule(watch, id, target, eventBus);
    };
    const deployments = this.deployments();
    return (watch, id, eventBus) => {
      if (!watch.isOfDeployments) {
        tell(watch, id, eventBus);
        return;
      }
      const { byHand, deployed } = apart(watch);
      tell(byHand, id, eventBus);
      rule(deployed, id.replace('Watch', 'Deployed'), deployments, eventBus);
    };
  }

  /**
   * A deployment makes dozens of such calls, and a message for each would hide the one that matters. So calls that CloudFormation
   * makes go to a log, and an alarm tells people once that there are some. Whoever uses CloudFormation for an attack is told
   * with them; whoever calls AWS by hand, also during a deployment, is told at once and by name.
   */
  private deployments(): events.IRuleTarget {
    const name = `/aws/events/${this.props.prefix ?? ''}redress-deployments`;
    const key = this.props.base.encryptionKey;
    const group = new logs.LogGroup(this.stack, 'Deployments', {
      logGroupName: name,
      retention: this.props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(key && { encryptionKey: key }),
    });
    group.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: ['events', 'delivery.logs'].map((service) => new iam.ServicePrincipal(`${service}.amazonaws.com`)),
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [group.logGroupArn],
      }),
    );
    const metric = new logs.MetricFilter(this.stack, 'CountDeployments', {
      logGroup: group,
      filterPattern: logs.FilterPattern.allEvents(),
      metricNamespace: 'Redress',
      metricName: 'DeploymentCalls',
      metricValue: '1',
    }).metric({ statistic: 'Sum', period: Duration.minutes(5) });
    const alarm = new cloudwatch.Alarm(this.stack, 'Deployed', {
      metric,
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      alarmDescription: `CloudFormation changes roles, functions, rules or other resources of Redress; the log group ${name} has each call, with who made it. If this is no deployment of yours, act at once.`,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    // The ARN for a target: without the `:*` that CloudFormation's has.
    const arn = this.stack.formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: group.logGroupName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    return { bind: () => ({ arn }) };
  }
}
