/** What an installation costs: idle in a month, and for each finding, from its templates, definitions and scenarios. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Folder } from './folder.ts';
import type { Architecture } from './package.ts';
import type { Task } from './task.ts';

/** What is paid for, each by what it is called in `scripts/prices.json`. */
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

/** Prices in dollars, by what is paid for. */
export type Prices = Readonly<Record<(typeof PRICED)[number], number>>;

/** A price as the file has it: for what, and who says so. */
export interface Price {
  readonly dollars: number;
  readonly per: string;
  /** The page that says so, and its date, where it has one. */
  readonly source: string;
  readonly dated: string;
  /** `by AWS`, on its own page, or `by others`, where the table of AWS's page could not be read. */
  readonly said: 'by AWS' | 'by others';
  readonly note?: string;
}

/** The file of prices. */
export interface PriceFile {
  readonly region: string;
  /** The day on which the sources were looked at. */
  readonly looked: string;
  readonly prices: Readonly<Record<string, Price>>;
}

/** Reads the file of prices: each that is wanted, and no other. */
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

/** What is assumed where the definitions say nothing: generous, so that the bill is smaller. */
export const ASSUMED = {
  /** One invocation of a task, in seconds: a few calls to AWS. */
  seconds: 0.5,
  /** What one state writes into the logs of its workflow and of its task, in bytes. */
  logBytes: 3000,
  /** Reads and writes of the case table for an invocation. */
  tableCalls: 2,
} as const;

const HOURS_OF_A_MONTH = 730;

/** The path of a scenario that says how a run goes: each state that is entered, those of branches with them. */
export function pathOf(folder: Folder, scenario: string): string[] {
  const read = (name: string) => JSON.parse(readFileSync(join(folder.path, 'scenarios', `${name}.json`), 'utf8')) as { expect?: { path?: unknown } };
  const path = read(scenario).expect?.path;
  if (!Array.isArray(path)) {
    throw new Error(`the scenario \`${scenario}\` of \`${folder.name}\` says no path`);
  }
  return path.flatMap(statesOf);
}

/** The scenarios of a workflow, sorted. */
export function scenariosOf(folder: Folder): string[] {
  return readdirSync(join(folder.path, 'scenarios')).map((file) => file.replace(/\.json$/, '')).sort();
}

/** What runs cost, besides the prices. */
export interface Installation {
  readonly tasks: readonly Task[];
  readonly architecture: Architecture;
  /** How many people get each message by e-mail. */
  readonly emails: number;
}

/** What one run along a path costs. */
export function runCost(folder: Folder, path: readonly string[], prices: Prices, { tasks, architecture, emails }: Installation): Line[] {
  const calls = new Map(folder.calls().map((call) => [call.state, call.placeholder]));
  const memory = new Map(tasks.map((task) => [task.placeholder, task.memoryMiB]));
  const invoked = path.map((state) => calls.get(state)).filter((placeholder) => placeholder !== undefined);
  const told = invoked.filter((placeholder) => placeholder === 'Notify' || placeholder === 'RequestApproval').length;
  const gbSeconds = invoked.reduce((sum, placeholder) => sum + (ASSUMED.seconds * (memory.get(placeholder) ?? 0)) / 1024, 0);
  // A run has a transition for each state, and one into the first.
  const transitions = path.length + 1;
  return [
    line('transitions of Step Functions', transitions, prices.stepFunctionsTransition),
    line('traces', 1, prices.trace),
    line('invocations of Lambda', invoked.length, prices.lambdaRequest),
    line('GB-seconds of Lambda', gbSeconds, architecture === 'arm64' ? prices.lambdaGbSecondArm64 : prices.lambdaGbSecondX86),
    line('reads and writes of the case table', invoked.length * ASSUMED.tableCalls, prices.dynamodbWrite),
    line('messages', told, prices.snsPublish),
    line('e-mails', told * emails, prices.snsEmail),
    line('GB of logs', (path.length * ASSUMED.logBytes) / 1e9, prices.logGb),
  ];
}

/** What templates cost in a month in which nothing is found. */
export function idleCost(templates: readonly { Resources: Record<string, { Type: string; Properties?: any }> }[], prices: Prices): Line[] {
  const resources = templates.flatMap((template) => Object.values(template.Resources));
  const of = (type: string) => resources.filter((resource) => resource.Type === type);
  const alarmMetrics = of('AWS::CloudWatch::Alarm').reduce(
    (sum, alarm) => sum + (alarm.Properties.Metrics?.filter((metric: { MetricStat?: unknown }) => metric.MetricStat).length ?? 1),
    0,
  );
  return [
    line('metrics that alarms watch', alarmMetrics, prices.alarmMetric),
    line('metrics counted in logs, at most', of('AWS::Logs::MetricFilter').length, prices.customMetric),
    line('dashboards', of('AWS::CloudWatch::Dashboard').length, prices.dashboard),
    line('keys of one\'s own', of('AWS::KMS::Key').length, prices.kmsKey),
  ];
}

/** How often a canary runs in a month. */
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

/** A state of a path, or those of its branches, however the scenario nests them. */
function statesOf(step: unknown): string[] {
  if (typeof step === 'string') {
    return [step];
  }
  return step !== null && typeof step === 'object' ? Object.entries(step).flatMap(([name, inner]) => [...(Array.isArray(step) ? [] : [name]), ...statesOf(inner)]) : [];
}
