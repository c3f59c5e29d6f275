/**
 * What this installation decides. `make synth` says what is wrong with it; `README.md` says what each value is for.
 * These are the values of one account that asks before it acts.
 */
import type { Config } from './lib/config/types.ts';

export const config: Config = {
  home: { region: process.env.CDK_DEFAULT_REGION ?? 'us-east-1' },
  workflows: {
    'credential-exfiltration': { mode: 'approve', parameters: { UndoSeconds: 86_400 } },
    'iam-policy-remediation': { mode: 'approve', parameters: { UndoSeconds: 86_400 } },
  },
  tasks: { architecture: 'arm64', reservedConcurrency: 5 },
  guardrails: {
    protectedRoles: ['/break-glass/*', 'OrganizationAccountAccessRole'],
    changesPerHour: 5,
    knownAccounts: [],
  },
  approvals: { approvers: [], needed: 1 },
  subscriptions: { emails: [], urls: [] },
  retention: { logDays: 90, cases: 'retain' },
  customerManagedKey: false,
  canary: { everyMinutes: 60, withinMinutes: 10 },
  observability: true,
};
