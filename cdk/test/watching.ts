/** The rules by which Redress watches itself, and whether they match the calls that CloudTrail records. */
import { matches } from '../lib/response/matching.ts';
import { whole } from './configs.ts';
import { type Resource, resources, stacksOf } from './support.ts';

export const { observability, members, responses } = stacksOf(whole);
export const rules = (stack: any) =>
  Object.entries(resources(stack, 'AWS::Events::Rule')).filter(([id]) => id.startsWith('Watch')) as [
    string,
    Resource,
  ][];

/** A part of a template as a text: references by their names. */
export function flat(value: any): any {
  if (Array.isArray(value)) {
    return value.map(flat);
  }
  if (value === null || typeof value !== 'object') {
    return value;
  }
  const [name] = Object.keys(value);
  switch (name) {
    case 'Fn::Join':
      return flat(value[name][1]).join('');
    case 'Fn::ImportValue':
    case 'Ref':
    case 'Fn::GetAtt':
      return (
        /ExportsOutputRef(\w+?)[0-9A-F]{8}/.exec(flat(value[name]))?.[1] ??
        /ExportsOutputFnGetAtt(\w+?)[0-9A-F]{8}/.exec(flat(value[name]))?.[1] ??
        flat(value[name])
      );
    default:
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, flat(one)]));
  }
}

/** Whether an event matches the pattern of a rule in a template. */
export const isMatch = (pattern: any, event: any): boolean => matches(pattern, event);

export const HOME = '123456789012';
export const MEMBER = '210987654321';
export const by = (account: string, path: string, userName: string) => ({
  type: 'AssumedRole',
  sessionContext: {
    sessionIssuer: { arn: `arn:aws:iam::${account}:role${path}${userName}`, accountId: account, userName },
  },
});
export const SOMEBODY = by(HOME, '/', 'admin');
export const response = responses.find(({ response: { kind } }) => kind === 'role-containment')!.response.name;
export const policies = responses.find(({ response: { kind } }) => kind === 'iam-policy')!.response.name;
export const ours = (name: string) => by(HOME, '/redress/', name);
export const there = (name: string) => by(MEMBER, '/redress/', name);

export function call(service: string, eventName: string, requestParameters: object, more: object = {}): any {
  return {
    source: `aws.${service}`,
    'detail-type': 'AWS API Call via CloudTrail',
    detail: { eventName, readOnly: false, requestParameters, userIdentity: SOMEBODY, ...more },
  };
}

/** The rules of the default bus that match an event. */
export function told(event: any): string[] {
  return rules(observability)
    .filter(([id]) => !id.startsWith('WatchElsewhere'))
    .filter(([, { Properties }]) => isMatch(flat(Properties.EventPattern), event))
    .map(([id]) => id.replace(/^Watch/, '').replace(/[0-9A-F]{8}$/, ''));
}

export const FUNCTION = `arn:aws:lambda:us-east-1:123456789012:function:${response}-change`;
export const MACHINE = `arn:aws:states:us-east-1:123456789012:stateMachine:${response}`;
/** As the template names them. */
export const API = 'PageApi';
export const KEY = 'Key';
export const DENIED = { roleName: 'web', policyArn: 'arn:aws:iam::aws:policy/AWSDenyAll' };
export const CONTAIN = { roleName: 'web', policyName: 'redress-contain-4f1b2c3d4e5f' };
