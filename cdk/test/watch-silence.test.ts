/** The watch tells of ways to silence an alarm that leave the alarm and its topic as they are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, told } from './watching.ts';

const mute = (...alarmNames: string[]) =>
  call('monitoring', 'PutAlarmMuteRule', { name: 'maintenance', muteTargets: { alarmNames } });
const policyName = (name: string) => ({ policyName: name, policyDocument: '{}' });

const events: [string, any, string[]][] = [
  ['an alarm is muted', mute('RedressObservability-RuleCheckSilentDEE4903B-1A2B'), ['Messages']],
  ['an alarm is muted among others', mute('cpu', 'redress-canary-missed'), ['Messages']],
  ['alarms of others are muted', mute('cpu'), []],
  [
    'EventBridge may not write to the log of deployments any more',
    call('logs', 'DeleteResourcePolicy', { policyName: 'RedressObservabilityDeploymentsPolicyResourcePolicy1A2B' }),
    ['Messages'],
  ],
  [
    'a policy of a log is replaced',
    call('logs', 'PutResourcePolicy', policyName('RedressObservabilityDeployments')),
    ['Messages'],
  ],
  ['a policy of another log is replaced', call('logs', 'PutResourcePolicy', policyName('search')), []],
];
for (const [what, event, expected] of events) {
  test(`${what}: ${expected.length > 0 ? 'people are told' : 'nobody is told'}`, () =>
    assert.deepEqual(told(event), expected));
}
