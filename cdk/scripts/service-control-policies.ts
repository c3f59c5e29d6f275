/** `node --import tsx scripts/service-control-policies.ts FOLDER`: the service control policies for the configuration, as files. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App } from 'aws-cdk-lib';
import { addStacks } from '../lib/app.ts';
import type { Config } from '../lib/config/types.ts';
import { partitionOf } from '../lib/config/validate.ts';
import { namedIn, policiesFor, written } from '../lib/service-control-policy.ts';

const root = join(import.meta.dirname, '..');
const { config } = (await import(
  pathToFileURL(resolve(process.env.REDRESS_CONFIG ?? join(root, 'config.ts'))).href
)) as { config: Config };
const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
const stacks = addStacks(new App({ context }), config, { isOnlyChecked: true });
const folder = process.argv[2] ?? '.';
mkdirSync(folder, { recursive: true });
for (const [name, policy] of Object.entries(
  policiesFor(namedIn(stacks, partitionOf(config.home.region), config.tasks.prefix)),
)) {
  writeFileSync(join(folder, `${name}.json`), written(policy));
}
