/** The configurations that are tested: the smallest, one of everything, and one in another partition. */
import { readFolders } from '../lib/folder.ts';
import type { Config } from '../lib/config/types.ts';

const workflows = (mode: 'approve' | 'auto' | 'plan') => Object.fromEntries(readFolders().map(({ name }) => [name, { mode }]));

/** One account, and nothing that is optional. */
export const small: Config = {
  home: { account: '123456789012', region: 'us-east-1' },
  workflows: workflows('approve'),
  tasks: { architecture: 'arm64', reservedConcurrency: 5 },
  guardrails: { protectedRoles: ['/break-glass/*', 'OrganizationAccountAccessRole'], changesPerHour: 5, knownAccounts: [] },
  approvals: { approvers: [], needed: 1 },
  subscriptions: { emails: [], urls: [] },
  retention: { logDays: 90, cases: 'retain' },
  customerManagedKey: false,
  observability: false,
};

/** An organisation with everything. */
export const whole: Config = {
  ...small,
  workflows: workflows('auto'),
  guardrails: { ...small.guardrails, knownAccounts: ['210987654321', 'o-exampleorgid'] },
  approvals: {
    approvers: ['*@example.com'],
    needed: 2,
    page: { issuer: 'https://login.example.com', audience: ['redress'], identityClaim: 'email', publicUrl: 'https://redress.example.com/' },
  },
  subscriptions: { emails: ['on-call@example.com'], escalationEmails: ['head-of-security@example.com'], urls: ['https://incidents.example.com/redress'] },
  customerManagedKey: true,
  detection: { guardDuty: true, securityHub: true, config: true, macie: true, accessAnalyzer: true, trail: true },
  members: {
    accounts: [{ account: '210987654321', regions: ['us-east-1', 'eu-central-1'] }],
    externalId: 'an-external-id-for-tests',
    homeRegions: ['eu-central-1'],
  },
  canary: { everyMinutes: 60, withinMinutes: 10 },
  observability: true,
  pipeline: {
    connectionArn: 'arn:aws:codeconnections:us-east-1:123456789012:connection/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0',
    repository: 'example/redress',
    branch: 'main',
    production: { account: '345678901234', region: 'us-east-1' },
  },
};

/** GovCloud. */
export const government: Config = {
  ...small,
  home: { account: '123456789012', region: 'us-gov-west-1' },
  tasks: { ...small.tasks, architecture: 'x86_64' },
  canary: { everyMinutes: 15, withinMinutes: 5 },
  observability: true,
};
