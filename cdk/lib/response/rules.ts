/** The rules that start a response: the files in its folder `rules/`. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fill } from '../text.ts';
import { readJson } from './json.ts';

/** A target of a rule, and the input that it receives. */
export interface RuleTarget {
  readonly Id: string;
  readonly Arn: string;
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: {
    readonly InputPathsMap?: Readonly<Record<string, string>>;
    readonly InputTemplate: string;
  };
}

/** A rule, as its file has it. */
export interface RuleFile {
  /** The name of the file: `cloudtrail` for `rules/cloudtrail.json`. */
  readonly id: string;
  readonly Description: string;
  readonly EventPattern: EventPattern;
  readonly Targets: readonly RuleTarget[];
}

/** An event pattern of EventBridge. */
export interface EventPattern {
  readonly source?: readonly unknown[];
  readonly 'detail-type'?: readonly unknown[];
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** EventBridge allows five targets for a rule. Source: Amazon EventBridge quotas, "Targets". */
const MOST_TARGETS = 5;
const MEMBERS = ['Description', 'EventPattern', 'Targets'];

/** Reads the rules of a folder, sorted by name. */
export function readRules(folder: string): RuleFile[] {
  const old = join(folder, 'rule.json');
  if (existsSync(old)) {
    throw new Error(
      `\`${old}\` is not read: rules are files of \`rules/\`, and parameters are in \`response.json\`. Move it`,
    );
  }
  const rules = join(folder, 'rules');
  const names = existsSync(rules) ? readdirSync(rules).filter((name) => name.endsWith('.json')) : [];
  return names.sort().map((name) => readRule(join(rules, name)));
}

/**
 * A rule that leaves types of findings to other responses (`anything-but`), without those types that none of `others`
 * matches: a finding of such a type would start nothing, and nobody would be told.
 */
export function withoutGaps(rule: RuleFile, others: readonly RuleFile[]): RuleFile {
  const { type, ...rest } = rule.EventPattern.detail ?? {};
  const left = matchers(type).flatMap(leftToOthers);
  const answered = left.filter((prefix) => others.some((other) => answersType(other, prefix)));
  if (answered.length === left.length) {
    return rule;
  }
  const kept = matchers(type).filter((matcher) => leftToOthers(matcher).length === 0);
  const types = answered.length > 0 ? [...kept, { 'anything-but': { prefix: answered } }] : kept;
  const detail = types.length > 0 ? { ...rest, type: types } : rest;
  return { ...rule, EventPattern: { ...rule.EventPattern, detail } };
}

/** The prefixes of the types that a matcher such as `{ "anything-but": { "prefix": "Policy:" } }` leaves to others. */
function leftToOthers(matcher: unknown): string[] {
  const prefix = (matcher as { 'anything-but'?: { prefix?: unknown } })['anything-but']?.prefix;
  return matchers(prefix).filter((one): one is string => typeof one === 'string');
}

/** Whether a rule matches findings whose type begins with `prefix`. */
function answersType({ EventPattern: { detail } }: RuleFile, prefix: string): boolean {
  const begins = (matcher: unknown) =>
    typeof matcher === 'string' ? matcher : (matcher as { prefix?: unknown }).prefix;
  return matchers(detail?.type)
    .map(begins)
    .some((begin) => typeof begin === 'string' && begin.startsWith(prefix));
}

function matchers(field: unknown): readonly unknown[] {
  return field === undefined ? [] : [field].flat();
}

/** The target of a rule that starts the state machine, without an input of its own: it gets the response's. */
export function withInput(target: RuleTarget, inputTemplate: string | undefined): RuleTarget {
  const hasInput =
    target.Input !== undefined || target.InputPath !== undefined || target.InputTransformer !== undefined;
  if (target.Arn !== '${StateMachine}' || hasInput || inputTemplate === undefined) {
    return target;
  }
  return { ...target, InputTransformer: { InputTemplate: inputTemplate } };
}

/** A target with the values of the parameters in its inputs. */
export function filled(target: RuleTarget, values: Readonly<Record<string, string>>): RuleTarget {
  const transformer = target.InputTransformer;
  return {
    ...target,
    ...(target.Input !== undefined && { Input: fill(target.Input, values) }),
    ...(transformer && {
      InputTransformer: { ...transformer, InputTemplate: fill(transformer.InputTemplate, values) },
    }),
  };
}

function readRule(file: string): RuleFile {
  const rule = readJson(file, MEMBERS) as unknown as Omit<RuleFile, 'id'>;
  for (const member of MEMBERS) {
    if (!(member in rule)) {
      throw new Error(
        `\`${file}\` has no \`${member}\`; a rule has ${MEMBERS.map((name) => `\`${name}\``).join(', ')}`,
      );
    }
  }
  const targets = rule.Targets.length;
  if (targets < 1 || targets > MOST_TARGETS) {
    throw new Error(`\`${file}\` has ${targets} targets; a rule has 1 to ${MOST_TARGETS}`);
  }
  return { ...rule, id: basename(file, '.json') };
}
