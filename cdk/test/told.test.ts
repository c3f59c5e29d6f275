/** Which findings reach people if no response answers them: those of responses that are not deployed, and those from a severity on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuleFile } from '../lib/response/rules.ts';
import { withoutGaps } from '../lib/response/rules.ts';
import { withSeverity } from '../lib/response/severity.ts';
import { small } from './configs.ts';
import { stacksOf } from './support.ts';

const rule = (type: string, detail: Record<string, unknown>): RuleFile => ({
  id: 'a',
  Description: 'A rule.',
  EventPattern: { source: ['a'], 'detail-type': [type], detail },
  Targets: [{ Id: 'workflow', Arn: '${StateMachine}' }],
});
const detailOf = ({ EventPattern: { detail } }: RuleFile) => detail;

test('a rule leaves to others only what they answer, in every field and form', () => {
  const action = rule('Custom', {
    actionName: [{ prefix: 'Contain' }],
    findings: {
      Types: [{ exists: false }, { 'anything-but': { wildcard: '*Exfiltration*' } }],
      Compliance: { SecurityControlId: [{ exists: false }, { 'anything-but': ['IAM.1', 'IAM.21'] }] },
    },
  });
  const leaked = rule('Custom', { findings: { Types: [{ wildcard: '*Exfiltration*' }] } });
  const policies = rule('Custom', { findings: { Compliance: { SecurityControlId: ['IAM.1', 'IAM.21'] } } });
  const one = rule('Custom', { $or: [{ findings: { Compliance: { SecurityControlId: ['IAM.1'] } } }, { a: ['b'] }] });
  const actionName = [{ prefix: 'Contain' }];
  const { Types, Compliance } = (detailOf(action) as any).findings;
  assert.equal(withoutGaps(action, [leaked, policies]), action, 'both are answered');
  assert.deepEqual(detailOf(withoutGaps(action, [])), { actionName });
  assert.deepEqual(detailOf(withoutGaps(action, [leaked])), { actionName, findings: { Types } });
  assert.deepEqual(detailOf(withoutGaps(action, [policies])), { actionName, findings: { Compliance } });
  assert.deepEqual(detailOf(withoutGaps(action, [leaked, one])), {
    actionName,
    findings: { Types, Compliance: { SecurityControlId: [{ exists: false }, { 'anything-but': ['IAM.1'] }] } },
  });
  const imported = rule('Imported', { findings: { Types: [{ wildcard: '*Exfiltration*' }] } });
  assert.deepEqual(detailOf(withoutGaps(action, [imported])), { actionName }, 'another sort of event answers nothing');
  const guardDuty = rule('GuardDuty', {
    severity: [{ numeric: ['>=', 7] }],
    type: [{ 'anything-but': { prefix: ['A:', 'B:'] } }],
  });
  assert.deepEqual(detailOf(withoutGaps(guardDuty, [rule('GuardDuty', { type: [{ prefix: 'A:x' }] })])), {
    severity: [{ numeric: ['>=', 7] }],
    type: [{ 'anything-but': { prefix: ['A:'] } }],
  });
  const products = rule('Custom', { findings: { ProductArn: [{ 'anything-but': { suffix: '/inspector' } }] } });
  assert.equal(withoutGaps(products, []), products, 'what is left to another service stays so');
});

test('each response that only tells leaves nothing to a response that is not deployed', () => {
  for (const { response } of stacksOf(small).responses.filter(({ response }) => !('Mode' in response.parameters))) {
    const [alone] = stacksOf({ ...small, responses: { [response.name]: {} } }).responses;
    const text = JSON.stringify(alone!.response.rules.filter(({ id }) => !id.startsWith('instead')));
    assert.doesNotMatch(text, /"anything-but":(\[|\{"(prefix|wildcard)")/, response.name);
  }
});

test('the severity from which people are told is a setting', () => {
  const asff = rule('Imported', {
    findings: {
      $or: [
        { Severity: { Label: ['HIGH', 'CRITICAL'] }, Compliance: { Status: [{ exists: false }] } },
        { Severity: { Label: ['CRITICAL'] }, Compliance: { Status: ['FAILED'] } },
      ],
    },
  });
  const of = (severity: any) =>
    (detailOf(withSeverity(asff, severity)) as any).findings.$or.map((one: any) => one.Severity.Label);
  assert.deepEqual(of({}), [['HIGH', 'CRITICAL'], ['CRITICAL']]);
  assert.deepEqual(of({ severity: 'MEDIUM' }), [['MEDIUM', 'HIGH', 'CRITICAL'], ['CRITICAL']]);
  assert.deepEqual(of({ controlSeverity: 'HIGH' }), [
    ['HIGH', 'CRITICAL'],
    ['HIGH', 'CRITICAL'],
  ]);
  const numbers = rule('V2', {
    severity: [{ numeric: ['>=', 7] }],
    findings: {
      $or: [
        { severity_id: [{ numeric: ['>=', 4] }], compliance: { status_id: [{ exists: false }] } },
        { severity_id: [{ numeric: ['>=', 5] }], compliance: { status_id: [3] } },
      ],
    },
  });
  const numeric = (number: number) => [{ numeric: ['>=', number] }];
  const detail = detailOf(withSeverity(numbers, { severity: 'MEDIUM', controlSeverity: 'LOW' })) as any;
  assert.deepEqual(detail.severity, numeric(4));
  assert.deepEqual(
    detail.findings.$or.map((one: any) => one.severity_id),
    [numeric(3), numeric(2)],
  );
});

test('a severity is set where rules have one, and nowhere else', () => {
  const [telling] = stacksOf(small).responses.filter(({ response }) =>
    response.rules.some((rule) => JSON.stringify(rule).includes('severity_id')),
  );
  const [other] = stacksOf(small).responses.filter(({ response }) =>
    response.rules.every((rule) => !/[sS]everity/.test(JSON.stringify(rule.EventPattern))),
  );
  const set = (name: string, severity: any) =>
    stacksOf({ ...small, responses: { ...small.responses, [name]: { ...small.responses[name], ...severity } } });
  const rules = JSON.stringify(
    set(telling!.response.name, { severity: 'LOW' }).responses.find(
      ({ response }) => response.name === telling!.response.name,
    )!.response.rules,
  );
  assert.ok(rules.includes('["LOW","MEDIUM","HIGH","CRITICAL"]') && rules.includes('[{"numeric":[">=",1]}]'), rules);
  assert.throws(() => set(other!.response.name, { severity: 'LOW' }), /no rule of .* tells findings apart/);
  assert.throws(() => set(telling!.response.name, { severity: 'Low' }), /severity/);
});
