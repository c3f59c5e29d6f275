/** The shape of a configuration: every field of `types.ts` with its type, and no other field at any depth. */
import { closestMatch } from 'leven';
import { z } from 'zod';
import { list, nearest } from '../text.ts';
import {
  type AccountLimits,
  type Config,
  type DetectionConfig,
  type MemberConfig,
  type MembersConfig,
  type PageConfig,
  type PipelineConfig,
  type Place,
  type RequiredBoundary,
  type ResponseConfig,
  SEVERITIES,
} from './types.ts';

/** A schema for each field of a type; the compiler finds a field without one, and one without a field. */
type Fields<T> = {
  readonly [K in keyof T]-?: z.ZodType<object extends Pick<T, K> ? T[K] | undefined : T[K]>;
};

/** The schema of an object that has the fields of a type and no others. */
function object<T>(fields: Fields<T>): z.ZodType<T> {
  return z.strictObject(fields) as unknown as z.ZodType<T>;
}

const text = z.string().regex(/\S/);
const texts = z.array(text);
const number = z.number();
const flag = z.boolean();
const mode = z.enum(['enrich', 'plan', 'approve', 'auto']);

const place = object<Place>({ account: text.optional(), region: text });

const limits = object<AccountLimits>({ mode: mode.optional(), changesPerHour: number.optional() });

const response = object<ResponseConfig>({
  mode: mode.optional(),
  parameters: z.record(text, z.union([text, number])).optional(),
  severity: z.enum(SEVERITIES).optional(),
  controlSeverity: z.enum(SEVERITIES).optional(),
  changesPerHour: number.optional(),
  units: z.record(text, limits).optional(),
  accounts: z.record(text, limits).optional(),
});

const page = object<PageConfig>({
  issuer: text,
  audience: texts,
  identityClaim: text.optional(),
  sessionClaim: text.optional(),
  publicUrl: text.optional(),
});

const detection = object<DetectionConfig>({
  guardDuty: flag.optional(),
  securityHub: flag.optional(),
  config: flag.optional(),
  macie: flag.optional(),
  accessAnalyzer: flag.optional(),
  trail: flag.optional(),
});

const members = object<MembersConfig>({
  accounts: z.array(object<MemberConfig>({ account: text, regions: texts, unit: text.optional() })),
  externalId: text,
  homeRegions: texts.optional(),
});

const pipeline = object<PipelineConfig>({
  connectionArn: text,
  repository: text,
  branch: text,
  production: object<Required<Place>>({ account: text, region: text }),
});

const CONFIG = object<Config>({
  home: place,
  responses: z.record(text, response),
  tasks: object<Config['tasks']>({
    architecture: z.enum(['arm64', 'x86_64']),
    reservedConcurrency: number,
    prefix: z.string().optional(),
    package: text.optional(),
  }),
  guardrails: object<Config['guardrails']>({
    protectedRoles: texts,
    changesPerHour: number,
    knownAccounts: texts,
    knownOidcOwners: texts.optional(),
    knownNetworks: texts.optional(),
    requiredBoundaries: z.array(object<RequiredBoundary>({ pattern: text, policy: text })).optional(),
  }),
  approvals: object<Config['approvals']>({
    approvers: texts,
    needed: z.union([z.literal(1), z.literal(2)]),
    page: page.optional(),
  }),
  subscriptions: object<Config['subscriptions']>({
    emails: texts,
    escalationEmails: texts.optional(),
    urls: texts,
  }),
  retention: object<Config['retention']>({ logDays: number, cases: z.enum(['retain', 'destroy']) }),
  customerManagedKey: flag,
  detection: detection.optional(),
  members: members.optional(),
  canary: object<NonNullable<Config['canary']>>({
    everyMinutes: number,
    withinMinutes: number,
    realEvents: flag.optional(),
  }).optional(),
  observability: flag,
  pipeline: pipeline.optional(),
});

/** What is wrong with the shape of a configuration: fields that do not exist, fields that are missing, other types. */
export function misshapen(config: unknown): string[] {
  const { error } = CONFIG.safeParse(config);
  return (error?.issues ?? []).flatMap((issue) => problems(issue, config));
}

/** The environment variables that the app reads, and those of its scripts and tests. */
const VARIABLES = ['ACCOUNT', 'REGION', 'CONFIG', 'LOCAL', 'PACKAGE', 'CALLS'].map((name) => `REDRESS_${name}`);

/** Variables whose names are nearly those that the app reads: with `REDRESS_ACOUNT` the home would be deployed to. */
export function misspelt(variables: readonly string[]): string[] {
  return variables
    .filter((name) => name.startsWith('REDRESS') && !VARIABLES.includes(name))
    .map((name) => [name, closestMatch(name, VARIABLES, { maxDistance: 2 })] as const)
    .filter(([, near]) => near !== undefined)
    .map(([name, near]) => `the variable \`${name}\` does not exist; did you mean \`${near}\`?`);
}

function problems(issue: z.core.$ZodIssue, config: unknown): string[] {
  const at = named(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = fieldsAt(CONFIG, issue.path);
    return issue.keys.map((key) => `${named([...issue.path, key])} does not exist; ${nearest(key, known)}`);
  }
  const value = valueAt(config, issue.path);
  if (value === undefined) {
    return [`${at} is missing`];
  }
  return [`${at} is ${shown(value)}; ${expected(issue)}`];
}

/** `` `members.accounts[0].account` `` for a path. */
function named(path: readonly PropertyKey[]): string {
  const text = path.reduce<string>(
    (before, part) =>
      typeof part === 'number' ? `${before}[${part}]` : `${before}${before === '' ? '' : '.'}${String(part)}`,
    '',
  );
  return text === '' ? 'the exported `config`' : `\`${text}\``;
}

function expected(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') {
    const words: Record<string, string> = {
      array: 'a list',
      object: 'an object with fields',
      record: 'an object with fields',
      string: 'a text in quotes',
      boolean: '`true` or `false`',
    };
    return `it must be ${words[issue.expected] ?? `a ${issue.expected}`}`;
  }
  if (issue.code === 'invalid_value') {
    return `it can be ${list(issue.values.map(String))}`;
  }
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.flat().flatMap((one) => (one.code === 'invalid_value' ? one.values.map(String) : []));
    return inner.length > 0 ? `it can be ${list(inner)}` : 'it must be a text or a number';
  }
  return issue.code === 'invalid_format' ? 'it must not be empty' : issue.message;
}

function shown(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value);
  return `\`${text.length > 60 ? `${text.slice(0, 60)}…` : text}\``;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part], value);
}

/** The fields of the object at a path. */
function fieldsAt(schema: unknown, path: readonly PropertyKey[]): string[] {
  if (schema instanceof z.ZodOptional) {
    return fieldsAt(schema.unwrap(), path);
  }
  const [part, ...rest] = path;
  if (schema instanceof z.ZodObject) {
    return part === undefined ? Object.keys(schema.shape) : fieldsAt(schema.shape[String(part)], rest);
  }
  if (schema instanceof z.ZodArray) {
    return fieldsAt(schema.element, rest);
  }
  return schema instanceof z.ZodRecord ? fieldsAt(schema.valueType, rest) : [];
}
