/** The zips that `make package` has built, one for each task. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { constants, inflateRawSync } from 'node:zlib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Task } from './task.ts';

/** What a binary may be built for. */
export type Architecture = 'arm64' | 'x86_64';

/** There is no zip of a task, or one that would not run on the functions that are to be deployed. */
export class PackageError extends Error {}

/** The numbers of the processors in a binary. Source: System V ABI, "ELF Header", `e_machine`. */
const MACHINES: Readonly<Record<number, Architecture>> = { 62: 'x86_64', 183: 'arm64' };

/** The code of a task's function: its zip in a folder. What is only looked at needs none. */
export function packaged(folder: string, task: Task, architecture: Architecture, isOnlyChecked: boolean): lambda.Code {
  const zip = join(folder, `${task.name}.zip`);
  if (isOnlyChecked && !existsSync(zip)) {
    return lambda.Code.fromAsset(join(import.meta.dirname, 'not-packaged'));
  }
  if (!existsSync(zip)) {
    throw new PackageError(`\`${zip}\` is not there: ${otherwise(folder, task, architecture)}`);
  }
  const built = architectureOf(zip);
  if (built !== undefined && built !== architecture) {
    throw new PackageError(`\`${zip}\` is built for ${built}, and \`tasks.architecture\` is \`${architecture}\`: set it to \`${built}\`, or build with \`make package ARCH=${architecture}\``);
  }
  return lambda.Code.fromAsset(zip);
}

/** What the binary in a zip is built for; nothing, if it is no binary: an emulator runs scripts too. */
export function architectureOf(zip: string): Architecture | undefined {
  const elf = beginning(zip);
  return elf.length >= 20 && elf.readUInt32BE(0) === 0x7f454c46 ? MACHINES[elf.readUInt16LE(18)] : undefined;
}

/** What to do where the zip is missing: most often another architecture was built. */
function otherwise(folder: string, task: Task, architecture: Architecture): string {
  const other = architecture === 'arm64' ? 'x86_64' : 'arm64';
  const isBuiltForOther = basename(folder) === architecture && existsSync(join(dirname(folder), other, `${task.name}.zip`));
  return isBuiltForOther
    ? `\`make package\` has built for ${other}. Set \`tasks.architecture\` to \`${other}\`, or build with \`make package ARCH=${architecture}\``
    : '`make package` builds it. To look at the templates only, use `make synth`';
}

/** The first bytes of the first file in a zip. Source: PKWARE, "APPNOTE", 4.3.7, the local file header. */
function beginning(zip: string): Buffer {
  const head = Buffer.alloc(4096);
  const file = openSync(zip, 'r');
  const length = readSync(file, head, 0, head.length, 0);
  closeSync(file);
  if (length < 30 || head.readUInt32LE(0) !== 0x04034b50) {
    throw new PackageError(`\`${zip}\` is no zip, or an empty one: \`make package\` builds it anew`);
  }
  const data = head.subarray(30 + head.readUInt16LE(26) + head.readUInt16LE(28), length);
  return head.readUInt16LE(8) === 0 ? data : inflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH });
}
