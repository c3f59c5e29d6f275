/**
 * What Redress watches of itself. The patterns are those of calls that CloudTrail records; people hear of every match, also of
 * a deployment.
 */
import * as events from 'aws-cdk-lib/aws-events';
import type { EventPattern } from '../response/rules.ts';

/** Something to watch for. */
export interface Watch {
  /** A word for the names of rules. */
  readonly id: string;
  /** What a match means, for people. */
  readonly means: string;
  readonly pattern: EventPattern;
  /** Whether every deployment makes such calls by the dozen. */
  readonly isOfDeployments?: boolean;
}

/** The caller in whose name CloudFormation makes calls. AWS sets it, and nobody else can. */
const CLOUD_FORMATION = 'cloudformation.amazonaws.com';

/** The part of a watch that somebody makes by hand, and the part that CloudFormation makes. */
export function apart(watch: Watch): { byHand: Watch; deployed: Watch } {
  const by = (invokedBy: readonly unknown[], means: string): Watch => {
    const { detail } = watch.pattern;
    return { ...watch, means, pattern: { ...watch.pattern, detail: { ...detail, userIdentity: { invokedBy } } } };
  };
  return {
    byHand: by([{ exists: false }, { 'anything-but': [CLOUD_FORMATION] }], watch.means),
    deployed: by([CLOUD_FORMATION], `${watch.means}, by CloudFormation`),
  };
}

/** Calls that succeeded and changed something. */
export const DONE = { readOnly: [false], errorCode: [{ exists: false }] };

/** The pattern of calls of a service, or of some services; without any, of calls of all. */
export function calls(services: string | readonly string[] | undefined, detail: Record<string, unknown>): EventPattern {
  return {
    ...(services !== undefined && { source: [services].flat().map((service) => `aws.${service}`) }),
    'detail-type': ['AWS API Call via CloudTrail'],
    detail,
  };
}

/** The pattern as CDK takes it. */
export function patternOf({ pattern: { source, 'detail-type': detailType, detail } }: Watch): events.EventPattern {
  return {
    ...(source && { source: source as string[] }),
    detailType: detailType as string[],
    ...(detail && { detail: { ...detail } }),
  };
}

/** The text of a message about a match. Paths of users may hold quotes, so the caller is named by its id. */
export function told({ means }: Watch): string {
  const field = (path: string) => events.EventField.fromPath(path);
  return `${means}: ${field('$.detail.eventName')} by ${field('$.detail.userIdentity.principalId')} in the account ${field('$.account')}, ${field('$.region')}, at ${field('$.time')}. If this is no deployment of yours, act at once. CloudTrail has it as ${field('$.detail.eventID')}.`;
}
