/** A workflow as a folder of `statemachines/`: its definition, and the rules that start it. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { REPOSITORY, fill } from './task.ts';

/** A value that an installation sets: `${Mode}` in the targets of a rule. */
export interface Parameter {
  readonly Description: string;
  readonly Default: string | number;
  readonly AllowedValues?: readonly (string | number)[];
  readonly MinValue?: number;
  readonly MaxValue?: number;
}

/** Whom a rule tells, and what the target gets. */
export interface RuleTarget {
  readonly Id: string;
  readonly Arn: string;
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: { readonly InputPathsMap?: Readonly<Record<string, string>>; readonly InputTemplate: string };
}

/** A rule as its file says. */
export interface RuleFile {
  /** The name of the file: `rule`, or `cloudtrail` of `rules/cloudtrail.json`. */
  readonly id: string;
  readonly Description: string;
  readonly Parameters: Readonly<Record<string, Parameter>>;
  readonly EventPattern: EventPattern;
  readonly Targets: readonly RuleTarget[];
}

/** An event pattern, as EventBridge takes it. */
export interface EventPattern {
  readonly source?: readonly unknown[];
  readonly 'detail-type'?: readonly unknown[];
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** Values of parameters, by name. */
export type Values = Readonly<Record<string, string | number>>;

/** EventBridge takes five targets for a rule. Source: Amazon EventBridge quotas, "Targets". */
const MOST_TARGETS = 5;

/** What a state has that is looked at here. */
interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Arguments?: { readonly FunctionName?: string };
  readonly Branches?: readonly { readonly States: Readonly<Record<string, State>> }[];
  readonly ItemProcessor?: { readonly States: Readonly<Record<string, State>> };
}

/** A Task state of a definition, and the placeholder of the function that it calls. */
export interface Call {
  readonly state: string;
  readonly placeholder: string;
  /** Whether it waits for a person. */
  readonly waits: boolean;
}

/** A workflow that was read from its folder. */
export class Folder {
  /** The folder's name, which is the state machine's. */
  readonly name: string;
  /** The definition's text, with its placeholders. */
  readonly definition: string;
  readonly rules: readonly RuleFile[];
  private readonly states: Readonly<Record<string, State>>;

  constructor(readonly path: string) {
    this.name = basename(path);
    const file = join(path, 'definition.asl.json');
    if (!existsSync(file)) {
      throw new Error(`\`${path}\` is no workflow: it has no \`definition.asl.json\``);
    }
    this.definition = readFileSync(file, 'utf8');
    const definition = parse(file, this.definition) as { TimeoutSeconds?: unknown; States: Record<string, State> };
    // CDK drops the timeout of a state machine with a definition of its own without a word, so it must stand in the file.
    if (typeof definition.TimeoutSeconds !== 'number') {
      throw new Error(`\`${file}\` needs \`TimeoutSeconds\`: an execution without it may wait for a year`);
    }
    this.states = definition.States;
    this.rules = readRules(path);
    if (this.rules.length === 0) {
      throw new Error(`\`${path}\` has neither \`rule.json\` nor \`rules/\`: nothing would start it`);
    }
  }

  /** All calls of functions, in the order of the definition, those in branches and maps with them. */
  calls(): Call[] {
    return callsOf(this.states);
  }

  /** The placeholders of the functions that it calls, each once. */
  placeholders(): string[] {
    return [...new Set(this.calls().map((call) => call.placeholder))];
  }
}

/** Reads every workflow of a folder, sorted by name. */
export function readFolders(path = join(REPOSITORY, 'statemachines')): Folder[] {
  const folders = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map((entry) => new Folder(join(path, entry.name))).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The value of each parameter of a rule: what the installation sets, or the default. */
export function settle(rule: RuleFile, set: Values): Record<string, string> {
  const settled: Record<string, string> = {};
  for (const [name, parameter] of Object.entries(rule.Parameters)) {
    const value = set[name] ?? parameter.Default;
    if (parameter.AllowedValues && !parameter.AllowedValues.includes(value)) {
      throw new Error(`\`${name}\` cannot be \`${value}\`; it can be ${list(parameter.AllowedValues)}`);
    }
    if (typeof parameter.Default === 'number') {
      const [least, most] = [parameter.MinValue ?? 0, parameter.MaxValue ?? Number.MAX_SAFE_INTEGER];
      if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
        throw new Error(`\`${name}\` cannot be \`${value}\`; it is a whole number from ${least} to ${most}`);
      }
    }
    settled[name] = String(value);
  }
  const unknown = Object.keys(set).find((name) => !(name in rule.Parameters));
  if (unknown !== undefined) {
    throw new Error(`there is no parameter \`${unknown}\`; there are ${list(Object.keys(rule.Parameters))}`);
  }
  return settled;
}

/** A target with its parameters filled in. `arns` says what `${StateMachine}` and the like stand for. */
export function filled(target: RuleTarget, values: Record<string, string>, arns: Record<string, string>): RuleTarget {
  const transformer = target.InputTransformer;
  return {
    ...target,
    Arn: fill(target.Arn, { ...values, ...arns }),
    ...(target.Input !== undefined && { Input: fill(target.Input, values) }),
    ...(transformer && { InputTransformer: { ...transformer, InputTemplate: fill(transformer.InputTemplate, values) } }),
  };
}

function readRules(path: string): RuleFile[] {
  const one = join(path, 'rule.json');
  const several = join(path, 'rules');
  const files = existsSync(one) ? [one] : [];
  if (existsSync(several)) {
    const names = readdirSync(several).filter((name) => name.endsWith('.json'));
    files.push(...names.sort().map((name) => join(several, name)));
  }
  return files.map((file) => {
    const rule = parse(file, readFileSync(file, 'utf8')) as Omit<RuleFile, 'id'>;
    const targets = rule.Targets?.length ?? 0;
    if (targets < 1 || targets > MOST_TARGETS) {
      throw new Error(`\`${file}\` has ${targets} targets; a rule has 1 to ${MOST_TARGETS}`);
    }
    return { ...rule, Parameters: rule.Parameters ?? {}, id: basename(file, '.json') };
  });
}

function callsOf(states: Readonly<Record<string, State>>): Call[] {
  return Object.entries(states).flatMap(([state, body]) => {
    const inner = [...(body.Branches ?? []), ...(body.ItemProcessor ? [body.ItemProcessor] : [])];
    const calls = inner.flatMap((branch) => callsOf(branch.States));
    const placeholder = /^\$\{(\w+)\}$/.exec(body.Arguments?.FunctionName ?? '')?.[1];
    if (placeholder !== undefined) {
      calls.unshift({ state, placeholder, waits: body.Resource?.endsWith('.waitForTaskToken') ?? false });
    }
    return calls;
  });
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`\`${file}\` is not JSON: ${(error as Error).message}`);
  }
}

function list(values: readonly (string | number)[]): string {
  return values.map((value) => `\`${value}\``).join(', ');
}
