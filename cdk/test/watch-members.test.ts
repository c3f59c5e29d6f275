/** Members forward what is watched, and tell people by themselves of what they cannot forward. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whole } from './configs.ts';
import { type Resource, resources } from './support.ts';
import { by, CONTAIN, call, isMatch, MEMBER, members, observability, rules, there } from './watching.ts';

test('members forward what is watched, and the home tells of it', () => {
  const patterns = (found: [string, Resource][]) => found.map(([, { Properties }]) => Properties.EventPattern);
  const elsewhere = rules(observability).filter(([id]) => id.startsWith('WatchElsewhere'));
  assert.ok(elsewhere.every(([, { Properties }]) => Properties.EventBusName === 'redress'));
  for (const member of members) {
    const forwarded = patterns(rules(member));
    const made = call('iam', 'CreateRole', { roleName: 'harmless', path: '/redress/' });
    const misused = call('iam', 'CreateUser', { userName: 'eve' }, { userIdentity: there('redress-response-act') });
    const freed = call('iam', 'DeleteRolePolicy', CONTAIN, { userIdentity: by(MEMBER, '/', 'admin') });
    const deaf = call('guardduty', 'DeleteDetector', {}, { userIdentity: by(MEMBER, '/', 'admin') });
    const unhooked = call('events', 'RemoveTargets', { rule: 'RedressMember-210987654321-x' });
    const unbounded = call('iam', 'DeleteRolePermissionsBoundary', { roleName: 'web' });
    const unchecked = call('states', 'UpdateStateMachine', {
      stateMachineArn: 'arn:aws:states:us-east-1:210987654321:stateMachine:redress-rules',
    });
    const silenced = [
      call('monitoring', 'DeleteAlarms', { alarmNames: ['RedressMember-210987654321-RuleCheckSilent0A1B2C3D'] }),
      call('monitoring', 'PutMetricAlarm', { alarmName: 'RedressMember-210987654321-RuleCheckSilent0A1B2C3D' }),
      call('sns', 'DeleteTopic', { topicArn: 'arn:aws:sns:us-east-1:210987654321:redress-member' }),
      call('sns', 'Unsubscribe', { subscriptionArn: 'arn:aws:sns:us-east-1:210987654321:redress-member:0f1e' }),
      call('sqs', 'PurgeQueue', { queueUrl: 'https://sqs.us-east-1.amazonaws.com/2/RedressMember-2-Undelivered' }),
      call('scheduler', 'UpdateSchedule', { name: 'RedressMember-210987654321-RuleCheckSchedule-0A1B' }),
    ];
    silenced.push(
      call('logs', 'DeleteLogGroup', { logGroupName: '/aws/vendedlogs/states/redress-rules' }),
      call('sqs', 'StartMessageMoveTask', {
        sourceArn: 'arn:aws:sqs:us-east-1:210987654321:RedressMember-2-Undelivered',
      }),
      call('events', 'PutTargets', {
        rule: 'harmless',
        targets: [
          { id: 'a', arn: 'arn:aws:x', roleArn: 'arn:aws:iam::210987654321:role/redress/RedressMember-Sender' },
        ],
      }),
    );
    for (const event of [made, misused, unhooked, freed, unbounded, deaf, unchecked, ...silenced]) {
      assert.ok(
        forwarded.some((pattern) => isMatch(pattern, event)),
        `${member.stackName}: ${event.detail.eventName}`,
      );
      assert.ok(patterns(elsewhere).some((pattern) => isMatch(pattern, event)));
    }
  }
});

test('a member tells people by itself of events that it could not forward', () => {
  for (const member of members) {
    const [alarm] = Object.values(resources(member, 'AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
    assert.equal(alarm.MetricName, 'ApproximateNumberOfMessagesVisible');
    assert.deepEqual(alarm.AlarmActions, [{ Ref: Object.keys(resources(member, 'AWS::SNS::Topic'))[0] }]);
    const receivers = Object.values(resources(member, 'AWS::SNS::Subscription')).map(
      ({ Properties }) => Properties.Endpoint,
    );
    assert.deepEqual(receivers.sort(), [...whole.subscriptions.emails, ...whole.subscriptions.urls].sort());
  }
});
