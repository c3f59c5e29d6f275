/** The app that `cdk` runs. `-c check=1` makes templates to be looked at, for which no task needs to be built. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App } from 'aws-cdk-lib';
import { addStacks } from './lib/app.ts';
import { ConfigError } from './lib/config/validate.ts';
import type { Config } from './lib/config/types.ts';

const file = resolve(process.env.REDRESS_CONFIG ?? new URL('config.ts', import.meta.url).pathname);
const { config } = (await import(pathToFileURL(file).href)) as { config: Config };
const app = new App();
try {
  addStacks(app, config, Boolean(app.node.tryGetContext('check')));
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) {
    throw error;
  }
  console.error(`${file}: ${error.message}`);
  process.exitCode = 2;
}
