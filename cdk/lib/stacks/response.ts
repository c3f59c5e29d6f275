import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { acknowledgeWildcards } from '../acknowledge.ts';
import { ApprovalPage, PAGE_ALIAS } from '../approval-page.ts';
import { Canary } from '../canary.ts';
import type { Config } from '../config/types.ts';
import type { Folder } from '../folder.ts';
import { customerManagedKey } from '../key.ts';
import { packaged } from '../package.ts';
import { RESPONSE_ROLE, ROLE_PATH, TaskFunction } from '../task-function.ts';
import type { Task } from '../task.ts';
import { type Bus, Workflow } from '../workflow.ts';

/** Properties of a `Response`. */
export interface ResponseProps extends StackProps {
  readonly config: Config;
  readonly tasks: readonly Task[];
  readonly folders: readonly Folder[];
  /** The folder with the zips of the tasks. */
  readonly package: string;
  /** The account of the pipeline, if there is one. */
  readonly pipelineAccount?: string;
  /** Whether the templates are only looked at, so that zips may be missing. */
  readonly isOnlyChecked: boolean;
}

/** What differs from function to function. */
interface FunctionOptions {
  readonly id: string;
  readonly name: string;
  readonly environment: Record<string, string>;
  /** Where it sends messages, if not to people. */
  readonly topic?: sns.ITopic;
}

/** The name of the bus to which other accounts and regions send. */
export const CENTRAL_BUS = 'redress';

/**
 * Where Redress acts: workflows, tasks, the case table, the topic, and the page of questions if there is an issuer.
 *
 * This is one side of the trust boundary. Whoever may change this stack can change any role and policy of the account
 * outside of `/redress/`: guard its deployment as that of an administrator.
 */
export class Response extends Stack {
  readonly table: dynamodb.TableV2;
  readonly topic: sns.Topic;
  readonly functions: Readonly<Record<string, TaskFunction>>;
  readonly workflows: readonly Workflow[];
  readonly page: ApprovalPage | undefined;
  readonly canary: Canary | undefined;
  readonly centralBus: events.EventBus | undefined;
  readonly encryptionKey: kms.IKey | undefined;
  readonly escalation: sns.Topic | undefined;
  private readonly config: Config;
  private readonly pipelineAccount: string | undefined;

  constructor(scope: Construct, id: string, props: ResponseProps) {
    super(scope, id, props);
    const { config } = props;
    this.config = config;
    this.pipelineAccount = props.pipelineAccount;
    this.encryptionKey = config.customerManagedKey ? customerManagedKey(this) : undefined;
    this.table = this.caseTable();
    this.topic = this.messages('Topic', 'redress', 'What Redress found, asks and did');
    for (const email of config.subscriptions.emails) {
      this.topic.addSubscription(new subscriptions.EmailSubscription(email));
    }
    for (const url of config.subscriptions.urls) {
      this.topic.addSubscription(new subscriptions.UrlSubscription(url));
    }
    this.escalation = this.escalationTopic();
    // A topic with a policy of its own has lost the one that lets the account's alarms in.
    this.topic.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    this.centralBus = this.bus();
    const wanted = props.folders.filter((folder) => folder.name in config.workflows);
    const called = new Set(wanted.flatMap((folder) => folder.placeholders()));
    // `answer-approval` is called by people, and by no workflow.
    const tasks = props.tasks.filter((task) => called.has(task.placeholder) || task.placeholder === 'AnswerApproval');
    const environment = this.variables();
    const functionOf = (task: Task, more: FunctionOptions) =>
      new TaskFunction(this, more.id, {
        task,
        code: packaged(props.package, task, config.tasks.architecture, props.isOnlyChecked),
        architecture: config.tasks.architecture === 'arm64' ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64,
        functionName: more.name,
        reservedConcurrency: config.tasks.reservedConcurrency,
        environment: more.environment,
        resources: this.resources(wanted, more.topic ?? this.topic),
        logRetention: config.retention.logDays,
        ...(this.encryptionKey && { encryptionKey: this.encryptionKey }),
      });
    const named = (task: Task) => `${config.tasks.prefix ?? ''}${task.name}`;
    const answer = tasks.find((task) => task.placeholder === 'AnswerApproval');
    const answers = answer && functionOf(answer, { id: answer.placeholder, name: named(answer), environment });
    this.page = this.approvalPage(answers);
    const withPage = { ...environment, ...(this.page && { APPROVAL_URL: this.pageUrl(this.page) }) };
    const functions: Record<string, TaskFunction> = answers ? { AnswerApproval: answers } : {};
    for (const task of tasks.filter((task) => task !== answer)) {
      functions[task.placeholder] = functionOf(task, { id: task.placeholder, name: named(task), environment: withPage });
    }
    this.functions = functions;
    this.workflows = wanted.map((folder) => this.workflow(folder));
    this.canary = this.addCanary(wanted, functionOf, environment);
    this.people(answers);
  }

  private workflow(folder: Folder): Workflow {
    const { mode, parameters } = this.config.workflows[folder.name]!;
    return new Workflow(this, pascal(folder.name), {
      folder,
      functions: this.functions,
      name: this.nameOf(folder),
      parameters: { Mode: mode, ...parameters },
      buses: this.buses(),
      topic: this.topic,
      logRetention: this.config.retention.logDays,
      ...(this.encryptionKey && { encryptionKey: this.encryptionKey }),
    });
  }

  private buses(): Bus[] {
    return [{ id: 'Default' }, ...(this.centralBus ? [{ id: 'Central', bus: this.centralBus }] : [])];
  }

  private nameOf(folder: Folder): string {
    return `${this.config.tasks.prefix ?? ''}${folder.name}`;
  }

  /** Everything that tasks may find in their environment; each gets what it declares. */
  private variables(): Record<string, string> {
    const { guardrails, approvals } = this.config;
    return {
      CASE_TABLE: this.table.tableName,
      TOPIC_ARN: this.topic.topicArn,
      ESCALATION_TOPIC_ARN: this.escalation?.topicArn ?? '',
      TOKEN_KEY: this.encryptionKey?.keyArn ?? '',
      EXECUTION_LINK: consoleLink(this),
      // The task refuses an empty list; its own roles are protected from everybody anyway.
      PROTECTED_ROLES: guardrails.protectedRoles.join(',') || `${ROLE_PATH}*`,
      RESPONDER_ROLES: `${ROLE_PATH}*`,
      CONTAINMENTS_PER_HOUR: String(guardrails.changesPerHour),
      CHANGES_PER_HOUR: String(guardrails.changesPerHour),
      // The home account is always known; the task wants the list to say something.
      KNOWN_ACCOUNTS: [this.account, ...guardrails.knownAccounts].join(','),
      APPROVERS: approvals.approvers.join(','),
      APPROVALS_NEEDED: String(approvals.needed),
      IDENTITY_CLAIM: approvals.page?.identityClaim ?? 'sub',
      MEMBER_ACCOUNTS: this.memberAccounts().join(','),
      MEMBER_EXTERNAL_ID: this.memberAccounts().length > 0 ? this.config.members!.externalId : '',
    };
  }

  /** What the placeholders of the manifest stand for: this table, this topic, and these workflows alone. */
  private resources(folders: readonly Folder[], topic: sns.ITopic): Record<string, string[]> {
    const canary = this.config.canary ? [Canary.machineName(this.config.tasks.prefix)] : [];
    const names = [...folders.map((folder) => this.nameOf(folder)), ...canary];
    const arn = (kind: string, rest: string) => `arn:${this.partition}:states:${this.region}:${this.account}:${kind}:${rest}`;
    return {
      CaseTable: [this.table.tableArn],
      Topic: [topic.topicArn],
      EscalationTopic: this.escalation ? [this.escalation.topicArn] : [],
      TokenKey: this.encryptionKey ? [this.encryptionKey.keyArn] : [],
      Executions: names.map((name) => arn('execution', `${name}:*`)),
      StateMachines: names.map((name) => arn('stateMachine', name)),
      MemberRoles: this.memberAccounts().map((account) => `arn:${this.partition}:iam::${account}:role${ROLE_PATH}${RESPONSE_ROLE}`),
    };
  }

  /** The other accounts in which tasks look and act. */
  private memberAccounts(): string[] {
    return (this.config.members?.accounts ?? []).map((member) => member.account);
  }

  /** Where a decision goes that nobody took in time, if anybody is there to hear of it. */
  private escalationTopic(): sns.Topic | undefined {
    const emails = this.config.subscriptions.escalationEmails ?? [];
    if (emails.length === 0) {
      return undefined;
    }
    const topic = this.messages('Escalation', 'redress-escalation', 'Decisions that nobody took in time');
    for (const email of emails) {
      topic.addSubscription(new subscriptions.EmailSubscription(email));
    }
    return topic;
  }

  private caseTable(): dynamodb.TableV2 {
    return new dynamodb.TableV2(this, 'Cases', {
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
      billing: dynamodb.Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: this.config.retention.cases === 'retain',
      removalPolicy: this.config.retention.cases === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(this.encryptionKey && { encryption: dynamodb.TableEncryptionV2.customerManagedKey(this.encryptionKey) }),
    });
  }

  /** A topic that takes messages over TLS only. */
  private messages(id: string, name: string, displayName: string): sns.Topic {
    return new sns.Topic(this, id, {
      topicName: `${this.config.tasks.prefix ?? ''}${name}`,
      displayName,
      enforceSSL: true,
      ...(this.encryptionKey && { masterKey: this.encryptionKey }),
    });
  }

  /** The bus for events of other accounts and regions, which those accounts alone may write to. */
  private bus(): events.EventBus | undefined {
    const { members, home } = this.config;
    if (!members) {
      return undefined;
    }
    const bus = new events.EventBus(this, 'CentralBus', {
      eventBusName: CENTRAL_BUS,
      description: 'Findings of other accounts and regions.',
    });
    const accounts = [...new Set([...members.accounts.map((member) => member.account), ...(members.homeRegions?.length && home.account ? [home.account] : [])])];
    for (const account of accounts) {
      bus.addToResourcePolicy(
        new iam.PolicyStatement({
          sid: `Account${account}`,
          principals: [new iam.AccountPrincipal(account)],
          actions: ['events:PutEvents'],
          resources: [bus.eventBusArn],
          // What services found, and nothing that somebody says in their name.
          conditions: { 'ForAllValues:StringLike': { 'events:source': 'aws.*' }, Null: { 'events:source': 'false' } },
        }),
      );
    }
    return bus;
  }

  private approvalPage(answers: TaskFunction | undefined): ApprovalPage | undefined {
    const { page } = this.config.approvals;
    if (!page || !answers) {
      return undefined;
    }
    const made = new ApprovalPage(this, 'Page', {
      page,
      answers,
      logRetention: this.config.retention.logDays,
      ...(this.encryptionKey && { encryptionKey: this.encryptionKey }),
    });
    new CfnOutput(this, 'ApprovalUrl', { value: this.pageUrl(made), description: 'Where a question is answered' });
    return made;
  }

  private pageUrl(page: ApprovalPage): string {
    const publicUrl = this.config.approvals.page?.publicUrl;
    return publicUrl === undefined ? page.urlTemplate : `${publicUrl.replace(/\/$/, '')}/approvals/{id}`;
  }

  private addCanary(
    folders: readonly Folder[],
    functionOf: (task: Task, more: FunctionOptions) => TaskFunction,
    environment: Record<string, string>,
  ): Canary | undefined {
    const folder = folders.find((folder) => folder.name === 'credential-exfiltration');
    const { canary, tasks } = this.config;
    const notify = this.functions.Notify;
    if (!canary || !folder || !notify) {
      return undefined;
    }
    // Whoever is on call must not be told of it: what the canary's lane says goes to a topic of its own.
    const silent = this.messages('CanaryTopic', 'redress-canary', 'What the canary of Redress was told');
    const name = `${tasks.prefix ?? ''}canary-notify`;
    const own = { ...environment, TOPIC_ARN: silent.topicArn };
    const lane = new Canary(this, 'Canary', {
      folder,
      functions: { ...this.functions, Notify: functionOf(notify.task, { id: 'CanaryNotify', name, environment: own, topic: silent }) },
      everyMinutes: canary.everyMinutes,
      withinMinutes: canary.withinMinutes,
      ...(tasks.prefix !== undefined && { prefix: tasks.prefix }),
      ...(this.config.pipeline && this.pipelineAccount !== undefined && { pipelineAccount: this.pipelineAccount }),
      logRetention: this.config.retention.logDays,
      ...(this.encryptionKey && { encryptionKey: this.encryptionKey }),
    });
    return lane;
  }

  /** What somebody needs who answers with `redress approve`: to invoke the function, and not as the API does. */
  private people(answers: TaskFunction | undefined): void {
    if (!answers) {
      return;
    }
    const arn = answers.function.functionArn;
    const policy = new iam.ManagedPolicy(this, 'People', {
      path: ROLE_PATH,
      description: 'For people who answer questions with the command line of Redress.',
      statements: [
        new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [arn] }),
        new iam.PolicyStatement({
          effect: iam.Effect.DENY,
          actions: ['lambda:InvokeFunction'],
          resources: [`${arn}:${PAGE_ALIAS}`],
        }),
        new iam.PolicyStatement({
          actions: ['states:ListExecutions', 'states:DescribeStateMachine'],
          resources: this.workflows.map((workflow) => workflow.stateMachine.stateMachineArn),
        }),
        new iam.PolicyStatement({ actions: ['states:ListStateMachines'], resources: ['*'] }),
      ],
    });
    acknowledgeWildcards(policy, {
      only: ['Resource::*'],
      reason: '`states:ListStateMachines` takes no resource. Everything else in this policy names what it is about.',
    });
    new CfnOutput(this, 'PeoplePolicy', { value: policy.managedPolicyArn, description: 'Attach it to whoever answers questions with `redress approve --aws`' });
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

/** `iam-policy-remediation` as `IamPolicyRemediation`. */
export function pascal(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
}
