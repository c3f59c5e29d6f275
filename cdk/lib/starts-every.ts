import { type Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ROLE_PATH } from './task-function.ts';

/** When a state machine is started, and what for. */
export interface Every {
  /** What the schedule does, as a sentence. */
  readonly description: string;
  /** An expression of EventBridge Scheduler: `rate(1 day)`. */
  readonly schedule: string;
  /** How long a start that fails is tried again. */
  readonly triedFor: Duration;
}

/** Starts a state machine on a schedule, with a role that may do nothing else. */
export function startsEvery(scope: Construct, machine: sfn.StateMachine, every: Every): void {
  const role = new iam.Role(scope, 'Starter', {
    assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
    description: every.description,
    path: ROLE_PATH,
    inlinePolicies: {
      start: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [machine.stateMachineArn] }),
        ],
      }),
    },
  });
  new scheduler.CfnSchedule(scope, 'Schedule', {
    description: every.description,
    scheduleExpression: every.schedule,
    flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn: machine.stateMachineArn,
      roleArn: role.roleArn,
      retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: every.triedFor.toSeconds() },
    },
  });
}
