/**
 * The app that `cdk` runs. `REDRESS_CONFIG` names another configuration than `config.ts`. With `-c check=1` the templates
 * are only checked, and no package needs to be built. `REDRESS_ACCOUNT` and `REDRESS_REGION` deploy to another place than
 * the home. `REDRESS_LOCAL=1` publishes with the credentials of the deployment, since an emulator that enforces IAM lets
 * nobody assume the roles of the bootstrap stack.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App, CliCredentialsStackSynthesizer } from 'aws-cdk-lib';
import { addStacks } from './lib/app.ts';
import { placeOf } from './lib/config/place.ts';
import { misspelt } from './lib/config/schema.ts';
import { ConfigError, shaped } from './lib/config/validate.ts';
import { PackageError } from './lib/package.ts';

const file = resolve(process.env.REDRESS_CONFIG ?? new URL('config.ts', import.meta.url).pathname);
const { config: written } = (await import(pathToFileURL(file).href)) as { config?: unknown };
const app = new App(process.env.REDRESS_LOCAL ? { defaultStackSynthesizer: new CliCredentialsStackSynthesizer() } : {});
const { REDRESS_ACCOUNT, REDRESS_REGION } = process.env;
try {
  const wrong = misspelt(Object.keys(process.env));
  if (wrong.length > 0) {
    throw new ConfigError(wrong);
  }
  const config = shaped(written);
  addStacks(app, config, {
    isOnlyChecked: Boolean(app.node.tryGetContext('check')),
    place: placeOf(config, { REDRESS_ACCOUNT, REDRESS_REGION }),
  });
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof PackageError)) {
    throw error;
  }
  console.error(error instanceof ConfigError ? `${file}: ${error.message}` : error.message);
  process.exit(2);
}
