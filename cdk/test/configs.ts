/** The configurations of the tests: the smallest, one of everything, and one in another partition. */
import type { Config } from '../lib/config/types.ts';
import { type Response, readResponses } from '../lib/response/response.ts';

/** The responses of a configuration. Those that only tell have no mode. */
const responses = (from: readonly Response[], mode: 'approve' | 'auto' | 'plan') =>
  Object.fromEntries(from.map(({ name, parameters }) => [name, 'Mode' in parameters ? { mode } : {}]));

/** One account, and nothing that is optional. */
function smallOf(from: readonly Response[]): Config {
  return {
    home: { account: '123456789012', region: 'us-east-1' },
    responses: responses(from, 'approve'),
    tasks: { architecture: 'arm64', reservedConcurrency: 5 },
    guardrails: {
      protectedRoles: ['/break-glass/*', 'OrganizationAccountAccessRole'],
      changesPerHour: 5,
      knownAccounts: [],
      requiredBoundaries: [
        { pattern: 'build-*', policy: 'developer-boundary' },
        { pattern: 'dana', policy: 'people-boundary' },
      ],
    },
    approvals: { approvers: ['*'], needed: 1 },
    subscriptions: { emails: ['on-call@example.com'], urls: [] },
    retention: { logDays: 90, cases: 'retain' },
    customerManagedKey: false,
    observability: false,
  };
}

/** An organisation with everything. */
function wholeOf(from: readonly Response[]): Config {
  const small = smallOf(from);
  return {
    ...small,
    responses: responses(from, 'auto'),
    guardrails: {
      ...small.guardrails,
      knownAccounts: ['210987654321', 'o-exampleorgid'],
      knownOidcOwners: ['token.actions.githubusercontent.com/octo-org', 'gitlab.com/acme'],
      knownNetworks: ['203.0.113.0/24', '2001:db8::/32'],
    },
    approvals: {
      approvers: ['*@example.com'],
      needed: 2,
      page: {
        issuer: 'https://login.example.com',
        audience: ['redress'],
        identityClaim: 'email',
        publicUrl: 'https://redress.example.com/',
      },
    },
    subscriptions: {
      emails: ['on-call@example.com'],
      escalationEmails: ['head-of-security@example.com'],
      urls: ['https://incidents.example.com/redress'],
    },
    customerManagedKey: true,
    detection: { guardDuty: true, securityHub: true, config: true, macie: true, accessAnalyzer: true, trail: true },
    members: {
      accounts: [{ account: '210987654321', regions: ['us-east-1', 'eu-central-1'], unit: 'production' }],
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
}

/** GovCloud. */
function governmentOf(from: readonly Response[]): Config {
  const small = smallOf(from);
  return {
    ...small,
    home: { account: '123456789012', region: 'us-gov-west-1' },
    tasks: { ...small.tasks, architecture: 'x86_64' },
    canary: { everyMinutes: 15, withinMinutes: 5 },
    observability: true,
  };
}

const real = readResponses();
export const small = smallOf(real);
export const whole = wholeOf(real);
export const government = governmentOf(real);

/** The response of the tests' own. Snapshots have it alone, so that no other response changes them. */
export const samples = readResponses(
  `${import.meta.dirname}/responses`,
  `${import.meta.dirname}/../../statemachines/shapes`,
);
export const sampled = { small: smallOf(samples), whole: wholeOf(samples), government: governmentOf(samples) };
