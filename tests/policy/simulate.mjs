// Compares the analyser with iam-simulate, an independent evaluation of IAM policies.
//
//     node simulate.mjs DANGERS [FILE…]
//
// DANGERS is tasks/examples/dangers.rs, built. A FILE holds documents as JSON lines, {"id", "document", "of"?}; to them
// come generated ones. Each witness must be allowed; and of a document that is not found dangerous, the simulator must
// deny some request of every known way. It ends with 1 where one of the two is not so, and writes the numbers either way.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { documents, trusts } from './generate.mjs';

const ACCOUNT = '123456789012';
const SEED = 20260103;
const GENERATED = 600;
const escalations = JSON.parse(readFileSync(new URL('../../tasks/src/policy/escalations.json', import.meta.url)));
// Findings that tell of more than one way at once.
const BROAD = /^(full-admin|whole-iam)/;

// What every request has.
const ORDINARY = {
  'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/example`,
  'aws:PrincipalAccount': ACCOUNT,
  'aws:PrincipalType': 'AssumedRole',
  'aws:userid': 'AROAEXAMPLEEXAMPLE01:example',
  'aws:ResourceAccount': ACCOUNT,
  'aws:SecureTransport': 'true',
  'aws:SourceIp': '198.51.100.7',
  'aws:RequestedRegion': 'us-east-1',
  'aws:CurrentTime': '2026-12-01T12:00:00Z',
  'aws:ViaAWSService': 'false',
};

const [, , binary, ...files] = process.argv;
const read = (file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const corpus = [...documents(SEED, GENERATED), ...trusts(SEED, GENERATED), ...files.flatMap(read)];
const answers = new Map(judge(corpus).map((answer) => [answer.id, answer]));
const ways = dangerous();
const seen = { witnesses: 0, allowed: 0, unknown: 0, ways: 0, denied: 0, strangers: 0, unjudged: 0 };
const wrong = [];

for (const { id, document, of } of corpus) {
  const answer = answers.get(id);
  if (answer.unjudged) seen.unjudged += 1;
  for (const danger of answer.dangers ?? []) await checkWitness(id, document, of, danger);
  if (of === 'trust') await checkClosed(id, document, answer);
  else await checkHarmless(id, document, new Set(answer.kinds));
}

console.log(JSON.stringify(seen));
for (const line of wrong.slice(0, 20)) console.error(line);
if (wrong.length > 0) console.error(`${wrong.length} disagreements`);
process.exit(wrong.length > 0 ? 1 : 0);

/** What the analyser says of documents. */
function judge(documents) {
  const input = documents.map((document) => JSON.stringify(document)).join('\n');
  const { stdout, status } = spawnSync(binary, { input, maxBuffer: 1 << 30, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${binary} ended with ${status}`);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** The requests of every known way, as the analyser shows them for a document that allows them and nothing else. */
function dangerous() {
  const takers = escalations.takers.flatMap((taker) =>
    taker.actions.map((action) => ({
      id: `pass-role-to-${taker.id}`,
      needs: ['iam:PassRole', action],
      services: taker.services,
    })),
  );
  const all = [...escalations.paths, ...takers];
  const allowing = (path, at) => ({
    id: `${at}`,
    document: {
      Version: '2012-10-17',
      Statement: path.needs.map((Action) => ({
        Effect: 'Allow',
        Action,
        Resource: '*',
        // So that the witness names a service that takes the role.
        ...(Action === 'iam:PassRole' && { Condition: { StringEquals: { 'iam:PassedToService': path.services } } }),
      })),
    },
  });
  const found = judge(all.map(allowing));
  return all.map((path, at) => {
    const kind = `escalation-${path.id}`;
    const danger = found[at].dangers.find((danger) => danger.kind === kind) ?? found[at].dangers[0];
    return { kind, needs: path.needs, requests: danger.witness.requests };
  });
}

async function checkWitness(id, document, of, danger) {
  for (const { action, resources } of danger.witness.requests) {
    for (const { arn, context = {} } of resources) {
      const { result, ignored } = await simulate(document, of, danger.witness.principal, action, arn, context);
      if (ignored.length > 0) {
        // It drops keys that the reference does not list for the action, and so cannot tell.
        seen.unknown += 1;
        continue;
      }
      if (result === 'ExplicitlyDenied' && excepts(document) && !('aws:username' in context)) {
        // Whether a denial with such an exception is about a role depends, in the simulator, on the order of the list.
        seen.unknown += 1;
        continue;
      }
      seen.witnesses += 1;
      if (result === 'Allowed') seen.allowed += 1;
      else
        wrong.push(
          `${id} ${danger.kind}: ${action} on ${arn} is ${result} with ${JSON.stringify(context)} by ${JSON.stringify(document)}`,
        );
    }
  }
}

/** Whether a denial excepts resources by a variable. */
function excepts(document) {
  return [document.Statement]
    .flat()
    .some((one) => one.Effect === 'Deny' && JSON.stringify(one.NotResource ?? '').includes('${'));
}

async function checkHarmless(id, document, kinds) {
  if ([...kinds].some((kind) => BROAD.test(kind))) return;
  const told = new Set((answers.get(id).dangers ?? []).flatMap((danger) => danger.needs ?? []));
  for (const { kind, needs, requests } of ways) {
    if (kinds.has(kind) || !needs.every((action) => mentions(document, action))) continue;
    // A shorter way, or passing the role at all, is told in its place.
    if (needs.includes('iam:PassRole') && [...kinds].some((kind) => kind.includes('pass-'))) continue;
    if (needs.some((action) => told.has(action))) continue;
    seen.ways += 1;
    let allowed = true;
    for (const { action, resources } of requests) {
      for (const { arn, context = {} } of resources) {
        const attaching = action.startsWith('iam:Attach') && {
          'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess',
        };
        const whole = { ...ORDINARY, ...attaching, ...context };
        const { result } = await simulate(document, 'identity', ORDINARY['aws:PrincipalArn'], action, arn, whole);
        allowed &&= result === 'Allowed';
        if (!allowed) break;
      }
      if (!allowed) break;
    }
    if (allowed)
      wrong.push(`${id} is not found to have ${kind}, and all of it is allowed: ${JSON.stringify(document)}`);
    else seen.denied += 1;
  }
}

/** Of a trust policy without dangers, that strangers of every kind are kept out. */
async function checkClosed(id, document, { dangers }) {
  if (dangers === undefined || dangers.length > 0) return;
  const stranger = (account, name = 'role/example') => ({
    principal: `arn:aws:iam::${account}:${name}`,
    action: 'sts:AssumeRole',
    context: { 'aws:PrincipalArn': `arn:aws:iam::${account}:${name}`, 'aws:PrincipalAccount': account },
  });
  const token = (provider, context) => ({ principal: provider, action: 'sts:AssumeRoleWithWebIdentity', context });
  const github = 'token.actions.githubusercontent.com';
  const strangers = [
    ...['999988887777', '999999999999'].flatMap((account) => [
      stranger(account),
      stranger(account, 'role/ci'),
      stranger(account, 'role/deploy'),
    ]),
    token('accounts.google.com', { 'accounts.google.com:aud': 'another', 'accounts.google.com:sub': '1' }),
    token('cognito-identity.amazonaws.com', {
      'cognito-identity.amazonaws.com:aud': 'us-east-1:2',
      'cognito-identity.amazonaws.com:amr': 'authenticated',
    }),
    token(`arn:aws:iam::${ACCOUNT}:oidc-provider/${github}`, { [`${github}:repository`]: 'outsider-org/app' }),
  ];
  const ordinary = {
    'aws:SourceIp': '198.51.100.7',
    'aws:SecureTransport': 'true',
    'aws:MultiFactorAuthPresent': 'true',
    'aws:PrincipalTag/team': 'data',
  };
  for (const { principal, action, context } of strangers) {
    // Whoever comes with a token belongs to no organization.
    const organization = action === 'sts:AssumeRole' ? [{ 'aws:PrincipalOrgID': 'o-outsider1' }] : [];
    for (const more of [{}, { 'sts:ExternalId': 'guessed' }, ...organization]) {
      const { result } = await simulate(
        document,
        'trust',
        principal,
        action,
        `arn:aws:iam::${ACCOUNT}:role/this-role`,
        { ...ordinary, ...context, ...more },
      );
      seen.strangers += 1;
      if (result === 'Allowed')
        wrong.push(
          `${id} lets in ${principal} with ${JSON.stringify({ ...context, ...more })}: ${JSON.stringify(document)}`,
        );
    }
  }
}

/** Whether an Allow statement may be about the action, so that a simulation is worth its time. */
function mentions(document, action) {
  const list = (value) => (value === undefined ? [] : [value].flat());
  const fits = (pattern) =>
    new RegExp(
      `^${pattern
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replace(/\*/g, '.*')
        .replace(/\?/g, '.')}$`,
      'i',
    ).test(action);
  return list(document.Statement).some(
    (statement) =>
      statement.Effect === 'Allow' &&
      (statement.NotAction ? !list(statement.NotAction).some(fits) : list(statement.Action).some(fits)),
  );
}

async function simulate(document, of, principal, action, arn, context) {
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const trust = of === 'trust';
  const federated = /oidc-provider|saml-provider/.test(principal) || principal.includes(' for ');
  const who = principal.includes(' for ') ? federatedPrincipal(document, principal) : principal;
  const response = await run({
    request: {
      principal: who,
      action,
      resource: { resource: arn, accountId: /^\d{12}$/.test(arn.split(':')[4]) ? arn.split(':')[4] : ACCOUNT },
      contextVariables: Object.fromEntries(
        Object.entries(context).map(([key, values]) => [
          key,
          Array.isArray(values) && values.length === 1 ? values[0] : values,
        ]),
      ),
    },
    identityPolicies: trust
      ? federated
        ? []
        : [{ name: 'own', policy: everything }]
      : [{ name: 'judged', policy: document }],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(trust && { resourcePolicy: document }),
  });
  if (response.resultType === 'error') return { result: 'refused', ignored: [response.errors.message] };
  const results = response.resultType === 'wildcard' ? response.results : [response.result];
  // What the document itself says: that a key policy or the caller's own account has a say as well is another matter.
  const own = (analysis) =>
    (trust ? analysis?.resourceAnalysis : analysis?.identityAnalysis)?.result ?? response.overallResult;
  const said = results.map((result) => own(result.analysis));
  const result = said.every((one) => one.startsWith('Allowed'))
    ? 'Allowed'
    : said.find((one) => !one.startsWith('Allowed'));
  return { result, ignored: results.flatMap((result) => result.ignoredContextKeys ?? []) };
}

/** It throws where the document has a key that the reference does not list. */
async function run(simulation) {
  try {
    return await runSimulation(simulation, {});
  } catch (error) {
    return { resultType: 'single', overallResult: 'unknown', result: { ignoredContextKeys: [error.message] } };
  }
}

/** The principal of the document for which a token is. */
function federatedPrincipal(document, principal) {
  const [provider] = principal.split(' for ');
  const all = [document.Statement].flat().flatMap((statement) => [statement.Principal?.Federated ?? []].flat());
  return all.find((one) => one.endsWith(provider)) ?? provider;
}
