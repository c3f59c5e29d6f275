/** The package that functions run, and packages that are refused before anything is deployed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Architecture, architectureOf, PackageError, packaged, ZIP } from '../lib/package.ts';

const packages = mkdtempSync(join(tmpdir(), 'redress-'));
after(() => rmSync(packages, { recursive: true }));
const arm = folder('arm64', elf(183));
const intel = folder('x86_64', elf(62));

test('the architecture of a zip is that of its executable, compressed or stored', () => {
  assert.equal(architectureOf(join(arm, ZIP)), 'arm64');
  assert.equal(architectureOf(join(intel, ZIP)), 'x86_64');
  assert.equal(architectureOf(join(folder('stored', elf(183), 'ZIP_STORED'), ZIP)), 'arm64');
  assert.equal(
    architectureOf(join(folder('script', Buffer.from('#!/bin/sh\nexec true\n')), ZIP)),
    undefined,
    'an emulator runs scripts',
  );
});

test('a zip for the architecture of the configuration is accepted', () => {
  packaged(arm, 'arm64', false);
  packaged(intel, 'x86_64', false);
});

const refused: Record<string, [string, Architecture, RegExp]> = {
  'a zip for another architecture': [
    intel,
    'arm64',
    /is built for x86_64, and `tasks.architecture` is `arm64`: set it to `x86_64`, or build with `make package ARCH=arm64`/,
  ],
  'a file that is not a zip': [folder('broken', undefined), 'arm64', /is not a zip, or an empty one/],
  'a missing zip': [join(packages, 'nothing'), 'arm64', /does not exist: `make package` builds it/],
};
for (const [what, [from, architecture, says]] of Object.entries(refused)) {
  test(`${what} is refused`, () => {
    assert.throws(
      () => packaged(from, architecture, false),
      (error: Error) => error instanceof PackageError && says.test(error.message),
    );
  });
}

test('if another architecture was built, the error names it', () => {
  const built = join(packages, 'only');
  mkdirSync(join(built, 'x86_64'), { recursive: true });
  zip(join(built, 'x86_64', ZIP), elf(62));
  assert.throws(
    () => packaged(join(built, 'arm64'), 'arm64', false),
    /has built for x86_64. Set `tasks.architecture` to `x86_64`/,
  );
});

test('templates that are only checked need no zip', () => {
  packaged(join(packages, 'nothing'), 'arm64', true);
});

/** The beginning of an executable for a processor. */
function elf(machine: number): Buffer {
  const made = Buffer.alloc(100_000, 'abcdefghij');
  made.writeUInt32BE(0x7f454c46, 0);
  made.writeUInt16LE(machine, 18);
  return made;
}

/** A folder with a zip of a content; without a content, with a file that is not a zip. */
function folder(name: string, content: Buffer | undefined, method = 'ZIP_DEFLATED'): string {
  const made = join(packages, name);
  mkdirSync(made, { recursive: true });
  if (content) {
    zip(join(made, ZIP), content, method);
  } else {
    writeFileSync(join(made, ZIP), 'no zip');
  }
  return made;
}

function zip(file: string, content: Buffer, method = 'ZIP_DEFLATED'): void {
  const program =
    'import sys, zipfile; zipfile.ZipFile(sys.argv[1], "w", getattr(zipfile, sys.argv[2])).writestr("bootstrap", sys.stdin.buffer.read())';
  execFileSync('python3', ['-c', program, file, method], { input: content });
}
