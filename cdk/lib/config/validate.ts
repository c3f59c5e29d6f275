/** Says everything that is wrong with a configuration, in the words of whoever wrote it. */
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type Folder, settle } from '../folder.ts';
import type { Config, Place, PipelineConfig } from './types.ts';

/** What is wrong: one line for each thing, with where it stands. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`the configuration has ${problems.length === 1 ? 'a problem' : 'problems'}:\n  ${problems.join('\n  ')}`);
    this.name = 'ConfigError';
  }
}

const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;
// A role takes 10,240 characters of inline policies, and the ARN of a response role is about sixty.
const MEMBERS = 100;
const ACCOUNT = /^\d{12}$/;
/** Half of an alarm's longest window of a day. Source: CloudWatch, PutMetricAlarm, `EvaluationPeriods`. */
const MOST_CANARY_MINUTES = 720;

/** Throws if anything is wrong. The folders are the workflows that there are; the place is where it is put [default: home]. */
export function validate(config: Config, folders: readonly Folder[], put: Place = config.home): void {
  const problems = [
    ...place('home', config.home),
    ...elsewhere(config.home, put),
    ...workflows(config, folders),
    ...tasks(config),
    ...guardrails(config),
    ...approvals(config),
    ...subscriptions(config),
    ...retention(config),
    ...members(config, config.pipeline?.production ?? put),
    ...canary(config),
    ...(config.pipeline ? pipeline(config.pipeline, config) : []),
  ];
  if (problems.length > 0) {
    throw new ConfigError(problems);
  }
}

/** The partition of a region. */
export function partitionOf(region: string): 'aws' | 'aws-cn' | 'aws-us-gov' {
  if (region.startsWith('cn-')) {
    return 'aws-cn';
  }
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** The region in which CloudTrail delivers what happens in IAM. */
export function iamRegionOf(region: string): string {
  return { aws: 'us-east-1', 'aws-cn': 'cn-north-1', 'aws-us-gov': 'us-gov-west-1' }[partitionOf(region)];
}

function* place(at: string, place: Place): Generator<string> {
  if (place.account !== undefined && !ACCOUNT.test(place.account)) {
    yield `\`${at}.account\` is \`${place.account}\`; an account has twelve digits`;
  }
  if (!REGION.test(place.region)) {
    yield `\`${at}.region\` is \`${place.region}\`, which is no region; one is \`us-east-1\``;
  }
}

function* elsewhere(home: Place, put: Place): Generator<string> {
  if (put.account !== home.account && put.account !== undefined && !ACCOUNT.test(put.account)) {
    yield `\`REDRESS_ACCOUNT\` is \`${put.account}\`; an account has twelve digits`;
  }
  if (put.region !== home.region && !REGION.test(put.region)) {
    yield `\`REDRESS_REGION\` is \`${put.region}\`, which is no region; one is \`us-east-1\``;
  }
}

function* workflows(config: Config, folders: readonly Folder[]): Generator<string> {
  const names = Object.keys(config.workflows);
  if (names.length === 0) {
    yield '`workflows` is empty: nothing would be deployed';
  }
  for (const name of names) {
    const folder = folders.find((folder) => folder.name === name);
    if (!folder) {
      yield `\`workflows\` names \`${name}\`; there are ${list(folders.map((folder) => folder.name))}`;
      continue;
    }
    const { mode, parameters } = config.workflows[name]!;
    for (const rule of folder.rules) {
      try {
        settle(rule, { Mode: mode, ...parameters });
      } catch (error) {
        yield `\`workflows.${name}\`, for the rule \`${rule.id}\`: ${(error as Error).message}`;
      }
    }
  }
}

function* tasks({ tasks }: Config): Generator<string> {
  if (!['arm64', 'x86_64'].includes(tasks.architecture)) {
    yield `\`tasks.architecture\` is \`${tasks.architecture}\`; it can be \`arm64\` or \`x86_64\``;
  }
  yield* whole('tasks.reservedConcurrency', tasks.reservedConcurrency, 0, 1000);
  if (tasks.prefix !== undefined && !/^[A-Za-z0-9_-]{0,20}$/.test(tasks.prefix)) {
    yield `\`tasks.prefix\` is \`${tasks.prefix}\`; it has at most 20 letters, digits, \`-\` and \`_\``;
  }
}

function* guardrails({ guardrails }: Config): Generator<string> {
  yield* whole('guardrails.changesPerHour', guardrails.changesPerHour, 0, 1000);
  yield* withoutCommas('guardrails.protectedRoles', guardrails.protectedRoles);
  for (const known of guardrails.knownAccounts) {
    if (!ACCOUNT.test(known) && !/^o-[a-z0-9]{10,32}$/.test(known)) {
      yield `\`guardrails.knownAccounts\` names \`${known}\`, which is neither an account of twelve digits nor an organization \`o-…\``;
    }
  }
}

function* approvals({ approvals }: Config): Generator<string> {
  yield* withoutCommas('approvals.approvers', approvals.approvers);
  if (approvals.needed !== 1 && approvals.needed !== 2) {
    yield `\`approvals.needed\` is \`${String(approvals.needed)}\`; one or two people must say yes`;
  }
  const { page } = approvals;
  if (!page) {
    if (approvals.needed === 2) {
      yield '`approvals.needed` is 2, and without `approvals.page` all that people say is one voice: name an OIDC issuer';
    }
    return;
  }
  if (!isHttps(page.issuer)) {
    yield `\`approvals.page.issuer\` is \`${page.issuer}\`; an OIDC issuer is an https address`;
  }
  if (page.audience.length === 0) {
    yield '`approvals.page.audience` is empty: a token made for any other application would do';
  }
  if (page.publicUrl !== undefined && !isHttps(page.publicUrl)) {
    yield `\`approvals.page.publicUrl\` is \`${page.publicUrl}\`; the page has an https address`;
  }
}

function* subscriptions({ subscriptions }: Config): Generator<string> {
  const named = { emails: subscriptions.emails, escalationEmails: subscriptions.escalationEmails ?? [] };
  for (const [list, email] of Object.entries(named).flatMap(([list, emails]) => emails.map((email) => [list, email] as const))) {
    if (!/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email)) {
      yield `\`subscriptions.${list}\` names \`${email}\`, which is no e-mail address`;
    }
  }
  for (const url of subscriptions.urls) {
    if (!isHttps(url)) {
      yield `\`subscriptions.urls\` names \`${url}\`; what is found is sent over https only`;
    }
  }
}

function* retention({ retention }: Config): Generator<string> {
  const days = Object.values(RetentionDays).filter((days) => typeof days === 'number' && days < 9999);
  if (!days.includes(retention.logDays)) {
    yield `\`retention.logDays\` is \`${retention.logDays}\`; CloudWatch Logs takes ${list(days)}`;
  }
  if (!['retain', 'destroy'].includes(retention.cases)) {
    yield `\`retention.cases\` is \`${retention.cases}\`; it can be \`retain\` or \`destroy\``;
  }
}

/** The centre is where the members' findings go: production where there is a pipeline, and the home otherwise. */
function* members({ members, home, pipeline }: Config, centre: Place): Generator<string> {
  if (!members) {
    return;
  }
  if (centre.account === undefined) {
    yield '`home.account` must be set where there are `members`: their roles trust that account and no other';
  }
  if (!/^[\w+=,.@:/-]{16,128}$/.test(members.externalId)) {
    yield '`members.externalId` must have 16 to 128 letters, digits and `+=,.@:/-`: `openssl rand -hex 16` makes one';
  }
  if (members.accounts.length > MEMBERS) {
    yield `\`members.accounts\` has ${members.accounts.length} accounts; the role of a task has room for the names of ${MEMBERS}`;
  }
  for (const [n, member] of members.accounts.entries()) {
    const at = `members.accounts[${n}]`;
    if (!ACCOUNT.test(member.account)) {
      yield `\`${at}.account\` is \`${member.account}\`; an account has twelve digits`;
    } else if (member.account === centre.account) {
      const name = pipeline ? '`pipeline.production`, whose members these are' : 'the home';
      yield `\`${at}.account\` is ${name}; its other regions stand in \`members.homeRegions\``;
    } else if (member.account === home.account) {
      yield `\`${at}.account\` is the home; with a \`pipeline\` that is staging, and production would answer to its findings too`;
    } else if (members.accounts.findIndex(({ account }) => account === member.account) < n) {
      yield `\`${at}.account\` is \`${member.account}\`, which is named before: name it once with all of its \`regions\`, since it has one response role`;
    }
    if (member.regions.length === 0) {
      yield `\`${at}.regions\` is empty: nothing of it would be forwarded`;
    }
    yield* regions(`${at}.regions`, member.regions, centre.region);
  }
  yield* regions('members.homeRegions', members.homeRegions ?? [], centre.region);
  if (members.homeRegions?.includes(centre.region)) {
    yield `\`members.homeRegions\` names \`${centre.region}\`, which is ${pipeline ? '`pipeline.production`' : 'the home'} itself`;
  }
}

function* regions(at: string, names: readonly string[], home: string): Generator<string> {
  for (const region of names) {
    if (!REGION.test(region)) {
      yield `\`${at}\` names \`${region}\`, which is no region`;
    } else if (partitionOf(region) !== partitionOf(home)) {
      yield `\`${at}\` names \`${region}\`, which is in another partition than \`${home}\`: events do not go there`;
    }
  }
}

function* canary({ canary, workflows }: Config): Generator<string> {
  if (!canary) {
    return;
  }
  yield* whole('canary.everyMinutes', canary.everyMinutes, 5, MOST_CANARY_MINUTES);
  yield* whole('canary.withinMinutes', canary.withinMinutes, 2, MOST_CANARY_MINUTES);
  if (!('credential-exfiltration' in workflows)) {
    yield '`canary` sends a finding of `credential-exfiltration`, which is not among the `workflows`';
  }
}

function* pipeline(pipeline: PipelineConfig, { home, canary }: Config): Generator<string> {
  if (home.account === undefined) {
    yield '`home.account` must be set where there is a `pipeline`: what it deploys elsewhere trusts that account';
  }
  if (!canary) {
    yield '`pipeline` waits for a plan of the canary before it goes on, and there is no `canary`';
  }
  if (!/^arn:[\w-]+:(codeconnections|codestar-connections):[\w-]+:\d{12}:connection\/[\w-]+$/.test(pipeline.connectionArn)) {
    yield `\`pipeline.connectionArn\` is \`${pipeline.connectionArn}\`, which is no ARN of a connection`;
  }
  if (!/^[\w.-]+\/[\w.-]+$/.test(pipeline.repository)) {
    yield `\`pipeline.repository\` is \`${pipeline.repository}\`; it is \`owner/name\``;
  }
  yield* place('pipeline.production', pipeline.production);
  if (home.account !== undefined && pipeline.production.account === home.account) {
    yield '`pipeline.production.account` is `home.account`, which is staging: in one account, in whatever regions, their roles would have the same names';
  }
}

function* whole(at: string, value: number, least: number, most: number): Generator<string> {
  if (!Number.isInteger(value) || value < least || value > most) {
    yield `\`${at}\` is \`${value}\`; it is a whole number from ${least} to ${most}`;
  }
}

/** These lists become one environment variable, in which a comma stands between two of them. */
function* withoutCommas(at: string, patterns: readonly string[]): Generator<string> {
  for (const pattern of patterns) {
    if (pattern.trim() === '' || pattern.includes(',')) {
      yield `\`${at}\` has \`${pattern}\`; a pattern is not empty and has no comma`;
    }
  }
}

function isHttps(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'https:';
}

function list(values: readonly (string | number)[]): string {
  return values.map((value) => `\`${value}\``).join(', ');
}
