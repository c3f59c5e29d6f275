/** What `tasks/manifest.json` says of the tasks. The manifest is generated from the contract; nothing here adds to it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A condition of a statement: `{"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["case#*"]}}`. */
export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** A statement of a task's role, and why the task needs it. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  /** With the placeholders `${Partition}`, `${Account}`, `${CaseTable}` and so on. */
  readonly resources: readonly string[];
  readonly conditions?: readonly Condition[];
  readonly why: string;
}

/** An environment variable that need not be set. */
export interface Setting {
  readonly name: string;
  readonly default: string;
  readonly meaning: string;
}

/** A task, as its declaration says. */
export interface Task {
  /** The binary, and the function: `contain-role`. */
  readonly name: string;
  /** What a definition calls it by: `ContainRole` in `${ContainRole}`. */
  readonly placeholder: string;
  readonly summary: string;
  readonly nature: 'Look' | 'Tell' | 'Ask' | 'Act' | 'Undo';
  /** How long one invocation may take, in seconds. */
  readonly timeoutSeconds: number;
  /** How much memory it has, in MiB. */
  readonly memoryMiB: number;
  /** The environment variables without which it does not start. */
  readonly environment: readonly string[];
  readonly settings?: readonly Setting[];
  readonly iam: readonly Statement[];
  readonly errors: readonly string[];
}

/** The root of the repository, from which workflows, manifest and binaries are read. */
export const REPOSITORY = join(import.meta.dirname, '..', '..');

/** Reads the manifest. */
export function readTasks(file = join(REPOSITORY, 'tasks', 'manifest.json')): Task[] {
  if (!existsSync(file)) {
    throw new Error(`\`${file}\` is not there: it is the list of tasks, written by \`make golden\``);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Task[];
}

/** Whether a task changes what a finding is about. Those tasks run few at a time. */
export function changes(task: Task): boolean {
  return task.nature === 'Act' || task.nature === 'Undo';
}

/** The placeholder of the response roles in member accounts. */
export const MEMBER_ROLES = '${MemberRoles}';

/** Whether a task looks or acts in member accounts too. */
export function reachesMembers(task: Task): boolean {
  return task.iam.some((statement) => statement.effect === 'Allow' && statement.resources.includes(MEMBER_ROLES));
}

/** The conditions of a statement, as IAM writes them. */
export function conditionsOf(statement: Statement): Record<string, Record<string, string[]>> {
  const conditions: Record<string, Record<string, string[]>> = {};
  for (const { operator, key, values } of statement.conditions ?? []) {
    conditions[operator] = { ...conditions[operator], [key]: [...values] };
  }
  return conditions;
}

/** Fills `${Name}` in a text; a placeholder that nobody fills would be a statement that never applies. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(\w+)\}/g, (placeholder, name: string) => {
    const value = values[name];
    if (value === undefined) {
      const known = Object.keys(values).map((known) => `\`\${${known}}\``).join(', ');
      throw new Error(`\`${placeholder}\` in \`${text}\` stands for nothing; known are ${known}`);
    }
    return value;
  });
}
