/** Golden files: files that tests compare with, and that `GOLDEN=1` writes. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Compares a text with a golden file, or writes the file if `GOLDEN` is set. */
export function compareGolden(file: string, made: string): void {
  if (process.env.GOLDEN) {
    writeFileSync(file, made);
  }
  assert.ok(existsSync(file), `\`${file}\` does not exist; \`make golden\` writes it`);
  assert.equal(
    made,
    readFileSync(file, 'utf8'),
    `\`${file}\` is different; \`make golden\` writes it. Read the difference before you commit it`,
  );
}
