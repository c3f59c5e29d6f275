/** `make deploy` with fakes of `cdk` and `aws`: when it asks, what it refuses, and that it deploys the templates that it showed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const HOME = '123456789012';
const MEMBER = '210987654321';
const checkout = mkdtempSync(join(tmpdir(), 'redress-'));
after(() => rmSync(checkout, { recursive: true }));
const cdk = join(checkout, 'cdk');
const log = join(checkout, 'log');
for (const folder of ['cdk/scripts', 'cdk/node_modules/.bin', 'target/venv/bin']) {
  mkdirSync(join(checkout, folder), { recursive: true });
}
for (const script of ['deploy.sh', 'stacks.mjs']) {
  copyFileSync(join(import.meta.dirname, '..', 'scripts', script), join(cdk, 'scripts', script));
}
const stack = (account: string, properties: object = {}) => ({
  type: 'aws:cloudformation:stack',
  environment: `aws://${account}/us-east-1`,
  properties,
});
const artifacts = {
  Redress: stack(HOME, { bootstrapStackVersionSsmParameter: '/cdk-bootstrap/redress/version' }),
  [`RedressMember-${HOME}-eu-central-1`]: stack(HOME),
  [`RedressMember-${MEMBER}-us-east-1`]: stack(MEMBER),
  'RedressMember-345678901234-us-east-1': stack('345678901234'),
};
writeFileSync(join(checkout, 'manifest.json'), JSON.stringify({ artifacts }));
// Writes the files of `cdk synth` and `cdk deploy`, and logs its arguments.
writeFileSync(
  join(cdk, 'node_modules/.bin/cdk'),
  `#!/bin/sh
echo "$@" >>'${log}'
verb=$1
while [ $# -gt 0 ]; do
    case $1 in
    --output) cp '${checkout}/manifest.json' "$2/" ;;
    --app) [ -f "$2/manifest.json" ] || exit 9 ;;
    --outputs-file) echo '{"Redress":{}}' >"$2" ;;
    esac
    shift
done
[ "$verb" != "\${FAILS:-}" ]
`,
  { mode: 0o755 },
);
writeFileSync(
  join(checkout, 'target/venv/bin/aws'),
  `#!/bin/sh
case $1 in
sts) printf '%s\\tarn:aws:iam::%s:role/deployer\\n' "$ACCOUNT" "$ACCOUNT" ;;
ssm) echo "$@" >>'${log}.aws' ;;
esac
`,
  { mode: 0o755 },
);

/** Runs `make deploy`: its exit code, its output, and the arguments of `cdk`. */
function deploy(account: string, settings: Record<string, string> = {}, answer = '') {
  rmSync(log, { force: true });
  rmSync(join(cdk, 'cdk.out'), { recursive: true, force: true });
  const { PATH } = process.env;
  const { status, stdout, stderr } = spawnSync('sh', [join(cdk, 'scripts/deploy.sh')], {
    encoding: 'utf8',
    input: answer,
    env: { ...(PATH !== undefined && { PATH }), ACCOUNT: account, AWS_REGION: 'us-east-1', ...settings },
  });
  const told = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  return {
    status,
    stdout,
    stderr,
    told,
    verbs: told.map((line) => line.split(' ')[0]),
    left: readdirSync(join(cdk, 'cdk.out')),
  };
}

const whoAsks: Record<string, [Record<string, string>, string, boolean]> = {
  'nobody answers': [{}, '', false],
  'the answer is no': [{}, 'no\n', false],
  'the answer is yes': [{}, 'yes\n', true],
  'YES=1': [{ YES: '1' }, '', true],
  'YES=no': [{ YES: 'no' }, '', false],
  'YES=0': [{ YES: '0' }, '', false],
  'YES=no, and the answer is yes': [{ YES: 'no' }, 'yes\n', true],
};
for (const [what, [settings, answer, is]] of Object.entries(whoAsks)) {
  test(`if ${what}, ${is ? 'it is' : 'nothing is'} deployed`, () => {
    const { status, verbs } = deploy(HOME, settings, answer);
    assert.deepEqual([status, verbs], is ? [0, ['synth', 'diff', 'deploy']] : [1, ['synth', 'diff']]);
  });
}

test('the templates that were shown are deployed, from a folder of this run that is removed afterwards; the outputs are kept', () => {
  const [one, other] = [1, 2].map(() => {
    const { told, left, stdout } = deploy(HOME, { YES: '1' });
    const folders = told.map((line) => / --(?:output|app) (cdk\.out\/deploy\.\w+)/.exec(line)?.[1]);
    assert.equal(folders.length, 3);
    assert.ok(folders[0] && folders.every((folder) => folder === folders[0]), told.join('\n'));
    assert.deepEqual(left, ['outputs.json']);
    assert.match(stdout, /outputs {5}cdk\/cdk\.out\/outputs\.json\n/);
    return folders[0];
  });
  assert.notEqual(one, other);
});

for (const fails of ['synth', 'diff', 'deploy']) {
  test(`if \`cdk ${fails}\` fails, it fails too, and leaves no files`, () => {
    const { status, left, verbs } = deploy(HOME, { YES: '1', FAILS: fails });
    assert.deepEqual([status, verbs.at(-1), left], [1, fails, []]);
  });
}

const member = `RedressMember-${MEMBER}-us-east-1`;
const accepted: Record<string, [string, Record<string, string>]> = {
  "a member's stack, with its credentials": [MEMBER, { STACKS: member }],
  "a member's stack, with its credentials, where REDRESS_ACCOUNT names production": [
    MEMBER,
    { STACKS: member, REDRESS_ACCOUNT: HOME },
  ],
  'another region of production, with its credentials': [
    HOME,
    { STACKS: `RedressMember-${HOME}-eu-central-1`, REDRESS_ACCOUNT: HOME },
  ],
  'production, by the pipeline that it trusts': [MEMBER, { STACKS: 'Redress', REDRESS_ACCOUNT: HOME }],
};
for (const [what, [account, settings]] of Object.entries(accepted)) {
  test(`${what}, is deployed`, () => {
    const { status, told, stderr } = deploy(account, { YES: '1', ...settings });
    assert.equal(status, 0, stderr);
    assert.ok(told.at(-1)!.endsWith(settings.STACKS!), told.at(-1));
  });
}

const alone = /name no stacks but those of it/;
const trusted = /set REDRESS_ACCOUNT to it/;
const refused: Record<string, [string, string, Record<string, string>, RegExp, RegExp]> = {
  "a member's stack with credentials of the home": [HOME, member, { STACKS: member }, alone, trusted],
  "a member's stack with those of another member": [
    '345678901234',
    member,
    { STACKS: member, REDRESS_ACCOUNT: HOME },
    alone,
    trusted,
  ],
  'stacks of two members': [
    MEMBER,
    member,
    { STACKS: `${member} RedressMember-345678901234-us-east-1`, REDRESS_ACCOUNT: HOME },
    alone,
    trusted,
  ],
  "a member's stack and the home": [
    MEMBER,
    member,
    { STACKS: `Redress ${member}`, REDRESS_ACCOUNT: HOME },
    alone,
    trusted,
  ],
  'the home with credentials of another account': [MEMBER, 'Redress', {}, trusted, alone],
};
for (const [what, [account, name, settings, says, not]] of Object.entries(refused)) {
  test(`${what} is refused, before anything is shown`, () => {
    const { status, verbs, stderr, left } = deploy(account, { YES: '1', ...settings });
    assert.deepEqual([status, verbs, left], [1, ['synth'], []]);
    assert.ok(stderr.startsWith(`\`${name}\` is deployed to `), stderr);
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, not);
  });
}

test('the bootstrap stack is the one that the templates name', () => {
  rmSync(`${log}.aws`, { force: true });
  deploy(HOME, { STACKS: `Redress RedressMember-${HOME}-eu-central-1` });
  const asked = [...readFileSync(`${log}.aws`, 'utf8').matchAll(/--name (\S+)/g)].map(([, name]) => name);
  assert.deepEqual(asked, ['/cdk-bootstrap/redress/version', '/cdk-bootstrap/hnb659fds/version']);
});
