/** A response as a folder of `statemachines/`: its workflow, its parameters, and the rules that start it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { REPOSITORY, type Task } from '../task.ts';
import { list, onlyPlaceholder, pascal, placeholders } from '../text.ts';
import { type Call, callsOf, type States } from './definition.ts';
import { parseJson, readJson } from './json.ts';
import { matches } from './matching.ts';
import { merged, type ParameterFields, type Parameters } from './parameters.ts';
import { type RuleFile, readRules, withoutGaps } from './rules.ts';
import { type Lowest, withSeverity } from './severity.ts';

/** The file that declares a response. */
const RESPONSE = 'response.json';
/** The definition: in the folder of a shape, or of a response that has its own. */
const DEFINITION = 'definition.asl.json';
/** The kinds that only tell, and those whose events they can tell people about where no response answers them. */
const TOLD_INSTEAD: Readonly<Record<string, readonly string[]>> = { 'iam-activity': ['permissions-boundary'] };
/** The folder of the shapes, beside the folders of the responses. */
const SHAPES = 'shapes';

const RESPONSE_MEMBERS = ['title', 'description', 'shape', 'kind', 'parameters', 'inputTemplate'];
const SHAPE_MEMBERS = ['description', 'parameters', 'inputTemplate'];

/** The members of `response.json`, and of `shape.json`. */
interface Declared {
  readonly title?: string;
  readonly description?: string;
  readonly shape?: string;
  readonly kind?: string;
  readonly parameters?: ParameterFields;
  readonly inputTemplate?: string;
}

/** A task that a response calls. */
export interface CalledTask {
  readonly placeholder: string;
  readonly task: Task;
  /** The name of its function, without the installation's prefix. A step has a function for each response. */
  readonly functionName: string;
  readonly isCommon: boolean;
}

/** A response, read from its folder. */
export class Response {
  /** The name of the folder, which is also the state machine's. */
  readonly name: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  /** The kind decides which tasks the steps are. */
  readonly kind: string | undefined;
  /** The folder of the shape, if the definition is not the response's own. */
  readonly shape: string | undefined;
  /** The text of the definition, with its placeholders. */
  readonly definition: string;
  readonly parameters: Parameters;
  /** The input of the state machine for targets of rules that have none. */
  readonly inputTemplate: string | undefined;
  readonly rules: readonly RuleFile[];
  /** Recorded events that its rules take, by the names of their files. */
  readonly events: readonly object[];
  private readonly states: States;
  private readonly definitionFile: string;

  constructor(
    readonly folder: string,
    shapes = join(dirname(folder), SHAPES),
  ) {
    this.name = basename(folder);
    const file = join(folder, RESPONSE);
    const own = existsSync(file) ? declared(file) : {};
    this.shape = shapeOf(folder, own, shapes);
    const ofShape: Declared = this.shape === undefined ? {} : readJson(join(this.shape, 'shape.json'), SHAPE_MEMBERS);
    this.title = own.title;
    this.description = own.description;
    this.kind = own.kind;
    this.inputTemplate = own.inputTemplate ?? ofShape.inputTemplate;
    this.parameters = naming(file, () => merged(ofShape.parameters ?? {}, own.parameters ?? {}));
    const unknown = placeholders(this.inputTemplate ?? '').find((name) => !(name in this.parameters));
    if (unknown !== undefined) {
      const from = own.inputTemplate === undefined ? join(this.shape!, 'shape.json') : file;
      throw new Error(
        `\`${from}\`: \`inputTemplate\` has \`\${${unknown}}\`, which is not a parameter; the parameters are ${list(Object.keys(this.parameters))}`,
      );
    }
    this.definitionFile = join(this.shape ?? folder, DEFINITION);
    this.definition = readFileSync(this.definitionFile, 'utf8');
    const definition = parseJson(this.definitionFile, this.definition) as { TimeoutSeconds?: unknown; States: States };
    // CDK ignores its own `timeout` for a definition from a file.
    if (typeof definition.TimeoutSeconds !== 'number') {
      throw new Error(
        `\`${this.definitionFile}\` has no \`TimeoutSeconds\`: an execution could wait for a year. Add it`,
      );
    }
    this.states = definition.States;
    this.rules = readRules(folder);
    this.events = readEvents(folder);
  }

  /**
   * This response beside the others that are deployed: its rules leave nothing to responses that are not there, and if it
   * can tell people about the events of one of these, it has that one's rules too.
   */
  beside(deployed: readonly Response[], known: readonly Response[]): Response {
    const others = deployed.filter(({ name }) => name !== this.name).flatMap((other) => other.rules);
    const told = TOLD_INSTEAD[this.kind ?? ''] ?? [];
    const missing = told.filter((kind) => !deployed.some((other) => other.kind === kind));
    const instead = known.filter(({ kind }) => missing.includes(kind ?? ''));
    const rules = [
      ...this.rules.map((rule) => withoutGaps(rule, others)),
      ...instead.flatMap(({ rules }) => rules.map((rule) => ({ ...rule, id: `instead-${rule.id}` }))),
    ];
    const events = [...this.events, ...instead.flatMap(({ events }) => events)];
    const copy: Response = Object.create(Response.prototype);
    return Object.assign(copy, this, { rules, events });
  }

  /** A recorded event that a rule matches, if there is one. */
  exampleOf(rule: RuleFile): object | undefined {
    return this.events.find((event) => matches(rule.EventPattern, event));
  }

  /** This response for findings of these severities and above, where its rules tell findings apart by their severity. */
  from(lowest: Lowest): Response {
    const copy: Response = Object.create(Response.prototype);
    return Object.assign(copy, this, { rules: this.rules.map((rule) => withSeverity(rule, lowest)) });
  }

  /** Every call of a function, in the order of the definition. Calls in branches and maps are included. */
  calls(): Call[] {
    return callsOf(this.states);
  }

  /** The values of `${Kind}` and `${Title}`, as far as the definition has them. */
  texts(): Record<string, string> {
    const values: Record<string, string | undefined> = { Kind: this.kind, Title: this.title };
    const used = placeholders(this.definition).filter((name) => name in values);
    return Object.fromEntries(
      used.map((name) => {
        const value = values[name];
        if (value === undefined) {
          throw new Error(
            `\`${this.definitionFile}\` has \`\${${name}}\`, and \`${join(this.folder, RESPONSE)}\` has no \`${name.toLowerCase()}\`. Add it`,
          );
        }
        return [name, value];
      }),
    );
  }

  /** The tasks that the definition and the rules' targets name, by placeholder. */
  tasks(manifest: readonly Task[]): CalledTask[] {
    const targets = this.rules.flatMap((rule) => rule.Targets.map((target) => onlyPlaceholder(target.Arn)));
    const inRules = targets.filter(
      (name) => name !== undefined && name !== 'StateMachine' && name !== 'Topic',
    ) as string[];
    const names = [...new Set([...placeholders(this.definition), ...inRules])].filter(
      (name) => name !== 'Kind' && name !== 'Title' && !(name in this.parameters),
    );
    return names.map((placeholder) => this.task(placeholder, manifest));
  }

  private task(placeholder: string, manifest: readonly Task[]): CalledTask {
    const task =
      manifest.find(
        (task) => task.placeholder === placeholder && (task.kind === undefined || task.kind === this.kind),
      ) ??
      // A definition of its own can name a step of any kind: `${IamPolicyLook}`.
      (this.shape === undefined ? manifest.find((task) => pascal(task.name) === placeholder) : undefined);
    if (!task) {
      const known = manifest
        .filter((task) => task.kind === undefined || task.kind === this.kind)
        .map((task) => task.placeholder);
      const kind = this.kind === undefined ? '' : ` of the kind \`${this.kind}\``;
      throw new Error(
        `\`${this.definitionFile}\`: \`\${${placeholder}}\` names no task${kind}; for \`${this.name}\` there are ${list(known)}`,
      );
    }
    const step = task.kind === this.kind && task.step !== undefined ? task.step : task.name;
    const isCommon = task.kind === undefined;
    return { placeholder, task, functionName: isCommon ? task.name : `${this.name}-${step}`, isCommon };
  }
}

/** Reads every response of a folder, sorted by name. A folder that declares none is skipped, unless it has rules. */
export function readResponses(path = join(REPOSITORY, 'statemachines'), shapes?: string): Response[] {
  const folders = readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== SHAPES)
    .map((entry) => join(path, entry.name))
    .filter((folder) => [RESPONSE, DEFINITION, 'rules', 'rule.json'].some((name) => existsSync(join(folder, name))));
  return folders.map((folder) => new Response(folder, shapes)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function declared(file: string): Declared {
  const own: Declared = readJson(file, RESPONSE_MEMBERS);
  if (typeof own.title !== 'string' || own.title.trim() === '') {
    throw new Error(`\`${file}\` has no \`title\`. Add one: it is shown in the console and in messages`);
  }
  return own;
}

/** The folder of the shape; nothing for a response with a definition of its own. */
function shapeOf(folder: string, { shape, kind }: Declared, shapes: string): string | undefined {
  const file = join(folder, RESPONSE);
  const hasDefinition = existsSync(join(folder, DEFINITION));
  if (shape === undefined) {
    if (!hasDefinition) {
      const what = existsSync(file) ? 'has no `shape`' : 'does not exist';
      throw new Error(`\`${file}\` ${what}, and there is no \`${DEFINITION}\` beside it. Add one of the two`);
    }
    return undefined;
  }
  if (hasDefinition) {
    throw new Error(
      `\`${file}\` names the shape \`${shape}\`, and there is a \`${DEFINITION}\` beside it. Remove one of the two`,
    );
  }
  const known = readdirSync(shapes).filter((name) => existsSync(join(shapes, name, DEFINITION)));
  if (!known.includes(shape)) {
    throw new Error(`\`${file}\` names the shape \`${shape}\`; \`${shapes}\` has ${list(known)}`);
  }
  if (kind === undefined) {
    throw new Error(
      `\`${file}\` has a \`shape\` and no \`kind\`. Add \`kind\`: it decides which tasks the shape calls`,
    );
  }
  return join(shapes, shape);
}

/** The recorded events of a folder, sorted by name, without those that its rules ignore. */
function readEvents(folder: string): object[] {
  const events = join(folder, 'events');
  const names = existsSync(events) ? readdirSync(events) : [];
  return names
    .filter((name) => name.endsWith('.json') && !name.startsWith('ignored-'))
    .sort()
    .map((name) => readJson(join(events, name)));
}

/** Puts the name of a file in front of an error. */
function naming<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`\`${file}\`: ${(error as Error).message}`);
  }
}
