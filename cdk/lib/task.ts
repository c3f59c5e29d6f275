/** The tasks, as `tasks/manifest.json` describes them. The manifest is generated from the code; nothing here adds to it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onlyPlaceholder } from './text.ts';

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
  /** With placeholders such as `${Partition}`, `${Account}` and `${CaseTable}`. */
  readonly resources: readonly string[];
  readonly conditions?: readonly Condition[];
  readonly why: string;
}

/** An optional environment variable. */
export interface Setting {
  readonly name: string;
  readonly default: string;
  readonly meaning: string;
}

/** A task: common to all responses, or a step of a kind of response. */
export interface Task {
  /** The handler by which the executable picks the task: `open-case`, or `iam-policy-change` for a step. */
  readonly name: string;
  /** The name in definitions, without `${}`: `OpenCase`, or `Change` for a step of the response's kind. */
  readonly placeholder: string;
  /** The kind of response that the step belongs to; a common task has none. */
  readonly kind?: string;
  /** The name of the step: `change`. */
  readonly step?: string;
  readonly summary: string;
  readonly nature: 'Look' | 'Tell' | 'Ask' | 'Act' | 'Undo';
  /** How long one invocation may take, in seconds. */
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  /** The environment variables that the task requires. */
  readonly environment: readonly string[];
  readonly settings?: readonly Setting[];
  readonly iam: readonly Statement[];
  readonly errors: readonly string[];
}

/** The root of the repository, from which responses, manifest and package are read. */
export const REPOSITORY = join(import.meta.dirname, '..', '..');

/** Reads the manifest. */
export function readTasks(file = join(REPOSITORY, 'tasks', 'manifest.json')): Task[] {
  if (!existsSync(file)) {
    throw new Error(`\`${file}\` does not exist. It lists the tasks; \`make golden\` writes it`);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Task[];
}

/** Whether a task changes the target of a finding. Few invocations of such a task run at a time. */
export function changes(task: Task): boolean {
  return task.nature === 'Act' || task.nature === 'Undo';
}

/** The placeholders of the response roles in member accounts: of the tasks that look, and of those that act. */
export const MEMBER_ROLES = '${MemberRoles}';
export const ACTING_MEMBER_ROLES = '${ActingMemberRoles}';

/** Whether a task works in member accounts too, with one of these roles [default: with any]. */
export function reachesMembers(task: Task, roles: readonly string[] = [MEMBER_ROLES, ACTING_MEMBER_ROLES]): boolean {
  return task.iam.some(
    ({ effect, resources }) => effect === 'Allow' && resources.some((resource) => roles.includes(resource)),
  );
}

/**
 * The conditions of a statement in IAM's notation. `known` has the values of placeholders, by name. There are none if a
 * condition has no value: the installation has nothing that the statement is about, so it must be left out.
 */
export function conditionsOf(
  statement: Statement,
  known: Readonly<Record<string, readonly string[]>> = {},
): Record<string, Record<string, string[]>> | undefined {
  const conditions: Record<string, Record<string, string[]>> = {};
  for (const { operator, key, values } of statement.conditions ?? []) {
    const filled = values.flatMap((value) => known[onlyPlaceholder(value) ?? ''] ?? [value]);
    if (filled.length === 0) {
      return undefined;
    }
    conditions[operator] = { ...conditions[operator], [key]: filled };
  }
  return conditions;
}
