/** Reading of JSON files with errors that name the file. */
import { readFileSync } from 'node:fs';
import { list } from '../text.ts';

/** Reads an object from a file. A member that is not among the known ones is an error. */
export function readJson(file: string, known?: readonly string[]): Readonly<Record<string, unknown>> {
  const value = parseJson(file, readFileSync(file, 'utf8'));
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Error(`\`${file}\` is no JSON object`);
  }
  const unknown = known && Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(
      `\`${file}\` has the member \`${unknown}\`, which is unknown; it can have ${list(known!)}. Correct or remove it`,
    );
  }
  return value as Record<string, unknown>;
}

/** Parses the text of a file. */
export function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`\`${file}\` is not JSON: ${(error as Error).message}`);
  }
}
