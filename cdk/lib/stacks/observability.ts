import { ArnFormat, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { Canary } from '../canary.ts';
import type { Config } from '../config/types.ts';
import { Probe, probedOf } from '../probe.ts';
import { SelfWatch } from '../self-watch.ts';
import { changes } from '../task.ts';
import { type TaskFunction, taskLogGroup } from '../task-function.ts';
import { type Workflow, workflowLogGroup } from '../workflow.ts';
import type { Base } from './base.ts';
import type { ResponseStack } from './response.ts';

/** Properties of an `Observability`. */
export interface ObservabilityProps extends StackProps {
  readonly base: Base;
  readonly responses: readonly ResponseStack[];
  /** Who hears of changes of Redress itself. */
  readonly subscriptions: Config['subscriptions'];
  readonly logRetention?: logs.RetentionDays;
  /** The prefix of the names of functions and state machines. */
  readonly prefix?: string;
  /** Whether real events are made for the responses once a day. */
  readonly realEvents: boolean;
}

/** The namespace of the metrics that are counted in logs. */
const NAMESPACE = 'Redress';

/**
 * The dashboard, and alarms to the topic of the base stack.
 *
 * Everything comes from the metrics of Step Functions, Lambda and SQS, and from the logs of tasks and workflows, which hold
 * no payload. The resources of the other stacks are referred to by name: an export that is in use could not be removed,
 * and a rule of a response could not be either.
 */
export class Observability extends Stack {
  readonly dashboard: cloudwatch.Dashboard;
  readonly alarms: cloudwatch.IAlarm[] = [];
  private readonly props: ObservabilityProps;
  private readonly workflows: readonly Workflow[];
  private readonly canary: Canary | undefined;
  private readonly action: SnsAction;

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id, props);
    this.props = props;
    for (const stack of props.responses) {
      this.addStackDependency(stack, 'Metric filters need the log groups of the responses.');
    }
    this.workflows = props.responses.map((stack) => stack.workflow);
    this.canary = props.responses.map((stack) => stack.canary).find((canary) => canary !== undefined);
    this.action = new SnsAction(sns.Topic.fromTopicArn(this, 'Topic', props.base.topic.topicArn));
    const failures = this.workflows.map((workflow, n) => this.failed(workflow, n));
    const breaker = this.breaker();
    this.undelivered();
    this.throttled();
    if (this.canary) {
      this.canary.alarm.addAlarmAction(this.action);
      const alarmName = Canary.alarmName(props.prefix);
      this.alarms.push(
        cloudwatch.Alarm.fromAlarmArn(
          this,
          'Missed',
          this.formatArn({
            service: 'cloudwatch',
            resource: 'alarm',
            resourceName: alarmName,
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        ),
      );
    }
    const probe = this.probe();
    const watch = new SelfWatch(this, {
      base: props.base,
      responses: props.responses,
      machines: [...this.workflows, ...(this.canary ? [this.canary.workflow] : [])].map(({ name }) => name),
      ...(probe && { probe: Probe.machineName(props.prefix) }),
      subscriptions: props.subscriptions,
      ...(props.logRetention !== undefined && { logRetention: props.logRetention }),
      ...(props.prefix !== undefined && { prefix: props.prefix }),
    });
    this.alarms.push(watch.check.alarm);
    this.dashboard = this.board(failures, breaker);
  }

  /** The probe, if a response has something that it can make. */
  private probe(): Probe | undefined {
    const { base, logRetention, prefix, realEvents } = this.props;
    const probed = probedOf(this.workflows, prefix);
    if (!realEvents || probed.length === 0) {
      return undefined;
    }
    const probe = new Probe(this, 'Probe', {
      probed,
      ...(prefix !== undefined && { prefix }),
      ...(logRetention !== undefined && { logRetention }),
      // An imported key, so that nothing here changes the policy of the base stack's key.
      ...(base.encryptionKey && { encryptionKey: kms.Key.fromKeyArn(this, 'Key', base.encryptionKey.keyArn) }),
    });
    for (const alarm of probe.alarms) {
      alarm.addAlarmAction(this.action);
      this.alarms.push(alarm);
    }
    return probe;
  }

  /** A failed execution may have failed to tell people. This alarm tells them. */
  private failed({ name, response }: Workflow, n: number): cloudwatch.IMetric {
    const machine = sfn.StateMachine.fromStateMachineName(this, `StateMachine-${response.name}`, name);
    const metric = new cloudwatch.MathExpression({
      label: `failed: ${response.name}`,
      expression: `failed${n} + late${n} + stopped${n}`,
      period: Duration.minutes(5),
      usingMetrics: {
        [`failed${n}`]: machine.metricFailed(),
        [`late${n}`]: machine.metricTimedOut(),
        [`stopped${n}`]: machine.metricAborted(),
      },
    });
    this.alarm(
      `Failed-${response.name}`,
      metric,
      1,
      `An execution of ${response.name} failed, timed out or was stopped: a finding may be unanswered.`,
    );
    return metric;
  }

  /** An event that EventBridge could not deliver has started nothing. */
  private undelivered(): void {
    const workflows = [...this.workflows, ...(this.canary ? [this.canary.workflow] : [])];
    for (const { name } of workflows.flatMap((workflow) => workflow.deadLetterQueues)) {
      const metric = new cloudwatch.Metric({
        namespace: 'AWS/SQS',
        metricName: 'ApproximateNumberOfMessagesVisible',
        dimensionsMap: { QueueName: name },
        statistic: 'Maximum',
      });
      this.alarm(
        `Undelivered-${name}`,
        metric,
        1,
        `An event could not be delivered and is in the dead-letter queue ${name}: nothing answered it. Send it again from there.`,
      );
    }
  }

  /** A throttled task is retried a few times, and then the execution goes to people. */
  private throttled(): void {
    for (const { functionName } of this.acting()) {
      const metric = new cloudwatch.Metric({
        namespace: 'AWS/Lambda',
        metricName: 'Throttles',
        dimensionsMap: { FunctionName: functionName },
        statistic: 'Sum',
      });
      this.alarm(
        `Throttled-${functionName}`,
        metric,
        5,
        `${functionName} is throttled: there are more changes at once than its reserved concurrency allows.`,
      );
    }
  }

  /** The breaker opens if there are too many changes in an hour: an attack on many roles, or on Redress itself. */
  private breaker(): cloudwatch.IMetric | undefined {
    const functions = this.functions().filter((made) => made.task.step === 'check-guardrails');
    const counted = functions.map(({ functionName }) =>
      // Filters of several log groups count into one metric.
      this.counted(
        `BreakerOpen-${functionName}`,
        taskLogGroup(functionName),
        logs.FilterPattern.stringValue('$.fields.guardrail', '=', 'breaker'),
        'BreakerOpen',
      ),
    );
    const metric = counted[0];
    if (metric) {
      this.alarm(
        'BreakerOpen',
        metric,
        1,
        'The breaker is open: there were so many changes within an hour that people are asked before any other.',
      );
    }
    return metric;
  }

  private board(
    failures: readonly cloudwatch.IMetric[],
    breaker: cloudwatch.IMetric | undefined,
  ): cloudwatch.Dashboard {
    const dashboard = new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: 'Redress',
      defaultInterval: Duration.days(7),
    });
    const graph = (title: string, left: cloudwatch.IMetric[]) =>
      new cloudwatch.GraphWidget({ title, left, width: 8, stacked: false });
    const started = this.workflows.map(({ name, response }) =>
      sfn.StateMachine.fromStateMachineName(this, `Started-${response.name}`, name).metricStarted({
        label: response.name,
        statistic: 'Sum',
      }),
    );
    const done = this.acting().map((made) => this.done(made));
    const waiting = this.waiting();
    dashboard.addWidgets(
      graph('Findings', started),
      graph('Failed, timed out, stopped', [...failures]),
      ...(done.length > 0 ? [graph('Changes and undos', done)] : []),
    );
    dashboard.addWidgets(
      ...this.props.responses.flatMap((stack) => this.timeToChange(stack)),
      ...(waiting ? [graph('Approvals waiting', [waiting])] : []),
      ...(breaker ? [graph('Breaker open', [breaker])] : []),
      ...(this.canary ? [graph('Plans of the canary', [this.canary.metric])] : []),
    );
    dashboard.addWidgets(new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: this.alarms, width: 24 }));
    return dashboard;
  }

  /** The time from the start of an execution to the end of the state that makes the change. */
  private timeToChange({ workflow: { name }, response, called }: ResponseStack): cloudwatch.IWidget[] {
    const acting = called.filter(({ task }) => task.nature === 'Act').map((call) => call.placeholder);
    const states = response
      .calls()
      .filter((call) => acting.includes(call.placeholder))
      .map((call) => call.state);
    if (states.length === 0) {
      return [];
    }
    const widget = new cloudwatch.LogQueryWidget({
      title: `Time to change, in seconds: ${response.name}`,
      logGroupNames: [workflowLogGroup(name)],
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
    return [widget];
  }

  /** The questions that were asked, minus those that have an answer or have expired, over the time that the dashboard shows. */
  private waiting(): cloudwatch.IMetric | undefined {
    const questions = this.workflows.flatMap(({ name, response }) => {
      const states = response
        .calls()
        .filter((call) => call.waits)
        .map((call) => `$.details.name = ${JSON.stringify(call.state)}`);
      return states.length > 0 ? [{ name, response, states: states.join(' || ') }] : [];
    });
    const count = (metric: string, type: string) =>
      questions.map(({ name, response, states }) =>
        this.counted(
          `${metric}-${response.name}`,
          workflowLogGroup(name),
          logs.FilterPattern.literal(`{ $.type = "${type}" && (${states}) }`),
          metric,
        ),
      )[0];
    // Filters of several log groups count into one metric.
    const [asked, ended] = [count('QuestionsAsked', 'TaskStateEntered'), count('QuestionsEnded', 'TaskStateExited')];
    if (!asked || !ended) {
      return undefined;
    }
    return new cloudwatch.MathExpression({
      label: 'asked and not answered, since the left edge',
      expression: 'RUNNING_SUM(FILL(asked, 0) - FILL(ended, 0))',
      period: Duration.minutes(5),
      usingMetrics: { asked, ended },
    });
  }

  private done({ functionName }: TaskFunction): cloudwatch.IMetric {
    return this.counted(
      `Done-${functionName}`,
      taskLogGroup(functionName),
      logs.FilterPattern.stringValue('$.fields.message', '=', 'done'),
    ).with({ label: functionName });
  }

  private functions(): TaskFunction[] {
    return this.props.responses.flatMap((stack) => stack.functions);
  }

  private acting(): TaskFunction[] {
    return this.functions().filter((made) => changes(made.task));
  }

  private counted(
    id: string,
    logGroup: string,
    filterPattern: logs.IFilterPattern,
    metricName = id,
  ): cloudwatch.Metric {
    const filter = new logs.MetricFilter(this, `Count-${id}`, {
      logGroup: logs.LogGroup.fromLogGroupName(this, `LogGroup-${id}`, logGroup),
      filterPattern,
      metricNamespace: NAMESPACE,
      metricName,
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
