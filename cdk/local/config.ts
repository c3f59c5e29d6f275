/** The installation on one machine: every response that there is, in one account, acting at once. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config, RequiredBoundary } from '../lib/config/types.ts';
import { type Response, readResponses } from '../lib/response/response.ts';

/** Values for those parameters that a response has. */
const VALUES = { Mode: 'auto', ApprovalSeconds: 600, SettleSeconds: 0, WatchSeconds: 1, UndoSeconds: 600 };

// A response without rules can be started by hand only, so it is not deployed.
const responses = readResponses().filter((response) => response.rules.length > 0);

/** The boundaries that the accounts of the responses' sample events require: `build-*=developer-boundary,…`. */
function requiredBoundaries(response: Response): RequiredBoundary[] {
  if (!readdirSync(response.folder).includes('account.json')) {
    return [];
  }
  const { settings } = JSON.parse(readFileSync(join(response.folder, 'account.json'), 'utf8')) as {
    settings?: Record<string, string>;
  };
  const listed = settings?.REQUIRED_BOUNDARIES?.split(',') ?? [];
  return listed.map((one) => one.split('=')).map(([pattern, policy]) => ({ pattern: pattern!, policy: policy! }));
}

export const config: Config = {
  home: { account: '123456789012', region: 'us-east-1' },
  responses: Object.fromEntries(
    responses.map(({ name, parameters }) => [
      name,
      { parameters: Object.fromEntries(Object.entries(VALUES).filter(([name]) => name in parameters)) },
    ]),
  ),
  tasks: {
    architecture: 'x86_64',
    reservedConcurrency: 5,
    ...(process.env.REDRESS_PACKAGE !== undefined && { package: process.env.REDRESS_PACKAGE }),
  },
  guardrails: {
    protectedRoles: ['/break-glass/*'],
    changesPerHour: 100,
    knownAccounts: [],
    requiredBoundaries: responses.flatMap(requiredBoundaries),
  },
  approvals: { approvers: ['*'], needed: 1 },
  subscriptions: { emails: ['on-call@example.com'], urls: [] },
  retention: { logDays: 7, cases: 'destroy' },
  customerManagedKey: false,
  canary: { everyMinutes: 720, withinMinutes: 10 },
  // The emulator has no alarms on expressions of metrics.
  observability: false,
};
