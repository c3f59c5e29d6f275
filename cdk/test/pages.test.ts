/** What is computed from the data: the permission table, and what it all costs. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { idleCost, pathOf, readPrices, runCost, scenariosOf, sum } from '../lib/cost.ts';
import { readFolders } from '../lib/folder.ts';
import { permissionTable } from '../lib/permissions.ts';
import { readTasks } from '../lib/task.ts';

const root = join(import.meta.dirname, '..');
const { file, prices } = readPrices(join(root, 'scripts', 'prices.json'));
const folders = readFolders();

test('the permission table is what the manifest says', () => {
  const page = readFileSync(join(root, 'PERMISSIONS.md'), 'utf8');
  assert.equal(page, permissionTable(readTasks(), folders), 'node --import tsx scripts/permissions.ts writes it');
});

test('a run costs what its path has: every state of a branch, and no state twice', () => {
  const folder = folders.find(({ name }) => name === 'credential-exfiltration')!;
  const path = pathOf(folder, 'planned');
  const lines = runCost(folder, path, prices, { tasks: readTasks(), architecture: 'arm64', emails: 2 });
  const count = (what: string) => lines.find((line) => line.what === what)!.count;
  assert.equal(count('transitions of Step Functions'), path.length + 1);
  assert.equal(count('invocations of Lambda'), 7, 'open, enrich, write, tell, check, tell the plan, close');
  assert.equal(count('e-mails'), 2 * count('messages'));
});

test('every scenario of every workflow has a path of states that the definition has', () => {
  for (const folder of folders) {
    const known = new Set([...folder.definition.matchAll(/^\s*"([^"]+)": \{\s*$/gm)].map(([, name]) => name));
    for (const scenario of scenariosOf(folder)) {
      let path: string[];
      try {
        path = pathOf(folder, scenario);
      } catch {
        continue; // Built on another, whose path it has.
      }
      assert.deepEqual(path.filter((state) => !known.has(state)), [], `${folder.name}/${scenario}`);
    }
  }
});

test('an idle month is paid for alarms, metrics, dashboards and keys, and for nothing else', () => {
  const alarm = { Type: 'AWS::CloudWatch::Alarm', Properties: { Metrics: [{ MetricStat: {} }, { MetricStat: {} }, { Expression: 'a + b' }] } };
  const template = { Resources: { a: alarm, b: { Type: 'AWS::KMS::Key' }, c: { Type: 'AWS::Lambda::Function' } } };
  assert.equal(sum(idleCost([template], prices)), 2 * prices.alarmMetric + prices.kmsKey);
});

test('every price says for what, who says so, and when', () => {
  for (const [name, { dollars, per, source, dated, said }] of Object.entries(file.prices)) {
    assert.ok(dollars > 0 && per.length > 0, name);
    assert.match(source, /^https:\/\//, name);
    assert.match(dated, /^(\d{4}(-\d\d-\d\d)?|undated)$/, name);
    assert.equal(said, source.startsWith('https://aws.amazon.com/') ? 'by AWS' : 'by others', name);
  }
});

test('a run is paid for the memory that each of its tasks has', () => {
  const folder = folders.find(({ name }) => name === 'credential-exfiltration')!;
  const cost = (memoryMiB: number) => {
    const tasks = readTasks().map((task) => ({ ...task, memoryMiB }));
    const lines = runCost(folder, pathOf(folder, 'planned'), prices, { tasks, architecture: 'x86_64', emails: 0 });
    return lines.find((line) => line.what === 'GB-seconds of Lambda')!;
  };
  assert.equal(cost(1024).count, 7 * 0.5);
  assert.equal(cost(512).dollars * 2, cost(1024).dollars);
});
