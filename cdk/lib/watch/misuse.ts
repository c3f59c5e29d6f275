/** The roles of Redress doing what they are not for, and others doing what only these may. */
import { changes, type Task } from '../task.ts';
import { ACTING_RESPONSE_ROLE, ROLE_PATH, roleName } from '../task-function.ts';
import { calls, DONE, type Watch } from './watch.ts';

/** A function and its task. */
export interface WatchedFunction {
  readonly task: Task;
  readonly functionName: string;
}

/** The account in which the functions are. */
export interface HomeAccount {
  readonly account: string;
  readonly partition: string;
}

/** The beginning of the names of the policies that contain a role. */
const CONTAINMENT = 'redress-contain-';

/** The kind whose steps write policies of such names only. */
const CONTAINING_KIND = 'role-containment';

/** A call that only makes a report. */
const REPORT = 'GenerateServiceLastAccessedDetails';

/** The roles under its path, whoever made them. */
const UNDER_ITS_PATH = [{ wildcard: `arn:*:iam::*:role${ROLE_PATH}*` }];

/** A caller in a session of a role with these fields. */
const issuer = (fields: object) => ({ userIdentity: { sessionContext: { sessionIssuer: fields } } });

/** Sessions of roles under its path. */
const OURS = issuer({ arn: UNDER_ITS_PATH });

const acting = (functions: readonly WatchedFunction[]) => functions.filter(({ task }) => changes(task));

const containing = (functions: readonly WatchedFunction[]) =>
  acting(functions).filter(({ task }) => task.kind === CONTAINING_KIND);

const roles = (functions: readonly WatchedFunction[]) => functions.map(({ functionName }) => roleName(functionName));

/** The actions of IAM that tasks may call to change something. */
function writes(tasks: readonly Task[]): string[] {
  const actions = tasks
    .flatMap((task) => task.iam.filter(({ effect }) => effect === 'Allow').flatMap(({ actions }) => actions))
    .filter((action) => action.startsWith('iam:') && !/^iam:(Get|List|Simulate|Generate)/.test(action));
  return [...new Set(actions.map((action) => action.slice('iam:'.length)))].sort();
}

/**
 * Roles under its path that do what they are not for, in any account: one that is no role of a step that changes and changes
 * IAM, a call that none of these steps makes, a policy of another name, and anything that IAM refused.
 *
 * A role is known by its account and its name: whoever may make roles can make one under the path of Redress, in a member with
 * the name that one has at home, or below a further path.
 */
export function misuse(functions: readonly WatchedFunction[], home: HomeAccount): Watch[] {
  const means = 'A role of Redress did something that it is not for';
  return [
    {
      id: 'OtherRoles',
      means,
      pattern: calls('iam', {
        readOnly: [false],
        eventName: [{ 'anything-but': [REPORT] }],
        $or: [
          issuer({
            arn: UNDER_ITS_PATH,
            accountId: [home.account],
            // A list must not be empty.
            userName: [{ 'anything-but': ['', ...roles(acting(functions))] }],
          }),
          issuer({
            arn: UNDER_ITS_PATH,
            accountId: [{ 'anything-but': [home.account] }],
            userName: [{ 'anything-but': [ACTING_RESPONSE_ROLE] }],
          }),
          issuer({ arn: [{ wildcard: `*:role${ROLE_PATH}*/*` }] }),
        ],
      }),
    },
    {
      id: 'OtherCalls',
      means,
      pattern: calls('iam', {
        readOnly: [false],
        eventName: [{ 'anything-but': [...writes(acting(functions).map(({ task }) => task)), REPORT] }],
        ...OURS,
      }),
    },
    ...(containing(functions).length > 0
      ? [
          {
            id: 'OtherPolicies',
            means,
            pattern: calls('iam', {
              eventName: ['PutRolePolicy', 'DeleteRolePolicy'],
              requestParameters: { policyName: [{ 'anything-but': { prefix: CONTAINMENT } }] },
              ...issuer({ arn: UNDER_ITS_PATH, userName: roles(containing(functions)) }),
            }),
          },
        ]
      : []),
    {
      id: 'Refused',
      means: 'A role of Redress was refused what it asked for: it may be used by somebody else',
      pattern: calls(undefined, {
        errorCode: ['AccessDenied', 'AccessDeniedException', 'Client.UnauthorizedOperation', 'AuthorizationError'],
        ...OURS,
      }),
    },
  ];
}

/** The calls by which the boundary of a role comes and goes. */
const BOUNDARIES = ['DeleteRolePermissionsBoundary', 'PutRolePermissionsBoundary'];

/** A successful call of anybody but these functions. */
function byOthers(functions: readonly WatchedFunction[], { account, partition }: HomeAccount) {
  const arns = roles(functions).map((name) => `arn:${partition}:iam::${account}:role${ROLE_PATH}${name}`);
  return {
    ...DONE,
    $or: [
      issuer({ arn: [{ exists: false }] }),
      issuer({ accountId: [account], arn: [{ 'anything-but': ['', ...arns] }] }),
      issuer({
        accountId: [{ 'anything-but': [account] }],
        arn: [{ 'anything-but': { wildcard: `arn:*:iam::*:role${ROLE_PATH}${ACTING_RESPONSE_ROLE}` } }],
      }),
      // A path may hold `:role/`, which a wildcard spans.
      issuer({ arn: [{ wildcard: '*:role/*:role/*' }] }),
    ],
  };
}

/** Anybody but the steps that contain and release changes what contains a role: an attacker frees it, or a person. */
export function changesOfContainments(functions: readonly WatchedFunction[], home: HomeAccount): Watch[] {
  const others = byOthers(containing(functions), home);
  const ofBoundaries = acting(functions).filter(({ task }) => writes([task]).some((call) => BOUNDARIES.includes(call)));
  return [
    {
      id: 'Containments',
      means: 'Somebody else than Redress changed a policy that contains a role',
      pattern: calls('iam', {
        ...others,
        eventName: ['PutRolePolicy', 'DeleteRolePolicy'],
        requestParameters: { policyName: [{ prefix: CONTAINMENT }] },
      }),
    },
    {
      id: 'Detachments',
      means: 'Somebody else than Redress detached AWSDenyAll, with which a role may be contained',
      pattern: calls('iam', {
        ...others,
        eventName: ['DetachRolePolicy'],
        requestParameters: { policyArn: [{ wildcard: 'arn:*:iam::aws:policy/AWSDenyAll' }] },
      }),
    },
    ...(containing(functions).length > 0
      ? [
          {
            id: 'Boundaries',
            means:
              'Somebody else than Redress changed the permissions boundary of a role, which may be what contains it',
            // The event does not say which boundary was there.
            isOfDeployments: true,
            pattern: calls('iam', { ...byOthers(ofBoundaries, home), eventName: BOUNDARIES }),
          },
        ]
      : []),
  ];
}
