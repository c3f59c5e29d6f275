/** Generated pages: the permission table, and the cost sheet. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { idleCost, pathOf, readPrices, runCost, scenariosOf, sum, usualRuns } from '../lib/cost.ts';
import { permissionTable } from '../lib/permissions.ts';
import { readResponses } from '../lib/response/response.ts';
import { readTasks } from '../lib/task.ts';
import { compareGolden } from './golden.ts';

const root = join(import.meta.dirname, '..');
const { file, prices } = readPrices(join(root, 'scripts', 'prices.json'));
const responses = readResponses();
const tasks = readTasks();
/** A response that can change something, and a run of it that only plans. */
const changing = responses.find(({ parameters }) => 'Mode' in parameters)!;
const planned = pathOf(changing, 'shape/planned');

test('PERMISSIONS.md is generated from the manifest and the responses', () => {
  compareGolden(join(root, 'PERMISSIONS.md'), permissionTable(tasks, responses));
});

test('the cost of a run counts every state of its path once, those in branches too', () => {
  const lines = runCost(changing, planned, prices, { tasks, architecture: 'arm64', emails: 2 });
  const count = (what: string) => lines.find((line) => line.what === what)!.count;
  assert.equal(count('transitions of Step Functions'), planned.length + 1);
  const calls = new Set(changing.calls().map(({ state }) => state));
  assert.equal(count('invocations of Lambda'), planned.filter((state) => calls.has(state)).length);
  assert.equal(count('e-mails'), 2 * count('messages'));
});

test('the path of every scenario has states of the definition only', () => {
  for (const response of responses) {
    const known = new Set([...response.definition.matchAll(/^\s*"([^"]+)": \{\s*$/gm)].map(([, name]) => name));
    for (const scenario of scenariosOf(response)) {
      assert.deepEqual(
        pathOf(response, scenario).filter((state) => !known.has(state)),
        [],
        `${response.name}: ${scenario}`,
      );
    }
  }
});

test('the cost sheet has usual runs of every response that can change something', () => {
  for (const response of responses.filter(({ parameters }) => 'Mode' in parameters)) {
    assert.ok(
      usualRuns(response).includes('shape/planned') && usualRuns(response).includes('shape/undone'),
      response.name,
    );
  }
});

test('the cost of an idle month is that of alarms, metrics, dashboards and keys', () => {
  const alarm = {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: { Metrics: [{ MetricStat: {} }, { MetricStat: {} }, { Expression: 'a + b' }] },
  };
  const template = { Resources: { a: alarm, b: { Type: 'AWS::KMS::Key' }, c: { Type: 'AWS::Lambda::Function' } } };
  assert.equal(sum(idleCost([template], prices)), 2 * prices.alarmMetric + prices.kmsKey);
});

test('every price has its unit, its source and a date', () => {
  for (const [name, { dollars, per, source, dated, said }] of Object.entries(file.prices)) {
    assert.ok(dollars > 0 && per.length > 0, name);
    assert.match(source, /^https:\/\//, name);
    assert.match(dated, /^(\d{4}(-\d\d-\d\d)?|undated)$/, name);
    assert.equal(said, source.startsWith('https://aws.amazon.com/') ? 'by AWS' : 'by others', name);
  }
});

test('the cost of a run depends on the memory of its tasks', () => {
  const cost = (memoryMiB: number) => {
    const lines = runCost(changing, planned, prices, {
      tasks: tasks.map((task) => ({ ...task, memoryMiB })),
      architecture: 'x86_64',
      emails: 0,
    });
    return lines.find((line) => line.what === 'GB-seconds of Lambda')!;
  };
  const calls = new Set(changing.calls().map(({ state }) => state));
  assert.equal(cost(1024).count, planned.filter((state) => calls.has(state)).length * 0.5);
  assert.equal(cost(512).dollars * 2, cost(1024).dollars);
});
