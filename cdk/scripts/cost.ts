/** `node --import tsx scripts/cost.ts`: what this configuration costs, idle in a month and for each finding. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addStacks } from '../lib/app.ts';
import type { Config } from '../lib/config/types.ts';
import { type Line, canaryRuns, idleCost, pathOf, readPrices, runCost, scenariosOf, sum } from '../lib/cost.ts';
import { readFolders } from '../lib/folder.ts';
import { readTasks } from '../lib/task.ts';

const root = join(import.meta.dirname, '..');
const { config } = (await import(pathToFileURL(resolve(process.env.REDRESS_CONFIG ?? join(root, 'config.ts'))).href)) as { config: Config };
const { file, prices } = readPrices(join(root, 'scripts', 'prices.json'));
const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
const { response, observability } = addStacks(new App({ context }), config, { isOnlyChecked: true });
const templates = [response, observability].filter((stack) => stack !== undefined).map((stack) => Template.fromStack(stack).toJSON());
const installation = { tasks: readTasks(), architecture: config.tasks.architecture, emails: config.subscriptions.emails.length };
const folders = readFolders().filter((folder) => folder.name in config.workflows);

const idle: Line[] = [...idleCost(templates as never, prices)];
if (config.canary) {
  const leaked = folders.find((folder) => folder.name === 'credential-exfiltration')!;
  const runs = canaryRuns(config.canary.everyMinutes);
  const run = prices.customEvent + sum(runCost(leaked, pathOf(leaked, 'planned'), prices, { ...installation, emails: 0 }));
  idle.push({ what: 'runs of the canary', count: runs, dollars: runs * run });
}
console.log(`Idle, in a month (prices of ${file.region}, looked at on ${file.looked}; the free tier is not taken off):`);
show(idle);
for (const folder of folders) {
  const runs = scenariosOf(folder).filter((name) => ['planned', 'contained', 'remediated', 'undone', 'handed-over', 'denied'].includes(name));
  for (const scenario of runs) {
    const lines = runCost(folder, pathOf(folder, scenario), prices, installation);
    console.log(`A finding of ${folder.name} that goes as \`${scenario}\`:`);
    show(lines);
  }
}

function show(lines: readonly Line[]): void {
  for (const { what, count, dollars } of lines.filter(({ count }) => count > 0)) {
    console.log(`  ${String(Math.round(count * 1000) / 1000).padStart(9)}  ${what.padEnd(38)} $${dollars.toFixed(6)}`);
  }
  console.log(`  ${''.padStart(9)}  ${'together'.padEnd(38)} $${sum(lines).toFixed(4)}\n`);
}
