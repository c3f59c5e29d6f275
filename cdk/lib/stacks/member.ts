import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcards } from '../acknowledge.ts';
import type { Config } from '../config/types.ts';
import { ConfigError } from '../config/validate.ts';
import type { Response } from '../response/response.ts';
import { type CheckedRule, RuleCheck } from '../rule-check.ts';
import { ACTING_MEMBER_ROLES, conditionsOf, MEMBER_ROLES, reachesMembers, type Statement, type Task } from '../task.ts';
import { ACTING_RESPONSE_ROLE, RESPONSE_ROLE, ROLE_PATH, roleName } from '../task-function.ts';
import { fill } from '../text.ts';
import { letAlarmsPublish, messageTopic, subscribe } from '../topic.ts';
import { patternOf, type Watch } from '../watch/watch.ts';

/** Properties of a `Member`. */
export interface MemberProps extends StackProps {
  /** The bus in the home account, to which findings are forwarded. */
  readonly centralBusArn: string;
  /** The responses whose events are forwarded. */
  readonly responses: readonly Response[];
  /** What is watched of Redress itself. Its events are forwarded too. */
  readonly watched: readonly Watch[];
  /** The receivers of the alarm about events that could not be forwarded. */
  readonly subscriptions: Config['subscriptions'];
  /** The response roles, which an account has once [default: none: this is a further region, or the home account]. */
  readonly response?: ResponseRoleProps;
}

/** A function whose task may work in a member. */
export interface CentralFunction {
  readonly task: Task;
  readonly functionName: string;
}

/** The trust and the permissions of the response roles. */
export interface ResponseRoleProps {
  /** The account of the central tasks. */
  readonly homeAccount: string;
  readonly externalId: string;
  /** The functions of the common tasks. */
  readonly common: readonly CentralFunction[];
  /** The responses, with the functions of their steps. */
  readonly responses: readonly { readonly functions: readonly CentralFunction[] }[];
  /** The ARNs of the permissions boundaries that the account's roles and users must have [default: there are none]. */
  readonly requiredBoundaries?: (account: { partition: string; account: string }) => readonly string[];
}

/** A response role: its name, and the placeholder by which the manifest lets tasks assume it. */
interface Made {
  readonly id: string;
  readonly roleName: string;
  readonly placeholder: string;
  readonly does: string;
}

const RESPONSE_ROLES: readonly Made[] = [
  { id: 'ResponseRole', roleName: RESPONSE_ROLE, placeholder: MEMBER_ROLES, does: 'look' },
  { id: 'ActingResponseRole', roleName: ACTING_RESPONSE_ROLE, placeholder: ACTING_MEMBER_ROLES, does: 'act' },
];

/** Source: IAM quotas, "Role trust policy length". */
const LONGEST_TRUST = 2048;

/** The tag of a session with the id of its case. The roles cannot be assumed without it. */
export const CASE_TAG = 'redress:case';

/**
 * The part of Redress in another account or region: rules that forward the events of the responses, and in one region of
 * each account the roles with which the central tasks look and act there. No code runs there.
 */
export class Member extends Stack {
  /** The role of the tasks that look here, and that of the tasks that act. */
  readonly roles: readonly iam.Role[];
  readonly rules: events.Rule[] = [];

  constructor(scope: Construct, id: string, props: MemberProps) {
    super(scope, id, props);
    this.forward(props);
    const { response } = props;
    this.roles = response ? RESPONSE_ROLES.flatMap((made) => this.responseRole(made, response) ?? []) : [];
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
    acknowledge(queue, 'SQS3', 'It is the dead-letter queue of the forwarding rules.');
    const checked: CheckedRule[] = [];
    const forward = (id: string, description: string, eventPattern: events.EventPattern, example?: object) => {
      const forwarding = new events.Rule(this, id, {
        description: `Forwards to Redress: ${description}`.slice(0, 512),
        eventPattern,
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
      checked.push(RuleCheck.of(forwarding, eventPattern, example === undefined ? {} : { example }));
    };
    for (const response of props.responses) {
      for (const rule of response.rules) {
        const { source, 'detail-type': detailType, ...pattern } = rule.EventPattern;
        const forwarded = { source: source as string[], detailType: detailType as string[], ...pattern };
        forward(`${response.name}-${rule.id}`, rule.Description, forwarded, response.exampleOf(rule));
      }
    }
    for (const watch of props.watched) {
      forward(`Watch-${watch.id}`, watch.means, patternOf(watch));
    }
    queue.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': this.rules.map((rule) => rule.ruleArn) } },
      }),
    );
    const topic = this.undelivered(queue, props.subscriptions);
    new RuleCheck(this, 'RuleCheck', { rules: checked }).alarm.addAlarmAction(new SnsAction(topic));
  }

  /** What cannot be forwarded cannot be told by way of the central bus either, so the alarms have a topic of their own here. */
  private undelivered(queue: sqs.Queue, receivers: Config['subscriptions']): sns.Topic {
    const topic = messageTopic(this, 'Alarms', {
      name: 'redress-member',
      displayName: 'Alarms of Redress in a member',
    });
    subscribe(topic, receivers);
    letAlarmsPublish(topic);
    const alarm = new cloudwatch.Alarm(this, 'NotForwarded', {
      metric: queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: Duration.minutes(5) }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      alarmDescription: `Events of ${this.account} in ${this.region} could not be forwarded to Redress and are in a dead-letter queue: nothing answered them.`,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    return topic;
  }

  /**
   * A role that central tasks assume, with the external id and a tag with the id of the case: one for the tasks that look, one
   * for those that act, so that a task that looks at home can change nothing here either. Each allows those actions of IAM and
   * EC2 that the manifest allows those tasks, so that an account's owner reads two lists. Resources of the home (case table,
   * topic, state machines, findings) are not among them.
   *
   * The trust policy names each role: a pattern would admit any role that somebody makes with a fitting name. It has 2,048
   * characters, so the names leave out the partition and the account, which the principal says. `ArnLike` compares the
   * parts of an ARN one by one, so nothing but these roles fits.
   */
  private responseRole(
    { id, roleName: name, placeholder, does }: Made,
    props: ResponseRoleProps,
  ): iam.Role | undefined {
    const all = [...props.common, ...props.responses.flatMap(({ functions }) => functions)];
    const reaching = all.filter(({ task }) => reachesMembers(task, [placeholder]));
    if (reaching.length === 0) {
      return undefined;
    }
    const arns = reaching.map(({ functionName }) => `arn:*:iam::*:role${ROLE_PATH}${roleName(functionName)}`);
    const home = new iam.AccountPrincipal(props.homeAccount);
    const ofOneCase = {
      StringLike: { [`aws:RequestTag/${CASE_TAG}`]: '?*' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': [CASE_TAG] },
    };
    const tasks = [...new Set(reaching.map(({ task }) => task))];
    const role = new iam.Role(this, id, {
      roleName: name,
      path: ROLE_PATH,
      description: `The permissions of the central tasks of Redress that ${does} in this account. Delete it to end them.`,
      assumedBy: home.withConditions({
        ArnLike: { 'aws:PrincipalArn': arns },
        StringEquals: { 'sts:ExternalId': props.externalId },
        ...ofOneCase,
      }),
      maxSessionDuration: Duration.hours(1),
      inlinePolicies: { response: this.statements(tasks, props) },
    });
    // Without the external id, which AWS does not know when a session is tagged. A tag alone gives no session.
    role.assumeRolePolicy!.addStatements(
      new iam.PolicyStatement({ actions: ['sts:TagSession'], principals: [home], conditions: ofOneCase }),
    );
    const { length } = JSON.stringify(this.resolve(role.assumeRolePolicy!.toJSON()));
    if (length > LONGEST_TRUST) {
      throw new ConfigError([
        `\`responses\` have so many steps, or such long names, that the trust policy of \`${name}\` in a member has ${length} characters; IAM allows ${LONGEST_TRUST}: shorten the names of their folders, or deploy fewer responses beside \`members\``,
      ]);
    }
    acknowledgeWildcards(role, {
      reason:
        "The statements of `tasks/manifest.json` for the tasks that may assume it, for this account: the role or policy of a finding is known only when the finding comes. Denials for Redress's own, service-linked and Identity Center's roles are beside them.",
    });
    return role;
  }

  /** The statements of IAM and EC2 of these tasks. Those with the same effect, resources and conditions become one. */
  private statements(tasks: readonly Task[], props: ResponseRoleProps): iam.PolicyDocument {
    const merged = new Map<string, { statement: Statement; actions: Set<string> }>();
    for (const statement of tasks.flatMap((task) => task.iam)) {
      const actions = statement.actions.filter((action) => /^(iam|ec2):/.test(action));
      const { effect, resources, conditions } = statement;
      const key = JSON.stringify([effect, resources, conditions ?? []]);
      const known = merged.get(key) ?? { statement, actions: new Set<string>() };
      for (const action of actions) {
        known.actions.add(action);
      }
      if (known.actions.size > 0) {
        merged.set(key, known);
      }
    }
    const here = { Partition: this.partition, Account: this.account, Region: this.region };
    const known = { RequiredBoundaries: props.requiredBoundaries?.(this) ?? [] };
    const statements = [...merged.values()].flatMap(({ statement, actions }) => {
      const conditions = conditionsOf(statement, known);
      const made = {
        effect: statement.effect === 'Allow' ? iam.Effect.ALLOW : iam.Effect.DENY,
        actions: [...actions].sort(),
        resources: statement.resources.map((resource) => fill(resource, here)),
      };
      return conditions === undefined ? [] : [new iam.PolicyStatement({ ...made, conditions })];
    });
    return new iam.PolicyDocument({ statements, minimize: false });
  }
}
