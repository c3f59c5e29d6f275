/** Modes and limits of responses, of organisational units and of single accounts come to the definition and the functions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitsOf, shareOfOne } from '../lib/config/limits.ts';
import type { Config, ResponseConfig } from '../lib/config/types.ts';
import { whole } from './configs.ts';
import { named, stacksOf } from './support.ts';

const { pipeline: _, ...unpiped } = whole;
const [first] = Object.keys(whole.responses).filter((name) => 'mode' in whole.responses[name]!);
const members = {
  ...whole.members!,
  accounts: [
    { account: '210987654321', regions: ['us-east-1'], unit: 'production' },
    { account: '310987654321', regions: ['us-east-1'], unit: 'production' },
    { account: '410987654321', regions: ['us-east-1'], unit: 'sandbox' },
    { account: '510987654321', regions: ['us-east-1'] },
  ],
};
const limited: ResponseConfig = {
  mode: 'approve',
  changesPerHour: 3,
  units: { production: { mode: 'plan', changesPerHour: 2 }, sandbox: { mode: 'auto' } },
  accounts: { '310987654321': { mode: 'enrich' }, '510987654321': { changesPerHour: 0 } },
};
const config: Config = { ...unpiped, members, responses: { ...whole.responses, [first!]: limited } };

test('an account has the limits of its unit, and its own in their place', () => {
  assert.deepEqual(limitsOf(config, first!), [
    ['210987654321', { mode: 'plan', changesPerHour: 2 }],
    ['310987654321', { mode: 'enrich', changesPerHour: 2 }],
    ['410987654321', { mode: 'auto' }],
    ['510987654321', { changesPerHour: 0 }],
  ]);
});

const stack = stacksOf(config).responses.find(({ response }) => response.name === first)!;

test('modes and windows are in the definition, where no input of an execution can raise them', () => {
  const machine = named(stack, 'AWS::StepFunctions::StateMachine', 'StateMachineName', first!);
  const { Mode, Modes, UndoSeconds } = machine.DefinitionSubstitutions;
  assert.deepEqual(
    [Mode, JSON.parse(`"${Modes}"`), Number(UndoSeconds) > 0],
    ['approve', '{"210987654321":"plan","310987654321":"enrich","410987654321":"auto"}', true],
  );
  const others = stacksOf(config).responses.filter(
    ({ response }) => response.name !== first && 'Mode' in response.parameters,
  );
  for (const { workflow, response } of others) {
    const other = named(
      workflow.stateMachine.stack,
      'AWS::StepFunctions::StateMachine',
      'StateMachineName',
      response.name,
    );
    assert.deepEqual([other.DefinitionSubstitutions.Mode, other.DefinitionSubstitutions.Modes], ['auto', '{}']);
  }
});

test('limits of changes are those of the response and of the account', () => {
  const variables = named(stack, 'AWS::Lambda::Function', 'FunctionName', `${first}-check-guardrails`).Environment
    .Variables;
  assert.equal(variables.CHANGES_PER_HOUR, '3');
  assert.equal(variables.ACCOUNT_CHANGES_PER_HOUR, '210987654321=2,310987654321=2,510987654321=0,*=2');
  const other = stacksOf(config).responses.find(
    ({ response }) => response.name !== first && 'Mode' in response.parameters,
  )!;
  const unlimited = named(other, 'AWS::Lambda::Function', 'FunctionName', `${other.response.name}-check-guardrails`)
    .Environment.Variables;
  assert.equal(unlimited.CHANGES_PER_HOUR, String(whole.guardrails.changesPerHour));
  assert.equal(
    unlimited.ACCOUNT_CHANGES_PER_HOUR,
    `*=${Math.ceil(whole.guardrails.changesPerHour / 2)}`,
    'no account uses up the limit of all',
  );
});

test('an account that has no limit of its own has half of what all have, and alone it has all', () => {
  assert.deepEqual([0, 1, 2, 3, 5, 100].map(shareOfOne), [0, 1, 1, 2, 3, 50]);
  const { members: _, ...alone } = config;
  const own = { ...limited, units: {}, accounts: {} };
  const stacks = stacksOf({ ...alone, responses: { ...whole.responses, [first!]: own } });
  const made = stacks.responses.find(({ response }) => response.name === first)!;
  const { Variables } = named(made, 'AWS::Lambda::Function', 'FunctionName', `${first}-check-guardrails`).Environment;
  assert.deepEqual([Variables.CHANGES_PER_HOUR, Variables.ACCOUNT_CHANGES_PER_HOUR], ['3', undefined]);
});
