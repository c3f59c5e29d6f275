/**
 * The templates, with what changes at every build left out. `GOLDEN=1 npm test` writes them; read the difference before
 * you commit it: it is what would change in an account.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Config } from '../lib/config/types.ts';
import { government, small, whole } from './configs.ts';
import { all, templateOf } from './support.ts';

const FOLDER = join(import.meta.dirname, 'snapshots');

/** What is another with every build (hashes of assets and versions), and the definitions, which stand in their own files. */
function stable(template: unknown): unknown {
  const text = JSON.stringify(template, (key, value: unknown) => (key === 'DefinitionString' ? '(definition.asl.json)' : value), 1);
  return JSON.parse(
    text
      .replace(/[0-9a-f]{64}/g, '(asset)')
      .replace(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, '$1(version)'),
  );
}

for (const [name, config] of Object.entries({ small, whole, government } satisfies Record<string, Config>)) {
  test(`the templates of the configuration \`${name}\` are as they were`, () => {
    mkdirSync(FOLDER, { recursive: true });
    for (const stack of all(config)) {
      const file = join(FOLDER, `${name}-${stack.stackName}.json`);
      const made = stable(templateOf(stack).toJSON());
      if (process.env.GOLDEN) {
        writeFileSync(file, `${JSON.stringify(made, null, 1)}\n`);
      }
      assert.deepEqual(made, JSON.parse(readFileSync(file, 'utf8')), `${file} says otherwise; GOLDEN=1 writes it`);
    }
  });
}
