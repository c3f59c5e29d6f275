/** `node --import tsx scripts/permissions.ts`: writes `PERMISSIONS.md` from the manifest and the definitions. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFolders } from '../lib/folder.ts';
import { permissionTable } from '../lib/permissions.ts';
import { readTasks } from '../lib/task.ts';

writeFileSync(join(import.meta.dirname, '..', 'PERMISSIONS.md'), permissionTable(readTasks(), readFolders()));
