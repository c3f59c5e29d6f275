/** The rules by which people hear of changes of Redress itself, and of its roles doing what they are not for. */
import { ArnFormat, Duration, type Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
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
import { patternOf, told, type Watch } from './watch/watch.ts';
import { ruleName, type Workflow } from './workflow.ts';

/** Properties of a `SelfWatch`. */
export interface SelfWatchProps {
  readonly base: Base;
  readonly responses: readonly ResponseStack[];
  /** The names of the state machines, the canary's among them. */
  readonly machines: readonly string[];
  /** The prefix of the names of functions and state machines. */
  readonly prefix?: string;
  readonly subscriptions: Config['subscriptions'];
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
    changesOfContainments(functions, home),
    changesOfRoles(prefix),
    changesOfRules(rules),
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
      changesOfMachines(machines),
      changesOfMessages(prefix),
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
      rules: [...responses.flatMap(({ workflow }) => this.rulesOf(workflow)), ...this.rules],
      ...(prefix !== undefined && { prefix }),
    });
    this.check.alarm.addAlarmAction(new SnsAction(this.topic));
  }

  /** The rules of a response, with names alone: a reference to another stack could not be removed. */
  private rulesOf({ name, response }: Workflow): CheckedRule[] {
    const machine = this.stack.formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: name,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const buses = [{}, ...(this.props.base.centralBus ? [{ bus: CENTRAL_BUS }] : [])];
    return response.rules.flatMap((rule) =>
      buses.map((bus) => ({
        name: ruleName(name, rule),
        ...bus,
        pattern: rule.EventPattern,
        targets: rule.Targets.some(({ Arn }) => Arn === '${StateMachine}') ? [machine] : [],
      })),
    );
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

  /** Adds a rule that tells people of each match by itself. */
  private adding(): (watch: Watch, id: string, eventBus?: events.IEventBus) => void {
    const queue = new sqs.Queue(this.stack, 'Untold', {
      retentionPeriod: Duration.days(14),
      enforceSSL: true,
      encryption: sqs.QueueEncryption.SQS_MANAGED,
    });
    acknowledge(queue, 'SQS3', 'It is the dead-letter queue of the rules that watch Redress itself.');
    return (watch, id, eventBus) => {
      const rule = new events.Rule(this.stack, id, {
        description: watch.means.slice(0, 512),
        eventPattern: patternOf(watch),
        ...(eventBus && { eventBus }),
      });
      rule.addTarget(
        new targets.SnsTopic(this.topic, {
          message: events.RuleTargetInput.fromText(told(watch)),
          deadLetterQueue: queue,
        }),
      );
      const bus = eventBus === undefined ? undefined : CENTRAL_BUS;
      this.rules.push(RuleCheck.of(rule, patternOf(watch), this.topic.topicArn, bus));
    };
  }
}
