/** The zip that `make package` builds. Every function runs it; the handler picks the task. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { constants, inflateRawSync } from 'node:zlib';
import * as lambda from 'aws-cdk-lib/aws-lambda';

/** The processors that a package can be built for. */
export type Architecture = 'arm64' | 'x86_64';

/** The package is missing, or would not run on the functions. */
export class PackageError extends Error {}

/** The name of the zip in its folder. */
export const ZIP = 'tasks.zip';

/** The processors, by their numbers in a binary. Source: System V ABI, "ELF Header", `e_machine`. */
const MACHINES: Readonly<Record<number, Architecture>> = { 62: 'x86_64', 183: 'arm64' };

/** The code of the functions of one stack, from the zip of a folder. Templates that are only checked need none. */
export function packaged(folder: string, architecture: Architecture, isOnlyChecked: boolean): lambda.Code {
  const zip = join(folder, ZIP);
  if (isOnlyChecked && !existsSync(zip)) {
    return lambda.Code.fromAsset(join(import.meta.dirname, 'not-packaged'));
  }
  if (!existsSync(zip)) {
    throw new PackageError(`\`${zip}\` does not exist: ${otherwise(folder, architecture)}`);
  }
  const built = architectureOf(zip);
  if (built !== undefined && built !== architecture) {
    throw new PackageError(
      `\`${zip}\` is built for ${built}, and \`tasks.architecture\` is \`${architecture}\`: set it to \`${built}\`, or build with \`make package ARCH=${architecture}\``,
    );
  }
  return lambda.Code.fromAsset(zip);
}

/** The processor that the executable in a zip is built for. A script has none: emulators run scripts too. */
export function architectureOf(zip: string): Architecture | undefined {
  const elf = beginning(zip);
  return elf.length >= 20 && elf.readUInt32BE(0) === 0x7f454c46 ? MACHINES[elf.readUInt16LE(18)] : undefined;
}

/** The advice if the zip is missing. Most often the package was built for the other architecture. */
function otherwise(folder: string, architecture: Architecture): string {
  const other = architecture === 'arm64' ? 'x86_64' : 'arm64';
  const isBuiltForOther = basename(folder) === architecture && existsSync(join(dirname(folder), other, ZIP));
  return isBuiltForOther
    ? `\`make package\` has built for ${other}. Set \`tasks.architecture\` to \`${other}\`, or build with \`make package ARCH=${architecture}\``
    : '`make package` builds it. To check the templates only, use `make synth`';
}

/** The first bytes of the first file in a zip. Source: PKWARE, "APPNOTE", 4.3.7, the local file header. */
function beginning(zip: string): Buffer {
  const head = Buffer.alloc(4096);
  const file = openSync(zip, 'r');
  const length = readSync(file, head, 0, head.length, 0);
  closeSync(file);
  if (length < 30 || head.readUInt32LE(0) !== 0x04034b50) {
    throw new PackageError(`\`${zip}\` is not a zip, or an empty one: \`make package\` builds it again`);
  }
  const data = head.subarray(30 + head.readUInt16LE(26) + head.readUInt16LE(28), length);
  return head.readUInt16LE(8) === 0 ? data : inflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH });
}
