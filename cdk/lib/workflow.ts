import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcards } from './acknowledge.ts';
import { settle, type Values } from './response/parameters.ts';
import type { Response } from './response/response.ts';
import { filled, type RuleFile, type RuleTarget, withInput } from './response/rules.ts';
import type { CheckedRule, DeployedTarget } from './rule-check.ts';
import { type Callable, ROLE_PATH, roleName } from './task-function.ts';
import { jsonEscaped, onlyPlaceholder, pascal } from './text.ts';

/** Properties of a `Workflow`. */
export interface WorkflowProps {
  readonly response: Response;
  /** The functions that the definition and the rules' targets name, by their placeholders. */
  readonly functions: Readonly<Record<string, Callable>>;
  /** The name of the state machine [default: that of the response]. */
  readonly name?: string;
  /** The definition, if it is not the response's own [default: the response's]. */
  readonly definition?: string;
  /** Values for the response's parameters [default: their defaults]. */
  readonly values?: Values;
  /** The buses on which its rules listen [default: the default bus]. */
  readonly buses?: readonly Bus[];
  /** The topic for `${Topic}` in a rule's targets. */
  readonly topic?: sns.ITopic;
  readonly logRetention?: logs.RetentionDays;
  /** A key for its definition, executions, logs and queues [default: keys of AWS]. */
  readonly encryptionKey?: kms.IKey;
}

/** A bus, and a word for the names of its rules and queues. */
export interface Bus {
  readonly id: string;
  readonly bus?: events.IEventBus;
}

/** A queue for undelivered events. Its name is known before it is deployed. */
export interface DeadLetterQueue {
  readonly queue: sqs.Queue;
  readonly name: string;
}

/** The name of the log group of a state machine. */
export function workflowLogGroup(name: string): string {
  return `/aws/vendedlogs/states/${name}`;
}

/** How long and how often EventBridge tries to deliver. Source: EventBridge, "Retry policy": both are the maximum. */
const RETRY = { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 };

/**
 * The workflow of a response: a Standard state machine, and the rules that start it, each target with a queue for
 * undelivered events.
 *
 * The definition is inline, so that linters of templates see it. The execution role may invoke exactly the functions that
 * the definition names. Logs have no execution data: inputs hold text from attackers, and task tokens.
 */
export class Workflow extends Construct {
  readonly stateMachine: sfn.StateMachine;
  readonly name: string;
  readonly role: iam.Role;
  readonly logGroup: logs.LogGroup;
  /** One for each target of each rule on each bus. */
  readonly deadLetterQueues: DeadLetterQueue[] = [];
  readonly rules: events.Rule[] = [];
  readonly response: Response;
  private readonly props: WorkflowProps;
  private readonly values: Readonly<Record<string, string>>;
  private starter: iam.Role | undefined;

  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(scope, id);
    this.props = props;
    this.response = props.response;
    const name = props.name ?? props.response.name;
    this.name = name;
    const definition = props.definition ?? props.response.definition;
    this.logGroup = new logs.LogGroup(this, 'Log', {
      logGroupName: workflowLogGroup(name),
      retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(props.encryptionKey && { encryptionKey: props.encryptionKey }),
    });
    const named = Object.entries(props.functions).filter(([placeholder]) => definition.includes(`\${${placeholder}}`));
    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: `Runs ${name}: invokes its tasks.`,
      path: ROLE_PATH,
      roleName: roleName(name),
      inlinePolicies: {
        tasks: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({
              actions: ['lambda:InvokeFunction'],
              resources: [...new Set(named.map(([, { arn }]) => arn))],
            }),
          ],
        }),
      },
    });
    this.values = settle(props.response.parameters, props.values ?? {});
    // Limits are in the definition, which no input of an execution can change.
    const inDefinition = Object.entries(this.values).filter(([name]) => definition.includes(`\${${name}}`));
    const texts = [...Object.entries(props.response.texts()), ...inDefinition].map(([placeholder, text]) => [
      placeholder,
      jsonEscaped(text),
    ]);
    this.stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      stateMachineName: name,
      stateMachineType: sfn.StateMachineType.STANDARD,
      definitionBody: sfn.DefinitionBody.fromString(definition),
      definitionSubstitutions: Object.fromEntries([
        ...texts,
        ...named.map(([placeholder, { arn }]) => [placeholder, arn]),
      ]),
      role: this.role,
      tracingEnabled: true,
      // The history holds task tokens, with which anybody could answer.
      ...(props.encryptionKey && {
        encryptionConfiguration: new sfn.CustomerManagedEncryptionConfiguration(props.encryptionKey),
      }),
      logs: { destination: this.logGroup, level: sfn.LogLevel.ALL, includeExecutionData: false },
    });
    acknowledgeWildcards(this.role, {
      only: ['Resource::*'],
      reason:
        'Step Functions needs `*` for log delivery (`logs:CreateLogDelivery` and similar) and X-Ray (`xray:PutTraceSegments` and similar): those actions have no resource. The functions that it invokes are named one by one.',
    });
    for (const bus of props.buses ?? [{ id: 'Default' }]) {
      for (const rule of props.response.rules) {
        this.addRule(rule, bus);
      }
    }
  }

  /** Starts the workflow on other events too, such as those of a canary. */
  addRule(rule: RuleFile, bus: Bus = { id: 'Default' }): events.Rule {
    const id = `${pascal(rule.id)}On${bus.id}`;
    const { source, 'detail-type': detailType, ...pattern } = rule.EventPattern;
    const made = new events.Rule(this, id, {
      ruleName: ruleName(this.name, rule),
      description: rule.Description.slice(0, 512),
      eventPattern: { source: source as string[], detailType: detailType as string[], ...pattern },
      ...(bus.bus && { eventBus: bus.bus }),
    });
    for (const target of rule.Targets) {
      const queue = this.deadLetterQueue(`${id}${pascal(target.Id)}Undelivered`, this.queueName(rule, bus, target));
      made.addTarget(this.target(target, queue));
    }
    this.rules.push(made);
    return made;
  }

  /**
   * Its rules as EventBridge has them, for another stack to check. All ARNs are made of names: a reference to this stack could
   * not be removed.
   */
  deployedRules(stack: Stack): CheckedRule[] {
    const { buses = [{ id: 'Default' }], response } = this.props;
    return response.rules.flatMap((rule) =>
      buses.map((bus) => {
        // The rules of the other buses have the same pattern.
        const example = bus.bus ? undefined : response.exampleOf(rule);
        return {
          name: ruleName(this.name, rule),
          ...(bus.bus && { bus: bus.bus.eventBusName }),
          pattern: rule.EventPattern,
          targets: rule.Targets.map((target) => this.deployedTarget(rule, bus, target, stack)),
          ...(example && { example }),
        };
      }),
    );
  }

  private deployedTarget(rule: RuleFile, bus: Bus, target: RuleTarget, stack: Stack): DeployedTarget {
    const name = onlyPlaceholder(target.Arn) ?? '';
    const queue = stack.formatArn({ service: 'sqs', resource: this.queueName(rule, bus, target) });
    const { Input, InputPath, InputTransformer } = this.withInput(target);
    const named = (service: string, resource: string, resourceName: string) =>
      stack.formatArn({ service, resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    const ofFunction = this.props.functions[name];
    return {
      Arn:
        name === 'StateMachine'
          ? named('states', 'stateMachine', this.name)
          : ofFunction
            ? named('lambda', 'function', ofFunction.functionName)
            : this.goal(target).arn,
      ...(name === 'StateMachine' && {
        RoleArn: `arn:${stack.partition}:iam::${stack.account}:role${ROLE_PATH}${starterName(this.name)}`,
      }),
      ...(Input !== undefined && { Input }),
      ...(InputPath !== undefined && { InputPath }),
      ...(InputTransformer && { InputTransformer: { ...InputTransformer } }),
      DeadLetterConfig: { Arn: queue },
      RetryPolicy: {
        MaximumEventAgeInSeconds: RETRY.maximumEventAgeInSeconds,
        MaximumRetryAttempts: RETRY.maximumRetryAttempts,
      },
    };
  }

  private queueName(rule: RuleFile, bus: Bus, target: RuleTarget): string {
    const names = [
      ruleName(this.name, rule),
      ...(bus.bus ? [bus.id.toLowerCase()] : []),
      ...(rule.Targets.length > 1 ? [target.Id] : []),
    ];
    return `${names.join('-')}-undelivered`;
  }

  private withInput(target: RuleTarget): RuleTarget {
    return filled(withInput(target, this.response.inputTemplate), this.values);
  }

  private target(target: RuleTarget, queue: sqs.Queue): events.IRuleTarget {
    const goal = this.goal(target);
    const { Input, InputPath, InputTransformer } = this.withInput(target);
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

  /** The resource that a target's `Arn` names, and the permission that EventBridge needs for it. */
  private goal(target: RuleTarget): Goal {
    const name = onlyPlaceholder(target.Arn) ?? '';
    if (name === 'StateMachine') {
      return { arn: this.stateMachine.stateMachineArn, role: this.eventsRole(), permit: () => undefined };
    }
    const { topic } = this.props;
    if (name === 'Topic' && topic) {
      const permit = () => void topic.grantPublish(new iam.ServicePrincipal('events.amazonaws.com'));
      return { arn: topic.topicArn, permit };
    }
    const task = this.props.functions[name];
    if (task) {
      // In the rule's own stack, so that the stack of the function does not depend on it.
      const permit = (rule: events.IRuleRef) =>
        void new lambda.CfnPermission(this, `${name}From${rule.node.id}`, {
          action: 'lambda:InvokeFunction',
          functionName: task.arn,
          principal: 'events.amazonaws.com',
          sourceArn: rule.ruleRef.ruleArn,
        });
      return { arn: task.arn, permit };
    }
    throw new Error(
      `the target \`${target.Id}\` of \`${this.response.name}\` is \`${target.Arn}\`; it can be \`\${StateMachine}\`, \`\${Topic}\` or a task such as \`\${Notify}\``,
    );
  }

  /** The role with which EventBridge starts this workflow, and nothing else. */
  private eventsRole(): iam.Role {
    this.starter ??= new iam.Role(this, 'Starter', {
      assumedBy: new iam.ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: `Starts ${this.name} when one of its rules matches an event.`,
      path: ROLE_PATH,
      roleName: starterName(this.name),
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

  private deadLetterQueue(id: string, name: string): sqs.Queue {
    const key = this.props.encryptionKey;
    const queue = new sqs.Queue(this, id, {
      queueName: name,
      retentionPeriod: Duration.days(14),
      enforceSSL: true,
      ...(key
        ? { encryption: sqs.QueueEncryption.KMS, encryptionMasterKey: key }
        : { encryption: sqs.QueueEncryption.SQS_MANAGED }),
    });
    acknowledge(queue, 'SQS3', 'It is the dead-letter queue of a target; an alarm watches its depth.');
    this.deadLetterQueues.push({ queue, name });
    return queue;
  }
}

/** The name of the role with which EventBridge starts a workflow. */
export function starterName(stateMachine: string): string {
  return roleName(`${stateMachine}-start`);
}

/** The name of a rule: that of the state machine, and that of the rule's file. */
export function ruleName(stateMachine: string, rule: Pick<RuleFile, 'id'>): string {
  return `${stateMachine}-${rule.id}`;
}

interface Goal {
  readonly arn: string;
  readonly role?: iam.IRole;
  readonly permit: (rule: events.IRuleRef) => void;
}

/** The input of a target, exactly as the rule's file has it. CDK's own inputs would write it differently. */
class VerbatimInput extends events.RuleTargetInput {
  constructor(private readonly properties: events.RuleTargetInputProperties) {
    super();
  }

  override bind(): events.RuleTargetInputProperties {
    return this.properties;
  }
}
