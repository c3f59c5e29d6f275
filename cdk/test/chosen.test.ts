/** The stacks that `make deploy` deploys. */
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
  RedressSample: stack('aws://123456789012/us-east-1'),
  RedressObservability: stack('aws://123456789012/us-east-1'),
  'RedressMember-210987654321-eu-central-1': stack('aws://210987654321/eu-central-1'),
  RedressPipeline: stack('aws://123456789012/us-east-1'),
};
writeFileSync(join(assembly, 'manifest.json'), JSON.stringify({ artifacts }));

/** The parameter with the version of the usual bootstrap stack. */
const VERSION = '/cdk-bootstrap/hnb659fds/version\n';
const place = `123456789012 us-east-1 ${VERSION}`;

test('without names, the stacks of the home account are deployed, except for the pipeline', () => {
  assert.deepEqual(chosen(), [0, `Redress ${place}RedressSample ${place}RedressObservability ${place}`, '']);
});

test('with names, those stacks are deployed, each with its place', () => {
  const [code, places] = chosen('RedressMember-210987654321-eu-central-1', 'RedressPipeline');
  assert.deepEqual(
    [code, places],
    [0, `RedressMember-210987654321-eu-central-1 210987654321 eu-central-1 ${VERSION}RedressPipeline ${place}`],
  );
});

test('an unknown name is refused, with the names of the stacks', () => {
  const [code, places, says] = chosen('Redress', 'Redres');
  assert.deepEqual([code, places], [2, '']);
  assert.match(
    says as string,
    /There is no stack `Redres`; there are `Redress`, `RedressSample`, `RedressObservability`, /,
  );
});

function chosen(...names: string[]) {
  const script = join(import.meta.dirname, '..', 'scripts', 'stacks.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, assembly, ...names], { encoding: 'utf8' });
  return [status, stdout, stderr];
}
