/** The installation that is deployed on one machine: everything of one account, acting at once. */
import { readFolders } from '../lib/folder.ts';
import type { Config } from '../lib/config/types.ts';

const parameters = { ApprovalSeconds: 600, SettleSeconds: 0, UndoSeconds: 600 };

export const config: Config = {
  home: { account: '123456789012', region: 'us-east-1' },
  workflows: Object.fromEntries(readFolders().map(({ name }) => [name, { mode: 'auto', parameters }])),
  tasks: {
    architecture: 'x86_64',
    reservedConcurrency: 5,
    ...(process.env.REDRESS_PACKAGE !== undefined && { package: process.env.REDRESS_PACKAGE }),
  },
  guardrails: { protectedRoles: ['/break-glass/*'], changesPerHour: 20, knownAccounts: [] },
  approvals: { approvers: [], needed: 1 },
  subscriptions: { emails: [], urls: [] },
  retention: { logDays: 7, cases: 'destroy' },
  customerManagedKey: false,
  canary: { everyMinutes: 720, withinMinutes: 10 },
  // The emulator has no alarms on expressions of metrics.
  observability: false,
};
