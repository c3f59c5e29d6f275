/** The account and region that an installation is deployed to, and the part of its configuration that applies there. */
import type { Config, Place } from './types.ts';

/** The environment variables that deploy an installation to another place than its home. */
export interface Elsewhere {
  readonly REDRESS_ACCOUNT?: string | undefined;
  readonly REDRESS_REGION?: string | undefined;
}

/** The place: the home, or the one that the variables name. The account of production implies its region. */
export function placeOf({ home, pipeline }: Config, { REDRESS_ACCOUNT, REDRESS_REGION }: Elsewhere): Place {
  const account = REDRESS_ACCOUNT ?? home.account;
  const usual = pipeline && account === pipeline.production.account ? pipeline.production : home;
  return { region: REDRESS_REGION ?? usual.region, ...(account !== undefined && { account }) };
}

/**
 * The configuration of a place. With a pipeline the members are production's: staging would otherwise act in them before
 * anybody has approved its version. Templates that are only checked have everything.
 */
export function configAt(config: Config, place: Place, isOnlyChecked: boolean): Config {
  const { members, ...alone } = config;
  const { production } = config.pipeline ?? {};
  const isProduction = production && place.account === production.account && place.region === production.region;
  const hasMembers = members && (isOnlyChecked || !production || isProduction);
  return { ...alone, home: place, ...(hasMembers && { members }) };
}
