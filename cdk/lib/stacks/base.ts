import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { acknowledgeWildcards } from '../acknowledge.ts';
import { ApprovalPage, PAGE_ALIAS } from '../approval-page.ts';
import type { Config } from '../config/types.ts';
import { Functions, type Installation, machinesOf, named, type SharedResources } from '../functions.ts';
import { customerManagedKey } from '../key.ts';
import type { Task } from '../task.ts';
import { ROLE_PATH, type TaskFunction } from '../task-function.ts';
import { pascal } from '../text.ts';
import { letAlarmsPublish, messageTopic, subscribe } from '../topic.ts';

/** Properties of a `Base`. */
export interface BaseProps extends StackProps {
  readonly installation: Installation;
}

/** The name of the bus to which other accounts and regions send events. */
export const CENTRAL_BUS = 'redress';

/** The task that people and the approval page call. No workflow calls it. */
const ANSWERS = 'answer-approval';

/**
 * The stack that all responses share: the case table, the topics, the bus, the key, the common tasks and the approval page.
 *
 * Its tasks cannot change a role or a policy. The stacks of the responses can: see `ResponseStack`.
 */
export class Base extends Stack {
  readonly table: dynamodb.TableV2;
  readonly topic: sns.Topic;
  /** The functions of the common tasks. */
  readonly functions: readonly TaskFunction[];
  readonly page: ApprovalPage | undefined;
  readonly centralBus: events.EventBus | undefined;
  readonly encryptionKey: kms.IKey | undefined;
  readonly escalation: sns.Topic | undefined;
  private readonly config: Config;

  constructor(scope: Construct, id: string, props: BaseProps) {
    super(scope, id, props);
    const { installation } = props;
    const { config, responses, tasks } = installation;
    this.config = config;
    this.encryptionKey = config.customerManagedKey ? customerManagedKey(this) : undefined;
    this.table = this.caseTable();
    this.topic = this.messages();
    this.escalation = this.escalationTopic();
    this.centralBus = this.bus();
    const called = new Set(
      responses
        .flatMap((response) => response.tasks(tasks))
        .filter((call) => call.isCommon)
        .map(({ task }) => task),
    );
    const machines = responses.flatMap((response) => machinesOf(installation, response));
    const functions = new Functions(this, installation, () => this.shared());
    const add = (task: Task) => functions.add(task, { id: pascal(task.name), name: task.name, machines });
    const answer = tasks.find((task) => task.name === ANSWERS);
    const answers = answer && add(answer);
    this.page = this.approvalPage(answers);
    const others = tasks.filter((task) => called.has(task) && task !== answer).map(add);
    this.functions = [...(answers ? [answers] : []), ...others];
    this.people(
      answers,
      responses.map((response) => named(config, response.name)),
    );
  }

  /** The resources that functions use, in this stack and in those of the responses. */
  shared(): SharedResources {
    return {
      tableName: this.table.tableName,
      tableArn: this.table.tableArn,
      topicArn: this.topic.topicArn,
      escalationTopicArn: this.escalation?.topicArn,
      key: this.encryptionKey,
      pageUrl: this.config.approvals.page && this.page ? this.pageUrl(this.page) : undefined,
    };
  }

  /** The topic of the messages to people, with their subscriptions. */
  private messages(): sns.Topic {
    const topic = this.topicFor('Topic', 'redress', 'Findings, questions and changes of Redress');
    subscribe(topic, this.config.subscriptions);
    letAlarmsPublish(topic);
    return topic;
  }

  /** The topic for questions that expire without an answer, if it has subscribers. */
  private escalationTopic(): sns.Topic | undefined {
    const emails = this.config.subscriptions.escalationEmails ?? [];
    if (emails.length === 0) {
      return undefined;
    }
    const topic = this.topicFor(
      'Escalation',
      'redress-escalation',
      'Questions of Redress that nobody answered in time',
    );
    for (const email of emails) {
      topic.addSubscription(new subscriptions.EmailSubscription(email));
    }
    return topic;
  }

  private topicFor(id: string, name: string, displayName: string): sns.Topic {
    return messageTopic(this, id, {
      name: named(this.config, name),
      displayName,
      ...(this.encryptionKey && { key: this.encryptionKey }),
    });
  }

  private caseTable(): dynamodb.TableV2 {
    return new dynamodb.TableV2(this, 'Cases', {
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
      billing: dynamodb.Billing.onDemand(),
      // The tasks set it 400 days after the last write, and not on records that an undo needs.
      timeToLiveAttribute: 'expires',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: this.config.retention.cases === 'retain',
      removalPolicy: this.config.retention.cases === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(this.encryptionKey && { encryption: dynamodb.TableEncryptionV2.customerManagedKey(this.encryptionKey) }),
    });
  }

  /** The bus for events of other accounts and regions. Only those accounts may write to it. */
  private bus(): events.EventBus | undefined {
    const { members, home } = this.config;
    if (!members) {
      return undefined;
    }
    const bus = new events.EventBus(this, 'CentralBus', {
      eventBusName: CENTRAL_BUS,
      description: 'Findings of other accounts and regions.',
    });
    const accounts = [
      ...new Set([
        ...members.accounts.map((member) => member.account),
        ...(members.homeRegions?.length && home.account ? [home.account] : []),
      ]),
    ];
    for (const account of accounts) {
      bus.addToResourcePolicy(
        new iam.PolicyStatement({
          sid: `Account${account}`,
          principals: [new iam.AccountPrincipal(account)],
          actions: ['events:PutEvents'],
          resources: [bus.eventBusArn],
          // Events of AWS services only. Nobody can send an event with such a source.
          conditions: { 'ForAllValues:StringLike': { 'events:source': 'aws.*' }, Null: { 'events:source': 'false' } },
        }),
      );
    }
    return bus;
  }

  private approvalPage(answers: TaskFunction | undefined): ApprovalPage | undefined {
    if (!answers) {
      return undefined;
    }
    const { page } = this.config.approvals;
    const made = new ApprovalPage(this, 'Page', {
      ...(page && { page }),
      answers,
      logRetention: this.config.retention.logDays,
      ...(this.encryptionKey && { encryptionKey: this.encryptionKey }),
    });
    if (page) {
      new CfnOutput(this, 'ApprovalUrl', { value: this.pageUrl(made), description: 'The address of a question' });
    }
    return made;
  }

  private pageUrl(page: ApprovalPage): string {
    const publicUrl = this.config.approvals.page?.publicUrl;
    return publicUrl === undefined ? page.urlTemplate : `${publicUrl.replace(/\/$/, '')}/approvals/{id}`;
  }

  /** The policy for people who answer with `redress approve`: it allows the API that authenticates them, and no function. */
  private people(answers: TaskFunction | undefined, machines: readonly string[]): void {
    if (!answers || !this.page) {
      return;
    }
    const arn = answers.function.functionArn;
    const policy = new iam.ManagedPolicy(this, 'People', {
      path: ROLE_PATH,
      description: 'For people who answer questions with the command line of Redress.',
      statements: [
        ...this.page.peopleStatements(),
        new iam.PolicyStatement({
          effect: iam.Effect.DENY,
          actions: ['lambda:InvokeFunction'],
          resources: [arn, `${arn}:${PAGE_ALIAS}`],
        }),
        new iam.PolicyStatement({
          actions: ['states:ListExecutions', 'states:DescribeStateMachine'],
          resources: machines.map(
            (name) => `arn:${this.partition}:states:${this.region}:${this.account}:stateMachine:${name}`,
          ),
        }),
        new iam.PolicyStatement({ actions: ['states:ListStateMachines'], resources: ['*'] }),
      ],
    });
    acknowledgeWildcards(policy, {
      reason:
        '`states:ListStateMachines` has no resource, and nobody knows the id of a question before it is asked. Every other statement of this policy names its resources.',
    });
    new CfnOutput(this, 'PeoplePolicy', {
      value: policy.managedPolicyArn,
      description: 'The policy for people who answer questions with `redress approve --aws`',
    });
  }
}
