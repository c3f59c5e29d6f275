import { Stack, type StackProps } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { Canary } from '../canary.ts';
import { limitsOf } from '../config/limits.ts';
import { Functions, type Installation, machinesOf, named } from '../functions.ts';
import type { CalledTask, Response } from '../response/response.ts';
import type { Callable, TaskFunction } from '../task-function.ts';
import { pascal } from '../text.ts';
import { messageTopic } from '../topic.ts';
import { type Bus, Workflow } from '../workflow.ts';
import { type Base, CENTRAL_BUS } from './base.ts';

/** Properties of a `ResponseStack`. */
export interface ResponseStackProps extends StackProps {
  readonly installation: Installation;
  readonly response: Response;
  readonly base: Base;
}

/** The id of the stack of a response: `RedressIamPolicy` for the folder `iam-policy`. */
export function stackId(response: Pick<Response, 'name'>): string {
  return `Redress${pascal(response.name)}`;
}

/**
 * The stack of one response: its state machine, its rules with their dead-letter queues, and the functions of its steps,
 * each with a role of its own. The common tasks are those of the base stack, named by ARN: no stack exports a function.
 *
 * This is one side of the trust boundary. With the stack of a response that changes roles or policies goes the power over
 * every role and policy of the account outside of `/redress/`. Guard its deployment as that of an administrator.
 */
export class ResponseStack extends Stack {
  readonly response: Response;
  readonly workflow: Workflow;
  /** The tasks that it calls. */
  readonly called: readonly CalledTask[];
  /** The functions of its steps. */
  readonly functions: readonly TaskFunction[];
  readonly canary: Canary | undefined;
  private readonly installation: Installation;
  private readonly encryptionKey: kms.IKey | undefined;

  constructor(scope: Construct, id: string, props: ResponseStackProps) {
    super(scope, id, props);
    const { installation, response, base } = props;
    const { config } = installation;
    this.installation = installation;
    this.response = response;
    this.addStackDependency(base, 'The common tasks are in the base stack.');
    // An imported key, so that nothing here changes the policy of the base stack's key.
    this.encryptionKey = base.encryptionKey && kms.Key.fromKeyArn(this, 'Key', base.encryptionKey.keyArn);
    const functions = new Functions(this, installation, () => ({ ...base.shared(), key: this.encryptionKey }));
    const machines = machinesOf(installation, response);
    const made = new Map<string, TaskFunction>();
    const callables: Record<string, Callable> = {};
    this.called = response.tasks(installation.tasks);
    for (const call of this.called) {
      callables[call.placeholder] = call.isCommon ? this.common(call) : this.step(call, functions, machines, made);
    }
    this.functions = [...made.values()];
    this.workflow = new Workflow(this, 'Workflow', {
      response,
      functions: callables,
      name: named(config, response.name),
      values: valuesOf(installation, response),
      buses: this.buses(base),
      topic: base.topic,
      logRetention: config.retention.logDays,
      ...(this.encryptionKey && { encryptionKey: this.encryptionKey }),
    });
    this.canary = this.addCanary(callables, functions);
  }

  private common(call: CalledTask): Callable {
    const { config } = this.installation;
    const functionName = named(config, call.functionName);
    return { task: call.task, functionName, arn: Functions.arnOf(this, config, call) };
  }

  /** The function of a step. A definition of its own can name it by two placeholders. */
  private step(
    call: CalledTask,
    functions: Functions,
    machines: readonly string[],
    made: Map<string, TaskFunction>,
  ): TaskFunction {
    const { functionName: name, task } = call;
    const step =
      made.get(name) ??
      functions.add(task, {
        id: pascal(name.slice(this.response.name.length + 1)),
        name,
        machines,
        response: this.response.name,
      });
    made.set(name, step);
    return step;
  }

  private buses(base: Base): Bus[] {
    return [
      { id: 'Default' },
      ...(base.centralBus
        ? [{ id: 'Central', bus: events.EventBus.fromEventBusName(this, 'CentralBus', CENTRAL_BUS) }]
        : []),
    ];
  }

  /** The canary, if this is the response that it uses. */
  private addCanary(callables: Readonly<Record<string, Callable>>, functions: Functions): Canary | undefined {
    const { config, responses, pipelineAccount } = this.installation;
    const { canary, tasks, retention } = config;
    const notify = this.called.find((call) => call.task.name === 'notify');
    if (!canary || !notify || Canary.responseOf(responses) !== this.response) {
      return undefined;
    }
    const key = this.encryptionKey;
    // Messages of the canary's lane go to a topic of its own: nobody on call must be woken by them.
    const silent = messageTopic(this, 'CanaryTopic', {
      name: named(config, 'redress-canary'),
      displayName: 'Messages of the canary of Redress',
      ...(key && { key }),
    });
    const silentNotify = functions.add(notify.task, {
      id: 'CanaryNotify',
      name: 'canary-notify',
      machines: [Canary.machineName(tasks.prefix)],
      instead: { topicArn: silent.topicArn, escalationTopicArn: undefined, pageUrl: undefined },
    });
    return new Canary(this, 'Canary', {
      response: this.response,
      functions: { ...callables, [notify.placeholder]: silentNotify },
      everyMinutes: canary.everyMinutes,
      withinMinutes: canary.withinMinutes,
      ...(tasks.prefix !== undefined && { prefix: tasks.prefix }),
      ...(config.pipeline && pipelineAccount !== undefined && { pipelineAccount }),
      logRetention: retention.logDays,
      ...(key && { encryptionKey: key }),
    });
  }
}

/** The values of a response's parameters that the configuration sets. */
function valuesOf({ config }: Installation, response: Response): Record<string, string | number> {
  const { mode, parameters } = config.responses[response.name]!;
  const modes = limitsOf(config, response.name).flatMap(([account, { mode }]) => (mode ? [[account, mode]] : []));
  return {
    ...(mode !== undefined && { Mode: mode }),
    ...(modes.length > 0 && { Modes: JSON.stringify(Object.fromEntries(modes)) }),
    ...parameters,
  };
}
