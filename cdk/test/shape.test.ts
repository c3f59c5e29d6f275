/** A configuration with an unknown field, or with another type, is refused at any depth, with the nearest right name. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { misshapen, misspelt } from '../lib/config/schema.ts';
import { whole } from './configs.ts';

/** The configuration with every field that there is. */
const [response] = Object.keys(whole.responses);
const complete = {
  ...whole,
  responses: {
    [response!]: {
      mode: 'plan',
      parameters: { UndoSeconds: 60 },
      changesPerHour: 3,
      units: { production: { mode: 'plan', changesPerHour: 2 } },
      accounts: { '210987654321': { mode: 'plan', changesPerHour: 1 } },
    },
  },
  tasks: { ...whole.tasks, prefix: 'a-', package: 'elsewhere' },
};

type Path = readonly (string | number)[];

/** Every value of the configuration with its path, the whole first. */
function* values(value: unknown, path: Path = []): Generator<[Path, unknown]> {
  yield [path, value];
  if (value !== null && typeof value === 'object') {
    for (const [name, inner] of Object.entries(value)) {
      yield* values(inner, [...path, Array.isArray(value) ? Number(name) : name]);
    }
  }
}

/** The configuration with another value at a path. */
function replaced(value: any, [part, ...rest]: Path, by: (old: any) => unknown): unknown {
  if (part === undefined) {
    return by(value);
  }
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[part] = replaced(value[part], rest, by);
  return copy;
}

const isChosen = (path: Path) =>
  typeof path.at(-1) === 'string' &&
  (path.at(-2) === 'parameters' ||
    (path[0] === 'responses' && ['responses', 'units', 'accounts'].includes(String(path.at(-2)))));

test('the complete configuration has the right shape', () => assert.deepEqual(misshapen(complete), []));

for (const [path, value] of values(complete)) {
  const at = path.join('.');
  const wrong = typeof value === 'object' ? 'true' : { is: value };
  test(`another type at \`${at}\` is refused`, () => {
    const said = misshapen(replaced(complete, path, () => wrong));
    assert.equal(said.length, 1, said.join('\n'));
    assert.notDeepEqual(misshapen(replaced(complete, path, () => null)), []);
  });
  if (typeof path.at(-1) === 'string' && !isChosen(path)) {
    const name = String(path.at(-1));
    // The slip of a finger: a letter is missing, or two have changed places.
    for (const slip of [name.slice(0, -2) + name.slice(-1), `${name.slice(0, -2)}${name.at(-1)}${name.at(-2)}`]) {
      test(`\`${slip}\` instead of \`${at}\` is refused, with the right name`, () => {
        const renamed = replaced(complete, path.slice(0, -1), ({ [name]: value, ...others }) => ({
          ...others,
          [slip]: value,
        }));
        const said = misshapen(renamed).filter((problem) => problem.includes('does not exist'));
        assert.equal(said.length, 1, misshapen(renamed).join('\n'));
        assert.ok(said[0]!.includes(`${slip}\` does not exist; did you mean \`${name}\`?`), said[0]);
      });
    }
  }
}

test('a field that is like no other is refused with the fields that there are', () => {
  assert.deepEqual(misshapen({ ...complete, approvals: { ...complete.approvals, colour: 'red' } }), [
    '`approvals.colour` does not exist; there are `approvers`, `needed`, `page`',
  ]);
});

test('no configuration, and numbers that are none, are refused', () => {
  assert.deepEqual(misshapen(undefined), ['the exported `config` is missing']);
  const tasks = { ...complete.tasks, reservedConcurrency: Number.NaN };
  assert.deepEqual(misshapen({ ...complete, tasks }), ['`tasks.reservedConcurrency` is `NaN`; it must be a number']);
  assert.deepEqual(misshapen({ ...complete, approvals: { ...complete.approvals, needed: 3 } }), [
    '`approvals.needed` is `3`; it can be `1`, `2`',
  ]);
});

test('a variable that is nearly one of the app is refused', () => {
  assert.deepEqual(misspelt(['REDRESS_ACCOUNT', 'REDRESS_ENDPOINT', 'PATH']), []);
  assert.deepEqual(misspelt(['REDRESS_ACOUNT', 'REDRESS_REGON']), [
    'the variable `REDRESS_ACOUNT` does not exist; did you mean `REDRESS_ACCOUNT`?',
    'the variable `REDRESS_REGON` does not exist; did you mean `REDRESS_REGION`?',
  ]);
});

test('the app ends with every problem of the shape, and without a stack trace', () => {
  const folder = mkdtempSync(join(tmpdir(), 'redress-'));
  after(() => rmSync(folder, { recursive: true }));
  const app = join(import.meta.dirname, '..', 'app.ts');
  const run = (text: string, variables: Record<string, string> = {}) => {
    const file = join(folder, `config-${Buffer.from(text).length}.mjs`);
    writeFileSync(file, text);
    const env = { ...process.env, ...variables, REDRESS_CONFIG: file };
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', app], { env, encoding: 'utf8' });
    return `${status} ${stderr}`;
  };
  const written = JSON.stringify({
    ...whole,
    customerManagedKee: true,
    observabilty: true,
    approvals: { aprovers: [] },
  });
  const said = run(`export const config = ${written};`);
  assert.match(said, /^2 .*the configuration has problems:\n/);
  assert.match(said, /`customerManagedKee` does not exist; did you mean `customerManagedKey`\?/);
  assert.match(said, /`observabilty` does not exist; did you mean `observability`\?/);
  assert.match(said, /`approvals.aprovers` does not exist; did you mean `approvers`\?/);
  assert.doesNotMatch(said, /\n\s+at /);
  assert.match(run('export const confg = {};'), /^2 .*the exported `config` is missing/s);
  assert.match(
    run(`export const config = ${written};`, { REDRESS_REGON: 'eu-west-1' }),
    /^2 .*`REDRESS_REGON` does not exist/s,
  );
});
