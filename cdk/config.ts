/**
 * The configuration of this installation. `make synth` reports its problems; `lib/config/types.ts` describes each field.
 * These values are for one account, with responses that ask before they act.
 */
import type { Config } from './lib/config/types.ts';

export const config: Config = {
  home: { region: process.env.CDK_DEFAULT_REGION ?? 'us-east-1' },
  responses: {
    'credential-exfiltration': { mode: 'approve', parameters: { UndoSeconds: 86_400 } },
    'iam-policy-remediation': { mode: 'approve', parameters: { UndoSeconds: 86_400 } },
    'iam-activity': {},
    'unanswered-finding': {},
  },
  tasks: { architecture: 'arm64', reservedConcurrency: 5 },
  guardrails: {
    protectedRoles: ['/break-glass/*', 'OrganizationAccountAccessRole'],
    changesPerHour: 5,
    knownAccounts: [],
    // For the response `permissions-boundary`: { pattern: 'build-*', policy: 'developer-boundary' }
    requiredBoundaries: [],
  },
  // Name the people who decide, such as '*@example.com': without any, nothing is deployed. ['*'] is everybody whom the API lets in.
  approvals: { approvers: [], needed: 1 },
  // Name at least one receiver: without any, nothing is deployed.
  subscriptions: { emails: [], urls: [] },
  retention: { logDays: 90, cases: 'retain' },
  customerManagedKey: false,
  canary: { everyMinutes: 60, withinMinutes: 10 },
  observability: true,
};
