/** The cost of an installation: idle in a month, and for each finding, from its templates, definitions and scenarios. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from './package.ts';
import type { Response } from './response/response.ts';
import type { Task } from './task.ts';

/** The items of the bill, by their names in `scripts/prices.json`. */
const PRICED = [
  'stepFunctionsTransition',
  'lambdaRequest',
  'lambdaGbSecondArm64',
  'lambdaGbSecondX86',
  'dynamodbWrite',
  'snsPublish',
  'snsEmail',
  'logGb',
  'alarmMetric',
  'customMetric',
  'dashboard',
  'kmsKey',
  'customEvent',
  'trace',
] as const;

/** Prices in dollars, by item. */
export type Prices = Readonly<Record<(typeof PRICED)[number], number>>;

/** A price in the file, with its source. */
export interface Price {
  readonly dollars: number;
  readonly per: string;
  /** The page that has the price, and its date if it has one. */
  readonly source: string;
  readonly dated: string;
  /** `by AWS` on its own page, or `by others` if the table of AWS's page could not be read. */
  readonly said: 'by AWS' | 'by others';
  readonly note?: string;
}

/** The file of prices. */
export interface PriceFile {
  readonly region: string;
  /** The day on which the sources were read. */
  readonly looked: string;
  readonly prices: Readonly<Record<string, Price>>;
}

/** Reads the file of prices. It must have exactly the items of the bill. */
export function readPrices(file: string): { readonly file: PriceFile; readonly prices: Prices } {
  const read = JSON.parse(readFileSync(file, 'utf8')) as PriceFile;
  const [has, wants] = [Object.keys(read.prices).sort(), [...PRICED].sort()];
  if (has.join() !== wants.join()) {
    throw new Error(`\`${file}\` has the prices ${has.join(', ')}, and it must have ${wants.join(', ')}`);
  }
  return { file: read, prices: Object.fromEntries(PRICED.map((name) => [name, read.prices[name]!.dollars])) as Prices };
}

/** One line of a bill. */
export interface Line {
  readonly what: string;
  readonly count: number;
  readonly dollars: number;
}

/** Assumptions for what the definitions do not contain. They are generous, so that the real bill is smaller. */
export const ASSUMED = {
  /** The duration of an invocation, in seconds: a few calls to AWS. */
  seconds: 0.5,
  /** The log lines of one state, of its workflow and its task, in bytes. */
  logBytes: 3000,
  /** Reads and writes of the case table in an invocation. */
  tableCalls: 2,
} as const;

const HOURS_OF_A_MONTH = 730;

/** The scenarios that show the usual runs of a response. */
const USUAL = ['planned', 'changed', 'undone', 'for-people', 'denied', 'told'];

/** The scenarios of a response, sorted: its own, and those of its shape as `shape/<name>`. */
export function scenariosOf(response: Response): string[] {
  const names = (folder: string | undefined) => {
    const scenarios = folder === undefined ? undefined : join(folder, 'scenarios');
    return scenarios !== undefined && existsSync(scenarios)
      ? readdirSync(scenarios)
          .filter((file) => file.endsWith('.json'))
          .map((file) => file.replace(/\.json$/, ''))
          .sort()
      : [];
  };
  return [...names(response.folder), ...names(response.shape).map((name) => `shape/${name}`)];
}

/** The scenarios of the usual runs of a response, or all that have a path if it has none of those. */
export function usualRuns(response: Response): string[] {
  const all = scenariosOf(response).filter((scenario) => pathOf(response, scenario).length > 0);
  const usual = all.filter((scenario) => USUAL.includes(scenario.replace(/^shape\//, '')));
  return usual.length > 0 ? usual : all;
}

/** The states that a scenario expects, those in branches too. It is empty if the scenario inherits the path of another. */
export function pathOf(response: Response, scenario: string): string[] {
  const [folder, name] = scenario.startsWith('shape/')
    ? [response.shape!, scenario.slice('shape/'.length)]
    : [response.folder, scenario];
  const { expect } = JSON.parse(readFileSync(join(folder, 'scenarios', `${name}.json`), 'utf8')) as {
    expect?: { path?: unknown };
  };
  return Array.isArray(expect?.path) ? expect.path.flatMap(statesOf) : [];
}

/** The parts of an installation that decide the cost of runs. */
export interface Installation {
  readonly tasks: readonly Task[];
  readonly architecture: Architecture;
  /** The number of people who receive each message by e-mail. */
  readonly emails: number;
}

/** The cost of one run along a path. */
export function runCost(
  response: Response,
  path: readonly string[],
  prices: Prices,
  { tasks, architecture, emails }: Installation,
): Line[] {
  const calls = new Map(response.calls().map((call) => [call.state, call.placeholder]));
  const memory = new Map(response.tasks(tasks).map(({ placeholder, task }) => [placeholder, task.memoryMiB]));
  const invoked = path.map((state) => calls.get(state)).filter((placeholder) => placeholder !== undefined);
  const told = invoked.filter((placeholder) => placeholder === 'Notify' || placeholder === 'RequestApproval').length;
  const gbSeconds = invoked.reduce(
    (sum, placeholder) => sum + (ASSUMED.seconds * (memory.get(placeholder) ?? 0)) / 1024,
    0,
  );
  // A run has a transition for each state, and one into the first.
  const transitions = path.length + 1;
  return [
    line('transitions of Step Functions', transitions, prices.stepFunctionsTransition),
    line('traces', 1, prices.trace),
    line('invocations of Lambda', invoked.length, prices.lambdaRequest),
    line(
      'GB-seconds of Lambda',
      gbSeconds,
      architecture === 'arm64' ? prices.lambdaGbSecondArm64 : prices.lambdaGbSecondX86,
    ),
    line('reads and writes of the case table', invoked.length * ASSUMED.tableCalls, prices.dynamodbWrite),
    line('messages', told, prices.snsPublish),
    line('e-mails', told * emails, prices.snsEmail),
    line('GB of logs', (path.length * ASSUMED.logBytes) / 1e9, prices.logGb),
  ];
}

/** The cost of templates in a month without a finding. */
export function idleCost(
  // biome-ignore lint/suspicious/noExplicitAny: each resource type has properties of its own.
  templates: readonly { Resources: Record<string, { Type: string; Properties?: any }> }[],
  prices: Prices,
): Line[] {
  const resources = templates.flatMap((template) => Object.values(template.Resources));
  const of = (type: string) => resources.filter((resource) => resource.Type === type);
  const alarmMetrics = of('AWS::CloudWatch::Alarm').reduce(
    (sum, alarm) =>
      sum + (alarm.Properties.Metrics?.filter((metric: { MetricStat?: unknown }) => metric.MetricStat).length ?? 1),
    0,
  );
  // Several filters can count into one metric.
  const counted = new Set(
    of('AWS::Logs::MetricFilter').map((filter) => filter.Properties.MetricTransformations[0].MetricName as string),
  );
  return [
    line('metrics that alarms watch', alarmMetrics, prices.alarmMetric),
    line('metrics counted in logs, at most', counted.size, prices.customMetric),
    line('dashboards', of('AWS::CloudWatch::Dashboard').length, prices.dashboard),
    line('customer managed keys', of('AWS::KMS::Key').length, prices.kmsKey),
  ];
}

/** The number of the canary's runs in a month. */
export function canaryRuns(everyMinutes: number): number {
  return (HOURS_OF_A_MONTH * 60) / everyMinutes;
}

/** The sum of a bill. */
export function sum(lines: readonly Line[]): number {
  return lines.reduce((total, { dollars }) => total + dollars, 0);
}

function line(what: string, count: number, price: number): Line {
  return { what, count, dollars: count * price };
}

/** A state of a path, or the states of its branches, at any depth. */
function statesOf(step: unknown): string[] {
  if (typeof step === 'string') {
    return [step];
  }
  return step !== null && typeof step === 'object'
    ? Object.entries(step).flatMap(([name, inner]) => [...(Array.isArray(step) ? [] : [name]), ...statesOf(inner)])
    : [];
}
