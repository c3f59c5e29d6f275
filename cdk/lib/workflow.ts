import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcards } from './acknowledge.ts';
import { type Folder, type RuleFile, type RuleTarget, type Values, filled, settle } from './folder.ts';
import { ROLE_PATH, type TaskFunction } from './task-function.ts';

/** Properties of a `Workflow`. */
export interface WorkflowProps {
  /** The folder of `statemachines/`. */
  readonly folder: Folder;
  /** The functions that the definition may name, by their placeholders. */
  readonly functions: Readonly<Record<string, TaskFunction>>;
  /** The name of the state machine [default: that of the folder]. */
  readonly name?: string;
  /** The definition, where it is not the folder's own [default: the folder's]. */
  readonly definition?: string;
  /** Values for the parameters of its rules [default: those that the rules have]. */
  readonly parameters?: Values;
  /** The buses on which its rules listen [default: the default bus; none has no rules]. */
  readonly buses?: readonly Bus[];
  /** What `${Topic}` stands for in a rule's targets. */
  readonly topic?: sns.ITopic;
  readonly logRetention?: logs.RetentionDays;
  /** A key for its logs and queues [default: keys of AWS]. */
  readonly encryptionKey?: kms.IKey;
}

/** A bus, and the word that tells its rules from those of the others. */
export interface Bus {
  readonly id: string;
  readonly bus?: events.IEventBus;
}

/** How long and how often EventBridge tries to deliver. Source: EventBridge, "Retry policy": both are the most it has. */
const RETRY = { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 };

/**
 * A workflow: a Standard state machine from the folder's definition, and the rules that start it, each target with a
 * queue for what could not be delivered.
 *
 * The definition is inline, so that linters of templates see it, and its execution role may invoke exactly the functions
 * that the definition names. Logs have no execution data: inputs hold what attackers wrote, and task tokens decide.
 */
export class Workflow extends Construct {
  readonly stateMachine: sfn.StateMachine;
  readonly role: iam.Role;
  readonly logGroup: logs.LogGroup;
  /** One for each target of each rule on each bus. */
  readonly deadLetterQueues: sqs.Queue[] = [];
  readonly rules: events.Rule[] = [];
  readonly folder: Folder;
  private readonly props: WorkflowProps;
  private starter: iam.Role | undefined;

  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(scope, id);
    this.props = props;
    this.folder = props.folder;
    const name = props.name ?? props.folder.name;
    const functions = this.functions();
    this.logGroup = new logs.LogGroup(this, 'Log', {
      logGroupName: `/aws/vendedlogs/states/${name}`,
      retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(props.encryptionKey && { encryptionKey: props.encryptionKey }),
    });
    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: `Runs ${name}: invokes its tasks.`,
      path: ROLE_PATH,
      roleName: `redress-${name}`,
      inlinePolicies: {
        tasks: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({
              actions: ['lambda:InvokeFunction'],
              resources: Object.values(functions).map((task) => task.function.functionArn),
            }),
          ],
        }),
      },
    });
    this.stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      stateMachineName: name,
      stateMachineType: sfn.StateMachineType.STANDARD,
      comment: `The workflow ${props.folder.name}, from its folder.`,
      definitionBody: sfn.DefinitionBody.fromString(props.definition ?? props.folder.definition),
      definitionSubstitutions: Object.fromEntries(
        Object.entries(functions).map(([placeholder, task]) => [placeholder, task.function.functionArn]),
      ),
      role: this.role,
      tracingEnabled: true,
      logs: { destination: this.logGroup, level: sfn.LogLevel.ALL, includeExecutionData: false },
    });
    acknowledgeWildcards(this.role, {
      only: ['Resource::*'],
      reason:
        'Step Functions needs these on `*`, for log delivery (`logs:CreateLogDelivery` and its like) and X-Ray (`xray:PutTraceSegments` and its like): neither takes a resource. What the workflow invokes is named one by one.',
    });
    for (const bus of props.buses ?? [{ id: 'Default' }]) {
      for (const rule of props.folder.rules) {
        this.addRule(rule, bus);
      }
    }
  }

  /** Starts it on other events too, such as those of a canary. */
  addRule(rule: RuleFile, bus: Bus = { id: 'Default' }, parameters: Values = this.props.parameters ?? {}): events.Rule {
    const id = `${pascal(rule.id)}On${bus.id}`;
    const { source, 'detail-type': detailType, ...pattern } = rule.EventPattern;
    const made = new events.Rule(this, id, {
      description: rule.Description.slice(0, 512),
      eventPattern: { source: source as string[], detailType: detailType as string[], ...pattern },
      ...(bus.bus && { eventBus: bus.bus }),
    });
    const values = settle(rule, parameters);
    for (const target of rule.Targets) {
      made.addTarget(this.target(`${id}${pascal(target.Id)}`, target, values));
    }
    this.rules.push(made);
    return made;
  }

  private target(id: string, target: RuleTarget, values: Record<string, string>): events.IRuleTarget {
    const queue = this.deadLetterQueue(`${id}Undelivered`);
    const goal = this.goal(target);
    const { Input, InputPath, InputTransformer } = filled(target, values, { [goal.name]: goal.arn });
    const input = new VerbatimInput({
      ...(Input !== undefined && { input: Input }),
      ...(InputPath !== undefined && { inputPath: InputPath }),
      ...(InputTransformer && {
        inputTemplate: InputTransformer.InputTemplate,
        ...(InputTransformer.InputPathsMap && { inputPathsMap: { ...InputTransformer.InputPathsMap } }),
      }),
    });
    return {
      bind: (rule) => {
        goal.permit(rule);
        queue.addToResourcePolicy(
          new iam.PolicyStatement({
            principals: [new iam.ServicePrincipal('events.amazonaws.com')],
            actions: ['sqs:SendMessage'],
            resources: [queue.queueArn],
            conditions: { ArnEquals: { 'aws:SourceArn': rule.ruleRef.ruleArn } },
          }),
        );
        return {
          arn: goal.arn,
          input,
          deadLetterConfig: { arn: queue.queueArn },
          retryPolicy: RETRY,
          ...(goal.role && { role: goal.role }),
        };
      },
    };
  }

  /** What a target's `Arn` names, and how EventBridge comes to be allowed to reach it. */
  private goal(target: RuleTarget): Goal {
    const name = /^\$\{(\w+)\}$/.exec(target.Arn)?.[1] ?? '';
    if (name === 'StateMachine') {
      return { name, arn: this.stateMachine.stateMachineArn, role: this.eventsRole(), permit: () => undefined };
    }
    const { topic } = this.props;
    if (name === 'Topic' && topic) {
      const permit = () => void topic.grantPublish(new iam.ServicePrincipal('events.amazonaws.com'));
      return { name, arn: topic.topicArn, permit };
    }
    const task = this.props.functions[name];
    if (task) {
      const permit = (rule: events.IRuleRef) =>
        task.function.addPermission(`From${rule.node.id}`, {
          principal: new iam.ServicePrincipal('events.amazonaws.com'),
          sourceArn: rule.ruleRef.ruleArn,
        });
      return { name, arn: task.function.functionArn, permit };
    }
    throw new Error(
      `the target \`${target.Id}\` of \`${this.folder.name}\` is \`${target.Arn}\`; it can be \`\${StateMachine}\`, \`\${Topic}\` or a task such as \`\${Notify}\``,
    );
  }

  /** The role with which EventBridge starts this workflow, and nothing else. */
  private eventsRole(): iam.Role {
    this.starter ??= new iam.Role(this, 'Starter', {
      assumedBy: new iam.ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: `Starts ${this.props.name ?? this.folder.name} when one of its rules takes an event.`,
      path: ROLE_PATH,
      inlinePolicies: {
        start: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({
              actions: ['states:StartExecution'],
              resources: [this.stateMachine.stateMachineArn],
            }),
          ],
        }),
      },
    });
    return this.starter;
  }

  private deadLetterQueue(id: string): sqs.Queue {
    const key = this.props.encryptionKey;
    const queue = new sqs.Queue(this, id, {
      retentionPeriod: Duration.days(14),
      enforceSSL: true,
      ...(key
        ? { encryption: sqs.QueueEncryption.KMS, encryptionMasterKey: key }
        : { encryption: sqs.QueueEncryption.SQS_MANAGED }),
    });
    acknowledge(queue, 'SQS3', 'It is itself the dead-letter queue of a target; an alarm watches its depth.');
    this.deadLetterQueues.push(queue);
    return queue;
  }

  /** The functions that the definition names, and no others. */
  private functions(): Record<string, TaskFunction> {
    const { folder, functions } = this.props;
    const missing = folder.placeholders().filter((placeholder) => !functions[placeholder]);
    if (missing.length > 0) {
      throw new Error(`\`${folder.name}\` calls ${missing.map((name) => `\`\${${name}}\``).join(', ')}, which is no task of the manifest`);
    }
    return Object.fromEntries(folder.placeholders().map((placeholder) => [placeholder, functions[placeholder]!]));
  }
}

interface Goal {
  readonly name: string;
  readonly arn: string;
  readonly role?: iam.IRole;
  readonly permit: (rule: events.IRuleRef) => void;
}

/** What a target gets, exactly as the rule's file writes it. CDK's own inputs would write it anew. */
class VerbatimInput extends events.RuleTargetInput {
  constructor(private readonly properties: events.RuleTargetInputProperties) {
    super();
  }

  override bind(): events.RuleTargetInputProperties {
    return this.properties;
  }
}

/** `security-hub` as `SecurityHub`. */
function pascal(name: string): string {
  return name.replace(/(^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, __, letter: string) => letter.toUpperCase());
}
