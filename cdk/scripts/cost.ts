/** `node --import tsx scripts/cost.ts`: the cost of the configuration, idle in a month and for each finding. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addStacks } from '../lib/app.ts';
import { Canary } from '../lib/canary.ts';
import type { Config } from '../lib/config/types.ts';
import { canaryRuns, idleCost, type Line, pathOf, readPrices, runCost, sum, usualRuns } from '../lib/cost.ts';
import { readTasks } from '../lib/task.ts';

const root = join(import.meta.dirname, '..');
const { config } = (await import(
  pathToFileURL(resolve(process.env.REDRESS_CONFIG ?? join(root, 'config.ts'))).href
)) as { config: Config };
const { file, prices } = readPrices(join(root, 'scripts', 'prices.json'));
const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
const stacks = addStacks(new App({ context }), config, { isOnlyChecked: true });
const priced = [stacks.base, ...stacks.responses, stacks.observability].filter((stack) => stack !== undefined);
const templates = priced.map((stack) => Template.fromStack(stack).toJSON());
const installation = {
  tasks: readTasks(),
  architecture: config.tasks.architecture,
  emails: config.subscriptions.emails.length,
};
const responses = stacks.responses.map((stack) => stack.response);

const idle: Line[] = [...idleCost(templates as never, prices)];
const ofCanary = Canary.responseOf(responses);
if (config.canary && ofCanary) {
  const planned = usualRuns(ofCanary).find((scenario) => scenario.endsWith('planned'))!;
  const runs = canaryRuns(config.canary.everyMinutes);
  const run =
    prices.customEvent + sum(runCost(ofCanary, pathOf(ofCanary, planned), prices, { ...installation, emails: 0 }));
  idle.push({ what: 'runs of the canary', count: runs, dollars: runs * run });
}
console.log(`Idle, in a month (prices of ${file.region}, read on ${file.looked}; the free tier is not deducted):`);
show(idle);
for (const response of responses) {
  for (const scenario of usualRuns(response)) {
    console.log(`A finding of ${response.name}, as in the scenario \`${scenario}\`:`);
    show(runCost(response, pathOf(response, scenario), prices, installation));
  }
}

function show(lines: readonly Line[]): void {
  for (const { what, count, dollars } of lines.filter(({ count }) => count > 0)) {
    console.log(`  ${String(Math.round(count * 1000) / 1000).padStart(9)}  ${what.padEnd(38)} $${dollars.toFixed(6)}`);
  }
  console.log(`  ${''.padStart(9)}  ${'together'.padEnd(38)} $${sum(lines).toFixed(4)}\n`);
}
