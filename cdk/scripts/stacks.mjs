/**
 * `node scripts/stacks.mjs ASSEMBLY [NAME…]`: a line `name account region parameter` for each named stack, or for each stack of
 * the home account. The parameter has the version of the bootstrap stack. Source: the cloud assembly's `manifest.json`, artifacts `aws:cloudformation:stack`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [assembly, ...names] = process.argv.slice(2);
const { artifacts } = JSON.parse(readFileSync(join(assembly, 'manifest.json'), 'utf8'));
const stacks = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
const known = stacks.map(([name]) => name);
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(
    `There is no stack ${unknown.map((name) => `\`${name}\``).join(', ')}; there are ${known.map((name) => `\`${name}\``).join(', ')}`,
  );
  process.exit(2);
}
// Stacks of members are deployed with their own credentials, and the pipeline deploys the rest: name those to deploy them.
const wanted =
  names.length > 0 ? names : known.filter((name) => !name.startsWith('RedressMember-') && name !== 'RedressPipeline');
for (const [name, { environment, properties }] of stacks) {
  if (wanted.includes(name)) {
    const [, account, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(environment);
    const version = properties?.bootstrapStackVersionSsmParameter ?? '/cdk-bootstrap/hnb659fds/version';
    console.log(`${name} ${account} ${region} ${version}`);
  }
}
