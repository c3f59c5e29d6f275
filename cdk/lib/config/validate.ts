/** Checks a configuration, and reports all of its problems in its own terms. */
import { isIP } from 'node:net';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CANARY_KIND } from '../canary.ts';
import { settle } from '../response/parameters.ts';
import type { Response } from '../response/response.ts';
import { hasSeverity } from '../response/severity.ts';
import { stackId } from '../stacks/response.ts';
import type { Task } from '../task.ts';
import { roleName } from '../task-function.ts';
import { list, nearest } from '../text.ts';
import { ruleName, starterName } from '../workflow.ts';
import { misshapen } from './schema.ts';
import type { Config, PipelineConfig, Place } from './types.ts';

/** The problems of a configuration: a line for each, with the field. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`the configuration has ${problems.length === 1 ? 'a problem' : 'problems'}:\n  ${problems.join('\n  ')}`);
    this.name = 'ConfigError';
  }
}

/** The responses and tasks that exist. */
export interface Known {
  readonly responses: readonly Response[];
  readonly tasks: readonly Task[];
}

const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;
const ACCOUNT = /^\d{12}$/;
/** A role can have 10,240 characters of inline policies, and the ARN of a response role has about sixty. */
const MEMBERS = 100;
/** Source: IAM and Lambda quotas, names of roles and functions; EventBridge, names of rules. */
const LONGEST_NAME = 64;
/** Half of an alarm's longest window of a day. Source: CloudWatch, PutMetricAlarm, `EvaluationPeriods`. */
const MOST_CANARY_MINUTES = 720;
/** More changes in an hour than this are no limit. */
const MOST_CHANGES = 1000;
/** The kind of response that needs `guardrails.requiredBoundaries`. */
const BOUNDARY_KIND = 'permissions-boundary';
/** The stacks that are not a response's. */
const OTHER_STACKS = ['Redress', 'RedressObservability', 'RedressDetection', 'RedressPipeline'];

/** Throws if there is a problem. `put` is the place to deploy to [default: the home]. */
export function validate(config: Config, known: Known, put?: Place): void {
  refuse(contradictions(shaped(config), known, put ?? config.home));
}

/** A configuration as its file has it. Throws if a field does not exist, is missing or has another type. */
export function shaped(config: unknown): Config {
  refuse(misshapen(config));
  return config as Config;
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) {
    throw new ConfigError(problems);
  }
}

/** The problems of a configuration that has the right shape. */
function contradictions(config: Config, known: Known, put: Place): string[] {
  return [
    ...place('home', config.home),
    ...elsewhere(config.home, put),
    ...responses(config, known),
    ...tasks(config),
    ...guardrails(config),
    ...approvals(config),
    ...subscriptions(config),
    ...retention(config),
    ...members(config, config.pipeline?.production ?? put),
    ...callsOfIam(config, known, config.pipeline?.production ?? put),
    ...canary(config, known),
    ...(config.pipeline ? pipeline(config.pipeline, config) : []),
  ];
}

/** The partition of a region. */
export function partitionOf(region: string): 'aws' | 'aws-cn' | 'aws-us-gov' {
  if (region.startsWith('cn-')) {
    return 'aws-cn';
  }
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** The region in which CloudTrail delivers events of IAM. */
export function iamRegionOf(region: string): string {
  return { aws: 'us-east-1', 'aws-cn': 'cn-north-1', 'aws-us-gov': 'us-gov-west-1' }[partitionOf(region)];
}

function* place(at: string, place: Place): Generator<string> {
  if (place.account !== undefined && !ACCOUNT.test(place.account)) {
    yield `\`${at}.account\` is \`${place.account}\`; an account has twelve digits`;
  }
  if (!REGION.test(place.region)) {
    yield `\`${at}.region\` is \`${place.region}\`, which is not a region; an example is \`us-east-1\``;
  }
}

function* elsewhere(home: Place, put: Place): Generator<string> {
  if (put.account !== home.account && put.account !== undefined && !ACCOUNT.test(put.account)) {
    yield `\`REDRESS_ACCOUNT\` is \`${put.account}\`; an account has twelve digits`;
  }
  if (put.region !== home.region && !REGION.test(put.region)) {
    yield `\`REDRESS_REGION\` is \`${put.region}\`, which is not a region; an example is \`us-east-1\``;
  }
}

function* responses(config: Config, { responses, tasks }: Known): Generator<string> {
  const names = Object.keys(config.responses);
  if (names.length === 0) {
    yield '`responses` is empty: nothing would be deployed';
  }
  const known = responses.map((response) => response.name);
  yield* names
    .filter((name) => !known.includes(name))
    .map((name) => `\`responses\` names \`${name}\`, which does not exist; ${nearest(name, known)}`);
  const wanted = responses.filter((response) => names.includes(response.name));
  for (const response of wanted) {
    const { mode, parameters } = config.responses[response.name]!;
    try {
      settle(response.parameters, { ...(mode !== undefined && { Mode: mode }), ...parameters });
    } catch (error) {
      yield `\`responses.${response.name}\`: ${(error as Error).message}`;
    }
    yield* ownLimits(config, response);
    if (parameters?.Modes !== undefined || (mode !== undefined && parameters?.Mode !== undefined)) {
      yield `\`responses.${response.name}.parameters\` has a mode beside \`mode\`, \`units\` and \`accounts\`: set it there alone`;
    }
    if (response.rules.length === 0) {
      yield `\`responses\` names \`${response.name}\`, which has no \`rules/\`: nothing would start it`;
    }
    if (OTHER_STACKS.includes(stackId(response))) {
      yield `\`responses\` names \`${response.name}\`, and \`${stackId(response)}\` is another stack: rename the folder`;
    }
  }
  if (wanted.some(({ kind }) => kind === BOUNDARY_KIND) && !config.guardrails.requiredBoundaries?.length) {
    yield `\`guardrails.requiredBoundaries\` is empty: a response of the kind \`${BOUNDARY_KIND}\` would hand every change of a boundary to people`;
  }
  yield* resourceNames(config, wanted, tasks);
}

/** The limits that a response has for itself, for units and for accounts. */
function* ownLimits({ responses, members, home, pipeline }: Config, response: Response): Generator<string> {
  const { changesPerHour, units = {}, accounts = {} } = responses[response.name]!;
  const at = `responses.${response.name}`;
  const here = (pipeline ? pipeline.production.account : home.account) ?? home.account;
  const known = {
    units: [...new Set((members?.accounts ?? []).flatMap(({ unit }) => (unit === undefined ? [] : [unit])))],
    accounts: [...(here === undefined ? [] : [here]), ...(members?.accounts ?? []).map(({ account }) => account)],
  };
  const set = [
    [at, { changesPerHour }],
    ...Object.entries(units).map(([name, limits]) => [`${at}.units.${name}`, limits] as const),
    ...Object.entries(accounts).map(([name, limits]) => [`${at}.accounts.${name}`, limits] as const),
  ] as const;
  for (const [at, limits] of set) {
    yield* whole(`${at}.changesPerHour`, limits.changesPerHour ?? 0, 0, MOST_CHANGES);
    if (
      !('Mode' in response.parameters) &&
      Object.keys(limits).some((name) => limits[name as 'changesPerHour'] !== undefined)
    ) {
      yield `\`${at}\` has limits, and \`${response.name}\` changes nothing`;
    }
  }
  for (const field of ['severity', 'controlSeverity'] as const) {
    if (responses[response.name]![field] !== undefined && !response.rules.some((rule) => hasSeverity(rule, field))) {
      yield `\`${at}.${field}\` is set, and no rule of \`${response.name}\` tells ${field === 'severity' ? 'findings' : 'failed controls'} apart by their severity`;
    }
  }
  for (const unit of Object.keys(units).filter((unit) => !known.units.includes(unit))) {
    yield `\`${at}.units\` names \`${unit}\`, which is the \`unit\` of no member; ${nearest(unit, known.units)}`;
  }
  for (const account of Object.keys(accounts).filter((account) => !known.accounts.includes(account))) {
    yield `\`${at}.accounts\` names \`${account}\`, which is neither the home nor a member; ${nearest(account, known.accounts)}`;
  }
}

/** Names of roles and rules must be unique and short enough. A function's name is shorter than that of its role. */
function* resourceNames(
  { tasks: { prefix = '' } }: Config,
  responses: readonly Response[],
  tasks: readonly Task[],
): Generator<string> {
  const owners = new Map(
    tasks.filter((task) => task.kind === undefined).map((task) => [roleName(`${prefix}${task.name}`), 'a common task']),
  );
  for (const response of responses) {
    const functions = new Set(
      response
        .tasks(tasks)
        .filter((call) => !call.isCommon)
        .map((call) => call.functionName),
    );
    const roles = [
      ...[response.name, ...functions].map((name) => roleName(`${prefix}${name}`)),
      starterName(`${prefix}${response.name}`),
    ];
    const rules = response.rules.map((rule) => ruleName(`${prefix}${response.name}`, rule));
    const longest = [...roles, ...rules].find((name) => name.length > LONGEST_NAME);
    if (longest !== undefined) {
      yield `\`responses\` names \`${response.name}\`, for which the name \`${longest}\` has ${longest.length} characters; AWS allows ${LONGEST_NAME}: shorten the folder's name or \`tasks.prefix\``;
    }
    for (const role of roles) {
      const owner = owners.get(role);
      if (owner !== undefined) {
        yield `\`responses\` names \`${response.name}\`, whose role \`${role}\` is also that of ${owner}: rename the folder`;
      }
      owners.set(role, `\`${response.name}\``);
    }
  }
}

function* tasks({ tasks }: Config): Generator<string> {
  yield* whole('tasks.reservedConcurrency', tasks.reservedConcurrency, 0, 1000);
  if (tasks.prefix !== undefined && !/^[A-Za-z0-9_-]{0,20}$/.test(tasks.prefix)) {
    yield `\`tasks.prefix\` is \`${tasks.prefix}\`; it has at most 20 letters, digits, \`-\` and \`_\``;
  }
}

function* guardrails({ guardrails }: Config): Generator<string> {
  yield* whole('guardrails.changesPerHour', guardrails.changesPerHour, 0, MOST_CHANGES);
  yield* separable('guardrails.protectedRoles', guardrails.protectedRoles);
  for (const { pattern, policy } of guardrails.requiredBoundaries ?? []) {
    yield* separable('guardrails.requiredBoundaries', [pattern, policy], [',', '=']);
  }
  for (const known of guardrails.knownAccounts) {
    if (!ACCOUNT.test(known) && !/^o-[a-z0-9]{10,32}$/.test(known)) {
      yield `\`guardrails.knownAccounts\` names \`${known}\`, which is neither an account of twelve digits nor an organization \`o-…\``;
    }
  }
  for (const owner of guardrails.knownOidcOwners ?? []) {
    if (!/^[a-z0-9.-]+\.[a-z]+(\/[^\s,/]+)+$/.test(owner)) {
      yield `\`guardrails.knownOidcOwners\` names \`${owner}\`, which is not an OIDC issuer and an owner such as \`gitlab.com/acme\``;
    }
  }
  for (const network of guardrails.knownNetworks ?? []) {
    const [address, bits, ...rest] = network.split('/');
    const version = isIP(address ?? '');
    const isNetwork =
      version !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits ?? '') && Number(bits) <= (version === 4 ? 32 : 128);
    if (!isNetwork && !/^vpce?-[0-9a-f]{8,}$/.test(network)) {
      yield `\`guardrails.knownNetworks\` names \`${network}\`, which is neither a network in CIDR notation nor the id of a VPC or a VPC endpoint`;
    }
  }
}

function* approvals({ approvals }: Config): Generator<string> {
  yield* separable('approvals.approvers', approvals.approvers);
  const { approvers, page } = approvals;
  if (approvers.length === 0) {
    yield "`approvals.approvers` is empty: name the people who decide, such as `*@example.com`, or write `['*']` to admit everybody who proves an identity to the API";
  }
  if (!page) {
    return;
  }
  if (page.sessionClaim === undefined && page.identityClaim !== 'email') {
    yield '`approvals.page` has neither `sessionClaim` nor the `identityClaim` `email`: nobody could tell whether whoever caused an event approves it on the page';
  }
  if (!isHttps(page.issuer)) {
    yield `\`approvals.page.issuer\` is \`${page.issuer}\`; an OIDC issuer is an https address`;
  }
  if (page.audience.length === 0) {
    yield '`approvals.page.audience` is empty: a token for any other application would be accepted';
  }
  if (page.publicUrl !== undefined && !isHttps(page.publicUrl)) {
    yield `\`approvals.page.publicUrl\` is \`${page.publicUrl}\`; the page has an https address`;
  }
}

function* subscriptions({ subscriptions }: Config): Generator<string> {
  if (subscriptions.emails.length === 0 && subscriptions.urls.length === 0) {
    yield '`subscriptions` has neither `emails` nor `urls`: nobody would hear of a finding, or of a question';
  }
  const named = { emails: subscriptions.emails, escalationEmails: subscriptions.escalationEmails ?? [] };
  for (const [list, email] of Object.entries(named).flatMap(([list, emails]) =>
    emails.map((email) => [list, email] as const),
  )) {
    if (!/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email)) {
      yield `\`subscriptions.${list}\` names \`${email}\`, which is not an e-mail address`;
    }
  }
  for (const url of subscriptions.urls) {
    if (!isHttps(url)) {
      yield `\`subscriptions.urls\` names \`${url}\`; messages are sent over https only`;
    }
  }
}

function* retention({ retention }: Config): Generator<string> {
  const days = Object.values(RetentionDays).filter(
    (days): days is RetentionDays => typeof days === 'number' && days < 9999,
  );
  if (!days.includes(retention.logDays)) {
    yield `\`retention.logDays\` is \`${retention.logDays}\`; CloudWatch Logs allows ${list(days)}`;
  }
}

/** `centre` is the place that the members' findings go to: production if there is a pipeline, the home otherwise. */
function* members({ members, home, pipeline }: Config, centre: Place): Generator<string> {
  if (!members) {
    return;
  }
  if (centre.account === undefined) {
    yield '`home.account` must be set if there are `members`: their roles trust that account and no other';
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
      yield `\`${at}.account\` is ${name}; its other regions belong in \`members.homeRegions\``;
    } else if (member.account === home.account) {
      yield `\`${at}.account\` is the home; with a \`pipeline\` that is staging, and production would answer its findings too`;
    } else if (members.accounts.findIndex(({ account }) => account === member.account) < n) {
      yield `\`${at}.account\` is \`${member.account}\`, which is named before: name it once with all of its \`regions\`, since it has one response role`;
    }
    if (member.regions.length === 0) {
      yield `\`${at}.regions\` is empty: none of its findings would be forwarded`;
    }
    yield* regions(`${at}.regions`, member.regions, centre.region);
  }
  yield* regions('members.homeRegions', members.homeRegions ?? [], centre.region);
  if (members.homeRegions?.includes(centre.region)) {
    yield `\`members.homeRegions\` names \`${centre.region}\`, which is ${pipeline ? '`pipeline.production`' : 'the home'} itself`;
  }
}

/**
 * CloudTrail delivers calls of IAM to one region of the partition. An account that does not listen there has rules that match
 * nothing, and nobody would notice.
 */
function* callsOfIam({ members, responses: named }: Config, { responses }: Known, centre: Place): Generator<string> {
  const listening = responses.find(
    ({ name, rules }) => name in named && rules.some(({ EventPattern: { source } }) => source?.includes('aws.iam')),
  );
  if (!listening || !REGION.test(centre.region)) {
    return;
  }
  const wanted = iamRegionOf(centre.region);
  const why = `CloudTrail delivers calls of IAM there and in no other region, so rules of \`${listening.name}\` would match nothing`;
  if (centre.region !== wanted && !members?.homeRegions?.includes(wanted)) {
    yield `\`members.homeRegions\` does not name \`${wanted}\`, and the home is in \`${centre.region}\`: ${why}. \`members\` may have no \`accounts\``;
  }
  for (const [n, { account, regions }] of (members?.accounts ?? []).entries()) {
    if (!regions.includes(wanted)) {
      yield `\`members.accounts[${n}].regions\` of \`${account}\` does not name \`${wanted}\`: ${why}`;
    }
  }
}

function* regions(at: string, names: readonly string[], home: string): Generator<string> {
  for (const region of names) {
    if (!REGION.test(region)) {
      yield `\`${at}\` names \`${region}\`, which is not a region`;
    } else if (partitionOf(region) !== partitionOf(home)) {
      yield `\`${at}\` names \`${region}\`, which is in another partition than \`${home}\`: events cannot be sent there`;
    }
  }
}

function* canary({ canary, responses: named }: Config, { responses }: Known): Generator<string> {
  if (!canary) {
    return;
  }
  yield* whole('canary.everyMinutes', canary.everyMinutes, 5, MOST_CANARY_MINUTES);
  yield* whole('canary.withinMinutes', canary.withinMinutes, 2, MOST_CANARY_MINUTES);
  const suited = responses.filter((response) => response.kind === CANARY_KIND).map((response) => response.name);
  if (!suited.some((name) => name in named)) {
    yield `\`canary\` needs a response of the kind \`${CANARY_KIND}\` among the \`responses\`; there are ${list(suited)}`;
  }
}

function* pipeline(pipeline: PipelineConfig, { home, canary }: Config): Generator<string> {
  if (home.account === undefined) {
    yield '`home.account` must be set if there is a `pipeline`: the roles that it deploys elsewhere trust that account';
  }
  if (!canary) {
    yield '`pipeline` waits for a plan of the canary before it continues, and there is no `canary`';
  }
  if (
    !/^arn:[\w-]+:(codeconnections|codestar-connections):[\w-]+:\d{12}:connection\/[\w-]+$/.test(pipeline.connectionArn)
  ) {
    yield `\`pipeline.connectionArn\` is \`${pipeline.connectionArn}\`, which is not the ARN of a connection`;
  }
  if (!/^[\w.-]+\/[\w.-]+$/.test(pipeline.repository)) {
    yield `\`pipeline.repository\` is \`${pipeline.repository}\`; it is \`owner/name\``;
  }
  yield* place('pipeline.production', pipeline.production);
  if (home.account !== undefined && pipeline.production.account === home.account) {
    yield '`pipeline.production.account` is `home.account`, which is staging: in one account their roles would have the same names, in any regions';
  }
}

function* whole(at: string, value: number, least: number, most: number): Generator<string> {
  if (!Number.isInteger(value) || value < least || value > most) {
    yield `\`${at}\` is \`${value}\`; it is a whole number from ${least} to ${most}`;
  }
}

/** These lists become one environment variable, whose parts are separated by these characters. */
function* separable(at: string, patterns: readonly string[], separators: readonly string[] = [',']): Generator<string> {
  for (const pattern of patterns) {
    if (pattern.trim() === '' || separators.some((separator) => pattern.includes(separator))) {
      yield `\`${at}\` has \`${pattern}\`; it must not be empty or contain ${list(separators)}`;
    }
  }
}

function isHttps(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'https:';
}
