import { Stack, type StackProps } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcards } from '../acknowledge.ts';
import type { Folder } from '../folder.ts';
import { RESPONSE_ROLE, ROLE_PATH } from '../task-function.ts';
import { type Statement, type Task, conditionsOf, fill } from '../task.ts';

/** Properties of a `Member`. */
export interface MemberProps extends StackProps {
  /** The bus in the home account to which findings go. */
  readonly centralBusArn: string;
  /** The workflows whose events are forwarded. */
  readonly folders: readonly Folder[];
  /** The response role, which an account has once [default: none: this is a further region, or the home account]. */
  readonly response?: ResponseRoleProps;
}

/** What the response role trusts, and what it allows. */
export interface ResponseRoleProps {
  /** The account of the central tasks. */
  readonly homeAccount: string;
  readonly externalId: string;
  /** The tasks that may assume it, with the names of their functions. */
  readonly tasks: readonly { readonly task: Task; readonly functionName: string }[];
}

/** The tag of a session that says which case it is for. Trust is not given without it. */
export const CASE_TAG = 'redress:case';

/**
 * What another account, or another region, has of Redress: rules that forward what the workflows answer to, and in one
 * region of each account the role with which the central tasks look and act there. Nothing of it runs.
 */
export class Member extends Stack {
  readonly role: iam.Role | undefined;
  readonly rules: events.Rule[] = [];

  constructor(scope: Construct, id: string, props: MemberProps) {
    super(scope, id, props);
    this.forward(props);
    this.role = props.response && this.responseRole(props.response);
  }

  private forward(props: MemberProps): void {
    const sender = new iam.Role(this, 'Sender', {
      assumedBy: new iam.ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
      description: 'Sends findings to the central bus of Redress.',
      path: ROLE_PATH,
      inlinePolicies: {
        send: new iam.PolicyDocument({
          statements: [new iam.PolicyStatement({ actions: ['events:PutEvents'], resources: [props.centralBusArn] })],
        }),
      },
    });
    const queue = new sqs.Queue(this, 'Undelivered', {
      retentionPeriod: Duration.days(14),
      enforceSSL: true,
      encryption: sqs.QueueEncryption.SQS_MANAGED,
    });
    acknowledge(queue, 'SQS3', 'It is itself the dead-letter queue of the forwarding rules.');
    for (const folder of props.folders) {
      for (const rule of folder.rules) {
        const { source, 'detail-type': detailType, ...pattern } = rule.EventPattern;
        const id = `${folder.name}-${rule.id}`;
        const forwarding = new events.Rule(this, id, {
          description: `Forwards to Redress: ${rule.Description}`.slice(0, 512),
          eventPattern: { source: source as string[], detailType: detailType as string[], ...pattern },
        });
        forwarding.addTarget({
          bind: () => ({
            arn: props.centralBusArn,
            role: sender,
            deadLetterConfig: { arn: queue.queueArn },
            retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
          }),
        });
        this.rules.push(forwarding);
      }
    }
    queue.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': this.rules.map((rule) => rule.ruleArn) } },
      }),
    );
  }

  /**
   * The role that central tasks assume: those tasks alone, with the external id, and with a tag that says for which case.
   * It allows what the manifest allows those tasks in IAM and EC2, so that an account's owner reads one list. What belongs
   * to the home (case table, topic, state machines, findings) is not among it.
   */
  private responseRole(props: ResponseRoleProps): iam.Role {
    const arns = props.tasks.map(
      ({ functionName }) => `arn:${this.partition}:iam::${props.homeAccount}:role${ROLE_PATH}redress-${functionName}`,
    );
    const home = new iam.AccountPrincipal(props.homeAccount);
    const ofOneCase = {
      StringLike: { [`aws:RequestTag/${CASE_TAG}`]: '?*' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': [CASE_TAG] },
    };
    const role = new iam.Role(this, 'ResponseRole', {
      roleName: RESPONSE_ROLE,
      path: ROLE_PATH,
      description: 'What the central tasks of Redress may do in this account. Delete it to end that.',
      assumedBy: home.withConditions({
        ArnEquals: { 'aws:PrincipalArn': arns },
        StringEquals: { 'sts:ExternalId': props.externalId },
        ...ofOneCase,
      }),
      maxSessionDuration: Duration.hours(1),
      inlinePolicies: { response: this.statements(props.tasks.map(({ task }) => task)) },
    });
    // A tag is nothing without the session, and AWS names no external id among what it knows when a session is tagged.
    role.assumeRolePolicy!.addStatements(
      new iam.PolicyStatement({ actions: ['sts:TagSession'], principals: [home], conditions: ofOneCase }),
    );
    acknowledgeWildcards(role, {
      reason:
        'What `tasks/manifest.json` says of the tasks that may assume it, in the terms of this account: which role or policy a finding is about is known only when it comes. Denials of what is Redress\'s own, service-linked or Identity Center\'s stand beside it.',
    });
    return role;
  }

  /** The statements of IAM and EC2 of these tasks. Those with the same effect, resources and conditions become one. */
  private statements(tasks: readonly Task[]): iam.PolicyDocument {
    const merged = new Map<string, { statement: Statement; actions: Set<string> }>();
    for (const statement of tasks.flatMap((task) => task.iam)) {
      const actions = statement.actions.filter((action) => /^(iam|ec2):/.test(action));
      const { effect, resources, conditions } = statement;
      const key = JSON.stringify([effect, resources, conditions ?? []]);
      const known = merged.get(key) ?? { statement, actions: new Set<string>() };
      actions.forEach((action) => known.actions.add(action));
      if (known.actions.size > 0) {
        merged.set(key, known);
      }
    }
    const here = { Partition: this.partition, Account: this.account, Region: this.region };
    const statements = [...merged.values()].map(
      ({ statement, actions }) =>
        new iam.PolicyStatement({
          effect: statement.effect === 'Allow' ? iam.Effect.ALLOW : iam.Effect.DENY,
          actions: [...actions].sort(),
          resources: statement.resources.map((resource) => fill(resource, here)),
          conditions: conditionsOf(statement),
        }),
    );
    return new iam.PolicyDocument({ statements, minimize: false });
  }
}
