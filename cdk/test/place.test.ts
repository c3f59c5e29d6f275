/** The place that an installation is deployed to, and its members: with a pipeline, production has them and staging has none. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { addStacks } from '../lib/app.ts';
import { configAt, type Elsewhere, placeOf } from '../lib/config/place.ts';
import type { Config, Place } from '../lib/config/types.ts';
import { ZIP } from '../lib/package.ts';
import { small, whole } from './configs.ts';
import { home, newApp, resources } from './support.ts';

const staging = whole.home;
const production: Place = { account: '345678901234', region: 'eu-west-1' };
const piped: Config = {
  ...whole,
  members: { ...whole.members!, homeRegions: ['eu-central-1', 'us-east-1'] },
  pipeline: { ...whole.pipeline!, production: production as Required<Place> },
};
const { pipeline: _, ...unpiped } = piped;

const places: Record<string, [Config, Elsewhere, Place]> = {
  'no variable is set': [piped, {}, staging],
  'no variable is set and the home has no account': [
    { ...small, home: { region: 'us-east-1' } },
    {},
    { region: 'us-east-1' },
  ],
  'another region is named': [piped, { REDRESS_REGION: 'us-west-2' }, { ...staging, region: 'us-west-2' }],
  'production is named': [piped, { REDRESS_ACCOUNT: '345678901234' }, production],
  'production is named with a region': [
    piped,
    { REDRESS_ACCOUNT: '345678901234', REDRESS_REGION: 'us-west-2' },
    { ...production, region: 'us-west-2' },
  ],
  'an account is named without a pipeline': [
    unpiped,
    { REDRESS_ACCOUNT: '345678901234' },
    { ...production, region: staging.region },
  ],
};
for (const [what, [config, said, place]] of Object.entries(places)) {
  test(`if ${what}, the place is ${JSON.stringify(place)}`, () => assert.deepEqual(placeOf(config, said), place));
}

const owners: Record<string, [Config, Place, boolean, boolean]> = {
  'staging of a pipeline': [piped, staging, false, false],
  'staging of a pipeline, only checked': [piped, staging, true, true],
  'production of a pipeline': [piped, production, false, true],
  'another region of production': [piped, { ...production, region: 'us-west-2' }, false, false],
  'an account that the pipeline does not know': [piped, { account: '456789012345', region: 'eu-west-1' }, false, false],
  'a home without a pipeline': [unpiped, staging, false, true],
  'a home without members': [small, staging, false, false],
};
for (const [what, [config, place, isOnlyChecked, has]] of Object.entries(owners)) {
  test(`${what} has ${has ? '' : 'no '}members`, () => {
    const { members, ...rest } = configAt(config, place, isOnlyChecked);
    const { members: written, ...expected } = config;
    assert.deepEqual(members, has ? written : undefined);
    assert.deepEqual(rest, { ...expected, home: place });
  });
}

test('the members of a pipeline trust production and forward to it, in its region', () => {
  const { members } = addStacks(newApp(), piped, { isOnlyChecked: true, place: production });
  assert.deepEqual(
    members.map(({ stackName }) => stackName),
    [
      'RedressMember-210987654321-us-east-1',
      'RedressMember-210987654321-eu-central-1',
      'RedressMember-345678901234-eu-central-1',
      'RedressMember-345678901234-us-east-1',
    ],
  );
  for (const member of members) {
    const targets = Object.values(resources(member, 'AWS::Events::Rule')).flatMap(({ Properties }) =>
      Properties.Targets.map((target: any) => target.Arn),
    );
    assert.deepEqual([...new Set(targets)], ['arn:aws:events:eu-west-1:345678901234:event-bus/redress']);
  }
  const trusted = JSON.stringify(
    Object.values(resources(members[0]!, 'AWS::IAM::Role')).map(
      ({ Properties }) => Properties.AssumeRolePolicyDocument,
    ),
  );
  assert.ok(trusted.includes('345678901234') && !trusted.includes(staging.account!), trusted);
});

test('staging has no members: no stack, no variable, and no bus that they may write to', () => {
  const deployed = { ...piped, tasks: { ...piped.tasks, package: packages() } };
  const stacks = addStacks(newApp(), deployed, { place: staging });
  assert.deepEqual(stacks.members, []);
  assert.deepEqual(resources(home(stacks), 'AWS::Events::EventBus'), {});
  assert.ok(!JSON.stringify(resources(home(stacks), 'AWS::Lambda::Function')).includes('an-external-id-for-tests'));
});

/** A folder with a package whose executable looks like one for arm64. */
function packages(): string {
  const made = mkdtempSync(join(tmpdir(), 'redress-'));
  after(() => rmSync(made, { recursive: true }));
  const binary = Buffer.alloc(100_000, 'abcdefghij');
  binary.writeUInt32BE(0x7f454c46, 0);
  binary.writeUInt16LE(183, 18);
  const program =
    'import sys, zipfile; zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED).writestr("bootstrap", sys.stdin.buffer.read())';
  execFileSync('python3', ['-c', program, join(made, ZIP)], { input: binary });
  return made;
}
