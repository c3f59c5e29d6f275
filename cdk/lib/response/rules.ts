/** The rules that start a response: the files in its folder `rules/`. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
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
 * A rule that leaves findings to other responses (`anything-but`), without those that none of `others` matches: such a finding
 * would start nothing, and nobody would be told. That holds for every field: types, controls, and those of custom actions.
 */
export function withoutGaps(rule: RuleFile, others: readonly RuleFile[]): RuleFile {
  const types = matchers(rule.EventPattern['detail-type']);
  const alike = others.filter(({ EventPattern: { 'detail-type': other } }) =>
    matchers(other).some((type) => types.includes(type)),
  );
  const { detail, ...rest } = rule.EventPattern;
  const closed = closeGaps(detail ?? {}, [], alike);
  return isDeepStrictEqual(closed, detail ?? {})
    ? rule
    : { ...rule, EventPattern: { ...rest, ...(closed && { detail: closed }) } };
}

type Fields = Readonly<Record<string, unknown>>;

/** A pattern without what it leaves to nobody; nothing if nothing is left of it. */
function closeGaps(pattern: Fields, path: readonly string[], others: readonly RuleFile[]): Fields | undefined {
  const fields = Object.entries(pattern).flatMap(([field, value]): [string, unknown][] => {
    if (field === '$or') {
      const branches = (value as Fields[]).map((branch) => closeGaps(branch, path, others));
      // A branch of which nothing is left matches everything.
      return branches.includes(undefined) ? [] : [[field, branches]];
    }
    const at = [...path, field];
    const kept = isFields(value) ? closeGaps(value, at, others) : closeField(matchers(value), at, others);
    return kept === undefined ? [] : [[field, kept]];
  });
  return fields.length > 0 || Object.keys(pattern).length === 0 ? Object.fromEntries(fields) : undefined;
}

/** The matchers of a field; nothing if it leaves nothing to others any more, since it matches every value then. */
function closeField(
  field: readonly unknown[],
  path: readonly string[],
  others: readonly RuleFile[],
): readonly unknown[] | undefined {
  const answering = others.flatMap(({ EventPattern: { detail } }) => matchersAt(detail ?? {}, path));
  const kept = field.map((matcher) => {
    const left = leftToOthers(matcher);
    const answered = left.filter((one) => answering.some((other) => answers(other, one)));
    return answered.length === left.length ? matcher : answered.length === 0 ? undefined : leaving(answered);
  });
  return kept.includes(undefined) ? undefined : kept;
}

/** What a matcher such as `{ "anything-but": { "prefix": "Policy:" } }` leaves to others: how it is written, and the text. */
interface Left {
  readonly form: 'exact' | 'prefix' | 'wildcard';
  readonly text: string;
}

function leftToOthers(matcher: unknown): Left[] {
  const but = (matcher as { 'anything-but'?: unknown } | undefined)?.['anything-but'];
  const texts = (form: Left['form'], value: unknown) =>
    matchers(value)
      .filter((text): text is string => typeof text === 'string')
      .map((text): Left => ({ form, text }));
  return isFields(but) ? [...texts('prefix', but.prefix), ...texts('wildcard', but.wildcard)] : texts('exact', but);
}

/** The matcher that leaves these to others. They are of one form, as those of the matcher that they come from. */
function leaving(left: readonly Left[]): unknown {
  const texts = left.map(({ text }) => text);
  const [first] = left;
  return { 'anything-but': first!.form === 'exact' ? texts : { [first!.form]: texts } };
}

/** Whether a matcher of another rule matches what is left to it. */
function answers(matcher: unknown, { form, text }: Left): boolean {
  const begins = typeof matcher === 'string' ? matcher : (matcher as { prefix?: unknown }).prefix;
  switch (form) {
    case 'exact':
      return matcher === text;
    case 'prefix':
      return typeof begins === 'string' && begins.startsWith(text);
    case 'wildcard':
      return (matcher as { wildcard?: unknown }).wildcard === text;
  }
}

/** The matchers of the field at this path, in the branches of `$or` as well. */
function matchersAt(pattern: Fields, [field, ...rest]: readonly string[]): readonly unknown[] {
  const branches = matchers(pattern.$or).flatMap((branch) => matchersAt(branch as Fields, [field!, ...rest]));
  const value = pattern[field!];
  const here = rest.length === 0 ? matchers(value) : isFields(value) ? matchersAt(value, rest) : [];
  return [...here, ...branches];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
