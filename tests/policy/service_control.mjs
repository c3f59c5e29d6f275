// Asks iam-simulate what the service control policies of cdk/policies deny, for the requests of service_control.json.
//
//     node service_control.mjs
//
// It ends with 1 where a request that must be denied is not, or one that must pass is.

import { readdirSync, readFileSync } from 'node:fs';
import { runSimulation } from '@cloud-copilot/iam-simulate';

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url)));
const folder = '../../cdk/policies/';
const EVERYTHING = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const policies = readdirSync(new URL(folder, import.meta.url)).map((name) => ({
  name,
  policy: read(`${folder}${name}`),
}));
const { strangers, deployers, denied, passes } = read('service_control.json');

const requests = [
  ...denied.flatMap((request) => strangers.map((who) => ({ who, request, isDenied: true }))),
  ...denied.flatMap((request) => deployers.map((who) => ({ who, request, isDenied: false }))),
  ...passes.map(([who, ...request]) => ({ who, request, isDenied: false })),
];
const wrong = [];
for (const { who, request, isDenied } of requests) {
  const said = await ask(who, ...request);
  if (said !== (isDenied ? 'ExplicitlyDenied' : 'Allowed'))
    wrong.push(`${request[0]} on ${request[1]} by ${who}: ${said}`);
}
console.log(JSON.stringify({ policies: policies.length, requests: requests.length, wrong: wrong.length }));
for (const line of wrong) console.error(line);
process.exit(wrong.length > 0 ? 1 : 0);

async function ask(principal, action, resource, context = {}) {
  const [, , , , account] = resource.split(':');
  const response = await runSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource, accountId: /^\d{12}$/.test(account ?? '') ? account : '123456789012' },
        contextVariables: { 'aws:PrincipalArn': principal, ...context },
      },
      identityPolicies: [{ name: 'own', policy: EVERYTHING }],
      serviceControlPolicies: [
        { orgIdentifier: 'r-root', policies: [{ name: 'FullAWSAccess', policy: EVERYTHING }, ...policies] },
      ],
      resourceControlPolicies: [],
      // Whom a role trusts is not asked here.
      ...(action === 'sts:AssumeRole' && { resourcePolicy: trusting(principal) }),
    },
    {},
  );
  if (response.resultType === 'error') return JSON.stringify(response.errors);
  const results = response.resultType === 'wildcard' ? response.results : [response.result];
  const analyses = results.map((result) => result.analysis);
  return analyses.every((analysis) => analysis.result === 'Allowed')
    ? 'Allowed'
    : analyses.find((analysis) => analysis.result !== 'Allowed').result;
}

function trusting(principal) {
  const statement = { Effect: 'Allow', Principal: { AWS: principal }, Action: 'sts:AssumeRole' };
  return { Version: '2012-10-17', Statement: [statement] };
}
