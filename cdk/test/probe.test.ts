/** The probe: which real events it makes, that a rule which misses them is noticed, and that its role can do nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Probe } from '../lib/probe.ts';
import { probesOf } from '../lib/probe-definition.ts';
import { matches } from '../lib/response/matching.ts';
import { readResponses } from '../lib/response/response.ts';
import { changesOfRoles } from '../lib/watch/changes.ts';
import { government, small, whole } from './configs.ts';
import { run } from './machine.ts';
import { listed, named, resources, stacksOf } from './support.ts';

const { observability, responses } = stacksOf(whole);
const ofKind = (kind: string) => responses.find(({ response }) => response.kind === kind)!.response.name;
const [LEAK, TOLD, POLICIES] = [ofKind('role-containment'), ofKind('finding-only'), ofKind('iam-policy')];
/** The responses as the cause of a failure names them. */
const GUARD_DUTY = [`${LEAK} (GuardDuty)`, `${TOLD} (GuardDuty)`];
const TRAIL = `${POLICIES} (CloudTrail)`;

const ROLE = Probe.targetName();

function definitionOf(stack: any): any {
  const { DefinitionString } = named(stack, 'AWS::StepFunctions::StateMachine', 'StateMachineName', 'redress-probe');
  const parts = typeof DefinitionString === 'string' ? [DefinitionString] : DefinitionString['Fn::Join'][1];
  return JSON.parse(
    parts.map((part: unknown) => (typeof part === 'string' ? part : Object.values(part as object)[0])).join(''),
  );
}

const definition = definitionOf(observability);
const items: any[] = definition.States['Try each response'].Items;

test('a finding is made for each response with a rule for GuardDuty, and a call of IAM for the one that judges policies', () => {
  const probed = items.map(({ Name, Source, Type, Role }) => [Name, Source, Type ?? Role]);
  assert.deepEqual(probed, [
    [LEAK, 'GuardDuty', 'UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS'],
    [POLICIES, 'CloudTrail', ROLE],
    [TOLD, 'GuardDuty', 'CryptoCurrency:EC2/BitcoinTool.B!DNS'],
  ]);
  for (const { response } of responses) {
    const hears = response.rules.some(({ EventPattern }) => EventPattern.source?.includes('aws.guardduty'));
    assert.equal(
      probed.some(([name, source]) => name === response.name && source === 'GuardDuty'),
      hears,
      response.name,
    );
  }
});

test('no finding is made that the severity of a response leaves out', () => {
  const [told] = readResponses().filter(({ name }) => name === TOLD);
  assert.equal(probesOf('told', told!, ROLE).length, 1);
  assert.deepEqual(probesOf('told', told!.from({ severity: 'CRITICAL' }), ROLE), []);
});

test('the probe is there with the canary and the alarms, unless it is switched off', () => {
  const machines = (stack: any) =>
    Object.values(resources(stack, 'AWS::StepFunctions::StateMachine')).map(
      ({ Properties }) => Properties.StateMachineName,
    );
  assert.ok(machines(stacksOf(government).observability!).includes('redress-probe'));
  const off = { ...government, canary: { ...government.canary!, realEvents: false } };
  for (const config of [off, { ...small, observability: true }]) {
    assert.ok(!machines(stacksOf(config).observability!).includes('redress-probe'));
  }
});

const MINUTE = 60_000;

/** An account: its services make events, its rules start executions. Each part can be broken. */
class Account {
  readonly clock = { now: Date.parse('2026-01-02T03:04:05.678Z') };
  readonly asked: string[] = [];
  detectors = ['12abc34d567e8fa901bc2d34e56789f0'];
  hasTrail = true;
  /** How long it takes until an event arrives. */
  delay = 2 * MINUTE;
  patterns = responses.map(({ workflow, response }) => ({
    machine: workflow.name,
    patterns: response.rules.map(({ EventPattern }) => EventPattern),
  }));
  /** How an execution ends, or nothing if it does not succeed. */
  end: (event: any) => object | undefined = ({ source }) =>
    source === 'aws.iam' ? { status: 'NothingToDo' } : { disposition: 'Ignored' };
  executions: { arn: string; machine: string; at: number; input: object; output: object | undefined }[] = [];

  readonly calls = (call: string, sent: any): any => {
    this.asked.push(call);
    switch (call) {
      case 'guardduty:listDetectors':
        return { DetectorIds: this.detectors };
      case 'guardduty:createSampleFindings':
        assert.deepEqual(this.detectors, [sent.DetectorId]);
        for (const type of sent.FindingTypes) {
          this.send({
            source: 'aws.guardduty',
            'detail-type': 'GuardDuty Finding',
            detail: { type, severity: 8, service: { additionalInfo: { value: '{"sample":true}', type: 'default' } } },
          });
        }
        return {};
      case 'iam:updateAssumeRolePolicy':
        if (this.hasTrail) {
          this.send({
            source: 'aws.iam',
            'detail-type': 'AWS API Call via CloudTrail',
            detail: {
              eventSource: 'iam.amazonaws.com',
              eventName: 'UpdateAssumeRolePolicy',
              eventTime: `${new Date(this.clock.now).toISOString().slice(0, 19)}Z`,
              requestParameters: { roleName: sent.RoleName, policyDocument: sent.PolicyDocument },
            },
          });
        }
        return {};
      case 'sfn:listExecutions': {
        const ended = this.executions.filter(
          ({ machine, at, output }) => sent.StateMachineArn.endsWith(`:${machine}`) && at <= this.clock.now && output,
        );
        return {
          Executions: ended
            .map(({ arn, at }) => ({ ExecutionArn: arn, StartDate: new Date(at).toISOString() }))
            .reverse()
            .slice(0, sent.MaxResults),
        };
      }
      case 'sfn:describeExecution': {
        const { input, output } = this.executions.find(({ arn }) => arn === sent.ExecutionArn)!;
        return { Input: JSON.stringify(input), Output: JSON.stringify(output) };
      }
      default:
        throw new Error(call);
    }
  };

  send(event: object): void {
    for (const { machine, patterns } of this.patterns) {
      if (patterns.some((pattern) => matches(pattern, event))) {
        this.start(machine, { event }, this.end(event));
      }
    }
  }

  start(machine: string, input: object, output: object | undefined, at = this.clock.now + this.delay): void {
    this.executions.push({ arn: `arn:${this.executions.length}`, machine, at, input, output });
  }

  probe() {
    return run(definition, {}, this.calls, this.clock);
  }
}

const all = [GUARD_DUTY[0], TRAIL, GUARD_DUTY[1]].join(', ');
const cases: Record<string, [(account: Account) => void, string | undefined]> = {
  'all is as it was deployed': [() => {}, undefined],
  'GuardDuty sends what came to a known finding six hours later': [
    (account) => (account.delay = 361 * MINUTE),
    undefined,
  ],
  'other executions ended before and meanwhile': [
    (account) => {
      for (const [at, output] of [
        [-60, { disposition: 'Ignored' }],
        [10, { status: 'Changed' }],
        [10, { disposition: 'Ignored' }],
      ] as const) {
        for (const { machine } of account.patterns) {
          account.start(machine, { restore: 'CASE' }, output, account.clock.now + at * MINUTE);
        }
      }
    },
    undefined,
  ],
  'GuardDuty is off': [(account) => (account.detectors = []), GUARD_DUTY.join(', ')],
  'there is no trail': [(account) => (account.hasTrail = false), TRAIL],
  'a rule has another pattern': [
    (account) =>
      (account.patterns = account.patterns.map((one) =>
        one.machine === LEAK ? { ...one, patterns: [{ source: ['aws.health'] }] } : one,
      )),
    GUARD_DUTY[0],
  ],
  'every rule is switched off': [(account) => (account.patterns = []), all],
  'executions start and fail': [(account) => (account.end = () => undefined), all],
  'a sample is taken for a finding': [
    (account) => (account.end = ({ source }) => ({ status: source === 'aws.iam' ? 'NothingToDo' : 'Changed' })),
    GUARD_DUTY.join(', '),
  ],
  'a harmless trust policy is changed': [
    (account) =>
      (account.end = ({ source }) => (source === 'aws.iam' ? { status: 'Changed' } : { disposition: 'Ignored' })),
    TRAIL,
  ],
  'only executions of yesterday are there': [
    (account) => {
      account.clock.now -= 24 * 60 * MINUTE;
      account.calls('guardduty:createSampleFindings', {
        DetectorId: account.detectors[0],
        FindingTypes: items.map(({ Type }) => Type),
      });
      account.calls('iam:updateAssumeRolePolicy', { RoleName: ROLE, PolicyDocument: '{}' });
      account.clock.now += 24 * 60 * MINUTE;
      account.patterns = [];
    },
    all,
  ],
  'only another role was changed': [
    (account) => {
      account.hasTrail = false;
      const detail = {
        eventName: 'UpdateAssumeRolePolicy',
        eventTime: '2026-01-02T03:30:00Z',
        requestParameters: { roleName: 'app' },
      };
      const [input, output] = [{ event: { source: 'aws.iam', detail } }, { status: 'NothingToDo' }];
      account.start(POLICIES, input, output, account.clock.now + 30 * MINUTE);
    },
    TRAIL,
  ],
};
for (const [what, [prepare, missing]] of Object.entries(cases)) {
  test(`the probe ${missing === undefined ? 'succeeds' : 'fails'} if ${what}`, async () => {
    const account = new Account();
    prepare(account);
    const { error, cause } = await account.probe();
    assert.equal(error, missing && 'NotAnswered');
    assert.equal(cause, missing && `No execution for a real event: ${missing}`);
    assert.ok(account.clock.now - Date.parse('2026-01-02T03:04:05.678Z') < 3 * 32_400_000);
  });
}

test('a run with many executions stays within the history that Step Functions allows', async () => {
  const account = new Account();
  account.patterns = [];
  for (const { machine } of new Account().patterns) {
    for (let minute = 0; minute < 430; minute += 1) {
      for (let n = 0; n < 10; n += 1) {
        account.start(machine, { event: {} }, { status: 'Planned' }, account.clock.now + minute * MINUTE);
      }
    }
  }
  assert.equal((await account.probe()).error, 'NotAnswered');
  const reads = account.asked.filter((call) => call === 'sfn:describeExecution').length;
  // Of each read: entered, scheduled, started, succeeded and exited, and begin and end of the iteration.
  assert.ok(reads > 1000 && reads * 7 < 22_000, `${reads} reads`);
});

test('the role of the probe makes samples, writes one trust policy and reads executions of responses, and no more', () => {
  const found = Object.entries(resources(observability!, 'AWS::IAM::Role')).filter(([id]) =>
    id.startsWith('ProbeRole'),
  );
  assert.equal(found.length, 1);
  const { Policies, Path, AssumeRolePolicyDocument } = found[0]![1].Properties;
  const granted = Policies.flatMap(({ PolicyDocument }: any) => PolicyDocument.Statement);
  assert.deepEqual(
    granted.flatMap(({ Action }: any) => listed(Action)),
    [
      'guardduty:CreateSampleFindings',
      'guardduty:ListDetectors',
      'iam:UpdateAssumeRolePolicy',
      'states:ListExecutions',
      'states:DescribeExecution',
      'kms:Decrypt',
    ],
  );
  const of = (action: string) => granted.find(({ Action }: any) => listed(Action).includes(action));
  const target = Object.keys(resources(observability!, 'AWS::IAM::Role')).find((id) => id.startsWith('ProbeTarget'))!;
  assert.deepEqual(of('iam:UpdateAssumeRolePolicy').Resource, { 'Fn::GetAtt': [target, 'Arn'] });
  assert.equal(listed(of('states:DescribeExecution').Resource).length, 3);
  assert.ok(JSON.stringify(of('states:DescribeExecution').Resource).includes(`:execution:${TOLD}:*`));
  assert.equal(Path, '/redress-canary/');
  assert.deepEqual(Object.keys(AssumeRolePolicyDocument.Statement[0].Condition.StringEquals), ['aws:SourceAccount']);
  const { Properties } = resources(observability!, 'AWS::IAM::Role')[target]!;
  assert.deepEqual([Properties.Policies, Properties.ManagedPolicyArns], [undefined, undefined]);
});

test('the call of the probe is no change of Redress for the watch, whatever the prefix', () => {
  for (const prefix of [undefined, 'staging-', 'redress-', 'Redress']) {
    const roleName = Probe.targetName(prefix);
    const event = {
      source: 'aws.iam',
      'detail-type': 'AWS API Call via CloudTrail',
      detail: { readOnly: false, eventName: 'UpdateAssumeRolePolicy', requestParameters: { roleName } },
    };
    assert.equal(matches(changesOfRoles(prefix).pattern, event), false, prefix);
  }
});

test('people hear if the probe fails, and if it has not succeeded for two days', () => {
  const alarms = Object.entries(resources(observability!, 'AWS::CloudWatch::Alarm'))
    .filter(([id]) => id.startsWith('Probe'))
    .map(([, { Properties }]) => Properties);
  assert.deepEqual(
    alarms
      .map(({ TreatMissingData, EvaluationPeriods, Threshold }) => [TreatMissingData, EvaluationPeriods, Threshold])
      .sort(),
    [
      ['breaching', 2, 1],
      ['notBreaching', 1, 1],
    ],
  );
  assert.ok(alarms.every(({ AlarmActions }) => AlarmActions.length === 1));
  const machines = Object.values(resources(observability!, 'AWS::Events::Rule')).filter(({ Properties }) =>
    JSON.stringify(Properties.EventPattern).includes('stateMachine:redress-probe'),
  );
  assert.ok(machines.length > 0, 'changes of the probe are told');
});
