/** Which event is an example of a rule. EventBridge judges it in the end, so this only has to choose well. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { matches } from '../lib/response/matching.ts';
import { readResponses } from '../lib/response/response.ts';

const event = {
  source: 'aws.guardduty',
  detail: {
    severity: 8,
    type: 'Backdoor:EC2/DenialOfService.Dns',
    findings: [
      { Id: 'a', Types: ['Effects/Other'], Workflow: { Status: 'NEW' } },
      { Id: 'b', Workflow: { Status: 'RESOLVED' } },
    ],
  },
};
const detail = (pattern: object) => ({ detail: pattern });
const cases: [string, object, boolean][] = [
  ['a value', { source: ['aws.config', 'aws.guardduty'] }, true],
  ['no such value', { source: ['aws.config'] }, false],
  ['a prefix', detail({ type: [{ prefix: 'Backdoor:' }] }), true],
  ['another prefix', detail({ type: [{ prefix: 'Trojan:' }] }), false],
  ['a suffix', detail({ type: [{ suffix: '.Dns' }] }), true],
  ['a wildcard', detail({ type: [{ wildcard: '*EC2*Dns' }] }), true],
  ['a wildcard that is literal otherwise', detail({ type: [{ wildcard: 'Backdoor.EC2*' }] }), false],
  ['a number', detail({ severity: [{ numeric: ['>=', 7, '<', 9] }] }), true],
  ['a number out of range', detail({ severity: [{ numeric: ['>=', 9] }] }), false],
  ['anything but a value', detail({ type: [{ 'anything-but': ['Trojan:EC2/x'] }] }), true],
  ['anything but this value', detail({ type: [{ 'anything-but': 'Backdoor:EC2/DenialOfService.Dns' }] }), false],
  ['anything but prefixes', detail({ type: [{ 'anything-but': { prefix: ['Trojan:', 'Backdoor:'] } }] }), false],
  ['anything but, without a value', detail({ absent: [{ 'anything-but': 'x' }] }), false],
  ['a field that exists', detail({ type: [{ exists: true }] }), true],
  ['a field that does not exist', detail({ findings: { Absent: [{ exists: false }] } }), true],
  ['a field below one that does not exist', detail({ absent: { below: [{ exists: false }] } }), true],
  ['one finding with all', detail({ findings: { Id: ['a'], Workflow: { Status: ['NEW'] } } }), true],
  ['two findings with a half each', detail({ findings: { Id: ['b'], Workflow: { Status: ['NEW'] } } }), false],
  ['one of two branches', detail({ $or: [{ severity: [1] }, { type: [{ prefix: 'Backdoor:' }] }] }), true],
  ['none of two branches', detail({ $or: [{ severity: [1] }, { severity: [2] }] }), false],
  ['a form that it does not know', detail({ type: [{ cidr: '10.0.0.0/8' }] }), false],
  ['anything but such a form', detail({ type: [{ 'anything-but': { 'equals-ignore-case': 'x' } }] }), false],
];
for (const [what, pattern, expected] of cases) {
  test(`an event ${expected ? 'matches' : 'does not match'}: ${what}`, () => {
    assert.equal(matches(pattern as never, event), expected);
  });
}

test('the events of each folder match a rule of it, and those that it ignores match none', () => {
  for (const response of readResponses()) {
    const folder = join(response.folder, 'events');
    for (const file of readdirSync(folder)) {
      const recorded = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      const rules = response.rules.filter(({ EventPattern }) => matches(EventPattern, recorded)).map(({ id }) => id);
      assert.equal(rules.length > 0, !file.startsWith('ignored-'), `${response.name} ${file}: ${rules}`);
    }
  }
});
