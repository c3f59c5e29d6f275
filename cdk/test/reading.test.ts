/** Reading responses from their folders, and the errors that it reports. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { settle } from '../lib/response/parameters.ts';
import { Response, readResponses } from '../lib/response/response.ts';
import { filled, withInput } from '../lib/response/rules.ts';
import { readTasks, type Task } from '../lib/task.ts';

const scratch = mkdtempSync(join(tmpdir(), 'redress-'));
after(() => rmSync(scratch, { recursive: true }));
let folders = 0;

const call = (placeholder: string) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: placeholder },
  End: true,
});
const definition = (...placeholders: string[]) => ({
  Comment: '${Title}.',
  TimeoutSeconds: 60,
  States: Object.fromEntries(placeholders.map((name) => [name, call(`\${${name}}`)])),
});
const rule = {
  Description: 'A rule.',
  EventPattern: { source: ['aws.guardduty'] },
  Targets: [{ Id: 'workflow', Arn: '${StateMachine}' }],
};
const shape = {
  description: 'A shape.',
  parameters: {
    Mode: { Description: 'The mode.', Default: 'plan', AllowedValues: ['plan', 'auto'] },
    Seconds: { Description: 'A time.', Default: 10, MinValue: 1, MaxValue: 60 },
  },
  inputTemplate: '{"mode": "${Mode}", "seconds": ${Seconds}}',
};
const response = { title: 'A "title"', shape: 'some', kind: 'iam-policy' };
const sound = {
  'shapes/some/shape.json': shape,
  'shapes/some/definition.asl.json': definition('OpenCase', 'Look', 'Change'),
  'r/response.json': response,
  'r/rules/guardduty.json': rule,
};

/** A folder with files; `r` is the response. A file without a content is left out. */
function write(files: Record<string, unknown>): string {
  const root = join(scratch, String(folders++));
  mkdirSync(join(root, 'shapes'), { recursive: true });
  for (const [name, content] of Object.entries(files).filter(([, content]) => content !== undefined)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return root;
}

const read = (files: Record<string, unknown>) => new Response(join(write(files), 'r'));
const tasks: Task[] = readTasks();

test('a response has the definition, the parameters and the input template of its shape', () => {
  const found = read(sound);
  assert.deepEqual(found.texts(), { Title: 'A "title"' });
  assert.deepEqual(settle(found.parameters, { Mode: 'auto' }), { Mode: 'auto', Seconds: '10' });
  const [target] = found.rules[0]!.Targets;
  const input = filled(withInput(target!, found.inputTemplate), settle(found.parameters, { Seconds: 3 }));
  assert.deepEqual(input.InputTransformer, { InputTemplate: '{"mode": "plan", "seconds": 3}' });
});

test('a response replaces single fields of the parameters, and adds its own', () => {
  const parameters = { Seconds: { Default: 20, Description: 'Its own.' }, Days: { Description: 'Days.', Default: 1 } };
  const found = read({ ...sound, 'r/response.json': { ...response, parameters } }).parameters;
  assert.deepEqual(found.Seconds, { Description: 'Its own.', Default: 20, MinValue: 1, MaxValue: 60 });
  assert.deepEqual([found.Days!.Default, found.Mode!.Default], [1, 'plan']);
});

test('the steps are those of the kind, with functions named for the response, and the common tasks are shared', () => {
  const called = read(sound)
    .tasks(tasks)
    .map(({ placeholder, task, functionName, isCommon }) => [placeholder, task.name, functionName, isCommon]);
  assert.deepEqual(called, [
    ['OpenCase', 'open-case', 'open-case', true],
    ['Look', 'iam-policy-look', 'r-look', false],
    ['Change', 'iam-policy-change', 'r-change', false],
  ]);
});

test('a definition of its own needs no `response.json`, and names a step of any kind by its full name', () => {
  const own = {
    'r/definition.asl.json': {
      TimeoutSeconds: 60,
      States: definition('OpenCase', 'IamPolicyLook', 'FindingOnlyLook').States,
    },
    'r/rules/guardduty.json': rule,
  };
  const found = read(own);
  assert.deepEqual(
    found.tasks(tasks).map(({ functionName }) => functionName),
    ['open-case', 'r-iam-policy-look', 'r-finding-only-look'],
  );
  assert.deepEqual([found.parameters, found.inputTemplate, found.title], [{}, undefined, undefined]);
  const [target] = found.rules[0]!.Targets;
  assert.equal(withInput(target!, found.inputTemplate), target, 'the event itself');
});

test('a target with an input of its own keeps it, and a target that is not the state machine gets none', () => {
  for (const target of [
    { Id: 'a', Arn: '${StateMachine}', Input: '{}' },
    { Id: 'a', Arn: '${StateMachine}', InputPath: '$.detail' },
    { Id: 'a', Arn: '${Topic}' },
  ]) {
    assert.deepEqual(withInput(target, 'template'), target);
  }
});

test('shapes, and folders without a response, are not responses', () => {
  const root = write({ ...sound, 'notes/README.md': 'Nothing.' });
  assert.deepEqual(
    readResponses(root).map(({ name }) => name),
    ['r'],
  );
});

const own = (more: object) => ({ ...sound, 'r/response.json': { ...response, ...more } });
const wrong: Record<string, [Record<string, unknown>, RegExp]> = {
  'a response without a title': [own({ title: undefined }), /r\/response.json` has no `title`. Add one/],
  'an unknown member': [
    own({ tittle: 'x' }),
    /r\/response.json` has the member `tittle`, which is unknown; it can have `title`,/,
  ],
  'an unknown member of a shape': [
    { ...sound, 'shapes/some/shape.json': { ...shape, title: 'x' } },
    /shapes\/some\/shape.json` has the member `title`/,
  ],
  'a response that is not JSON': [{ ...sound, 'r/response.json': '{' }, /r\/response.json` is not JSON/],
  'a response that is a list': [{ ...sound, 'r/response.json': [] }, /r\/response.json` is no JSON object/],
  'a shape that does not exist': [own({ shape: 'other' }), /names the shape `other`; `.*shapes` has `some`/],
  'a shape without a kind': [own({ kind: undefined }), /has a `shape` and no `kind`. Add `kind`/],
  'a shape and a definition': [
    { ...sound, 'r/definition.asl.json': definition() },
    /names the shape `some`, and there is a `definition.asl.json` beside it. Remove one/,
  ],
  'neither a shape nor a definition': [
    own({ shape: undefined }),
    /has no `shape`, and there is no `definition.asl.json` beside it. Add one of the two/,
  ],
  'rules without a response': [
    { 'r/rules/guardduty.json': rule },
    /r\/response.json` does not exist, and there is no `definition.asl.json` beside it/,
  ],
  'a misspelt parameter': [
    own({ parameters: { Moed: { Default: 'auto' } } }),
    /r\/response.json`: the parameter `Moed` has no `Description`. The shape has `Mode`, `Seconds`/,
  ],
  'an unknown field of a parameter': [
    own({ parameters: { Mode: { default: 'auto' } } }),
    /the parameter `Mode` has the field `default`; a parameter can have/,
  ],
  'a default that is not allowed': [
    own({ parameters: { Mode: { Default: 'ask' } } }),
    /`Mode` cannot be `ask`; it can be `plan`, `auto`/,
  ],
  'an input template with an unknown parameter': [
    own({ inputTemplate: '${Days}' }),
    /r\/response.json`: `inputTemplate` has `\$\{Days\}`, which is not a parameter; the parameters are `Mode`, `Seconds`/,
  ],
  'a definition without a timeout': [
    { ...sound, 'shapes/some/definition.asl.json': { States: {} } },
    /shapes\/some\/definition.asl.json` has no `TimeoutSeconds`/,
  ],
  'a rule of an older version': [
    { ...sound, 'r/rule.json': rule },
    /r\/rule.json` is not read: rules are files of `rules\/`/,
  ],
  'a rule with parameters': [
    { ...sound, 'r/rules/guardduty.json': { ...rule, Parameters: {} } },
    /r\/rules\/guardduty.json` has the member `Parameters`/,
  ],
  'a rule without a pattern': [
    { ...sound, 'r/rules/guardduty.json': { ...rule, EventPattern: undefined } },
    /has no `EventPattern`/,
  ],
  'a rule with six targets': [
    { ...sound, 'r/rules/guardduty.json': { ...rule, Targets: Array(6).fill(rule.Targets[0]) } },
    /has 6 targets; a rule has 1 to 5/,
  ],
};
for (const [name, [files, says]] of Object.entries(wrong)) {
  test(`${name} is an error`, () => assert.throws(() => readResponses(write(files)), says));
}

test('a placeholder that names no task, or a text that is not there, is an error', () => {
  const named = (...placeholders: string[]) =>
    read({ ...sound, 'shapes/some/definition.asl.json': definition(...placeholders) });
  assert.throws(
    () => named('IamPolicyLook').tasks(tasks),
    /shapes\/some\/definition.asl.json`: `\$\{IamPolicyLook\}` names no task of the kind `iam-policy`; for `r` there are .*`Look`/,
  );
  const bare = read({ 'r/definition.asl.json': definition('OpenCase'), 'r/rules/guardduty.json': rule });
  assert.throws(
    () => bare.texts(),
    /r\/definition.asl.json` has `\$\{Title\}`, and `.*r\/response.json` has no `title`. Add it/,
  );
});

test('every response of the repository can be read, and each of its placeholders names a task', () => {
  const all = readResponses();
  assert.ok(all.length >= 4);
  for (const found of all) {
    assert.ok(found.tasks(tasks).length > 0 && found.rules.length > 0, found.name);
    found.texts();
  }
});

test('no code of the app, of its scripts and of its checks names a response: they find it by its folder or its kind', () => {
  const root = join(import.meta.dirname, '..');
  const kinds = new Set(tasks.map(({ kind }) => kind));
  const names = readResponses()
    .map(({ name }) => name)
    .filter((name) => !kinds.has(name));
  assert.ok(names.length > 0);
  for (const folder of ['lib', 'local', 'scripts', 'checks', 'test']) {
    for (const file of readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile() && /\.(ts|mjs|py|sh|json)$/.test(entry.name),
    )) {
      const text = readFileSync(join(file.parentPath, file.name), 'utf8');
      assert.deepEqual(
        names.filter((name) => text.includes(name)),
        [],
        join(file.parentPath, file.name),
      );
    }
  }
});
