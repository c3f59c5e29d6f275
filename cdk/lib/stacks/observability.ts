import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { TaskFunction } from '../task-function.ts';
import { ROLE_PATH } from '../task-function.ts';
import { changes } from '../task.ts';
import type { Workflow } from '../workflow.ts';
import type { Response } from './response.ts';

/** Properties of an `Observability`. */
export interface ObservabilityProps extends StackProps {
  readonly response: Response;
}

/** The namespace of what is counted in logs. */
const NAMESPACE = 'Redress';

/**
 * What people look at, and what wakes them: a dashboard, and alarms to the topic of the response.
 *
 * Everything is counted from what the services say anyway: the metrics of Step Functions, Lambda and SQS, and the logs of
 * tasks and workflows, which hold no payload.
 */
export class Observability extends Stack {
  readonly dashboard: cloudwatch.Dashboard;
  readonly alarms: cloudwatch.Alarm[] = [];
  private readonly response: Response;
  private readonly action: SnsAction;

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id, props);
    this.response = props.response;
    this.action = new SnsAction(sns.Topic.fromTopicArn(this, 'Topic', this.response.topic.topicArn));
    const failures = this.response.workflows.map((workflow, n) => this.failed(workflow, n));
    const breaker = this.breaker();
    this.undelivered();
    this.throttled();
    if (this.response.canary) {
      this.response.canary.alarm.addAlarmAction(this.action);
      this.alarms.push(this.response.canary.alarm);
    }
    this.foreignChanges();
    this.dashboard = this.board(failures, breaker);
  }

  /** A failed execution told people where it could. Where it could not, this does. */
  private failed(workflow: Workflow, n: number): cloudwatch.IMetric {
    const { stateMachine, folder } = workflow;
    const metric = new cloudwatch.MathExpression({
      label: `failed: ${folder.name}`,
      expression: `failed${n} + late${n} + stopped${n}`,
      period: Duration.minutes(5),
      usingMetrics: {
        [`failed${n}`]: stateMachine.metricFailed(),
        [`late${n}`]: stateMachine.metricTimedOut(),
        [`stopped${n}`]: stateMachine.metricAborted(),
      },
    });
    this.alarm(`Failed-${folder.name}`, metric, 1, `An execution of ${folder.name} failed, timed out or was stopped: a finding may be unanswered.`);
    return metric;
  }

  /** What EventBridge could not deliver started nothing. */
  private undelivered(): void {
    const workflows = [...this.response.workflows, ...(this.response.canary ? [this.response.canary.workflow] : [])];
    for (const [n, queue] of workflows.flatMap((workflow) => workflow.deadLetterQueues).entries()) {
      this.alarm(
        `Undelivered-${n}`,
        queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
        1,
        'An event could not be delivered to a workflow and lies in its dead-letter queue: nothing answered it. Send it again from there.',
      );
    }
  }

  /** A task that is throttled is tried again, and in the end not any more. */
  private throttled(): void {
    for (const task of this.acting()) {
      this.alarm(
        `Throttled-${task.task.name}`,
        task.function.metricThrottles({ statistic: 'Sum' }),
        5,
        `${task.task.name} is throttled: more is to be changed at once than its reserved concurrency allows.`,
      );
    }
  }

  /** The guardrail that speaks when too much is changed in an hour: an attack on many roles, or on Redress itself. */
  private breaker(): cloudwatch.IMetric | undefined {
    const guardrails = this.response.functions.CheckGuardrails;
    if (!guardrails) {
      return undefined;
    }
    const metric = this.counted('BreakerOpen', guardrails, logs.FilterPattern.stringValue('$.fields.guardrail', '=', 'breaker'));
    this.alarm('BreakerOpen', metric, 1, 'The breaker is open: so much was changed within an hour that people are asked before anything else is.');
    return metric;
  }

  /** Somebody else than Redress touched a policy with which it contains: an attacker frees a role, or a person does. */
  private foreignChanges(): void {
    const rule = new events.Rule(this, 'ForeignChanges', {
      description: 'Somebody else than Redress changed a policy with which it contains a role.',
      eventPattern: {
        source: ['aws.iam'],
        detailType: ['AWS API Call via CloudTrail'],
        detail: {
          eventSource: ['iam.amazonaws.com'],
          eventName: ['PutRolePolicy', 'DeleteRolePolicy'],
          requestParameters: { policyName: [{ prefix: 'redress-contain-' }] },
          errorCode: [{ exists: false }],
          userIdentity: {
            sessionContext: {
              sessionIssuer: { arn: [{ exists: false }, { 'anything-but': { wildcard: `arn:*:iam::*:role${ROLE_PATH}*` } }] },
            },
          },
        },
      },
    });
    rule.addTarget(
      new targets.SnsTopic(this.response.topic, {
        message: events.RuleTargetInput.fromText(
          `Somebody else than Redress called ${events.EventField.fromPath('$.detail.eventName')} on ${events.EventField.fromPath('$.detail.requestParameters.policyName')} of the role ${events.EventField.fromPath('$.detail.requestParameters.roleName')}: ${events.EventField.fromPath('$.detail.userIdentity.arn')}`,
        ),
      }),
    );
  }

  private board(failures: readonly cloudwatch.IMetric[], breaker: cloudwatch.IMetric | undefined): cloudwatch.Dashboard {
    const dashboard = new cloudwatch.Dashboard(this, 'Dashboard', { dashboardName: 'Redress', defaultInterval: Duration.days(7) });
    const { workflows } = this.response;
    const graph = (title: string, left: cloudwatch.IMetric[]) => new cloudwatch.GraphWidget({ title, left, width: 8, stacked: false });
    const done = this.acting().map((task) => this.done(task));
    dashboard.addWidgets(
      graph('Findings', workflows.map((workflow) => workflow.stateMachine.metricStarted({ label: workflow.folder.name, statistic: 'Sum' }))),
      graph('Failed, timed out, stopped', [...failures]),
      graph('Changes and undos', done),
    );
    dashboard.addWidgets(
      ...workflows.map((workflow) => this.timeToContain(workflow)),
      graph('Approvals waiting', [this.waiting()]),
      ...(breaker ? [graph('Breaker open', [breaker])] : []),
      ...(this.response.canary ? [graph('Plans of the canary', [this.response.canary.metric])] : []),
    );
    dashboard.addWidgets(new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: this.alarms, width: 24 }));
    return dashboard;
  }

  /** From the start of an execution to the end of the state that changes something, for each execution. */
  private timeToContain(workflow: Workflow): cloudwatch.IWidget {
    const acting = new Set(this.acting().filter((task) => task.task.nature === 'Act').map((task) => task.task.placeholder));
    const states = workflow.folder.calls().filter((call) => acting.has(call.placeholder)).map((call) => call.state);
    return new cloudwatch.LogQueryWidget({
      title: `Time to contain, in seconds: ${workflow.folder.name}`,
      logGroupNames: [workflow.logGroup.logGroupName],
      view: cloudwatch.LogQueryVisualizationType.TABLE,
      width: 8,
      queryLines: [
        `filter type = "ExecutionStarted" or (type = "TaskStateExited" and details.name in [${states.map((state) => JSON.stringify(state)).join(', ')}])`,
        'stats (max(event_timestamp) - min(event_timestamp)) / 1000 as seconds, count(*) as steps by execution_arn',
        'filter steps > 1',
        'sort seconds desc',
        'limit 50',
      ],
    });
  }

  /** Questions that were asked, less those that have an answer or an end, over the time that the dashboard shows. */
  private waiting(): cloudwatch.IMetric {
    const using: Record<string, cloudwatch.IMetric> = {};
    const [asked, ended]: [string[], string[]] = [[], []];
    for (const [n, workflow] of this.response.workflows.entries()) {
      const states = workflow.folder.calls().filter((call) => call.waits).map((call) => call.state);
      if (states.length === 0) {
        continue;
      }
      for (const [name, type, into] of [['asked', 'TaskStateEntered', asked], ['ended', 'TaskStateExited', ended]] as const) {
        const names = states.map((state) => `$.details.name = ${JSON.stringify(state)}`).join(' || ');
        const id = `${name}${n}`;
        using[id] = this.counted(
          `Questions-${name}-${workflow.folder.name}`,
          workflow,
          logs.FilterPattern.literal(`{ $.type = "${type}" && (${names}) }`),
        );
        into.push(`FILL(${id}, 0)`);
      }
    }
    return new cloudwatch.MathExpression({
      label: 'asked and not answered, since the left edge',
      expression: `RUNNING_SUM(${asked.join(' + ')} - (${ended.join(' + ')}))`,
      period: Duration.minutes(5),
      usingMetrics: using,
    });
  }

  private done(task: TaskFunction): cloudwatch.IMetric {
    return this.counted(`Done-${task.task.name}`, task, logs.FilterPattern.stringValue('$.fields.message', '=', 'done')).with({ label: task.task.name });
  }

  private acting(): TaskFunction[] {
    return Object.values(this.response.functions).filter((task) => changes(task.task));
  }

  private counted(name: string, from: { readonly logGroup: logs.LogGroup }, filterPattern: logs.IFilterPattern): cloudwatch.Metric {
    const filter = new logs.MetricFilter(this, `Count-${name}`, {
      logGroup: from.logGroup,
      filterPattern,
      metricNamespace: NAMESPACE,
      metricName: name,
      metricValue: '1',
    });
    return filter.metric({ statistic: 'Sum', period: Duration.minutes(5) });
  }

  private alarm(id: string, metric: cloudwatch.IMetric, threshold: number, alarmDescription: string): void {
    const alarm = new cloudwatch.Alarm(this, id, {
      metric,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      alarmDescription,
    });
    alarm.addAlarmAction(this.action);
    this.alarms.push(alarm);
  }
}
