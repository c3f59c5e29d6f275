/**
 * The templates of an installation with the sample response, without the parts that change with every build. `make golden`
 * writes them. Read the difference before you commit it: it is the change of a deployed account.
 */

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sampled, samples } from './configs.ts';
import { compareGolden } from './golden.ts';
import { all, stacksOf, templateOf } from './support.ts';

const FOLDER = join(import.meta.dirname, 'snapshots');

/** A template without hashes of assets and versions, and without definitions, which have files of their own. */
function stable(template: unknown): string {
  const text = JSON.stringify(
    template,
    (key, value: unknown) => (key === 'DefinitionString' ? '(definition.asl.json)' : value),
    1,
  );
  return `${text.replace(/[0-9a-f]{64}/g, '(asset)').replace(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, '$1(version)')}\n`;
}

const stacks = Object.entries(sampled).flatMap(([name, config]) =>
  all(stacksOf(config, { responses: samples })).map((stack) => ({ stack, file: `${name}-${stack.stackName}.json` })),
);
mkdirSync(FOLDER, { recursive: true });

for (const { stack, file } of stacks) {
  test(`the template ${file} is as it was`, () =>
    compareGolden(join(FOLDER, file), stable(templateOf(stack).toJSON())));
}

test('every snapshot is of a stack that there is', () => {
  const idle = readdirSync(FOLDER).filter((file) => !stacks.some((stack) => stack.file === file));
  if (process.env.GOLDEN) {
    for (const file of idle) {
      rmSync(join(FOLDER, file));
    }
    return;
  }
  assert.deepEqual(idle, [], '`make golden` removes it');
});
