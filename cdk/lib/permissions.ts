/** The permission table: what each role may do, and why, as an auditor reads it. */
import type { Folder } from './folder.ts';
import type { Condition, Task } from './task.ts';

/** The table as a page. */
export function permissionTable(tasks: readonly Task[], folders: readonly Folder[]): string {
  const lines = [
    '# What Redress may do',
    '',
    'Made from `tasks/manifest.json` and the definitions by `node --import tsx scripts/permissions.ts`; a test compares it.',
    'Each task has a role of its own under `/redress/`. Besides what stands here it may write its own log.',
    '',
  ];
  for (const task of tasks) {
    const callers = folders.filter((folder) => folder.placeholders().includes(task.placeholder)).map((folder) => folder.name);
    lines.push(
      `## ${task.name}`,
      '',
      `${task.summary} (${task.nature}; called by ${callers.length > 0 ? callers.join(', ') : 'people and the approval page'})`,
      '',
      '| | actions | on | if | why |',
      '|---|---|---|---|---|',
    );
    for (const { effect, actions, resources, conditions, why } of task.iam) {
      const cells = [effect, code(actions), code(resources), (conditions ?? []).map(condition).join(' and '), why];
      lines.push(`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
    }
    lines.push('');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

function condition({ operator, key, values }: Condition): string {
  return `\`${key}\` ${operator} ${code(values)}`;
}

function code(texts: readonly string[]): string {
  return texts.map((text) => `\`${text}\``).join(', ');
}
