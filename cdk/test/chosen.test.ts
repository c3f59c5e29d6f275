/** Which stacks `make deploy` deploys. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const assembly = mkdtempSync(join(tmpdir(), 'redress-'));
after(() => rmSync(assembly, { recursive: true }));
const stack = (environment: string) => ({ type: 'aws:cloudformation:stack', environment });
const artifacts = {
  Tree: { type: 'cdk:tree' },
  Redress: stack('aws://123456789012/us-east-1'),
  RedressObservability: stack('aws://123456789012/us-east-1'),
  'RedressMember-210987654321-eu-central-1': stack('aws://210987654321/eu-central-1'),
  RedressPipeline: stack('aws://123456789012/us-east-1'),
};
writeFileSync(join(assembly, 'manifest.json'), JSON.stringify({ artifacts }));

test('what is not named is what the home account has, without the pipeline that deploys it', () => {
  assert.deepEqual(chosen(), [0, 'Redress 123456789012 us-east-1\nRedressObservability 123456789012 us-east-1\n', '']);
});

test('what is named is deployed, with its place', () => {
  const [code, places] = chosen('RedressMember-210987654321-eu-central-1', 'RedressPipeline');
  assert.deepEqual([code, places], [0, 'RedressMember-210987654321-eu-central-1 210987654321 eu-central-1\nRedressPipeline 123456789012 us-east-1\n']);
});

test('a name that no stack has is refused, with those that there are', () => {
  const [code, places, says] = chosen('Redress', 'Redres');
  assert.deepEqual([code, places], [2, '']);
  assert.match(says as string, /There is no stack `Redres`; there are `Redress`, `RedressObservability`, /);
});

function chosen(...names: string[]) {
  const script = join(import.meta.dirname, '..', 'scripts', 'stacks.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, assembly, ...names], { encoding: 'utf8' });
  return [status, stdout, stderr];
}
