/** The permission table for auditors: the statements of each role, with their reasons. */
import type { Response } from './response/response.ts';
import type { Condition, Task } from './task.ts';

/** The table as a page. */
export function permissionTable(tasks: readonly Task[], responses: readonly Response[]): string {
  const lines = [
    '# Permissions of Redress',
    '',
    'Generated from `tasks/manifest.json` and the responses by `make golden`; a test compares it.',
    'Each function has a role of its own under `/redress/`: a common task has one, a step of a kind has one for each response.',
    'Besides these statements a role may write its own log.',
    '',
  ];
  const calls = responses.flatMap((response) =>
    response.tasks(tasks).map((call) => ({ ...call, response: response.name })),
  );
  for (const task of tasks) {
    const callers = calls.filter((call) => call.task === task);
    const functions = [...new Set(callers.filter((call) => !call.isCommon).map((call) => `\`${call.functionName}\``))];
    const names = [...new Set(callers.map((call) => call.response))];
    const by =
      functions.length > 0
        ? functions.join(', ')
        : names.length > 0
          ? `called by ${names.join(', ')}`
          : task.kind === undefined
            ? 'called by people and the approval page'
            : 'no response uses it';
    lines.push(
      `## ${task.name}`,
      '',
      `${task.summary} (${task.nature}; ${by})`,
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
