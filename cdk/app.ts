/**
 * The app that `cdk` runs. `REDRESS_CONFIG` names another configuration than `config.ts`. With `-c check=1` it makes
 * templates to be looked at, for which no task needs to be built. `REDRESS_LOCAL=1` publishes with the credentials of
 * whoever deploys, since an emulator that enforces IAM lets nobody assume the roles of the bootstrap stack.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App, CliCredentialsStackSynthesizer } from 'aws-cdk-lib';
import { addStacks } from './lib/app.ts';
import type { Config } from './lib/config/types.ts';
import { ConfigError } from './lib/config/validate.ts';

const file = resolve(process.env.REDRESS_CONFIG ?? new URL('config.ts', import.meta.url).pathname);
const { config } = (await import(pathToFileURL(file).href)) as { config: Config };
const app = new App(process.env.REDRESS_LOCAL ? { defaultStackSynthesizer: new CliCredentialsStackSynthesizer() } : {});
try {
  addStacks(app, config, { isOnlyChecked: Boolean(app.node.tryGetContext('check')) });
} catch (error) {
  if (!(error instanceof ConfigError)) {
    throw error;
  }
  console.error(`${file}: ${error.message}`);
  process.exit(2);
}
