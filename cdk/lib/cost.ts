/** What an installation costs: idle in a month, and for each finding, from its templates, definitions and scenarios. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Folder } from './folder.ts';

/** Prices in dollars, by what is counted. */
export interface Prices {
  readonly stepFunctionsTransition: number;
  readonly lambdaRequest: number;
  readonly lambdaGbSecond: Readonly<Record<'arm64' | 'x86_64', number>>;
  readonly dynamodbWrite: number;
  readonly dynamodbRead: number;
  readonly snsPublish: number;
  readonly snsEmail: number;
  readonly logGb: number;
  readonly alarmMetric: number;
  readonly customMetric: number;
  readonly dashboard: number;
  readonly kmsKey: number;
  readonly customEvent: number;
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

/** What one run along a path costs. */
export function runCost(folder: Folder, path: readonly string[], prices: Prices, task: { memoryMiB: number; architecture: 'arm64' | 'x86_64'; emails: number }): Line[] {
  const calls = new Map(folder.calls().map((call) => [call.state, call.placeholder]));
  const invoked = path.map((state) => calls.get(state)).filter((placeholder) => placeholder !== undefined);
  const told = invoked.filter((placeholder) => placeholder === 'Notify' || placeholder === 'RequestApproval').length;
  const gbSeconds = (invoked.length * ASSUMED.seconds * task.memoryMiB) / 1024;
  // A run has a transition for each state, and one into the first.
  const transitions = path.length + 1;
  return [
    line('transitions of Step Functions', transitions, prices.stepFunctionsTransition),
    line('invocations of Lambda', invoked.length, prices.lambdaRequest),
    line('GB-seconds of Lambda', gbSeconds, prices.lambdaGbSecond[task.architecture]),
    line('reads and writes of the case table', invoked.length * ASSUMED.tableCalls, prices.dynamodbWrite),
    line('messages', told, prices.snsPublish),
    line('e-mails', told * task.emails, prices.snsEmail),
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
