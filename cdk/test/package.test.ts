/** Which zip becomes the code of a task, and which is refused before anything is deployed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Architecture, PackageError, architectureOf, packaged } from '../lib/package.ts';
import { readTasks } from '../lib/task.ts';

const packages = mkdtempSync(join(tmpdir(), 'redress-'));
after(() => rmSync(packages, { recursive: true }));
const task = readTasks().find(({ name }) => name === 'notify')!;
const arm = folder('arm64', elf(183));
const intel = folder('x86_64', elf(62));

test('a zip tells what its binary is built for, packed or stored', () => {
  assert.equal(architectureOf(join(arm, 'notify.zip')), 'arm64');
  assert.equal(architectureOf(join(intel, 'notify.zip')), 'x86_64');
  assert.equal(architectureOf(join(folder('stored', elf(183), 'ZIP_STORED'), 'notify.zip')), 'arm64');
  assert.equal(architectureOf(join(folder('script', Buffer.from('#!/bin/sh\nexec true\n')), 'notify.zip')), undefined, 'an emulator runs it');
});

test('a zip for the architecture of the configuration is taken', () => {
  packaged(arm, task, 'arm64', false);
  packaged(intel, task, 'x86_64', false);
});

const refused: Record<string, [string, Architecture, RegExp]> = {
  'one of another architecture': [intel, 'arm64', /is built for x86_64, and `tasks.architecture` is `arm64`: set it to `x86_64`, or build with `make package ARCH=arm64`/],
  'a file that is no zip': [folder('broken', undefined), 'arm64', /is no zip, or an empty one/],
  'none at all': [join(packages, 'nothing'), 'arm64', /is not there: `make package` builds it/],
};
for (const [what, [from, architecture, says]] of Object.entries(refused)) {
  test(`${what} is refused`, () => {
    assert.throws(() => packaged(from, task, architecture, false), (error: Error) => error instanceof PackageError && says.test(error.message));
  });
}

test('where another architecture was built, that is what is said', () => {
  const built = join(packages, 'only');
  mkdirSync(join(built, 'x86_64'), { recursive: true });
  zip(join(built, 'x86_64', 'notify.zip'), elf(62));
  assert.throws(() => packaged(join(built, 'arm64'), task, 'arm64', false), /has built for x86_64. Set `tasks.architecture` to `x86_64`/);
});

test('what is only looked at needs no zip', () => {
  packaged(join(packages, 'nothing'), task, 'arm64', true);
});

/** The beginning of a binary for a processor. */
function elf(machine: number): Buffer {
  const made = Buffer.alloc(100_000, 'abcdefghij');
  made.writeUInt32BE(0x7f454c46, 0);
  made.writeUInt16LE(machine, 18);
  return made;
}

/** A folder with a zip of that; without a content, with a file that is none. */
function folder(name: string, content: Buffer | undefined, method = 'ZIP_DEFLATED'): string {
  const made = join(packages, name);
  mkdirSync(made, { recursive: true });
  if (content) {
    zip(join(made, 'notify.zip'), content, method);
  } else {
    writeFileSync(join(made, 'notify.zip'), 'no zip');
  }
  return made;
}

function zip(file: string, content: Buffer, method = 'ZIP_DEFLATED'): void {
  const program = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1], "w", getattr(zipfile, sys.argv[2])).writestr("bootstrap", sys.stdin.buffer.read())';
  execFileSync('python3', ['-c', program, file, method], { input: content });
}
